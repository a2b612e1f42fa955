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
from engine.cascade import taking, upwards
from engine.cascade.down import PAUSE, URGE, WAITING, ask_after
from engine.cascade.launches import LAUNCHED
from engine.cascade.models import HandedPackage
from engine.cascade.sending import HAND
from engine.cascade.taking import Handed
from engine.deliveries.carrying import CARRIERS as DELIVERIES
from engine.models import Task
from forms.models import Submission
from tenants import audit
from tenants.db import Work
from tenants.models import Job
from workflows.models import PackageVersion
from workflows.publish import export

# What those below may tell of where they stand.
ANSWERS = ("taken", "declined", "launched")


@dataclass(frozen=True)
class News:
    """What one end tells the other of a package. of, to: which end; key: of what was handed down. The rest: `HandedPackage`."""

    of: UUID
    to: UUID
    key: UUID
    state: str
    turn: int
    at: datetime | None
    answered_at: datetime | None
    answered_name: str | None
    reason: str
    launched_at: datetime | None
    urged: int
    urged_below: int
    urged_at: datetime | None


def _news(work: Work, row: HandedPackage) -> News:
    name = f"{work.tenant.name} {row.answered_name}" if row.answered_name else None
    return News(
        work.tenant.id, row.other_id, row.id, row.state, row.turn, row.changed_at, row.answered_at, name, row.reason,
        row.launched_at, row.urged, row.urged_below, row.urged_at,
    )  # fmt: skip


def _hand(work: Work, job: Job) -> Handed | None:
    row = work.session.get(HandedPackage, (work.tenant.id, job.subject_id))
    if row is None or row.side != "out" or row.state != "sent" or row.replaced_at is not None:
        return None
    if not upwards.still_below(work, row.other_id):
        upwards.gone(work, row)
        return None
    version = work.session.scalars(
        select(PackageVersion).where(PackageVersion.hash == row.package_hash)
    ).one()
    zips = [export(work, one) for one in (*version.uses.values(), row.package_hash)]
    return Handed(
        row.other_id, row.id, work.tenant.id, work.tenant.name, row.package, row.version, row.package_hash, row.title, row.note,
        row.sent_at, row.sent_name, zips, work.tenant.level, row.through, row.origin, row.turn,
    )  # fmt: skip


def _handed(work: Work, handed: Handed) -> None:
    row = work.session.get_one(HandedPackage, (work.tenant.id, handed.id), with_for_update=True)
    if row.state == "sent" and row.turn == handed.turn:
        row.state, row.arrived_at, row.changed_at = "arrived", work.now, work.now
        upwards.changed(work, [row])
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
    return _news(work, row) if row is not None else None


def _tell(work: Work, news: News) -> None:
    """Take in where a package stands at the other end. What came later is not undone by what came earlier."""
    row = upwards.ours(work, news.key, news.of)
    if row is None or row.state == "launched" or news.state not in ANSWERS:
        return
    if news.turn < row.turn and news.state != "launched":
        return
    if (row.state, row.turn, row.answered_at) == (news.state, news.turn, news.answered_at):
        return
    row.state, row.changed_at, row.launched_at = news.state, news.at, news.launched_at
    row.answered_at, row.answered_name, row.reason = news.answered_at, news.answered_name, news.reason
    upwards.changed(work, [row])
    audit.record(
        work, f"package.{news.state}", "handed_package", row.id, name=row.other_name, title=row.title
    )


def _launched(work: Work, job: Job) -> News | None:
    row = work.session.get(HandedPackage, (work.tenant.id, job.subject_id))
    return _news(work, row) if row is not None and row.side == "in" else None


def _urge(work: Work, job: Job) -> News | None:
    row = work.session.get(HandedPackage, (work.tenant.id, job.subject_id))
    return _news(work, row) if row is not None and row.side == "out" else None


def _urged(work: Work, news: News) -> None:
    """Take in that the superior asks after a package, here and of those below to whom it was passed on."""
    row = work.session.get(HandedPackage, (work.tenant.id, news.key), with_for_update=True)
    if row is None or (row.side, row.other_id) != ("in", news.of):
        return
    here, deeper = row.urged < news.urged, row.urged_below < news.urged_below
    row.urged, row.urged_below = max(row.urged, news.urged), max(row.urged_below, news.urged_below)
    if here or deeper:
        row.urged_at = news.urged_at
        subject = ("instance", row.instance_id) if row.instance_id else ("handed_package", row.id)
        audit.record(work, "package.urged", *subject, name=row.other_name, title=row.title)
    if deeper:
        _urge_below(work, row)


def _urge_below(work: Work, row: HandedPackage) -> None:
    query = select(HandedPackage).where(
        HandedPackage.source_id == row.id, HandedPackage.side == "out", HandedPackage.replaced_at.is_(None),
        HandedPackage.state != "gone",
    )  # fmt: skip
    for one in work.session.scalars(query.with_for_update()):
        rested = one.urged_at is None or work.now - one.urged_at >= PAUSE
        direct = one.state in WAITING and rested
        if direct or one.through:
            ask_after(work, one, direct=direct, deep=bool(one.through))


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
    upwards.FURTHER: Carrier(upwards.take, upwards.bring, _nothing),
}
