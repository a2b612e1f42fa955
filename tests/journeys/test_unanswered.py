"""A yes or no that is needed stands at neither before somebody has chosen, and is asked for when nobody has."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import gallery
from tests.journeys.form_alone import opened

pytestmark = [pytest.mark.browser]


@pytest.fixture
def sent(page: Page) -> list[dict[str, Any]]:
    """The look back before a penalty, as whoever judges it finds it."""
    package, _ = gallery.examined("jilin-2023-mine-rectification")
    return opened(page, package.forms["comparison"], {"核对说明": "查阅了台账。"})


def test_nothing_is_chosen_before_somebody_has_judged(page: Page, sent) -> None:
    judged = page.locator('[id="root_自查清单中已列"]')
    expect(judged.locator("input")).to_have_count(2)
    expect(judged.locator("input:checked")).to_have_count(0)

    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("alert")).to_contain_text("“自查清单中已列”请选“是”或“否”")
    assert sent == []

    judged.get_by_text("否").click()
    expect(judged.locator("input:checked")).to_have_count(1)
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/done")
    assert sent[0]["answers"]["自查清单中已列"] is False


def test_one_that_appears_with_an_answer_is_not_answered_either(page: Page, sent) -> None:
    page.locator('[id="root_自查清单中已列"]').get_by_text("是").click()
    mending = page.locator('[id="root_正在整改"]')
    expect(mending.locator("input")).to_have_count(2)
    expect(mending.locator("input:checked")).to_have_count(0)
