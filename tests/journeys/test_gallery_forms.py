"""Every form of every built-in package, opened in a browser as whoever fills it in sees it."""

from __future__ import annotations

import json
import mimetypes
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import pytest

from forms.browser import dressed
from forms.validation import form_of
from tests import gallery
from web.views.tasks import checklists
from workflows.elements import Form, Package

_BUILD = Path(__file__).parents[2] / "web" / "static" / "build"
_PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><link rel="icon" href="data:,">
<main><div data-island="form" data-props-from="form-props"><p data-waiting>…</p><p data-failed hidden>✗</p></div></main>
<script type="application/json" id="form-props">{props}</script><script type="module" src="/static/build/{entry}"></script></html>"""
_HOUSE = "http://forms.example"


def _props(package: Package, form: Form) -> dict[str, Any]:
    asked = form_of(form.schema).listed
    # One that is still awaited has no items yet, and the form says so.
    there = [one.table for one in asked if package.datasets.get(one.table)]
    sets = {table: next(iter(package.datasets[table].values())) for table in there}
    return {
        "schema": dressed(form.schema), "ui": dict(form.ui), "answers": dict(form.example or {}), "units": [], "names": {},
        "files": {}, "draftRevision": 0, "checklists": checklists(asked, sets), "submitLabel": "提交", "owner": "x",
        "zone": "Asia/Shanghai", "draftUrl": "/draft", "submitUrl": "/submit", "uploadUrl": "/upload",
        "changesUrl": "/changes", "csrf": "x", "idempotencyKey": "x", "taskVersion": 1,
    }  # fmt: skip


@pytest.fixture
def troubled(page: Any) -> list[str]:
    """What the browser complains about, as it happens."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
    page.on(
        "console", lambda told: found.append(f"{page.url}: {told.text}") if told.type == "error" else None
    )
    return found


@pytest.mark.parametrize("name", gallery.PACKAGES)
def test_every_form_opens_with_its_example_and_shows_every_question(name: str, page: Any, troubled) -> None:
    package, _ = gallery.examined(name)
    entry = json.loads((_BUILD / "manifest.json").read_text())["src/main.js"]["file"]

    def answer(route: Any) -> None:
        path = urlparse(route.request.url).path
        if path.startswith("/static/build/"):
            file = _BUILD / path.removeprefix("/static/build/")
            route.fulfill(
                body=file.read_bytes(), content_type=mimetypes.guess_type(file.name)[0] or "text/plain"
            )
        elif path.strip("/") in package.forms:
            props = json.dumps(
                _props(package, package.forms[path.strip("/")]), ensure_ascii=False, default=str
            )
            route.fulfill(
                body=_PAGE.format(props=props.replace("</", "<\\/"), entry=entry), content_type="text/html"
            )
        else:
            route.fulfill(status=204)

    page.route(f"{_HOUSE}/**", answer)
    for form in package.forms.values():
        page.goto(f"{_HOUSE}/{form.id}")
        page.get_by_role("button", name="提交").wait_for()
        assert page.locator("[data-failed]:visible").count() == 0, form.id
        shown = page.locator("main").inner_text()
        hidden = {
            key for key, one in form.ui.items() if isinstance(one, dict) and one.get("ui:widget") == "hidden"
        }
        titles = {one["title"] for key, one in form.schema["properties"].items() if key not in hidden}  # type: ignore[attr-defined]
        assert {title for title in titles if title not in shown} == set(), form.id
    assert troubled == []
