"""The first page that anybody sees."""

from __future__ import annotations

import pytest

from web.demo_accounts import ACCOUNTS

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_demonstration_shows_its_accounts_and_lets_one_in(site, page):
    page.goto(site.url)
    page.get_by_role("button", name=ACCOUNTS[0]["title"]).click()
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(lambda url: "signin" not in url)
    assert "阳城县" in page.inner_text("body")
