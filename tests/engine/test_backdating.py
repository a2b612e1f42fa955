"""What was over before the notice was issued raises no alarm; what waits for a season has no date until there is one."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from engine.models import DutyOccurrence
from engine.rehearsal import Rehearsal, invent, make_stage
from tenants.calendar import Season
from tenants.own_days import SeasonChange
from tests.engine.dated_package import files
from tests.engine.days import change
from tests.engine.story import Story, begun
from workflows.check import examine
from workflows.package import Package


@pytest.fixture
def story(open_work, clock) -> Story:
    return begun(open_work, clock, files())


def package() -> Package:
    found, problems = examine(files())
    assert found is not None and not problems
    return found


def occurrence(story: Story, duty: str) -> DutyOccurrence:
    [found] = story.rows(select(DutyOccurrence).where(DutyOccurrence.duty == duty))
    return found


def test_what_was_over_before_the_notice_is_planned_as_past_and_nobody_has_it(story):
    story.launch()
    assert (occurrence(story, "early").state, occurrence(story, "early").due) == ("past", date(2024, 5, 31))
    assert not story.instances("early")


def test_the_tenant_may_want_it_all_the_same_without_a_date(story):
    story.launch(past="open")
    assert {one.due for one in story.instances("early")} == {None}
    assert all(task.due is None for task in story.todo("pine", duty="early"))


def test_a_season_that_is_not_known_holds_no_launch_up_and_brings_its_date_later(story):
    story.launch()
    assert not story.errors
    [held] = story.instances("before_floods", unit="pine")
    assert (held.due, held.words) == (None, "汛期到来前")
    change(story, [SeasonChange("汛期", None, date(2024, 6, 1), date(2024, 9, 30))])
    [held] = story.instances("before_floods", unit="pine")
    assert held.due == date(2025, 5, 31)
    assert [task.due for task in story.todo("pine", duty="before_floods")] == [date(2025, 5, 31)]


def test_a_season_of_several_comes_when_it_is_known(story):
    story.launch()
    query = (
        select(DutyOccurrence.period).where(DutyOccurrence.duty == "festivals").order_by(DutyOccurrence.opens)
    )
    assert story.rows(query) == ["2025-春节"]
    change(story, [SeasonChange("两会", 2025, date(2025, 3, 3), date(2025, 3, 11))])
    assert story.rows(query) == ["2025-春节", "2025-两会"]


def test_a_rehearsal_tells_milestones_seasons_and_what_is_past():
    found = package()
    rows = list(Rehearsal(make_stage(found, invent(found))).rows())
    marks = [row for row in rows if row["id"] == "approvals" and row["milestone"]]
    assert [(row["milestone"], row["due"], row["past"], row["words"]) for row in marks] == [
        ("border", "2024-09-30", True, "9月底前"),
        ("rights", "2024-11-15", False, "11月15日前"),
        ("design", "2024-12-27", False, None),
        ("whole", "2025-01-31", False, None),
    ]
    assert {row["kind"] for row in marks} == {"task"} and marks[0]["title"] == "审批：划界"
    [early] = [row for row in rows if row["id"] == "early"]
    assert (early["due"], early["past"]) == ("2024-05-31", True)
    [floods] = [row for row in rows if row["id"] == "floods"]
    assert (floods["opens"], floods["due"], floods["awaits"]) == ("2025-04-01", None, "season")
    [before] = [row for row in rows if row["id"] == "before_floods"]
    assert (before["due"], before["awaits"]) == (None, "season")


def test_a_rehearsal_begins_and_ends_a_recurrence_on_the_days_that_are_given():
    found = package()
    events = {"resumed": (date(2025, 1, 4),), "paused": (date(2025, 3, 1),)}
    played = Rehearsal(make_stage(found, invent(found), events=events))
    days = sorted({row["due"] for row in played.rows() if row["id"] == "checks"})
    assert days == [
        "2025-01-10",
        "2025-01-20",
        "2025-01-31",
        "2025-02-10",
        "2025-02-20",
        "2025-02-28",
        "2025-03-10",
    ]
    whole = Rehearsal(make_stage(found, invent(found), events={"resumed": (date(2025, 1, 4),)}))
    assert len({row["due"] for row in whole.rows() if row["id"] == "checks"}) == 36


def test_a_rehearsal_knows_the_seasons_that_it_is_given():
    found = package()
    seasons = {
        "汛期": (Season(date(2025, 6, 1), date(2025, 9, 30)),),
        "两会": (Season(date(2025, 3, 3), date(2025, 3, 9)),),
    }
    rows = list(Rehearsal(make_stage(found, invent(found), seasons=seasons)).rows())
    dues = {row["id"]: row["due"] for row in rows if row["id"] in ("before_floods", "floods")}
    assert dues == {"before_floods": "2025-05-31", "floods": "2025-09-30"}
    assert [row["due"] for row in rows if row["id"] == "festivals"] == ["2025-01-27", "2025-03-02"]
