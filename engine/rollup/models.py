"""Rows of roll-ups: what was worked out when an upper report was handed in, and from which reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Short, TenantOwned, tenant_fk


class Rollup(TenantOwned):
    """One upper report as it was handed in.

    computed: field -> what it came to. changed: the fields that say something else. missing: names of the units that had not
    handed in all they owed. state: current, stale, superseded (it was handed in anew). stale_at, why, would: since when it is
    stale; {unit, what: late, corrected, returned, released, owed} of each; field -> [then, now].
    """

    __tablename__ = "rollup"
    __table_args__ = (
        tenant_fk("instance", "instance_id"),
        tenant_fk("submission", "submission_id"),
        UniqueConstraint("tenant_id", "submission_id"),
        Index("rollup_instance", "tenant_id", "instance_id", "state"),
    )
    instance_id: Mapped[UUID]
    submission_id: Mapped[UUID]
    package_hash: Mapped[str] = mapped_column(Short)
    computed: Mapped[dict[str, Any]] = mapped_column(default=dict)
    changed: Mapped[list[Any]] = mapped_column(default=list)
    missing: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(Short, default="current")
    made_at: Mapped[datetime]
    stale_at: Mapped[datetime | None]
    why: Mapped[list[Any]] = mapped_column(default=list)
    would: Mapped[dict[str, Any]] = mapped_column(default=dict)


class RollupSource(TenantOwned):
    """One of the reports behind an upper report, as it stood then. standing: accepted, filed, missing. submission_id: the last
    answers of an accepted one to its duty's own form."""

    __tablename__ = "rollup_source"
    __table_args__ = (
        tenant_fk("rollup", "rollup_id"),
        tenant_fk("instance", "instance_id"),
        tenant_fk("submission", "submission_id"),
        Index("rollup_source_of", "tenant_id", "rollup_id"),
    )
    rollup_id: Mapped[UUID]
    instance_id: Mapped[UUID]
    submission_id: Mapped[UUID | None]
    unit: Mapped[str]
    standing: Mapped[str] = mapped_column(Short)


class LevelCount(TenantOwned):
    """How complete what stands behind a report is that another authority sent, one for each kind of unit below it.

    instance_id: the report here. missing: names. The newest that arrived counts.
    """

    __tablename__ = "level_count"
    __table_args__ = (
        tenant_fk("instance", "instance_id"),
        UniqueConstraint("tenant_id", "instance_id", "kind"),
    )
    instance_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Short)
    title: Mapped[str]
    expected: Mapped[int]
    filed: Mapped[int]
    on_time: Mapped[int]
    accepted: Mapped[int]
    missing: Mapped[list[Any]] = mapped_column(default=list)


class CarriedItem(TenantOwned):
    """An item of a ledger that another authority is kept up to date about: a row of each side.

    side: out, in. other_id, other_name: the authority at the other end. item_id: the item, where it is at home. revision: grows
    with each change that is sent; an older one that comes later changes nothing. arrived: the last revision that has arrived.
    chosen: it meets the condition still. content_hash: of what was sent last.
    """

    __tablename__ = "carried_item"
    __table_args__ = (
        UniqueConstraint("tenant_id", "side", "other_id", "item_id"),
        Index("carried_item_ledger", "tenant_id", "side", "package", "ledger"),
    )
    side: Mapped[str] = mapped_column(Short)
    other_id: Mapped[UUID]
    other_name: Mapped[str]
    item_id: Mapped[UUID]
    package: Mapped[str]
    ledger: Mapped[str] = mapped_column(Short)
    number: Mapped[int]
    title: Mapped[str]
    unit: Mapped[str]
    status: Mapped[str] = mapped_column(Short)
    closed: Mapped[bool]
    chosen: Mapped[bool]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    revision: Mapped[int]
    arrived: Mapped[int]
    content_hash: Mapped[str] = mapped_column(Short)
    born_at: Mapped[datetime]
    changed_at: Mapped[datetime]
