"""Rows as the hot path reads and writes them: plain objects, without a session that watches each attribute.

They have the columns' names, so that whoever only reads takes either kind. What changes in them is written down by whoever
holds them (`engine.holding`); the session never does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any, TypeAlias
from uuid import UUID

from engine.models import Instance
from tenants.models import Unit


@dataclass(slots=True)
class InstanceRow:
    """One process instance: what a step reads and changes of `models.Instance`. stood: the state that its row has."""

    id: UUID
    campaign_id: UUID
    package_hash: str
    process: str
    duty: str
    ledger: str
    title: str
    unit_id: UUID | None
    about_id: UUID | None
    hidden: bool
    open_to_all: bool
    starter_id: UUID | None
    due: date | None
    words: str
    status: str
    state: str
    revision: int
    filed_at: datetime | None
    ended_at: datetime | None
    end_node: str | None
    compact: bytes
    stood: str = ""

    def copy(self) -> InstanceRow:
        """Return the same row once more, for what may have to be undone."""
        return InstanceRow(*_OF_INSTANCE(self))


_OF_INSTANCE = attrgetter(*(field.name for field in fields(InstanceRow)))


@dataclass(slots=True)
class TaskRow:
    """One user task: what completing it reads and changes of `models.Task`."""

    id: UUID
    instance_id: UUID
    token: str
    node: str
    process: str
    place: str
    name: str
    item: str
    form: str
    title: str
    duty: str
    unit_id: UUID | None
    about_id: UUID | None
    hidden: bool
    desk_id: UUID | None
    post: str | None
    others: bool
    due: date | None
    state: str
    claimed_by: UUID | None
    claimed_name: str | None
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
    former: list[Any]
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
    authority_id: UUID | None = None

    def facts(self) -> Mapping[str, Any]:
        """Return what selectors may read of this unit."""
        return {
            **self.attributes, "kind": self.kind, "status": self.status, "name": self.name, "code": self.code,
            "id": str(self.id),
        }  # fmt: skip


AnyUnit: TypeAlias = "Unit | UnitRow"
AnyInstance: TypeAlias = "Instance | InstanceRow"


def columns(row: type[Any], table: Any) -> list[Any]:
    """Return the columns of a table (or an alias) that such a row holds, in its order."""
    return [table.c[field.name] for field in fields(row) if field.name in table.c]
