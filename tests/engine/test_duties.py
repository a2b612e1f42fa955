"""Duties at work: what opens when, for whom, and who may ask for it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from engine import duties
from engine.models import DutyOccurrence
from tenants.errors import Forbidden, Invalid, NotFound
from tenants.models import Job


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
