"""Incidents: what cannot go on by itself, visible, retryable, and alone."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, update

from engine.models import Incident, Instance
from engine.process import Model, ProcessStuck
from engine.rows import AnyInstance, TaskRow
from forms.expression import EvaluationError
from tenants import access, outbox
from tenants.audit import record, record_all
from tenants.db import Work
from tenants.errors import NotFound, Refusal
from tenants.models import Job
from tenants.text import Message, packed, say, unpacked
from workflows.schedule import ImpossibleDate

# What a campaign as drawn may run into, however sound the program is: it becomes an incident.
STUCK = (ProcessStuck, EvaluationError, ImpossibleDate)
# The kind of job that takes one incident up again.
RETRY = "retry"
_LONGEST = 2000


def has_stuck(work: Work, instance_id: UUID) -> bool:
    """Tell whether an instance waits for somebody to see to its incident."""
    return work.session.scalar(select(Instance.state).where(Instance.id == instance_id)) == "stuck"


def told(why: Exception, model: Model) -> Message:
    """Return why an instance could not go on, and at which element of its drawings, by the name that people gave it."""
    node = str(why.facts.get("node", "")) if isinstance(why, ProcessStuck) else ""
    names = (drawing.nodes[node].name for drawing in model.drawings if node in drawing.nodes)
    name, words = next(names, ""), because(why)
    return say("“{step}”：{why}", step=name, why=words) if name and f"“{name}”" not in str(words) else words


def because(why: Exception) -> Message:
    """Return what went wrong: in the reader's language where the program knows it, else as the library says it."""
    if isinstance(why, EvaluationError):
        return why.words
    if isinstance(why, Refusal | ImpossibleDate):
        return why.what
    return say("{error}", error=f"{type(why).__name__}: {why}")


def words(incident: Incident) -> Message:
    """Return what an incident says, to be put into the reader's language."""
    if incident.words is not None:
        return unpacked(incident.words)
    return say("{error}", error=incident.message)  # kept by the first release, which wrote it down in Chinese


def open_for_task(work: Work, instance: AnyInstance, task: TaskRow, message: Message) -> Incident:
    """Note that an instance could not go on after a completed task; the answers are kept."""
    return _open(work, "step", instance.title, message, instance=instance, job_id=task.id)


def open_for_timer(work: Work, instance: AnyInstance, message: Message) -> Incident:
    """Note that an instance could not go on when its timer fired; the timer stays armed. Said once, however often it is tried."""
    same = (
        Incident.instance_id == instance.id,
        Incident.kind == "timer",
        Incident.message == str(message)[:_LONGEST],
    )
    known = work.session.scalar(select(Incident).where(*same, Incident.state == "open").limit(1))
    return known or _open(work, "timer", instance.title, message, instance=instance)


def open_for_starts(work: Work, stuck: Sequence[tuple[AnyInstance, Message]]) -> None:
    """Note instances that could not begin, each with its reason; what they were to begin with is kept."""
    found = [_made(work, "start", one.title, message, instance=one) for one, message in stuck]
    work.session.add_all(found)
    work.session.flush()
    facts = [(one.id, None, {"title": one.title, "kind": one.kind}) for one in found]
    record_all(work, "incident.open", "incident", facts)


def open_for_doubt(work: Work, campaign_id: UUID, title: str, message: Message, occurrence_id: UUID) -> None:
    """Note that units were left out of a duty. Said once, however often it recurs."""
    same = (
        Incident.campaign_id == campaign_id,
        Incident.kind == "doubt",
        Incident.message == str(message)[:_LONGEST],
    )
    if work.session.scalar(select(Incident.id).where(*same, Incident.state == "open").limit(1)) is None:
        one = _made(work, "doubt", title, message, instance=None, job_id=occurrence_id)
        one.campaign_id = campaign_id
        _record(work, one)


def open_for_job(work: Work, job: Job, message: Message) -> Incident:
    """Note that a job has failed for the last time."""
    return _open(work, "job", job.kind, message, job_id=job.id)


def open_for_delivery(work: Work, delivery_id: UUID, title: str, message: Message, campaign_id: UUID) -> None:
    """Note that another authority gave back what was sent there: its step waits for somebody to send it elsewhere, or do it."""
    one = _made(work, "delivery", title, message, instance=None, job_id=delivery_id)
    one.campaign_id = campaign_id
    _record(work, one)


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


def alike(work: Work, found: Sequence[Incident]) -> dict[tuple[str, UUID | None, str], int]:
    """Return how many open incidents say the same, by kind, campaign and message, of those that are looked at."""
    messages = {one.message for one in found if one.state == "open"}
    query = (
        select(Incident.kind, Incident.campaign_id, Incident.message, func.count())
        .where(Incident.state == "open", Incident.message.in_(messages))
        .group_by(Incident.kind, Incident.campaign_id, Incident.message)
    )
    rows = work.session.execute(query).tuples() if messages else ()
    return {(kind, campaign_id, message): number for kind, campaign_id, message, number in rows}


def retry_alike(work: Work, incident_id: UUID) -> int:
    """Take up again all open incidents that say the same as this one, each by a job of its own; return how many."""
    one = locked(work, incident_id)
    same = select(Incident.id).where(
        Incident.state == "open", Incident.kind == one.kind, Incident.message == one.message,
        Incident.campaign_id == one.campaign_id,
    )  # fmt: skip
    ids = list(work.session.scalars(same.order_by(Incident.id)))
    outbox.later_all(work, RETRY, [(found, work.now) for found in ids])
    record(work, "incident.retry_all", "incident", one.id, title=one.title, count=len(ids))
    return len(ids)


def reason(work: Work, instance: AnyInstance) -> Message | None:
    """Return why an instance is stuck; None when nobody knows."""
    query = select(Incident).where(Incident.instance_id == instance.id, Incident.state == "open")
    found = work.session.scalar(query.order_by(Incident.id.desc()).limit(1))
    return words(found) if found is not None else None


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


def _made(
    work: Work,
    kind: str,
    title: str,
    message: Message,
    *,
    instance: AnyInstance | None,
    job_id: UUID | None = None,
) -> Incident:
    return Incident(
        at=work.now, kind=kind, title=title, message=str(message)[:_LONGEST], words=packed(message), job_id=job_id,
        instance_id=instance.id if instance else None, campaign_id=instance.campaign_id if instance else None,
    )  # fmt: skip


def _open(
    work: Work,
    kind: str,
    title: str,
    message: Message,
    *,
    instance: AnyInstance | None = None,
    job_id: UUID | None = None,
) -> Incident:
    incident = _made(work, kind, title, message, instance=instance, job_id=job_id)
    return _record(work, incident)


def _record(work: Work, incident: Incident) -> Incident:
    work.session.add(incident)
    work.session.flush()
    record(work, "incident.open", "incident", incident.id, title=incident.title, kind=incident.kind)
    return incident
