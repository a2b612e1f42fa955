"""Campaigns: what a preview promises, what a launch does, and how it ends."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import select

from engine import campaigns
from engine.models import DutyOccurrence, Instance, Task
from tenants.errors import Conflict, Forbidden, Invalid
from tenants.models import Job
from tests.engine.package import files
from tests.engine.story import ACCEPTED, MAJOR, begun, self_check


def planned(story, login="admin"):
    with story.open_work("yangcheng", login, reads=True) as work:
        return campaigns.preview(work, story.package)


@pytest.mark.parametrize("launched_on", ["2024-10-28", "2024-11-07"])
def test_a_preview_counts_what_the_launch_then_creates_day_by_day(story, launched_on):
    story.at(launched_on)
    plan = planned(story)
    story.launch(launched_on)
    story.day("2025-02-02")
    assert not story.errors
    shown = {one.duty.id: one.tasks for one in plan.duties if not one.duty.standing}
    made = Counter(one.duty for one in story.instances() if one.occurrence_id and one.duty != "standing")
    assert made == shown
    weeks = Counter()
    for one in plan.duties:
        for occurrence in one.occurrences:
            if occurrence.due:
                weeks[occurrence.due.toordinal() - occurrence.due.weekday()] += len(one.units)
    assert {day.toordinal(): number for day, number in plan.weeks.items()} == weeks


def test_a_preview_names_who_is_concerned_and_records_nothing(story):
    plan = planned(story)
    by_duty = {one.duty.id: one for one in plan.duties}
    assert set(by_duty["plan"].units) == {"北山煤业公司", "南坪煤业公司", "松岭煤矿", "南坪露天煤矿"}
    assert by_duty["plan"].kinds == {"company": 2, "mine": 2}
    assert by_duty["deep"].units == ("松岭煤矿", "南坪露天煤矿")
    assert by_duty["daily"].units == ("松岭煤矿采煤队",)
    assert "inspection" not in by_duty
    assert story.count(DutyOccurrence) == 0


def test_a_late_launch_does_not_hand_out_a_week_of_missed_daily_checks(story):
    story.launch("2024-11-08")
    daily = story.instances("daily")
    assert [one.due for one in daily] == [date(2024, 11, 8)]
    assert len(story.instances("log")) == 8  # this one asks for each


def test_only_who_steers_campaigns_may_preview_launch_and_close(story):
    for login in ("pine", "clerk", "reader", "auditor"):
        with pytest.raises(Forbidden):
            planned(story, login)
        with pytest.raises(Forbidden), story.open_work("yangcheng", login) as work:
            campaigns.launch(work, story.package)
    story.launch()
    with pytest.raises(Forbidden), story.open_work("yangcheng", "pine") as work:
        campaigns.close(work, story.campaign)


def test_a_package_that_runs_is_not_launched_a_second_time_until_it_is_closed(running_story):
    with pytest.raises(Conflict), running_story.open_work("yangcheng", "admin") as work:
        campaigns.launch(work, running_story.package)
    with running_story.open_work("yangcheng", "admin") as work:
        campaigns.close(work, running_story.campaign)
    with running_story.open_work("yangcheng", "admin") as work:
        campaigns.launch(work, running_story.package)


def test_impossible_dates_are_refused_before_anything_is_written(story):
    with pytest.raises(Invalid), story.open_work("yangcheng", "admin") as work:
        campaigns.launch(work, story.package, {"phases": {"deploy": {"start": "2024-12-01"}}})
    assert story.count(DutyOccurrence) == 0


def test_an_added_duty_is_marked_as_the_tenants_own(running_story):
    story = running_story
    with story.open_work("yangcheng", "admin") as work:
        duty = campaigns.add_duty(
            work, story.campaign, title="雪天专项检查", by="mine", form="plan", due=date(2024, 11, 9), reason="连日降雪", to="office",
        )  # fmt: skip
    assert duty.added and duty.reason == "连日降雪" and not duty.clauses
    story.ring()
    opened = story.instances(duty.id)
    assert {one.title for one in opened} == {"雪天专项检查"} and len(opened) == 2
    (occurrence,) = story.rows(select(DutyOccurrence).where(DutyOccurrence.duty == duty.id))
    assert occurrence.basis == "tenant"
    story.do("pine", duty.id, "fill")
    story.do("clerk", duty.id, "review", ACCEPTED)
    assert {one.state for one in story.instances(duty.id)} == {"done", "running"}


@pytest.mark.parametrize(
    "wrong",
    [{"title": " "}, {"reason": ""}, {"by": "stranger"}, {"form": "none"}, {"due": date(2024, 10, 1)}],
)
def test_an_added_duty_that_would_not_work_is_refused(running_story, wrong):
    sound = {"title": "检查", "by": "mine", "form": "plan", "due": None, "reason": "降雪"}
    with pytest.raises(Invalid), running_story.open_work("yangcheng", "admin") as work:
        campaigns.add_duty(work, running_story.campaign, **{**sound, **wrong})


def test_a_close_lets_go_of_what_is_open_except_standing_duties_and_lasting_ledgers(running_story):
    story = running_story
    self_check(story, MAJOR)
    story.do("pine", "plan", "fill")
    with story.open_work("yangcheng", "admin") as work:
        released = campaigns.close(work, story.campaign)
    assert released > 0
    left = {(one.duty, one.ledger) for one in story.rows(select(Instance).where(Instance.state == "running"))}
    assert left == {("standing", ""), ("", "hazards")}
    open_tasks = story.rows(select(Task).where(Task.state == "open"))
    assert {(one.duty, one.ledger) for one in open_tasks} == left
    story.day("2024-12-05")
    fresh = [one for one in story.instances() if one.opened_at.date() > date(2024, 11, 2)]
    assert {one.duty for one in fresh} == {"standing"}
    story.do("pine", ledger="hazards", answers={"整改期限": "2024-12-20"})
    assert not story.errors


def test_nothing_rings_any_more_for_what_a_close_let_go(running_story):
    story = running_story
    with story.open_work("yangcheng", "admin") as work:
        campaigns.close(work, story.campaign)
    waiting = {one.id for one in story.rows(select(Job).where(Job.state == "waiting"))}
    assert story.wakeups() == waiting
    assert {one.kind for one in story.rows(select(Job).where(Job.state == "waiting"))} == {"open_occurrence"}


def test_a_closed_campaign_is_not_closed_or_added_to_again(running_story):
    with running_story.open_work("yangcheng", "admin") as work:
        campaigns.close(work, running_story.campaign)
    with pytest.raises(Conflict), running_story.open_work("yangcheng", "admin") as work:
        campaigns.close(work, running_story.campaign)


def test_a_preview_tells_which_reports_nobody_would_receive(open_work, clock):
    office = "office: {title: 办公室, post: leading_group}"
    elsewhere = "office: {title: 办公室, unit: \"kind == 'bureau' and 级别 == '省'\"}"
    changed = {
        **files(),
        "campaign.yaml": files()["campaign.yaml"].decode().replace(office, elsewhere).encode(),
    }
    story = begun(open_work, clock, changed)
    with open_work("yangcheng", "admin") as work:
        plan = campaigns.preview(work, story.package)
    assert {one.duty.id for one in plan.duties if one.unreceived} == {"plan", "monthly"}
