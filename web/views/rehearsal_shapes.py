"""How the rehearsal page shows things: a month as weeks of days, occurrences as rows, the load as columns."""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _

from engine.rehearsal import Load, Rehearsal, Remark, Slot, Stage, week_name
from web.words import said

# So many duties stand on one day of the grid; the list below has them all.
_ON_A_DAY = 4
# What comes more often in a month is told beside the grid, once.
_OFTEN = 14
# So many remarks of one matter are shown; the others like them stand folded behind the last.
_ALIKE = 3
_MARKS = {
    "nobody": "bad", "unreceived": "bad", "doubt": "bad", "date": "bad", "stuck": "bad", "empty": "warn", "disputed": "warn",
    "together": "warn", "heavy": "warn", "rest": "info", "season": "warn", "past": "info", "estimated": "info",
    "undated": "info", "after": "info",
}  # fmt: skip


def often(played: Rehearsal, slots: list[Slot]) -> tuple[list[dict[str, Any]], list[Slot]]:
    """Part what comes nearly every day of the month from the rest: on a grid it would hide all else."""
    times = Counter(slot.duty.id for slot in slots)
    first: dict[str, Slot] = {}
    for slot in slots:
        if times[slot.duty.id] > _OFTEN:
            first.setdefault(slot.duty.id, slot)
    told = [item(played, slot) | {"times": times[key]} for key, slot in first.items()]
    return told, [slot for slot in slots if slot.duty.id not in first]


def grid(stage: Stage, played: Rehearsal, slots: Iterable[Slot], month: str) -> list[list[dict[str, Any]]]:
    """Return the weeks of a month, Monday first; each day with the duties that fall due on it."""
    by_day: dict[date, list[Slot]] = {}
    for slot in slots:
        if slot.occurrence and slot.occurrence.due:
            by_day.setdefault(slot.occurrence.due, []).append(slot)
    first = date.fromisoformat(f"{month}-01")
    last = first.replace(day=monthrange(first.year, first.month)[1])
    day, weeks = first - timedelta(days=first.weekday()), []
    while day <= last:
        week = []
        for _number in range(7):
            found = by_day.get(day, []) if day.month == first.month else []
            week.append(
                {
                    "date": day, "within": day.month == first.month, "rest": not stage.setting.calendar.is_working(day),
                    "items": [item(played, slot) for slot in found[:_ON_A_DAY]], "more": max(len(found) - _ON_A_DAY, 0),
                }
            )  # fmt: skip
            day += timedelta(days=1)
        weeks.append(week)
    return weeks


def remarks_shape(remarks: Iterable[Remark]) -> list[dict[str, Any]]:
    """Return what to look at, the gravest first; of many of one matter the first few, the others folded."""
    matters: dict[str, list[Remark]] = {}
    for one in remarks:
        matters.setdefault(one.matter, []).append(one)
    shown = []
    for matter, alike in matters.items():
        cut = _ALIKE if len(alike) > _ALIKE + 1 else len(alike)
        lines = [{"what": said(one.what), "tone": _MARKS[matter], "more": []} for one in alike[:cut]]
        lines[-1]["more"] = [said(one.what) for one in alike[cut:]]
        shown += lines
    return shown


def item(played: Rehearsal, slot: Slot) -> dict[str, Any]:
    one = slot.occurrence
    return {
        "title": said(slot.title), "n": len(played.pairs(slot)), "report": slot.kind == "report",
        "disputed": bool(one and one.disputed),
    }  # fmt: skip


def row(played: Rehearsal, slot: Slot) -> dict[str, Any]:
    """Return one occurrence with whom it concerns, units counted."""
    line = next(iter(played.lines_of(slot)))
    pairs = played.pairs(slot) if slot.occurrence else ()
    comma = _("、")
    return {
        "title": said(slot.title), "milestone": slot.mark is not None, "past": line.past, "report": line.kind == "report",
        "who": (line.source or "").replace("、", comma),
        "to": (line.to or "").replace("、", comma), "units": len(pairs), "due": line.due, "opens": line.opens,
        "period": line.period or "", "words": line.words or "", "clause": line.clause or "", "disputed": line.disputed,
        "estimated": line.estimated, "basis": line.basis,
        "rest": bool(line.due and not played.stage.setting.calendar.is_working(line.due)),
    }  # fmt: skip


def load_chart(load: Load, span: list[date]) -> dict[str, Any]:
    """Return the chart: for each role a column for each week from the first to the last that has any."""
    mondays = load.mondays()
    weeks: list[date] = []
    day = mondays[0] if mondays else span[0]
    while mondays and day <= mondays[-1]:
        weeks.append(day)
        day += timedelta(days=7)
    heavy = {(role, week) for role, week, _tasks in load.heavy()}
    roles = [
        {
            "name": role, "total": load.total(role), "undated": load.undated[role],
            "most": max(load.weeks[role].values()) if role in load.weeks else 0,
            "weeks": [
                {"name": week_name(week), "start": week, "n": counted, "heavy": (role, week) in heavy}
                for week in weeks
                if (counted := load.weeks[role].get(week, 0) if role in load.weeks else 0) or len(weeks) <= 60
            ],
        }
        for role in load.roles
    ]  # fmt: skip
    return {"weeks": len(weeks), "roles": roles}
