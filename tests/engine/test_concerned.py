"""What a row names: an item, and a duty, concern the unit in a field of the row, not the one that wrote the list."""

from __future__ import annotations

import json

import pytest

from engine import ledgers
from engine.running import running
from tests.engine.package import CAMPAIGN, files
from tests.engine.story import Story, begun
from tests.workflows.small import bpmn
from workflows.check import check

LISTED = """\
  listing: {title: 确定名单, by: office, process: duty, form: listing, start: 2024-11-01, clause: 一}
  called_on:
    title: 上门核查
    by: above_mine
    process: visit
    form: plan
    on: {rows: listing.名单, when: "级别 == '重大'", about: 煤矿}
    clause: 一
ledgers:
  listed:
    title: 名单
    process: entry
    form: entry
    title_field: 事由
    columns: [事由]
    from_rows: [listing.名单]
    unit_field: 煤矿
    clause: 一
"""
ROW = {
    "煤矿": {"type": "string", "format": "unit", "title": "煤矿"},
    "事由": {"type": "string", "title": "事由"},
    "级别": {"type": "string", "title": "级别"},
}


def form(**properties: object) -> bytes:
    return json.dumps({"type": "object", "properties": properties}, ensure_ascii=False).encode()


def package(changed: str = LISTED) -> dict[str, bytes]:
    campaign = CAMPAIGN.replace("ledgers:\n", changed, 1).replace(
        "  office:",
        "  above_mine: {title: 所属公司, above: subject, unit: \"kind == 'company'\"}\n  office:",
        1,
    )
    table = {"type": "array", "title": "名单", "items": {"type": "object", "properties": ROW}}
    fill = 'camunda:formKey="{}" camunda:candidateGroups="{}"'
    return {
        **files(), "campaign.yaml": campaign.encode(), "forms/listing/schema.json": form(名单=table),
        "forms/entry/schema.json": form(**ROW),
        "processes/entry.bpmn": bpmn("entry", [("answer", fill.format("plan", "by"))]).encode(),
        "processes/visit.bpmn": bpmn("visit", [("go", fill.format("form", "by"))]).encode(),
    }  # fmt: skip


@pytest.fixture
def story(open_work, clock) -> Story:
    told = begun(open_work, clock, package())
    told.launch()
    assert not told.errors
    return told


def list_mines(story: Story, *mines: str, level: str = "重大") -> None:
    unit = story.open_work.world.unit
    rows = [{"煤矿": str(unit(one)), "事由": f"{one}的事", "级别": level} for one in mines]
    story.complete("clerk", story.find("clerk", "listing").id, {"名单": rows})


def titles(story: Story, login: str) -> list[str]:
    with story.open_work("yangcheng", login, reads=True) as work:
        found, _ = ledgers.lines(work, running(work, story.launched), "listed", ledgers.Query())
    return [line.item.title for line in found]


def test_the_named_unit_has_the_item_and_its_step_and_no_stranger_sees_it(story: Story) -> None:
    list_mines(story, "pine", "plain")
    unit = story.open_work.world.unit
    assert [one.unit_id for one in story.items("listed")] == [unit("pine"), unit("plain")]
    assert titles(story, "pine") == ["pine的事"] and titles(story, "plain") == ["plain的事"]
    assert titles(story, "reader") == ["pine的事", "plain的事"]
    assert story.find("pine", ledger="listed").name == "answer"


def test_a_row_that_names_nobody_is_of_whom_the_list_concerns(story: Story) -> None:
    (listing,) = story.instances("listing")
    story.complete("clerk", story.find("clerk", "listing").id, {"名单": [{"事由": "不知哪家"}]})
    assert [one.unit_id for one in story.items("listed")] == [listing.unit_id]


def test_a_duty_of_a_row_is_about_the_named_unit_and_owed_by_whom_its_actor_means_there(story: Story) -> None:
    list_mines(story, "pine", "plain")
    unit = story.open_work.world.unit
    found = {(one.unit_id, one.about_id) for one in story.instances("called_on")}
    assert found == {(unit("north"), unit("pine")), (unit("south"), unit("plain"))}
    assert story.find("north", "called_on").about_id == unit("pine")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("unit_field: 煤矿", "unit_field: 矿名", "里没有字段“矿名”"),
        ("unit_field: 煤矿", "unit_field: 事由", "“事由”不是填单位的一栏"),
        ("about: 煤矿}", "about: 级别}", "“级别”不是填单位的一栏"),
    ],
)
def test_a_field_that_is_no_unit_is_refused_by_name(old: str, new: str, said: str) -> None:
    found = check(package(LISTED.replace(old, new)))
    assert any(said in str(problem.what) for problem in found), [str(one.what) for one in found]
