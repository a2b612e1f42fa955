"""Rows as the hot path reads and writes them: plain objects, without a session that watches each attribute.

They have the columns' names, so that whoever only reads takes either kind. What changes in them is written down by whoever
holds them (`engine.holding`); the session never does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, TypeAlias
from uuid import UUID

from engine.models import Instance
from tenants.models import Unit


@dataclass(slots=True)
class InstanceRow:
    """One process instance, as `models.Instance`. stood: the state that its row has; it may have changed here."""

    id: UUID
    campaign_id: UUID
    occurrence_id: UUID | None
    source_id: UUID | None
    package_hash: str
    process: str
    duty: str
    ledger: str
    title: str
    unit_id: UUID | None
    about_id: UUID | None
    desk_id: UUID | None
    hidden: bool
    open_to_all: bool
    starter_id: UUID | None
    due: date | None
    words: str
    status: str
    state: str
    revision: int
    opened_at: datetime
    filed_at: datetime | None
    ended_at: datetime | None
    end_node: str | None
    compact: bytes
    stood: str = ""


@dataclass(slots=True)
class TaskRow:
    """One user task, as `models.Task`."""

    id: UUID
    instance_id: UUID
    campaign_id: UUID
    token: str
    node: str
    process: str
    place: str
    item: str
    name: str
    form: str
    title: str
    duty: str
    ledger: str
    unit_id: UUID | None
    about_id: UUID | None
    hidden: bool
    desk_id: UUID | None
    post: str | None
    others: bool
    due: date | None
    due_at: datetime | None
    follow_up: date | None
    words: str
    state: str
    claimed_by: UUID | None
    claimed_name: str | None
    opened_at: datetime
    done_at: datetime | None
    done_by: UUID | None
    done_name: str | None
    submission_id: UUID | None


@dataclass(slots=True)
class CampaignRow:
    """One campaign, as `models.Campaign`."""

    id: UUID
    package_hash: str
    title: str
    version: str
    start: date
    end: date | None
    choices: dict[str, Any]
    added: list[Any]
    state: str


@dataclass(slots=True)
class UnitRow:
    """One unit, as `tenants.models.Unit`."""

    id: UUID
    parent_id: UUID | None
    path: str
    code: str
    name: str
    kind: str
    status: str
    attributes: dict[str, Any]
    active: bool

    def facts(self) -> Mapping[str, Any]:
        """Return what selectors may read of this unit."""
        return {
            **self.attributes, "kind": self.kind, "status": self.status, "name": self.name, "code": self.code,
        }  # fmt: skip


AnyUnit: TypeAlias = "Unit | UnitRow"
AnyInstance: TypeAlias = "Instance | InstanceRow"


def columns(row: type[Any], table: Any) -> list[Any]:
    """Return the columns of a table (or an alias) that such a row holds, in its order."""
    return [table.c[field.name] for field in fields(row) if field.name in table.c]
