"""What a unit of work talks to its database through: the driver's own connection, taken from SQLAlchemy's pool.

SQLAlchemy's connection and session cost as much as the statements of a small command. They are put around the driver's when
somebody asks for them, in the same transaction; the prepared statements of the hot path never do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from tenants import guard

# Under these names the driver's connection remembers through what it is reached now, and which statements its server keeps.
LINK, NAMES = "luoshi_link", "luoshi_names"


class Link:
    """One transaction.

    tenant: for whom, once it is bound; key: the same as 32 digits. reads: it changes nothing. waiting: what is to be sent to
    PostgreSQL (`sending`). info: what is remembered with the driver's connection for as long as that lives. usual:
    SQLAlchemy's, when somebody has asked for it. over: everything has been undone. listeners: to executions on the engine.
    """

    def __init__(self, engine: Engine, *, reads: bool) -> None:
        self.engine, self.reads = engine, reads
        self.dialect: Any = engine.dialect
        self.name: str = self.dialect.name
        self.is_postgresql = self.name == "postgresql"
        self.listeners = engine.dispatch.before_cursor_execute.listeners
        self.tenant: UUID | None = None
        self.key: str | None = None
        self.waiting: list[Any] = []
        self.usual: Connection | None = None
        self.over = False
        try:
            self.pooled = engine.raw_connection()
        except self.dialect.loaded_dbapi.Error as error:
            raise self.as_usual("", error) from error
        self.raw: Any = self.pooled.driver_connection
        self.info = self.pooled.info
        self.info[LINK] = self

    def bind(self, tenant: UUID) -> None:
        """Let everything that is sent from here on be this tenant's, or the guard refuses it."""
        self.tenant, self.key = tenant, tenant.hex
        self.info["tenant"] = self.key
        if self.usual is not None:
            self.usual.execution_options(**{guard.TENANT: tenant})

    def connection(self) -> Connection:
        """Return SQLAlchemy's connection, in the transaction that has begun."""
        if self.usual is None:
            made = Connection(self.engine, connection=self.pooled)
            options = {"luoshi_reads": self.reads}
            self.usual = made.execution_options(
                **options if self.tenant is None else {**options, guard.TENANT: self.tenant}
            )
            self.usual.begin()
        return self.usual

    def run(self, text: str, row: Sequence[Any] = ()) -> Any:
        """Run a statement on SQLite and return its cursor."""
        try:
            return self.raw.execute(text, row)
        except self.dialect.loaded_dbapi.Error as error:
            raise self.as_usual(text, error) from error

    def run_many(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement on SQLite once for each row of values."""
        try:
            self.raw.executemany(text, rows)
        except self.dialect.loaded_dbapi.Error as error:
            raise self.as_usual(text, error) from error

    def close(self) -> None:
        """Give the driver's connection back."""
        if self.pooled.is_valid:
            self.info.pop(LINK, None)
            self.info.pop("tenant", None)
        if self.usual is not None:
            self.usual.close()
        else:
            self.pooled.close()

    def spoil(self, error: BaseException | None = None) -> None:
        """Let nobody use the driver's connection again: it is lost, or in the middle of something."""
        if self.usual is not None:
            self.usual.invalidate(error)
        elif self.pooled.is_valid:
            self.pooled.invalidate(error)

    def as_usual(self, text: str, error: Any) -> Any:
        """Return the driver's error as SQLAlchemy would raise it; the values stay out of it."""
        pooled = getattr(self, "pooled", None)
        lost = pooled is not None and (not pooled.is_valid or self.dialect.is_disconnect(error, pooled, None))
        if lost:
            self.spoil(error)
        base = self.dialect.loaded_dbapi.Error
        return DBAPIError.instance(
            text, None, error, base, hide_parameters=True, connection_invalidated=lost, dialect=self.dialect
        )


def watch(engine: Engine) -> None:
    """Learn of what is undone through SQLAlchemy."""
    event.listen(engine, "rollback", _undone)
    event.listen(engine, "rollback_savepoint", _undone)


def _undone(connection: Connection, *savepoint: Any) -> None:
    """What waits was given after the savepoint, or belongs to what is undone; PostgreSQL's driver lets the server forget all
    statements that it keeps."""
    if connection.invalidated:
        return
    connection.info.pop(NAMES, None)
    link: Link | None = connection.info.get(LINK)
    if link is not None:
        link.waiting.clear()
        link.over = link.over or not savepoint


class LateSession(Session):
    """A session that is made when something is asked of it. late: nothing has been yet."""

    def __init__(self, link: Link) -> None:
        self.link, self.late = link, True

    def __getattr__(self, name: str) -> Any:
        # Whatever a session is made of is not there before it is made.
        if not self.late or name.startswith("__"):
            raise AttributeError(name)
        self.late = False
        super().__init__(bind=self.link.connection(), autoflush=True, expire_on_commit=False)
        return getattr(self, name)

    def read_anew(self, kind: type[Any], key: UUID) -> None:
        """Let a tenant's row that may have been read before be read anew, for it has been changed past the session."""
        seen = None if self.late else self.identity_map.get(identity_key(kind, (self.link.tenant, key)))
        if seen is not None:
            self.expire(seen)
