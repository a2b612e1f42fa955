"""Where those further below stand is told upwards, from one authority to the next: nobody reads another's rows.

Each row that passes a package on counts its changes (`revision`); whoever is told keeps the newest, so that what is told twice
or late changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.cascade.models import HandedFurther, HandedPackage
from tenants import audit, lines, outbox
from tenants.base import batches
from tenants.db import Work
from tenants.models import Job

# The kind of job that tells the superior where some of those further below stand.
FURTHER = "package_further"


@dataclass(frozen=True)
class Stand:
    """Where one of those further below stands; see `HandedFurther`."""

    id: UUID
    name: str
    level: str
    above: str
    version: str
    state: str
    reason: str
    revision: int
    replaced: bool
    changed_at: datetime


@dataclass(frozen=True)
class FurtherNews:
    """What an authority tells its superior. of, to: which end; handed: what the superior handed down to it."""

    of: UUID
    to: UUID
    handed: UUID
    stands: tuple[Stand, ...]


def changed(work: Work, rows: Iterable[HandedPackage]) -> None:
    """Note that where these stand has changed; the superior is told of those that are passed on for it."""
    told: dict[UUID, list[str]] = {}
    for row in rows:
        row.revision += 1
        if row.source_id is not None:
            told.setdefault(row.source_id, []).append(row.id.hex)
    for source_id, keys in told.items():
        outbox.later(work, FURTHER, source_id, keys=keys)


def still_below(work: Work, tenant_id: UUID) -> bool:
    """Tell whether an authority is directly below this one, today."""
    there = lines.tenant(work.session, tenant_id)
    return there is not None and there.parent_id == work.tenant.id


def gone(work: Work, row: HandedPackage) -> None:
    """Note that an authority to which a package was handed down is below this one no more."""
    if row.state == "gone":
        return
    row.state, row.changed_at = "gone", work.now
    changed(work, [row])
    audit.record(work, "package.gone", "handed_package", row.id, name=row.other_name, title=row.title)


def ours(work: Work, key: UUID, sender: UUID) -> HandedPackage | None:
    """Return what was handed down to whoever tells of it, held; None when it was not handed to them, or they have left."""
    query = select(HandedPackage).where(
        HandedPackage.id == key, HandedPackage.side == "out", HandedPackage.other_id == sender
    )
    row = work.session.scalar(query.with_for_update())
    if row is not None and not still_below(work, sender):
        gone(work, row)
        return None
    return row


def take(work: Work, job: Job) -> FurtherNews | None:
    """Read where those stand whom a job names: some directly below, some of whom one was told."""
    source = work.session.get(HandedPackage, (work.tenant.id, job.subject_id))
    if source is None or source.side != "in" or source.other_id != work.tenant.parent_id:
        return None
    stands: list[Stand] = []
    for some in batches([UUID(key) for key in job.payload["keys"]]):
        direct = select(HandedPackage).where(
            HandedPackage.id.in_(some), HandedPackage.source_id == source.id, HandedPackage.side == "out"
        )
        stands += [_direct(work, row) for row in work.session.scalars(direct)]
        query = (
            select(HandedFurther, HandedPackage.replaced_at)
            .join(HandedPackage, HandedPackage.id == HandedFurther.handed_id)
            .where(HandedFurther.id.in_(some), HandedPackage.source_id == source.id)
        )
        stands += [_told(row, at is not None) for row, at in work.session.execute(query).tuples()]
    return FurtherNews(work.tenant.id, source.other_id, source.id, tuple(stands)) if stands else None


def bring(work: Work, news: FurtherNews) -> None:
    """Take in where those further below stand; what is known to be newer stays. It goes on upwards from here."""
    row = ours(work, news.handed, news.of)
    if row is None:
        return
    known: dict[UUID, HandedFurther] = {}
    for some in batches([one.id for one in news.stands]):
        query = select(HandedFurther).where(HandedFurther.id.in_(some), HandedFurther.handed_id == row.id)
        known |= {one.id: one for one in work.session.scalars(query)}
    fresh = [one for one in news.stands if one.id not in known or known[one.id].revision < one.revision]
    for one in fresh:
        values: dict[str, Any] = asdict(one)
        if one.id in known:
            for key, value in values.items():
                setattr(known[one.id], key, value)
        else:
            work.session.add(HandedFurther(handed_id=row.id, **values))
    if not fresh:
        return
    work.session.flush()
    if row.source_id is not None:
        outbox.later(work, FURTHER, row.source_id, keys=[one.id.hex for one in fresh])
    audit.record(
        work, "package.further", "handed_package", row.id, name=row.other_name, title=row.title,
        names=[one.name for one in fresh],
    )  # fmt: skip


def _direct(work: Work, row: HandedPackage) -> Stand:
    return Stand(
        row.id, row.other_name, row.level, work.tenant.name, row.version, row.state, row.reason, row.revision,
        row.replaced_at is not None, row.changed_at or row.sent_at,
    )  # fmt: skip


def _told(row: HandedFurther, replaced: bool) -> Stand:
    return Stand(
        row.id, row.name, row.level, row.above, row.version, row.state, row.reason, row.revision,
        row.replaced or replaced, row.changed_at,
    )  # fmt: skip
