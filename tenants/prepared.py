"""Statements of the hot path: written in SQLAlchemy Core, compiled once, then handed to the driver as they are.

SQLAlchemy takes three to five times as long to send a small statement as SQLite takes to run it. What it does is done here
once for each statement and kind of database; at execution only values are turned and sent. It is no second door: the guard
proves each statement when it is made, and every value that must be the tenant is put in here, never by a caller.

How they travel to PostgreSQL, `sending` says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Executable, Insert
from sqlalchemy.exc import PendingRollbackError
from sqlalchemy.orm import Session

from tenants import guard, sending
from tenants.link import LateSession, Link
from tenants.sending import Kind, ask, give, send_waiting
from tenants.turning import ID, into, out_of


class Proved:
    """What listeners to executions are told of one: its tenant was proved when it was made, and is put in here."""

    proved = True


_PROVED = Proved()
# Listeners to executions that let pass what is proved; the latter listens on PostgreSQL only.
_OUR_OWN = frozenset({guard.check, sending.before})
# Of so many rows the values are turned column by column.
_MANY = 4


@dataclass(frozen=True)
class _Made:
    """A statement as one kind of database takes it, its values by their places.

    pick: takes them out of a mapping; standing: what is in it when nothing is given. ids: at these places stand ids, which go as
    32 digits; turns: what values at other places go through; tenant: at these stands the tenant. columns: what those go through
    that come back. kind: how it travels to PostgreSQL; None where every statement is sent at once. own: how many listeners to
    executions are the house's.
    """

    text: str
    pick: Callable[[Mapping[str, Any]], tuple[Any, ...]]
    standing: Mapping[str, Any]
    ids: tuple[int, ...]
    turns: tuple[tuple[int, Callable[[Any], Any]], ...]
    tenant: tuple[int, ...]
    columns: tuple[tuple[int, Callable[[Any], Any]], ...]
    kind: Kind | None
    own: int

    def row(self, link: Link, given: Mapping[str, Any]) -> list[Any]:
        """Return the values of one execution by their places."""
        row = list(self.pick({**self.standing, **given}))
        for place in self.ids:
            if (key := row[place]) is not None:
                row[place] = "%032x" % key.int  # noqa: UP031  (by far the fastest, and there are many)
        for place, turn in self.turns:
            cell = row[place]
            if cell is not None:
                row[place] = turn(cell)
        if self.tenant:
            if link.key is None:
                raise guard.UnscopedStatement(f"no tenant in this unit of work: {self.text[:200]}")
            for place in self.tenant:
                row[place] = link.key
        return row


class Answer(NamedTuple):
    """What a SELECT finds, to be read once. found: a cursor, or what will hold PostgreSQL's result."""

    link: Link
    found: Any
    made: _Made

    def rows(self) -> list[tuple[Any, ...]]:
        """Return the rows, each a tuple of what the columns' types make of it."""
        found = self._cells() if self.made.kind is not None else self.found.fetchall()
        if len(found) < _MANY:
            return [self._turned(row) for row in found]
        cells = list(zip(*found, strict=True))  # column by column: the way to each value is the same for all
        for index, turn in self.made.columns:
            cells[index] = tuple([None if cell is None else turn(cell) for cell in cells[index]])
        return list(zip(*cells, strict=True))

    def row(self) -> tuple[Any, ...] | None:
        """Return the first row; None when there is none."""
        if self.made.kind is None:
            row = self.found.fetchone()
            return None if row is None else self._turned(row)
        rows = self._cells(1)
        return self._turned(rows[0]) if rows else None

    def _cells(self, most: int | None = None) -> list[list[Any]]:
        """Return PostgreSQL's rows as it writes them."""
        if not self.found:
            send_waiting(self.link)
        result = self.found.pop()
        rows, columns, cell = result.ntuples, range(result.nfields), result.get_value
        return [[cell(row, column) for column in columns] for row in range(min(rows, most or rows))]

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
        link, made = self._ready(session)
        row = made.row(link, values)
        if len(link.listeners) > made.own:
            _tell(link, made, row, False)
        found = link.run(made.text, row) if made.kind is None else ask(link, made.kind, row)
        return Answer(link, found, made)

    def rows(self, session: Session, **values: object) -> list[tuple[Any, ...]]:
        """Run a SELECT and return its rows."""
        return self.ask(session, **values).rows()

    def row(self, session: Session, **values: object) -> tuple[Any, ...] | None:
        """Run a SELECT and return its first row; None when there is none."""
        return self.ask(session, **values).row()

    def write(self, session: Session, rows: Sequence[Mapping[str, object]], *, now: bool = False) -> None:
        """Run an INSERT, UPDATE or DELETE once for each row of values; without any nothing is sent.

        now: its error is to be raised here and not where it is sent together with others.
        """
        if rows:
            link, made = self._ready(session)
            self._go(link, made, [made.row(link, row) for row in rows])
            if now and made.kind is not None:
                send_waiting(link)

    def write_alike(
        self, session: Session, same: Mapping[str, object], rests: Sequence[Sequence[Any]]
    ) -> None:
        """Run an INSERT once for each of `rests`: the last of its values, as the database takes them. same: all others."""
        link, made = self._ready(session)
        row = made.row(link, same)
        self._go(link, made, [[*row[: len(row) - len(rest)], *rest] for rest in rests])

    def _ready(self, session: Session) -> tuple[Link, _Made]:
        assert isinstance(session, LateSession)
        link = session.link
        if not session.late and session.in_transaction():
            session.flush()  # what was changed through the session comes first, as with any statement
            session.connection()  # begins what the session has begun, a savepoint above all
        if link.over:
            raise PendingRollbackError("the transaction has been undone; nothing goes on in it")
        return link, self._made.get(link.name) or self.made_for(link.dialect)

    def _go(self, link: Link, made: _Made, rows: list[list[Any]]) -> None:
        if len(link.listeners) > made.own:
            _tell(link, made, rows if len(rows) > 1 else rows[0], len(rows) > 1)
        if made.kind is not None:
            give(link, made.kind, rows)
        elif len(rows) > 1:
            link.run_many(made.text, rows)
        else:
            link.run(made.text, rows[0])

    def made_for(self, dialect: Any) -> _Made:
        """Return the statement made ready for one kind of database. Raises UnscopedStatement; TypeError for a type of values that
        PostgreSQL is not told about here."""
        is_postgresql = dialect.name == "postgresql"
        statement: Any = self._statement
        compiled = statement.compile(dialect=dialect, column_keys=self._sets or None)
        tenants = guard.tenants_of(compiled)
        text, names = _by_place(compiled)
        types = {name: bind.type for bind, name in compiled.bind_names.items()}
        standing = {name: bind.value for bind, name in compiled.bind_names.items() if not bind.required}
        if isinstance(statement, Insert):
            standing |= dict(_defaults(statement.table))
        turns = [
            (place, into(types[name], dialect)) for place, name in enumerate(names) if name not in tenants
        ]
        made = _Made(
            text,
            _picking(names),
            {**standing, **dict.fromkeys(tenants)},
            tuple(place for place, turn in turns if turn is ID),
            tuple((place, turn) for place, turn in turns if turn is not None and turn is not ID),
            tuple(place for place, name in enumerate(names) if name in tenants),
            tuple(out_of(statement, dialect)),
            _kind(statement, text) if is_postgresql else None,
            2 if is_postgresql else 1,
        )
        self._made[dialect.name] = made
        return made


def _kind(statement: Any, text: str) -> Kind:
    return Kind(text, text.partition(" VALUES ")[2] if isinstance(statement, Insert) else "")


def _picking(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    """Return what takes these values out of a mapping."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)


def _by_place(compiled: Any) -> tuple[str, list[str]]:
    """Return a statement whose values go by their places, and their names in that order."""
    if compiled.positiontup is not None:
        return compiled.string, list(compiled.positiontup)
    return _NAMED.sub("%s", compiled.string), _NAMED.findall(compiled.string)


_NAMED = re.compile(r"%\((\w+)\)s")


def _defaults(table: Any) -> Iterator[tuple[str, Any]]:
    """Yield what stands in a column of a new row for which nothing is given, where that is one plain value."""
    for column in table.columns:
        if column.default is not None and column.default.is_scalar:
            yield column.key, column.default.arg
        elif column.default is None and column.nullable:
            yield column.key, None


def send_raw(session: Session, text: str) -> None:
    """Send a statement of the house's own that names no table."""
    assert isinstance(session, LateSession)
    if session.link.is_postgresql:
        give(session.link, Kind(text), [()])
    else:
        session.link.run(text)


def _tell(link: Link, made: _Made, rows: Any, many: bool) -> None:
    """Tell whoever listens to executions, besides the house itself."""
    for look in link.listeners:
        if look not in _OUR_OWN:
            look(link, None, made.text, rows, _PROVED, many)
