"""Carrying: how copies, their answers and withdrawals cross the border; see `engine.carriers`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.addressees import REPLY, SEND, WITHDRAW
from engine.carriers import Carrier
from engine.deliveries import receiving
from engine.deliveries.models import Delivery
from engine.deliveries.sealing import files_of, packed, seal
from engine.models import Task
from forms.models import Submission
from forms.validation import references
from tenants import audit
from tenants.db import Work
from tenants.models import Job
from workflows.publish import load


@dataclass(frozen=True)
class Parcel:
    """What is carried. of, to: from which authority, and to which."""

    of: UUID
    to: UUID
    delivery: UUID
    content: bytes
    content_hash: str = ""


def _sealed(work: Work, job: Job) -> Parcel | None:
    found = seal(work, job.subject_id) if job.subject_id else None
    if found is None:
        return None
    return Parcel(work.tenant.id, found.other_id, found.id, found.content, found.content_hash)


def _bring_copy(work: Work, parcel: Parcel) -> None:
    receiving.receive(work, parcel.of, parcel.content, parcel.content_hash)


def _copy_arrived(work: Work, parcel: Parcel) -> None:
    row = work.session.get_one(Delivery, (work.tenant.id, parcel.delivery))
    if row.state == "sealed":
        row.state, row.arrived_at = "arrived", work.now
        audit.record(
            work, "delivery.arrive", "instance", row.instance_id, name=row.other_name, title=row.title
        )


def _answered(work: Work, job: Job) -> Parcel | None:
    query = (
        select(Delivery, Task.done_name, Submission.answers, Submission.form, Submission.package_hash)
        .join(Task, Task.id == Delivery.task_id)
        .outerjoin(Submission, Submission.id == Task.submission_id)
        .where(
            Delivery.instance_id == job.subject_id, Delivery.side == "in", Delivery.state == "arrived", Task.state == "done"
        )
        .order_by(Delivery.sent_at, Delivery.id)
    )  # fmt: skip
    done = work.session.execute(query).first()
    if done is None:
        return None
    row: Delivery = done[0]
    reply: Mapping[str, Any] = {
        "answers": done.answers or {},
        "name": f"{work.tenant.name} {done.done_name}",
        "files": files_of(work, _files(work, done)),
    }
    return Parcel(work.tenant.id, row.other_id, row.id, packed(reply))


def _files(work: Work, done: Any) -> frozenset[str]:
    """Return the ids of the files that an answer names."""
    if done.form is None:
        return frozenset()
    form = load(work, done.package_hash).forms[done.form]
    return references(form.schema, done.answers, "attachment")


def _bring_answer(work: Work, parcel: Parcel) -> None:
    reply = json.loads(parcel.content)
    receiving.answer(work, parcel.of, parcel.delivery, reply)


def _answer_arrived(work: Work, parcel: Parcel) -> None:
    row = work.session.get_one(Delivery, (work.tenant.id, parcel.delivery))
    if row.state != "answered":
        row.state, row.answered_at = "answered", work.now
        audit.record(
            work, "delivery.reply", "instance", row.instance_id, name=row.other_name, title=row.title
        )


def _withdrawn(work: Work, job: Job) -> Parcel | None:
    row = work.session.scalar(
        select(Delivery).where(
            Delivery.task_id == job.subject_id, Delivery.side == "out", Delivery.state != "answered"
        )
    )
    return Parcel(work.tenant.id, row.other_id, row.id, b"") if row is not None else None


def _bring_withdrawal(work: Work, parcel: Parcel) -> None:
    receiving.withdraw(work, parcel.of, parcel.delivery)


def _withdrawal_arrived(work: Work, parcel: Parcel) -> None:
    row = work.session.get_one(Delivery, (work.tenant.id, parcel.delivery))
    if row.state != "answered":
        row.state = "withdrawn"


CARRIERS: Mapping[str, Carrier] = {
    SEND: Carrier(_sealed, _bring_copy, _copy_arrived),
    WITHDRAW: Carrier(_withdrawn, _bring_withdrawal, _withdrawal_arrived),
    REPLY: Carrier(_answered, _bring_answer, _answer_arrived),
}
