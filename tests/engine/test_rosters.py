"""Rosters in the middle of a campaign: what new and stopped mines owe; and thousands of them in a few statements."""

from __future__ import annotations

import pytest
from sqlalchemy import event, func, select

from engine import rosters, tasks
from engine.models import Instance, Task
from tenants import accounts, directory
from tenants.clock import machine_now
from tenants.db import db, system_work
from tenants.errors import Conflict, Forbidden
from tenants.models import AuditEntry, Member, Unit
from tenants.roster import people, units
from tests.effort import counted


def sheet(text, kind=units):
    return kind.read(text.encode(), "表.csv")


def mines(count, companies=20):
    lines = [f"c{number},公司{number},公司,,\n" for number in range(companies)]
    lines += [f"m{number},矿{number},煤矿,公司{number % companies},生产\n" for number in range(count)]
    return "代码,名称,类别,上级单位,状态\n" + "".join(lines)


@pytest.fixture
def statements(app):
    """Counts what is sent to the database."""
    sent = []

    def note(*given):
        sent.append(given[2])

    event.listen(db.engine, "before_cursor_execute", note)
    yield sent
    event.remove(db.engine, "before_cursor_execute", note)


def test_thousands_of_units_take_a_few_statements(open_work, statements):
    with open_work("yangcheng", "admin") as work:
        statements.clear()
        with counted(at_most=4000 * 8_000):
            rosters.import_units(work, sheet(mines(4000)))
            work.session.flush()
    assert len(statements) < 60
    with open_work("yangcheng", "admin") as work:
        statements.clear()
        plan, _ = rosters.import_units(work, sheet(mines(4000).replace(",生产", ",停产")))
        assert len(plan.changed) == 4000 and len(statements) < 60
        assert (
            work.session.scalar(select(func.count()).select_from(Unit).where(Unit.status == "停产")) == 4001
        )


def test_units_move_with_all_that_is_below_them(open_work):
    with open_work("yangcheng", "admin") as work:
        rosters.import_units(work, sheet("代码,上级单位\npine,south\nsouth,bureau\n"))
        row = {unit.code: unit for unit in directory.units(work)}
        assert (
            row["pine-dig"].path
            == "".join(f"/{row[code].id.hex}" for code in ("bureau", "south", "pine", "pine-dig")) + "/"
        )
        assert row["pine"].parent_id == row["south"].id


# --- in the middle of a campaign -----------------------------------------------------------------------------------------


def open_duties(story, unit):
    return {one.duty for one in story.instances(unit=unit) if one.state == "running"}


def test_a_table_lets_go_and_opens_what_single_changes_would(running_story):
    story = running_story
    text = "代码,名称,类别,上级单位,状态\npine,松岭煤矿,煤矿,north,停产\ncreek,石溪煤矿,煤矿,north,生产\nnew,新矿,煤矿,south,生产\n"
    with story.open_work("yangcheng", "admin") as work:
        plan = rosters.plan_units(work, sheet(text))
        shown = rosters.preview_units(work, plan)
    assert open_duties(story, "creek") == set() and "self_check" in open_duties(story, "pine")
    with story.open_work("yangcheng", "admin") as work:
        _, effects = rosters.import_units(work, sheet(text), plan.mark)
        new = work.session.scalars(select(Unit).where(Unit.code == "new")).one().id
        owed = {one.duty for one in work.session.scalars(select(Instance).where(Instance.unit_id == new))}
        assert work.session.scalar(select(func.count()).select_from(Task).where(Task.desk_id == new))
    assert (
        {one.unit for one in shown.falls}
        == {one.unit for one in effects.falls}
        == {"松岭煤矿", "松岭煤矿采煤队"}
    )
    assert {one.unit for one in effects.arises} == {one.unit for one in shown.arises} == {"石溪煤矿", "新矿"}
    assert open_duties(story, "pine") == {"plan"} and "self_check" in open_duties(story, "creek")
    assert owed | {"plan"} == open_duties(story, "plain") and not story.errors  # whose plan was due before


def test_a_post_that_is_given_up_puts_its_tasks_back(running_story):
    story = running_story
    with story.open_work("yangcheng", "pine") as work:
        task = (
            story.find("pine", "self_check")
            and work.session.scalars(
                select(Task).where(Task.desk_id == work.actor.unit_id, Task.state == "open").limit(1)
            ).one()
        )
        tasks.claim(work, task.id)
    with story.open_work("yangcheng", "admin") as work:
        text = "账号,姓名,单位,在用\npine,松岭矿长,松岭煤矿,否\n"
        rosters.import_people(work, sheet(text, people))
        assert work.session.get_one(Task, (work.tenant.id, task.id)).claimed_by is None


def test_a_plan_that_is_no_more_what_was_shown_is_not_carried_out(open_work):
    with open_work("yangcheng", "admin") as work:
        plan = rosters.plan_units(work, sheet("代码,状态\npine,停产\n"))
        directory.change_unit(work, plan.changed[0].unit.id, status="建设")
        with pytest.raises(Conflict):
            rosters.import_units(work, sheet("代码,状态\npine,停产\n"), plan.mark)


@pytest.mark.parametrize("login", ["clerk", "author", "auditor", "pine"])
def test_only_administrators_take_rosters_over(open_work, login):
    with open_work("yangcheng", login) as work:
        for take in (rosters.plan_units, rosters.import_units):
            with pytest.raises(Forbidden):
                take(work, sheet("代码,状态\npine,停产\n"))
        for take in (rosters.plan_people, rosters.import_people):
            with pytest.raises(Forbidden):
                take(work, sheet("姓名,单位\n某,松岭煤矿\n", people))


# --- people --------------------------------------------------------------------------------------------------------------


def test_hundreds_of_people_get_accounts_in_a_few_statements_and_sign_in(open_work, statements):
    with open_work("yangcheng", "admin") as work:
        rosters.import_units(work, sheet(mines(500)))
    text = "姓名,单位\n" + "".join(f"矿长{number},m{number}\n" for number in range(500))
    with open_work("yangcheng", "admin") as work:
        statements.clear()
        with counted(at_most=500 * 15_000):
            plan, slips = rosters.import_people(work, sheet(text, people))
        assert len(statements) < 60
    assert plan.accounts == len(slips) == 500
    assert len({slip.code for slip in slips}) == 500
    slip = next(one for one in slips if one.name == "矿长7")
    assert slip.login == "yangcheng.m7" and slip.unit == "矿7"
    with system_work() as session:
        assert accounts.sign_in(session, slip.login, slip.code, machine_now()).must_change
    with open_work("yangcheng", "admin") as work:
        again, none = rosters.import_people(work, sheet(text, people))
        assert again.empty and none == []


def test_posts_that_stop_and_come_back_are_known_to_the_house(open_work, world):
    def posts_of(login):
        with system_work(reads=True) as session:
            return len(directory.posts_of(session, world.users[login]))

    with open_work("yangcheng", "admin") as work:
        rosters.import_people(
            work,
            sheet("账号,姓名,单位,在用\npine,松岭矿长,松岭煤矿,否\ncreek,石溪矿长,松岭煤矿,是\n", people),
        )
    assert posts_of("pine") == 0 and posts_of("creek") == 2
    with open_work("yangcheng", "admin") as work:
        rosters.import_people(work, sheet("账号,姓名,单位,在用\npine,松岭矿长,松岭煤矿,是\n", people))
    assert posts_of("pine") == 1


def test_the_trail_tells_who_imported_what_and_no_code(open_work):
    with open_work("yangcheng", "admin") as work:
        _, slips = rosters.import_people(work, sheet("姓名,单位\n某人,松岭煤矿\n", people))
    with open_work("yangcheng", reads=True) as work:
        entries = list(work.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(3)))
        told = next(entry for entry in entries if entry.action == "member.import")
        assert told.actor == "管理员甲" and told.facts["added"] == 1 and told.facts["file"] == "表.csv"
        assert slips[0].code not in str([entry.facts for entry in entries])
        assert work.session.scalar(select(func.count()).select_from(Member).where(Member.name == "某人")) == 1


def test_a_login_that_is_taken_elsewhere_is_refused_by_its_cell(open_work):
    with open_work("yangcheng", "admin") as work:
        with pytest.raises(Exception) as refused:
            rosters.plan_people(work, sheet("账号,姓名,单位\nwillow,某,松岭煤矿\n", people))
        assert [problem.where for problem in refused.value.problems] == ["A2"]
        assert "沁水" not in str(refused.value.problems) and "柳湾" not in str(refused.value.problems)
