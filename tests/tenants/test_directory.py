"""Tenants, units and members: who there is, and who may change it."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select

from tenants import directory
from tenants.db import system_work
from tenants.errors import Conflict, Forbidden, Invalid, NotFound
from tenants.models import AuditEntry, Member, Posting, ReportingLine, Unit


def test_a_tenant_reports_to_its_parent(app, world):
    with system_work(reads=True) as session:
        line = session.scalars(
            select(ReportingLine).where(ReportingLine.from_id == world.tenants["yangcheng"])
        ).one()
        assert (line.name, line.to_id) == ("parent", world.tenants["jincheng"])


@pytest.mark.parametrize("level", ["county", "city", "village", ""])
def test_a_level_lies_below_its_parents(app, world, level):
    with pytest.raises(Invalid), system_work() as session:
        parent = directory.tenant_by_id(session, world.tenants["yangcheng"])
        directory.add_tenant(session, "new", "新", level, parent=parent)


def test_two_authorities_may_share_a_place(app, world):
    with system_work() as session:
        directory.add_tenant(session, "other-yangcheng", "阳城县另一机关", "county", code="140522")


def test_a_viewer_lists_the_own_unit_and_what_is_below(open_work):
    with open_work("yangcheng", "north", reads=True) as work:
        assert {unit.code for unit in directory.units(work)} == {"north", "pine", "pine-dig", "creek"}
    with open_work("yangcheng", "pine-dig", reads=True) as work:
        assert {unit.code for unit in directory.units(work)} == {"pine-dig"}


def test_parents_are_listed_before_children(open_work):
    with open_work("yangcheng", "admin", reads=True) as work:
        seen = set()
        for unit in directory.units(work):
            assert unit.parent_id is None or unit.parent_id in seen
            seen.add(unit.id)


def test_a_unit_of_another_county_is_as_if_it_were_not(open_work, world):
    with open_work("yangcheng", "admin", reads=True) as work:
        for unknown in (world.unit("willow", "qinshui"), uuid4()):
            with pytest.raises(NotFound):
                directory.unit(work, unknown)


@pytest.mark.parametrize("login", ["clerk", "author", "auditor", "reader", "pine"])
def test_only_administrators_change_the_directory(open_work, world, login):
    with open_work("yangcheng", login) as work:
        for attempt in (
            lambda: directory.add_unit(work, "x", "新矿", "mine"),
            lambda: directory.change_unit(work, world.unit("pine"), status="关闭"),
            lambda: directory.add_member(work, world.users["plain"], world.unit("pine"), "某"),
            lambda: directory.change_member(work, world.member("plain"), roles=["tenant_admin"]),
        ):
            with pytest.raises(Forbidden):
                attempt()


def test_a_code_is_given_once(open_work):
    with open_work("yangcheng", "admin") as work, pytest.raises(Conflict):
        directory.add_unit(work, "pine", "又一个松岭", "mine")


def test_the_same_code_may_be_given_in_another_county(open_work):
    with open_work("qinshui", "qs-admin") as work:
        directory.add_unit(work, "pine", "沁水的松岭", "mine")


def test_a_free_code_is_free(open_work):
    with open_work("yangcheng", "admin") as work:
        for _ in range(3):
            directory.add_unit(work, directory.free_code(work, "mine"), "新矿", "mine")
        assert {"mine-1", "mine-2", "mine-3"} <= {unit.code for unit in directory.units(work)}


def test_a_unit_cannot_hang_below_another_countys(open_work, world):
    with open_work("yangcheng", "admin") as work, pytest.raises(NotFound):
        directory.add_unit(work, "x", "新矿", "mine", parent_id=world.unit("willow", "qinshui"))


def test_a_change_is_told_in_the_trail(open_work, world):
    with open_work("yangcheng", "admin") as work:
        directory.change_unit(work, world.unit("pine"), status="停产")
    with open_work("yangcheng", "auditor", reads=True) as work:
        entry = work.session.scalars(select(AuditEntry).where(AuditEntry.action == "unit.change")).one()
        assert entry.facts == {"before": {"status": "生产"}, "after": {"status": "停产"}}
        assert entry.actor == "管理员甲" and entry.unit_id == world.unit("pine")


def test_a_unit_moves_with_everything_below_it(open_work, world):
    with open_work("yangcheng", "admin") as work:
        directory.change_unit(work, world.unit("pine"), parent_id=world.unit("south"))
    with open_work("yangcheng", "north", reads=True) as work:
        assert {unit.code for unit in directory.units(work)} == {"north", "creek"}
    with open_work("yangcheng", "pine", reads=True) as work:
        assert {unit.code for unit in directory.units(work)} == {"pine", "pine-dig"}
    with open_work("yangcheng", "admin") as work:
        directory.change_unit(work, world.unit("pine"), parent_id=None)
        assert directory.unit(work, world.unit("pine-dig")).path.count("/") == 3


@pytest.mark.parametrize("code", ["pine", "pine-dig"])
def test_a_unit_does_not_move_below_itself(open_work, world, code):
    with open_work("yangcheng", "admin") as work, pytest.raises(Conflict):
        directory.change_unit(work, world.unit("pine"), parent_id=world.unit(code))


def test_a_member_is_one_of_one_unit_once(open_work, world):
    with open_work("yangcheng", "admin") as work, pytest.raises(Conflict):
        directory.add_member(work, world.users["pine"], world.unit("pine"), "再来")


def test_a_person_may_hold_several_posts(open_work, world):
    with open_work("yangcheng", "admin") as work:
        directory.add_member(work, world.users["pine"], world.unit("creek"), "松岭矿长", roles=["readonly"])
    with system_work(reads=True) as session:
        held = directory.posts_of(session, world.users["pine"])
        assert [tenant.slug for tenant, _ in held] == ["yangcheng", "yangcheng"]


@pytest.mark.parametrize("role", ["system_admin", "system", "root", ""])
def test_no_county_makes_a_system_administrator(open_work, world, role):
    with open_work("yangcheng", "admin") as work:
        with pytest.raises(Invalid):
            directory.add_member(work, world.users["pine"], world.unit("creek"), "某", roles=[role])
        with pytest.raises(Invalid):
            directory.change_member(work, world.member("pine"), roles=["staff", role])


def test_an_administrator_does_not_saw_off_the_own_branch(open_work, world):
    with open_work("yangcheng", "admin") as work:
        for change in ({"active": False}, {"roles": ["staff"]}):
            with pytest.raises(Conflict):
                directory.change_member(work, world.member("admin"), **change)


def test_whoever_is_deactivated_opens_nothing_more(open_work, world):
    with open_work("yangcheng", "admin") as work:
        directory.change_member(work, world.member("pine"), active=False)
    with pytest.raises(NotFound), open_work("yangcheng", "pine"):
        pass
    with system_work(reads=True) as session:
        assert directory.posts_of(session, world.users["pine"]) == []
    with open_work("yangcheng", "admin") as work:
        directory.change_member(work, world.member("pine"), active=True)
    with open_work("yangcheng", "pine", reads=True) as work:
        assert work.actor.name == "松岭矿长"


@pytest.mark.parametrize(
    "change", [{"user_id": uuid4()}, {"unit_id": uuid4()}, {"tenant_id": uuid4()}, {"id": uuid4()}]
)
def test_nothing_else_of_a_member_or_unit_can_be_changed(open_work, world, change):
    with open_work("yangcheng", "admin") as work:
        with pytest.raises(ValueError, match="not a member's"):
            directory.change_member(work, world.member("pine"), **change)
        with pytest.raises(ValueError, match="not a unit's"):
            directory.change_unit(work, world.unit("pine"), path="/", code="x")


def test_members_are_seen_by_those_who_see_their_unit(open_work):
    with open_work("yangcheng", "pine", reads=True) as work:
        assert {member.name for member, _, _ in directory.members(work)} == {"松岭矿长", "采煤队长"}


def test_the_postings_of_all_tenants_are_found_without_opening_any(open_work, world):
    with system_work(reads=True) as session:
        assert session.scalars(select(Posting)).all()
    with open_work("yangcheng", reads=True) as work:
        assert work.session.scalars(select(Unit)).all() and work.session.scalars(select(Member)).all()
