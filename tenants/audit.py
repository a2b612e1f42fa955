"""The trail: every command records what it did, in its own transaction. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import insert

from tenants.alike import Alike
from tenants.base import new_id, new_keys, table_of
from tenants.db import Work
from tenants.models import AuditEntry
from tenants.prepared import Prepared

_ADD = Prepared(insert(table_of(AuditEntry)))
_ADD_ALIKE = Alike(table_of(AuditEntry), "id", "subject_id", "unit_id")


class Entry(NamedTuple):
    """What is told of one thing; see `record`."""

    action: str
    subject_kind: str
    subject_id: UUID | None
    unit_id: UUID | None
    facts: Mapping[str, object]


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
    add(work, [Entry(action, subject_kind, subject_id, unit_id, facts)])


def record_all(
    work: Work, action: str, subject_kind: str, rows: Iterable[tuple[UUID, UUID | None, Mapping[str, object]]]
) -> None:
    """Add many entries of one action in one statement; rows: (subject, whose matter it is, facts)."""
    add(work, [Entry(action, subject_kind, subject, unit, facts) for subject, unit, facts in rows])


def record_alike(
    work: Work,
    action: str,
    subject_kind: str,
    facts: Mapping[str, object],
    subjects: Sequence[UUID | str],
    units: Sequence[UUID | str | None],
) -> None:
    """Add many entries that tell the same of different subjects. units: whose matter each is. Ids may stand as 32 digits."""
    same = {
        "at": work.now, "member_id": work.actor.member_id, "actor": work.actor.name, "action": action,
        "subject_kind": subject_kind, "facts": facts,
    }  # fmt: skip
    _ADD_ALIKE.write(work.session, same, id=new_keys(len(subjects)), subject_id=subjects, unit_id=units)


def add(work: Work, entries: Iterable[Entry]) -> None:
    """Add entries in one statement, in their order."""
    who, name = work.actor.member_id, work.actor.name
    rows = [
        {
            "id": new_id(), "at": work.now, "member_id": who, "actor": name, "action": entry.action,
            "subject_kind": entry.subject_kind, "subject_id": entry.subject_id, "unit_id": entry.unit_id,
            "facts": entry.facts,
        }
        for entry in entries
    ]  # fmt: skip
    _ADD.write(work.session, rows)
