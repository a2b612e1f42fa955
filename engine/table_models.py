"""Rows of check tables: versions that a tenant added to a running campaign, and which version each instance answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Short, TenantOwned, tenant_fk


class TableVersion(TenantOwned):
    """A version of a table of the package, added to a running campaign: what begins from now on answers the newest.

    number: from 1 within campaign, table and variant. version: what its issuer calls it. token: names the content.
    content: {columns: [...], rows: [[...]]}.
    """

    __tablename__ = "table_version"
    __table_args__ = (
        tenant_fk("campaign", "campaign_id"),
        UniqueConstraint("tenant_id", "campaign_id", "table_id", "variant", "number"),
    )
    campaign_id: Mapped[UUID]
    table_id: Mapped[str] = mapped_column(Short)
    variant: Mapped[str] = mapped_column(Short)
    number: Mapped[int]
    version: Mapped[str]
    token: Mapped[str] = mapped_column(Short)
    areas: Mapped[int]
    items: Mapped[int]
    file: Mapped[str]
    content: Mapped[dict[str, Any]] = mapped_column(deferred=True)
    added_at: Mapped[datetime]
    added_by: Mapped[UUID | None]
    added_name: Mapped[str]


class TableUse(TenantOwned):
    """Which version of a table an instance answers: the one that its first answers were written on, to its end.

    version_id: added by the tenant; None = that of the package with this hash.
    """

    __tablename__ = "table_use"
    __table_args__ = (
        tenant_fk("instance", "instance_id"),
        tenant_fk("table_version", "version_id"),
        UniqueConstraint("tenant_id", "instance_id", "table_id"),
    )
    instance_id: Mapped[UUID]
    table_id: Mapped[str] = mapped_column(Short)
    variant: Mapped[str] = mapped_column(Short)
    version_id: Mapped[UUID | None]
    package_hash: Mapped[str] = mapped_column(Short)
    token: Mapped[str] = mapped_column(Short)
    begun_at: Mapped[datetime]
