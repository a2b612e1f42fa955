"""A table of a form through Excel: the template downloaded, filled, uploaded, looked at, handed in, and exported again."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tenants.sheets import read_sheet, write_xlsx
from tests.journeys.clerk import Clerk
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_ROW = {
    "人员（工号）*": "A{n:04}", "人员类别*": "本单位", "培训内容*": "顶板管理", "考试成绩（分）": "{n}", "考核结论*": "合格",
}  # fmt: skip


@pytest.fixture
def mine(site: Site, browser: Browser) -> Iterator[Clerk]:
    """A mine's clerk at a wide screen, in a running demonstration."""
    clerk = Clerk(browser, site.url, "yc.qingxi", "yangcheng")
    yield clerk
    clerk.context.close()


def people(heads: list[str], count: int) -> list[list[str]]:
    """Return filled rows in the order of the headings."""
    return [[_ROW.get(head, "").format(n=1 + n % 100) for head in heads] for n in range(count)]


def table(clerk: Clerk) -> Locator:
    return clerk.page.locator('[id="root_people"]')


def choose(clerk: Clerk, file: Path) -> None:
    table(clerk).locator("input[type=file][accept*='.xlsx']").set_input_files(file)


def test_a_table_is_filled_from_its_template_and_handed_in(mine: Clerk, tmp_path: Path) -> None:
    begin(mine)

    # The template is a workbook with the form's headings.
    with mine.page.expect_download() as waiting:
        mine.page.get_by_role("link", name="下载模板").click()
    template = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(template)
    assert template.suffix == ".xlsx"
    with zipfile.ZipFile(template) as book:
        assert "填写说明" in book.read("xl/workbook.xml").decode()
    heads = ["人员（工号）*", "人员类别*", "培训内容*", "考试成绩（分）", "考核结论*", "脱产培训安排"]

    # A sheet with mistakes fills nothing and says where they are.
    wrong = people(heads, 3)
    wrong[1][3], wrong[2][1] = "一百", "临时工"
    (tmp_path / "错.xlsx").write_bytes(write_xlsx(heads, wrong))
    choose(mine, tmp_path / "错.xlsx")
    said = table(mine).locator(".ls-note-bad")
    expect(said).to_contain_text("第 3 行 D 列")
    expect(said).to_contain_text("第 4 行 B 列")
    expect(table(mine).locator("legend")).to_contain_text(
        "1行"
    )  # as before: the empty row that the form begins with
    said.get_by_role("button", name="知道了").click()

    # A right one is shown first, then stands in the form as if typed; more are added after it.
    (tmp_path / "人员.xlsx").write_bytes(
        write_xlsx([*heads, "备注"], [[*row, ""] for row in people(heads, 500)])
    )
    choose(mine, tmp_path / "人员.xlsx")
    expect(table(mine).locator(".ls-sheet-preview tbody tr")).to_have_count(5)
    expect(table(mine)).to_contain_text("没有用到的列：“备注”")
    mine.page.locator("[data-island=form] button[type=submit]").click()
    summary = mine.page.locator(".ls-summary")
    expect(summary).to_contain_text("从表格读到500行，还没有填入")  # handed in now, they would be missing
    table(mine).get_by_role("button", name="填入500行").click()
    expect(mine.page.locator('[id="root_people_0_人员"]')).to_have_value("A0001")
    expect(table(mine)).to_contain_text("第1—20行，共500行")
    (tmp_path / "补.xlsx").write_bytes(write_xlsx(heads, people(heads, 1)))
    choose(mine, tmp_path / "补.xlsx")
    table(mine).get_by_role("button", name="加在现有500行之后").click()
    expect(table(mine).locator("legend")).to_contain_text("501行")
    expect(mine.page.locator(".ls-saved")).to_contain_text("已保存")
    mine.page.reload()
    expect(table(mine).locator("legend")).to_contain_text("501行")

    # A mistake on another page is listed, and the list leads there.
    table(mine).get_by_role("button", name="下一页").first.click()
    mine.page.locator('[id="root_people_30_培训内容"]').fill("")
    table(mine).get_by_role("button", name="上一页").first.click()
    mine.page.locator("[data-island=form] button[type=submit]").click()
    mine.page.locator(".ls-summary a", has_text="第31行").click()
    expect(mine.page.locator('[id="root_people_30_培训内容"]')).to_be_focused()
    mine.page.keyboard.type("顶板管理")

    # What stands in the form goes out as Excel.
    with mine.page.expect_download() as waiting:
        table(mine).get_by_role("button", name="导出Excel").click()
    handed = read_sheet(Path(waiting.value.path()).read_bytes(), "导出.xlsx")
    assert len(handed.rows) == 501 and handed.headings[0] == "人员（工号）"

    # Handed in, it is there for those who read it, and can be taken out again.
    mine.fill({"培训日期": "2024-11-01"})
    address = mine.page.url
    mine.hand_in()
    mine.page.goto(address)
    with mine.page.expect_download() as waiting:
        mine.page.get_by_role("link", name="导出CSV").click()
    assert len(read_sheet(Path(waiting.value.path()).read_bytes(), "导出.csv").rows) == 501
    assert mine.faults == []


def begin(mine: Clerk) -> None:
    """Start recording a training and open its form."""
    mine.go("/campaigns")
    mine.page.locator("main a[href*='/campaigns/']").first.click()
    mine.page.wait_for_load_state()
    mine.page.goto(mine.page.url.split("?")[0] + "/start/training")
    mine.page.locator("main form button.btn-primary").click()
    mine.page.wait_for_load_state()
    mine.wait_for_task("登记教育培训")
    expect(table(mine)).to_be_visible()
