"""The life of one instance, told for a reader: its rounds, its answers, its trail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from engine.models import Instance, LedgerItem, Task
from engine.opening import FOR_ALL, OPENED
from engine.progress import PLACE
from engine.protected import readable
from engine.running import Running
from engine.standing import is_sibling
from forms.models import Submission
from forms.soft import Warned, warnings
from tenants import access
from tenants.db import Work
from tenants.errors import NotFound
from tenants.models import AuditEntry


@dataclass(frozen=True)
class Round:
    """One completed task with what was answered. form: id of the form, empty when it asked nothing.

    warned: the soft limits that the answers passed, as far as the reader may read what they rest on.
    """

    task: Task
    form: str
    answers: Mapping[str, Any]
    warned: tuple[Warned, ...] = ()


def instance(work: Work, instance_id: UUID) -> Instance:
    """Return an instance that the viewer may see; raise NotFound."""
    found = seen(work, instance_id)
    if found is None:
        raise NotFound()
    return found


def seen(work: Work, instance_id: UUID) -> Instance | None:
    """Return an instance when the viewer may see it, else None."""
    query = select(Instance).where(Instance.id == instance_id, access.visible(work.viewer, PLACE))
    return work.session.scalar(query)


def rounds(work: Work, live: Running, of: Instance) -> list[Round]:
    """Return the completed tasks of an instance with their answers, oldest first.

    Whoever may see the instance may read them: visibility was asked for when the instance was gathered. What is sensitive only
    the desk or post reads that wrote it; what is protected only the holders of the actors that its form names.
    """
    query = (
        select(Task, Submission)
        .outerjoin(Submission, Submission.id == Task.submission_id)
        .where(Task.instance_id == of.id, Task.state == "done")
        .order_by(Task.done_at, Task.id)
    )
    found: list[tuple[Task, Submission | None]] = [(row[0], row[1]) for row in work.session.execute(query)]
    return [
        _round(work, live, of, task, made) if made is not None else Round(task, "", {})
        for task, made in found
    ]


def _round(work: Work, live: Running, of: Instance, task: Task, made: Submission) -> Round:
    form = live.form_filed(task, made.form)
    if form is None:
        return Round(task, made.form, made.answers)
    answers = readable(work, live, of, task, form, made)
    day = task.done_at.astimezone(work.zone).date() if task.done_at else None
    return Round(task, made.form, answers, warnings(form.schema, answers, day))


def beside(past: Sequence[Round], task: Task) -> list[Round]:
    """Return those rounds that whoever works a task may read: not what was answered for another item of the same activity."""
    return [one for one in past if not is_sibling(one.task.place, task.place)]


def is_same_step(one: Task, other: Task) -> bool:
    """Tell whether two tasks are the same step for the same item, in whichever rounds."""
    return (one.node, one.process, one.item) == (other.node, other.process, other.item)


def open_tasks(work: Work, of: Instance) -> list[Task]:
    """Return the tasks that an instance waits for."""
    query = select(Task).where(Task.instance_id == of.id, Task.state == "open").order_by(Task.id)
    return list(work.session.scalars(query))


def trail(work: Work, of: Instance) -> list[AuditEntry]:
    """Return what is recorded of an instance, oldest first. That it was opened may have been recorded once for all that were
    opened with it; it is told as its own."""
    own = and_(AuditEntry.subject_kind == "instance", AuditEntry.subject_id == of.id)
    with_others = and_(
        AuditEntry.subject_kind == "duty_occurrence",
        AuditEntry.subject_id == of.occurrence_id,
        AuditEntry.action == FOR_ALL,
        AuditEntry.at == of.opened_at,
    )
    query = select(AuditEntry).where(or_(own, with_others)).order_by(AuditEntry.at, AuditEntry.id)
    found = list(work.session.scalars(query))
    if any(one.action == OPENED for one in found):
        return [one for one in found if one.action != FOR_ALL]
    return [_as_its_own(one, of) if one.action == FOR_ALL else one for one in found]


def _as_its_own(entry: AuditEntry, of: Instance) -> AuditEntry:
    due = of.due.isoformat() if of.due else None
    return AuditEntry(
        tenant_id=entry.tenant_id, id=entry.id, at=entry.at, member_id=entry.member_id, actor=entry.actor, action=OPENED,
        subject_kind="instance", subject_id=of.id, unit_id=of.unit_id,
        facts={"title": of.title, "process": of.process, "due": due},
    )  # fmt: skip


def children(work: Work, of: Instance) -> list[Instance]:
    """Return the instances that this one bore, as far as the viewer may see them."""
    query = (
        select(Instance)
        .where(Instance.source_id == of.id, access.visible(work.viewer, PLACE))
        .order_by(Instance.id)
    )
    return list(work.session.scalars(query))


def item_of(work: Work, of: Instance) -> LedgerItem | None:
    """Return the ledger line whose life an instance is."""
    return work.session.scalar(select(LedgerItem).where(LedgerItem.instance_id == of.id))
