"""What the walks over all routes share: ids that nobody has, which ids of a route to swap, everything that an authority has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from tenants.base import Base
from tenants.db import Work, db
from tenants.guard import HOUSE

UNKNOWN_HASH = "0" * 64


def made_up(name: str) -> str:
    """Return a value for a parameter that leads to nothing anywhere."""
    if name.endswith("_id"):
        return str(UUID(int=uuid4().int & ~(0xF << 76) | 0x7 << 76))
    return UNKNOWN_HASH if name == "package_hash" else "no-such-thing"


def subsets(parameters: set[str]) -> list[set[str]]:
    """Return which parameters to swap: each alone, and all; package contents have the same names everywhere."""
    ids = {name for name in parameters if name.endswith("_id")}
    return [set(), *({name} for name in sorted(ids)), *([ids] if len(ids) > 1 else [])]


def rows_of(work: Work, *, house: bool = False) -> dict[str, list[str]]:
    """Return every row that an authority has, table by table; house: also what the house keeps of it where all can read."""
    tables = [table for table in Base.metadata.sorted_tables if house or not table.info.get("global")]
    own = {table.name: "tenant_id = :t" for table in tables if "tenant_id" in table.c}
    if not house:
        return {name: _read(work, name, where) for name, where in own.items()}
    people = "SELECT user_id FROM posting WHERE tenant_id = :t"
    posts = "SELECT id FROM posting WHERE tenant_id = :t"
    own |= {
        "tenant": "id = :t", "reporting_line": "from_id = :t OR to_id = :t", "user": f"id IN ({people})",
        "api_token": f"posting_id IN ({posts})", "template": "publisher_id = :t",
    }  # fmt: skip
    return {name: _read(work, name, where) for name, where in own.items()}


def changed(before: dict[str, list[str]], after: dict[str, list[str]]) -> set[str]:
    """Return in which tables rows changed."""
    return {name for name in after if after[name] != before[name]}


def _read(work: Work, table: str, where: str) -> list[str]:
    bound: Any = work.tenant.id if db.engine.dialect.name == "postgresql" else work.tenant.id.hex
    query = text(f'SELECT * FROM "{table}" WHERE {where} ORDER BY id')
    rows: Iterable[Any] = work.session.connection().execute(
        query, {"t": bound}, execution_options={HOUSE: "a test looks"}
    )
    return [repr(row) for row in rows]
