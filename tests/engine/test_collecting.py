"""A report that collects others opens once: when all of them are in, or their day is over; and says who has brought what."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from engine import campaigns, collected, owing, own_dates
from engine.models import Instance
from engine.running import running
from tenants.models import Job
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


@pytest.fixture
def gathered(open_work, clock) -> Story:
    campaign = CAMPAIGN.replace("ledgers:", ADDED, 1).replace("phases:", OWNER, 1)
    overview = form([], 已报=NAMES, 未报=NAMES, 份数={"type": "integer"})
    changed = {**files(), "campaign.yaml": campaign.encode(), "forms/overview/schema.json": overview.encode()}
    return begun(open_work, clock, changed)


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


def looks() -> Any:
    jobs_of = (
        Job.kind == collected.KIND,
        Job.state == "waiting",
        Job.due_at < datetime(2024, 11, 2, tzinfo=UTC),
    )
    return select(Job).where(*jobs_of).order_by(Job.due_at, Job.id)


def test_a_campaign_that_is_over_collects_nothing_more(gathered):
    story = gathered
    story.launch("2024-11-01")
    hand_in(story, "wishes", "pine")
    with story.open_work("yangcheng", "admin") as work:
        campaigns.close(work, story.launched)
    assert opened(story, "all_wishes") == []
