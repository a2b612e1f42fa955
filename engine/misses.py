"""A milestone that was missed: a job looks on the day after each, the trail says so, and what the package says follows."""

from __future__ import annotations

from sqlalchemy import select

from engine.births import happen
from engine.milestones import KIND, standing
from engine.models import Instance, InstanceWait
from engine.running import day_end, running_of
from engine.waits import HEAR
from tenants import outbox
from tenants.audit import record
from tenants.db import Work
from tenants.models import Job


def look(work: Work, job: Job) -> None:
    """Look whether a milestone was met; when it was not, the trail says so, and its consequence follows."""
    instance = work.session.get(Instance, (work.tenant.id, job.subject_id))
    if instance is None or instance.state not in ("running", "stuck"):
        return
    live = running_of(work, instance, lock="keep")
    found = next(
        (one for one in standing(work, live, instance) if one.mark.id == job.payload["milestone"]), None
    )
    if found is None or found.mark.due is None:
        return
    if found.state == "coming":
        # Its date has moved away meanwhile.
        at = day_end(work, found.mark.due)
        outbox.later(work, KIND, instance.id, at=at, milestone=found.mark.id)
        return
    if found.state != "missed":
        return
    mark = found.mark.milestone
    facts = {"milestone": mark.title, "due": found.mark.due.isoformat()}
    record(work, "milestone.miss", "instance", instance.id, unit_id=instance.unit_id, **facts)
    if mark.missed:
        happen(
            work,
            live,
            instance,
            mark.missed,
            {"milestone": mark.id, "title": mark.title, "due": found.mark.due},
        )
        _tell_itself(work, instance, mark.missed)


def _tell_itself(work: Work, instance: Instance, name: str) -> None:
    """Let the process of the instance hear of its own miss, where it waits for that."""
    own = select(InstanceWait.id).where(InstanceWait.instance_id == instance.id, InstanceWait.name == name)
    if work.session.scalar(own.limit(1)) is not None:
        outbox.later(work, HEAR, instance.id, name=name, generation=0)
