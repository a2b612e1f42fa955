"""A page whose form was changed by a new version after it had been opened: refused in words, and nothing typed is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests import gallery
from tests.journeys.form_alone import opened

pytestmark = [pytest.mark.browser]

_REFUSED = {
    "what": "这项任务已改按 1.1.0 版方案办理，表单有改动，没有提交。",
    "do": "刷新页面，按新表单核对后再提交。",
}


def test_the_page_says_which_form_was_filled_in_and_keeps_the_answers_when_that_is_refused(
    browser: Browser,
) -> None:
    page = browser.new_context(
        locale="zh-CN"
    ).new_page()  # of its own: a browser complains of what is refused
    package, _ = gallery.examined("sifangtai-2020-three-years")
    form = package.forms["optimization"]
    example = dict(form.example or {})
    sent = opened(page, form, example, {str(example["煤矿"]): "甲矿"}, refused=_REFUSED)
    faces = page.locator('[id="root_采区_0_采煤工作面数"]')
    faces.fill("2")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_role("alert")).to_contain_text("表单有改动")
    expect(page.get_by_role("alert")).to_contain_text("按新表单核对")
    assert sent[0]["form_version"] == "as-opened"
    expect(faces).to_have_value("2")
    expect(page.get_by_role("button", name="提交")).to_be_enabled()
    page.context.close()
