"""A soft limit in a browser: it warns beside the field, in its row, and lets people hand in all the same."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests import gallery
from tests.journeys.form_alone import opened

pytestmark = [pytest.mark.browser]


@pytest.fixture
def sent(page: Page) -> list[dict[str, Any]]:
    """The plan of one mine, opened with its example; what is handed in is collected."""
    package, _ = gallery.examined("sifangtai-2020-three-years")
    form = package.forms["optimization"]
    example = dict(form.example or {})
    return opened(page, form, example, {str(example["煤矿"]): "甲矿"})


def test_a_soft_limit_is_said_in_its_row_and_does_not_hold_anybody_up(page: Page, sent) -> None:
    faces = page.locator('[id="root_采区_0_采煤工作面数"]')
    note = page.locator('[id="root_采区_0_采煤工作面数__warning"]')
    expect(note).to_have_role("status")
    expect(note).to_be_empty()

    faces.fill("2")
    expect(note).to_contain_text("第1行提醒：一个采区原则上只布置一个采煤工作面")
    expect(faces).to_have_accessible_description(note.inner_text())
    expect(faces).not_to_have_attribute("aria-invalid", "true")  # it is no mistake

    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/done")
    assert sent[0]["answers"]["采区"][0]["采煤工作面数"] == 2


def test_a_hard_limit_beside_it_still_does(page: Page, sent) -> None:
    page.locator('[id="root_采区_0_采煤工作面数"]').fill("2")
    page.locator('[id="root_采区_0_回采工作面数"]').fill("3")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("alert")).to_contain_text("回采工作面数”不能大于2个")
    assert sent == []


def test_what_is_put_right_is_warned_of_no_more(page: Page, sent) -> None:
    faces = page.locator('[id="root_采区_0_采煤工作面数"]')
    faces.fill("2")
    expect(page.locator(".ls-form-warn")).to_have_count(1)
    faces.fill("1")
    expect(page.locator(".ls-form-warn")).to_have_count(0)
