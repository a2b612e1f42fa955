"""What an upper report collects: the reports of other duties, an occurrence at a time (`on: {collected: [plan]}`). Pure.

Occurrences of these duties that are due on the same day are collected together, undated ones of the same period likewise.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from workflows.elements import Duty
from workflows.schedule import Occurrence, Setting, expected

# The name under which the beginnings of a form read what was collected, and what there is.
COLLECTED = "collected"
PARTS = ("filed", "missing", "answers")


def period_of(periods: Iterable[str], due: date | None) -> str:
    """Return what a collection is for: the period of what it collects, or the day on which that was due."""
    known = set(periods) - {""}
    if len(known) == 1:
        return known.pop()
    return due.isoformat() if due and known else ""


def same_period(
    period: str, due: date | None, after: date | None, lower: str, lower_due: date | None
) -> bool:
    """Tell whether a report is taken into an upper one that the calendar opens.

    period, due: of the upper one; after: when the one before it was due, None for the first; lower, lower_due: of the report.
    What is for a period goes into the upper one for the same, or into that of a longer one in which it is due; what is for none
    goes into all.
    """
    if not may_take_in(period, lower):
        return False
    if not lower or not period or lower == period:
        return True
    if due is None or lower_due is None:
        return False
    return lower_due <= due and (after is None or lower_due > after)


def may_take_in(period: str, lower: str) -> bool:
    """Tell whether a report for one period may be taken into one for another: they are the same, or of different length."""
    return not lower or not period or lower == period or len(lower) != len(period)


def collections(setting: Setting, duty: Duty) -> Iterator[tuple[date, str]]:
    """Yield (day on which all is due, what it is for) of everything that the duty collects and that has a date, by date.

    Raises ImpossibleDate.
    """
    found: dict[date, set[str]] = {}
    for one in _lower(setting, duty):
        if one.due is not None and not one.past:
            found.setdefault(one.due, set()).add(one.period)
    for day in sorted(found):
        yield day, period_of(found[day], day)


def waits_undated(setting: Setting, duty: Duty) -> bool:
    """Tell whether any of what the duty collects has no date: nobody can tell when all of it is in."""
    return any(one.due is None for one in _lower(setting, duty))


def _lower(setting: Setting, duty: Duty) -> Iterator[Occurrence]:
    for key in duty.on.duties if duty.on else ():
        if key in setting.package.duties:
            yield from expected(setting, setting.package.duties[key])
