"""A tenant's days and seasons change under a running campaign: what moves with them, and what stays."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select, update

from engine import campaigns, duties, recalendar
from engine.models import Campaign, Instance, Task
from tenants import workdays
from tenants.errors import Invalid
from tenants.own_days import DayChange, SeasonChange
from tests.engine.days import OFF, WINTER, change, dues, lines, preview, reminders
from tests.engine.story import ACCEPTED, ZONE, begun
from tests.engine.workday_package import files


@pytest.fixture
def story(winter_story):
    return winter_story


class TestMoving:
    """What moves, and where to."""

    def test_a_day_off_moves_a_date_that_counts_working_days(self, story):
        assert {one.due for one in story.instances("plan")} == {date(2024, 11, 11)}
        shown = change(story, OFF)
        assert lines(shown, "open", "plan") == [("", date(2024, 11, 11), date(2024, 11, 12), 2)]
        assert {one.due for one in story.instances("plan")} == {date(2024, 11, 12)}
        for task in story.rows(select(Task).where(Task.duty == "plan")):
            assert task.due == date(2024, 11, 12) and task.words == "十个工作日内"
            assert task.due_at == datetime(2024, 11, 13, tzinfo=ZONE)

    def test_the_reminder_moves_along_and_rings_on_its_new_day(self, story):
        assert reminders(story) == [datetime(2024, 11, 7, tzinfo=ZONE)] * 2
        assert change(story, OFF).campaigns[0].timers == 2
        assert reminders(story) == [datetime(2024, 11, 8, tzinfo=ZONE)] * 2
        story.day("2024-11-07")
        assert not story.count(Task, Task.name == "remind")
        story.day("2024-11-08")
        assert story.count(Task, Task.name == "remind", Task.duty == "plan") == 2

    def test_a_reminder_that_counts_working_days_moves_though_its_due_date_stays(self, story):
        # The due date is the last working day of the month either way; the two days before it are others.
        shown = change(story, [DayChange(date(2024, 11, 28), "off", "")])
        assert lines(shown, "open", "earlier") == []
        assert shown.campaigns[0].timers == 2
        assert reminders(story, "earlier") == [datetime(2024, 11, 26, tzinfo=ZONE)] * 2

    def test_there_and_back_again(self, story):
        before = (dues(story, "plan"), dues(story, "later"), dues(story, "daily"), reminders(story))
        change(story, OFF)
        change(story, [DayChange(date(2024, 11, 4), None)])
        assert before == (dues(story, "plan"), dues(story, "later"), dues(story, "daily"), reminders(story))

    def test_rolling_finds_another_working_day_on_its_side(self, story):
        assert dues(story, "earlier") == [date(2024, 11, 29), date(2024, 12, 31), date(2025, 1, 27)]
        assert dues(story, "later")[:2] == [date(2024, 11, 11), date(2024, 11, 20)]
        off = [DayChange(date(2024, 11, 11), "off", ""), DayChange(date(2024, 12, 31), "off", "")]
        shown = change(story, off)
        assert dues(story, "earlier") == [date(2024, 11, 29), date(2024, 12, 30), date(2025, 1, 27)]
        assert dues(story, "later")[:2] == [date(2024, 11, 12), date(2024, 11, 20)]
        assert ("2024-12", date(2024, 12, 31), date(2024, 12, 30), 1) in lines(shown, "planned", "earlier")

    def test_a_working_weekend_takes_the_roll_back(self, story):
        change(story, [DayChange(date(2024, 11, 30), "worked", "补班")])
        assert dues(story, "earlier")[0] == date(2024, 11, 30)

    def test_what_is_planned_opens_on_its_new_day(self, story):
        assert not story.instances("later")
        change(story, [DayChange(date(2024, 11, 11), "off", "")])
        story.day("2024-11-08")  # three days before the old date
        assert not story.instances("later")
        story.day("2024-11-09")
        assert {one.due for one in story.instances("later")} == {date(2024, 11, 12)}

    def test_days_that_become_one_are_one_and_days_that_part_are_two(self, story):
        week = [date(2024, 12, day) for day in (2, 3, 4, 5, 6)]
        assert dues(story, "daily") == week
        shown = change(story, [DayChange(date(2024, 12, 4), "off", "")])
        assert dues(story, "daily") == [day for day in week if day.day != 4]
        assert lines(shown, "falls") == [("2024-12-04", date(2024, 12, 4), None, 0)]
        shown = change(
            story,
            [DayChange(date(2024, 12, 4), None), DayChange(date(2024, 12, 7), "worked", "补班")],
        )
        assert dues(story, "daily") == sorted([*week, date(2024, 12, 7)])
        assert {one[0] for one in lines(shown, "arises")} == {"2024-12-04", "2024-12-07"}
        story.day("2024-12-07")
        assert {one.due for one in story.instances("daily")} == {*week, date(2024, 12, 7)}

    def test_a_season_moves_all_that_lies_in_it(self, story):
        weekly = [date(2024, 11, day) for day in (13, 20, 27)] + [date(2024, 12, day) for day in (4, 11)]
        assert dues(story, "winter") == weekly
        shown = change(story, [SeasonChange("冬防", 2024, date(2024, 11, 18), date(2024, 12, 18))])
        assert dues(story, "winter") == [*weekly[1:], date(2024, 12, 18)]
        assert lines(shown, "falls") == [("2024-W46", date(2024, 11, 13), None, 0)]
        assert lines(shown, "arises") == [("2024-W51", None, date(2024, 12, 18), 1)]
        change(story, [SeasonChange("冬防", 2024)])
        assert dues(story, "winter") == weekly

    def test_a_season_that_is_used_cannot_be_taken_away(self, story):
        with pytest.raises(Invalid) as refused:
            preview(story, [SeasonChange("冬防", None)])
        assert "冬防" in str(refused.value.what)

    def test_a_season_that_was_lost_can_be_put_back(self, open_work, clock):
        lost = {"end: notice.issued + workdays(10), clause": "end: season('冬防').end, clause"}
        told = begun(open_work, clock, files(**lost))
        change(told, WINTER)
        told.launch()
        with told.open_work("yangcheng", "admin") as work:
            workdays.record(
                work, [SeasonChange("冬防", None)]
            )  # below the pages, where nobody looks at campaigns
        change(told, WINTER)
        [occurrence, *_] = dues(told, "winter")
        assert occurrence == date(2024, 11, 13)

    def test_a_phase_moves_and_is_shown(self, story):
        [moves] = preview(story, OFF).campaigns
        [(key, was, now)] = moves.phases
        assert (key, was.end, now.end) == ("first", date(2024, 11, 11), date(2024, 11, 12))

    def test_the_campaigns_own_end_moves_with_it(self, open_work, clock):
        told = begun(open_work, clock, files(**{"end: 2025-01-28}": "end: notice.issued + workdays(20)}"}))
        change(told, WINTER)
        told.launch()
        shown = change(told, OFF)
        [moves] = shown.campaigns
        assert moves.period is not None
        [campaign] = told.rows(select(Campaign))
        assert campaign.end == moves.period[1].end == date(2024, 11, 26)

    def test_a_duty_started_by_an_event_counts_from_that_event(self, story):
        story.demand("pine", "answer")
        [one] = story.instances("answer")
        assert one.due == date(2024, 11, 8)
        shown = change(story, OFF)
        assert lines(shown, "event", "answer") == [("", date(2024, 11, 8), date(2024, 11, 11), 1)]
        assert story.find("pine", "answer").due == date(2024, 11, 11)

    def test_a_duty_put_off_opens_and_is_due_later(self, story):
        with story.open_work("yangcheng", "pine") as work:
            assert duties.start_on_demand(work, story.launched, "recheck") is None
        shown = change(story, OFF)
        assert lines(shown, "later", "recheck") == [("", date(2024, 11, 6), date(2024, 11, 7), 1)]
        story.day("2024-11-06")
        assert not story.instances("recheck")
        story.day("2024-11-07")
        assert [one.due for one in story.instances("recheck")] == [date(2024, 11, 11)]

    def test_a_step_with_a_date_of_its_own_moves_by_its_own_rule(self, story):
        story.do("pine", "plan", "fill")
        review = story.find("clerk", "plan", "review")
        assert review.due == date(2024, 11, 14)
        shown = change(story, [DayChange(date(2024, 11, 13), "off", "")])
        assert lines(shown, "step") == [("", date(2024, 11, 14), date(2024, 11, 15), 1)]
        assert story.find("clerk", "plan", "review").due == date(2024, 11, 15)


class TestStaying:
    """What does not move."""

    def test_what_was_handed_in_keeps_the_date_it_was_measured_by(self, story):
        story.do("pine", "plan", "fill")
        shown = change(story, OFF)
        assert lines(shown, "open", "plan") == [("", date(2024, 11, 11), date(2024, 11, 12), 1)]
        by_unit = {one.unit_id: one.due for one in story.instances("plan")}
        world = story.open_work.world
        assert by_unit == {
            world.unit("pine"): date(2024, 11, 11), world.unit("plain"): date(2024, 11, 12),
        }  # fmt: skip

    def test_what_is_done_is_never_changed(self, story):
        story.do("pine", "plan", "fill")
        story.do("clerk", "plan", "review", ACCEPTED)
        done = lambda: [  # noqa: E731
            (one.due, one.due_at) for one in story.rows(select(Task).where(Task.state == "done"))
        ]
        before = done()
        change(story, OFF)
        change(story, [DayChange(date(2024, 11, 13), "off", "")])
        assert done() == before

    def test_a_date_set_by_hand_stays(self, open_work, clock):
        told = begun(open_work, clock, files())
        change(told, WINTER)
        told.launch(duties={"plan": {"due": "2024-11-11"}})
        assert lines(change(told, OFF), "open", "plan") == []
        assert {one.due for one in told.instances("plan")} == {date(2024, 11, 11)}

    def test_an_instance_whose_date_nobody_can_explain_stays_and_is_counted(self, story):
        pine = story.open_work.world.unit("pine")
        with story.open_work("yangcheng") as work:
            work.session.execute(
                update(Instance)
                .where(Instance.unit_id == pine, Instance.duty == "plan")
                .values(due=date(2024, 11, 30))
            )
        shown = change(story, OFF)
        assert shown.campaigns[0].kept == 1
        assert lines(shown, "open", "plan") == [("", date(2024, 11, 11), date(2024, 11, 12), 1)]
        assert [one.due for one in story.instances("plan", unit="pine")] == [date(2024, 11, 30)]

    def test_a_written_date_stays(self, story):
        change(story, [DayChange(date(2024, 11, 20), "off", "")])
        assert dues(story, "fixed") == [date(2024, 11, 20)]

    def test_a_day_that_matters_to_nobody_is_changed_at_once(self, story):
        shown = preview(story, [DayChange(date(2030, 5, 5), "off", "")])
        assert not shown.any
        with story.open_work("yangcheng", "admin") as work:
            recalendar.apply(work, [DayChange(date(2030, 5, 5), "off", "")])
            assert date(2030, 5, 5) in workdays.gather(work).days

    def test_a_closed_campaign_is_over(self, story):
        with story.open_work("yangcheng", "admin") as work:
            campaigns.close(work, story.launched)
        assert not preview(story, OFF).any

    def test_a_neighbours_campaign_does_not_move(self, story):
        with story.open_work("qinshui", "qs-admin") as work:
            effects = recalendar.apply(work, OFF)
            assert effects.campaigns == ()
        assert {one.due for one in story.instances("plan")} == {date(2024, 11, 11)}
