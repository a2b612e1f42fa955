"""The rehearsals that built-in packages carry with them: their own calendars, held against a rehearsal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from engine.rehearsal import Rehearsal, invent, make_stage
from tests import gallery
from tests.gallery import GALLERY

CALENDARS = sorted(GALLERY.glob("*/tests/calendar.yaml"))


@pytest.fixture(scope="module", params=CALENDARS, ids=lambda path: path.parts[-3])
def rehearsed(
    request: pytest.FixtureRequest,
) -> tuple[Mapping[str, Any], Rehearsal, dict[str, dict[date | None, bool]]]:
    package, problems = gallery.examined(request.param.parts[-3])
    assert not problems
    rehearsal = Rehearsal(make_stage(package, invent(package, {})))
    days: dict[str, dict[date | None, bool]] = {}
    for line in rehearsal.lines():
        if line.kind != "phase" and not line.awaits:
            days.setdefault(line.id, {})[line.due] = line.disputed
    return gallery.told(request.param), rehearsal, days


def test_a_rehearsal_has_the_calendar_that_the_package_expects(rehearsed) -> None:
    expected, rehearsal, days = rehearsed
    for duty, wanted in expected["calendar"].items():
        dated = {
            (one["date"] if isinstance(one, Mapping) else one): isinstance(one, Mapping)
            and one.get("disputed", False)
            for one in wanted
        }
        assert days[duty] == (dated or {None: False}), duty
    for duty, seen in expected.get("counted", {}).items():
        found = sorted(day for day in days[duty] if day)
        assert {"first": found[0], "last": found[-1], "count": len(found)} == seen, duty
    end = rehearsal.stage.period[1]
    for duty, wanted in expected.get("during", {}).items():
        assert [day for day in days[duty] if day and end and day <= end] == wanted, duty


def test_every_process_comes_to_its_end_and_every_actor_is_somebody(rehearsed) -> None:
    _, rehearsal, _ = rehearsed
    grave = [str(one.what) for one in rehearsal.remarks() if one.matter in ("nobody", "stuck", "date")]
    assert grave == []
