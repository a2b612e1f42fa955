"""Sifangtai's package at work: missed approvals, a bureau that reports to itself, checks from the day a mine resumes work."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest

from engine import collected
from engine.models import Instance
from engine.running import running
from forms import attachments
from forms.models import Attachment
from tenants import directory
from tests.engine.story import ACCEPTED, Story
from tests.engine.test_gallery_runs import GALLERY, PDF, example, told

SIFANGTAI = GALLERY / "sifangtai-2020-three-years"


@pytest.fixture
def district(open_work, clock) -> Story:
    """The coal bureau, the development bureau beside it, a mine that is being upgraded and one that is not."""
    story = told(open_work, clock, SIFANGTAI)
    world = open_work.world
    with open_work("yangcheng", "admin") as work:
        directory.change_unit(work, world.unit("safety"), kind="department", attributes={"职能": "煤矿监管"})
        directory.change_unit(work, world.unit("plain"), kind="department", attributes={"职能": "发展改革"})
        directory.change_unit(work, world.unit("pine"), attributes={"升级改造": "是"})
        directory.change_member(work, world.member("clerk"), posts=["office", "hotline"])
        directory.change_member(work, world.member("pine"), posts=["principal", "deputy"])
    return story


def file_of(story: Story, login: str, unit: str) -> str:
    with story.open_work("yangcheng", login) as work:
        found: Attachment = attachments.store(
            work, io.BytesIO(PDF), "件.pdf", unit_id=story.open_work.world.unit(unit)
        )
        return str(found.id)


def summary(story: Story, login: str, unit: str) -> dict[str, Any]:
    own = {"部门": str(story.open_work.world.unit(unit)), "总结正文": file_of(story, login, unit)}
    return example(SIFANGTAI, "annual-summary", **own)


def test_the_bureau_that_receives_the_summaries_need_not_receive_its_own(district):
    district.launch("2020-12-01")
    district.do("clerk", "annual_summary", "填报总结", summary(district, "clerk", "safety"))
    assert district.instances("annual_summary", unit="safety")[0].state == "done"
    district.do("plain", "annual_summary", "填报总结", summary(district, "plain", "plain"))
    assert district.instances("annual_summary", unit="plain")[0].state == "running"
    district.do("clerk", "annual_summary", "接收审核", ACCEPTED)
    assert district.instances("annual_summary", unit="plain")[0].state == "done"
    assert not district.errors


def test_the_bureau_sums_up_when_the_day_of_the_summaries_is_over_and_knows_who_is_missing(district):
    district.launch("2020-12-01")
    district.do("clerk", "annual_summary", "填报总结", summary(district, "clerk", "safety"))
    district.day("2020-12-10", hour=23)
    assert not district.instances("overview_report")
    district.day("2020-12-11", hour=0)
    (one,) = district.instances("overview_report")
    assert (one.unit_id, one.due) == (district.open_work.world.unit("safety"), None)
    with district.open_work("yangcheng", "clerk", reads=True) as work:
        of = work.session.get(Instance, (work.tenant.id, one.id))
        known = collected.names(work, running(work, district.launched), of)
    assert (known["filed"], known["missing"]) == (["煤矿安全监管股"], ["南坪露天煤矿"])
    assert [answers["年度"] for answers in known["answers"]] == [2020]
    answers = example(SIFANGTAI, "overview-report", 已报部门=known["filed"], 未报部门=known["missing"])
    district.do("clerk", "overview_report", answers=answers)
    assert not district.errors


def test_nobody_is_late_for_what_had_passed_when_the_notice_came_out(district):
    district.launch("2020-09-16")
    assert not district.instances("film") and not district.instances("programme")
    assert district.find("plain", "approvals", "划定矿区范围").due != date(2020, 7, 30)


def test_an_approval_that_is_not_granted_in_time_is_disposed_of_and_the_list_shows_it(district):
    world = district.open_work.world
    district.launch("2020-09-16")
    district.do("plain", "upgrade_entry", answers=example(SIFANGTAI, "upgrade-entry"))
    district.do("pine", name="停止生产", answers=example(SIFANGTAI, "stop-production"))
    (item,) = district.items("upgrades")
    assert (item.status, item.unit_id) == ("办理中", world.unit("pine"))
    area = example(SIFANGTAI, "approval-area", 煤矿=str(world.unit("pine")))
    district.do("plain", "approvals", "划定矿区范围", area)
    district.day("2020-10-16")
    judged = {"节点": "项目核准和采矿权变更登记", "符合审批政策": True, "逾期原因": "材料补正。"}
    district.do("plain", "approvals", "逾期研判", judged)
    disposal = example(SIFANGTAI, "approval-disposal", 处置="分类处置")
    district.do("plain", "approvals", "分类处置", disposal)
    district.ring()
    (item,) = district.items("upgrades")
    assert (item.status, item.closed) == ("分类处置", True)
    assert not district.errors


def test_a_mine_checks_every_ten_days_from_the_day_it_resumes_work(district):
    district.launch("2020-12-21")
    district.demand("pine", "resumption")
    district.do("pine", "resumption", "报复工计划", example(SIFANGTAI, "resumption"))
    pledged = example(SIFANGTAI, "pledge", 承诺书=file_of(district, "pine", "pine"))
    district.do("pine", "pledge", "填报", pledged)
    assert district.instances("resumption_check")[0].due == date(2021, 1, 3)
    assert not district.instances("xun_check")
    district.day("2021-01-04")
    district.do("clerk", "resumption", "复工验收", example(SIFANGTAI, "resumption-check"))
    district.day("2021-01-05")
    assert [one.due for one in district.instances("xun_check")] == [date(2021, 1, 10)]
    district.do("pine", "xun_check", answers=example(SIFANGTAI, "hazard_check", 排查类型="每旬专项"))
    district.day("2021-01-12")
    assert [one.due for one in district.instances("xun_check")] == [date(2021, 1, 10), date(2021, 1, 20)]
    assert {one.unit_id for one in district.instances("xun_check")} == {district.open_work.world.unit("pine")}
    district.demand("pine", "stoppage")
    district.do("pine", "stoppage", answers=example(SIFANGTAI, "stoppage"))
    district.day("2021-02-12")
    assert len(district.instances("xun_check")) == 2
    assert not district.errors


def test_a_lead_goes_to_the_department_that_may_act_on_it_and_its_answer_comes_back(district):
    world = district.open_work.world
    district.launch("2020-09-16")
    district.demand("clerk", "transfer")
    own = {"移交部门": str(world.unit("safety")), "接收部门": str(world.unit("plain"))}
    lead = example(SIFANGTAI, "transfer", **own, 移交材料=file_of(district, "clerk", "safety"))
    district.do("clerk", "transfer", "填写移交单", lead)
    district.do("plain", "transfer", "签收", example(SIFANGTAI, "receipt"))
    district.do("plain", "transfer", "依法查处并回告", example(SIFANGTAI, "transfer-result"))
    assert district.instances("transfer")[0].state == "done"
    assert not district.errors


def test_a_mine_never_learns_that_it_was_reported(district):
    district.launch("2020-09-16")
    district.demand("clerk", "tip", about="pine")
    district.do("clerk", "tip", "登记举报", example(SIFANGTAI, "tip"))
    district.do("clerk", "tip", "核查", example(SIFANGTAI, "tip-verification"))
    assert not [task for task in district.todo("pine") if task.duty == "tip"]
    district.do("clerk", "tip", "兑现奖励", example(SIFANGTAI, "tip-reward"))
    assert district.instances("tip")[0].state == "done"
    assert not district.errors


def test_what_an_inspector_finds_class_by_class_climbs_the_ladder(district):
    district.launch("2020-09-16")
    district.demand("clerk", "crackdown", about="pine")
    rows = [{"编号": f"{n:02}", "是否存在": False} for n in range(1, 19)]
    found = {"具体情况": "越界二十米。", "处理措施": ["约谈"], "是否屡犯": "再次", "涉嫌犯罪": False}
    rows[3] |= {"是否存在": True, **found}
    checked = {"检查日期": "2020-09-16", "检查方式": "突击夜查", "检查结果": rows}
    district.do("clerk", "crackdown", answers=checked)
    (item,) = district.items("violations")
    assert (item.status, item.data["问题类别"]) == ("约谈问责", "越界开采")
    district.do("clerk", name="约谈问责", answers=example(SIFANGTAI, "step-up"))
    assert district.items("violations")[0].status == "办结"
    assert not district.errors


def test_a_task_of_several_departments_is_begun_and_ended_by_the_one_that_leads(district):
    world = district.open_work.world
    with district.open_work("yangcheng", "admin") as work:
        directory.change_unit(work, world.unit("north"), kind="department", attributes={"职能": "自然资源"})
    district.launch("2020-09-16")
    assert [one.unit_id for one in district.instances("regulations")] == [world.unit("safety")]
    rules = example(SIFANGTAI, "document", 文件正文=file_of(district, "clerk", "safety"))
    district.do("clerk", "regulations", "牵头办理", rules)
    district.do("north", "regulations", "按职责分工办理", example(SIFANGTAI, "contribution"))
    district.do("clerk", "regulations", "汇总办结", example(SIFANGTAI, "conclusion"))
    assert district.instances("regulations")[0].state == "done"
    assert not district.errors
