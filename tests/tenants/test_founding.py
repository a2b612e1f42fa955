"""First steps: an authority comes once, its first administrator stands at its top, and nothing of it is unrecorded."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tenants import directory, founding
from tenants.db import system_work
from tenants.errors import Conflict, NotFound
from tenants.models import AuditEntry, Tenant, Unit


def add(slug="gaoping", name="高平市应急管理局", level="county", **more) -> bool:
    with system_work() as session:
        return founding.add_tenant(session, slug, name, level, **more)


def test_an_authority_is_added_once_and_a_different_one_does_not_take_its_place(app, world):
    assert add(parent="jincheng", code="140581")
    assert not add(parent="jincheng", code="140581")
    for other in ({"name": "另一机关"}, {"code": "140500"}, {"parent": ""}):
        with pytest.raises(Conflict):
            add(**{"parent": "jincheng", "code": "140581", **other})
    with system_work(reads=True) as session:
        assert len(list(session.scalars(select(Tenant).where(Tenant.slug == "gaoping")))) == 1


def test_its_trail_begins_with_it_and_only_once(open_work):
    add()
    for _ in range(2):
        with open_work("gaoping") as work:
            founding.record_tenant(work)
    with open_work("gaoping", reads=True) as work:
        (entry,) = work.session.scalars(select(AuditEntry))
        assert (entry.action, entry.subject_id) == ("tenant.add", work.tenant.id)


def test_the_list_shows_each_below_its_superior(app, world):
    with system_work(reads=True) as session:
        lines = [(line.tenant.slug, line.depth, line.accounts) for line in founding.tenants(session)]
    assert lines == [("shanxi", 0, 0), ("jincheng", 1, 0), ("qinshui", 2, 2), ("yangcheng", 2, 10)]


def test_the_first_administrator_stands_at_the_top_and_sees_everything(open_work):
    add()
    with open_work("gaoping") as work:
        made = founding.appoint(work, " Boss ", " 周明远 ")
        assert made.changed and made.code
    open_work.world.members["boss"] = ("gaoping", made.member.id)
    with open_work("gaoping", "boss") as work:
        assert work.actor.name == "周明远" and work.viewer.units is None
        directory.add_unit(work, "m1", "一矿", "mine")
        assert [unit.code for unit in directory.units(work)] == ["bureau", "m1"]
    with open_work("gaoping") as work:
        second = founding.appoint(work, "second", "李慧兰")
        assert work.session.get_one(Unit, (work.tenant.id, second.member.unit_id)).code == "bureau"


def test_a_superiors_clerk_keeps_account_and_password_in_the_new_tenant(open_work, world):
    add()
    with open_work("gaoping") as work:
        made = founding.appoint(work, "clerk", "经办人丙")
    assert made.code is None and made.member.user_id == world.users["clerk"]
    with system_work(reads=True) as session:
        assert founding.posts_of(session, "CLERK") == ["gaoping", "yangcheng"]


def test_a_code_that_is_given_is_written_down_where_its_owner_works(open_work, world):
    with open_work("yangcheng") as work:
        founding.record_code(work, "pine")
    with open_work("qinshui") as work:
        founding.record_code(work, "pine")
        assert (
            work.session.scalar(select(AuditEntry.id).where(AuditEntry.action == "member.give_code")) is None
        )
    with open_work("yangcheng", reads=True) as work:
        (entry,) = work.session.scalars(select(AuditEntry).where(AuditEntry.action == "member.give_code"))
        assert (entry.subject_id, entry.unit_id) == (world.member("pine"), world.unit("pine"))


def test_an_account_that_nobody_has_is_not_found(app, world):
    with system_work(reads=True) as session, pytest.raises(NotFound):
        founding.posts_of(session, "nobody")
