"""A check table of 465 items in a browser: what a keystroke draws, what a save sends, and that nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.effort import PATIENCE
from tests.journeys.clerk import Clerk
from tests.site import ROOT, Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

# The demonstration with the campaign of the check tables beside its own.
_PREPARE = "from tests.checklists import prepare; prepare()"
_DRAWN = "[...document.querySelectorAll('.ls-item')].map(row => Number(row.dataset.drawn))"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("checks") / "home"
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LUOSHI_", "DATABASE_"))
    }
    surroundings = {**kept, "LUOSHI_HOME": str(home), "LUOSHI_DEMO": "true"}
    home.mkdir(parents=True)
    subprocess.run([sys.executable, "-c", _PREPARE], cwd=ROOT, env=surroundings, check=True, timeout=PATIENCE)
    with Site(home) as running:
        yield running


@pytest.fixture
def mine(house: Site, browser: Browser) -> Iterator[Clerk]:
    clerk = Clerk(browser, house.url, "yc.beiling", "yangcheng")
    yield clerk
    clerk.context.close()


def begin(clerk: Clerk) -> Page:
    clerk.wait_for_task("对照检查表自查")
    expect(clerk.page.locator(".ls-item").first).to_be_visible()
    return clerk.page


def test_a_keystroke_draws_one_row_and_a_save_sends_what_changed(mine: Clerk) -> None:
    page = begin(mine)
    expect(page.locator(".ls-list legend")).to_contain_text("13个分区465项")
    assert page.locator(".ls-item").count() == 36  # one area at a time

    page.locator(".ls-item").nth(1).locator("label.ls-chip", has_text="不合格").click()
    expect(page.locator(".ls-saved")).to_contain_text("已保存")
    said = page.locator(".ls-item").nth(1).locator("textarea")
    before = page.evaluate(_DRAWN)
    with page.expect_request(lambda one: one.url.endswith("/draft/changes")) as waiting:
        said.press_sequentially("警")
        during = page.evaluate(_DRAWN)
    expect(page.locator(".ls-saved")).to_contain_text("已保存")
    after = page.evaluate(_DRAWN)

    assert [place for place, (one, other) in enumerate(zip(before, during, strict=True)) if other != one] == [
        1
    ]
    assert [now - then for then, now in zip(before, after, strict=True) if now != then] == [1]
    sent = waiting.value.post_data or ""
    assert len(sent.encode()) < 300
    assert json.loads(sent)["rows"] == {"检查结果": {"A01-002": {"结果": "不合格", "问题描述": "警"}}}

    # Another area, another row; what was written before is still there after a reload.
    page.get_by_role("button", name="下一分区：02 通风").click()
    with page.expect_response(lambda one: "不适用" in (one.request.post_data or "")):
        page.locator(".ls-item").first.locator("label.ls-chip", has_text="不适用").click()
    page.reload()
    expect(page.locator('[id="root_检查结果_1_问题描述"]')).to_have_value("警")
    expect(page.get_by_role("button", name="不适用 1")).to_be_visible()
    expect(page.get_by_role("button", name="未填 463")).to_be_visible()


def test_what_is_left_out_is_named_and_items_are_found_by_number_and_by_result(mine: Clerk) -> None:
    page = begin(mine)
    page.locator("[data-island=form] button[type=submit]").click()
    summary = page.locator(".ls-summary")
    expect(summary).to_be_visible()
    page.get_by_role("button", name="未填").click()
    page.get_by_placeholder("查找编号或内容").fill("A13-465")
    expect(page.locator(".ls-item")).to_have_count(1)
    page.locator(".ls-item label.ls-chip", has_text="不适用").click()
    page.get_by_placeholder("查找编号或内容").fill("")
    page.get_by_role("button", name="不适用").click()
    expect(page.locator(".ls-item")).to_have_count(2)
    expect(page.locator(".ls-saved")).to_contain_text("已保存")
    assert [one for one in mine.faults if "no diagram" not in one] == []
