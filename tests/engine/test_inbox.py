"""The inbox: mine first, overdue first, found by what is asked, and read by an index."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import NullPool, create_engine, event, insert, select, text
from sqlalchemy.orm import undefer

from engine import inbox, tasks
from engine.models import Instance, Task
from tenants import directory, guard
from tenants import members as staff
from tenants.base import new_id
from tenants.models import Member
from tests.engine.package import PROCESSES, files
from tests.engine.story import ACCEPTED, begun


def page(story, login, tenant="yangcheng", **filters):
    with story.open_work(tenant, login, reads=True) as work:
        return inbox.page(work, inbox.Filters(**filters))


def test_what_is_overdue_comes_first_and_what_has_no_date_last(running_story):
    rows = page(running_story, "pine").rows
    assert rows[0].task.duty == "plan" and rows[0].overdue_days == 1
    dates = [row.task.due for row in rows]
    dated = [one for one in dates if one]
    assert dated == sorted(dated) and dates == dated + [None] * (len(dates) - len(dated))
    assert rows[1].days_left is not None and rows[-1].days_left is None


def test_everybody_finds_their_own_and_nobody_elses(running_story):
    story = running_story
    owners = {
        "pine": "松岭煤矿",
        "plain": "南坪露天煤矿",
        "pine-dig": "松岭煤矿采煤队",
        "north": "北山煤业公司",
    }
    for login, unit in owners.items():
        assert {row.unit for row in page(story, login).rows} == {unit}
    for login in ("creek", "admin", "auditor", "reader"):
        assert page(story, login).total == 0
    assert page(story, "qs-admin", "qinshui").total == page(story, "willow", "qinshui").total == 0


def test_a_post_that_a_member_gives_up_takes_its_tasks_along(running_story):
    story = running_story
    assert {row.task.duty for row in page(story, "clerk").rows} == {"log"}
    with story.open_work("yangcheng", "admin") as work:
        directory.change_member(work, story.open_work.world.member("clerk"), posts=[])
        directory.change_member(work, story.open_work.world.member("author"), posts=["leading_group"])
    assert page(story, "clerk").total == 0
    assert {row.task.duty for row in page(story, "author").rows} == {"log"}


def test_the_tabs_hold_what_is_to_do_what_may_be_claimed_and_what_i_have_done(running_story):
    story = running_story
    assert page(story, "pine").counts["claimable"] == 0, "nobody else sits at the mine's desk"
    colleague(story, "pine")
    before = page(story, "pine").counts
    task = story.find("pine", "plan")
    with story.open_work("yangcheng", "pine") as work:
        tasks.claim(work, task.id)
    after = page(story, "pine").counts
    assert before["todo"] == 0 and before["claimable"] > 1
    assert (after["todo"], after["claimable"]) == (1, before["claimable"] - 1)
    assert after["overdue"] == 1
    story.complete("pine", task.id)
    assert [row.task.id for row in page(story, "pine", tab="done").rows] == [task.id]
    assert page(story, "pine").counts["overdue"] == 0


def colleague(story, login, posts=(), roles=("staff",)):
    """Give somebody's unit one more member."""
    with story.open_work("yangcheng", "admin") as work:
        unit_id = work.session.get_one(Member, (work.tenant.id, story.open_work.world.member(login))).unit_id
        staff.enrol(work, f"second-{login}", "同事", unit_id, posts=list(posts), roles=list(roles))


def test_what_only_i_could_take_is_to_do_without_a_claim(running_story):
    story = running_story
    mine = {row.task.id for row in page(story, "pine").rows}
    colleague(story, "pine", roles=["readonly"])
    assert {row.task.id for row in page(story, "pine").rows} == mine, "who only reads takes nothing"
    colleague(story, "pine-dig", posts=["mine_head"])
    assert {row.task.id for row in page(story, "pine").rows} == mine, "a post elsewhere is another post"


def test_a_post_that_two_hold_is_shared(running_story):
    story = running_story
    assert page(story, "clerk").counts["todo"] > 0 == page(story, "clerk").counts["claimable"]
    colleague(story, "clerk", posts=["leading_group"])
    assert page(story, "clerk").counts["todo"] == 0 < page(story, "clerk").counts["claimable"]


def test_what_came_back_to_me_is_to_do_even_at_a_desk_that_i_share(running_story):
    story = running_story
    colleague(story, "pine")
    task = story.find("pine", "plan")
    story.complete("pine", task.id)
    story.do("clerk", "plan", "review", {"结论": "退回"})
    back = page(story, "pine").rows
    assert [(row.task.duty, row.task.name) for row in back] == [("plan", "fill")]
    assert page(story, "pine").counts["overdue"] == 1


def test_the_tabs_never_hold_the_same_task_and_together_hold_all(running_story):
    story = running_story
    everything = {row.task.id for row in page(story, "pine").rows}
    colleague(story, "pine", posts=["mine_head"])
    with story.open_work("yangcheng", "pine") as work:
        tasks.claim(work, next(iter(everything)))
    todo, claimable = (
        {row.task.id for row in page(story, "pine", tab=tab).rows} for tab in ("todo", "claimable")
    )
    assert not todo & claimable and todo | claimable == everything


def test_filters_find_by_duty_words_unit_and_date(running_story):
    story = running_story
    unit = story.open_work.world.unit
    assert {row.task.duty for row in page(story, "pine", duty="watch").rows} == {"watch"}
    assert {row.task.duty for row in page(story, "pine", q="自查").rows} == {"self_check"}
    assert page(story, "pine", q="%").total == 0
    assert page(story, "pine", q="\0").total == page(story, "pine").total
    assert page(story, "pine", unit=unit("plain")).total == 0
    assert page(story, "pine", campaign=new_id()).total == 0
    assert {row.task.duty for row in page(story, "pine", due="overdue").rows} == {"plan"}
    assert {row.task.duty for row in page(story, "pine", due="undated").rows} == {"open_ended", "watch"}
    within = {row.task.due for row in page(story, "pine", due="month").rows}
    assert within and max(within) <= date(2024, 12, 2)
    with story.open_work("yangcheng", "pine", reads=True) as work:
        offered = inbox.choices(work)
    assert [name for _, name in offered["campaigns"]] == ["冬季煤矿安全行动"]
    assert ("plan", "报送方案") in offered["duties"] and [name for _, name in offered["units"]] == [
        "松岭煤矿"
    ]


def test_a_report_that_waits_for_review_is_in_the_offices_inbox_with_the_mines_name(running_story):
    story = running_story
    story.do("pine", "plan", "fill")
    (row,) = page(story, "clerk", duty="plan").rows
    assert (row.task.name, row.unit, row.campaign) == ("review", "松岭煤矿", "冬季煤矿安全行动")
    story.complete("clerk", row.task.id, ACCEPTED)


@pytest.fixture
def busy(running_story):
    """Twenty thousand tasks of others, ten in each instance, in the same county."""
    story = running_story
    query = select(Instance).where(
        Instance.duty == "plan", Instance.unit_id == story.open_work.world.unit("plain")
    )
    with story.open_work("yangcheng") as work:
        model = work.session.scalars(query.options(undefer(Instance.compact))).one()
        task = work.session.scalars(select(Task).where(Task.instance_id == model.id)).one()
        instance, common = (
            {column.key: getattr(row, column.key) for column in row.__table__.columns}
            for row in (model, task)
        )
        for first in range(0, 20_000, 2_000):
            ids = [new_id() for _ in range(200)]
            work.session.execute(insert(Instance), [{**instance, "id": one} for one in ids])
            rows = [
                {
                    **common, "id": new_id(), "token": f"t{n}", "instance_id": ids[n % len(ids)],
                    "due_at": story.clock.now() + timedelta(minutes=n), "state": "open" if n % 2 else "done",
                }
                for n in range(first, first + 2_000)
            ]  # fmt: skip
            work.session.execute(insert(Task), rows)
    return story


def test_an_inbox_reads_by_its_index_however_many_tasks_others_have(busy, database):
    gather_statistics(database)
    for login in ("pine", "clerk"):
        plans = explained(database, busy, login)
        assert len(plans) >= 2
        for plan in plans:
            assert not scans(plan), f"{login}\n{plan}"


def gather_statistics(database):
    if database.kind == "postgresql":
        owner = create_engine(database.owner_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with owner.connect() as connection:
            connection.execute(text("ANALYZE task"))


def explained(database, story, login):
    """Return how the database goes about each statement that a page of somebody's inbox sends to the task table."""
    word = "EXPLAIN QUERY PLAN " if database.kind == "sqlite" else "EXPLAIN "
    asked = []

    def note(conn, cursor, statement, parameters, *rest):
        if "FROM task" in statement:
            asked.append((statement, tuple(parameters) if isinstance(parameters, list) else parameters))

    with story.open_work("yangcheng", login, reads=True) as work:
        connection = work.session.connection()
        event.listen(connection.engine, "before_cursor_execute", note)
        inbox.page(work, inbox.Filters())
        event.remove(connection.engine, "before_cursor_execute", note)
        options = {guard.HOUSE: "how a statement is carried out"}
        return [
            "\n".join(
                str(row[-1])
                for row in connection.exec_driver_sql(word + statement, values, execution_options=options)
            )
            for statement, values in asked
        ]


def scans(plan):
    """Tell whether a plan reads the whole task table, or every open task of the county."""
    lines = [line for line in plan.splitlines() if "task" in line]
    if any("Seq Scan on task " in line or line.strip().startswith("SCAN task") for line in lines):
        return True
    by_index = [line for line in lines if "SEARCH task" in line]
    return any(not re.search(r"\b(desk_id|post|instance_id|task_id|id)=\?", line) for line in by_index)


@pytest.fixture
def followed(open_work, clock):
    """A report that the office has to look at only ten days after it came in."""
    drawn = PROCESSES["report"].replace(
        'camunda:candidateGroups="to"', 'camunda:candidateGroups="to" camunda:followUpDate="P10D"'
    )
    story = begun(open_work, clock, {**files(), "processes/report.bpmn": drawn.encode()})
    story.launch()
    story.do("pine", "plan", "fill")
    return story


def test_a_task_is_out_of_sight_until_its_follow_up_day_and_can_be_found(followed):
    def reviews(**filters):
        return {one.task.id for tab in ("todo", "claimable") for one in page(followed, "clerk", tab=tab, **filters).rows
                if one.task.duty == "plan"}  # fmt: skip

    (found,) = reviews(due="later")
    before = page(followed, "clerk").counts
    assert reviews() == set()
    followed.at("2024-11-10", hour=23)
    assert reviews() == set() and reviews(due="later") == {found}
    followed.at("2024-11-11", hour=0)
    assert reviews() == {found} and reviews(due="later") == set()
    after = page(followed, "clerk").counts
    assert (
        sum(after[tab] for tab in ("todo", "claimable"))
        == sum(before[tab] for tab in ("todo", "claimable")) + 1
    )
    followed.complete("clerk", found, ACCEPTED)


def test_a_task_may_be_done_before_its_follow_up_day(followed):
    (found,) = (
        one.task.id
        for tab in ("todo", "claimable")
        for one in page(followed, "clerk", tab=tab, due="later").rows
    )
    assert followed.complete("clerk", found, ACCEPTED).state == "done"
