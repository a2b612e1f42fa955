"""The second wall, in the database: it holds when the first one is not there at all.

Statements here are sent past the guard, the way a hole in it would let them through.
"""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DatabaseError

from tenants import walls
from tenants.base import Base
from tenants.db import db
from tenants.guard import HOUSE
from web.config import BadSetting
from web.house import check_database

PAST_THE_GUARD = {HOUSE: "a hole, for this test"}


def key(database, tenant: UUID) -> str:
    """Return how the database writes an id."""
    return tenant.hex if database.kind == "sqlite" else str(tenant)


@pytest.fixture
def send(open_work, database):
    """Send SQL within Yangcheng's unit of work, past the guard."""

    def run(sql: str, **values):
        with open_work("yangcheng") as work:
            written = {name: key(database, v) if isinstance(v, UUID) else v for name, v in values.items()}
            result = work.session.connection().execute(text(sql), written, execution_options=PAST_THE_GUARD)
            return result.all() if result.returns_rows else result.rowcount

    return run


def test_a_row_cannot_be_written_into_another_tenant(send, world):
    with pytest.raises(DatabaseError):
        send(
            "INSERT INTO calendar_day (tenant_id, id, day, kind, name) VALUES (:t, :i, '2024-11-01', 'off', 'x')",
            t=world.tenants["qinshui"], i=uuid4(),
        )  # fmt: skip


def test_a_row_cannot_be_moved_into_another_tenant(send, world):
    season = (
        'INSERT INTO calendar_season (tenant_id, id, name, start, "end") '
        "VALUES (:t, :i, '汛期', '2024-06-01', '2024-09-30')"
    )
    assert send(season, t=world.tenants["yangcheng"], i=uuid4()) == 1
    with pytest.raises(DatabaseError):
        send("UPDATE calendar_season SET tenant_id = :t", t=world.tenants["qinshui"])


@pytest.mark.parametrize(
    "sql", ["UPDATE unit SET name = 'x' WHERE tenant_id = :t", "DELETE FROM member WHERE tenant_id = :t"]
)
def test_another_tenants_rows_are_neither_changed_nor_removed(send, world, sql, database):
    if database.kind == "sqlite":
        with pytest.raises(DatabaseError, match="foreign tenant"):
            send(sql, t=world.tenants["qinshui"])
    else:
        assert send(sql, t=world.tenants["qinshui"]) == 0


@pytest.mark.parametrize("table", sorted(t.name for t in Base.metadata.sorted_tables if walls.owned(t)))
def test_every_tenants_table_has_its_wall(app, database, table):
    engine = create_engine(database.owner_url)
    with engine.connect() as connection:
        if database.kind == "sqlite":
            query = text(
                "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :n AND name LIKE 'wall%'"
            )
            assert connection.scalar(query, {"n": table}) == 3
        else:
            query = text("SELECT relrowsecurity AND relforcerowsecurity FROM pg_class WHERE relname = :n")
            assert connection.scalar(query, {"n": table}) is True
    engine.dispose()


@pytest.mark.parametrize(
    "database", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
class TestPostgresql:
    """Row-level security under a plain role. SQLite has nothing against reading: there the guard stands alone."""

    def test_nothing_foreign_is_read(self, send):
        names = {row.name for row in send("SELECT name FROM unit")}
        assert "松岭煤矿" in names and "柳湾煤矿" not in names

    def test_without_a_tenant_nothing_is_read_at_all(self, app):
        with db.engine.connect() as connection:
            assert (
                connection.execute(text("SELECT name FROM unit"), execution_options=PAST_THE_GUARD).all()
                == []
            )

    def test_the_tenant_does_not_outlive_its_transaction_on_a_pooled_connection(self, app, open_work):
        with open_work("yangcheng"):
            pass
        for _ in range(5):
            with db.engine.connect() as connection:
                query = text("SELECT current_setting('luoshi.tenant', true)")
                assert connection.scalar(query, execution_options=PAST_THE_GUARD) in (None, "")

    @pytest.mark.parametrize(
        "sql",
        [
            "TRUNCATE unit CASCADE", "ALTER TABLE unit DISABLE ROW LEVEL SECURITY", "DROP POLICY tenant_wall ON unit",
            "SET ROLE postgres", "ALTER ROLE CURRENT_USER BYPASSRLS", "DROP TRIGGER append_only ON audit_entry",
        ],
    )  # fmt: skip
    def test_the_application_cannot_take_the_wall_down(self, send, sql):
        with pytest.raises(DatabaseError):
            send(sql)

    def test_a_role_above_the_wall_is_refused_at_the_start(self, app, database):
        above = create_engine(database.url.replace("//luoshi@", "//postgres@"))
        with pytest.raises(BadSetting, match="row-level security"):
            check_database(above)
        above.dispose()
        check_database(db.engine)
