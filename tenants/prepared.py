"""Statements of the hot path: written in SQLAlchemy Core, compiled once, then handed to the driver as they are.

SQLAlchemy takes three to five times as long to send a small statement as SQLite takes to run it. What it does is done here
once for each statement and kind of database; at execution only values are turned and sent. It is no second door: the guard
sees each execution as it sees all others, and every value that must be the tenant is put in here, never by a caller.

A journey to PostgreSQL costs more than a small statement. So there statements wait until an answer is needed, any other
statement is sent, or the transaction ends, and travel together, in their order. An error is raised where they are sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID, SafeUUID

from sqlalchemy import Connection, Engine, Executable, Insert, Uuid, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tenants import guard

_Turn = Callable[[Any], Any] | None
# Under this name a connection keeps what waits to be sent.
_WAITING = "luoshi_waiting"


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


class _Sending(NamedTuple):
    """What the guard asks of an execution."""

    compiled: Any
    compiled_parameters: Sequence[Mapping[str, Any]]
    execution_options: Mapping[str, Any]


class Answer(NamedTuple):
    """What a SELECT finds, to be read once."""

    connection: Connection
    cursor: Any
    made: _Made

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the rows, each a tuple of what the columns' types make of it."""
        send_waiting(self.connection)
        return [self._turned(row) for row in self.cursor.fetchall()]

    def row(self) -> tuple[Any, ...] | None:
        """Return the first row; None when there is none."""
        send_waiting(self.connection)
        row = self.cursor.fetchone()
        return None if row is None else self._turned(row)

    def _turned(self, row: Sequence[Any]) -> tuple[Any, ...]:
        cells = list(row)
        for index, turn in self.made.columns:
            cell = cells[index]
            if cell is not None:
                cells[index] = turn(cell)
        return tuple(cells)


class Prepared:
    """A statement that is made ready when it is first used.

    Its values are `bindparam`s, by whose names they are given; those compared with a `tenant_id` are left out. An INSERT takes
    the columns of its table; one that is not given gets its plain default, or nothing. An UPDATE takes those named in `sets`,
    under their own names. Lists of values (`IN`) are not for this.
    """

    def __init__(self, statement: Executable, *sets: str) -> None:
        self._statement, self._sets = statement, sets
        self._made: dict[str, _Made] = {}

    def ask(self, session: Session, **values: object) -> Answer:
        """Send a SELECT; what is asked before the first answer is read travels together."""
        return self._send(session, [values])

    def rows(self, session: Session, **values: object) -> list[tuple[Any, ...]]:
        """Run a SELECT and return its rows."""
        return self.ask(session, **values).rows()

    def row(self, session: Session, **values: object) -> tuple[Any, ...] | None:
        """Run a SELECT and return its first row; None when there is none."""
        return self.ask(session, **values).row()

    def write(self, session: Session, rows: Iterable[Mapping[str, object]], *, now: bool = False) -> None:
        """Run an INSERT, UPDATE or DELETE once for each row of values; without any nothing is sent.

        now: its error is to be raised here and not where it is sent together with others.
        """
        given = list(rows)
        if given:
            answer = self._send(session, given)
            if now:
                send_waiting(answer.connection)

    def _send(self, session: Session, given: Sequence[Mapping[str, object]]) -> Answer:
        connection: Any = session.bind
        if session.in_transaction():
            session.flush()  # what was changed through the session comes first, as with any statement
            session.connection()  # begins what the session has begun, a savepoint above all
        made = self._made.get(connection.dialect.name) or self._make(connection)
        options = connection.get_execution_options()
        ours = dict.fromkeys(made.tenants, options.get(guard.TENANT))
        sent = [{**made.fixed, **values, **ours} for values in given]
        values = [_turned(made, row) for row in sent]
        many = len(values) > 1
        cursor = connection.connection.cursor()
        context = _Sending(made.compiled, sent, options)
        for look in connection.dispatch.before_cursor_execute:
            look(connection, cursor, made.text, values if many else values[0], context, many)
        if made.named:
            connection.info.setdefault(_WAITING, []).append((cursor, made.text, values))
        else:
            _run(connection, cursor, made.text, values, False)
        return Answer(connection, cursor, made)

    def _make(self, connection: Connection) -> _Made:
        dialect = connection.dialect
        statement: Any = self._statement
        compiled = statement.compile(dialect=dialect, column_keys=self._sets or None)
        named = compiled.positiontup is None
        names = list(compiled.bind_names.values()) if named else compiled.positiontup
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        binds = tuple((name, types[name].dialect_impl(dialect).bind_processor(dialect)) for name in names)
        turns = (
            _of_text(column.type, dialect)
            or column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in getattr(statement, "selected_columns", ())
        )
        columns = tuple((index, turn) for index, turn in enumerate(turns) if turn is not None)
        fixed = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
        if isinstance(statement, Insert):
            fixed |= dict(_defaults(statement.table))
        made = _Made(compiled.string, compiled, binds, columns, guard.tenants_of(compiled), fixed, named)
        self._made[dialect.name] = made
        return made


def _defaults(table: Any) -> Iterator[tuple[str, Any]]:
    """Yield what stands in a column of a new row for which nothing is given, where that is one plain value."""
    for column in table.columns:
        if column.default is not None and column.default.is_scalar:
            yield column.key, column.default.arg
        elif column.default is None and column.nullable:
            yield column.key, None


def _of_text(type_: Any, dialect: Any) -> _Turn:
    """Return what makes an id of the text that SQLite keeps: the library's own way takes twice as long, and there are many."""
    return _uuid if isinstance(type_, Uuid) and dialect.name == "sqlite" else None


def _uuid(text: str) -> UUID:
    made = UUID.__new__(UUID)
    object.__setattr__(made, "int", int(text, 16))
    object.__setattr__(made, "is_safe", SafeUUID.unknown)
    return made


def send_raw(connection: Connection, text: str) -> None:
    """Send a statement of the house's own that names no table, such as BEGIN."""
    cursor: Any = connection.connection.cursor()
    _run(connection, cursor, text, [()], False)


def watch(engine: Engine) -> None:
    """Send what waits before any other statement of the engine; call after `guard.watch`."""
    if engine.dialect.driver == "psycopg":
        event.listen(engine, "before_cursor_execute", _before, retval=True)


def send_waiting(connection: Connection) -> None:
    """Send what waits, and wait for the answers. Raises the first error as SQLAlchemy would."""
    waiting = connection.info.get(_WAITING)
    if not waiting:
        return
    if len(waiting) == 1:
        _run(connection, *waiting.pop(), True)
        return
    with sending(connection):
        pass


@contextmanager
def sending(connection: Connection) -> Iterator[None]:
    """Send what waits together with what the block sends, such as a COMMIT: one journey for all of it."""
    waiting = connection.info.get(_WAITING)
    if not waiting:
        yield
        return
    journey, raw = waiting[:], connection.connection.driver_connection
    waiting.clear()
    cursor, text = journey[0][:2]
    try:
        with raw.pipeline():  # type: ignore[union-attr]
            for cursor, text, values in journey:
                _execute(cursor, text, values, True)
            yield
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_usual(connection, cursor, text, error) from error


def forget_waiting(connection: Connection) -> None:
    """Let go what waits: the transaction is undone."""
    connection.info.pop(_WAITING, None)


def _before(
    connection: Connection, cursor: Any, text: str, values: Any, context: Any, many: bool
) -> tuple[str, Any]:
    if not isinstance(context, _Sending):
        send_waiting(connection)
    return text, values


def _run(connection: Connection, cursor: Any, text: str, values: Sequence[Any], named: bool) -> None:
    try:
        _execute(cursor, text, values, named)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_usual(connection, cursor, text, error) from error


def _execute(cursor: Any, text: str, values: Sequence[Any], named: bool) -> None:
    if len(values) > 1:
        cursor.executemany(text, values)
    elif named:  # the driver of PostgreSQL would look on for a while, and begin anew after each transaction undone
        cursor.execute(text, values[0], prepare=True)
    else:
        cursor.execute(text, values[0])


def _turned(made: _Made, values: Mapping[str, Any]) -> Any:
    if made.named:
        return {name: values[name] if turn is None else turn(values[name]) for name, turn in made.binds}
    return tuple([values[name] if turn is None else turn(values[name]) for name, turn in made.binds])


def _as_usual(connection: Connection, cursor: Any, text: str, error: Any) -> Any:
    """Return the driver's error as SQLAlchemy would raise it; the values stay out of it."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, connection.connection, cursor)
    if lost:
        connection.invalidate(error)
    return DBAPIError.instance(
        text, None, error, dialect.loaded_dbapi.Error, hide_parameters=True, connection_invalidated=lost, dialect=dialect
    )  # fmt: skip
