"""Which dates a changed calendar moves: the rows as they stand against the plans under the old and the new calendar. Pure.

A row is moved only when the old calendar explains what stands in it. A date that somebody set otherwise stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Literal
from uuid import UUID

from tenants.calendar import Season
from workflows.schedule import Occurrence, Span


@dataclass(frozen=True)
class Standing:
    """A row of an occurrence. state: planned, open, skipped, dropped."""

    id: UUID
    duty: str
    number: int
    period: str
    opens: date
    due: date | None
    estimated: bool
    state: str


@dataclass(frozen=True)
class Shift:
    """An occurrence with its new dates; when only `estimated` changes the dates are the same."""

    row: Standing
    opens: date
    due: date | None
    estimated: bool

    @property
    def moves(self) -> bool:
        return (self.opens, self.due) != (self.row.opens, self.row.due)


@dataclass(frozen=True)
class Replanned:
    """What becomes of the occurrences of one duty.

    shifts: get other dates. falls: planned, and no longer to come. arises: to come, and not planned. back: dropped once, to come
    again. kept: how many have dates that the old calendar does not explain.
    """

    shifts: tuple[Shift, ...] = ()
    falls: tuple[Standing, ...] = ()
    arises: tuple[Occurrence, ...] = ()
    back: tuple[Shift, ...] = ()
    kept: int = 0


def replan(
    rows: Sequence[Standing], before: Iterable[Occurrence], after: Iterable[Occurrence], today: date
) -> Replanned:
    """Return what becomes of the occurrences of one duty.

    before, after: what the old and the new calendar give. Occurrences are the same when they are for the same period. What has
    opened, been skipped or is past due already does not fall and arises no more.
    """
    was = {one.period: one for one in before}
    now = _named_alike(was, {one.period: one for one in after})
    shifts, falls, back, kept = [], [], [], 0
    for row in rows:
        old, new = was.get(row.period), now.get(row.period)
        if row.state == "dropped" and old is None and new is not None and _to_come(new, today):
            back.append(Shift(row, new.opens, new.due, new.estimated))
        if row.state not in ("planned", "open"):
            continue
        if old is None or old.due != row.due:
            kept += 1
        elif new is None:
            if row.state == "planned":
                falls.append(row)
        else:
            opens = new.opens if row.state == "planned" else row.opens
            if (opens, new.due, new.estimated) != (row.opens, row.due, row.estimated):
                shifts.append(Shift(row, opens, new.due, new.estimated))
    known = {row.period for row in rows}
    arises = [one for key, one in now.items() if key not in was and key not in known and _to_come(one, today)]
    return Replanned(tuple(shifts), tuple(falls), tuple(arises), tuple(back), kept)


def _to_come(one: Occurrence, today: date) -> bool:
    return one.due is None or one.due >= today


def _named_alike(was: Mapping[str, Occurrence], now: Mapping[str, Occurrence]) -> Mapping[str, Occurrence]:
    """Return the new occurrences under the old names, where another span made the schedule name all of them by another rule."""
    if not was or not now or was.keys() & now.keys():
        return now
    same = {one.due: key for key, one in was.items()}
    return {same.get(one.due, key): one for key, one in now.items()}


What = Literal["planned", "open", "event", "step", "follow_up", "later", "falls", "arises"]


@dataclass(frozen=True)
class Line:
    """One line of the preview: so many of one kind move from one date to another.

    what: planned = occurrences still to come; open = instances of an open occurrence with their tasks; event = instances that an
    event started; step = tasks with a date of their own; follow_up = tasks kept out of sight until a day; later = duties put off
    to a later day; falls, arises = occurrences. step: the node, for step and follow_up. tasks: open tasks among them; example:
    the name of one of the units.
    """

    what: What
    duty: str
    period: str
    old: date | None
    new: date | None
    count: int = 1
    tasks: int = 0
    example: str = ""
    step: str = ""

    def becomes(self, today: date) -> str:
        """Return `late` or `in_time` when the move makes something overdue or no longer so; else nothing."""
        if self.what not in ("open", "event", "step"):
            return ""
        was, now = (day is not None and day < today for day in (self.old, self.new))
        return "" if was == now else "late" if now else "in_time"


@dataclass(frozen=True)
class Moves:
    """What a change does to one campaign.

    period, phases: what moves of the campaign itself, old and new. timers: how many armed timers, such as reminders, get another
    moment. kept: dates that stay because the calendar does not explain them.
    """

    campaign_id: UUID
    title: str
    lines: tuple[Line, ...] = ()
    period: tuple[Season, Season] | None = None
    phases: tuple[tuple[str, Span, Span], ...] = ()
    timers: int = 0
    kept: int = 0

    @property
    def any(self) -> bool:
        return bool(self.lines or self.period or self.phases or self.timers)


def seal(parts: Iterable[object]) -> str:
    """Return what a preview is known by: which dates move and where to, not how many people have done theirs meanwhile."""
    digest = sha256()
    for part in parts:
        digest.update(repr(part).encode())
        digest.update(b"\0")
    return digest.hexdigest()


def lines_seal(lines: Iterable[Line]) -> list[tuple[str, ...]]:
    """Return what of the lines goes into the seal."""
    return sorted((one.what, one.duty, one.period, str(one.old), str(one.new), one.step) for one in lines)
