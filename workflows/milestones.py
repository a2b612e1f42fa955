"""The dates inside of a task: which part of it is to be done by when. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from workflows.dates import Dates, Setting
from workflows.elements import Duty, Milestone


@dataclass(frozen=True)
class Mark:
    """A milestone with its date. due: None = it has none. past: it lay before the notice, so that nobody is late for it."""

    milestone: Milestone
    due: date | None
    past: bool = False

    @property
    def id(self) -> str:
        return self.milestone.id

    @property
    def clause(self) -> str:
        return "、".join(self.milestone.clauses)


def marks(
    setting: Setting, duty: Duty, due: date | None, event: Mapping[str, object] | None = None
) -> tuple[Mark, ...]:
    """Return the milestones of a duty with their dates, in the order of the file. due: of the duty itself, in this instance.

    event: what started it, where something did. Raises ImpossibleDate.
    """
    return dated(Dates(setting), duty, due, event)


def dated(
    dates: Dates, duty: Duty, due: date | None, event: Mapping[str, object] | None = None
) -> tuple[Mark, ...]:
    """Return the same with dates that are at hand."""
    found = []
    issued = dates.package.notice.issued
    for one in duty.milestones.values():
        names: dict[str, object] = {"due": due} | ({"event": event} if event is not None else {})
        day = dates.resolve(one.due, f"duties.{duty.id}.milestones.{one.id}", names) if one.due else None
        found.append(Mark(one, day, day is not None and issued is not None and day < issued))
    return tuple(found)


def last(dates: Dates, duty: Duty, event: Mapping[str, object] | None = None) -> date | None:
    """Return the date of the last milestone, by which a duty without a date of its own is due. Raises ImpossibleDate."""
    return max((one.due for one in dated(dates, duty, None, event) if one.due), default=None)
