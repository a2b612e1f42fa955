"""Statements of the hot path: written in SQLAlchemy Core, compiled once, then handed to the driver as they are.

SQLAlchemy takes three to five times as long to send a small statement as SQLite takes to run it. What it does is done here
once for each statement and kind of database; at execution only values are turned and sent. It is no second door: the guard
sees each execution as it sees all others, and every value that must be the tenant is put in here, never by a caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tenants import guard

_Turn = Callable[[Any], Any] | None


@dataclass(frozen=True)
class _Made:
    """A statement as one kind of database takes it.

    binds: names in the order in which they stand, each with what its value goes through; columns: the same for what comes
    back. tenants: the names whose value must be the tenant. fixed: values that stand in the statement itself.
    named: values go as a mapping.
    """

    text: str
    compiled: Any
    binds: tuple[tuple[str, _Turn], ...]
    columns: tuple[tuple[int, Callable[[Any], Any]], ...]
    tenants: tuple[str, ...]
    fixed: Mapping[str, Any]
    named: bool


@dataclass(frozen=True)
class _Sending:
    """What the guard asks of an execution."""

    compiled: Any
    compiled_parameters: Sequence[Mapping[str, Any]]
    execution_options: Mapping[str, Any]


class Prepared:
    """A statement that is made ready when it is first used.

    Its values are `bindparam`s, by whose names they are given; those compared with a `tenant_id` are left out. An INSERT takes
    all columns of its table, an UPDATE those named in `sets`, under their own names. Lists of values (`IN`) are not for this.
    """

    def __init__(self, statement: Executable, *sets: str) -> None:
        self._statement, self._sets = statement, sets
        self._made: dict[str, _Made] = {}

    def rows(self, session: Session, **values: object) -> list[tuple[Any, ...]]:
        """Run a SELECT and return its rows, each a tuple of what the columns' types make of it."""
        cursor, made = self._send(session, [values])
        turns = made.columns
        found = []
        for row in cursor.fetchall():
            cells = list(row)
            for index, turn in turns:
                if cells[index] is not None:
                    cells[index] = turn(cells[index])
            found.append(tuple(cells))
        return found

    def row(self, session: Session, **values: object) -> tuple[Any, ...] | None:
        """Run a SELECT of which at most one row is wanted."""
        found = self.rows(session, **values)
        return found[0] if found else None

    def write(self, session: Session, rows: Iterable[Mapping[str, object]]) -> None:
        """Run an INSERT, UPDATE or DELETE once for each row of values; without any nothing is sent."""
        given = list(rows)
        if given:
            self._send(session, given)

    def _send(self, session: Session, given: Sequence[Mapping[str, object]]) -> tuple[Any, _Made]:
        session.flush()  # what was changed through the session comes first, as with any statement
        connection: Any = session.bind
        made = self._made.get(connection.dialect.name) or self._make(connection)
        options = connection.get_execution_options()
        tenant = options.get(guard.TENANT)
        ours = dict.fromkeys(made.tenants, tenant)
        sent = [{**made.fixed, **values, **ours} for values in given]
        values = [_turned(made, row) for row in sent]
        cursor = connection.connection.cursor()
        many = len(values) > 1
        parameters = values if many else values[0]
        for look in connection.dispatch.before_cursor_execute:
            look(connection, cursor, made.text, parameters, _Sending(made.compiled, sent, options), many)
        try:
            if many:
                cursor.executemany(made.text, values)
            else:
                cursor.execute(made.text, parameters)
        except connection.dialect.loaded_dbapi.Error as error:
            raise _as_usual(connection, cursor, made, error) from error
        return cursor, made

    def _make(self, connection: Connection) -> _Made:
        dialect = connection.dialect
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=self._sets or None)  # type: ignore[attr-defined]
        named = compiled.positiontup is None
        names = list(compiled.bind_names.values()) if named else compiled.positiontup
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        binds = tuple((name, types[name].dialect_impl(dialect).bind_processor(dialect)) for name in names)
        processors = (
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in getattr(self._statement, "selected_columns", ())
        )
        columns = tuple((index, turn) for index, turn in enumerate(processors) if turn is not None)
        fixed = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
        made = _Made(compiled.string, compiled, binds, columns, guard.tenants_of(compiled), fixed, named)
        self._made[dialect.name] = made
        return made


def together(session: Session) -> AbstractContextManager[Any]:
    """Send what stands in the block without waiting for an answer to each: a journey to PostgreSQL costs more than a small
    statement. Where rows are read, or the block ends, everything has been answered, and the first error is raised."""
    connection: Any = session.bind
    if connection.dialect.driver != "psycopg":
        return nullcontext()
    return connection.connection.driver_connection.pipeline()  # type: ignore[no-any-return]


def _turned(made: _Made, values: Mapping[str, Any]) -> Any:
    if made.named:
        return {name: values[name] if turn is None else turn(values[name]) for name, turn in made.binds}
    return [values[name] if turn is None else turn(values[name]) for name, turn in made.binds]


def _as_usual(connection: Connection, cursor: Any, made: _Made, error: Any) -> Any:
    """Return the driver's error as SQLAlchemy would raise it; the values stay out of it."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection, cursor)
    if lost:
        connection.invalidate(error)
    return DBAPIError.instance(
        made.text, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=lost,
        dialect=dialect,
    )  # fmt: skip
