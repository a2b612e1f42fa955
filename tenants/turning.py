"""What values go through on their way into a database and out of it, for prepared statements.

SQLite takes most values as they are. PostgreSQL is told everything as text and tells everything as text: its driver's own ways
are made for whatever may come, and take long. What is not listed here goes the library's way on SQLite, and is refused on
PostgreSQL when the statement is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any, TypeAlias
from uuid import UUID

import orjson
from sqlalchemy import JSON, Boolean, Date, Float, Integer, LargeBinary, Numeric, String, Uuid
from sqlalchemy.types import NullType, TypeDecorator

from tenants.base import UtcDateTime, json_text, uuid_of

# What a value that is not None goes through; None = nothing.
Turn: TypeAlias = Callable[[Any], Any] | None


def into(type_: Any, dialect: Any) -> Turn:
    """Return what a value goes through on its way into a column of that type."""
    if dialect.name == "postgresql":
        if _is_own(type_):
            first, then = type_.process_bind_param, into(type_.impl, dialect)
            return lambda value: turned(then, first(value, dialect))
        return _of(type_, _INTO_POSTGRESQL)
    return _of(type_, _INTO_SQLITE) if _is(type_, _INTO_SQLITE) else _usual(type_, dialect)


def out_of(statement: Any, dialect: Any) -> Iterator[tuple[int, Callable[[Any], Any]]]:
    """Yield the columns of an answer whose cells go through something, and what."""
    for index, column in enumerate(getattr(statement, "selected_columns", ())):
        turn = _out(column.type, dialect)
        if turn is not None:
            yield index, turn


def turned(turn: Turn, value: Any) -> Any:
    return value if turn is None or value is None else turn(value)


def _out(type_: Any, dialect: Any) -> Turn:
    if dialect.name == "postgresql":
        if _is_own(type_):
            first, then = _out(type_.impl, dialect), type_.process_result_value
            return lambda cell: then(turned(first, cell), dialect)
        return _of(type_, _OUT_OF_POSTGRESQL)
    if _is(type_, _OUT_OF_SQLITE):
        return _of(type_, _OUT_OF_SQLITE)
    made: Turn = type_.dialect_impl(dialect).result_processor(dialect, None)
    return made


def _is_own(type_: Any) -> bool:
    """Tell whether a package has made this type, of another one."""
    return isinstance(type_, TypeDecorator) and not isinstance(type_, UtcDateTime)


_Ways: TypeAlias = "tuple[tuple[type[Any], Turn], ...]"


def _is(type_: Any, ways: _Ways) -> bool:
    return any(isinstance(type_, kind) for kind, _ in ways)


def _of(type_: Any, ways: _Ways) -> Turn:
    for kind, turn in ways:
        if isinstance(type_, kind):
            return turn
    raise TypeError(f"{type_!r} is not for prepared statements")


def _usual(type_: Any, dialect: Any) -> Turn:
    made: Turn = type_.dialect_impl(dialect).bind_processor(dialect)
    return made


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("naive datetime")
    return value


# The rows of a command share their instant, and ids come again and again: what was turned lately need not be turned anew.


@lru_cache(maxsize=256)
def _zoned(value: datetime) -> str:
    return _aware(value).isoformat()


@lru_cache(maxsize=256)
def _naive(value: datetime) -> str:
    """Return UTC as SQLAlchemy writes it in SQLite, which has no type of its own for it."""
    return _aware(value).astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")


@lru_cache(maxsize=8192)
def _id(text: str) -> UUID:
    return uuid_of(int(text, 16))


@lru_cache(maxsize=8192)
def _dashed(text: bytes) -> UUID:
    return uuid_of(int(text.replace(b"-", b""), 16))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _told_moment(text: bytes) -> datetime:
    return datetime.fromisoformat(text.decode()).astimezone(UTC)


def _told_date(text: bytes) -> date:
    return date.fromisoformat(text.decode())


def _told_bytes(text: bytes) -> bytes:
    return bytes.fromhex(text[2:].decode())


def _hex(value: bytes) -> str:
    return f"\\x{value.hex()}"


def _truth(value: bool) -> str:
    return "t" if value else "f"


# Into both databases ids go as 32 digits. `prepared` knows this one and does it where it stands.
ID = attrgetter("hex")
_TEXT = bytes.decode
# Their order matters: what is a kind of another stands before it.
_INTO_SQLITE: _Ways = (
    (Uuid, ID), (UtcDateTime, _naive), (LargeBinary, None), (JSON, json_text), (Boolean, bool),
)  # fmt: skip
_OUT_OF_SQLITE: _Ways = ((Uuid, _id), (UtcDateTime, _moment), (Boolean, bool), (JSON, orjson.loads))
_INTO_POSTGRESQL: _Ways = (
    (Uuid, ID), (UtcDateTime, _zoned), (LargeBinary, _hex), (JSON, json_text), (Boolean, _truth),
    (Date, date.isoformat), (Integer, str), (Numeric, str), (Float, repr), (String, None), (NullType, None),
)  # fmt: skip
_OUT_OF_POSTGRESQL: _Ways = (
    (Uuid, _dashed), (UtcDateTime, _told_moment), (LargeBinary, _told_bytes), (JSON, orjson.loads), (Boolean, b"t".__eq__),
    (Date, _told_date), (Integer, int), (Float, float), (Numeric, lambda text: Decimal(text.decode())), (String, _TEXT),
    (NullType, _TEXT),
)  # fmt: skip
