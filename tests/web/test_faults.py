"""A fault is told apart from a busy moment, is logged with its place, and its log holds nothing that anybody typed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import column, create_engine, func, insert, select, table
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from tenants import directory
from tenants.db import db
from tenants.models import User
from tests.databases import Database
from web.faults import is_busy, told, was_overtaken

PERSON = "王某某-13900001111"


def error_of(url: str, act: Callable[..., object], **options: object) -> DBAPIError:
    engine = create_engine(url, hide_parameters=True, **options)
    try:
        with pytest.raises(DBAPIError) as caught, engine.connect() as connection:
            act(connection)
        return caught.value
    finally:
        engine.dispose()


def missing_table(connection) -> None:
    connection.execute(select(column("a")).select_from(table("nowhere")).where(column("a") == PERSON))


def taken_twice(connection) -> None:
    row = {"login": PERSON, "name": PERSON, "password_hash": "x", "stamp": "x"}
    connection.execute(insert(User), [row])
    connection.execute(insert(User), [row])


def without_a_name(connection) -> None:
    row = {"login": PERSON, "name": None, "password_hash": "x", "stamp": "x"}
    connection.execute(insert(User), [row])


def locked_out(url: str) -> DBAPIError:
    """Return what SQLite says while somebody else is writing."""
    begin = "BEGIN IMMEDIATE"
    holder = create_engine(url, isolation_level="AUTOCOMMIT")
    with holder.connect() as connection:
        connection.exec_driver_sql(begin)
        error = error_of(url, lambda other: other.exec_driver_sql(begin), connect_args={"timeout": 0.1})
    holder.dispose()
    assert "database is locked" in str(error)
    return error


def test_a_table_that_is_missing_is_a_fault_that_names_the_statement_and_no_value(database: Database):
    error = error_of(database.owner_url, missing_table)
    assert isinstance(error, OperationalError | ProgrammingError) and not is_busy(error)
    assert "nowhere" in told(error) and "missing_table" in told(error) and PERSON not in told(error)


def test_what_the_driver_repeats_of_a_value_does_not_reach_the_log(database: Database):
    error = error_of(database.owner_url, taken_twice)
    assert isinstance(error, IntegrityError) and not is_busy(error)
    assert was_overtaken(error) == (database.kind == "postgresql")
    assert "login" in told(error) and PERSON not in told(error)
    try:
        try:
            raise error
        except IntegrityError:
            raise KeyError("while tidying up") from None
    except KeyError as tidying:
        assert "while tidying up" in told(tidying)
    tidying = KeyError("while tidying up")
    tidying.__context__ = error
    assert "which led to" in told(tidying) and PERSON not in told(tidying)


def test_a_lock_that_was_not_got_is_busy(database: Database, tmp_path):
    if database.kind == "sqlite":
        assert is_busy(locked_out(f"sqlite:///{tmp_path / 'other.db'}"))
        return

    def wait(connection) -> None:
        connection.exec_driver_sql("SET lock_timeout = '100ms'")
        connection.execute(select(User.id))

    engine = create_engine(database.owner_url)
    with engine.connect() as holder:
        holder.exec_driver_sql('LOCK TABLE "user"')
        assert is_busy(error_of(database.url, wait))
    engine.dispose()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.postgresql
def test_a_connection_that_was_cut_is_busy(cluster, database: Database):
    def cut(connection) -> None:
        cluster.execute(f"SELECT pg_terminate_backend({connection.scalar(select(func.pg_backend_pid()))})")
        connection.execute(select(User.id))

    assert is_busy(error_of(database.owner_url, cut))


def test_a_server_that_nobody_reaches_is_busy():
    def nothing(connection) -> None:
        raise AssertionError("it was reached")

    assert is_busy(error_of("postgresql+psycopg://nobody@127.0.0.1:1/none", nothing))


def test_a_pool_without_a_free_connection_is_busy(database: Database):
    engine = create_engine(database.url, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.05)
    with engine.connect(), pytest.raises(PoolTimeout) as caught:
        engine.connect()
    engine.dispose()
    assert is_busy(caught.value) and not is_busy(ValueError("x"))


def test_a_page_that_meets_a_fault_of_the_database_shows_its_number_and_logs_its_place(
    visit, monkeypatch, caplog
):
    def broken(work, **options):
        without_a_name(work.session)

    monkeypatch.setattr(directory, "members", broken)
    answer = visit("admin").get("/t/yangcheng/members")
    assert answer.status_code == 500 and PERSON not in answer.text
    assert caplog.records[-1].args[0] in answer.text
    assert "in broken" in caplog.text and "login" in caplog.text and PERSON not in caplog.text


def test_a_page_that_meets_a_lock_says_busy(visit, monkeypatch, tmp_path):
    def locked(work, **options):
        raise locked_out(f"sqlite:///{tmp_path / 'other.db'}")

    monkeypatch.setattr(directory, "members", locked)
    answer = visit("admin").get("/t/yangcheng/members")
    assert answer.status_code == 503 and "系统繁忙" in answer.text


def test_no_engine_of_the_house_shows_what_is_bound(house):
    with house.app_context():
        assert db.engine.hide_parameters
