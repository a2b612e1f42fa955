"""A step with several candidates: all of them find its task, the faster takes it, the others are told."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import NullPool, create_engine, insert, select, text

from engine import owing, tasks
from engine.models import Task, TaskAddressee
from tenants import directory
from tenants.base import new_id
from tenants.errors import Conflict, NotFound
from tests.engine.package import CAMPAIGN, DONE, START, event, files, process, task, timer
from tests.engine.story import ACCEPTED, begun
from tests.engine.test_inbox import explained

ACTORS = "actors:\n  inspector: {title: 特聘专家, post: inspector}\n"
JOINT = process(
    "joint", START, task("fill", "by"), task("check", "office,inspector", "verdict"), DONE,
    timer("late", "check", "P2D", ends=True), event("endEvent", "lapsed"),
    flows="start -> fill\nfill -> check\ncheck -> done\nlate -> lapsed",
)  # fmt: skip
JOINTLY = "  joint: {title: 联合核查, by: mine, process: joint, form: plan, on: {demand: mine}, clause: 一}\nledgers:"


@pytest.fixture
def story(open_work, clock):
    """A mine's answer waits for the office or the expert, who is a manager of the neighbouring mine."""
    campaign = CAMPAIGN.replace("actors:\n", ACTORS, 1).replace("ledgers:", JOINTLY, 1)
    changed = {**files(), "campaign.yaml": campaign.encode(), "processes/joint.bpmn": JOINT.encode()}
    story = begun(open_work, clock, changed)
    with open_work("yangcheng", "admin") as work:
        member = open_work.world.member("plain")
        directory.change_member(work, member, posts=["mine_head", "inspector"])
    story.launch()
    story.demand("pine", "joint")
    story.do("pine", "joint", "fill")
    return story


def lines(story):
    return story.count(TaskAddressee, TaskAddressee.open.is_(True))


def offered(story, login):
    return sorted(
        {one.id for tab in ("todo", "claimable") for one in story.todo(login, tab=tab, duty="joint")}
    )


def test_every_candidate_finds_the_task_and_nobody_else(story):
    (found,) = offered(story, "clerk")
    assert offered(story, "plain") == [found]
    for login in ("creek", "north", "author", "admin", "pine"):
        assert offered(story, login) == []
    with story.open_work("yangcheng", "creek") as work, pytest.raises(NotFound):
        tasks.gather(work, found)
    with story.open_work("qinshui", "willow") as work, pytest.raises(NotFound):
        tasks.gather(work, found)


@pytest.mark.parametrize(
    ("fast", "slow", "name"), [("clerk", "plain", "经办人丙"), ("plain", "clerk", "南坪矿长")]
)
def test_the_faster_takes_it_and_the_other_is_told_who_and_when(story, fast, slow, name):
    (found,) = offered(story, slow)
    assert lines(story) == 1
    story.clock.move(hours=1)
    story.complete(fast, found, ACCEPTED)
    assert (offered(story, slow), lines(story)) == ([], 0)
    with pytest.raises(tasks.TaskClosed) as told:
        story.complete(slow, found, ACCEPTED)
    assert name in str(told.value) and "2024-11-01 10:00" in str(told.value)
    assert story.instances("joint")[0].state == "done"


def test_what_one_candidate_has_claimed_the_other_cannot_complete(story):
    (found,) = offered(story, "clerk")
    with story.open_work("yangcheng", "plain") as work:
        tasks.claim(work, found)
    assert offered(story, "clerk") == [] and offered(story, "plain") == [found]
    with pytest.raises(tasks.TaskTaken, match="南坪矿长"):
        story.complete("clerk", found, ACCEPTED)
    with story.open_work("yangcheng", "plain") as work:
        tasks.release(work, found)
    story.complete("clerk", found, ACCEPTED)


@pytest.mark.parametrize("why", ["timer", "release"])
def test_a_task_that_was_withdrawn_is_offered_to_nobody(story, why):
    (found,) = offered(story, "plain")
    if why == "timer":
        story.day("2024-11-04")
    else:
        (joint,) = story.instances("joint")
        with story.open_work("yangcheng", "admin") as work:
            owing.release(work, [joint], "试")
    assert [offered(story, login) for login in ("clerk", "plain")] == [[], []]
    assert lines(story) == 0
    with pytest.raises(Conflict, match="已撤销"):
        story.complete("plain", found, ACCEPTED)


def test_the_inbox_reads_by_its_indexes_however_many_lines_others_have(story, database):
    (model,) = story.rows(select(Task).where(Task.duty == "joint", Task.state == "open"))
    common = {column.key: getattr(model, column.key) for column in Task.__table__.columns}
    with story.open_work("yangcheng") as work:
        rows = [
            {**common, "id": new_id(), "token": f"t{n}", "desk_id": new_id(), "post": None,
             "due_at": story.clock.now() + timedelta(minutes=n)}
            for n in range(3_000)
        ]  # fmt: skip
        work.session.execute(insert(Task), rows)
        beside = [
            {"tenant_id": work.tenant.id, "id": new_id(), "task_id": row["id"], "desk_id": new_id(), "post": None, "open": n % 2 == 0}
            for n, row in enumerate(rows)
        ]  # fmt: skip
        work.session.execute(insert(TaskAddressee), beside)
    if database.kind == "postgresql":
        owner = create_engine(database.owner_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with owner.connect() as connection:
            connection.execute(text("ANALYZE task, task_addressee"))
    plans = [plan for plan in explained(database, story, "plain") if "task_addressee" in plan]
    assert plans
    for plan in plans:
        read = [line for line in plan.splitlines() if "task_addressee" in line]
        assert read and not any("Seq Scan" in line or line.strip().startswith("SCAN") for line in read), plan
        assert all(re.search(r"(desk_id|post|task_id)=\?", line) for line in read if "SEARCH" in line), plan
    assert len(offered(story, "plain")) == 1
