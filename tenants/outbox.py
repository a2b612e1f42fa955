"""Jobs: what is to be done later, written in the transaction that wants it done.

A job is at once a durable timer (due some day) and an outbox entry (due now). Beside each stands a line in the global wake-up
table, which says only when to look after it. The database is the truth; the queue is a doorbell.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from tenants.base import batches, new_id
from tenants.db import Work
from tenants.models import Job, Wakeup

# Seconds to wait before the n-th attempt. After the last the job has failed and becomes an incident.
RETRIES = (5, 60, 600)
ATTEMPTS = len(RETRIES) + 1
# What stands with a job that ended its worker each time, so that nobody could say why.
KILLED = "WorkerDied: the process that ran it ended each time"


def later(
    work: Work,
    kind: str,
    subject_id: UUID | None = None,
    *,
    at: datetime | None = None,
    key: str = "",
    **payload: object,
) -> UUID:
    """Write down a job and return its id.

    at: when it is due; None = at once. key: makes a job of this kind unique; an equal one that waits or is done is kept and
    its id returned, so that asking twice does nothing twice. One that was dropped waits again.
    """
    if key:
        existing = work.session.execute(
            select(Job.id, Job.state).where(Job.kind == kind, Job.key == key)
        ).first()
        if existing is not None:
            known: UUID = existing.id
            if existing.state == "dropped":
                _revive(work, known, at or work.now)
            return known
    job_id = new_id()
    due = at or work.now
    work.session.execute(
        insert(Job),
        [
            {
                "tenant_id": work.tenant.id, "id": job_id, "kind": kind, "key": key or job_id.hex,
                "subject_id": subject_id, "payload": payload, "due_at": due,
            }
        ],
    )  # fmt: skip
    _wake(work, job_id, due)
    if due <= work.now:
        work.bells.append(job_id)
    return job_id


def later_all(work: Work, kind: str, jobs: Iterable[tuple[UUID, datetime]], **payload: object) -> list[UUID]:
    """Write down many jobs of one kind, each (subject, when it is due), in two statements; return their ids in order.

    payload: the same for all.
    """
    rows = [(new_id(), subject_id, due) for subject_id, due in jobs]
    if not rows:
        return []
    work.session.execute(
        insert(Job),
        [
            {
                "tenant_id": work.tenant.id, "id": job_id, "kind": kind, "key": job_id.hex, "subject_id": subject_id,
                "payload": payload, "due_at": due,
            }
            for job_id, subject_id, due in rows
        ],
    )  # fmt: skip
    work.session.execute(insert(Wakeup), [_wakeup(work, job_id, due) for job_id, _, due in rows])
    work.bells.extend(job_id for job_id, _, due in rows if due <= work.now)
    return [job_id for job_id, _, _ in rows]


def claim(work: Work, job_id: UUID) -> Job | None:
    """Lock the job and return it, or None when it is done, dropped, not yet due, or held by somebody else.

    A job waits for earlier due ones of the same subject, so that what came first happens first. One that waits no more, or is
    not there at all, is rung for no more.
    """
    due = (Job.id == job_id, Job.state == "waiting", Job.due_at <= work.now)
    job = work.session.scalar(select(Job).where(*due).with_for_update(skip_locked=True))
    if job is None:
        if not work.session.scalar(select(Job.id).where(Job.id == job_id, Job.state == "waiting")):
            _forget(work, job_id)
        return None
    if job.subject_id is None:
        return job
    earlier = select(Job.id).where(
        Job.subject_id == job.subject_id, Job.state == "waiting", Job.due_at < job.due_at, Job.id != job.id
    )
    return None if work.session.scalar(earlier.limit(1)) else job


def begin(work: Work, job_id: UUID) -> bool | None:
    """Count an attempt before it is made, in a transaction of its own: one that kills its worker tells nobody afterwards.

    Returns True when the job may be run now, None when `claim` would leave it alone, and False when every attempt was begun
    and none came to an end: then it has failed.
    """
    job = claim(work, job_id)
    if job is None:
        return None
    if job.attempts >= ATTEMPTS:
        job.state, job.error = "failed", KILLED
        _forget(work, job.id)
        return False
    job.attempts += 1
    return True


def finish(work: Work, job: Job) -> None:
    """Mark a claimed job as done."""
    job.state, job.done_at = "done", work.now
    _forget(work, job.id)


def move_all(work: Work, kind: str, jobs: Iterable[tuple[UUID, datetime]]) -> None:
    """Let the waiting jobs of a kind be due at other times; jobs: (subject, when), each subject once. The statements grow with
    the number of different times."""
    times: dict[datetime, list[UUID]] = {}
    for subject_id, at in jobs:
        times.setdefault(at, []).append(subject_id)
    for at, subjects in times.items():
        for some in batches(subjects):
            waiting = select(Job.id).where(Job.subject_id.in_(some), Job.kind == kind, Job.state == "waiting")
            move(work, list(work.session.scalars(waiting)), at)


def move(work: Work, job_ids: Sequence[UUID], at: datetime) -> None:
    """Let waiting jobs be due at another time; at most some hundred of them."""
    work.session.execute(update(Job).where(Job.id.in_(job_ids), Job.state == "waiting").values(due_at=at))
    work.session.execute(
        update(Wakeup).where(Wakeup.tenant_id == work.tenant.id, Wakeup.job_id.in_(job_ids)).values(at=at)
    )
    if at <= work.now:
        work.bells.extend(job_ids)


def drop(work: Work, subject_id: UUID, kind: str, keys: list[str] | None = None) -> None:
    """Drop waiting jobs of a subject: all of the kind, or those with the keys."""
    which = [Job.subject_id == subject_id, Job.kind == kind, Job.state == "waiting"]
    if keys is not None:
        which.append(Job.key.in_(keys))
    _drop(work, list(work.session.scalars(select(Job.id).where(*which))))


def drop_jobs(work: Work, job_ids: Sequence[UUID]) -> None:
    """Drop waiting jobs."""
    waiting = select(Job.id).where(Job.id.in_(job_ids), Job.state == "waiting")
    _drop(work, list(work.session.scalars(waiting)))


def drop_all(work: Work, subject_ids: Collection[UUID], kind: str) -> None:
    """Drop the waiting jobs of a kind of many subjects."""
    for some in batches(sorted(subject_ids)):
        waiting = select(Job.id).where(Job.subject_id.in_(some), Job.kind == kind, Job.state == "waiting")
        _drop(
            work,
            list(work.session.scalars(waiting)),
        )


def fail(work: Work, job_id: UUID, error: str) -> bool:
    """Write down that an attempt which `begin` has counted failed; return False when it was the last one."""
    job = work.session.scalar(select(Job).where(Job.id == job_id, Job.state == "waiting").with_for_update())
    if job is None:
        return True
    job.error = error[:2000]
    if job.attempts >= ATTEMPTS:
        job.state = "failed"
        _forget(work, job.id)
        return False
    again = work.now + timedelta(seconds=RETRIES[max(job.attempts, 1) - 1])
    work.session.execute(update(Wakeup).where(Wakeup.job_id == job.id).values(at=again))
    return True


def retry(work: Work, job_id: UUID) -> None:
    """Let a failed job run again, at once."""
    job = work.session.scalar(select(Job).where(Job.id == job_id, Job.state == "failed").with_for_update())
    if job is not None:
        job.state, job.attempts = "waiting", 0
        _wake(work, job.id, work.now)
        work.bells.append(job.id)


def due(session: Session, now: datetime, limit: int) -> list[tuple[UUID, UUID]]:
    """Return (tenant id, job id) of what has to be looked after, the longest due first. Reads the wake-up table only."""
    rows = session.execute(
        select(Wakeup.tenant_id, Wakeup.job_id)
        .where(Wakeup.at <= now)
        .order_by(Wakeup.at, Wakeup.id)
        .limit(limit)
    )
    return [(row.tenant_id, row.job_id) for row in rows]


def _drop(work: Work, ids: list[UUID]) -> None:
    for some in batches(ids):
        work.session.execute(update(Job).where(Job.id.in_(some)).values(state="dropped", done_at=work.now))
        work.session.execute(
            delete(Wakeup).where(Wakeup.tenant_id == work.tenant.id, Wakeup.job_id.in_(some))
        )


def _revive(work: Work, job_id: UUID, at: datetime) -> None:
    fresh = {"state": "waiting", "attempts": 0, "error": None, "done_at": None, "due_at": at}
    work.session.execute(update(Job).where(Job.id == job_id).values(fresh))
    _wake(work, job_id, at)
    if at <= work.now:
        work.bells.append(job_id)


def _wake(work: Work, job_id: UUID, at: datetime) -> None:
    work.session.execute(insert(Wakeup), [_wakeup(work, job_id, at)])


def _wakeup(work: Work, job_id: UUID, at: datetime) -> dict[str, object]:
    return {"id": new_id(), "tenant_id": work.tenant.id, "kind": "job", "job_id": job_id, "at": at}


def _forget(work: Work, job_id: UUID) -> None:
    work.session.execute(delete(Wakeup).where(Wakeup.tenant_id == work.tenant.id, Wakeup.job_id == job_id))
