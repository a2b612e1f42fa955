"""A report that collects others opens once: when all of them are in, or their day is over; and says who has brought what."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from engine import campaigns, collected, jobs, owing, own_dates
from engine.models import Instance
from engine.running import running
from tenants import outbox
from tenants.models import Job
from tests.effort import PATIENCE
from tests.engine.amending import TEXT, carry_out, published
from tests.engine.package import CAMPAIGN, files, form
from tests.engine.story import ACCEPTED, Story, begun

NAMES = {"type": "array", "items": {"type": "string"}}
PREFILL = "{已报: collected.filed, 未报: collected.missing, 份数: count(collected.answers)}"
ADDED = f"""\
  overview: {{title: 汇总方案, by: office, form: overview, on: {{collected: plan}}, prefill: {PREFILL}, due: event.due + days(5), clause: 一}}
  months: {{title: 汇总月报, by: office, form: overview, on: {{collected: [monthly, yields]}}, clause: 一}}
  yields: {{title: 报产量, by: mine, to: office, form: plan, due: 2024-11-30, clause: 一}}
  wishes: {{title: 报意见, by: mine, to: office, form: plan, start: 2024-11-01, clause: 一}}
  all_wishes: {{title: 汇总意见, by: office, form: overview, on: {{collected: wishes}}, due: event.at + days(3), clause: 一}}
  ours: {{title: 报本矿情况, by: mine, to: owner, form: plan, start: 2024-11-01, due: 2024-11-08, clause: 一}}
  of_company: {{title: 汇总本公司情况, by: company, form: overview, on: {{collected: ours}}, clause: 一}}
ledgers:"""
OWNER = """\
  owner: {title: 所属公司, above: subject, unit: "kind == 'company'"}
phases:"""


def collecting() -> dict[str, bytes]:
    campaign = CAMPAIGN.replace("ledgers:", ADDED, 1).replace("phases:", OWNER, 1)
    overview = form([], 已报=NAMES, 未报=NAMES, 份数={"type": "integer"})
    return {**files(), "campaign.yaml": campaign.encode(), "forms/overview/schema.json": overview.encode()}


def amended_collecting(version: str, **how: object) -> dict[str, bytes]:
    """Return another version, in which the plan asks for a name, too. how: what else its form says of the name."""
    found = collecting()
    asked = form(["正文"], 正文=TEXT, 举报人={"type": "string", "title": "举报人", **how})
    campaign = found["campaign.yaml"].replace(b"version: 1.0.0", f"version: {version}".encode())
    return found | {"campaign.yaml": campaign, "forms/plan/schema.json": asked.encode()}


@pytest.fixture
def gathered(open_work, clock) -> Story:
    return begun(open_work, clock, collecting())


def opened(story: Story, duty: str = "overview") -> list[Instance]:
    story.ring()
    assert story.errors == []
    return story.instances(duty)


def names(story: Story, duty: str, login: str = "clerk", place: int = 0) -> dict[str, list[object]]:
    with story.open_work("yangcheng", login, reads=True) as work:
        of = work.session.scalars(select(Instance).where(Instance.duty == duty).order_by(Instance.id)).all()[
            place
        ]
        return collected.names(work, running(work, story.launched), of)


def hand_in(story: Story, duty: str, *logins: str) -> None:
    for login in logins:
        story.do(login, duty, "fill", {"正文": f"{login}的"})


def test_it_opens_as_soon_as_the_last_of_them_is_in(gathered):
    story = gathered
    story.launch("2024-10-28")
    hand_in(story, "plan", "pine", "plain", "north")
    assert opened(story) == []
    with story.open_work("yangcheng", "admin") as work:
        owing.change_unit(work, story.open_work.world.unit("south"), kind="office")
    (one,) = opened(story)
    assert (one.title, one.due) == ("汇总方案", date(2024, 11, 5)), "five days after the others were due"
    assert names(story, "overview") == {
        "filed": ["北山煤业公司", "松岭煤矿", "南坪露天煤矿"], "missing": [], "answers": [],
    }  # fmt: skip
    assert story.find("clerk", "overview").name == "fill"


def test_what_was_sent_back_was_handed_in_and_what_was_accepted_is_among_the_answers(gathered):
    story = gathered
    story.launch("2024-10-28")
    hand_in(story, "plan", "pine", "plain", "north")
    story.do("clerk", "plan", "review", {"结论": "退回"}, unit="north")
    story.do("clerk", "plan", "review", ACCEPTED, unit="plain")
    story.day("2024-11-01", hour=0)
    assert len(opened(story)) == 1
    assert names(story, "overview") == {
        "filed": ["北山煤业公司", "松岭煤矿", "南坪露天煤矿"],
        "missing": ["南坪煤业公司"],
        "answers": [{"正文": "plain的", "单位": "南坪露天煤矿"}],
    }


def test_what_was_sensitive_when_it_was_handed_in_stays_so_under_an_amended_plan(gathered):
    """Who answered under a form that keeps something to few has answered under that promise."""
    story = gathered
    story.launch("2024-10-28")
    kept = published(story, amended_collecting("1.1.0", **{"x-sensitive": True}))
    carry_out(story, kept)
    for login, told in (("pine", "甲"), ("plain", "乙")):
        story.do(login, "plan", "fill", {"正文": f"{login}的", "举报人": told})
    story.do("clerk", "plan", "review", ACCEPTED, unit="pine")
    carry_out(story, published(story, amended_collecting("1.2.0")))
    story.do("clerk", "plan", "review", ACCEPTED, unit="plain")
    story.day("2024-11-01", hour=0)
    assert len(opened(story)) == 1
    assert names(story, "overview")["answers"] == [
        {"正文": "pine的", "单位": "松岭煤矿"}, {"正文": "plain的", "单位": "南坪露天煤矿"},
    ]  # fmt: skip


def test_it_opens_when_the_day_is_over_and_says_who_is_missing(gathered):
    story = gathered
    story.launch("2024-10-28")
    hand_in(story, "plan", "pine")
    story.day("2024-10-31", hour=23)
    assert opened(story) == []
    story.day("2024-11-01", hour=0)
    assert len(opened(story)) == 1
    assert names(story, "overview")["missing"] == ["北山煤业公司", "南坪煤业公司", "南坪露天煤矿"]
    hand_in(story, "plan", "plain", "north")
    story.day("2024-11-05")
    assert len(opened(story)) == 1, "it opens once, whatever comes afterwards"
    assert names(story, "overview")["missing"] == ["南坪煤业公司"]


def test_each_occurrence_is_collected_by_itself_and_what_is_due_on_one_day_together(gathered):
    story = gathered
    story.launch("2024-11-01")
    hand_in(story, "monthly", "pine", "plain")
    assert opened(story, "months") == [], "the yields are due on that day as well"
    hand_in(story, "yields", "pine", "plain")
    assert [one.title for one in opened(story, "months")] == ["汇总月报（2024-11）"]
    story.day("2025-01-02")
    assert [one.title for one in opened(story, "months")] == ["汇总月报（2024-11）", "汇总月报（2024-12）"]
    assert names(story, "months", place=1)["missing"] == ["松岭煤矿", "南坪露天煤矿"]


def test_without_a_date_it_opens_when_all_have_handed_in_and_not_before(gathered):
    story = gathered
    story.launch("2024-11-01")
    hand_in(story, "wishes", "pine")
    story.day("2025-01-20")
    assert opened(story, "all_wishes") == []
    hand_in(story, "wishes", "plain")
    (one,) = opened(story, "all_wishes")
    assert (one.title, one.due) == ("汇总意见", date(2025, 1, 23))
    assert names(story, "all_wishes")["filed"] == ["松岭煤矿", "南坪露天煤矿"]


def test_a_date_that_the_tenant_sets_is_a_day_that_can_be_over(gathered):
    story = gathered
    story.launch("2024-11-01")
    with story.open_work("yangcheng", "admin") as work:
        own_dates.set_due(work, story.launched, "wishes", date(2024, 11, 12), "县里要用")
    story.day("2024-11-12", hour=23)
    assert opened(story, "all_wishes") == []
    story.day("2024-11-13", hour=0)
    assert len(opened(story, "all_wishes")) == 1


def test_whoever_owes_nothing_any_more_is_not_waited_for(gathered):
    story = gathered
    story.launch("2024-11-01")
    hand_in(story, "wishes", "pine")
    with story.open_work("yangcheng", "admin") as work:
        owing.change_unit(work, story.open_work.world.unit("plain"), status="停产")
    assert len(opened(story, "all_wishes")) == 1
    assert names(story, "all_wishes") == {"filed": ["松岭煤矿"], "missing": [], "answers": []}


def test_each_recipient_collects_its_own(gathered):
    story = gathered
    story.launch("2024-11-01")
    hand_in(story, "ours", "pine")
    (one,) = opened(story, "of_company")
    assert one.unit_id == story.open_work.world.unit("north")
    assert names(story, "of_company", "north")["filed"] == ["松岭煤矿"]
    story.day("2024-11-09")
    assert {one.unit_id for one in opened(story, "of_company")} == {
        story.open_work.world.unit("north"), story.open_work.world.unit("south"),
    }  # fmt: skip


def test_nobody_reads_more_of_it_than_they_may_see(gathered):
    story = gathered
    story.launch("2024-11-01")
    hand_in(story, "wishes", "pine", "plain")
    assert len(opened(story, "all_wishes")) == 1
    assert names(story, "all_wishes", "pine")["filed"] == ["松岭煤矿"]
    assert names(story, "all_wishes", "plain")["filed"] == ["南坪露天煤矿"]


def test_it_opens_once_though_the_last_two_hand_in_at_once_and_all_workers_look_together(gathered, app):
    story = gathered
    story.launch("2024-11-01")
    tasks = {login: story.find(login, "wishes", "fill").id for login in ("pine", "plain")}
    start = threading.Barrier(2)

    def file(login: str) -> None:
        with app.app_context():
            start.wait(PATIENCE)
            story.complete(login, tasks[login])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(file, tasks))
    seen = [(one.occurrence_id, one.id) for one in story.instances("wishes")]
    with story.open_work("yangcheng") as work:
        for occurrence, one in seen:
            outbox.later(work, collected.KIND, occurrence)
            outbox.later(work, collected.KIND, one)
    waiting = [one.id for one in story.rows(looks())]
    assert len(waiting) == 6

    def look(job: UUID) -> None:
        with app.app_context():
            jobs.run(partial(story.open_work, "yangcheng"), job)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(look, waiting * 2))
    assert len(story.instances("all_wishes")) == 1
    assert len(opened(story, "all_wishes")) == 1


def looks() -> Any:
    jobs_of = (
        Job.kind == collected.KIND,
        Job.state == "waiting",
        Job.due_at < datetime(2024, 11, 2, tzinfo=UTC),
    )
    return select(Job).where(*jobs_of).order_by(Job.due_at, Job.id)


def test_a_worker_that_dies_before_it_commits_leaves_nothing_and_the_next_opens_it(gathered, monkeypatch):
    story = gathered
    story.launch("2024-11-01")
    hand_in(story, "wishes", "pine", "plain")
    job = story.rows(looks())[0].id
    with pytest.raises(KeyboardInterrupt), story.open_work("yangcheng") as work:
        held = outbox.claim(work, job)
        jobs.HANDLERS[held.kind](work, held)
        assert work.session.scalars(select(Instance.id).where(Instance.duty == "all_wishes")).all()
        raise KeyboardInterrupt
    assert story.instances("all_wishes") == []
    assert len(opened(story, "all_wishes")) == 1


def test_a_campaign_that_is_over_collects_nothing_more(gathered):
    story = gathered
    story.launch("2024-11-01")
    hand_in(story, "wishes", "pine")
    with story.open_work("yangcheng", "admin") as work:
        campaigns.close(work, story.launched)
    assert opened(story, "all_wishes") == []
