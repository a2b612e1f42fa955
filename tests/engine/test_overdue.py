"""Late to the hour: a duty's own, a shift's, a step's."""

from __future__ import annotations

import pytest

from engine import inbox, progress
from engine.running import running
from tests.engine.dated_package import files
from tests.engine.package import DONE, START, process, task
from tests.engine.story import Story, begun

DUTIES = """\
duties:
  timed: {title: 日报, by: mine, form: plan, due: 2024-11-05, time: "17:00", clause: 一}
  shift:
    title: 班查
    by: mine
    form: plan
    every: {each: day, start: 2024-11-05, end: 2024-11-05, opens: due, shifts: {早班: "16:00", 夜班: "08:00"}}
    clause: 一
  quick: {title: 速报, by: mine, process: quick, form: plan, on: {demand: mine}, clause: 一}
"""


@pytest.fixture
def story(open_work, clock) -> Story:
    made = dict(files(**{"duties:\n": DUTIES}))
    made["processes/quick.bpmn"] = process(
        "quick", START, task("fill", "by", due="PT24H"), DONE, flows="start -> fill\nfill -> done"
    ).encode()
    found = begun(open_work, clock, made)
    found.launch()
    assert not found.errors
    return found


def missing(story: Story, duty: str) -> int:
    """Return how many are late, as the overview counts them; the page of the duty says the same."""
    with story.open_work("yangcheng", "admin", reads=True) as work:
        live = running(work, story.launched)
        total = progress.totals(work, live, duty=duty)[duty].counts["missing"]
        columns = progress.columns(work, live, duty=duty).get(duty, [])
        assert total == sum(column.counts["missing"] for column in columns)
        return total


def overdue(story: Story, duty: str) -> int:
    with story.open_work("yangcheng", "pine", reads=True) as work:
        return len(inbox.page(work, inbox.Filters(duty=duty, due="overdue")).rows)


def test_a_report_is_missing_from_its_hour_on(story):
    story.day("2024-11-05", hour=16)
    assert (missing(story, "timed"), overdue(story, "timed")) == (0, 0)
    story.day("2024-11-05", hour=17)
    assert (missing(story, "timed"), overdue(story, "timed")) == (2, 1)


def test_what_is_handed_in_after_the_hour_is_late(story):
    story.day("2024-11-05", hour=16)
    story.do("pine", "timed")
    story.day("2024-11-05", hour=18)
    story.do("plain", "timed")
    with story.open_work("yangcheng", "admin", reads=True) as work:
        [column] = progress.columns(work, running(work, story.launched), duty="timed")["timed"]
    assert {cell.unit: cell.late for cell in column.cells} == {"松岭煤矿": False, "南坪露天煤矿": True}


def test_each_shift_is_late_at_its_own_hour(story):
    story.day("2024-11-05", hour=15)
    assert missing(story, "shift") == 0
    story.day("2024-11-05", hour=16)
    assert missing(story, "shift") == 2  # the morning shift of both mines
    story.day("2024-11-06", hour=7)
    assert missing(story, "shift") == 2
    story.day("2024-11-06", hour=8)
    assert missing(story, "shift") == 4


def test_a_step_said_in_hours_is_late_at_that_moment(story):
    story.day("2024-11-05", hour=10)
    story.demand("pine", "quick")
    story.day("2024-11-06", hour=9)
    assert overdue(story, "quick") == 0
    story.day("2024-11-06", hour=11)
    assert overdue(story, "quick") == 1
