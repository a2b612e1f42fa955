"""The trail: every command records what it did, in its own transaction. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import insert

from tenants.base import new_id, table_of
from tenants.db import Work
from tenants.models import AuditEntry
from tenants.prepared import Prepared

_ADD = Prepared(insert(table_of(AuditEntry)))


def record(
    work: Work,
    action: str,
    subject_kind: str,
    subject_id: UUID | None,
    *,
    unit_id: UUID | None = None,
    **facts: object,
) -> None:
    """Add one entry.

    action: `package.publish`, `task.complete`, … subject: what it was done to. unit_id: whose matter it is, for the lists.
    facts: JSON-able values that explain it; never answers of a form and nothing personal.
    """
    _ADD.write(work.session, [_entry(work, action, subject_kind, subject_id, unit_id, facts)])


def record_all(
    work: Work, action: str, subject_kind: str, rows: Iterable[tuple[UUID, UUID | None, Mapping[str, object]]]
) -> None:
    """Add many entries of one action in one statement; rows: (subject, whose matter it is, facts)."""
    entries = [
        _entry(work, action, subject_kind, subject, unit, dict(facts)) for subject, unit, facts in rows
    ]
    _ADD.write(work.session, entries)


def _entry(
    work: Work,
    action: str,
    subject_kind: str,
    subject_id: UUID | None,
    unit_id: UUID | None,
    facts: dict[str, object],
) -> dict[str, object]:
    return {
        "tenant_id": work.tenant.id,
        "id": new_id(),
        "at": work.now,
        "member_id": work.actor.member_id,
        "actor": work.actor.name,
        "action": action,
        "subject_kind": subject_kind,
        "subject_id": subject_id,
        "unit_id": unit_id,
        "facts": facts,
    }
