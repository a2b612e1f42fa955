"""A soft limit in a browser: it warns beside the field, in its row, and lets people hand in all the same."""

from __future__ import annotations

import json
import mimetypes
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest
from playwright.sync_api import Page, expect

from forms.browser import dressed
from tests import gallery

pytestmark = [pytest.mark.browser]

_BUILD = Path(__file__).parents[2] / "web" / "static" / "build"
_PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><link rel="icon" href="data:,">
<main><div data-island="form" data-props-from="form-props"><p data-waiting>…</p><p data-failed hidden>✗</p></div></main>
<script type="application/json" id="form-props">{props}</script><script type="module" src="/static/build/{entry}"></script></html>"""
_HOUSE = "http://soft.example"


@pytest.fixture
def sent(page: Page) -> list[dict[str, Any]]:
    """The plan of one mine, opened with its example; what is handed in is collected."""
    package, _ = gallery.examined("sifangtai-2020-three-years")
    form = package.forms["optimization"]
    mine = str((form.example or {})["煤矿"])
    props = {
        "schema": dressed(form.schema), "ui": dict(form.ui), "answers": dict(form.example or {}),
        "units": [{"id": mine, "name": "甲矿", "note": ""}], "names": {"today": "2020-12-01"}, "files": {}, "checklists": {},
        "draftRevision": 0, "submitLabel": "提交", "owner": "x", "zone": "Asia/Shanghai", "draftUrl": "/draft",
        "submitUrl": "/submit", "uploadUrl": "/upload", "changesUrl": "/changes", "csrf": "x", "idempotencyKey": "x",
        "taskVersion": 1,
    }  # fmt: skip
    entry = json.loads((_BUILD / "manifest.json").read_text())["src/main.js"]["file"]
    body = _PAGE.format(
        props=json.dumps(props, ensure_ascii=False, default=str).replace("</", "<\\/"), entry=entry
    )
    found: list[dict[str, Any]] = []

    def answer(route: Any) -> None:
        path = urlparse(route.request.url).path
        if path.startswith("/static/build/"):
            file = _BUILD / path.removeprefix("/static/build/")
            kind = mimetypes.guess_type(file.name)[0] or "text/plain"
            route.fulfill(body=file.read_bytes(), content_type=kind)
        elif path in ("/form", "/done"):
            route.fulfill(body=body if path == "/form" else "<p>好", content_type="text/html")
        elif path == "/submit":
            found.append(json.loads(route.request.post_data))
            route.fulfill(json={"next": "/done"})
        else:
            route.fulfill(status=204)

    page.route(f"{_HOUSE}/**", answer)
    page.goto(f"{_HOUSE}/form")
    page.get_by_role("button", name="提交").wait_for()
    return found


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
