"""A date that the tenant sets itself."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from engine import history, own_dates, progress
from engine.models import Campaign
from engine.running import running
from tenants.errors import Conflict, Forbidden, Invalid
from tests.engine.story import Story


def set_due(
    story: Story, duty: str, due: date | None, reason: str = "县领导要求", login: str = "admin"
) -> int:
    with story.open_work("yangcheng", login) as work:
        return own_dates.set_due(work, story.launched, duty, due, reason)


def missing(story: Story, duty: str) -> int:
    with story.open_work("yangcheng", "admin", reads=True) as work:
        return progress.totals(work, running(work, story.launched), duty=duty)[duty].counts["missing"]


def test_an_undated_duty_is_late_only_from_the_date_that_the_tenant_sets(running_story):
    story = running_story
    story.day("2024-12-20")
    assert missing(story, "open_ended") == 0
    assert set_due(story, "open_ended", date(2024, 12, 25)) == 2
    assert {task.due for task in story.todo("pine", duty="open_ended")} == {date(2024, 12, 25)}
    assert missing(story, "open_ended") == 0
    story.day("2024-12-26")
    assert missing(story, "open_ended") == 2
    [instance] = story.instances("open_ended", unit="pine")
    with story.open_work("yangcheng", "pine", reads=True) as work:
        [told] = [one for one in history.trail(work, instance) if one.action == "instance.date"]
    assert (told.facts["due"], told.facts["reason"]) == ("2024-12-25", "县领导要求")


def test_what_was_handed_in_keeps_what_it_was_measured_by_and_a_date_can_be_taken_back(running_story):
    story = running_story
    story.do("pine", "open_ended")
    assert set_due(story, "open_ended", date(2024, 11, 10)) == 1
    assert set_due(story, "open_ended", None) == 1
    assert {one.due for one in story.instances("open_ended")} == {None}
    [campaign] = story.rows(select(Campaign))
    assert campaign.choices["duties"]["open_ended"] == {}


@pytest.mark.parametrize(
    ("duty", "due", "reason", "login", "refusal"),
    [
        ("plan", date(2024, 12, 1), "x", "admin", Conflict),  # the notice says when
        ("monthly", date(2024, 12, 1), "x", "admin", Conflict),
        ("open_ended", date(2024, 10, 1), "x", "admin", Invalid),
        ("open_ended", date(2024, 12, 1), " ", "admin", Invalid),
        ("open_ended", date(2024, 12, 1), "x", "pine", Forbidden),
    ],
)
def test_what_cannot_be_is_refused(running_story, duty, due, reason, login, refusal):
    with pytest.raises(refusal):
        set_due(running_story, duty, due, reason, login)
