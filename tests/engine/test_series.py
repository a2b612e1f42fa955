"""What an event starts at one unit and another stops, and what comes each year without a date."""

from __future__ import annotations

from datetime import date

import pytest

from engine import owing, progress
from engine.running import running
from tests.engine.dated_package import files
from tests.engine.story import Story, begun


@pytest.fixture
def story(open_work, clock) -> Story:
    found = begun(open_work, clock, files())
    found.launch()
    assert not found.errors
    return found


def days(story: Story, unit: str = "pine", duty: str = "checks") -> list[date | None]:
    return [one.due for one in story.instances(duty, unit=unit)]


def resume(story: Story, login: str = "pine", duty: str = "resume") -> None:
    instance = story.demand(login, duty)
    [task] = [one for one in story.todo(login, duty=duty) if one.instance_id == instance]
    story.complete(login, task.id)
    story.ring()
    assert not story.errors


def test_nothing_comes_before_the_event_and_then_each_ten_days_at_that_mine_alone(story):
    story.day("2024-11-21")
    assert days(story) == []
    resume(story)
    story.day("2024-12-21")
    # From the day of the event on; the third has opened and is not due yet.
    assert days(story) == [date(2024, 11, 30), date(2024, 12, 10), date(2024, 12, 20), date(2024, 12, 31)]
    assert days(story, "plain") == []
    assert [one.title for one in story.instances("checks")][:1] == ["旬查（2024-11-30）"]
    story.day("2025-01-15")
    assert len(days(story)) == 4  # to the end of the year in which it began


def test_another_event_stops_it_and_what_is_open_stays(story):
    resume(story)
    story.day("2024-11-12")
    resume(story, duty="pause")
    story.day("2024-12-31")
    assert days(story) == [date(2024, 11, 10), date(2024, 11, 20)]
    assert {one.state for one in story.instances("checks")} == {"running"}


def test_beginning_again_does_not_make_two_of_it(story):
    resume(story)
    story.day("2024-11-05")
    resume(story)
    story.day("2024-11-22")
    assert days(story) == [date(2024, 11, 10), date(2024, 11, 10), date(2024, 11, 20), date(2024, 11, 30)]


def test_of_several_that_were_missed_the_newest_is_opened(story):
    resume(story)
    story.at("2024-12-15")
    story.ring()
    assert days(story) == [date(2024, 11, 10), date(2024, 12, 20)]


def test_a_mine_that_stops_owes_nothing_more(story):
    resume(story)
    with story.open_work("yangcheng", "admin") as work:
        owing.change_unit(work, story.open_work.world.unit("pine"), status="停产")
    story.day("2024-12-05")
    assert days(story) == [date(2024, 11, 10)]
    assert [one.state for one in story.instances("checks")] == ["released"]


def test_a_yearly_duty_without_a_date_comes_each_year_and_is_never_late(story):
    assert days(story, duty="yearly") == [None]
    story.day("2025-02-01")
    assert days(story, duty="yearly") == [None, None]
    assert [one.title for one in story.instances("yearly", unit="pine")] == [
        "年度计划（2024）",
        "年度计划（2025）",
    ]
    with story.open_work("yangcheng", "admin", reads=True) as work:
        live = running(work, story.launched)
        assert progress.coming(work, live)["yearly"].period == "2025"
        assert progress.totals(work, live, duty="yearly")["yearly"].counts["missing"] == 0
