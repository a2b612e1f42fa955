"""What is typed is kept: within two seconds of the last keystroke, through a reload, and without the network."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from tenants.clock import machine_now
from tests.journeys.clerk import Clerk
from tests.site import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def mine(site: Site, browser: Browser) -> Iterator[Clerk]:
    """A mine's clerk on a phone, in a running demonstration."""
    clerk = Clerk(browser, site.url, "yc.qingxi", "yangcheng", width=360)
    yield clerk
    clerk.context.close()


def test_a_draft_reaches_the_server_within_two_seconds_and_survives_a_reload(mine: Clerk) -> None:
    mine.wait_for_task("报送工作方案")
    measures = mine.page.locator('[id="root_主要措施"]')
    expect(measures).to_be_visible()
    # The page's own clock stands still but for what it is told: a slow machine has its two seconds, too.
    mine.page.clock.install()
    mine.page.clock.pause_at(machine_now() + timedelta(minutes=1))
    measures.press_sequentially("每周排查一次", delay=20)
    with mine.page.expect_request(
        lambda request: request.method in ("PUT", "POST") and "/draft" in request.url
    ):
        mine.page.clock.run_for(2_000)
    expect(mine.page.locator(".ls-saved")).to_contain_text("已保存")
    mine.page.reload()
    expect(measures).to_have_value("每周排查一次")


def test_without_the_network_nothing_typed_is_lost(mine: Clerk) -> None:
    mine.wait_for_task("报送工作方案")
    schedule = mine.page.locator('[id="root_时间安排"]')
    expect(schedule).to_be_visible()
    mine.context.set_offline(True)
    schedule.press_sequentially("按四个阶段倒排", delay=20)
    expect(mine.page.locator(".ls-saved")).to_contain_text("未保存")
    mine.context.set_offline(False)
    expect(mine.page.locator(".ls-saved")).to_contain_text("已保存")
    mine.page.reload()
    expect(schedule).to_have_value("按四个阶段倒排")
