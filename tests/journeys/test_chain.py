"""Down the chain and up again: a province, two cities, a county and its mines, all signed in at once, each with a copy of its own."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.effort import PATIENCE
from tests.journeys.chain_house import MINES, OFFICERS
from tests.journeys.clerk import Clerk
from tests.journeys.conftest import Running
from tests.site import ROOT, Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_PREPARE = "from tests.journeys.chain_house import prepare; prepare()"
TITLE = "全省矿山安全生产综合整治"
NOTE = "请于三月底前启动。"
FIRST, SECOND, COUNTY = "临溪市应急管理局", "白榆市应急管理局", "石桥县应急管理局"


@dataclass(frozen=True)
class People:
    """Who is signed in. mines: by code."""

    house: Running
    province: Clerk
    city: Clerk
    other: Clerk
    county: Clerk
    mines: dict[str, Clerk]


@pytest.fixture
def people(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[People]:
    home = tmp_path_factory.mktemp("chain") / "home"
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LUOSHI_", "DATABASE_"))
    }
    home.mkdir(parents=True)
    surroundings = {**kept, "LUOSHI_HOME": str(home), "LUOSHI_DEMO": "true"}
    subprocess.run([sys.executable, "-c", _PREPARE], cwd=ROOT, env=surroundings, check=True, timeout=PATIENCE)
    with Site(home) as site:
        house = Running(site.url, browser)
        yield signed_in(house)
        for clerk in house.clerks:
            clerk.context.close()


def signed_in(house: Running) -> People:
    officers = [house.clerk(login, slug) for slug, (login, _name, _posts) in OFFICERS.items()]
    mines = {code: house.clerk(code, "shiqiao") for code, _name, _head in MINES}
    return People(house, *officers, mines)


def test_a_package_goes_down_the_chain_and_its_reports_come_up_again(people: People, paper: Path) -> None:
    the_province_hands_down_what_it_found_in_the_gallery(people.province)
    the_first_city_tightens_a_date(people.city)
    the_second_city_may_not_relax_it(people.other)
    everybody_launches(people)
    two_of_three_mines_report(people, paper)
    the_county_rolls_up_and_its_report_is_returned_and_corrected(people)
    the_city_rolls_up_and_the_province_accepts(people)
    one_city_sums_up_and_the_final_report_lists_the_other(people, paper)
    the_province_corrects_its_package(people.province)
    the_city_merges_the_correction_with_its_own(people.city)
    for clerk in people.house.clerks:
        assert clerk.faults == [], clerk.login


def main(clerk: Clerk) -> Locator:
    return clerk.page.locator("main")


def press(clerk: Clerk, words: str) -> None:
    main(clerk).get_by_role("button", name=words).first.click()
    clerk.page.wait_for_load_state()


def follow(clerk: Clerk, words: str) -> None:
    main(clerk).get_by_role("link", name=words).first.click()
    clerk.page.wait_for_load_state()


def shown_after_a_while(clerk: Clerk, what: Locator, words: str) -> None:
    """Open the page again and again until the worker has done what it is to show."""
    for _turn in range(int(PATIENCE)):
        if what.filter(has_text=re.compile(words)).count():
            return
        clerk.page.wait_for_timeout(500)
        clerk.page.reload()
    raise AssertionError(f"{clerk.login}: no {words} at {clerk.page.url}: {main(clerk).inner_text()[:2000]}")


def row_of(clerk: Clerk, name: str) -> Locator:
    return main(clerk).locator("#list tbody tr").filter(has=clerk.page.get_by_text(name, exact=True))


def own_package(clerk: Clerk, version: str) -> None:
    """Open a version of the package among the authority's own."""
    clerk.go("/packages")
    tag = clerk.page.locator(".ls-tag").get_by_text(version, exact=True)
    rows = main(clerk).locator("tr").filter(has=clerk.page.get_by_role("link", name="启动")).filter(has=tag)
    rows.locator("a.ls-table-title").first.click()
    clerk.page.wait_for_load_state()


# --- 1: the province ---------------------------------------------------------------------------------------------------


def the_province_hands_down_what_it_found_in_the_gallery(province: Clerk) -> None:
    province.go("/packages")
    follow(province, "模板库")
    follow(province, TITLE)
    press(province, "克隆到本单位")
    expect(main(province)).to_contain_text("已克隆到本单位")
    follow(province, "下达方案")
    expect(province.page.get_by_role("radio", name="按级别")).to_be_checked()
    expect(main(province)).to_contain_text("全部市 2个单位")
    province.page.get_by_label("下到哪一级").select_option(label="逐级下达到县")
    province.page.locator("[name=note]").fill(NOTE)
    press(province, "下达方案")
    expect(main(province)).to_contain_text("已下达给2个单位")
    for city in (FIRST, SECOND):
        shown_after_a_while(province, row_of(province, city), "待签收")
    shown_after_a_while(province, row_of(province, FIRST), "再下级1个 1 待签收")


# --- 2 and 3: the cities -----------------------------------------------------------------------------------------------


def acknowledge(clerk: Clerk) -> None:
    """Take over what was handed down, from the inbox, and open the page that says what comes next."""
    clerk.do(TITLE, {"结论": "签收"}, step="签收上级方案")
    handed_down(clerk)
    shown_after_a_while(clerk, main(clerk), "已签收")
    expect(main(clerk)).to_contain_text(NOTE)


def handed_down(clerk: Clerk) -> None:
    """Open what the superior handed down last."""
    clerk.go("/packages")
    section = (
        main(clerk).locator("section").filter(has=clerk.page.get_by_role("heading", name="上级下达的方案"))
    )
    section.locator("a.ls-table-title").first.click()
    clerk.page.wait_for_load_state()


def downloaded(clerk: Clerk) -> dict[str, bytes]:
    """Download the package of the page that is open."""
    with clerk.page.expect_download() as waiting:
        main(clerk).get_by_role("link", name=re.compile("下载|导出")).first.click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def changed(files: dict[str, bytes], *swaps: tuple[str, str, str]) -> bytes:
    """Return a zip in which files say something else. swaps: how a file's name ends, what it says, what it is to say."""
    texts = {name: content.decode() for name, content in files.items()}
    for end, old, new in swaps:
        (path,) = [name for name in texts if name.endswith(end)]
        assert texts[path].count(old) == 1, old
        texts[path] = texts[path].replace(old, new)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    return data.getvalue()


def dated(files: dict[str, bytes], day: str) -> bytes:
    """Return the package as version 1.0.1 with another day for the final reports; its own test of the calendar says so, too."""
    due = ("campaign.yaml", "due: 2023-12-25", f"due: {day}")
    tested = ("tests/calendar.yaml", "summary: [2023-12-25]", f"summary: [{day}]")
    return changed(files, due, tested, ("campaign.yaml", "version: 1.0.0", "version: 1.0.1"))


def upload(clerk: Clerk, data: bytes) -> None:
    """Upload a package from the page of what was handed down, and let it be checked."""
    clerk.page.locator("input[name=file]").set_input_files(
        {"name": "整治方案.zip", "mimeType": "application/zip", "buffer": data}
    )
    press(clerk, "上传并检查")


def the_first_city_tightens_a_date(city: Clerk) -> None:
    acknowledge(city)
    expect(main(city)).to_contain_text("上级锁定了5处")
    files = downloaded(city)
    follow(city, "上传修改后的方案")
    upload(city, dated(files, "2023-12-20"))

    expect(main(city)).to_contain_text("与上一版相比")
    expect(main(city).locator(".ls-note-bad")).to_have_count(0)
    press(city, "发布")
    expect(main(city)).to_contain_text("已发布，可以启动")
    expect(main(city)).to_contain_text("青原省应急管理厅下达")
    handed_down(city)
    expect(main(city)).to_contain_text("本地版本 1.0.1")


def the_second_city_may_not_relax_it(other: Clerk) -> None:
    acknowledge(other)
    files = downloaded(other)
    follow(other, "上传修改后的方案")
    upload(other, dated(files, "2023-12-28"))
    expect(main(other)).to_contain_text("有1处必须修改，还不能发布")
    problem = main(other).locator("tr.ls-row-bad")
    expect(problem).to_have_count(1)
    expect(problem).to_contain_text("duties.summary.due")  # where
    expect(problem).to_contain_text("报送整体工作总结报告")  # what
    expect(problem).to_contain_text("2023-12-25")  # what to do
    expect(main(other).get_by_role("button", name="发布")).to_have_count(0)


# --- 4: launching ------------------------------------------------------------------------------------------------------


def everybody_launches(people: People) -> None:
    own_package(people.province, "1.0.0")
    launch(people.province)
    for clerk in (people.city, people.other):
        handed_down(clerk)
        launch(clerk)
    acknowledge(people.county)
    launch(people.county)
    own_package(people.province, "1.0.0")
    follow(people.province, "下达方案")
    for city in (FIRST, SECOND):
        shown_after_a_while(people.province, row_of(people.province, city), "已启动")
    shown_after_a_while(people.province, row_of(people.province, FIRST), "再下级1个 1 已启动")


def launch(clerk: Clerk) -> None:
    """Walk the launch wizard from the page that is open."""
    main(clerk).get_by_role("link", name="启动", exact=True).first.click()
    expect(main(clerk)).to_contain_text("企业全面自查自改阶段")
    follow(clerk, "下一步")
    press(clerk, "下一步")
    press(clerk, "确认启动")
    clerk.page.wait_for_url(re.compile(r"/campaigns/[0-9a-f-]{36}"))
    expect(main(clerk)).to_contain_text(TITLE)


# --- 5 and 6: reports come up ------------------------------------------------------------------------------------------


def two_of_three_mines_report(people: People, paper: Path) -> None:
    people.house.move_to(people.county, "2023-04-27")
    filed = (("donggou", ("一般", "重大")), ("xiling", ("一般",)))
    for code, levels in filed:
        report = {
            "问题隐患清单": [hazard(level) for level in levels], "自查自改情况": "九个系统都已自查，问题已整改。",
            "主要负责人审核签字": "主要负责人", "真实性承诺书": paper,
        }  # fmt: skip
        people.mines[code].do("报送自查自改报告", report, step="填报并签字")
    for _code, _levels in filed:
        people.county.do("报送自查自改报告", {"回执": "接收", "接收日期": "2023-04-27"}, step="接收并回执")


def hazard(level: str) -> dict[str, str]:
    row = {"部位": "主斜井", "描述": f"{level}隐患一处", "级别": level, "发现日期": "2023-04-20"}
    return row | ({"判定依据": "判定标准第十条", "临时措施": "停止运行。"} if level == "重大" else {})


def shows(clerk: Clerk, **values: str) -> None:
    """See what the fields of the form hold."""
    for name, value in values.items():
        expect(clerk.page.locator(f'[id="root_{name}"]')).to_have_value(value)


def names_missing(clerk: Clerk, field: str, name: str) -> None:
    expect(main(clerk)).to_contain_text("缺报1个单位")
    expect(clerk.page.locator(f'[id="root_{field}_0"]')).to_have_value(name)
    expect(clerk.page.locator(f'[id="root_{field}_1"]')).to_have_count(0)


def the_county_rolls_up_and_its_report_is_returned_and_corrected(people: People) -> None:
    county, city = people.county, people.city
    county.wait_for_task("汇总上报企业自查自改情况", step="填报")
    shows(county, 应报矿山数="3", 已报矿山数="2", 问题隐患数="3", 重大隐患数="1")
    names_missing(county, "缺报矿山", "南山煤矿")
    county.hand_in()

    reason = "请说明南山煤矿为什么没有报。"
    city.do("汇总上报企业自查自改情况", {"结论": "退回", "理由": reason}, step="审核")
    county.wait_for_task("汇总上报企业自查自改情况", step="填报")
    expect(main(county)).to_contain_text(reason)
    shows(county, 应报矿山数="3", 已报矿山数="2")
    county.fill({"说明": "南山煤矿正在换届，已催报。"})
    county.hand_in()

    city.wait_for_task("汇总上报企业自查自改情况", step="审核")
    expect(main(city)).to_contain_text("南山煤矿正在换届，已催报。")
    city.fill({"结论": "接收"})
    city.hand_in()


def the_city_rolls_up_and_the_province_accepts(people: People) -> None:
    city, province = people.city, people.province
    city.wait_for_task("汇总上报企业自查自改情况（市）", step="填报")
    shows(city, 应报矿山数="3", 已报矿山数="2", 问题隐患数="3", 重大隐患数="1")
    expect(city.page.locator('[id="root_缺报矿山_0"]')).to_have_value("南山煤矿")
    city.hand_in()
    province.wait_for_task("汇总上报企业自查自改情况（市）", step="审核")
    expect(main(province)).to_contain_text("南山煤矿")
    province.fill({"结论": "接收"})
    province.hand_in()


# --- 7: the end of the year --------------------------------------------------------------------------------------------


def one_city_sums_up_and_the_final_report_lists_the_other(people: People, paper: Path) -> None:
    city, province = people.city, people.province
    people.house.move_to(province, "2023-12-18")
    assert city.inbox("报送整体工作总结报告").count() == 1
    expect(main(city).locator("tr", has_text="报送整体工作总结报告")).to_contain_text("12月20日")
    assert people.other.inbox("报送整体工作总结报告").count() == 1
    expect(main(people.other).locator("tr", has_text="报送整体工作总结报告")).to_contain_text("12月25日")
    summary = {"总结报告": paper, "辖区有重点县": "否", "一企一策落实情况": paper, "辖区有非煤矿山": "否"}
    city.do("报送整体工作总结报告", summary)
    province.do("报送整体工作总结报告", {"结论": "接收"}, step="审核")

    people.house.move_to(province, "2023-12-27")
    province.wait_for_task("汇总各市（州）整体工作总结")
    shows(province, 应报="2", 已报="1")
    names_missing(province, "缺报", SECOND)
    province.fill({"总体情况": "白榆市没有报，已催报。"})
    province.hand_in()


# --- 8: a corrected version --------------------------------------------------------------------------------------------

CORRECTED = "报送全年整治工作总结报告"


def the_province_corrects_its_package(province: Clerk) -> None:
    own_package(province, "1.0.0")
    files = downloaded(province)
    province.go("/packages")
    upload(
        province,
        changed(
            files,
            ("campaign.yaml", "title: 报送整体工作总结报告", f"title: {CORRECTED}"),
            ("campaign.yaml", "version: 1.0.0", "version: 1.1.0"),
        ),
    )
    press(province, "发布")
    expect(main(province)).to_contain_text("已发布，可以启动")
    follow(province, "下达方案")
    province.page.get_by_label("下到哪一级").select_option(label="逐级下达到县")
    press(province, "下达方案")
    expect(main(province)).to_contain_text("已下达给2个单位")


def the_city_merges_the_correction_with_its_own(city: Clerk) -> None:
    city.do(TITLE, {"结论": "签收"}, step="签收上级方案")
    handed_down(city)
    expect(main(city)).to_contain_text("本级的 1.0.1 版依据的是以前的版本")
    own_package(city, "1.0.1")
    expect(main(city)).to_contain_text("有新版本 1.1.0")
    press(city, "合并")
    expect(main(city)).to_contain_text("没有冲突")
    ours, theirs = (
        main(city).locator("details").filter(has_text=words) for words in ("本级改了什么", "新版改了什么")
    )
    expect(theirs).to_contain_text(CORRECTED)
    ours.locator("summary").click()
    expect(ours.locator("tr", has_text="campaign.yaml").filter(has_text="12月20日")).to_contain_text("保留")
    effects = (
        main(city).locator("section").filter(has=city.page.get_by_role("heading", name="对正在办理的影响"))
    )
    expect(effects).to_contain_text(TITLE)
    expect(effects).to_contain_text("0项接不上")
    expect(effects).not_to_contain_text("receive")  # what came from elsewhere does not belong to the package
    press(city, "发布为本级的新版本")
    expect(main(city)).to_contain_text("已合并，发布为")
    with_both = next(
        text.decode() for name, text in downloaded(city).items() if name.endswith("campaign.yaml")
    )
    assert f"title: {CORRECTED}" in with_both and "due: 2023-12-20" in with_both
