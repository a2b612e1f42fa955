"""The trail, read: what was done, by whom, when. Only auditors read it, and nobody changes it."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, func, or_, select

from tenants import access
from tenants.db import Work
from tenants.models import AuditEntry

PAGE = 50


@dataclass(frozen=True)
class Filters:
    """What to look for. who: a member's id. since, until: local dates, both included. page: 1, 2 … of 50.

    q: part of the actor's name or of the facts. also: actions that match `q` in the reader's words.
    """

    q: str = ""
    also: Collection[str] = ()
    who: UUID | None = None
    action: str = ""
    since: date | None = None
    until: date | None = None
    page: int = 1


def read(work: Work, filters: Filters) -> tuple[list[AuditEntry], int]:
    """Return one page of entries, newest first, and how many there are in all."""
    access.require(work.viewer, "audit.read")
    conditions = _conditions(work, filters)
    total = work.session.scalar(select(func.count()).select_from(AuditEntry).where(*conditions)) or 0
    query = select(AuditEntry).where(*conditions).order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    entries = work.session.scalars(query.limit(PAGE).offset((filters.page - 1) * PAGE))
    return list(entries), total


def actions(work: Work) -> list[str]:
    """Return the actions that were ever recorded here."""
    access.require(work.viewer, "audit.read")
    query = select(AuditEntry.action).where(_seen(work)).distinct().order_by(AuditEntry.action)
    return list(work.session.scalars(query))


def people(work: Work) -> list[tuple[UUID, str]]:
    """Return (member id, name) of everybody who ever did something."""
    access.require(work.viewer, "audit.read")
    query = (
        select(AuditEntry.member_id, func.max(AuditEntry.actor))
        .where(AuditEntry.member_id.is_not(None), _seen(work))
        .group_by(AuditEntry.member_id)
    )
    found = [(member, name) for member, name in work.session.execute(query).tuples() if member]
    return sorted(found, key=lambda pair: pair[1])


def _conditions(work: Work, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_seen(work)]
    if filters.who:
        found.append(AuditEntry.member_id == filters.who)
    if filters.action:
        found.append(AuditEntry.action == filters.action)
    if filters.since:
        found.append(AuditEntry.at >= _midnight(work, filters.since))
    if filters.until and filters.until < date.max:
        found.append(AuditEntry.at < _midnight(work, filters.until + timedelta(days=1)))
    if filters.q:
        facts = cast(AuditEntry.facts, Text)
        # SQLite keeps JSON as it was written, with Chinese escaped; PostgreSQL writes it out.
        escaped = json.dumps(filters.q)[1:-1]
        found.append(
            or_(
                AuditEntry.actor.contains(filters.q, autoescape=True),
                AuditEntry.action.in_(list(filters.also)),
                facts.contains(filters.q, autoescape=True),
                facts.contains(escaped, autoescape=True),
            )
        )
    return found


def _seen(work: Work) -> ColumnElement[bool]:
    """Return the condition under which an auditor reads an entry: one in a mine or company audits that, not its rivals."""
    return access.visible(work.viewer, {"unit_id": AuditEntry.unit_id})


def _midnight(work: Work, day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=work.zone)
