"""Rows of running campaigns. Hot columns stand in tables of their own; the process state is one small blob per instance."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, LargeBinary, UniqueConstraint, column
from sqlalchemy.orm import Mapped, deferred, mapped_column

from tenants.base import Json
from tenants.db import Short, TenantOwned, tenant_fk


def _where_given(name: str, given: str, *columns: str) -> Index:
    """Return an index over those rows only in which a column is not empty."""
    some = column(given).is_not(None)
    return Index(name, *columns, sqlite_where=some, postgresql_where=some)


class Campaign(TenantOwned):
    """A package version launched in a tenant.

    choices: what the tenant decided at the launch (disputed dates, own dates). added: duties that the tenant added itself.
    former: hashes of the versions it had before its plan was amended, the first one first.
    """

    __tablename__ = "campaign"
    package_hash: Mapped[str] = mapped_column(Short)
    title: Mapped[str]
    version: Mapped[str] = mapped_column(Short)
    start: Mapped[date]
    end: Mapped[date | None]
    choices: Mapped[dict[str, Any]] = mapped_column(default=dict)
    added: Mapped[list[Any]] = mapped_column(default=list)
    former: Mapped[list[Any]] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(Short, default="running")  # running, closed
    launched_at: Mapped[datetime]
    launched_by: Mapped[str]
    closed_at: Mapped[datetime | None]


class DutyOccurrence(TenantOwned):
    """One time that a duty falls due: planned at the launch, opened on its day for whoever its actor picks on that day.

    picked: ids of the units picked, frozen when it opened.
    """

    __tablename__ = "duty_occurrence"
    __table_args__ = (
        tenant_fk("campaign", "campaign_id"),
        UniqueConstraint("tenant_id", "campaign_id", "duty", "number"),
        Index("duty_occurrence_opens", "tenant_id", "campaign_id", "state", "opens"),
    )
    campaign_id: Mapped[UUID]
    duty: Mapped[str] = mapped_column(Short)
    number: Mapped[int]
    period: Mapped[str] = mapped_column(Short)
    opens: Mapped[date]
    due: Mapped[date | None]
    words: Mapped[str]
    basis: Mapped[str] = mapped_column(Short)
    disputed: Mapped[bool] = mapped_column(default=False)
    # The due date rests on days for which no official notice was known when it was worked out.
    estimated: Mapped[bool] = mapped_column(default=False)
    # planned, open, skipped, dropped; past: it was over before the notice was issued
    state: Mapped[str] = mapped_column(Short, default="planned")
    picked: Mapped[list[Any]] = mapped_column(default=list)


class Instance(TenantOwned):
    """One process instance: a report of one mine, a hazard's life, an inspection.

    unit_id: whose it is. about_id: the unit it is about. desk_id: the unit that receives it, where that is one unit.
    revision: grows with each step; a command that read an older one is told so. filed_at: first handed in.
    status: the ledger's word for where the item stands. state: the engine's.
    event: what the duty's dates read of the event that started it, where they rest on the calendar, so that they can be worked
    out again.
    """

    __tablename__ = "instance"
    __table_args__ = (
        tenant_fk("campaign", "campaign_id"),
        tenant_fk("duty_occurrence", "occurrence_id"),
        tenant_fk("unit", "unit_id"),
        tenant_fk("unit", "about_id"),
        Index("instance_occurrence", "tenant_id", "occurrence_id", "unit_id"),
        Index("instance_unit", "tenant_id", "unit_id", "state"),
        Index("instance_campaign", "tenant_id", "campaign_id", "duty", "state"),
    )
    campaign_id: Mapped[UUID]
    occurrence_id: Mapped[UUID | None]
    source_id: Mapped[UUID | None]
    package_hash: Mapped[str] = mapped_column(Short)
    process: Mapped[str] = mapped_column(Short)
    duty: Mapped[str] = mapped_column(Short, default="")
    ledger: Mapped[str] = mapped_column(Short, default="")
    title: Mapped[str]
    unit_id: Mapped[UUID | None]
    about_id: Mapped[UUID | None]
    desk_id: Mapped[UUID | None]
    hidden: Mapped[bool] = mapped_column(default=False)
    open_to_all: Mapped[bool] = mapped_column(default=False)
    starter_id: Mapped[UUID | None]
    due: Mapped[date | None]
    words: Mapped[str] = mapped_column(default="")
    event: Mapped[dict[str, Any] | None] = mapped_column(Json, deferred=True)
    status: Mapped[str] = mapped_column(Short, default="")
    state: Mapped[str] = mapped_column(Short, default="running")  # running, done, released, stuck
    revision: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime]
    filed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_node: Mapped[str | None] = mapped_column(Short)
    compact: Mapped[bytes] = deferred(mapped_column(LargeBinary))


class InstanceWait(TenantOwned):
    """A name that an open instance waits to hear from others of its campaign. kind: signal or message."""

    __tablename__ = "instance_wait"
    __table_args__ = (
        tenant_fk("campaign", "campaign_id"),
        tenant_fk("instance", "instance_id"),
        Index("instance_wait_name", "tenant_id", "campaign_id", "name", "kind", "since"),
        UniqueConstraint("tenant_id", "instance_id", "kind", "name"),
    )
    campaign_id: Mapped[UUID]
    instance_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Short)
    name: Mapped[str]
    since: Mapped[datetime]


class Task(TenantOwned):
    """A user task as the inbox reads it; never read from process state.

    desk_id, post: to whom it is addressed; others: it has more candidates (`TaskAddressee`).
    due_at: the instant from which it is overdue (end of the local day `due`). follow_up: until that day nobody has to look at it.
    submission_id: what was answered, where something was asked. away_id: the authority that does it, when it is another;
    awaited: in a campaign of its own, so that it hands in by itself what nobody has asked for.
    process: the called process in whose drawing `node` stands, such as `inspect` or `checks@1.0.0/inspect`; empty = the
    instance's own. place: inside of which activities, as `engine.process` tells it. item: which one of several, in words.
    """

    __tablename__ = "task"
    __table_args__ = (
        tenant_fk("instance", "instance_id"),
        tenant_fk("campaign", "campaign_id"),
        tenant_fk("submission", "submission_id"),
        UniqueConstraint("tenant_id", "instance_id", "token"),
        Index("task_desk", "tenant_id", "state", "desk_id", "due_at"),
        # Most tasks have no post and are not done.
        _where_given("task_post", "post", "tenant_id", "state", "post", "due_at"),
        _where_given("task_done", "done_by", "tenant_id", "done_by", "done_at"),
    )
    instance_id: Mapped[UUID]
    campaign_id: Mapped[UUID]
    token: Mapped[str] = mapped_column(Short)
    node: Mapped[str] = mapped_column(Short)
    process: Mapped[str] = mapped_column(default="")
    place: Mapped[str] = mapped_column(default="")
    item: Mapped[str] = mapped_column(default="")
    name: Mapped[str]
    form: Mapped[str] = mapped_column(Short, default="")
    title: Mapped[str]
    duty: Mapped[str] = mapped_column(Short, default="")
    ledger: Mapped[str] = mapped_column(Short, default="")
    unit_id: Mapped[UUID | None]
    about_id: Mapped[UUID | None]
    hidden: Mapped[bool] = mapped_column(default=False)
    desk_id: Mapped[UUID | None]
    post: Mapped[str | None] = mapped_column(Short)
    others: Mapped[bool] = mapped_column(default=False)
    due: Mapped[date | None]
    due_at: Mapped[datetime | None]
    follow_up: Mapped[date | None]
    words: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(Short, default="open")  # open, done, withdrawn
    claimed_by: Mapped[UUID | None]
    claimed_name: Mapped[str | None]
    opened_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None]
    done_name: Mapped[str | None]
    submission_id: Mapped[UUID | None]
    away_id: Mapped[UUID | None]
    awaited: Mapped[bool] = mapped_column(default=False)


class TaskAddressee(TenantOwned):
    """One more desk or post that may take an open task, besides the one that stands with the task itself.

    open: as long as the task is. The line stays, so that whoever was offered the task is told what became of it.
    """

    __tablename__ = "task_addressee"
    __table_args__ = (
        tenant_fk("task", "task_id"),
        Index("task_addressee_desk", "tenant_id", "open", "desk_id"),
        Index("task_addressee_post", "tenant_id", "open", "post"),
        Index("task_addressee_task", "tenant_id", "task_id"),
    )
    task_id: Mapped[UUID]
    desk_id: Mapped[UUID | None]
    post: Mapped[str | None] = mapped_column(Short)
    open: Mapped[bool] = mapped_column(default=True)


class LedgerItem(TenantOwned):
    """One line of a ledger: the facts it was born with, and where it stands. Its life is the instance's."""

    __tablename__ = "ledger_item"
    __table_args__ = (
        tenant_fk("campaign", "campaign_id"),
        tenant_fk("instance", "instance_id"),
        UniqueConstraint("tenant_id", "campaign_id", "ledger", "number"),
        UniqueConstraint("tenant_id", "ledger", "source_id", "row"),
        Index("ledger_item_status", "tenant_id", "campaign_id", "ledger", "status"),
    )
    campaign_id: Mapped[UUID]
    ledger: Mapped[str] = mapped_column(Short)
    number: Mapped[int]
    title: Mapped[str]
    instance_id: Mapped[UUID]
    source_id: Mapped[UUID | None]
    row: Mapped[int]
    unit_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(Short, default="")
    closed: Mapped[bool] = mapped_column(default=False)
    born_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Incident(TenantOwned):
    """Something that cannot go on by itself: visible, retryable, alone. Others go on."""

    __tablename__ = "incident"
    __table_args__ = (Index("incident_state", "tenant_id", "state"),)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(Short)
    job_id: Mapped[UUID | None]
    instance_id: Mapped[UUID | None]
    campaign_id: Mapped[UUID | None]
    title: Mapped[str]
    message: Mapped[str]  # in Chinese; those that say the same are told by it
    words: Mapped[dict[str, Any] | None] = mapped_column(
        Json
    )  # the same for any reader; None: of the first release
    state: Mapped[str] = mapped_column(Short, default="open")  # open, retried, dropped
    settled_at: Mapped[datetime | None]


class NoticeDocument(TenantOwned):
    """The notice itself, as a file beside a campaign or a package version; earlier ones stay, replaced or removed.

    number: from 1 within what it stands beside. paragraphs: its text as read from the file, at most some thousand; empty with a
    `trouble` that says why: unreadable, no_text, too_long, too_slow. state: current, replaced, removed.
    """

    __tablename__ = "notice_document"
    __table_args__ = (
        tenant_fk("campaign", "campaign_id"),
        tenant_fk("attachment", "attachment_id"),
        UniqueConstraint("tenant_id", "campaign_id", "number"),
        Index("notice_document_package", "tenant_id", "package_hash", "state"),
    )
    campaign_id: Mapped[UUID | None]
    package_hash: Mapped[str | None] = mapped_column(Short)
    number: Mapped[int]
    attachment_id: Mapped[UUID]
    paragraphs: Mapped[list[Any]] = mapped_column(default=list, deferred=True)
    trouble: Mapped[str] = mapped_column(Short, default="")
    state: Mapped[str] = mapped_column(Short, default="current")
    added_at: Mapped[datetime]
    added_by: Mapped[UUID | None]
    added_name: Mapped[str]
    ended_at: Mapped[datetime | None]
    ended_name: Mapped[str | None]
