"""A unit of work speaks to the driver, and to SQLAlchemy when somebody asks: both in one transaction, whatever goes wrong."""

from __future__ import annotations

import signal
from contextlib import suppress

import pytest
from sqlalchemy import Float, bindparam, func, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, PendingRollbackError

from tenants.db import db
from tenants.guard import HOUSE
from tenants.models import Unit
from tenants.prepared import Prepared
from tests.tenants.test_prepared import ADD, NAMES, OURS, RENAME, U, unit

PAST_THE_GUARD = {HOUSE: "a test looks past it"}
SLEEP = Prepared(select(func.pg_sleep(bindparam("seconds", type_=Float()))))


def on_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"


def test_what_only_prepared_statements_do_makes_no_session(open_work):
    with open_work() as work:
        RENAME.write(work.session, [{"code_": "bureau", "name": "一"}])
        assert NAMES.row(work.session, code="bureau") == ("一",)
        assert work.session.late
        assert work.session.scalar(select(Unit.name).where(Unit.code == "bureau")) == "一"
        assert not work.session.late


def test_both_are_undone_together(open_work):
    with pytest.raises(ZeroDivisionError), open_work() as work:
        RENAME.write(work.session, [{"code_": "bureau", "name": "一"}])
        work.session.execute(update(Unit).where(Unit.code == "office").values(name="二"))
        raise ZeroDivisionError
    with open_work(reads=True) as work:
        assert NAMES.row(work.session, code="bureau") == ("阳城县应急管理局",)


def test_who_only_reads_changes_nothing(open_work):
    with suppress(DBAPIError), open_work(reads=True) as work:
        RENAME.write(work.session, [{"code_": "bureau", "name": "一"}])
    with open_work(reads=True) as work:
        assert NAMES.row(work.session, code="bureau") == ("阳城县应急管理局",)


def test_the_connection_serves_on_after_a_command_that_failed(open_work):
    for _ in range(3):
        with pytest.raises(IntegrityError), open_work() as work:
            assert NAMES.row(work.session, code="bureau") == ("阳城县应急管理局",)
            ADD.write(work.session, [unit("bureau")])
        with pytest.raises(ZeroDivisionError), open_work() as work:
            RENAME.write(work.session, [{"code_": "bureau", "name": "一"}])
            raise ZeroDivisionError
        with open_work(reads=True) as work:
            assert NAMES.row(work.session, code="bureau") == ("阳城县应急管理局",)


def test_what_the_server_has_forgotten_at_a_rollback_is_told_to_it_anew(open_work):
    with open_work() as work:
        for _ in range(
            8
        ):  # so often that the driver lets the server keep it, and forget everything afterwards
            work.session.execute(select(Unit.name).where(Unit.code == "bureau"))
        assert NAMES.row(work.session, code="bureau") is not None
        nested = work.session.begin_nested()
        work.session.execute(update(Unit).where(Unit.code == "bureau").values(name="一"))
        nested.rollback()
        assert NAMES.row(work.session, code="bureau") == ("阳城县应急管理局",)
        with suppress(ZeroDivisionError), work.session.begin_nested():
            RENAME.write(work.session, [{"code_": "bureau", "name": "一"}])
            raise ZeroDivisionError
        assert NAMES.row(work.session, code="bureau") == ("阳城县应急管理局",)
        work.session.rollback()
        with pytest.raises(PendingRollbackError):
            RENAME.write(work.session, [{"code_": "bureau", "name": "一"}])
    with open_work() as work:
        assert NAMES.row(work.session, code="bureau") == ("阳城县应急管理局",)


def test_statements_that_do_not_fit_the_server_any_more_are_no_obstacle(open_work):
    """More statements than a server is asked to keep, each of another text."""
    with open_work() as work:
        for number in range(450):
            one = Prepared(select(U.c.name.label(f"n{number}")).where(OURS, U.c.code == bindparam("code")))
            assert one.row(work.session, code="bureau") == ("阳城县应急管理局",)


def test_a_server_that_has_gone_away_is_told_as_usual_and_reached_again(open_work):
    if not on_postgresql():
        return
    with pytest.raises(OperationalError) as lost, open_work() as work:
        own = "SELECT pg_terminate_backend(pg_backend_pid())"
        with suppress(DBAPIError):
            work.session.connection().execute(text(own), execution_options=PAST_THE_GUARD)
        NAMES.row(work.session, code="bureau")
    assert lost.value.connection_invalidated
    with open_work() as work:
        assert NAMES.row(work.session, code="bureau") == ("阳城县应急管理局",)


def test_who_is_interrupted_while_waiting_leaves_no_connection_that_nobody_could_use(open_work):
    if not on_postgresql():
        return

    def enough(*args: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, enough)
    try:
        with pytest.raises(TimeoutError), open_work() as work:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            SLEEP.row(work.session, seconds=30.0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    with open_work() as work:
        assert NAMES.row(work.session, code="bureau") == ("阳城县应急管理局",)


def test_more_than_the_servers_and_our_own_memory_for_messages_hold_at_once_is_sent(open_work):
    """Neither waits for the other: results are taken in while values are still on their way."""
    with open_work() as work:
        RENAME.write(work.session, [{"code_": "bureau", "name": "长" * 20_000}] * 300)
        assert NAMES.row(work.session, code="bureau") == ("长" * 20_000,)
