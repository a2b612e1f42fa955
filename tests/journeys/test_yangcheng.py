"""A real campaign from launch to final summary, in real browsers, on the embedded default with the real worker."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

import workflows
from tests.journeys.clerk import Clerk
from tests.journeys.conftest import Running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_GALLERY = Path(workflows.__file__).parent / "gallery"
_PACKAGE = _GALLERY / "yangcheng-2024-hundred-days"
MINOR, MAJOR = "端头支架初撑力不足", "局部通风机不能自动切换"


def answers(form: str, paper: Path, **own: Any) -> dict[str, Any]:
    """Return the package's example for a form as a person would type it: computed fields are left to the form."""
    schema = json.loads((_PACKAGE / "forms" / form / "schema.json").read_text())
    example = json.loads((_PACKAGE / "forms" / form / "example.json").read_text())
    typed = {}
    for name, value in {**example, **own}.items():
        field = schema["properties"].get(name, {})
        if "x-computed" in field or field.get("readOnly"):
            continue
        typed[name] = paper if field.get("format") == "attachment" else value
    return typed


def hazard(level: str, what: str) -> dict[str, Any]:
    """Return a row of the self-check."""
    row: dict[str, Any] = {
        "单元": "采煤系统", "环节": "回采", "岗位": "支护工", "部位": "3201 工作面", "描述": what, "级别": level,
        "发现日期": "2024-11-06",
    }  # fmt: skip
    if level == "重大":
        row |= {"判定依据": "判定标准第八条", "临时措施": "停止掘进，撤出人员。"}
    return row


def test_a_campaign_runs_from_launch_to_final_summary(running: Running, paper: Path) -> None:
    admin = running.clerk("yc.admin")
    campaign = launch(admin)

    office, mine = running.clerk("yc.office"), running.clerk("yc.beiling")
    neighbour = running.clerk("yc.nanping", width=360)

    # 安排部署: a mine files its plan, with an attachment; the office accepts it.
    mine.wait_for_task("报送工作方案")
    plan_task = mine.page.url
    mine.fill(answers("work-plan", paper))
    mine.hand_in()
    office.do("报送工作方案", answers("review", paper), step="接收审核")
    assert mine.inbox("报送工作方案").count() == 0

    # The neighbour did not: once the day is over it is named as missing.
    running.move_to(admin, "2024-11-02")
    admin.page.goto(campaign)
    missing = admin.page.locator("#missing")
    expect(missing.get_by_text("南坪煤矿").first).to_be_visible()
    expect(missing.get_by_text("北岭煤矿")).to_have_count(0)
    expect(admin.page.locator(".ls-phase-now")).to_contain_text("企业自查自改")

    # 自查自改: two hazards, one major; nothing is born before the principal has signed.
    self_check(mine, paper)
    rectify(mine, office, MINOR, paper, by=mine)
    rectify(mine, office, MAJOR, paper, by=office)
    admin.page.goto(f"{campaign}/ledgers/hazards")
    for what in (MINOR, MAJOR):
        expect(admin.page.locator("tr", has_text=what)).to_contain_text("销号")

    # A monthly report: filed, returned with reasons, filed again, accepted.
    running.move_to(admin, "2024-11-26")
    monthly_report(mine, office, paper)
    admin.page.goto(campaign)
    expect(admin.page.locator(".ls-phase-now")).to_contain_text("部门精准执法")

    inspected_knows_nothing(running, campaign, paper)
    strangers_see_nothing(running, campaign, plan_task, neighbour)
    stopped_mine_owes_nothing_further(running, admin, neighbour)

    # 总结提升: the final summary.
    running.move_to(admin, "2025-01-22")
    admin.page.goto(campaign)
    expect(admin.page.locator(".ls-phase-now")).to_contain_text("总结提升")
    mine.do("总体工作总结", answers("summary", paper))
    office.do("总体工作总结", answers("review", paper), step="接收审核")
    admin.page.goto(f"{campaign}/duties/final_summary")
    expect(admin.page.locator("tr", has_text="北岭煤矿")).to_contain_text("已收")

    for clerk in running.clerks:
        assert clerk.faults == [], clerk.login


def launch(admin: Clerk) -> str:
    """Walk the launch wizard and return the campaign's address."""
    admin.go("/launch")
    admin.page.locator(
        "main a[href*='/launch/']", has_text="全县地方监管煤矿百日安全生产专项整治"
    ).first.click()
    expect(admin.page.locator("main")).to_contain_text("安排部署阶段")
    admin.page.get_by_role("link", name="下一步").click()
    expect(admin.page.locator("main")).to_contain_text("2025-01-31")  # the disputed date is asked about
    admin.page.get_by_role("button", name="下一步").click()
    expect(admin.page.locator("main")).to_contain_text("报送工作方案")
    admin.page.get_by_role("button", name="确认启动").click()
    admin.page.wait_for_url(re.compile(r"/campaigns/[0-9a-f-]{36}"))
    return admin.page.url.split("?")[0]


def self_check(mine: Clerk, paper: Path) -> None:
    mine.wait_for_task("全覆盖自查", step="全覆盖自查")
    mine.fill(answers("self-check", paper, hazards=[hazard("一般", MINOR), hazard("重大", MAJOR)]))
    expect(mine.page.locator('[id="root_重大隐患数"]')).to_have_value("1")  # computed as one types
    mine.hand_in()
    assert mine.inbox(MINOR).count() == 0
    mine.do("全覆盖自查", answers("sign", paper), step="审签")


def rectify(mine: Clerk, office: Clerk, what: str, paper: Path, *, by: Clerk) -> None:
    mine.do(what, answers("rectification-plan", paper), step="制定整改措施")
    mine.do(what, answers("rectification", paper), step="整改并报告")
    by.do(what, answers("verification", paper), step="核查")


def monthly_report(mine: Clerk, office: Clerk, paper: Path) -> None:
    mine.do("工作进展情况", answers("monthly-progress", paper))
    office.do("工作进展情况", {"结论": "退回", "理由": "请补充整改率的计算依据。"}, step="接收审核")
    mine.wait_for_task("工作进展情况")
    expect(mine.page.locator("main")).to_contain_text("请补充整改率的计算依据。")
    expect(mine.page.locator('[id="root_排查隐患数"]')).to_have_value("26")  # what was filed is still there
    mine.fill({"进展情况": "已补充整改率的计算依据。"})
    mine.hand_in()
    office.do("工作进展情况", answers("review", paper), step="接收审核")


def inspected_knows_nothing(running: Running, campaign: str, paper: Path) -> None:
    """An unannounced inspection stays unknown to the inspected mine and its company until its findings are theirs."""
    inspector = running.clerk("yc.inspector")
    mine, company = running.clerk("yc.qingfeng"), running.clerk("yc.taihe")
    before = {clerk: clerk.inbox("").count() for clerk in (mine, company)}
    inspector.page.goto(f"{campaign}/start/inspection")
    inspector.page.get_by_text("青枫煤矿").click()
    inspector.page.locator("main form button.btn-primary").click()
    inspector.page.wait_for_url(re.compile("/instances/"))
    secret = inspector.page.url
    inspector.do("执法检查", answers("inspection-plan", paper), step="安排检查")
    for clerk in (mine, company):
        assert clerk.page.goto(secret).status == 404
        assert clerk.inbox("执法检查").count() == 0
        assert clerk.inbox("").count() == before[clerk]
        clerk.page.goto(f"{campaign}/duties/inspection")
        assert not clerk.sees("青枫煤矿")
    inspector.do("执法检查", answers("inspection", paper), step="现场检查")
    inspector.do("执法检查", answers("spot-exam", paper), step="逢查必考")
    mine.wait_for_task("端头支架", step="制定整改措施")
    assert mine.page.goto(secret).status == 404


def strangers_see_nothing(running: Running, campaign: str, task: str, neighbour: Clerk) -> None:
    stranger = running.clerk("qs.admin", "qinshui")
    stranger.go("/campaigns")
    assert not stranger.sees("百日")
    for address in (campaign, task, f"{campaign}/ledgers/hazards"):
        assert stranger.page.goto(address).status == 404
        assert stranger.page.goto(address.replace("/t/yangcheng/", "/t/qinshui/")).status == 404
    assert neighbour.page.goto(task).status == 404
    neighbour.page.goto(f"{campaign}/ledgers/hazards")
    assert not neighbour.sees(MINOR) and not neighbour.sees("北岭煤矿")
    neighbour.page.goto(f"{campaign}/duties/work_plan")
    assert neighbour.sees("南坪煤矿") and not neighbour.sees("北岭煤矿")


def stopped_mine_owes_nothing_further(running: Running, admin: Clerk, mine: Clerk) -> None:
    assert mine.inbox("工作进展情况").count() == 1
    admin.go("/units")
    admin.page.locator("main a", has_text=re.compile("^南坪煤矿$")).first.click()
    admin.page.locator("[name=status]").select_option("停产")
    admin.page.get_by_role("button", name="保存").click()
    expect(admin.page.locator("main")).to_contain_text(
        "报送月度工作进展情况"
    )  # the preview names what falls away
    admin.page.get_by_role("button", name="确认修改").click()
    assert mine.inbox("工作进展情况").count() == 0
    running.move_to(admin, "2024-12-02")
    running.clerk("yc.qingfeng").wait_for_task(
        "工作进展情况（2024-12）"
    )  # the worker has opened December for those who owe it
    assert mine.inbox("工作进展情况").count() == 0
