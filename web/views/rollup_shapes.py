"""A roll-up as pages and the API tell it: what each field came to, from which reports, and what has changed since."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import gettext as _

from engine import corrections
from engine.models import Instance
from engine.rollup import levels, showing
from engine.rollup.showing import Line, Shown
from engine.running import Running
from engine.tasks import Desk
from tenants.db import Work
from web.views import tongue
from web.views.kind_words import kinds_here, level_word
from web.words import plural

# So many reports are listed under a number; the rest are counted.
_SHOWN = 500


def at_task(work: Work, desk: Desk, answers: dict[str, Any]) -> dict[str, Any] | None:
    """Return the roll-up of an open form, or None."""
    found = showing.at_task(work, desk, answers)
    return rollup_shape(found) if found is not None else None


def of_instance(work: Work, live: Running, of: Instance) -> dict[str, Any] | None:
    """Return the roll-up of a report as it was handed in last, or None."""
    found = showing.of_instance(work, live, of)
    return rollup_shape(found) if found is not None else None


def correction_of(
    work: Work, live: Running, of: Instance, rollup: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Return what is needed to hand in a report once more; None where that is not for this reader."""
    if not corrections.may_correct(work, live, of):
        return None
    stale = rollup is not None and rollup["state"] == "stale"
    why = "；".join(one["words"] for one in rollup["why"]) if rollup is not None and stale else ""
    return {"stale": stale, "reason": why, "key": f"{of.id}-{of.revision}"}


def stale_of(work: Work, live: Running) -> list[dict[str, Any]]:
    """Return the upper reports of a campaign that do not hold any more, with why."""
    return [
        {
            "id": one.id, "title": tongue.named(live.package, one.title),
            "why": [_why(each["unit"], each["what"]) for each in why[:10]],
        }
        for one, why in showing.stale_ones(work, live)
    ]  # fmt: skip


def levels_of(work: Work, instance_id: UUID) -> list[dict[str, Any]]:
    """Return what came along with a report of another authority: how complete each level below it is, and who is missing."""
    found = levels.of_instance(work, instance_id)
    kinds = kinds_here(work) if found else {}
    return [
        {
            "title": level_word(kinds, one.kind, one.title), "expected": one.expected,
            "filed": one.filed, "on_time": one.on_time, "accepted": one.accepted,
            "missing": one.missing, "names": list(one.names),
        }
        for one in found
    ]  # fmt: skip


def rollup_shape(found: Shown) -> dict[str, Any]:
    """Return a roll-up as pages show it."""
    return {
        "lines": [_line(one) for one in found.lines], "missing": list(found.missing), "counted": found.counted,
        "owed": found.owed, "state": found.state, "stale_at": found.stale_at,
        "why": [{**one, "words": _why(one["unit"], one["what"])} for one in found.why],
        "changed": sum(one.changed for one in found.lines),
    }  # fmt: skip


def _line(one: Line) -> dict[str, Any]:
    return {
        "name": one.name, "title": one.title, "unit": one.unit, "value": words_of(one.computed), "given": words_of(one.given),
        "changed": one.changed, "unseen": one.unseen + max(0, len(one.parts) - _SHOWN), "blank": list(one.blank),
        "moved": one.moved, "now": words_of(one.now), "exact": one.computed, "exact_given": one.given, "exact_now": one.now,
        "parts": [
            {
                "id": part.id if part.id in one.readable else None, "unit": part.unit,
                "value": "" if part.value == part.unit else _part(part.value),
            }
            for part in one.parts[:_SHOWN]
        ],
        "reports": len(one.parts) + one.unseen,
    }  # fmt: skip


def words_of(value: Any) -> str:
    """Return a value in words: a number, a text, a list of names, or how many rows there are."""
    if value is None or value == "":
        return _("没有数据")
    if isinstance(value, list):
        if any(isinstance(one, dict) for one in value):
            return plural("%(n)s行", len(value))
        return _("、").join(map(str, value)) or _("无")
    return str(value)


def _part(value: Any) -> str:
    if isinstance(value, list) and len(value) == 2 and all(isinstance(one, int | float) for one in value):
        return f"{value[0]} / {value[1]}"
    return "" if value is None else words_of(value)


def _why(unit: str, what: str) -> str:
    told = {
        "late": _("%(unit)s补报", unit=unit), "corrected": _("%(unit)s更正", unit=unit),
        "returned": _("%(unit)s的材料收回重报", unit=unit), "accepted": _("%(unit)s的材料已收", unit=unit),
        "released": _("%(unit)s不再应报", unit=unit), "owed": _("%(unit)s新列入应报", unit=unit),
    }  # fmt: skip
    return told[what]
