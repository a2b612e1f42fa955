"""Choices that each tenant has of its own, units of one actor, years: what a package leaves to the tenant's own words."""

from __future__ import annotations

import pytest

from engine import appointing
from engine.running import running
from tenants.errors import Forbidden, Invalid
from tests.engine import tiny
from tests.engine.story import Story, begun
from tests.engine.tiny import FILL
from tests.workflows.small import told

CAMPAIGN = """\
actors:
  mine: {title: 煤矿, unit: "kind == 'mine' and status == '生产'"}
  company: {title: 公司, unit: "kind == 'company'"}
choices:
  grade: {title: 评定等次, default: [优, 良, 差], clause: 一}
  theme: {title: 主题, clause: 一}
duties:
  rating: {title: 评定, by: mine, form: rating, clause: 一}
  again: {title: 再评, by: mine, form: rating, start: 2024-12-02, clause: 一}
"""
FIELDS = {
    "等次": {"type": "string", "title": "等次", "x-choices": "grade"},
    "主题": {"type": "string", "title": "主题", "x-choices": "theme"},
    "年度": {"type": "string", "title": "年度", "format": "year"},
    "协议公司": {"type": "string", "title": "协议公司", "format": "unit", "x-actor": "company"},
}


def files(campaign: str = CAMPAIGN, **changed: object) -> dict[str, bytes]:
    forms = {"rating": {**FIELDS, **changed}}
    return tiny.package(campaign, {"duty": [("work", FILL)]}, forms, required=["等次"])


@pytest.fixture
def story(open_work, clock) -> Story:
    found = begun(open_work, clock, files())
    found.launch("2024-11-04")
    assert not found.errors
    return found


def choose(story: Story, name: str, *values: str, login: str = "admin") -> None:
    with story.open_work("yangcheng", login) as work:
        appointing.choose_list(work, story.launched, name, values)


def refused(story: Story, **answers: object) -> list[str]:
    task = story.find("pine", "rating")
    with pytest.raises(Invalid) as caught:
        story.complete("pine", task.id, {"等次": "优", **answers})
    return [one.where for one in caught.value.problems]


def test_a_list_is_the_packages_until_the_tenant_has_its_own_and_then_binding(story: Story) -> None:
    assert refused(story, 等次="A") == ["/等次"]
    choose(story, "grade", "A", "B", " ", "B")
    assert refused(story, 等次="优") == ["/等次"]
    story.do("pine", "rating", answers={"等次": "A", "主题": "什么都行"})
    with story.open_work("yangcheng", "admin") as work:
        live = running(work, story.launched)
        form = live.form("rating", "form")
        assert form.schema["properties"]["等次"]["enum"] == ["A", "B"] and form is live.form("rating", "form")
        assert "enum" not in live.form("rating", "form").schema["properties"]["主题"]


def test_only_who_steers_sets_a_list(story: Story) -> None:
    with pytest.raises(Forbidden):
        choose(story, "grade", "A", login="clerk")


def test_a_field_for_the_units_of_one_actor_takes_no_other(story: Story) -> None:
    assert refused(story, 协议公司=str(story.open_work.world.unit("plain"))) == ["/协议公司"]
    story.do("pine", "rating", answers={"等次": "优", "协议公司": str(story.open_work.world.unit("south"))})


def test_a_year_is_four_digits(story: Story) -> None:
    assert refused(story, 年度="24") == ["/年度"]
    story.do("pine", "rating", answers={"等次": "优", "年度": "2024"})


def test_lists_and_actors_that_are_not_there_are_named() -> None:
    said = told(files(CAMPAIGN.replace("  theme:", "  themes:")))
    assert any("“theme”不在 choices 里" in one for one in said)
    wrong = {"type": "string", "title": "单位", "format": "unit", "x-actor": "companies"}
    assert any("“companies”不是本方案的责任主体" in one for one in told(files(协议公司=wrong)))
    assert told(files()) == []
