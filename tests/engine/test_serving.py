"""One document for two duties of the same day."""

from __future__ import annotations

from datetime import date

import pytest

from tests.engine.dated_package import files
from tests.engine.story import Story, begun
from tests.workflows.small import shown
from workflows.check import examine

BOTH = """\
duties:
  summary: {title: 年度总结, by: mine, form: plan, every: {rule: "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=10", opens: due - days(30)}, clause: 一}
  final: {title: 总结评估, by: mine, form: plan, start: 2025-11-01, due: 2025-12-10, serves: summary, clause: 一}
"""


@pytest.fixture
def story(open_work, clock) -> Story:
    return begun(open_work, clock, files(**{"duties:\n": BOTH}))


def states(story: Story) -> list[tuple[date | None, str]]:
    return [(one.due, one.state) for one in story.instances("summary", unit="pine")]


def test_two_duties_are_two_unless_the_tenant_says_otherwise(story):
    story.launch()
    story.day("2025-11-15")
    story.do("pine", "final")
    story.ring()
    assert states(story) == [(date(2024, 12, 10), "running"), (date(2025, 12, 10), "running")]


def test_what_is_accepted_for_the_one_settles_the_other_of_the_same_day_and_unit(story):
    story.launch(one_document={"final": "yes"})
    story.day("2025-11-15")
    story.do("pine", "final")
    story.ring()
    assert not story.errors
    assert states(story) == [(date(2024, 12, 10), "running"), (date(2025, 12, 10), "released")]
    assert {one.state for one in story.instances("summary", unit="plain")} == {"running"}


def test_a_duty_that_serves_nothing_is_said():
    [found] = examine(files(**{"duties:\n": BOTH.replace("serves: summary", "serves: sumary")}))[1]
    assert "sumary" in shown(found) and "summary" in shown(found)
