"""Incidents: what cannot go on by itself, visible, retryable, and alone."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, update

from engine.models import Incident, Instance, Task
from engine.process import ProcessStuck
from forms.expression import EvaluationError
from tenants import access
from tenants.audit import record
from tenants.db import Work
from tenants.errors import NotFound
from tenants.models import Job
from tenants.text import say
from workflows.schedule import ImpossibleDate

# What a campaign as drawn may run into, however sound the program is: it becomes an incident.
STUCK = (ProcessStuck, EvaluationError, ImpossibleDate)


def open_for_task(work: Work, instance: Instance, task: Task, message: str) -> Incident:
    """Note that an instance could not go on after a completed task; the answers are kept."""
    return _open(work, "step", instance.title, message, instance=instance, job_id=task.id)


def open_for_timer(work: Work, instance: Instance, message: str) -> Incident:
    """Note that an instance could not go on when its timer fired; the timer stays armed."""
    return _open(work, "timer", instance.title, message, instance=instance)


def open_for_job(work: Work, job: Job, message: str) -> Incident:
    """Note that a job has failed for the last time."""
    return _open(work, "job", job.kind, message, job_id=job.id)


def listed(work: Work, *, state: str = "open", limit: int = 200) -> list[Incident]:
    """Return the incidents in a state (open, retried), newest first."""
    access.require(work.viewer, "incidents.manage")
    query = select(Incident).where(Incident.state == state).order_by(Incident.id.desc()).limit(limit)
    return list(work.session.scalars(query))


def count(work: Work, state: str = "open") -> int:
    """Return how many are in a state; 0 for those who do not manage them."""
    if not access.may(work.viewer, "incidents.manage"):
        return 0
    return work.session.scalar(select(func.count()).select_from(Incident).where(Incident.state == state)) or 0


def locked(work: Work, incident_id: UUID) -> Incident:
    """Return an open incident and hold it; raise NotFound."""
    access.require(work.viewer, "incidents.manage")
    query = select(Incident).where(Incident.id == incident_id, Incident.state == "open").with_for_update()
    found = work.session.scalar(query)
    if found is None:
        raise NotFound(say("这条故障已经处理，或不存在。"))
    return found


def settle(work: Work, incident: Incident) -> None:
    """Note that an incident was taken up again."""
    incident.state, incident.settled_at = "retried", work.now
    record(work, "incident.retry", "incident", incident.id, title=incident.title)


def drop(work: Work, instance_ids: Sequence[UUID]) -> None:
    """Close the incidents of instances that are let go: there is nothing left to retry."""
    work.session.execute(
        update(Incident)
        .where(Incident.instance_id.in_(instance_ids), Incident.state == "open")
        .values(state="dropped", settled_at=work.now)
    )


def _open(
    work: Work,
    kind: str,
    title: str,
    message: str,
    *,
    instance: Instance | None = None,
    job_id: UUID | None = None,
) -> Incident:
    incident = Incident(
        at=work.now, kind=kind, title=title, message=message[:2000], job_id=job_id,
        instance_id=instance.id if instance else None, campaign_id=instance.campaign_id if instance else None,
    )  # fmt: skip
    work.session.add(incident)
    work.session.flush()
    record(work, "incident.open", "incident", incident.id, title=title, kind=kind)
    return incident
