"""A report is filled from those that it collects; each number names the reports behind it, and what is missing is named."""

from __future__ import annotations

from typing import Any

import pytest

from engine import prefilled, tasks
from engine.models import Instance
from engine.rollup import showing
from engine.running import running
from tenants.errors import Invalid
from tests.databases import Database
from tests.engine.rolled import hand_in
from tests.engine.story import Story, statements
from tests.world import Door, HandClock

__all__ = ["rolled_story"]


@pytest.fixture
def rolled_story(database: Database, open_work: Door, clock: HandClock) -> Story:
    """Two of four units have reported and been accepted; it is the day after."""
    assert database.scene is not None
    package, campaign = database.scene.told
    story = Story(open_work, clock, package, campaign)
    story.day("2024-11-09")
    assert story.errors == []
    return story


def form_of(story: Story, login: str = "clerk") -> dict[str, Any]:
    """Return what the form of the roll-up begins with."""
    with story.open_work("yangcheng", login, reads=True) as work:
        task = story.find(login, "total", "fill")
        return prefilled.prefilled(work, tasks.gather(work, task.id))


def shown(story: Story, login: str = "clerk") -> showing.Shown:
    (total,) = story.instances("total")
    with story.open_work("yangcheng", login, reads=True) as work:
        instance = work.session.get_one(Instance, (work.tenant.id, total.id))
        found = showing.of_instance(work, running(work, story.launched), instance)
        assert found is not None
        return found


def line(found: showing.Shown, name: str) -> showing.Line:
    (one,) = [one for one in found.lines if one.name == name]
    return one


def file(story: Story, **changed: Any) -> None:
    story.complete("clerk", story.find("clerk", "total", "fill").id, {**form_of(story), **changed})


def test_the_form_begins_with_what_the_accepted_reports_come_to(rolled_story):
    assert form_of(rolled_story) == {
        "隐患数": 15, "已整改": 12, "整改率": 80, "资金": 0.3, "大额": 10.5, "应报": 4, "缺报": ["北山煤业公司", "南坪煤业公司"], "项目数": 2,
        "最新": "南坪", "清单": [{"单位": "松岭煤矿", "项目": "泵房", "资金": 10.5}, {"单位": "松岭煤矿", "项目": "路", "资金": 2}],
    }  # fmt: skip


def test_only_what_was_accepted_counts(rolled_story):
    hand_in(rolled_story, "north", accepted=False, 隐患数=100, 已整改=1)
    found = form_of(rolled_story)
    assert (found["隐患数"], found["整改率"], found["缺报"]) == (15, 80, ["南坪煤业公司"])


def test_what_nobody_answered_is_no_zero_and_who_did_not_say_is_named(rolled_story):
    hand_in(rolled_story, "north", 已整改=3, 说明="没有填隐患数")
    found = form_of(rolled_story)
    assert (found["隐患数"], found["已整改"], found["整改率"]) == (15, 15, 80), (
        "a ratio takes only whoever said both"
    )
    file(rolled_story)
    assert line(shown(rolled_story), "隐患数").blank == ("北山煤业公司",)
    assert (shown(rolled_story).counted, shown(rolled_story).owed) == (3, 4)


def test_each_number_is_linked_to_the_reports_behind_it(rolled_story):
    file(rolled_story)
    found = shown(rolled_story)
    parts = line(found, "隐患数").parts
    figures = {one.id: one.unit_id for one in rolled_story.instances("figures")}
    units = rolled_story.open_work.world.unit
    assert [(part.unit, part.value, figures[part.id]) for part in parts] == [
        ("松岭煤矿", 12, units("pine")), ("南坪露天煤矿", 3, units("plain")),
    ]  # fmt: skip
    assert line(found, "整改率").parts[0].value == [9, 12]
    assert [part.unit for part in line(found, "缺报").parts] == ["北山煤业公司", "南坪煤业公司"]
    assert found.missing == ("北山煤业公司", "南坪煤业公司") and found.state == "current"


def test_what_stands_behind_a_number_is_what_stood_there_when_it_was_handed_in(rolled_story):
    file(rolled_story)
    hand_in(rolled_story, "north", 隐患数=5, 已整改=5)
    found = shown(rolled_story)
    assert [part.value for part in line(found, "隐患数").parts] == [12, 3]
    assert found.missing == ("北山煤业公司", "南坪煤业公司")


def test_whoever_may_not_see_a_report_is_told_that_there_are_others(rolled_story):
    file(rolled_story)
    (total,) = rolled_story.instances("total")
    with rolled_story.open_work("yangcheng", "pine", reads=True) as work:
        found = showing.of_instance(
            work,
            running(work, rolled_story.launched),
            work.session.get_one(Instance, (work.tenant.id, total.id)),
        )
        assert found is not None
    one = line(found, "隐患数")
    assert ([part.unit for part in one.parts], one.unseen) == (["松岭煤矿"], 1)


def test_a_number_that_was_changed_by_hand_is_marked_and_what_was_computed_stays(rolled_story):
    with pytest.raises(Invalid) as refused:
        file(rolled_story, 隐患数=16)
    assert refused.value.problems[0].where == "理由"
    file(rolled_story, 隐患数=16, 理由="松岭煤矿电话更正")
    one = line(shown(rolled_story), "隐患数")
    assert (one.changed, one.computed, one.given) == (True, 15, 16)
    assert not line(shown(rolled_story), "已整改").changed


def test_it_costs_the_same_number_of_statements_for_more_reports(rolled_story):
    def cost() -> int:
        with rolled_story.open_work("yangcheng", "clerk", reads=True) as work:
            desk = tasks.gather(work, rolled_story.find("clerk", "total", "fill").id)
            with statements(work) as seen:
                showing.at_task(work, desk, {})
            return len(seen)

    few = cost()
    hand_in(rolled_story, "north", 隐患数=1)
    assert cost() == few
