"""What is sensitive stays at its desk: no ledger, title, comparison or number of a table carries it on."""

from __future__ import annotations

import json

import pytest

from engine import checktables, comparison, drafting
from engine.running import running
from tests.checklists import SMALL
from tests.checklists import files as checks
from tests.engine.story import Story, begun
from tests.workflows.small import bpmn
from workflows.check import check

CAMPAIGN = """\
format: luoshi/1
id: roster-2024
version: 1.0.0
title: 从业人员
level: county
notice: {issuer: 某县, number: 某〔2024〕1号, issued: 2024-10-28}
period: {start: notice.issued, end: 2025-01-28}
actors:
  mine: {title: 煤矿, unit: "kind == 'mine'"}
  office: {title: 股室, unit: "kind == 'office'"}
duties:
  list: {title: 报名单, by: mine, process: list, form: people, due: 2024-12-01, clause: 一}
ledgers:
  people: {title: 名单, process: item, form: person, from_rows: [people.人员], title_field: 姓名, columns: [姓名], states: [在册], clause: 一}
  lists: {title: 各矿名单, process: item, form: people, from_forms: [people], columns: [说明], states: [在册], clause: 一}
"""
NUMBER, PHONE = "140522198001011234", "13900000000"
TEXT = {"type": "string", "title": "文字"}
PERSON = {
    "type": "object",
    "properties": {
        "姓名": {**TEXT, "title": "姓名"},
        "身份证": {**TEXT, "title": "身份证", "x-sensitive": True},
    },
}
PEOPLE = {
    "type": "object",
    "properties": {
        "人员": {"type": "array", "title": "人员", "items": PERSON},
        "说明": {**TEXT, "title": "说明"},
        "电话": {**TEXT, "title": "电话", "x-sensitive": True},
        "号码": {"type": "array", "title": "号码", "items": {**TEXT, "x-sensitive": True}},
    },
}
ANSWERS = {"人员": [{"姓名": "甲", "身份证": NUMBER}], "说明": "一人", "电话": PHONE, "号码": [PHONE]}


def files(campaign: str = CAMPAIGN, people: object = PEOPLE) -> dict[str, bytes]:
    return {
        "campaign.yaml": campaign.encode(), "clauses.yaml": "- {path: 一, gist: 做, kind: duty}\n".encode(),
        "processes/list.bpmn": bpmn("list", [("fill", 'camunda:formKey="form" camunda:candidateGroups="by"')]).encode(),
        "processes/item.bpmn": bpmn("item", [("look", 'camunda:candidateGroups="office"')]).encode(),
        "forms/people/schema.json": json.dumps(people, ensure_ascii=False).encode(),
        "forms/person/schema.json": json.dumps(PERSON, ensure_ascii=False).encode(),
    }  # fmt: skip


@pytest.fixture
def story(open_work, clock) -> Story:
    told: Story = begun(open_work, clock, files())
    told.launch()
    told.do("pine", "list", "fill", ANSWERS)
    told.ring()
    return told


def test_rows_and_forms_that_become_items_leave_behind_what_is_sensitive(story: Story) -> None:
    items = [*story.items("people"), *story.items("lists")]
    assert [item.title for item in items] == ["甲", "各矿名单 1"]
    assert items[0].data == {"姓名": "甲"}
    told = repr([(item.title, item.data) for item in items])
    assert NUMBER not in told and PHONE not in told


def test_what_is_sensitive_in_each_of_a_list_goes_with_the_list(story: Story) -> None:
    (instance,) = story.instances("list", unit="pine")
    (found,) = story.rounds(instance.id)
    assert found.answers == {"人员": [{"姓名": "甲"}], "说明": "一人"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("columns: [姓名]", "columns: [姓名, 身份证]"),
        ("title_field: 姓名", "title_field: 身份证"),
        ("columns: [说明]", "columns: [电话]"),
        ("from_rows: [people.人员]", "from_rows: [{rows: people.人员, when: \"身份证 != ''\"}]"),
    ],
)
def test_a_ledger_that_reaches_for_it_is_refused(before: str, after: str) -> None:
    assert before in CAMPAIGN
    problems = check(files(CAMPAIGN.replace(before, after)))
    assert any("x-sensitive" in str(one.what) for one in problems)


def test_a_file_cannot_be_sensitive() -> None:
    photo = {"type": "string", "title": "证件照", "format": "attachment", "x-sensitive": True}
    people = {**PEOPLE, "properties": {**PEOPLE["properties"], "照片": photo}}
    assert any("证件照" in str(one.what) for one in check(files(people=people)))
    assert not [one for one in check(files()) if one.level == "error"]


def _noted() -> dict[str, bytes]:
    """Return a campaign of check tables, each row with a witness whom only the desk that asked may know."""
    found = checks(SMALL)
    for form in ("self-check", "inspection"):
        path = f"forms/{form}/schema.json"
        schema = json.loads(found[path])
        rows = schema["properties"]["检查结果"]["items"]["properties"]
        rows["证人"] = {"type": "string", "title": "证人", "x-sensitive": True}
        found[path] = json.dumps(schema, ensure_ascii=False).encode()
    campaign = found["campaign.yaml"].decode().replace("post: inspector", "post: leading_group")
    hidden = campaign.replace(
        "on: {demand: office, about: mine}", "on: {demand: office, about: mine}, hidden: about"
    )
    found["campaign.yaml"] = hidden.encode()
    return found


def _answers(witness: str) -> dict[str, object]:
    keys = ("A01-001", "A01-002", "A01-003", "A02-004", "A02-005")
    return {
        "检查日期": "2024-11-01",
        "检查结果": [{"编号": key, "结果": "合格", "证人": witness} for key in keys],
    }


@pytest.fixture
def inspected(open_work, clock) -> Story:
    told: Story = begun(open_work, clock, _noted())
    told.launch()
    told.demand("clerk", "inspection", "pine")
    return told


def test_a_comparison_tells_no_witness_to_another_desk(inspected: Story, open_work) -> None:
    inspected.do("pine", "self_check", answers=_answers("张三"))
    inspected.do("clerk", "inspection", answers=_answers("李四"))
    pine = open_work.world.unit("pine")
    told = {}
    for login in ("pine", "clerk", "north", "reader"):
        with open_work("yangcheng", login, reads=True) as work:
            live = running(work, inspected.launched)
            found = comparison.sheets(work, live, "mine_check", pine)
            told[login] = [{str(row.get("证人")) for row in sheet.rows.values()} for sheet in found]
    # An inspection that was hidden stays so.
    assert told["pine"] == [{"张三"}] and told["north"] == [{"None"}]
    assert told["reader"] == [{"None"}, {"None"}]
    assert {"李四"} in told["clerk"]


def test_how_many_answer_a_table_does_not_give_an_unannounced_inspection_away(
    inspected: Story, open_work
) -> None:
    task = inspected.find("clerk", "inspection")
    with open_work("yangcheng", "clerk") as work:
        drafting.keep(work, task.id, {"检查日期": "2024-11-01"}, 0)
    counted = {}
    for login in ("pine", "plain", "reader"):
        with open_work("yangcheng", login, reads=True) as work:
            live = running(work, inspected.launched)
            counted[login] = sum(checktables.used_by(work, live, "mine_check", "underground").values())
    assert counted == {"pine": 0, "plain": 0, "reader": 1}
