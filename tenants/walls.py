"""The second wall between tenants, inside the database: what holds even when the first one has a hole.

PostgreSQL: forced row-level security; the application signs in as a role that neither owns the tables nor bypasses it.
SQLite has none, so triggers refuse foreign writes; they ask a function that only this program's connections have.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import MetaData, Table

SETTING = "luoshi.tenant"
# Tables whose rows are written once.
APPEND_ONLY = frozenset({"audit_entry", "submission", "protected_answers", "lot_draw"})


def owned(table: Table) -> bool:
    """Tell whether rows of the table belong to a tenant."""
    return "tenant_id" in table.c and not table.info.get("global")


def statements(table: str, dialect: str) -> Iterator[str]:
    """Yield the SQL that raises the wall around one table, for migrations and for new databases alike."""
    name = f'"{table}"'
    if dialect == "postgresql":
        mine = f"tenant_id = nullif(current_setting('{SETTING}', true), '')::uuid"
        yield f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"
        yield f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY"
        yield f"CREATE POLICY tenant_wall ON {name} USING ({mine}) WITH CHECK ({mine})"
    elif dialect == "sqlite":
        # Afterwards, when the row is written already: before, it would be put together once more to be looked at.
        for verb, rows in (("INSERT", ["NEW"]), ("UPDATE", ["OLD", "NEW"]), ("DELETE", ["OLD"])):
            foreign = " OR ".join(f"{row}.tenant_id IS NOT luoshi_tenant()" for row in rows)
            yield (
                f'CREATE TRIGGER "wall_{table}_{verb.lower()}" AFTER {verb} ON {name} WHEN {foreign} '
                "BEGIN SELECT RAISE(ABORT, 'foreign tenant'); END"
            )
    if table in APPEND_ONLY:
        yield from _append_only(table, dialect)


def _append_only(table: str, dialect: str) -> Iterator[str]:
    if dialect == "postgresql":
        yield (
            "CREATE OR REPLACE FUNCTION luoshi_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME; END $$"
        )
        yield (
            f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION luoshi_append_only()"
        )
    elif dialect == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            yield (
                f'CREATE TRIGGER "once_{table}_{verb.lower()}" BEFORE {verb} ON "{table}" '
                f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are written once'); END"
            )


def mark_globals(metadata: MetaData, names: frozenset[str]) -> None:
    """Mark the tables that carry a tenant's id without belonging to it (the wake-up table, postings)."""
    for name in names:
        metadata.tables[name].info["global"] = True
