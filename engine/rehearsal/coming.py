"""What comes when: every occurrence of every duty in order of its date, one at a time.

One generator for each duty, merged; no occurrence is kept once it has passed.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal

from engine.rehearsal.slots import Slot
from engine.rehearsal.stage import Stage, awaited
from workflows.collected import collections, waits_undated
from workflows.elements import Duty
from workflows.milestones import marks
from workflows.schedule import (
    ImpossibleDate,
    NoSeason,
    Occurrence,
    due_after,
    expected,
    occurrences,
    opens_after,
    turns_after,
)


def upcoming(stage: Stage, trouble: Callable[[Duty, ImpossibleDate], None]) -> Iterator[Slot]:
    """Yield all slots by date, those that wait for something at the end.

    trouble: told of every duty whose dates cannot be worked out; such a duty waits.
    """
    duties = enumerate(stage.package.duties.values())
    yield from heapq.merge(*(_of_duty(stage, *one, trouble) for one in duties), key=lambda slot: slot.key)


def _of_duty(
    stage: Stage, place: int, duty: Duty, trouble: Callable[[Duty, ImpossibleDate], None]
) -> Iterator[Slot]:
    try:
        waits = awaited(duty)
        if waits is None:
            yield from _with_marks(stage, duty, place, occurrences(stage.setting, duty))
            return
        name = duty.on.event if duty.on is not None and duty.on.kind == "event" else duty.id
        days = sorted({*stage.events.get(name, ()), *stage.events.get(duty.id, ())})
        if waits[0] == "collected":
            yield from _collecting(stage, place, duty, days, ":".join(waits))
            return
        if duty.every is not None:
            found = [one for day, end in _series(stage, duty, days) for one in begun(stage, duty, day, end)]
            found = [replace(one, number=number) for number, one in enumerate(found, 1)]
        else:
            found = [happened(stage, duty, day, number) for number, day in enumerate(days, 1)]
        found = sorted(found, key=lambda one: (one.due or one.opens, one.number))
        yield from _with_marks(stage, duty, place, found, None if duty.every else dict(enumerate(days, 1)))
        if not days:
            yield Slot(duty, place, None, ":".join(waits))
    except ImpossibleDate as error:
        trouble(duty, error)
        season = isinstance(error, NoSeason)
        if season and awaited(duty) is None:
            # Of several seasons those that are known come all the same.
            known = (one for one in expected(stage.setting, duty) if not one.season)
            yield from _with_marks(stage, duty, place, known)
        yield Slot(duty, place, None, "season" if season else "date")


def _collecting(stage: Stage, place: int, duty: Duty, days: Sequence[date], waits: str) -> Iterator[Slot]:
    """Yield what collects the reports of others on the day on which the last of them are due: nobody is late in a rehearsal.

    days: when all of what has no date is said to be in; without any the duty waits for it.
    """
    told = [(day, period, True) for day, period in collections(stage.setting, duty)]
    told = sorted([*told, *((day, "", False) for day in days)])
    found = []
    for number, (day, period, dated) in enumerate(told, 1):
        payload = {"at": stage.evening(day), "due": day if dated else None, "period": period}
        found.append(replace(happened(stage, duty, day, number, payload), period=period))
    found.sort(key=lambda one: (one.due or one.opens, one.number))
    yield from _with_marks(stage, duty, place, found, {n: day for n, (day, _, _) in enumerate(told, 1)})
    if not told or (not days and waits_undated(stage.setting, duty)):
        yield Slot(duty, place, None, waits)


def _with_marks(
    stage: Stage, duty: Duty, place: int, found: Iterable[Occurrence], days: Mapping[int, date] | None = None
) -> Iterator[Slot]:
    """Yield occurrences with their milestones among them, by date. days: number -> when the event was that started it."""
    if not duty.milestones:
        yield from (Slot(duty, place, one) for one in found)
        return
    slots = []
    for one in found:
        event: dict[str, object] | None = {"at": stage.morning(days[one.number])} if days else None
        slots.append(Slot(duty, place, one))
        for mark in marks(stage.setting, duty, one.due, event):
            part = replace(one, due=mark.due, words=mark.milestone.words, clause=mark.clause, disputed=False)
            slots.append(Slot(duty, place, part, mark=mark))
    yield from sorted(slots, key=lambda slot: slot.key)


def _series(stage: Stage, duty: Duty, days: Sequence[date]) -> Iterator[tuple[date, date | None]]:
    """Yield (when it begins, from when on it comes no more) of a recurrence that events start and stop."""
    stops = sorted(stage.events.get(duty.every.until, ())) if duty.every else []
    for number, day in enumerate(days):
        ends = [*days[number + 1 : number + 2], *(stop for stop in stops if stop >= day)]
        yield day, min(ends, default=None)


def begun(
    stage: Stage, duty: Duty, day: date, end: date | None = None, payload: dict[str, Any] | None = None
) -> Iterator[Occurrence]:
    """Yield the turns of a recurrence that something on that day has started. end: what opens after that day does not.

    Raises ImpossibleDate.
    """
    for one in turns_after(stage.setting, duty, {"at": stage.morning(day), **(payload or {})}):
        if end is None or one.opens <= end:
            yield one


def happened(
    stage: Stage, duty: Duty, day: date, number: int = 1, payload: dict[str, Any] | None = None
) -> Occurrence:
    """Return the occurrence of a duty that something on that day has started. Raises ImpossibleDate."""
    event = {"at": stage.morning(day), **(payload or {})}
    due = due_after(stage.setting, duty, event)
    opens = opens_after(stage.setting, duty, event) or day
    basis: Literal["notice", "tenant"] = "tenant" if duty.added else "notice"
    return Occurrence(
        duty.id, number, min(opens, due) if due else opens, due, duty.words, "、".join(duty.clauses), basis
    )
