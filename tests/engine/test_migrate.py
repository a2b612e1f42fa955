"""Every database of the tests was made by the migrations; here they are held against the models."""

from __future__ import annotations

from uuid import UUID

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from engine import migrate
from tenants import walls
from tenants.db import Base
from tests.databases import Database


def test_the_migrations_lead_to_the_tables_of_the_models(database: Database) -> None:
    owner = create_engine(database.owner_url, poolclass=NullPool)
    with owner.connect() as connection:
        assert migrate.differences(connection) == []
        assert migrate.is_current(connection)
    assert migrate.upgrade(owner) is False


def test_a_database_without_tables_is_not_current(empty_database: Database) -> None:
    owner = create_engine(empty_database.owner_url, poolclass=NullPool)
    with owner.connect() as connection:
        assert not migrate.is_current(connection)
    assert migrate.upgrade(owner) is True


def test_every_table_of_a_tenant_stands_behind_the_wall(database: Database) -> None:
    owned = {table.name for table in Base.metadata.sorted_tables if walls.owned(table)}
    owner = create_engine(database.owner_url, poolclass=NullPool)
    with owner.connect() as connection:
        if database.kind == "postgresql":
            forced = "select relname from pg_class where relrowsecurity and relforcerowsecurity"
            assert {row[0] for row in connection.exec_driver_sql(forced)} == owned
        else:
            triggers = "select tbl_name from sqlite_master where type = 'trigger' and name like 'wall_%'"
            found = [row[0] for row in connection.exec_driver_sql(triggers)]
            assert sorted(found) == sorted(3 * list(owned))


def test_indices_leave_out_what_the_models_leave_out(database: Database) -> None:
    """What an index is over, `differences` compares, but not over which rows."""
    kind = database.kind
    partial = {
        index.name: str(some)
        for table in Base.metadata.sorted_tables
        for index in table.indexes
        if (some := index.dialect_options[kind]["where"]) is not None
    }
    owner = create_engine(database.owner_url, poolclass=NullPool)
    with owner.connect() as connection:
        catalogue = (
            "select indexname, indexdef from pg_indexes where schemaname = 'public'"
            if kind == "postgresql"
            else "select name, sql from sqlite_master where type = 'index' and sql is not null"
        )
        found = {name: sql.partition(" WHERE ")[2] for name, sql in connection.exec_driver_sql(catalogue)}
    assert {name: sql.strip("()") for name, sql in found.items() if sql} == partial
    assert {"task_post", "task_done"} <= set(partial)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_triggers_of_the_walls_are_those_of_today(database: Database) -> None:
    owner = create_engine(database.owner_url, poolclass=NullPool)
    with owner.connect() as connection:
        triggers = "select tbl_name, sql from sqlite_master where type = 'trigger'"
        found = connection.exec_driver_sql(triggers).all()
    for table, sql in found:
        assert sql in set(walls.statements(table, "sqlite"))


def test_the_second_release_comes_over_the_data_of_the_first(empty_database: Database) -> None:
    """Accounts that two tenants know by then are in no tenant's power; nobody has a one-time code."""
    owner = create_engine(empty_database.owner_url, poolclass=NullPool)
    with owner.begin() as connection:
        command.upgrade(migrate._config(connection), "0001")
        tables = sa.MetaData()
        tables.reflect(connection, only=("tenant", "user", "posting"))
        tenants, users = [UUID(int=n) for n in (1, 2)], [UUID(int=n) for n in (3, 4)]
        for number, tenant in enumerate(tenants):
            row = {"id": tenant, "slug": f"t{number}", "name": "某县", "level": "county", "timezone": "UTC"}
            connection.execute(_insert(tables.tables["tenant"], empty_database, row))
        for number, user in enumerate(users):
            row = {
                "id": user, "login": f"u{number}", "name": "某", "password_hash": "x", "must_change": False, "system_admin": False,
                "active": True, "failures": 0, "stamp": "s", "language": "zh",
            }  # fmt: skip
            connection.execute(_insert(tables.tables["user"], empty_database, row))
        for number, (user, tenant) in enumerate(
            [(users[0], tenants[0]), (users[1], tenants[0]), (users[1], tenants[1])]
        ):
            row = {
                "id": UUID(int=10 + number),
                "user_id": user,
                "tenant_id": tenant,
                "member_id": UUID(int=20 + number),
            }
            connection.execute(_insert(tables.tables["posting"], empty_database, row))
    assert migrate.upgrade(owner) is True
    with owner.connect() as connection:
        found = connection.exec_driver_sql('select login, shared, code_hash from "user" order by login').all()
        assert [(login, bool(shared), code) for login, shared, code in found] == [
            ("u0", False, None),
            ("u1", True, None),
        ]
        assert migrate.differences(connection) == []


def _insert(table: sa.Table, database: Database, row: dict[str, object]) -> sa.Insert:
    """Return the statement; SQLite keeps ids as 32 hex digits, which its own catalogue does not tell."""
    plain = {
        key: value.hex if isinstance(value, UUID) and database.kind == "sqlite" else value
        for key, value in row.items()
    }
    return sa.insert(table).values(plain)
