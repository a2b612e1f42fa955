"""Milestones at work: where an instance stands with each, and who has to look at them when they are over (`engine.misses`).

Where an instance stands is worked out from its tasks whenever somebody looks; nothing of it is written down twice. A milestone
that lay before the notice, or before the task was assigned, is past: nobody is late for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select

from engine.models import Instance, Task
from engine.progress import PLACE
from engine.rows import AnyInstance
from engine.running import Running, day_end
from tenants import access, outbox
from tenants.base import batches
from tenants.db import Work
from workflows.elements import Duty
from workflows.milestones import Mark, marks
from workflows.moving import event_again

# The kind of job that looks whether a milestone was met.
KIND = "milestone"

State = Literal["met", "late", "missed", "coming", "past", "released"]
STATES: tuple[State, ...] = ("missed", "late", "coming", "met", "past", "released")


@dataclass(frozen=True)
class Standing:
    """Where an instance stands with one of its milestones. done_at: when its part was done."""

    mark: Mark
    state: State
    done_at: datetime | None = None


def arm(work: Work, live: Running, opened: Iterable[AnyInstance]) -> None:
    """Let somebody look at the milestones of new instances when they are over."""
    if not any(duty.milestones for duty in live.duties.values()):
        return
    jobs: dict[tuple[str, date], list[UUID]] = {}
    for instance in opened:
        duty = live.duties.get(instance.duty)
        if duty is None or not duty.milestones or instance.state not in ("running", "stuck"):
            continue
        for mark in _marks(work, live, duty, instance):
            if mark.due is not None and not mark.past and mark.due >= work.today:
                jobs.setdefault((mark.id, mark.due), []).append(instance.id)
    for (key, due), ids in jobs.items():
        at = day_end(work, due)
        assert at is not None
        outbox.later_all(work, KIND, [(one, at) for one in ids], milestone=key)


def standing(work: Work, live: Running, instance: Instance) -> tuple[Standing, ...]:
    """Return where an instance stands with each of its milestones, in the order of the package."""
    duty = live.duties.get(instance.duty)
    if duty is None or not duty.milestones:
        return ()
    done = _done(work, duty, [instance.id]).get(instance.id, {})
    return _standing(work, live, duty, instance, done)


def tally(work: Work, live: Running, duty: Duty) -> list[tuple[Mark, dict[str, int]]]:
    """Return each milestone of a duty with how many of its instances stand where, as far as the viewer may see them."""
    if not duty.milestones:
        return []
    query = select(Instance).where(
        Instance.campaign_id == live.campaign.id, Instance.duty == duty.id, access.visible(work.viewer, PLACE)
    )
    instances = list(work.session.scalars(query))
    done = _done(work, duty, [one.id for one in instances])
    counts: dict[str, dict[str, int]] = {key: dict.fromkeys(STATES, 0) for key in duty.milestones}
    for instance in instances:
        for one in _standing(work, live, duty, instance, done.get(instance.id, {})):
            counts[one.mark.id][one.state] += 1
    general = marks(live.setting, duty, None) if not _reads_event(duty) else ()
    dates = {mark.id: mark for mark in general}
    return [
        (dates.get(key) or Mark(milestone, None), counts[key]) for key, milestone in duty.milestones.items()
    ]


def step_due(live: Running, duty: Duty | None, node: str, due: date | None) -> tuple[date, str] | None:
    """Return the date and the words that a step has from its milestone; None when it has none, or it is past.

    Dates that hang on the event are for the step's own date to say.
    """
    if duty is None or not duty.milestones or _reads_event(duty):
        return None
    for mark in marks(live.setting, duty, due):
        if mark.milestone.step == node and mark.due is not None and not mark.past:
            return mark.due, mark.milestone.words
    return None


def _standing(
    work: Work, live: Running, duty: Duty, instance: Instance, done: Mapping[str, datetime]
) -> tuple[Standing, ...]:
    opened = instance.opened_at.astimezone(work.zone).date()
    found = []
    for mark in _marks(work, live, duty, instance):
        at = done.get(mark.milestone.step) if mark.milestone.step else instance.ended_at
        if not mark.milestone.step and instance.state != "done":
            at = None
        found.append(Standing(mark, _state(work, mark, instance.state, opened, at), at))
    return tuple(found)


def _state(work: Work, mark: Mark, state: str, opened: date, at: datetime | None) -> State:
    if at is not None:
        in_time = mark.due is None or at.astimezone(work.zone).date() <= mark.due
        return "met" if in_time or mark.past or mark.due is None or mark.due < opened else "late"
    if mark.past or (mark.due is not None and mark.due < opened):
        return "past"
    if state not in ("running", "stuck"):
        return "released"
    return "missed" if mark.due is not None and mark.due < work.today else "coming"


def _marks(work: Work, live: Running, duty: Duty, instance: AnyInstance) -> tuple[Mark, ...]:
    event = _event(work, instance) if _reads_event(duty) else None
    return marks(live.setting, duty, instance.due, event)


def _reads_event(duty: Duty) -> bool:
    rules = (one.due.rule for one in duty.milestones.values() if one.due is not None)
    return any("event" in rule.names for rule in rules if rule is not None)


def _event(work: Work, instance: AnyInstance) -> Mapping[str, object] | None:
    query = select(Instance.event).where(Instance.id == instance.id)
    kept = work.session.scalar(query)
    return event_again(kept) if kept else None


def _done(work: Work, duty: Duty, ids: Sequence[UUID]) -> dict[UUID, dict[str, datetime]]:
    """Return instance -> step -> when it was last done."""
    steps = sorted({one.step for one in duty.milestones.values() if one.step})
    found: dict[UUID, dict[str, datetime]] = {}
    for some in batches(ids) if steps else ():
        query = (
            select(Task.instance_id, Task.node, func.max(Task.done_at))
            .where(Task.instance_id.in_(some), Task.node.in_(steps), Task.process == "", Task.state == "done")
            .group_by(Task.instance_id, Task.node)
        )
        for key, node, at in work.session.execute(query).tuples():
            if at is not None:
                found.setdefault(key, {})[node] = at
    return found
