"""The notice beside its configuration, by the keyboard and by the finger."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.clerk import Clerk
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NOTICE = "关于行动的通知\n为做好工作，通知如下。\n三、内容\n（一）教育\n1. 各煤矿要开展1次警示教育。\n五、要求\n（三）报送。每月报送进展。\n（九）另外。必须登记<img src=x onerror=alert(1)>。\n"


def opened(clerk: Clerk, notice: bool) -> Page:
    page = clerk.page
    clerk.go("/packages")
    page.locator("a[href*='/packages/']", has_text="百日").first.click()
    package = page.url.partition("?")[0]
    if notice:
        page.goto(f"{package}/notice")
        file = {"name": "通知.txt", "mimeType": "text/plain", "buffer": (NOTICE + "说明。\n" * 50).encode()}
        page.set_input_files("#file", file)
        page.locator("form[enctype] button.btn-primary").click()
    page.goto(f"{package}/trace")
    return page


@pytest.mark.parametrize("width", [1280, 360])
def test_each_side_lights_up_the_other(site: Site, browser: Browser, width: int) -> None:
    clerk = Clerk(browser, site.url, "yc.admin", "yangcheng", width=width)
    alarms: list[str] = []
    clerk.page.on("dialog", lambda dialog: (alarms.append(dialog.message), dialog.dismiss()))
    try:
        page = opened(clerk, notice=width == 1280)
        clause = page.locator("[data-name='五（三）']")
        clause.focus()
        expect(clause).to_have_class("ls-trace-one ls-trace-depth-1 ls-trace-here")
        lit = page.locator(".ls-trace-on")
        expect(lit).to_have_count(3)
        expect(lit.first).to_be_in_viewport()
        expect(page.locator("[data-trace-says]")).to_have_text("五（三）：3项对应")
        page.keyboard.press("Enter")
        expect(page.locator("[id^=e]:focus")).to_have_count(1)
        expect(clause).to_have_class("ls-trace-one ls-trace-depth-1 ls-trace-on")
        page.keyboard.press("Escape")
        expect(lit).to_have_count(0)
        page.keyboard.press("ArrowDown")
        page.locator("[data-name='五（三）']").click(position={"x": 8, "y": 8})
        page.keyboard.press("ArrowDown")
        expect(page.locator(":focus")).to_have_attribute("data-name", "五（九）")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert alarms == []
    finally:
        clerk.context.close()
