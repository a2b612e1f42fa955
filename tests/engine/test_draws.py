"""A recorded draw: nobody picks by hand, nobody draws again in silence, and whoever wants to can do it again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DatabaseError

from engine import drafting, drawn, draws
from engine.draw_models import LotDraw
from engine.models import Task
from forms.lots import Lot
from forms.lots import drawn as draw_again
from forms.models import Submission
from tenants.errors import Invalid, NotFound
from tenants.models import AuditEntry, Unit
from tests.engine.story import Story, begun
from tests.workflows.small import bpmn
from workflows.check import check

CAMPAIGN = """\
format: luoshi/1
id: spot-checks-2024
version: 1.0.0
title: 双随机抽查
level: county
notice: {issuer: 某县, number: 某〔2024〕1号, issued: 2024-10-28}
period: {start: notice.issued, end: 2025-01-28}
actors:
  mine: {title: 煤矿, unit: "kind == 'mine'"}
  open_pit: {title: 露天煤矿, unit: "kind == 'mine' and method == '露天'"}
  team: {title: 检查组, unit: "kind == 'office'"}
duties:
  check: {title: 抽查, by: team, process: check, form: sum, on: {demand: team}, clause: 一}
"""
RULE: dict[str, Any] = {
    "from": {"actors": ["open_pit", "mine"]},
    "keep": "actor == 'open_pit'",
    "group": "status",
    "share": "比例",
    "row": {"矿山": "id", "名称": "name"},
}
ROW = {
    "type": "object",
    "properties": {
        "矿山": {"type": "string", "format": "unit", "title": "矿山"},
        "名称": {"type": "string", "title": "名称"},
    },
    "required": ["矿山", "名称"],
}
VISIT = 'camunda:formKey="sum" camunda:candidateGroups="by"'


def files(rule: dict[str, Any] = RULE, row: dict[str, Any] = ROW, **plan: Any) -> dict[str, bytes]:
    def form(**fields: object) -> bytes:
        required = [name for name in fields if name != "备注"]
        return json.dumps(
            {"type": "object", "properties": fields, "required": required}, ensure_ascii=False
        ).encode()

    table = {"type": "array", "title": "名单", "minItems": 1, "items": row, "x-draw": rule}
    steps = [
        ("plan", 'camunda:formKey="plan" camunda:candidateGroups="by"'),
        ("pick", 'camunda:formKey="pick" camunda:candidateGroups="by"'),
        ("sum", VISIT),
    ]
    return {
        "campaign.yaml": CAMPAIGN.encode(), "clauses.yaml": "- {path: 一, gist: 查, kind: duty}\n".encode(),
        "processes/check.bpmn": bpmn("check", steps).encode(),
        "forms/plan/schema.json": form(比例={"type": "number", "title": "比例"}, **plan),
        "forms/pick/schema.json": form(名单=table, 备注={"type": "string", "title": "备注"}),
        "forms/sum/schema.json": form(结论={"type": "string", "title": "结论"}),
    }  # fmt: skip


def told(open_work: Any, clock: Any, package: dict[str, bytes], plan: dict[str, Any]) -> Story:
    story: Story = begun(open_work, clock, package)
    story.launch("2024-11-04")
    story.demand("author", "check")
    story.do("author", "check", "plan", plan)
    return story


@pytest.fixture
def story(open_work, clock) -> Story:
    return told(open_work, clock, files(), {"比例": 50})


def pick(story: Story) -> Task:
    return story.find("author", "check", "pick")


def draw(story: Story, reason: str = "", field: str = "名单") -> LotDraw:
    with story.open_work("yangcheng", "author") as work:
        return draws.draw(work, pick(story).id, field, reason)


def filed(story: Story, given: dict[str, Any]) -> list[str]:
    """Hand in the step and return the names on the list that was kept."""
    task = story.complete("author", pick(story).id, given)
    (made,) = story.rows(select(Submission).where(Submission.id == task.submission_id))
    return [row["名称"] for row in made.answers["名单"]]


def test_what_was_drawn_is_handed_in_whatever_somebody_wrote_instead(story) -> None:
    row = draw(story)
    names = [lot.label for lot in drawn.result(row)]
    mine = str(story.open_work.world.unit("pine"))
    assert filed(story, {"名单": [{"矿山": mine, "名称": "自己挑的矿"}]}) == names


def test_anybody_can_do_it_again_from_what_was_kept(story) -> None:
    row = draw(story)
    frame = [Lot(one["key"], one["label"], one["group"], one["kept"], one["row"]) for one in row.frame]
    assert draw_again(row.seed, frame, row.numbers) == drawn.result(row)
    assert len(row.seed) == 32


def test_who_must_be_included_is_and_each_group_gives_its_share(story) -> None:
    row = draw(story)
    taken = {lot.key for lot in drawn.result(row)}
    assert {one["key"] for one in row.frame if one["kept"]} <= taken
    assert any(one["kept"] for one in row.frame)
    for group, number in row.numbers.items():
        others = [one for one in row.frame if one["group"] == group and not one["kept"]]
        assert number == -(-len(others) // 2)
        assert len([one for one in others if one["key"] in taken]) == number


def test_seed_and_list_stand_in_the_trail_from_the_moment_of_the_draw(story) -> None:
    row = draw(story)
    (entry,) = story.rows(select(AuditEntry).where(AuditEntry.action == "draw.make"))
    assert (entry.facts["seed"], entry.facts["frame"]) == (row.seed, drawn.frame_hash(row))
    assert entry.facts["size"] == len(row.frame) and entry.at == row.made_at


def test_nothing_is_handed_in_before_it_was_drawn(story) -> None:
    mine = str(story.open_work.world.unit("pine"))
    with pytest.raises(Invalid) as refused:
        story.complete("author", pick(story).id, {"名单": [{"矿山": mine, "名称": "松岭煤矿"}]})
    assert "还没有抽取" in str(refused.value.what)


def test_a_further_draw_needs_a_reason_and_stands_beside_the_first(story) -> None:
    first = draw(story)
    with pytest.raises(Invalid) as refused:
        draw(story, "  ")
    assert "已经抽过" in str(refused.value.what)
    second = draw(story, "名单里有已关闭的矿")
    kept = story.rows(select(LotDraw).order_by(LotDraw.number))
    assert [(one.number, one.seed, one.reason) for one in kept] == [
        (1, first.seed, ""), (2, second.seed, "名单里有已关闭的矿"),
    ]  # fmt: skip
    assert filed(story, {}) == [lot.label for lot in drawn.result(second)]


def test_saving_and_looking_again_draw_nothing(story) -> None:
    row, task_id = draw(story), pick(story).id
    for revision in range(3):
        with story.open_work("yangcheng", "author") as work:
            drafting.keep(work, task_id, {"名单": [], "备注": f"第{revision}稿"}, revision)
    (kept,) = story.rows(select(LotDraw))
    assert kept.seed == row.seed and filed(story, {}) == [lot.label for lot in drawn.result(row)]


def test_a_draw_is_written_once(story) -> None:
    draw(story)
    for change in (update(LotDraw).values(seed="0"), delete(LotDraw)):
        with pytest.raises(DatabaseError), story.open_work("yangcheng", "author") as work:
            work.session.execute(change)


def test_a_draw_stands_when_the_units_change_and_a_further_one_is_from_those_of_its_day(story) -> None:
    before = draw(story)
    with story.open_work("yangcheng", "admin") as work:
        work.session.get(Unit, (work.tenant.id, story.open_work.world.unit("plain"))).active = False
    assert "南坪露天煤矿" not in [one["label"] for one in draw(story, "停用了一座矿").frame]
    (kept,) = story.rows(select(LotDraw).where(LotDraw.number == 1))
    assert drawn.result(kept) == drawn.result(before)


def test_what_was_drawn_is_handed_in_although_a_unit_is_no_more(story) -> None:
    names = [lot.label for lot in drawn.result(draw(story))]
    with story.open_work("yangcheng", "admin") as work:
        work.session.get(Unit, (work.tenant.id, story.open_work.world.unit("plain"))).active = False
    assert filed(story, {}) == names and "南坪露天煤矿" in names


def test_rows_of_an_earlier_form_can_be_drawn_from(open_work, clock) -> None:
    rule = {"from": {"rows": "plan.专家"}, "count": "2", "when": "回避 != True"}
    row = {"type": "object", "properties": {"姓名": {"type": "string", "title": "姓名"}}}
    expert = {"type": "object", "properties": {"姓名": {"type": "string"}, "回避": {"type": "boolean"}}}
    package = files(rule, row, 专家={"type": "array", "title": "专家", "items": expert})
    assert [one for one in check(package) if one.level == "error"] == []
    people = [{"姓名": f"专家{n}", "回避": n == 2} for n in range(5)]
    story = told(open_work, clock, package, {"比例": 1, "专家": people})
    row_made = draw(story)
    assert [one["label"] for one in row_made.frame] == ["专家0", "专家1", "专家3", "专家4"]
    found = drawn.result(row_made)
    assert len(found) == 2 and all(lot.row == {"姓名": lot.label} for lot in found)


def test_a_draw_that_cannot_be_worked_out_says_why(open_work, clock) -> None:
    story = told(open_work, clock, files({**RULE, "when": "status == '没有这种'"}), {"比例": 50})
    with pytest.raises(Invalid) as refused:
        draw(story)
    assert "没有可抽的对象" in str(refused.value.what)
    with pytest.raises(NotFound):
        draw(story, field="备注")


@pytest.mark.parametrize(
    "change, said",
    [
        ({"from": {"actors": ["mines"]}}, "“mines”不是本方案的责任主体"),
        ({"from": {"rows": "plan.比例"}}, "不是表单里的表格栏"),
        ({"from": {"ledger": "hazards"}}, "不是本方案的台账"),
        ({"share": "比列"}, "没有的“比列”"),
        ({"share": "备注"}, "没有的“备注”"),  # of this very form: not known yet
        ({"row": {}}, "没有写明各栏取什么"),
    ],
)
def test_the_check_refuses_what_nobody_could_draw(change, said) -> None:
    found = [str(one.what) for one in check(files({**RULE, **change})) if one.level == "error"]
    assert any(said in what for what in found), found


def test_a_sound_package_passes() -> None:
    assert [str(one.what) for one in check(files()) if one.level == "error"] == []
