"""Prepared statements are guarded as all others are, and keep the order in which they were given."""

from __future__ import annotations

import importlib
import pkgutil
from uuid import uuid4

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.exc import IntegrityError

import engine
import forms
import tenants
import workflows
from tenants.base import new_id, table_of
from tenants.guard import UnscopedStatement
from tenants.models import AuditEntry, Tenant, Unit
from tenants.prepared import Prepared

U = table_of(Unit)
OURS = U.c.tenant_id == bindparam("tenant")
NAMES = Prepared(select(U.c.name).where(OURS, U.c.code == bindparam("code")))
RENAME = Prepared(update(U).where(OURS, U.c.code == bindparam("code_")), "name")
ADD = Prepared(insert(U))


def unit(code: str) -> dict[str, object]:
    key = new_id()
    return {
        "id": key,
        "path": f"/{key.hex}/",
        "code": code,
        "name": code,
        "kind": "mine",
        "attributes": {"产量": 90},
    }


def test_the_tenant_is_put_in_by_the_house_whatever_a_caller_says(open_work, world):
    with open_work() as work:
        assert NAMES.row(work.session, code="bureau") == ("阳城县应急管理局",)
        assert NAMES.row(work.session, code="bureau", tenant=world.tenants["qinshui"]) == (
            "阳城县应急管理局",
        )
        ADD.write(work.session, [{**unit("new"), "tenant_id": world.tenants["qinshui"]}])
        assert NAMES.row(work.session, code="new") == ("new",)
    with open_work("qinshui") as work:
        assert NAMES.row(work.session, code="new") is None


@pytest.mark.parametrize(
    "statement",
    [
        select(U.c.name).where(U.c.code == bindparam("code")),
        update(U).where(U.c.code == bindparam("code")).values(name="x"),
        select(U.c.name, table_of(AuditEntry).c.action).where(OURS, U.c.code == bindparam("code")),
    ],
    ids=["select", "update", "join"],
)
def test_one_that_is_bound_to_no_tenant_is_never_sent(open_work, statement):
    with pytest.raises(UnscopedStatement), open_work() as work:
        Prepared(statement).ask(work.session, code="bureau")


def test_global_rows_are_read_without_a_tenant(open_work, world):
    slug = Prepared(select(table_of(Tenant).c.slug).where(table_of(Tenant).c.id == bindparam("key")))
    with open_work() as work:
        assert slug.row(work.session, key=world.tenants["qinshui"]) == ("qinshui",)
        assert slug.row(work.session, key=uuid4()) is None


def test_what_was_changed_through_the_session_and_what_follows_keep_their_order(open_work):
    with open_work() as work:
        bureau = work.session.scalars(select(Unit).where(Unit.code == "bureau")).one()
        bureau.name = "一"
        assert NAMES.row(work.session, code="bureau") == ("一",)
        RENAME.write(work.session, [{"code_": "bureau", "name": "二"}])
        assert work.session.scalar(select(Unit.name).where(Unit.code == "bureau")) == "二"
        RENAME.write(work.session, [{"code_": "bureau", "name": "三"}])
    with open_work(reads=True) as work:
        assert NAMES.rows(work.session, code="bureau") == [("三",)]


def test_many_rows_are_written_with_plain_defaults_and_read_as_their_types_have_them(open_work):
    with open_work() as work:
        ADD.write(work.session, [unit(f"n{number}") for number in range(3)])
        found = work.session.scalars(select(Unit).where(Unit.code == "n1")).one()
        assert (found.status, found.active, found.parent_id, found.attributes) == (
            "",
            True,
            None,
            {"产量": 90},
        )
        whole = Prepared(
            select(U.c.id, U.c.attributes, U.c.active).where(OURS, U.c.code == bindparam("code"))
        )
        assert whole.row(work.session, code="n1") == (found.id, {"产量": 90}, True)


def test_an_error_is_sqlalchemys_own_and_undoes_everything(open_work):
    with pytest.raises(IntegrityError), open_work() as work:
        ADD.write(work.session, [unit("fresh")])
        ADD.write(work.session, [unit("bureau")])
    with open_work(reads=True) as work:
        assert NAMES.row(work.session, code="fresh") is None


def test_an_error_that_is_asked_for_comes_at_once(open_work):
    with open_work() as work:
        nested = work.session.begin_nested()
        with pytest.raises(IntegrityError):
            ADD.write(work.session, [unit("bureau")], now=True)
        nested.rollback()
        ADD.write(work.session, [unit("fresh")])
        assert NAMES.row(work.session, code="fresh") == ("fresh",)


def test_a_savepoint_undoes_what_was_written_in_it_and_nothing_else(open_work):
    with open_work() as work:
        ADD.write(work.session, [unit("before")])
        nested = work.session.begin_nested()
        ADD.write(work.session, [unit("inside")])
        nested.rollback()
        ADD.write(work.session, [unit("after")])
    with open_work(reads=True) as work:
        found = [NAMES.row(work.session, code=code) for code in ("before", "inside", "after")]
    assert found == [("before",), None, ("after",)]


def test_more_rows_than_one_statement_may_hold_values_are_written(open_work):
    with open_work() as work:
        ADD.write(work.session, [unit(f"n{number}") for number in range(8_000)])
    with open_work(reads=True) as work:
        assert NAMES.row(work.session, code="n7999") == ("n7999",)


def test_every_statement_of_the_house_can_be_made_ready_for_every_database():
    statements = []
    for package in (tenants, forms, workflows, engine):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in module.name:
                found = vars(importlib.import_module(module.name)).values()
                statements += [one for one in found if isinstance(one, Prepared)]
    assert len(statements) > 20
    for statement in statements:
        for dialect in (psycopg.dialect(), sqlite.dialect()):
            assert statement.made_for(dialect).text
