"""What values go through on their way into a database and out of it, for prepared statements.

Ids, instants and JSON go as texts, which all databases understand: there are many of them, and the libraries' own ways take
long. Everything else goes the library's way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from operator import attrgetter, methodcaller
from typing import Any, TypeAlias
from uuid import UUID

import orjson
from sqlalchemy import JSON, Boolean, LargeBinary, Uuid

from tenants.base import UtcDateTime, uuid_of

# What a value that is not None goes through; None = nothing.
Turn: TypeAlias = Callable[[Any], Any] | None


def into(type_: Any, dialect: Any) -> Turn:
    """Return what a value goes through on its way into a column of that type."""
    if isinstance(type_, Uuid):
        return attrgetter("hex")
    if isinstance(type_, UtcDateTime):
        return _naive if dialect.name == "sqlite" else _zoned
    if isinstance(type_, LargeBinary):
        return None  # bytes are taken as they are
    made: Turn = type_.dialect_impl(dialect).bind_processor(dialect)
    return made


def out_of(statement: Any, dialect: Any) -> Iterator[tuple[int, Callable[[Any], Any]]]:
    """Yield the columns of an answer whose cells go through something, and what."""
    for index, column in enumerate(getattr(statement, "selected_columns", ())):
        turn = _out(column.type, dialect)
        if turn is not None:
            yield index, turn


def turned(turn: Turn, value: Any) -> Any:
    return value if turn is None or value is None else turn(value)


def _out(type_: Any, dialect: Any) -> Turn:
    if dialect.name == "sqlite":
        own = next((turn for kind, turn in _FROM_SQLITE if isinstance(type_, kind)), None)
        if own is not None:
            return own
    if isinstance(type_, UtcDateTime):
        return methodcaller("astimezone", UTC)
    made: Turn = type_.dialect_impl(dialect).result_processor(dialect, None)
    return made


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("naive datetime")
    return value


def _zoned(value: datetime) -> str:
    return _aware(value).isoformat()


def _naive(value: datetime) -> str:
    """Return UTC as SQLAlchemy writes it in SQLite, which has no type of its own for it."""
    return _aware(value).astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


def _id(text: str) -> UUID:
    return uuid_of(int(text, 16))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


_FROM_SQLITE: tuple[tuple[type[Any], Callable[[Any], Any]], ...] = (
    (Uuid, _id), (UtcDateTime, _moment), (Boolean, bool), (JSON, orjson.loads),
)  # fmt: skip
