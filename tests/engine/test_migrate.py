"""Every database of the tests was made by the migrations; here they are held against the models."""

from __future__ import annotations

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
