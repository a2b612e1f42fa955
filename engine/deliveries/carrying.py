"""Carrying: how copies, their answers and withdrawals cross the border; see `engine.carriers`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.addressees import REPLY, SEND, WITHDRAW
from engine.carriers import Carrier
from engine.deliveries import answering, forwarding, portable, receiving
from engine.deliveries.answering import unit_of
from engine.deliveries.forwarding import NEWS, RETURN
from engine.deliveries.hops import Hop, path, settled
from engine.deliveries.models import Delivery
from engine.deliveries.sealing import files_of, names_in, packed, seal
from engine.deliveries.turning import RECALL
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
    hops: Sequence[Hop] = ()


def _sealed(work: Work, job: Job) -> Parcel | None:
    found = seal(work, job.subject_id) if job.subject_id else None
    if found is None:
        return None
    way = path(found.hops, str(found.id))
    return Parcel(work.tenant.id, found.other_id, found.id, found.content, found.content_hash, way)


def _bring_copy(work: Work, parcel: Parcel) -> None:
    receiving.receive(work, parcel.of, parcel.content, parcel.content_hash, parcel.hops)


def _copy_arrived(work: Work, parcel: Parcel) -> None:
    row = work.session.get_one(Delivery, (work.tenant.id, parcel.delivery))
    if row.arrived_at is not None:
        return
    row.arrived_at = work.now
    audit.record(
        work, "delivery.arrive", "instance", row.instance_id, unit_id=unit_of(work, row), name=row.other_name, title=row.title
    )  # fmt: skip
    if row.state == "sealed":
        row.state, row.hops = "arrived", settled(row.hops, row.id, "arrived", work.now)
        forwarding.pass_on(work, row, forwarding.came_from(work, row))


def _answered(work: Work, job: Job) -> Parcel | None:
    query = (
        select(Delivery, Task.done_name, Submission.answers, Submission.form, Submission.package_hash)
        .join(Task, Task.id == Delivery.task_id)
        .outerjoin(Submission, Submission.id == Task.submission_id)
        .where(
            Delivery.instance_id == job.subject_id, Delivery.side == "in",
            Delivery.state.in_(("arrived", "forwarded")), Task.state == "done",
        )
        .order_by(Delivery.sent_at, Delivery.id)
    )  # fmt: skip
    done = work.session.execute(query).first()
    if done is None:
        return None
    row: Delivery = done[0]
    # Who did it for us, somewhere else, is named with their authority already.
    name = done.done_name if row.state == "forwarded" else f"{work.tenant.name} {done.done_name}"
    answers, files = _leaving(work, done)
    reply: Mapping[str, Any] = {
        "answers": answers, "name": name, "files": files_of(work, files),
        "hops": settled(_way(work, row), row.id, "answered", work.now),
    }  # fmt: skip
    return Parcel(work.tenant.id, row.other_id, row.id, packed(reply))


def _way(work: Work, row: Delivery) -> Sequence[Hop]:
    """Return how far a copy that came here went: where it was sent on, that is known with what was sent on."""
    if row.state != "forwarded":
        return row.hops
    query = select(Delivery).where(Delivery.task_id == row.task_id, Delivery.side == "out")
    last = work.session.scalar(query.order_by(Delivery.id.desc()).limit(1))
    return last.hops if last is not None else row.hops


def _leaving(work: Work, done: Any) -> tuple[dict[str, Any], frozenset[str]]:
    """Return what of an answer leaves, and the ids of the files that it names. A step of a campaign of ours has a form of ours:
    what is sensitive in it stays, names leave instead of ids."""
    if done.form is None:
        return {}, frozenset()
    schema = load(work, done.package_hash).forms[done.form].schema
    answers = portable.answers(schema, done.answers, names_in(work, schema, done.answers))
    return answers, references(schema, answers, "attachment")


def _bring_answer(work: Work, parcel: Parcel) -> None:
    row = receiving.known(work, parcel.of, parcel.delivery, "out")
    if row is not None:
        answering.answer(work, row, json.loads(parcel.content))


def _answer_arrived(work: Work, parcel: Parcel) -> None:
    row = work.session.get_one(Delivery, (work.tenant.id, parcel.delivery))
    if row.state != "answered":
        row.hops = settled(_way(work, row), row.id, "answered", work.now)
        row.state, row.answered_at = "answered", work.now
        audit.record(
            work, "delivery.reply", "instance", row.instance_id, unit_id=unit_of(work, row), name=row.other_name,
            title=row.title,
        )  # fmt: skip


def _withdrawn(work: Work, job: Job) -> Parcel | None:
    query = select(Delivery).where(
        Delivery.task_id == job.subject_id, Delivery.side == "out", Delivery.state.in_(forwarding.WAITING)
    )
    row = work.session.scalar(query.order_by(Delivery.id.desc()).limit(1))
    return Parcel(work.tenant.id, row.other_id, row.id, b"") if row is not None else None


def _recalled(work: Work, job: Job) -> Parcel | None:
    row = work.session.get(Delivery, (work.tenant.id, UUID(job.payload["delivery"])))
    return Parcel(work.tenant.id, row.other_id, row.id, b"") if row is not None else None


def _bring_withdrawal(work: Work, parcel: Parcel) -> None:
    receiving.withdraw(work, parcel.of, parcel.delivery)


def _withdrawal_arrived(work: Work, parcel: Parcel) -> None:
    row = work.session.get_one(Delivery, (work.tenant.id, parcel.delivery))
    if row.state in forwarding.WAITING:
        row.state, row.hops = "withdrawn", settled(row.hops, row.id, "withdrawn", work.now)


def _news(work: Work, job: Job) -> Parcel | None:
    row = work.session.get(Delivery, (work.tenant.id, job.subject_id)) if job.subject_id else None
    if row is None or row.state not in ("arrived", "forwarded"):
        return None
    return Parcel(work.tenant.id, row.other_id, row.id, packed({"hops": row.hops}))


def _bring_news(work: Work, parcel: Parcel) -> None:
    row = receiving.known(work, parcel.of, parcel.delivery, "out")
    if row is not None:
        forwarding.told(work, row, json.loads(parcel.content)["hops"])


def _given_back(work: Work, job: Job) -> Parcel | None:
    row = work.session.get(Delivery, (work.tenant.id, job.subject_id)) if job.subject_id else None
    if row is None or row.state != "returned":
        return None
    last = next(one for one in row.hops if one["delivery"] == str(row.id))
    said = {"reason": last["note"], "name": f"{work.tenant.name} {row.answered_name}", "hops": row.hops}
    return Parcel(work.tenant.id, row.other_id, row.id, packed(said))


def _bring_back(work: Work, parcel: Parcel) -> None:
    row = receiving.known(work, parcel.of, parcel.delivery, "out")
    if row is not None:
        forwarding.returned(work, row, json.loads(parcel.content))


def _nothing(work: Work, parcel: Parcel) -> None:
    """It has arrived, and there is nothing to note."""


CARRIERS: Mapping[str, Carrier] = {
    SEND: Carrier(_sealed, _bring_copy, _copy_arrived),
    WITHDRAW: Carrier(_withdrawn, _bring_withdrawal, _withdrawal_arrived),
    REPLY: Carrier(_answered, _bring_answer, _answer_arrived),
    RECALL: Carrier(_recalled, _bring_withdrawal, _nothing),
    NEWS: Carrier(_news, _bring_news, _nothing),
    RETURN: Carrier(_given_back, _bring_back, _nothing),
}
