"""What every table is made of: identifiers, instants, JSON, and the two kinds of row (of one tenant, or global)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import accumulate, islice
from os import urandom
from struct import unpack
from threading import Lock
from typing import Any, TypeVar, cast
from uuid import UUID, SafeUUID

import orjson
from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry
from sqlalchemy.types import TypeDecorator

from tenants.clock import machine_now

T = TypeVar("T")
_LOW, _STEP = (1 << 62) - 1, (1 << 40) - 1
_lock, _last = Lock(), 0
_set, _UNKNOWN = object.__setattr__, SafeUUID.unknown


def new_id() -> UUID:
    """Return a UUIDv7: milliseconds of the machine's clock, then random bits. Those of one process only grow, so that what was
    written in one millisecond keeps its order, and keys are added at the end of an index."""
    global _last
    tick = int(machine_now().timestamp() * 1000) << 74
    dice = int.from_bytes(urandom(10), "little")
    with _lock:
        _last = grown = tick | dice >> 6 if tick > _last else _last + 1 + (dice & _STEP)
    return uuid_of(_seventh(grown))


def new_ids(number: int) -> list[UUID]:
    """Return so many at once, in the order in which they grow."""
    return [uuid_of(one) for one in _numbers(number)]


def new_keys(number: int) -> list[str]:
    """Return the same as texts of 32 digits, for rows that are only written down."""
    return [f"{one:032x}" for one in _numbers(number)]


def _numbers(number: int) -> list[int]:
    """Return the numbers of so many UUIDv7, each a step of up to 40 random bits after the one before it."""
    global _last
    tick = int(machine_now().timestamp() * 1000) << 74
    steps = [1 + (step & _STEP) for step in unpack(f"<{number}Q", secrets.token_bytes(8 * number))]
    with _lock:
        first = tick | secrets.randbits(74) if tick > _last else _last
        grown = list(accumulate(steps, initial=first))[1:]
        _last = grown[-1] if grown else _last
    if grown and (grown[0] ^ grown[-1]) >> 62:  # the last 62 bits have run over
        return [_seventh(one) for one in grown]
    apart = _seventh(grown[0]) - grown[0] if grown else 0
    return [one + apart for one in grown]


def _seventh(grown: int) -> int:
    """Return the number of a UUIDv7: 48 bits of time, the version, 12 bits, the variant, 62 bits."""
    return (grown >> 74) << 80 | 7 << 76 | (grown >> 62 & 0xFFF) << 64 | 2 << 62 | grown & _LOW


def uuid_of(number: int) -> UUID:
    """Return the id with that number; the library's own way looks at it in every way first, and there are many."""
    made = UUID.__new__(UUID)
    _set(made, "int", number)
    _set(made, "is_safe", _UNKNOWN)
    return made


def id_in(value: object) -> UUID | None:
    """Return the id that a value from outside is, in one of its usual spellings; None when it is none."""
    try:
        return UUID(value) if isinstance(value, str) and len(value) in (32, 36) else None
    except ValueError:
        return None


def batches(values: Iterable[T], size: int = 500) -> Iterator[list[T]]:
    """Yield values in lists of at most `size`: so many go into one statement, which databases bound."""
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, kept in UTC. A naive one is refused: nobody could tell what it means."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        value = value.astimezone(UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Json = JSON().with_variant(JSONB(), "postgresql")


def json_text(value: object) -> str:
    """Return compact JSON; decimals become numbers in full, dates ISO text."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS).decode()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} does not go into JSON")


class Base(DeclarativeBase):
    """Root of all tables."""

    # Constraints have names, so that a later migration can speak of them.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    registry = registry(
        metadata=metadata,
        type_annotation_map={
            UUID: Uuid(),
            datetime: UtcDateTime(),
            bytes: LargeBinary(),
            dict[str, Any]: Json,
            list[Any]: Json,
            str: Text(),
        },
    )


class Global(Base):
    """A row that belongs to no tenant. There are few, all in `tenants.models`; none holds anybody's business data."""

    __abstract__ = True
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class TenantOwned(Base):
    """A row of one tenant. Both walls stand on `tenant_id`; keys are composite so that no key can point across."""

    __abstract__ = True
    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


def table_of(kind: type[Base]) -> Table:
    """Return the table behind a class of rows, for statements in SQLAlchemy Core."""
    return cast(Table, kind.__table__)


def tenant_fk(table: str, column: str, *, ondelete: str | None = None) -> ForeignKeyConstraint:
    """Return a foreign key from (tenant_id, column) to a row of the same tenant."""
    return ForeignKeyConstraint(
        ["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete=ondelete
    )


Short = String(64)
Day = date
