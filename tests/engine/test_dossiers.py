"""One file for each unit, items that are whole forms and are kept up to date, lists that campaigns keep together."""

from __future__ import annotations

import pytest

from engine import campaigns, dossiers
from tenants.errors import NotFound
from tests.engine import tiny
from tests.engine.story import Story, begun
from tests.engine.tiny import FILL, TEXT
from tests.workflows.small import told
from workflows.publish import publish

CAMPAIGN = """\
actors:
  mine: {title: 煤矿, unit: "kind == 'mine' and status == '生产'"}
duties:
  strategy: {title: 一矿一策, by: mine, form: strategy, on: {demand: mine}, clause: 一}
  check: {title: 自查, by: mine, form: check, on: {demand: mine}, clause: 一}
ledgers:
  strategies: {title: 一矿一策台账, process: instant, form: strategy, title_field: 主题, from_forms: strategy, clause: 一}
  blacklist: {title: 黑名单, process: hazard, form: row, title_field: 名称, from_rows: [check.行], shared: blacklist, pair: measures, outlives: true, clause: 一}
  measures: {title: 措施, process: instant, form: row, from_rows: [check.行], pair: blacklist, clause: 一}
"""


def files(campaign: str = CAMPAIGN, number: int = 1) -> dict[str, bytes]:
    fix = 'camunda:formKey="row" camunda:candidateGroups="about"'
    steps = {"duty": [("work", FILL)], "instant": [], "hazard": [("fix", fix)]}
    forms = {
        "strategy": {"主题": TEXT, "措施": TEXT},
        "check": {"行": tiny.rows("行", 名称=TEXT)},
        "row": {"名称": TEXT},
    }
    return tiny.package(campaign, steps, forms, key=f"files-{number}")


@pytest.fixture
def story(open_work, clock) -> Story:
    found = begun(open_work, clock, files())
    found.launch("2024-11-04")
    return found


def hand_in(story: Story, duty: str, answers: dict[str, object], login: str = "pine") -> None:
    story.demand(login, duty)
    story.do(login, duty, answers=answers)


def test_a_whole_form_is_one_item_and_what_comes_later_brings_it_up_to_date(story: Story) -> None:
    hand_in(story, "strategy", {"主题": "防治水", "措施": "探放水"})
    hand_in(story, "strategy", {"主题": "防治水（更新）", "措施": "物探"})
    hand_in(story, "strategy", {"主题": "边坡"}, login="plain")
    mine, other = story.items("strategies")
    assert (mine.number, mine.title, mine.data["措施"]) == (1, "防治水（更新）", "物探")
    assert (other.number, other.title) == (2, "边坡")


def test_a_units_file_has_all_that_concerns_it_across_campaigns_and_nothing_of_others(story: Story) -> None:
    hand_in(story, "strategy", {"主题": "防治水"})
    hand_in(story, "check", {"行": [{"名称": "外包队"}]})
    hand_in(story, "check", {"行": [{"名称": "别家的"}]}, login="plain")
    with story.open_work("yangcheng", "admin") as work:
        campaigns.launch(work, publish(work, files(number=2)).hash)
    pine = story.open_work.world.unit("pine")
    with story.open_work("yangcheng", "pine", reads=True) as work:
        found = dossiers.of_unit(work, pine)
        (part,) = found.parts
        assert {key: [item.title for item in lines] for key, lines in part.items.items()} == {
            "strategies": ["防治水"], "blacklist": ["外包队"], "measures": ["措施 1"],
        }  # fmt: skip
        assert sorted(one.duty for one in part.work) == ["check", "strategy"]
    with story.open_work("yangcheng", "plain", reads=True) as work, pytest.raises(NotFound):
        dossiers.of_unit(work, pine)


def test_a_list_that_campaigns_keep_together_outlives_each_of_them(story: Story) -> None:
    hand_in(story, "check", {"行": [{"名称": "外包队"}]})
    with story.open_work("yangcheng", "admin") as work:
        campaigns.close(work, story.launched)
        story.campaign = campaigns.launch(work, publish(work, files(number=2)).hash).id
    hand_in(story, "check", {"行": [{"名称": "又一家"}]}, login="plain")
    with story.open_work("yangcheng", "admin", reads=True) as work:
        parts = dossiers.lists(work)["blacklist"]
        assert [live.package.id for live, _ledger in parts] == ["files-2", "files-1"]
        assert sorted(item.title for item, _unit in dossiers.lines_of(work, parts, open_only=True)) == [
            "又一家",
            "外包队",
        ]
    with story.open_work("yangcheng", "pine", reads=True) as work:
        seen = dossiers.lines_of(work, dossiers.lists(work)["blacklist"])
        assert [item.title for item, _unit in seen] == ["外包队"]


def test_a_ledger_says_where_its_items_come_from() -> None:
    assert told(files()) == []
    said = told(
        files(
            CAMPAIGN.replace("from_forms: strategy", "from_forms: strategi").replace(
                "pair: measures", "pair: measure"
            )
        )
    )
    assert any("strategi" in one for one in said) and any("没有台账“measure”" in one for one in said)
