"""Rows of this package. The global tables of the whole house stand here too, so that one look shows them all."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.base import Global, Short, TenantOwned, tenant_fk


class Tenant(Global):
    """One authority. `code` (GB/T 2260) is an attribute: codes change, and two authorities may share a place."""

    __tablename__ = "tenant"
    slug: Mapped[str] = mapped_column(Short, unique=True)
    name: Mapped[str]
    level: Mapped[str] = mapped_column(Short)
    code: Mapped[str | None] = mapped_column(Short)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenant.id"))
    timezone: Mapped[str] = mapped_column(Short, default="Asia/Shanghai")


class ReportingLine(Global):
    """A named edge along which reports travel, besides the administrative parent."""

    __tablename__ = "reporting_line"
    __table_args__ = (UniqueConstraint("name", "from_id", "to_id"),)
    name: Mapped[str] = mapped_column(Short)
    from_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    to_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))


class User(Global):
    """A person who signs in. What they may do stands with their posts, never here, but for the system administrator."""

    __tablename__ = "user"
    login: Mapped[str] = mapped_column(Short, unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    must_change: Mapped[bool] = mapped_column(default=False)
    system_admin: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    # Every session carries this stamp; a new password makes a new stamp, which ends all other sessions.
    stamp: Mapped[str] = mapped_column(Short)
    signed_in_at: Mapped[datetime | None]
    password_at: Mapped[datetime | None]
    # A one-time code that opens the page for a password of one's own, and nothing else; see `tenants.codes`.
    code_hash: Mapped[str | None]
    code_until: Mapped[datetime | None]
    # Once an account has had posts in two tenants no tenant's administrator has power over it, whatever becomes of them.
    shared: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(Short, default="zh")


class EndedSession(Global):
    """A session that was signed out of: its cookie may still lie somewhere, and opens nothing. `id` is the session's."""

    __tablename__ = "ended_session"
    until: Mapped[datetime]


class Posting(Global):
    """Which posts a user holds, in which tenants: needed before anyone knows which tenant to open."""

    __tablename__ = "posting"
    __table_args__ = (UniqueConstraint("user_id", "tenant_id", "member_id"),)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    member_id: Mapped[UUID]


class ApiToken(Global):
    """A secret with which a program acts as one post. Only its keyed hash is here; with the posting it goes, too.

    stamp: the user's at the making; a new one (password changed or reset, signed out everywhere) ends the token.
    """

    __tablename__ = "api_token"
    posting_id: Mapped[UUID] = mapped_column(ForeignKey("posting.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    digest: Mapped[str] = mapped_column(Short, unique=True)
    stamp: Mapped[str] = mapped_column(Short)
    read_only: Mapped[bool]
    made_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_on: Mapped[date | None]


class Wakeup(Global):
    """When somebody has to look after which tenant's job: nothing else, so the scheduler needs nobody's data."""

    __tablename__ = "wakeup"
    __table_args__ = (Index("wakeup_at", "at"), UniqueConstraint("tenant_id", "kind", "job_id"))
    tenant_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Short)
    job_id: Mapped[UUID]
    at: Mapped[datetime]


class Template(Global):
    """A package that an authority has given to others, by an explicit act: what may be said of it, and to whom. The package
    itself is in its parts.

    publisher_id: no key, for a template outlives its publisher. audience: all, below, chain. words: all that is searched, in
    small letters. withdrawn_at: nobody sees it any more; what was cloned stays where it is.
    """

    __tablename__ = "template"
    __table_args__ = (
        UniqueConstraint("publisher_id", "package"),
        Index("template_published", "published_at"),
    )
    publisher_id: Mapped[UUID]
    publisher: Mapped[str]
    audience: Mapped[str] = mapped_column(Short)
    package: Mapped[str]
    version: Mapped[str] = mapped_column(Short)
    hash: Mapped[str] = mapped_column(Short)
    title: Mapped[str]
    title_en: Mapped[str]
    issuer: Mapped[str]
    level: Mapped[str] = mapped_column(Short)
    description: Mapped[str]
    field: Mapped[str]
    keywords: Mapped[str]
    words: Mapped[str]
    clones: Mapped[int] = mapped_column(default=0)
    published_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class TemplatePart(Global):
    """A package of a template, sealed: its zip under the hash of its files. place: those that it calls come before it."""

    __tablename__ = "template_part"
    __table_args__ = (UniqueConstraint("template_id", "place"),)
    template_id: Mapped[UUID] = mapped_column(ForeignKey("template.id"))
    place: Mapped[int]
    hash: Mapped[str] = mapped_column(Short)
    content: Mapped[bytes]


class Unit(TenantOwned):
    """An organisation inside a tenant. `path` holds the ids from the root down to this one, so that a subtree is a prefix.

    authority_id: the tenant for which it stands: an authority below this one has its place among the units, too.
    """

    __tablename__ = "unit"
    __table_args__ = (
        tenant_fk("unit", "parent_id"),
        UniqueConstraint("tenant_id", "code"),
        Index("unit_path", "tenant_id", "path"),
    )
    parent_id: Mapped[UUID | None]
    # Compared letter by letter, in whatever language the database sorts.
    path: Mapped[str] = mapped_column(Text().with_variant(Text(collation="C"), "postgresql"))
    code: Mapped[str] = mapped_column(Short)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(Short)
    status: Mapped[str] = mapped_column(Short, default="")
    attributes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    active: Mapped[bool] = mapped_column(default=True)
    authority_id: Mapped[UUID | None]

    def facts(self) -> dict[str, Any]:
        """Return what selectors may read of this unit."""
        return {
            **self.attributes,
            "kind": self.kind,
            "status": self.status,
            "name": self.name,
            "code": self.code,
            "id": str(self.id),
        }


class Member(TenantOwned):
    """A user's post in one unit, with roles."""

    __tablename__ = "member"
    __table_args__ = (
        tenant_fk("unit", "unit_id"),
        UniqueConstraint("tenant_id", "user_id", "unit_id"),
        Index("member_unit", "tenant_id", "unit_id"),
    )
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    unit_id: Mapped[UUID]
    name: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    posts: Mapped[list[Any]] = mapped_column(default=list)
    roles: Mapped[list[Any]] = mapped_column(default=list)
    active: Mapped[bool] = mapped_column(default=True)


class CalendarDay(TenantOwned):
    """A day that the tenant's own calendar changes: `off` or `worked`."""

    __tablename__ = "calendar_day"
    __table_args__ = (UniqueConstraint("tenant_id", "day"),)
    day: Mapped[date]
    kind: Mapped[str] = mapped_column(Short)
    name: Mapped[str]


class CalendarSeason(TenantOwned):
    """A span of days that has a name in this tenant. yearly: it comes back every year, of its dates only day and month count;
    otherwise it stands for the year in which it starts."""

    __tablename__ = "calendar_season"
    __table_args__ = (UniqueConstraint("tenant_id", "name", "start"),)
    name: Mapped[str] = mapped_column(Short)
    start: Mapped[date]
    end: Mapped[date]
    yearly: Mapped[bool] = mapped_column(default=False)


class CalendarYear(TenantOwned):
    """A year for which the tenant vouches itself: it has entered what was announced."""

    __tablename__ = "calendar_year"
    __table_args__ = (UniqueConstraint("tenant_id", "year"),)
    year: Mapped[int]


class AuditEntry(TenantOwned):
    """One thing that happened. Append-only: a trigger refuses change and removal."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("audit_subject", "tenant_id", "subject_kind", "subject_id"),)
    at: Mapped[datetime]
    member_id: Mapped[UUID | None]
    actor: Mapped[str]
    action: Mapped[str] = mapped_column(Short)
    subject_kind: Mapped[str] = mapped_column(Short)
    subject_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Job(TenantOwned):
    """Something to be done later, written in the transaction that wants it done: durable timers and the outbox in one."""

    __tablename__ = "job"
    __table_args__ = (
        Index("job_due", "tenant_id", "state", "due_at"),
        Index("job_subject", "tenant_id", "subject_id", "state"),
        UniqueConstraint("tenant_id", "kind", "key"),
    )
    kind: Mapped[str] = mapped_column(Short)
    key: Mapped[str]
    subject_id: Mapped[UUID | None]
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)
    due_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(Short, default="waiting")  # waiting, done, dropped, failed
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    done_at: Mapped[datetime | None]


class Receipt(TenantOwned):
    """What a command answered, by its idempotency key: a repeated request gets the same answer, never a second effect."""

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("tenant_id", "member_id", "key"),)
    member_id: Mapped[UUID]
    key: Mapped[str] = mapped_column(Short)
    command: Mapped[str] = mapped_column(Short)
    at: Mapped[datetime]
    answer: Mapped[dict[str, Any]] = mapped_column(default=dict)
