"""The rehearsals that built-in packages carry with them: their own calendars, held against a rehearsal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from engine.rehearsal import Rehearsal, invent, make_stage
from engine.rehearsal.invent import needed_kinds
from tests import gallery
from tests.gallery import GALLERY

CALENDARS = sorted(GALLERY.glob("*/tests/calendar.yaml"))


@pytest.fixture(scope="module", params=CALENDARS, ids=lambda path: path.parts[-3])
def rehearsed(
    request: pytest.FixtureRequest,
) -> tuple[Mapping[str, Any], Rehearsal, dict[str, dict[date | None, bool]]]:
    package, problems = gallery.examined(request.param.parts[-3])
    assert not problems
    # No mine is opencast and underground at once: so many that each selector means one.
    mines = {"mine": 9} if "mine" in needed_kinds(package) else {}
    rehearsal = Rehearsal(make_stage(package, invent(package, mines)))
    days: dict[str, dict[date | None, bool]] = {}
    for line in rehearsal.lines():
        if line.kind != "phase" and line.awaits in (None, "season") and line.milestone is None:
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
    _, rehearsal, days = rehearsed
    grave = [one for one in rehearsal.remarks() if one.matter in ("nobody", "stuck", "date")]
    # What waits for a season that only a tenant knows has no date yet, and says so.
    waiting = {key for key, found in days.items() if found == {None: False}}
    assert [str(one.what) for one in grave if one.matter != "date" or one.duty not in waiting] == []
