"""A change of days is looked at before it is carried out; what it costs does not grow with what it moves."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import select

from engine import recalendar, recalendar_record
from engine.models import DutyOccurrence, Instance, Task
from tenants import workdays
from tenants.errors import Conflict, Forbidden
from tenants.models import AuditEntry, Job
from tenants.own_days import DayChange, YearChange
from tenants.statutory import LAST_ANNOUNCED
from tests.engine.days import OFF, WINTER, change, preview, reminders
from tests.engine.story import ZONE, begun, statements
from tests.engine.workday_package import files


@pytest.fixture
def story(winter_story):
    return winter_story


class TestLooking:
    """The preview, and what may happen between it and the confirmation."""

    def test_a_preview_changes_nothing(self, story):
        preview(story, OFF)
        assert {one.due for one in story.instances("plan")} == {date(2024, 11, 11)}
        with story.open_work("yangcheng", reads=True) as work:
            assert not workdays.gather(work).days

    def test_it_says_what_becomes_overdue_and_what_no_longer_is(self, story):
        story.day("2024-11-12")
        shown = preview(story, OFF)
        [line] = [one for one in shown.campaigns[0].lines if one.what == "open" and one.duty == "plan"]
        assert line.becomes(date(2024, 11, 12)) == "in_time"
        change(story, OFF)
        story.day("2024-11-12")
        shown = preview(story, [DayChange(date(2024, 11, 4), None)])
        [line] = [one for one in shown.campaigns[0].lines if one.what == "open" and one.duty == "plan"]
        assert line.becomes(date(2024, 11, 12)) == "late" and line.example

    def test_without_a_look_nothing_is_moved(self, story):
        with story.open_work("yangcheng", "admin") as work, pytest.raises(Conflict):
            recalendar.apply(work, OFF)

    def test_another_change_in_between_asks_for_another_look(self, story):
        shown = preview(story, OFF)
        change(story, [DayChange(date(2024, 11, 6), "off", "")])
        with story.open_work("yangcheng", "admin") as work, pytest.raises(Conflict) as refused:
            recalendar.apply(work, OFF, shown.seal)
        assert "重新预览" in str(refused.value.do)
        assert {one.due for one in story.instances("plan")} == {date(2024, 11, 12)}

    def test_a_campaign_that_goes_on_in_between_asks_for_another_look(self, story):
        shown = preview(story, [DayChange(date(2024, 11, 11), "off", "")])
        story.day("2024-11-09")  # the ten-day report opens
        with story.open_work("yangcheng", "admin") as work, pytest.raises(Conflict):
            recalendar.apply(work, [DayChange(date(2024, 11, 11), "off", "")], shown.seal)

    def test_whoever_hands_in_in_between_is_no_reason_to_look_again(self, story):
        shown = preview(story, OFF)
        story.do("pine", "plan", "fill")
        with story.open_work("yangcheng", "admin") as work:
            recalendar.apply(work, OFF, shown.seal)
        assert {one.due for one in story.instances("plan", unit="pine")} == {date(2024, 11, 11)}
        assert {one.due for one in story.instances("plan", unit="plain")} == {date(2024, 11, 12)}

    @pytest.mark.parametrize("login", ["clerk", "author", "pine", "auditor"])
    def test_only_administrators_change_the_calendar(self, story, login):
        with story.open_work("yangcheng", login) as work, pytest.raises(Forbidden):
            recalendar.preview(work, OFF)
        with story.open_work("yangcheng", login) as work, pytest.raises(Forbidden):
            recalendar.apply(work, OFF)

    def test_everything_is_in_the_trail(self, story):
        change(story, OFF)
        acted = {entry.action for entry in story.rows(select(AuditEntry))}
        assert {"calendar.set", "campaign.recalendar", "occurrence.move", "instance.move"} <= acted
        [one] = [
            e
            for e in story.rows(select(AuditEntry))
            if e.action == "occurrence.move" and e.facts["duty"] == "plan"
        ]
        assert one.facts["before"] == "2024-11-11" and one.facts["due"] == "2024-11-12"


class TestEstimates:
    """Dates in a year whose arrangement nobody knows yet."""

    def test_the_mark_goes_when_the_year_is_vouched_for(self, open_work, clock):
        year = LAST_ANNOUNCED + 1
        told = begun(
            open_work, clock,
            files(**{"due: 2024-11-20": f"due: 'date({year}, 1, 31) - workdays(3)'", "end: 2025-01-28}": f"end: {year}-02-01}}"}),
        )  # fmt: skip
        change(told, WINTER)
        told.launch()
        [one] = told.rows(select(DutyOccurrence).where(DutyOccurrence.duty == "fixed"))
        assert one.estimated
        shown = change(told, [YearChange(year, True)])
        assert not shown.any
        [one] = told.rows(select(DutyOccurrence).where(DutyOccurrence.duty == "fixed"))
        assert not one.estimated


class _Undone(Exception):
    """Ends a unit of work without a trace."""


class TestManyUnits:
    """The cost does not grow with each row."""

    def test_statements_do_not_grow_with_the_instances(self, story, monkeypatch):
        monkeypatch.setattr(recalendar_record, "AT_ONCE", 0)  # the timers have jobs of their own
        counts = []
        for batch in (1, 200):
            multiply(story, batch)
            shown = preview(story, OFF)
            with (
                pytest.raises(_Undone),
                story.open_work("yangcheng", "admin") as work,
                statements(work) as seen,
            ):
                recalendar.apply(work, OFF, shown.seal)
                counts.append(len(seen))
                raise _Undone
        assert counts[1] <= counts[0] + 8

    def test_the_timers_of_many_follow_in_jobs(self, story, monkeypatch):
        monkeypatch.setattr(recalendar_record, "AT_ONCE", 1)
        monkeypatch.setattr(recalendar_record, "BATCH", 1)
        change(story, OFF)
        assert reminders(story) == [datetime(2024, 11, 8, tzinfo=ZONE)] * 2
        assert not story.errors
        assert story.count(Job, Job.kind == recalendar_record.FOLLOW, Job.state == "done") >= 2


def multiply(story, times):
    """Let the open occurrence of the plan have many more instances, each with its task."""
    with story.open_work("yangcheng") as work:
        model = work.session.scalars(select(Instance).where(Instance.duty == "plan")).first()
        task = work.session.scalars(select(Task).where(Task.instance_id == model.id)).first()
        for _ in range(times):
            copy = Instance(**{c.key: getattr(model, c.key) for c in Instance.__table__.c if c.key != "id"})
            work.session.add(copy)
            work.session.flush()
            work.session.add(
                Task(
                    **{
                        c.key: getattr(task, c.key)
                        for c in Task.__table__.c
                        if c.key not in ("id", "instance_id")
                    },
                    instance_id=copy.id,
                )
            )
