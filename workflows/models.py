"""Rows of published packages. The files are the package: nothing parsed is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, column
from sqlalchemy.orm import Mapped, mapped_column

from tenants.db import Short, TenantOwned, tenant_fk


class PackageVersion(TenantOwned):
    """One published version of a package; never changed afterwards. hash: of all its files (`package.hash_of`).

    uses: `package@version` -> hash of the other published packages whose processes it calls, or those call. base_hash: hash of
    the version from elsewhere that it was made of, its own when it came in as it is; None = the tenant's own. origin: where
    from (`bases.Origin`). came_at: since when it is here, as the newest of its line. version: as written in it; of one that
    came in while the tenant had a version of that number, with the beginning of its hash behind a plus sign.
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
    base_hash: Mapped[str | None] = mapped_column(Short, default=None)
    origin: Mapped[dict[str, Any] | None] = mapped_column(default=None)
    came_at: Mapped[datetime | None] = mapped_column(default=None)


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


_OPEN = column("ended_at").is_(None)


class PackageMerge(TenantOwned):
    """A merge that somebody works on: what came in anew, brought into the tenant's own version. One open one for each package.

    base_hash, mine_hash, theirs_hash: the three published versions. choices: conflict -> {take, text}. version: what the merged
    one is to be called. revision: counts every change, so that nobody writes over another's. state: open, done, dropped.
    ended_at: None while it is open. made_hash: what was published.
    """

    __tablename__ = "package_merge"
    __table_args__ = (
        Index(
            "package_merge_open", "tenant_id", "package", unique=True,
            sqlite_where=_OPEN, postgresql_where=_OPEN,
        ),
    )  # fmt: skip
    package: Mapped[str]
    base_hash: Mapped[str] = mapped_column(Short)
    mine_hash: Mapped[str] = mapped_column(Short)
    theirs_hash: Mapped[str] = mapped_column(Short)
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[str] = mapped_column(default="")
    revision: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(Short, default="open")
    started_at: Mapped[datetime]
    started_name: Mapped[str]
    changed_at: Mapped[datetime]
    changed_name: Mapped[str]
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    made_hash: Mapped[str | None] = mapped_column(Short, default=None)
