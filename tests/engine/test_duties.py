"""Duties at work: what opens when, for whom, and who may ask for it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from engine import campaigns, duties
from engine.models import DutyOccurrence
from tenants.errors import Forbidden, Invalid, NotFound
from tenants.models import Job
from tests.engine.package import CAMPAIGN, files
from tests.engine.story import MAJOR, begun, self_check


def test_an_occurrence_opens_on_its_local_day_and_not_before(story):
    story.launch("2024-10-28")
    assert story.instances("monthly") == []
    story.day("2024-10-31", hour=23)
    assert story.instances("monthly") == []
    story.clock.move(minutes=59)  # a minute to midnight in the county, the afternoon before in Greenwich
    story.ring()
    assert story.instances("monthly") == []
    story.clock.move(minutes=1)
    story.ring()
    assert {one.title for one in story.instances("monthly")} == {"报送月报（2024-11）"}


def test_whom_an_occurrence_picked_is_frozen_with_it(running_story):
    (opened,) = [one for one in running_story.rows(select(DutyOccurrence)) if one.duty == "self_check"]
    unit = running_story.open_work.world.unit
    assert set(opened.picked) == {str(unit("pine")), str(unit("plain"))}
    assert opened.state == "open"


def test_after_three_days_down_a_daily_duty_opens_only_the_last(running_story):
    story = running_story
    story.at("2024-11-05")
    story.ring()
    assert [one.due for one in story.instances("daily")] == [date(2024, 11, 1), date(2024, 11, 5)]
    states = {
        one.due.day: one.state
        for one in story.rows(select(DutyOccurrence).where(DutyOccurrence.duty == "daily"))
        if one.due.day <= 6
    }
    assert states == {1: "open", 2: "skipped", 3: "skipped", 4: "skipped", 5: "open", 6: "planned"}


def test_a_duty_that_asks_for_each_missed_one_gets_each_once_in_order(running_story):
    story = running_story
    story.at("2024-11-05")
    story.ring()
    story.ring()
    assert [one.due.day for one in story.instances("log")] == [1, 2, 3, 4, 5]


def test_only_those_whom_the_duty_names_may_ask_for_it(running_story):
    story = running_story
    for login in ("pine", "north", "creek", "admin", "auditor"):
        with pytest.raises(Forbidden):
            story.demand(login, "inspection", "pine")
    story.demand("clerk", "inspection", "pine")
    with pytest.raises(Forbidden):
        story.demand("creek", "answer")  # it does not produce, so it is none of them
    with pytest.raises(Forbidden):
        story.demand("pine", "tip")  # for its crews


def test_what_may_not_be_asked_for_is_refused_with_a_reason(running_story):
    story = running_story
    with pytest.raises(Invalid):
        story.demand("clerk", "inspection")
    with pytest.raises(Invalid):
        story.demand("clerk", "inspection", "creek")  # the actor does not mean a mine that stopped
    with pytest.raises(NotFound):
        story.demand("clerk", "plan")
    with pytest.raises(NotFound), story.open_work("qinshui", "qs-admin") as work:
        duties.start_on_demand(work, story.launched, "inspection")


def test_a_report_to_the_enterprise_goes_to_the_mine_of_the_crew(running_story):
    story = running_story
    story.demand("pine-dig", "tip")
    story.do("pine-dig", "tip", "fill", {"hazards": []})
    assert story.find("pine", "tip", "review").unit_id == story.open_work.world.unit("pine-dig")
    assert [one for one in story.todo("north") if one.duty == "tip"] == []


def test_an_event_of_a_mines_process_starts_the_offices_duty_about_that_mine_once(running_story):
    story = running_story
    story.demand("pine", "answer")
    story.do("pine", "answer", "fill")
    (answered,) = story.instances("answered")
    assert answered.source_id == story.instances("answer")[0].id
    unit = story.open_work.world.unit
    assert (answered.unit_id, answered.about_id) == (unit("safety"), unit("pine"))
    assert story.find("clerk", "answered").name == "fill"


def test_every_day_of_the_campaign_is_written_down_at_the_launch_and_rung_for_once(story):
    story.launch("2024-10-28")
    planned = story.rows(select(DutyOccurrence))
    waiting = story.rows(select(Job).where(Job.kind == "open_occurrence", Job.state == "waiting"))
    assert {one.subject_id for one in waiting} == {one.id for one in planned if one.state == "planned"}
    first = min(one.due_at for one in waiting)
    assert first - story.clock.now() > timedelta(0)


LATER = {
    "on: {rows: self-check.hazards, when": "start: event.at + days(10)\n    due: event.at + days(12)\n    on: {rows: self-check.hazards, when",
    "form: plan, on: {event: replied}": "form: plan, start: 2024-11-20, on: {event: replied}",
    "form: choice, on: {demand: mine}": "form: choice, start: event.at + days(5), on: {demand: mine}",
}  # fmt: skip


@pytest.fixture
def later(open_work, clock):
    """A campaign whose duties on rows, events and demand open some days after what starts them."""
    text = CAMPAIGN
    for old, new in LATER.items():
        assert old in text
        text = text.replace(old, new)
    story = begun(open_work, clock, {**files(), "campaign.yaml": text.encode()})
    story.launch()
    return story


def test_a_duty_from_a_row_opens_on_the_day_that_its_start_says(later):
    self_check(later, MAJOR)
    later.day("2024-11-10")
    assert later.instances("penance") == []
    later.day("2024-11-11")
    (penance,) = later.instances("penance")
    assert (penance.due, penance.unit_id) == (date(2024, 11, 13), later.open_work.world.unit("pine"))
    assert penance.source_id == later.instances("self_check", unit="pine")[0].id
    assert later.find("pine", "penance", "fill").post == "mine_head"


def test_a_duty_on_an_event_opens_on_the_day_that_its_start_says(later):
    later.demand("pine", "answer")
    later.do("pine", "answer", "fill")
    later.day("2024-11-19")
    assert later.instances("answered") == []
    later.day("2024-11-20")
    assert len(later.instances("answered")) == 1
    later.demand("pine", "answer")
    later.do("pine", "answer", "fill")
    assert len(later.instances("answered")) == 2, "its day has come: it opens at once"


def test_a_duty_on_demand_opens_later_for_the_one_who_asked_for_it(later):
    with later.open_work("yangcheng", "pine") as work:
        assert duties.start_on_demand(work, later.launched, "choose") is None
    later.ring()
    assert later.instances("choose") == []
    later.day("2024-11-06")
    assert later.find("pine", "choose").claimed_by == later.open_work.world.member("pine")


def test_what_was_to_open_later_does_not_when_the_campaign_has_ended(later):
    self_check(later, MAJOR)
    with later.open_work("yangcheng", "admin") as work:
        campaigns.close(work, later.launched)
    later.day("2024-11-12")
    assert later.instances("penance") == [] and not later.errors
