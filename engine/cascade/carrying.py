"""How packages, acknowledgements, launches and reminders cross the border; see `engine.deliveries.carrying`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.addressees import REPLY
from engine.carriers import Carrier
from engine.cascade import taking
from engine.cascade.down import HAND, URGE
from engine.cascade.launches import LAUNCHED
from engine.cascade.models import HandedPackage
from engine.cascade.taking import Handed
from engine.deliveries.carrying import CARRIERS as DELIVERIES
from engine.models import Task
from forms.models import Submission
from tenants import audit
from tenants.db import Work
from tenants.models import Job
from workflows.models import PackageVersion
from workflows.publish import export


@dataclass(frozen=True)
class News:
    """What one end tells the other of a package. of, to: which end; key: of the package handed down."""

    of: UUID
    to: UUID
    key: UUID
    state: str
    at: datetime | None = None
    name: str = ""
    reason: str = ""
    urged: int = 0


def _hand(work: Work, job: Job) -> Handed | None:
    row = work.session.get(HandedPackage, (work.tenant.id, job.subject_id))
    if row is None or row.side != "out" or row.state != "sent":
        return None
    version = work.session.scalars(
        select(PackageVersion).where(PackageVersion.hash == row.package_hash)
    ).one()
    zips = [export(work, one) for one in (*version.uses.values(), row.package_hash)]
    return Handed(
        row.other_id, row.id, work.tenant.id, work.tenant.name, row.package, row.version, row.package_hash, row.title, row.note,
        row.sent_at, row.sent_name, zips,
    )  # fmt: skip


def _handed(work: Work, handed: Handed) -> None:
    row = work.session.get_one(HandedPackage, (work.tenant.id, handed.id))
    if row.state == "sent":
        row.state, row.arrived_at = "arrived", work.now
        audit.record(work, "package.arrive", "handed_package", row.id, name=row.other_name, title=row.title)


def _taken(work: Work, job: Job) -> News | None:
    """Read what was answered to a package that was handed down to here."""
    if job.subject_id is None:
        return None
    query = (
        select(Task.done_name, Submission.answers)
        .join(Submission, Submission.id == Task.submission_id)
        .where(Task.instance_id == job.subject_id, Task.state == "done")
        .order_by(Task.done_at.desc())
    )
    done = work.session.execute(query).first()
    if done is None:
        return None
    row = taking.answered(work, job.subject_id, done.answers, done.done_name)
    if row is None:
        return None
    name = f"{work.tenant.name} {done.done_name}"
    return News(work.tenant.id, row.other_id, row.id, row.state, row.answered_at, name, row.reason)


def _tell(work: Work, news: News) -> None:
    """Take in where a package stands at the other end. What came later is not undone by what came earlier."""
    row = work.session.scalar(
        select(HandedPackage)
        .where(HandedPackage.id == news.key, HandedPackage.side == "out")
        .with_for_update()
    )
    if row is None or row.state == "launched":
        return
    row.state = news.state
    if news.state == "launched":
        row.launched_at = news.at
    else:
        row.answered_at, row.answered_name, row.reason = news.at, news.name, news.reason
    audit.record(
        work, f"package.{news.state}", "handed_package", row.id, name=row.other_name, title=row.title
    )


def _launched(work: Work, job: Job) -> News | None:
    row = work.session.get(HandedPackage, (work.tenant.id, job.subject_id))
    return (
        News(work.tenant.id, row.other_id, row.id, "launched", row.launched_at) if row is not None else None
    )


def _urge(work: Work, job: Job) -> News | None:
    row = work.session.get(HandedPackage, (work.tenant.id, job.subject_id))
    return (
        News(work.tenant.id, row.other_id, row.id, row.state, row.urged_at, urged=row.urged)
        if row is not None
        else None
    )


def _urged(work: Work, news: News) -> None:
    row = work.session.get(HandedPackage, (work.tenant.id, news.key))
    if row is not None and row.other_id == news.of and row.urged < news.urged:
        row.urged, row.urged_at = news.urged, news.at
        audit.record(work, "package.urged", "instance", row.instance_id, name=row.other_name, title=row.title)


def _nothing(work: Work, carried: Any) -> None:
    """It has arrived, and there is nothing to note."""


def _reply(work: Work, job: Job) -> Any:
    """Read what was answered to what came from elsewhere: a package that was handed down, or a step."""
    return _taken(work, job) or DELIVERIES[REPLY].take(work, job)


def _bring_reply(work: Work, carried: Any) -> None:
    if isinstance(carried, News):
        _tell(work, carried)
    else:
        DELIVERIES[REPLY].bring(work, carried)


def _reply_arrived(work: Work, carried: Any) -> None:
    if not isinstance(carried, News):
        DELIVERIES[REPLY].arrived(work, carried)


CARRIERS: Mapping[str, Carrier] = {
    **DELIVERIES,
    HAND: Carrier(_hand, taking.take_in, _handed),
    REPLY: Carrier(_reply, _bring_reply, _reply_arrived),
    LAUNCHED: Carrier(_launched, _tell, _nothing),
    URGE: Carrier(_urge, _urged, _nothing),
}
