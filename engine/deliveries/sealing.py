"""Sealing: what stands written in an instance becomes one copy that another authority can read without asking here again.

The copy holds its forms, the answers that stand, what files there are, and who sends it. Its bytes are hashed once and never
change; who received it can show that it is what was sent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.deliveries import portable
from engine.deliveries.hops import hop
from engine.deliveries.models import Delivery
from engine.holding import Held, hold
from engine.models import DutyOccurrence, Instance, Task
from engine.rollup import levels
from engine.standing import is_sibling, standing
from forms.models import Attachment, Submission
from forms.validation import references
from tenants import audit, lines
from tenants.base import new_id
from tenants.db import Work
from tenants.models import Member, Unit
from workflows.package import Form

FORMAT = "luoshi-delivery/1"


def seal(work: Work, task_id: UUID) -> Delivery | None:
    """Write down the sealed copy for a step that waits for another authority and return it; until it has arrived it is the same
    again.

    None when the step waits no more, or the authority is not there any longer.
    """
    held = hold(work, task_id, as_house=True)
    known = select(Delivery).where(
        Delivery.task_id == task_id, Delivery.side == "out", Delivery.state.not_in(("withdrawn", "returned"))
    )
    found = work.session.scalar(known.order_by(Delivery.id.desc()).limit(1))
    if found is not None:
        return found if (found.state, held.task.state) == ("sealed", "open") else None
    task = work.session.get_one(Task, (work.tenant.id, task_id))
    other = lines.tenant(work.session, task.away_id) if task.away_id else None
    if held.task.state != "open" or other is None:
        return None
    key = new_id()
    content = packed(_copy(work, held, task, key, other.id))
    delivery = Delivery(
        id=key, side="out", other_id=other.id, other_name=other.name, campaign_id=held.running.campaign.id,
        instance_id=held.instance.id, task_id=task_id, title=held.instance.title, content=content,
        content_hash=digest(content), state="sealed", sent_at=work.now, arrived_at=None, answered_at=None, answered_name=None,
        hops=[hop(key, (work.tenant.id, work.tenant.name), (other.id, other.name), work.now)],
    )  # fmt: skip
    work.session.add(delivery)
    audit.record(
        work, "delivery.send", "instance", held.instance.id, unit_id=held.instance.unit_id, task=task.name, to=other.name,
        hash=delivery.content_hash,
    )  # fmt: skip
    work.session.flush()
    return delivery


def packed(copy: Mapping[str, Any]) -> bytes:
    """Return a copy as the bytes that are hashed."""
    return json.dumps(copy, ensure_ascii=False, separators=(",", ":")).encode()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def period_of(work: Work, instance: Instance) -> str:
    """Return the period for which an instance is; empty when it is for none."""
    if instance.occurrence_id is not None:
        key = (work.tenant.id, instance.occurrence_id)
        return work.session.get_one(DutyOccurrence, key).period
    return str((instance.event or {}).get("period", ""))


def _copy(work: Work, held: Held, task: Task, key: UUID, other: UUID) -> dict[str, Any]:
    live, instance = held.running, held.instance
    package, duty = live.package, live.duties.get(instance.duty)
    papers = list(_papers(work, held, task))
    forms: dict[str, dict[str, Any]] = {}
    step = _shelved(forms, held.form) if held.form is not None else ""
    # Those of the campaign keep their names; one of the same name from a called process gets another.
    for paper, form in sorted(papers, key=lambda one: package.forms.get(one[1].id) is not one[1]):
        paper["form"] = _shelved(forms, form)
    return {
        "format": FORMAT, "kind": "task", "delivery": str(key), "to": str(other),
        "from": {
            "id": str(work.tenant.id), "name": work.tenant.name, "unit": held.unit.name if held.unit else work.tenant.name,
        },
        "sent_at": work.now.isoformat(),
        "package": {
            "id": package.id, "version": package.version, "title": package.title, "level": package.level, "hash": package.hash,
        },
        "notice": {
            "issuer": package.notice.issuer, "number": package.notice.number, "title": package.notice.title,
            "issued": package.notice.issued.isoformat() if package.notice.issued else None,
        },
        "campaign": live.campaign.title,
        "duty": {"id": instance.duty, "title": duty.title if duty else instance.title},
        "period": period_of(work, work.session.get_one(Instance, (work.tenant.id, instance.id))),
        "title": instance.title, "due": task.due.isoformat() if task.due else None, "words": task.words,
        "step": {"name": task.name, "node": task.node, "form": step},
        "forms": forms,
        "papers": [paper for paper, _ in papers],
        "files": files_of(work, [key for paper, _ in papers for key in paper["files"]]),
        **levels.told(work, live, instance), "supersedes": _superseded(work, instance.id, other),
    }  # fmt: skip


def _shelved(forms: dict[str, dict[str, Any]], form: Form) -> str:
    """Put a form among those of a copy and return its name there: its own, unless another one has that."""
    made, name, number = portable.form(form.schema, form.ui), form.id, 1
    while forms.setdefault(name, made) != made:
        number += 1
        name = f"{form.id}-{number}"
    return name


def _superseded(work: Work, instance_id: UUID, other: UUID) -> str:
    """Return the copy of the same report that went there last; empty when this is the first."""
    query = select(Delivery.id).where(
        Delivery.instance_id == instance_id,
        Delivery.side == "out",
        Delivery.other_id == other,
        Delivery.state.not_in(("withdrawn", "returned")),
    )
    last = work.session.scalar(query.order_by(Delivery.sent_at.desc(), Delivery.id.desc()).limit(1))
    return str(last) if last is not None else ""


def _papers(work: Work, held: Held, step: Task) -> Iterator[tuple[dict[str, Any], Form]]:
    """Yield (what was answered, its form) of those answers that stand and that whoever does the step may read, oldest first."""
    query = (
        select(Task, Submission)
        .join(Submission, Submission.id == Task.submission_id)
        .where(Task.instance_id == held.instance.id, Task.state == "done")
        .order_by(Task.done_at, Task.id)
    )
    rows = work.session.execute(query)
    found = [(task, made) for task, made in rows if not is_sibling(task.place, step.place)]
    for key, (task, made) in standing((made.form, task.place, (task, made)) for task, made in found):
        form = held.running.form_filed(task, key)
        if form is None:
            continue
        names = names_in(work, form.schema, made.answers)
        yield {
            "form": key, "step": task.name, "answers": portable.answers(form.schema, made.answers, names),
            "made_at": made.made_at.isoformat(), "made_name": made.made_name,
            "files": sorted(references(form.schema, made.answers, "attachment")),
        }, form  # fmt: skip


def names_in(work: Work, schema: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, str]:
    """Return the ids of units and people in answers -> what they are called."""
    names: dict[str, str] = {}
    for kind, table in (("unit", Unit), ("member", Member)):
        ids = [UUID(one) for one in references(schema, answers, kind)]
        if ids:
            rows = work.session.execute(select(table.id, table.name).where(table.id.in_(ids)))
            names.update((str(row.id), row.name) for row in rows)
    return names


def files_of(work: Work, keys: Iterable[str]) -> list[dict[str, Any]]:
    """Return what is said of files that leave with a copy or an answer. keys: their ids here."""
    ids = sorted({UUID(one) for one in keys})
    if not ids:
        return []
    rows = work.session.scalars(select(Attachment).where(Attachment.id.in_(ids)).order_by(Attachment.id))
    return [{"id": str(row.id), "name": row.name, "sha256": row.sha256} for row in rows]
