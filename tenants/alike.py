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
from sqlalchemy import JSON, Insert, Table, Text, bindparam, cast, column, func, insert, select, union_all
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import FromClause

from tenants.prepared import Prepared, send_raw

# How many rows go into one statement on SQLite, which has to be told where each stands. What is left over goes in smaller ones.
_SIZES = (64, 8, 1)
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

    def write(self, session: Session, same: Mapping[str, object], rows: Sequence[Sequence[object]]) -> None:
        """Add the rows. same: column -> value, for all of them; a column that is not given gets its plain default, or nothing.
        rows: the values of the columns in which they differ, in the order in which those were named."""
        if not rows:
            return
        if _is_postgresql(session):
            if len(rows) > _MANY:
                send_raw(session.connection(), "DISCARD PLANS")
            found = [dict(zip(self._differing, row, strict=True)) for row in rows]
            self._told().write(session, [{**same, _ROWS: orjson.dumps(found, default=_hex).decode()}])
            return
        first = 0
        for size in _SIZES:
            names = [_numbered(name, number) for number in range(size) for name in self._differing]
            last = first + (len(rows) - first) // size * size
            self._listed(size).write(session, [
                {**same, **dict(zip(names, chain.from_iterable(rows[start : start + size]), strict=True))}
                for start in range(first, last, size)
            ])  # fmt: skip
            first = last

    def _insert(self, rows: FromClause) -> Insert:
        cells = [
            rows.c[one.name] if one.name in self._differing else bindparam(one.name, type_=one.type).label(one.name)
            for one in self._table.columns
        ]  # fmt: skip
        names = [one.name for one in self._table.columns]
        return insert(self._table).from_select(names, select(*cells), include_defaults=False)

    def _list(self, number: int) -> FromClause:
        return union_all(
            *(
                select(
                    *(
                        bindparam(_numbered(name, row), type_=self._table.c[name].type).label(name)
                        for name in self._differing
                    )
                )
                for row in range(number)
            )
        ).subquery("rows")

    def _recordset(self) -> FromClause:
        columns = [column(name, self._table.c[name].type) for name in self._differing]
        told = func.json_to_recordset(cast(bindparam(_ROWS, type_=Text()), JSON()))
        return told.table_valued(*columns).render_derived("rows", with_types=True)


def _numbered(name: str, row: int) -> str:
    return f"{name}_{row}"


def _is_postgresql(session: Session) -> bool:
    bind: Any = session.bind
    return bool(bind.dialect.name == "postgresql")


def _hex(value: Any) -> str:
    """Return bytes as PostgreSQL reads them."""
    return f"\\x{bytes(value).hex()}"
