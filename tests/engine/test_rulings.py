"""Decisions in a running campaign: the whole way from the file to the trail, and what happens where a table cannot decide."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import history, incidents, jobs, rulings
from engine.models import Incident
from engine.running import running
from tenants.models import Unit
from tests.engine.package import DECISION, files
from tests.engine.story import begun
from workflows.check import check


def measured(story, login="pine", **answers):
    """Let a mine hand in what it has measured; return the instance."""
    story.demand(login, "grade")
    return story.do(login, "grade", "fill", answers).instance_id


def trail(story, instance):
    with story.open_work("yangcheng", reads=True) as work:
        of = history.instance(work, instance)
        found = history.trail(work, of)
        return [one.facts for one in found if one.action == rulings.ACTION]


def test_the_package_is_sound_and_its_table_decides_where_a_report_goes(running_story):
    assert [one for one in check(files()) if one.level == "error"] == []
    story = running_story
    bad = measured(story, 瓦斯=1.7, 班次=3)
    assert story.find("pine", "grade").name == "fix"
    [facts] = trail(story, bad)
    assert (facts["decision"], facts["rules"], facts["node"]) == ("level", [1], "level")
    fine = measured(story, 瓦斯=0.4, 班次=3)
    assert [one.end_node for one in story.instances("grade") if one.id == fine] == ["fine"]
    assert [one["rules"] for one in trail(story, fine)] == [[4]]


def test_the_row_that_decided_can_be_read_again(running_story):
    story = running_story
    instance = measured(story, 瓦斯=1.2, 班次=1)
    with story.open_work("yangcheng", reads=True) as work:
        package = running(work, story.launched).package
    [row] = rulings.told(package, trail(story, instance)[0])
    assert row.number == 2
    assert (row.tests, row.values) == (
        (("瓦斯", "[1..1.5)"), ("瓦斯 / 班次", "> 0.5")), (("级别", "'较大'"), ("期限", "7")),
    )  # fmt: skip
    assert rulings.told(package, {**trail(story, instance)[0], "mark": "of another version"}) == ()


def test_a_table_that_cannot_decide_is_an_incident_that_names_the_cell_and_the_others_go_on(running_story):
    story = running_story
    instance = measured(story, 瓦斯=1.2, 班次=0)
    with story.open_work("yangcheng", "admin") as work:
        [incident] = incidents.listed(work)
    assert (incident.kind, incident.instance_id) == ("step", instance)
    assert "决策“隐患分级”" in incident.message and "“瓦斯 / 班次”" in incident.message
    assert trail(story, instance) == []
    assert measured(story, "plain", 瓦斯=1.2, 班次=1)  # another mine is not held up
    assert len(story.rows(select(Incident))) == 1


@pytest.fixture
def hinged(open_work, clock):
    """The table looks at what the unit says of itself: at this mine nothing sensible."""
    text = DECISION.replace("<text>瓦斯 / 班次</text>", "<text>瓦斯 / unit.shifts</text>")
    story = begun(open_work, clock, {**files(), "decisions/level.dmn": text.encode()})
    story.launch()
    return story


def test_a_retry_decides_with_what_was_put_right(hinged):
    story = hinged
    set_shifts(story, 0)
    instance = measured(story, 瓦斯=1.2)
    assert [one.state for one in story.instances("grade")] == ["stuck"]
    [incident] = story.rows(select(Incident))
    with story.open_work("yangcheng", "admin") as work:
        jobs.retry(work, incident.id)  # nothing has changed
    [again] = story.rows(select(Incident).where(Incident.state == "open"))
    set_shifts(story, 2)
    with story.open_work("yangcheng", "admin") as work:
        jobs.retry(work, again.id)
    assert [one.state for one in story.instances("grade")] == ["running"]
    assert story.find("pine", "grade").name == "fix" and [one["rules"] for one in trail(story, instance)] == [
        [2]
    ]


def set_shifts(story, shifts):
    with story.open_work("yangcheng", "admin") as work:
        mine = work.session.get(Unit, (work.tenant.id, story.open_work.world.unit("pine")))
        mine.attributes = {**mine.attributes, "shifts": shifts}
