"""New members, their accounts, and whose password who may reset."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tenants import accounts, directory, founding, members
from tenants.clock import machine_now
from tenants.db import system_work
from tenants.errors import Conflict, Forbidden, Invalid, NotFound
from tenants.models import AuditEntry, User
from tests.world import PASSWORD


def signs_in(login, password):
    with system_work() as session:
        return accounts.sign_in(session, login, password, machine_now()) is not None


def test_a_new_member_signs_in_with_the_one_time_code(open_work, world):
    with open_work("yangcheng", "admin") as work:
        made = members.enrol(work, "new.one", "新人", world.unit("pine"), posts=["mine_head"], title="矿长")
    assert made.code and signs_in("new.one", made.code)
    with open_work("yangcheng", "admin", reads=True) as work:
        found, total = members.listed(work, q="new.one")
        assert total == 1 and found[0].unit.code == "pine" and found[0].user.must_change


def test_nothing_is_left_of_an_account_whose_post_was_refused(open_work, world):
    with pytest.raises(Invalid), open_work("yangcheng", "admin") as work:
        members.enrol(work, "new.one", "新人", world.unit("pine"), roles=["root"])
    with system_work(reads=True) as session:
        assert session.scalar(select(User.id).where(User.login == "new.one")) is None


def test_an_account_of_this_county_gets_a_second_post_and_keeps_its_password(open_work, world):
    with open_work("yangcheng", "admin") as work:
        made = members.enrol(work, "PINE", "松岭矿长", world.unit("creek"))
    assert made.code is None and signs_in("pine", PASSWORD)


def test_an_account_of_another_county_is_taken_and_no_more_is_said(open_work, world):
    with open_work("yangcheng", "admin") as work, pytest.raises(Conflict) as taken:
        members.enrol(work, "willow", "某", world.unit("pine"))
    assert "柳湾" not in str(taken.value.what) and "沁水" not in str(taken.value.what)
    with system_work(reads=True) as session:
        assert [tenant.slug for tenant, _ in directory.posts_of(session, world.users["willow"])] == [
            "qinshui"
        ]


def test_a_member_of_this_county_gets_a_code_in_the_password_s_place(open_work, world):
    with open_work("yangcheng", "admin") as work:
        (slip,) = members.give_codes(work, [world.member("pine")])
    assert signs_in("pine", slip.code) and not signs_in("pine", PASSWORD)
    assert (slip.unit, slip.name, slip.login) == ("松岭煤矿", "松岭矿长", "pine")
    with open_work("yangcheng", "auditor", reads=True) as work:
        (entry,) = work.session.scalars(select(AuditEntry).where(AuditEntry.action == "member.give_code"))
        assert slip.code not in str(entry.facts) and entry.subject_id == world.member("pine")


def test_many_get_their_codes_at_once_and_an_account_with_two_posts_one(open_work, world):
    with open_work("yangcheng", "admin") as work:
        second = directory.add_member(work, world.users["pine"], world.unit("creek"), "松岭矿长")
        wanted = [world.member("pine"), world.member("creek"), second.id]
        slips = members.give_codes(work, wanted)
    assert sorted(slip.login for slip in slips) == ["creek", "pine"]
    assert all(signs_in(slip.login, slip.code) for slip in slips)


def gives_no_code(open_work, world, tenant, admin, login):
    with open_work(tenant, admin) as work:
        found, _ = members.listed(work)
        own = next(one for one in found if one.user.login == login)
        assert own.user.id not in members.in_whose_power(work, [own.user.id])
        with pytest.raises(Forbidden):
            members.give_codes(
                work, [world.member("creek" if tenant == "yangcheng" else "willow"), own.member.id]
            )


def test_no_county_gives_a_code_to_somebody_who_also_works_elsewhere(open_work, world):
    with open_work("qinshui", "qs-admin") as work:
        member = directory.add_member(work, world.users["pine"], world.unit("willow", "qinshui"), "松岭矿长")
        with pytest.raises(NotFound):
            members.give_codes(work, [world.member("pine")])
    for tenant, admin in (("yangcheng", "admin"), ("qinshui", "qs-admin")):
        gives_no_code(open_work, world, tenant, admin, "pine")
    # Nor after the other county has let them go: it may take them back, and would not know whom it takes.
    with open_work("qinshui", "qs-admin") as work:
        directory.change_member(work, member.id, active=False)
    gives_no_code(open_work, world, "yangcheng", "admin", "pine")
    assert signs_in("pine", PASSWORD) and signs_in("creek", PASSWORD)


def test_whom_another_county_had_let_go_is_not_taken_over_by_appointing_them(open_work, world):
    with open_work("yangcheng", "admin") as work:
        directory.change_member(work, world.member("pine"), active=False)
    with open_work("qinshui") as work:
        founding.appoint(work, "pine", "松岭矿长")
    gives_no_code(open_work, world, "qinshui", "qs-admin", "pine")


def test_a_code_that_a_county_gave_opens_no_post_that_came_after_it(open_work, world):
    with open_work("yangcheng", "admin") as work:
        (slip,) = members.give_codes(work, [world.member("pine")])
    with open_work("qinshui") as work:
        made = founding.appoint(work, "pine", "松岭矿长")
    assert not signs_in("pine", slip.code) and signs_in("pine", made.code)


def test_no_county_gives_a_system_administrator_a_code(open_work, world):
    with open_work("yangcheng", "admin") as work:
        member = directory.add_member(work, world.users["root"], world.unit("bureau"), "系统管理员")
        with pytest.raises(Forbidden):
            members.give_codes(work, [member.id])


@pytest.mark.parametrize("login", ["clerk", "author", "auditor", "pine"])
def test_only_administrators_deal_with_accounts(open_work, world, login):
    with open_work("yangcheng", login) as work:
        with pytest.raises(Forbidden):
            members.enrol(work, "new.one", "新人", world.unit("pine"))
        with pytest.raises(Forbidden):
            members.give_codes(work, [world.member("pine")])


def test_the_list_is_searched_by_name_login_unit_and_role(open_work, world):
    with open_work("yangcheng", "admin", reads=True) as work:

        def names(**filters):
            return {one.user.login for one in members.listed(work, **filters)[0]}

        assert names(q="矿长") == {"pine", "creek", "plain"}
        assert names(q="PINE") == {"pine", "pine-dig"}
        assert names(unit_id=world.unit("pine")) == {"pine", "pine-dig"}
        assert names(role="auditor") == {"auditor"}
        assert names(q="柳湾") == set()


def test_a_long_list_comes_in_pages(open_work, world, monkeypatch):
    monkeypatch.setattr(members, "PAGE", 4)
    with open_work("yangcheng", "admin", reads=True) as work:
        pages = [members.listed(work, page=number) for number in (1, 2, 3, 4)]
    assert [len(found) for found, _ in pages] == [4, 4, 2, 0]
    assert {total for _, total in pages} == {10}


def test_when_somebody_was_last_seen_is_what_the_trail_says(open_work, world, clock):
    clock.move(days=3)
    with open_work("yangcheng", "admin") as work:
        directory.change_unit(work, world.unit("pine"), status="停产")
        seen = members.last_seen(work, [world.member("admin"), world.member("pine")])
        assert seen == {world.member("admin"): work.now} or seen[world.member("admin")] == work.now
        assert world.member("pine") not in seen
