"""Statements of the hot path: written in SQLAlchemy Core, compiled once, then handed to the driver as they are.

SQLAlchemy takes three to five times as long to send a small statement as SQLite takes to run it. What it does is done here
once for each statement and kind of database; at execution only values are turned and sent. It is no second door: the guard
proves each statement when it is made, and every value that must be the tenant is put in here, never by a caller.

How they travel to PostgreSQL, `sending` says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Delete, Executable, Insert, Table, Update
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors

from tenants import guard
from tenants.sending import Kind, as_usual, give, send_waiting
from tenants.turning import Turn, into, out_of, turned


class Proved:
    """What listeners to executions are told of one: its tenant was proved when it was made, and is put in here."""

    proved = True


_PROVED = Proved()
# Of so many rows the values are turned column by column.
_MANY = 4
# Place in the statement, name, what the value goes through.
_Slot = tuple[int, str, Turn]


@dataclass(frozen=True)
class _Made:
    """A statement as one kind of database takes it, its values by their places.

    row: what stands there when nothing is given, the database's own values already. tenant: at these places stands the tenant.
    must, may: what has to be given, and what can be. columns: what those go through that come back.
    kind: what `sending` has to know of it; None where every statement is sent at once.
    """

    text: str
    row: tuple[Any, ...]
    tenant: tuple[int, ...]
    must: tuple[_Slot, ...]
    may: tuple[_Slot, ...]
    columns: tuple[tuple[int, Callable[[Any], Any]], ...]
    kind: Kind | None


class Answer(NamedTuple):
    """What a SELECT finds, to be read once."""

    connection: Connection
    cursor: Any
    made: _Made

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the rows, each a tuple of what the columns' types make of it."""
        if self.made.kind is not None:
            send_waiting(self.connection)
        found = self.cursor.fetchall()
        if len(found) < _MANY:
            return [self._turned(row) for row in found]
        cells = list(zip(*found, strict=True))  # column by column: the way to each value is the same for all
        for index, turn in self.made.columns:
            cells[index] = tuple([None if cell is None else turn(cell) for cell in cells[index]])
        return list(zip(*cells, strict=True))

    def row(self) -> tuple[Any, ...] | None:
        """Return the first row; None when there is none."""
        if self.made.kind is not None:
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

    def write_alike(
        self, session: Session, same: Mapping[str, object], rests: Sequence[Sequence[Any]]
    ) -> None:
        """Run an INSERT once for each of `rests`: the last of its values, as the database takes them. same: all others."""
        connection, made = self._ready(session)
        (row,) = self._rows(connection, made, [same])
        self._go(connection, made, [[*row[: len(row) - len(rest)], *rest] for rest in rests])

    def _send(self, session: Session, given: Sequence[Mapping[str, object]]) -> Answer:
        connection, made = self._ready(session)
        return self._go(connection, made, self._rows(connection, made, given))

    def _ready(self, session: Session) -> tuple[Any, _Made]:
        connection: Any = session.bind
        if session.in_transaction():
            session.flush()  # what was changed through the session comes first, as with any statement
            session.connection()  # begins what the session has begun, a savepoint above all
        return connection, self._made.get(connection.dialect.name) or self._make(connection)

    def _rows(self, connection: Any, made: _Made, given: Sequence[Mapping[str, object]]) -> list[list[Any]]:
        """Return the values of each execution by their places."""
        tenant = guard.tenant_of(connection)
        if made.tenant and tenant is None:
            raise guard.UnscopedStatement(f"no tenant in this unit of work: {made.text[:200]}")
        return [_placed(made, tenant, values) for values in given]

    def _go(self, connection: Any, made: _Made, rows: list[list[Any]]) -> Answer:
        many = len(rows) > 1
        cursor = connection.connection.cursor()
        for look in connection.engine.dispatch.before_cursor_execute.listeners:
            look(connection, cursor, made.text, rows if many else rows[0], _PROVED, many)
        if made.kind is not None:
            give(connection, cursor, made.kind, rows)
        else:
            _run(connection, cursor, made.text, rows)
        return Answer(connection, cursor, made)

    def _make(self, connection: Connection) -> _Made:
        dialect = connection.dialect
        statement: Any = self._statement
        compiled = statement.compile(dialect=dialect, column_keys=self._sets or None)
        tenants = guard.tenants_of(compiled)
        text, names = _by_place(compiled)
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        fixed = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
        if isinstance(statement, Insert):
            fixed |= dict(_defaults(statement.table))
        turns = {name: into(types[name], dialect) for name in names}
        row = tuple(turned(turns[name], fixed.get(name)) for name in names)
        slots = [(place, name, turns[name]) for place, name in enumerate(names) if name not in tenants]
        made = _Made(
            text,
            row,
            tuple(place for place, name in enumerate(names) if name in tenants),
            tuple(slot for slot in slots if slot[1] not in fixed),
            tuple(slot for slot in slots if slot[1] in fixed),
            tuple(out_of(statement, dialect)),
            _kind(statement, text) if dialect.driver == "psycopg" else None,
        )
        self._made[dialect.name] = made
        return made


def _kind(statement: Any, text: str) -> Kind:
    """Return what has to be known of a statement to send it with others."""
    if not isinstance(statement, Insert | Update | Delete):
        return Kind(text)
    inside = (part for part in visitors.iterate(statement) if part is not statement.table)
    reads = frozenset(part for part in inside if isinstance(part, Table))
    inserts = isinstance(statement, Insert)
    return Kind(text, statement.table, inserts, reads, text.partition(" VALUES ")[2] if inserts else "")


def _by_place(compiled: Any) -> tuple[str, list[str]]:
    """Return a statement whose values go by their places, and their names in that order."""
    if compiled.positiontup is not None:
        return compiled.string, list(compiled.positiontup)
    return _NAMED.sub("%s", compiled.string), _NAMED.findall(compiled.string)


_NAMED = re.compile(r"%\((\w+)\)s")


def _placed(made: _Made, tenant: UUID | None, values: Mapping[str, Any]) -> list[Any]:
    """Return the values of one execution by their places."""
    row = list(made.row)
    if tenant is not None:
        key = tenant.hex
        for place in made.tenant:
            row[place] = key
    for place, name, turn in made.must:
        value = values[name]
        row[place] = value if turn is None or value is None else turn(value)
    for place, name, turn in made.may:
        if name in values:
            value = values[name]
            row[place] = value if turn is None or value is None else turn(value)
    return row


def _defaults(table: Any) -> Iterator[tuple[str, Any]]:
    """Yield what stands in a column of a new row for which nothing is given, where that is one plain value."""
    for column in table.columns:
        if column.default is not None and column.default.is_scalar:
            yield column.key, column.default.arg
        elif column.default is None and column.nullable:
            yield column.key, None


def writes_alone(session: Session) -> bool:
    """Tell whether nobody else can write until the transaction ends, as in SQLite."""
    bind: Any = session.bind
    return bool(bind.dialect.name == "sqlite")


def send_raw(connection: Connection, text: str) -> None:
    """Send a statement of the house's own that names no table, such as BEGIN."""
    cursor: Any = connection.connection.cursor()
    _run(connection, cursor, text, [()])


def _run(connection: Connection, cursor: Any, text: str, rows: Sequence[Any]) -> None:
    try:
        if len(rows) == 1:
            cursor.execute(text, rows[0])
        else:
            cursor.executemany(text, rows)
    except connection.dialect.loaded_dbapi.Error as error:
        raise as_usual(connection, cursor, text, error) from error
