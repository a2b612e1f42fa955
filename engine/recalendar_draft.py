"""All that a changed calendar does to one campaign, and how the preview says it: what is shown is what is carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from engine.recalendar_plan import Line, Moves, Replanned, Shift
from engine.recalendar_steps import Followers, StepMove
from engine.running import Running
from tenants.calendar import Season
from workflows.schedule import known_phases


@dataclass(frozen=True)
class EventMove:
    """An instance that an event started, and its new due date."""

    instance_id: UUID
    unit_id: UUID | None
    duty: str
    old: date | None
    new: date | None
    unit: str
    tasks: int = 0


@dataclass(frozen=True)
class LaterMove:
    """A duty that was put off: the job that will open it, and its new dates."""

    job_id: UUID
    duty: str
    payload: Mapping[str, Any]
    old: date
    opens: date
    due: date | None


@dataclass(frozen=True)
class Opened:
    """What hangs on an open occurrence and moves with it: how many instances and tasks, one of the units."""

    instances: int = 0
    tasks: int = 0
    example: str = ""


@dataclass
class Draft:
    """All that is to be done to one campaign, and how the preview says it."""

    live: Running
    after: Running
    period: tuple[date, date | None]
    duties: dict[str, Replanned] = field(default_factory=dict)
    opened: dict[UUID, Opened] = field(default_factory=dict)
    events: list[EventMove] = field(default_factory=list)
    steps: list[StepMove] = field(default_factory=list)
    later: list[LaterMove] = field(default_factory=list)
    follow: Followers = field(default_factory=Followers)
    moves: Moves | None = None

    def shifts(self, state: str) -> Iterator[Shift]:
        """Yield the occurrences in a state that get other dates, or other marks."""
        for found in self.duties.values():
            yield from (shift for shift in found.shifts if shift.row.state == state)


def moves_of(made: Draft, kept: int) -> Moves:
    """Return what the preview says of a draft. kept: how many dates stay because nothing explains them."""
    lines: list[Line] = []
    for key, found in made.duties.items():
        for shift in found.shifts:
            row, opened = shift.row, made.opened.get(shift.row.id, Opened())
            if not shift.moves:
                continue
            if row.state == "open":
                lines.append(
                    Line("open", key, row.period, row.due, shift.due, opened.instances, opened.tasks, opened.example)
                )  # fmt: skip
            else:
                lines.append(Line("planned", key, row.period, row.due, shift.due))
        lines += [Line("falls", key, row.period, row.due, None, 0) for row in found.falls]
        lines += [Line("arises", key, one.period, None, one.due) for one in found.arises]
        lines += [Line("arises", key, shift.row.period, None, shift.due) for shift in found.back]
    lines += _grouped(("event", one.duty, "", one.old, one.new, one.unit) for one in made.events)
    lines += _grouped(
        ((one.which == "due" and "step") or "follow_up", one.duty, one.node, one.old, one.new, one.unit)
        for one in made.steps
    )
    lines += _grouped(("later", one.duty, "", one.old, one.opens, "") for one in made.later)
    stands = (made.live.campaign.start, made.live.campaign.end)
    period = None
    if made.period != stands:
        period = (
            Season(stands[0], stands[1] or stands[0]),
            Season(made.period[0], made.period[1] or made.period[0]),
        )
    was, now = known_phases(made.live.setting), known_phases(made.after.setting)
    phases = tuple((key, was[key], now[key]) for key in now if was[key] != now[key])
    return Moves(
        made.live.campaign.id, made.live.campaign.title, tuple(lines), period, phases, made.follow.moved, kept
    )


def _grouped(rows: Any) -> list[Line]:
    """Return one line for all that make the same move at the same place."""
    found: dict[Any, tuple[int, str]] = {}
    for *key, unit in rows:
        n, example = found.get(tuple(key), (0, unit))
        found[tuple(key)] = (n + 1, example)
    return [
        Line(what, duty, "", old, new, n, n, example, step)
        for (what, duty, step, old, new), (n, example) in found.items()
    ]
