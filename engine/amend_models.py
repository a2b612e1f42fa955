"""Rows of amended campaigns: each run in which instances go over to another version, and what each instance was before."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from tenants.base import Json, Short, TenantOwned, tenant_fk


class Amendment(TenantOwned):
    """One run: a whole campaign with its plan, or one instance alone.

    former_hash, package_hash: the version that was in force, and the one to go over to; former_version, version: their names.
    whole: the campaign's plan went over, too. direction: over, back (it is taken back). state: running, paused, done.
    groups: key -> {what, title, why, notes}: what all the instances have in common that bear the key.
    """

    __tablename__ = "amendment"
    __table_args__ = (
        tenant_fk("campaign", "campaign_id"),
        Index("amendment_campaign", "tenant_id", "campaign_id", "started_at"),
    )
    campaign_id: Mapped[UUID]
    former_hash: Mapped[str] = mapped_column(Short)
    former_version: Mapped[str] = mapped_column(Short)
    package_hash: Mapped[str] = mapped_column(Short)
    version: Mapped[str] = mapped_column(Short)
    whole: Mapped[bool]
    direction: Mapped[str] = mapped_column(Short, default="over")
    state: Mapped[str] = mapped_column(Short, default="running")
    groups: Mapped[dict[str, Any]] = mapped_column(default=dict)
    started_at: Mapped[datetime]
    started_name: Mapped[str]
    ended_at: Mapped[datetime | None]
    returned_at: Mapped[datetime | None]
    returned_name: Mapped[str | None]


class AmendedInstance(TenantOwned):
    """One instance in a run.

    state: waiting (is to go over), moved, stays, blocked, failed, over (ended before it was its turn), back (went back), kept
    (was worked on since and does not go back), left (the run was taken back before its turn). kin: key in `Amendment.groups`;
    why: its own reason, where that is not its group's. due_before, due_after: its date, as the plan has it.
    former_hash, compact, before: what it was before it moved: version, process state, and {due, tasks: {id: {form, name, due,
    due_at}}, drafts: {id: fields that the new form does not ask for}}. revision, stood: what it was when it had moved; it may go
    back as long as it still is that.
    """

    __tablename__ = "amended_instance"
    __table_args__ = (
        tenant_fk("amendment", "amendment_id"),
        tenant_fk("instance", "instance_id"),
        UniqueConstraint("tenant_id", "amendment_id", "instance_id"),
        Index("amended_instance_state", "tenant_id", "amendment_id", "state", "kin", "id"),
        Index("amended_instance_of", "tenant_id", "instance_id", "moved_at"),
    )
    amendment_id: Mapped[UUID]
    instance_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(Short)
    kin: Mapped[str] = mapped_column(Short)
    why: Mapped[list[Any] | None] = mapped_column(Json)
    due_before: Mapped[date | None]
    due_after: Mapped[date | None]
    former_hash: Mapped[str] = mapped_column(Short)
    before: Mapped[dict[str, Any] | None] = mapped_column(Json, deferred=True)
    compact: Mapped[bytes | None] = deferred(mapped_column(LargeBinary))
    revision: Mapped[int | None]
    stood: Mapped[str | None] = mapped_column(Short)
    moved_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
