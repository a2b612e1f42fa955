"""Tasks whose step has a date of its own, and timers: what becomes of each under another calendar. Nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, select

from engine import actors, timers
from engine.dating import day_of, timing_of
from engine.lineage import Place
from engine.models import Instance, Task
from engine.process import Model, ProcessStuck, rearm
from engine.running import Running, known_names
from forms.expression import EvaluationError, Expression
from tenants.base import batches
from tenants.db import Work
from tenants.models import Job, Unit
from workflows.bpmn.cycles import timer_rules
from workflows.dates import asks_calendar

OPEN = ("running", "stuck")
# What a campaign gives its processes, and a calendar may move.
_MOVABLE = frozenset({"due", "phases", "period"})
# Names that need no look at the process data.
_GIVEN = _MOVABLE | {"unit", "about", "notice", "now", "today"}

NewDue = Callable[[UUID, UUID | None, date | None, datetime | None], date | None]


@dataclass(frozen=True)
class Side:
    """A campaign under one of the two calendars. period: as it is, or will be, under it."""

    live: Running
    period: tuple[date, date | None]

    def given(self) -> dict[str, Any]:
        """Return what the campaign gives its processes."""
        phases = {key: span.names() for key, span in self.live.phases.items()}
        return {"phases": phases, "period": {"start": self.period[0], "end": self.period[1]}}


@dataclass(frozen=True)
class _Then:
    """A campaign as it was when a task was opened: an `engine.dating.Scene`."""

    side: Side
    now: datetime

    @property
    def given(self) -> Mapping[str, Callable[..., object]]:
        return self.side.live.given

    def known(
        self, wanted: Collection[str], unit: Place | None, about: Place | None, more: Mapping[str, object]
    ) -> dict[str, Any]:
        live = self.side.live
        return known_names(
            wanted, unit, about, more, package=live.package, phases=lambda: live.phases, period=self.side.period,
            today=self.now.date(),
        )  # fmt: skip


@dataclass(frozen=True)
class StepMove:
    """A task whose step has a date of its own. which: due or follow_up."""

    task_id: UUID
    instance_id: UUID
    unit_id: UUID | None
    duty: str
    node: str
    which: Literal["due", "follow_up"]
    old: date | None
    new: date | None
    unit: str


def step_moves(work: Work, before: Side, after: Side, new_due: NewDue) -> tuple[list[StepMove], int]:
    """Return the open tasks with a date of their own that moves, and how many have one that the old calendar does not explain.

    new_due: (instance, its occurrence, its due date, when it was handed in) -> its due date under the new calendar.
    """
    rules = {
        (key, node.id): (node.due, node.follow_up)
        for key, drawing in before.live.package.processes.items()
        for node in drawing.nodes.values()
        if _movable(node.due) or _movable(node.follow_up)
    }
    if not rules:
        return [], 0
    units = {unit.id: unit for unit in actors.all_units(work)}
    found: list[StepMove] = []
    kept = 0
    for row in _tasks(work, before.live, sorted({node for _, node in rules})):
        if (row.process, row.node) not in rules:
            continue
        due, follow_up = rules[row.process, row.node]
        now_due = new_due(row.instance_id, row.occurrence_id, row.instance_due, row.filed_at)
        for which, text, stands in (("due", due, row.due), ("follow_up", follow_up, row.follow_up)):
            if not _movable(text):
                continue
            old = _day(before, row, text, row.instance_due, units)
            new = _day(after, row, text, now_due, units, renewed=True)
            if old != stands:
                kept += 1
            elif new != old:
                unit = units.get(row.about_id or row.unit_id)
                found.append(
                    StepMove(
                        row.id, row.instance_id, row.unit_id, row.duty, row.name,
                        "due" if which == "due" else "follow_up", old, new, unit.name if unit else work.tenant.name,
                    )
                )  # fmt: skip
    return found, kept


def _tasks(work: Work, live: Running, nodes: list[str]) -> Iterator[Row[Any]]:
    query = (
        select(
            Task.id, Task.node, Task.name, Task.due, Task.follow_up, Task.opened_at, Task.duty, Task.unit_id, Task.about_id,
            Task.instance_id, Instance.process, Instance.occurrence_id, Instance.filed_at, Instance.compact,
            Instance.due.label("instance_due"),
        )
        .join(Instance, Instance.id == Task.instance_id)
        .where(
            Task.campaign_id == live.campaign.id, Task.state == "open", Task.node.in_(nodes), Instance.state.in_(OPEN),
            Task.process == "",
        )
        .order_by(Task.id)
    )  # fmt: skip
    yield from work.session.execute(query)


def _day(
    side: Side,
    row: Row[Any],
    text: str | None,
    due: date | None,
    units: Mapping[UUID, Unit],
    *,
    renewed: bool = False,
) -> date | None:
    """Return the day that a step's rule gives, as it was worked out when the task was opened. renewed: the campaign's own names
    have the values of this side, whatever the process was given."""
    live = side.live
    timing = timing_of(text or "")
    data: dict[str, Any] = {}
    if isinstance(timing, Expression) and timing.names - _GIVEN:
        data = rearm(live.model(row.process), row.compact, {}, live.now, live.given).data
        if renewed:
            data = {key: value for key, value in data.items() if key not in _MOVABLE}
    then = _Then(side, row.opened_at.astimezone(live.work.zone))
    return day_of(then, text, data, due, units.get(row.unit_id), units.get(row.about_id))


def _movable(text: str | None) -> bool:
    timing = timing_of(text or "")
    return isinstance(timing, Expression) and (asks_calendar(timing) or bool(timing.names & _MOVABLE))


# --- timers ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Followers:
    """Instances whose process has to hear of the change. moved: how many of their timers get another moment."""

    ids: tuple[UUID, ...] = ()
    moved: int = 0


def followers(work: Work, before: Side, after: Side, new_due: NewDue) -> Followers:
    """Return the open instances whose process was given a date that moves, or has a timer that asks the calendar.

    An instance that cannot be moved (its state is damaged, its timer would have no moment) is among them: moving it makes it
    stuck, with an incident, and nothing else.
    """
    given, renewed = before.given(), after.given()
    common = {name for name in ("phases", "period") if given[name] != renewed[name]}
    models = {key: before.live.model(key) for key in before.live.package.processes}
    wanted = [key for key, model in models.items() if model.reads & _MOVABLE or _asks(model)]
    if not wanted:
        return Followers()
    query = select(
        Instance.id, Instance.process, Instance.due, Instance.occurrence_id, Instance.filed_at, Instance.compact
    ).where(
        Instance.campaign_id == before.live.campaign.id, Instance.state.in_(OPEN), Instance.process.in_(wanted)
    )  # fmt: skip
    ids, armed = [], {}
    for row in work.session.execute(query.order_by(Instance.id)):
        model = models[row.process]
        due = new_due(row.id, row.occurrence_id, row.due, row.filed_at)
        reads = model.reads
        if not ((due != row.due and "due" in reads) or common & reads or _asks(model)):
            continue
        ids.append(row.id)
        if model.timed:
            armed[row.id] = _armed(model, row.compact, {**renewed, "due": due}, after.live)
    return Followers(tuple(ids), _moved(work, armed))


def _armed(model: Model, state: bytes, names: Mapping[str, Any], live: Running) -> list[datetime] | None:
    try:
        step = rearm(model, state, names, live.now, live.given, calendar=True)
    except (ProcessStuck, EvaluationError):
        return None
    return sorted(timer.at for timer in step.timers)


def _moved(work: Work, armed: Mapping[UUID, list[datetime] | None]) -> int:
    """Return how many timers would be at another moment than the jobs that wait for them."""
    moved = 0
    for some in batches(sorted(armed)):
        query = select(Job.subject_id, Job.due_at).where(
            Job.subject_id.in_(some), Job.kind == timers.KIND, Job.state == "waiting"
        )
        waiting: dict[UUID, list[datetime]] = {}
        for row in work.session.execute(query):
            waiting.setdefault(row.subject_id, []).append(row.due_at)
        for key in some:
            was, now = sorted(waiting.get(key, [])), armed[key]
            moved += len(was) if now is None else len([at for at in was if at not in now])
    return moved


def _asks(model: Model) -> bool:
    return any(
        asks_calendar(rule)
        for drawing in model.drawings
        for node in drawing.nodes.values()
        if node.timer
        for rule in timer_rules(node.timer)
    )
