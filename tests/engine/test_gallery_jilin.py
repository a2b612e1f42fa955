"""Jilin's package at work: two receipts, a check by the table, danger on the spot, a look back before a penalty."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from engine import indicators, tasks
from engine.models import Instance
from engine.origins import asked_in, origin
from engine.prefilled import prefilled
from engine.running import running
from forms import attachments
from forms.models import Attachment, Submission
from forms.validation import form_of
from tenants import directory
from tests.engine.story import ACCEPTED, Story
from tests.engine.test_gallery_runs import GALLERY, PDF, example, told
from tests.world import whole_province
from workflows.publish import load

JILIN = GALLERY / "jilin-2023-mine-rectification"
MAJOR = {
    "部位": "主斜井", "描述": "制动失效", "级别": "重大", "判定依据": "第十条", "临时措施": "停止运行。",
}  # fmt: skip


@pytest.fixture
def jilin(open_work, clock) -> Story:
    """A mine below the county that supervises it, a field office and a squad beside them, all in one tenant."""
    whole_province()
    story = told(open_work, clock, JILIN)
    world = open_work.world
    with open_work("yangcheng", "admin") as work:
        directory.change_unit(work, world.unit("safety"), kind="government")
        directory.change_unit(work, world.unit("north"), kind="county")
        directory.change_unit(
            work, world.unit("pine"), attributes={"类别": "井工煤矿", "驻地监察执法处": "北片监察执法处"}
        )
        directory.change_unit(work, world.unit("creek"), kind="branch", name="北片监察执法处")
        directory.change_unit(work, world.unit("plain"), kind="squad")
        directory.change_member(work, world.member("clerk"), posts=["department", "office"])
        directory.change_member(work, world.member("pine"), posts=["principal"])
    story.launch("2023-04-01")
    return story


def file_of(story: Story, login: str, unit: str) -> str:
    with story.open_work("yangcheng", login) as work:
        found: Attachment = attachments.store(
            work, io.BytesIO(PDF), "件.pdf", unit_id=story.open_work.world.unit(unit)
        )
        return str(found.id)


def whole_table(story: Story) -> list[dict[str, Any]]:
    """Answer every item of the check table for underground coal mines."""
    with story.open_work("yangcheng") as work:
        data = load(work, story.package).datasets["rectification_check"]["underground"]
    return [{"编号": key, "检查结果": "符合"} for key in data.items]


def listed(story: Story, **more: Any) -> None:
    """The county hands in its list of mines: one mine, which the squad is to inspect."""
    unit = story.open_work.world.unit
    (row,) = example(JILIN, "assignment")["名单"]
    row |= {"矿山名称": str(unit("pine")), "执法工作组": str(unit("plain")), **more}
    story.do("north", "assignment", answers=example(JILIN, "assignment", 名单=[row]))


def inspected(story: Story, **more: Any) -> None:
    listed(story)
    story.do("plain", name="安排检查", answers=example(JILIN, "inspection-plan"))
    answers = {"检查日期": "2023-04-01", "检查项目": whole_table(story), **more}
    story.do("plain", name="对照检查表检查", answers=answers)


def reported(story: Story, *hazards: dict[str, Any]) -> None:
    report = example(JILIN, "inspection-report", 问题清单=list(hazards))
    story.do("plain", name="形成检查报告", answers={**report, "检查报告": file_of(story, "plain", "plain")})


def test_a_list_of_mines_gives_each_of_them_its_inspection_and_its_file(jilin):
    listed(jilin)
    pine, plain = (jilin.open_work.world.unit(name) for name in ("pine", "plain"))
    (inspection,) = jilin.instances("inspection")
    assert inspection.about_id == pine
    assert jilin.find("plain", name="安排检查").desk_id == plain
    (file,) = jilin.items("mine_files")
    assert (file.unit_id, file.status) == (pine, "未检查")
    jilin.do(
        "plain",
        name="登记检查结果",
        answers=example(JILIN, "inspection-record", 归档材料=[file_of(jilin, "plain", "plain")]),
    )
    jilin.do("north", name="督促整改和处置", answers=example(JILIN, "disposal"))
    assert [file.status for file in jilin.items("mine_files")] == ["处置中"]
    assert not jilin.errors


def test_a_mine_that_no_squad_was_given_is_inspected_by_its_own_regulator(jilin):
    listed(jilin, 执法工作组=None)
    assert jilin.find("north", name="安排检查")
    assert not jilin.todo("pine", duty="inspection")


def test_whoever_finds_danger_gives_the_order_and_looks_again(jilin):
    unit = jilin.open_work.world.unit
    for login in ("north", "plain"):
        jilin.demand(login, "stop_work", about="pine")
        assert jilin.instances("stop_work")[-1].unit_id == unit(login)
        jilin.do(login, "stop_work", "下达撤人指令", answers=example(JILIN, "stop-order"))
        jilin.do("pine", "stop_work", "撤人并回执", answers=example(JILIN, "evacuated"))
        jilin.do(login, "stop_work", "复核", answers=example(JILIN, "resumption"))
    assert {one.state for one in jilin.instances("stop_work")} == {"done"}


def test_one_report_has_two_receipts_and_goes_back_when_either_returns_it(jilin):
    commitment = file_of(jilin, "pine", "pine")
    report = example(JILIN, "self_check_report", 真实性承诺书=commitment)
    jilin.do("pine", "self_check_report", "填报并签字", answers=report)
    jilin.do("north", "self_check_report", answers=example(JILIN, "receipt"))
    assert not jilin.items("hazards")
    jilin.do("creek", "self_check_report", answers={"回执": "退回", "退回理由": "缺冲击地压。"})
    jilin.do("pine", "self_check_report", "填报并签字", answers=report)
    jilin.do("creek", "self_check_report", answers=example(JILIN, "receipt"))
    jilin.do("north", "self_check_report", answers=example(JILIN, "receipt"))
    assert [item.status for item in jilin.items("hazards")] == ["列入"]
    assert [item.status for item in jilin.items("risks")] == ["整改/管控中"]
    assert not jilin.errors


def test_a_mine_fills_in_the_table_of_its_own_kind(jilin):
    rows = whole_table(jilin)
    assert len(rows) == 465
    jilin.do(
        "pine", "check_table", answers={"矿山名称": "松岭煤矿", "检查日期": "2023-04-01", "检查项目": rows}
    )
    assert jilin.instances("check_table", unit="pine")[0].state == "done"


def test_reckless_work_stops_before_the_inspection_is_over(jilin):
    inspected(jilin, 现场处置情形=["冒险作业", "超层越界开采"])
    jilin.do("plain", name="下达撤人指令", answers=example(JILIN, "stop-order"))
    jilin.do("pine", name="撤人并回执", answers=example(JILIN, "evacuated"))
    jilin.do("plain", name="复核", answers=example(JILIN, "resumption"))
    # The transfer is a case of its own and lies with the regulator that supervises the mine.
    assert jilin.find("north", "transfer")
    assert not jilin.instances("suspension")
    assert jilin.find("plain", name="形成检查报告")
    assert not jilin.errors


def test_what_an_inspection_finds_is_the_mines_and_is_looked_back_upon(jilin):
    inspected(jilin)
    reported(jilin, MAJOR)
    (report,) = jilin.rows(select(Submission).where(Submission.form == "inspection-report"))
    assert report.answers["矿山名称"] == "松岭煤矿"
    jilin.do("clerk", name="接收检查报告和处置意见", answers=example(JILIN, "government-receipt"))
    for ledger, status in (("major_hazards", "发现"), ("supervised", "挂牌"), ("closing_list", "列入")):
        (item,) = jilin.items(ledger)
        assert (item.status, item.unit_id) == (status, jilin.open_work.world.unit("pine")), ledger
    assert not [task for task in jilin.todo("pine") if task.duty == "ruling"]
    none = "核对：自查清单里没有这个部位"
    jilin.do("north", "ruling", none, answers={"自查清单中已列": False, "核对说明": "清单里没有。"})
    jilin.do("north", "ruling", "从重处罚", answers=example(JILIN, "severe"))
    jilin.do("north", "ruling", "由事见人追责", answers=example(JILIN, "accountability"))
    assert jilin.instances("ruling")[0].state == "done"
    assert not jilin.errors


def test_a_supervised_hazard_is_due_when_its_listing_says(jilin):
    inspected(jilin)
    reported(jilin, MAJOR)
    jilin.do("clerk", name="接收检查报告和处置意见", answers=example(JILIN, "government-receipt"))
    listing = example(JILIN, "listing", 督办期限="2023-05-31")
    jilin.do("clerk", name="研判并挂牌", ledger="supervised", answers=listing)
    assert jilin.find("pine", name="治理", ledger="supervised").due == date(2023, 5, 31)
    assert not jilin.errors


def test_what_the_mine_itself_had_listed_is_found_again_before_a_penalty(jilin):
    listed_before = example(JILIN, "self_check_report", 真实性承诺书=file_of(jilin, "pine", "pine"))
    jilin.do("pine", "self_check_report", "填报并签字", answers=listed_before)
    for login in ("north", "creek"):
        jilin.do(login, "self_check_report", answers=example(JILIN, "receipt"))
    inspected(jilin)
    (hazard,) = listed_before["问题隐患清单"]
    reported(jilin, {**MAJOR, "级别": "一般", "部位": "皮带巷"}, hazard)
    jilin.do("clerk", name="接收检查报告和处置意见", answers=example(JILIN, "government-receipt"))
    new, known = jilin.instances("ruling")
    assert jilin.find("north", "ruling", "核对：自查清单里没有这个部位").instance_id == new.id
    task = jilin.find("north", "ruling", "核对：自查清单里有这个部位")
    assert task.instance_id == known.id
    with jilin.open_work("yangcheng", "north") as work:
        found = origin(
            work, running(work, jilin.launched), work.session.get(Instance, (work.tenant.id, known.id))
        )
        assert found is not None and found.row["部位"] == hazard["部位"]
        form = running(work, jilin.launched).package.forms[found.source.form]
    assert not form_of(asked_in(form, found.source.field)).computed, (
        "the row can be read without its document"
    )
    assert "检查部位" not in asked_in(form, found.source.field)["properties"], (
        "what is out of sight stays there"
    )
    with jilin.open_work("yangcheng", "north", reads=True) as work:
        begun = prefilled(work, tasks.gather(work, task.id))
    assert begun["对应条目"] == "问题隐患清单第1条", (
        "the number in the mine's own list need not be looked for"
    )
    judged = {"自查清单中已列": True, "对应条目": "第 1 条", "正在整改": True, "核对说明": "在改。"}
    jilin.complete("north", task.id, judged)
    assert jilin.find("north", "ruling", "从轻或不予处罚裁量")
    assert not jilin.errors


def test_a_visit_that_the_mine_never_sees_may_send_its_self_check_back_to_the_beginning(jilin):
    jilin.demand("clerk", "visit", about="pine")
    assert not [task for task in jilin.todo("pine") if task.duty == "visit"]
    redo = {"督导结论": "推倒重来", "推倒重来决定": "提升系统没有查。"}
    jilin.do("clerk", "visit", answers=example(JILIN, "visit", **redo))
    assert jilin.find("pine", "self_check_again")
    assert jilin.find("pine", "report_again")


def test_what_was_reported_is_not_asked_for_again_and_what_is_lacking_goes_to_the_government(jilin):
    jilin.demand("pine", "major_report")
    jilin.do("pine", "major_report", "填报", answers=example(JILIN, "major-report"))
    jilin.do("north", "major_report", answers=ACCEPTED)
    assert jilin.find("north", name="接报并要求停产撤人", ledger="major_hazards")
    jilin.do("north", "capability", answers=example(JILIN, "capability"))
    assert jilin.find("north", "capability_report")
    assert not jilin.errors


def test_each_mine_has_to_check_every_month_and_one_that_did_not_has_none_for_that_month(jilin):
    story = jilin

    def checked() -> list[tuple[str, object, str, object]]:
        with story.open_work("yangcheng", "admin", reads=True) as work:
            found = {
                one.indicator.id: one for one in indicators.readings(work, running(work, story.launched))
            }
        return [(name, one.value, one.month, one.met) for name, one in found["major_checks"].units]

    mine = "松岭煤矿"
    story.ring()
    assert checked() == [(mine, None, "", None)], "a month that is not over is nobody's fault"
    story.at("2023-05-02")
    story.ring()
    assert checked() == [(mine, 0, "2023-04", False)]
