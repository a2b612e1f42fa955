"""Milestones at work, and what follows when one is missed."""

from __future__ import annotations

from datetime import date

import pytest

from engine import history, milestones, owing
from engine.running import running
from tests.engine.dated_package import files
from tests.engine.story import Story, begun
from workflows.check import examine


@pytest.fixture
def story(open_work, clock) -> Story:
    found = begun(open_work, clock, files())
    found.launch()
    assert not found.errors
    return found


def states(story: Story, unit: str = "pine") -> dict[str, str]:
    """Return milestone -> where the mine stands with it."""
    with story.open_work("yangcheng", "admin", reads=True) as work:
        [instance] = story.instances("approvals", unit=unit)
        live = running(work, story.launched)
        return {one.mark.id: one.state for one in milestones.standing(work, live, instance)}


def trail(story: Story) -> list[str]:
    with story.open_work("yangcheng", "admin", reads=True) as work:
        [instance] = story.instances("approvals", unit="pine")
        return [entry.action for entry in history.trail(work, instance)]


def test_the_package_is_sound():
    found, problems = examine(files())
    assert found is not None and not problems


def test_each_step_has_the_date_and_the_words_of_its_milestone(story):
    by_step = {task.node: (task.due, task.words) for task in story.todo("pine", duty="approvals")}
    assert by_step["rights"] == (date(2024, 11, 15), "11月15日前")
    assert by_step["design"] == (date(2024, 12, 27), "")
    # What lay before the notice is late for nobody; the whole is due with the last milestone.
    assert by_step["border"][0] == date(2025, 1, 31)
    assert states(story) == {"border": "past", "rights": "coming", "design": "coming", "whole": "coming"}


def test_what_is_done_by_then_is_met_and_nothing_follows(story):
    story.do("pine", "approvals", "rights")
    story.day("2024-11-20")
    assert states(story)["rights"] == "met"
    assert not story.instances("sorting", unit="pine")


def test_each_miss_has_a_consequence_of_its_own(story):
    story.day("2024-11-15", hour=23)
    assert states(story)["rights"] == "coming" and not story.instances("sorting")
    story.day("2024-11-16")
    assert states(story)["rights"] == "missed"
    assert "milestone.miss" in trail(story)
    found = story.instances("sorting")
    assert {one.due for one in found} == {date(2024, 11, 26)} and len(found) == 2  # pine and plain
    # The other one is heard by the process itself: the step is withdrawn, the office settles it.
    story.day("2024-12-28")
    assert states(story)["design"] == "missed"
    assert story.find("clerk", "approvals", "settle", unit="pine").unit_id
    assert "design" not in {task.name for task in story.todo("pine", duty="approvals")}


def test_what_is_done_late_stays_late(story):
    story.day("2024-11-18")
    story.do("pine", "approvals", "rights")
    assert states(story)["rights"] == "late"


def test_a_miss_is_told_once(story):
    story.day("2024-11-25")
    assert trail(story).count("milestone.miss") == 1


def test_everybody_counts_what_they_may_see(story):
    story.do("pine", "approvals", "rights")
    story.day("2024-11-18")
    for login, missed, met in (("admin", 1, 1), ("pine", 0, 1), ("plain", 1, 0)):
        with story.open_work("yangcheng", login, reads=True) as work:
            live = running(work, story.launched)
            counts = {
                mark.id: counts for mark, counts in milestones.tally(work, live, live.duties["approvals"])
            }
        assert (counts["rights"]["missed"], counts["rights"]["met"]) == (missed, met), login


def test_a_mine_that_is_let_go_misses_nothing(story):
    with story.open_work("yangcheng", "admin") as work:
        owing.change_unit(work, story.open_work.world.unit("pine"), status="关闭")
    story.day("2024-11-20")
    assert states(story)["rights"] == "released"
    assert len(story.instances("sorting")) == 1
