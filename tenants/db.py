"""The one door to the database: `unit_of_work` opens it, for one tenant, for one command.

Nothing else in the house commits, sets the tenant of a connection, or knows Flask-SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from tenants import guard, link, sending, walls
from tenants.access import Viewer
from tenants.base import (
    Base,
    Global,
    Json,
    Short,
    TenantOwned,
    UtcDateTime,
    json_text,
    new_id,
    tenant_fk,
)
from tenants.clock import Clock
from tenants.doorstep import Actor, TenantInfo, enter
from tenants.link import LINK, LateSession, Link

__all__ = [
    "Actor", "Base", "Global", "Json", "Short", "TenantInfo", "TenantOwned", "UtcDateTime", "Work",
    "db", "json_text", "new_id", "open_engine", "system_work", "tenant_fk", "unit_of_work",
]  # fmt: skip

walls.mark_globals(Base.metadata, frozenset({"wakeup", "posting"}))
# JSON is written as it reads: SQLite compares the names of fields letter by letter, so that an escaped one is never found.
db = SQLAlchemy(model_class=Base, engine_options={"json_serializer": json_text})


@dataclass(frozen=True)
class Work:
    """What every command takes first: for whom, by whom, when, and the session that records it.

    now: aware, UTC, the same for all rows of the command. store: folder of the house's files, outside the web root.
    bells: ids of jobs that became due in this command; the entry rings for them after the commit.
    """

    tenant: TenantInfo
    actor: Actor
    now: datetime
    session: LateSession
    store: Path
    bells: list[UUID] = field(default_factory=list)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.tenant.timezone)

    @property
    def today(self) -> date:
        """The local date of the tenant."""
        return self.now.astimezone(self.zone).date()

    @property
    def viewer(self) -> Viewer:
        return self.actor.viewer


@contextmanager
def unit_of_work(
    slug: str,
    member_id: UUID | None,
    *,
    clock: Clock,
    store: Path,
    reads: bool = False,
    as_house: bool = False,
) -> Iterator[Work]:
    """Open one transaction for one tenant and commit it when the block ends without an exception.

    slug: the tenant. member_id: the post that acts. as_house: the house itself acts (jobs), without a member.
    reads: the command changes nothing, so that SQLite need not lock out writers.
    Raises NotFound when the tenant does not exist or the post is not one of its active members.
    """
    reached = Link(db.engine, reads=reads)
    session = LateSession(reached)
    try:
        if reached.is_postgresql:
            sending.begin(reached)
        else:
            reached.run("BEGIN" if reads else "BEGIN IMMEDIATE")
        tenant, actor = enter(session, slug, member_id, as_house=as_house)
        yield Work(tenant, actor, clock.now(), session, store)
        _end(reached, session, undo=reads and not reached.is_postgresql)
    except BaseException:
        _undo(reached)
        raise
    finally:
        if not session.late:
            session.close()
        reached.close()


def _end(reached: Link, session: LateSession, *, undo: bool) -> None:
    """Commit what is to stay. PostgreSQL keeps to read only, and need not be told to undo nothing."""
    if not session.late:
        session.flush()
    if undo:
        _undo(reached)
        return
    if reached.is_postgresql:
        sending.send_waiting(reached, commit=True)
    if reached.usual is not None:
        reached.usual.commit()
    elif not reached.is_postgresql:
        try:
            reached.raw.commit()
        except reached.dialect.loaded_dbapi.Error as error:
            raise reached.as_usual("COMMIT", error) from error


def _undo(reached: Link) -> None:
    reached.waiting.clear()
    if not reached.pooled.is_valid:
        return
    if reached.usual is not None:
        reached.usual.rollback()
    elif reached.is_postgresql:
        sending.roll_back(reached)
    else:
        reached.raw.rollback()


@contextmanager
def system_work(*, reads: bool = False) -> Iterator[Session]:
    """Open one transaction on the global tables only: every statement on a tenant's rows is refused."""
    with _connection(reads) as connection:
        session = Session(bind=connection, expire_on_commit=False)
        try:
            yield session
            session.flush()
            connection.commit()
        except BaseException:
            connection.rollback()
            raise
        finally:
            session.close()


@contextmanager
def _connection(reads: bool) -> Iterator[Connection]:
    with db.engine.connect() as connection:
        yield connection.execution_options(luoshi_reads=reads)


@event.listens_for(Session, "do_orm_execute")
def _scope(state: ORMExecuteState) -> None:
    """Bind every ORM statement to the tenant of its session, so that nobody has to remember to."""
    tenant = state.session.info.get("tenant")
    if tenant is not None and (state.is_select or state.is_update or state.is_delete):
        state.statement = state.statement.options(
            with_loader_criteria(TenantOwned, lambda cls: cls.tenant_id == tenant, include_aliases=True)
        )


@event.listens_for(Session, "before_flush")
def _own(session: Session, context: Any, instances: Any) -> None:
    """Give new rows the tenant of their session."""
    tenant: UUID | None = session.info.get("tenant")
    if tenant is None:
        return
    for row in session.new:
        if isinstance(row, TenantOwned) and getattr(row, "tenant_id", None) is None:
            row.tenant_id = tenant


# What a large command changes fits into the cache (in KiB), or it would be written and read again and again; and into the log (in
# pages) before that is worked into the database, or the command would wait for it.
_PRAGMAS = (
    "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=15000", "cache_size=-16384",
    "wal_autocheckpoint=10000",
)  # fmt: skip


def open_engine(engine: Engine) -> None:
    """Prepare an engine: the guard, and what SQLite needs to be a real database. Call once for each engine."""
    guard.watch(engine)
    link.watch(engine)
    sending.watch(engine)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(raw: Any, record: Any) -> None:
    raw.isolation_level = (
        None  # the driver's own BEGIN comes too late to protect a read that a write rests on
    )
    for pragma in _PRAGMAS:
        raw.execute(f"PRAGMA {pragma}")
    raw.create_function("luoshi_tenant", 0, partial(record.info.get, "tenant"))


def _begin_sqlite(connection: Connection) -> None:
    if LINK not in connection.info:  # which has begun
        reads = connection.get_execution_options().get("luoshi_reads")
        raw: Any = connection.connection.driver_connection
        raw.execute("BEGIN" if reads else "BEGIN IMMEDIATE")
