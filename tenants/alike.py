"""Many new rows that differ in a few columns only: what they share is sent once, in a statement for many of them.

Row by row SQLite keeps for each what it may have to undo, for a trigger watches it (`tenants.walls`): that costs more than the
row itself. PostgreSQL has a beginning and an end of its own for each execution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    Insert,
    Table,
    Text,
    Uuid,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
    union_all,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import FromClause

from tenants.link import LateSession
from tenants.prepared import Prepared, send_raw
from tenants.turning import into

# How many rows go into one statement on SQLite, which has to be told where each stands. What is left over goes in smaller ones.
_SIZES = (128, 16, 1)
# So many rows make a small table a large one within a statement. PostgreSQL looks up each key that they name, by the way that it
# chose when it first did: through all of the table, if that was small then. So it is told to choose anew.
_MANY = 100
_ROWS = "rows"


class Alike:
    """An INSERT of many rows into a table. differing: the columns in which they differ."""

    def __init__(self, table: Table, *differing: str) -> None:
        self._table, self._differing = table, differing
        self._listed = cache(lambda number: Prepared(self._insert(self._list(number))))
        self._told = cache(lambda: Prepared(self._insert(self._recordset())))

    def write(self, session: Session, same: Mapping[str, object], **columns: Sequence[Any]) -> None:
        """Add the rows. same: column -> value, for all of them; a column that is not given gets its plain default, or nothing.
        columns: the values of those in which they differ, row by row; ids may stand as their 32 digits."""
        found = [columns[name] for name in self._differing]
        if not found[0]:
            return
        assert isinstance(session, LateSession)
        dialect = session.link.dialect
        if session.link.is_postgresql:
            self._tell(session, same, list(zip(*found, strict=True)))
        else:
            turned = (
                _turned(values, self._table.c[name].type, dialect)
                for name, values in zip(self._differing, found, strict=True)
            )
            self._list_up(session, same, list(zip(*turned, strict=True)))

    def _tell(self, session: Session, same: Mapping[str, object], rows: Sequence[tuple[Any, ...]]) -> None:
        if len(rows) > _MANY:
            send_raw(session, "DISCARD PLANS")
        told = orjson.dumps([dict(zip(self._differing, row, strict=True)) for row in rows], default=_hex)
        self._told().write(session, [{**same, _ROWS: told.decode()}])

    def _list_up(self, session: Session, same: Mapping[str, object], rows: Sequence[tuple[Any, ...]]) -> None:
        first = 0
        for size in _SIZES:
            last = first + (len(rows) - first) // size * size
            if last > first:
                rests = [
                    chain.from_iterable(rows[start : start + size]) for start in range(first, last, size)
                ]
                self._listed(size).write_alike(session, same, [list(rest) for rest in rests])
            first = last

    def _insert(self, rows: FromClause) -> Insert:
        cells = [
            rows.c[one.name]
            if one.name in self._differing
            else bindparam(one.name, type_=one.type).label(one.name)
            for one in self._table.columns
        ]
        names = [one.name for one in self._table.columns]
        return insert(self._table).from_select(names, select(*cells), include_defaults=False)

    def _list(self, number: int) -> FromClause:
        """Return so many rows of values, which stand at the end of the statement."""
        return union_all(
            *(
                select(*(bindparam(f"{name}_{row}", None).label(name) for name in self._differing))
                for row in range(number)
            )
        ).subquery(_ROWS)

    def _recordset(self) -> FromClause:
        """Return the rows that one text of JSON tells."""
        columns = [column(name, self._table.c[name].type) for name in self._differing]
        told = func.json_to_recordset(cast(bindparam(_ROWS, type_=Text()), JSON()))
        return told.table_valued(*columns).render_derived(_ROWS, with_types=True)


def _turned(values: Sequence[Any], type_: Any, dialect: Any) -> Sequence[Any]:
    turn = into(type_, dialect)
    if turn is None:
        return values
    if isinstance(type_, Uuid):
        return [value if value is None or value.__class__ is str else turn(value) for value in values]
    return [None if value is None else turn(value) for value in values]


def _hex(value: Any) -> str:
    """Return bytes as PostgreSQL reads them."""
    return f"\\x{bytes(value).hex()}"
