"""Rows of published packages. The files are the package: nothing parsed is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.db import Short, TenantOwned, tenant_fk


class PackageVersion(TenantOwned):
    """One published version of a package; never changed afterwards. hash: of all its files (`package.hash_of`).

    uses: `package@version` -> hash of the other published packages whose processes it calls, or those call.
    """

    __tablename__ = "package_version"
    __table_args__ = (
        UniqueConstraint("tenant_id", "package", "version"),
        UniqueConstraint("tenant_id", "hash"),
    )
    package: Mapped[str] = mapped_column()
    version: Mapped[str] = mapped_column(Short)
    title: Mapped[str]
    level: Mapped[str] = mapped_column(Short)
    hash: Mapped[str] = mapped_column(Short)
    uses: Mapped[dict[str, Any]] = mapped_column(default=dict)
    published_at: Mapped[datetime]
    published_by: Mapped[UUID | None]


class PackageFile(TenantOwned):
    """Which content a version has at which path."""

    __tablename__ = "package_file"
    __table_args__ = (
        tenant_fk("package_version", "version_id"),
        tenant_fk("package_content", "content_id"),
        UniqueConstraint("tenant_id", "version_id", "path"),
    )
    version_id: Mapped[UUID]
    path: Mapped[str]
    content_id: Mapped[UUID]


class PackageContent(TenantOwned):
    """The exact bytes of a file, kept once for each tenant however many versions have it."""

    __tablename__ = "package_content"
    __table_args__ = (Index("package_content_hash", "tenant_id", "hash", unique=True),)
    hash: Mapped[str] = mapped_column(Short)
    content: Mapped[bytes]
