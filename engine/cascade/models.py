"""Packages handed down: each authority has a row of its own for what it handed down or was handed, under the same id."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Short, TenantOwned, tenant_fk


class HandedPackage(TenantOwned):
    """One package for one authority.

    side: out, in. other_id, other_name: the authority at the other end. package, version, package_hash: exactly what was handed
    down. note: what the superior wrote to it. state: sent, arrived, taken (acknowledged), declined, launched. reason: why it was
    declined. instance_id: where it arrived, what was opened for it. urged: how often it was asked after.
    """

    __tablename__ = "handed_package"
    __table_args__ = (
        tenant_fk("instance", "instance_id"),
        Index("handed_package_hash", "tenant_id", "side", "package_hash"),
        Index("handed_package_name", "tenant_id", "side", "package"),
        Index("handed_package_instance", "tenant_id", "instance_id"),
    )
    side: Mapped[str] = mapped_column(Short)
    other_id: Mapped[UUID]
    other_name: Mapped[str]
    package: Mapped[str]
    version: Mapped[str] = mapped_column(Short)
    package_hash: Mapped[str] = mapped_column(Short)
    title: Mapped[str]
    note: Mapped[str]
    state: Mapped[str] = mapped_column(Short)
    sent_at: Mapped[datetime]
    sent_name: Mapped[str]
    arrived_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answered_name: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="")
    launched_at: Mapped[datetime | None]
    instance_id: Mapped[UUID | None]
    urged: Mapped[int] = mapped_column(default=0)
    urged_at: Mapped[datetime | None]
