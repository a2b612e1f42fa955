"""Many rows that share most of what they hold arrive as they would one by one."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tenants.alike import Alike
from tenants.base import new_ids, new_keys, table_of
from tenants.guard import UnscopedStatement
from tenants.models import Job, Unit

MINES = Alike(table_of(Unit), "id", "code", "path", "parent_id", "attributes")
SAME = {"name": "煤矿", "kind": "mine"}


def columns(rows):
    return {
        name: [row[place] for row in rows]
        for place, name in enumerate(["id", "code", "path", "parent_id", "attributes"])
    }


def mines(number, parent=None):
    return [(key, f"m{n}", f"/{key.hex}/", parent, {"产量": n}) for n, key in enumerate(new_ids(number))]


@pytest.mark.parametrize("number", [0, 1, 7, 64, 150])
def test_as_many_rows_arrive_as_are_sent_each_with_its_own_and_with_what_they_share(open_work, world, number):
    sent = mines(number, world.unit("north"))
    with open_work() as work:
        MINES.write(work.session, SAME, **columns(sent))
    with open_work(reads=True) as work:
        found = work.session.scalars(select(Unit).where(Unit.name == "煤矿").order_by(Unit.id)).all()
        assert [(one.id, one.code, one.path, one.parent_id, one.attributes) for one in found] == sent
        assert {(one.kind, one.status, one.active, one.tenant_id) for one in found} <= {
            ("mine", "", True, work.tenant.id)
        }


def test_the_tenant_is_put_in_by_the_house_whatever_a_caller_says(open_work, world):
    with open_work() as work:
        MINES.write(work.session, {**SAME, "tenant_id": world.tenants["qinshui"]}, **columns(mines(9)))
    with open_work("qinshui", reads=True) as work:
        assert work.session.scalars(select(Unit).where(Unit.name == "煤矿")).all() == []


def test_nothing_is_sent_where_the_tenant_would_differ_from_row_to_row(open_work):
    jobs = Alike(table_of(Job), "id", "tenant_id", "key")
    with pytest.raises(UnscopedStatement), open_work() as work:
        keys = new_keys(2)
        jobs.write(
            work.session, {"kind": "x", "due_at": work.now}, id=keys, tenant_id=[work.tenant.id] * 2, key=keys
        )


def test_one_that_is_refused_undoes_all(open_work):
    with pytest.raises(IntegrityError), open_work() as work:
        rows = mines(100)
        rows.append((rows[0][0], "other", "/", None, {}))
        MINES.write(work.session, SAME, **columns(rows))
    with open_work(reads=True) as work:
        assert work.session.scalars(select(Unit).where(Unit.name == "煤矿")).all() == []
