"""One form of a package alone in a browser, without a house around it: what is handed in is collected."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from playwright.sync_api import Page

from forms.browser import dressed
from workflows.elements import Form

_BUILD = Path(__file__).parents[2] / "web" / "static" / "build"
_PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8"><link rel="icon" href="data:,">
<main><div data-island="form" data-props-from="form-props"><p data-waiting>…</p><p data-failed hidden>✗</p></div></main>
<script type="application/json" id="form-props">{props}</script><script type="module" src="/static/build/{entry}"></script></html>"""
_HOUSE = "http://form.example"


def opened(
    page: Page,
    form: Form,
    answers: Mapping[str, Any],
    units: Mapping[str, str] | None = None,
    *,
    refused: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Open a form with answers; return the list that grows by what is handed in. units: id -> name. refused: what the house
    says instead of taking it in."""
    props = {
        "schema": dressed(form.schema), "ui": dict(form.ui), "answers": dict(answers),
        "units": [{"id": key, "name": name, "note": ""} for key, name in (units or {}).items()],
        "names": {"today": "2020-12-01"}, "files": {}, "checklists": {}, "draftRevision": 0, "submitLabel": "提交",
        "owner": "x", "zone": "Asia/Shanghai", "draftUrl": "/draft", "submitUrl": "/submit", "uploadUrl": "/upload",
        "changesUrl": "/changes", "csrf": "x", "idempotencyKey": "x", "taskVersion": 1,
        "formVersion": "as-opened",
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
            route.fulfill(
                status=409 if refused else 200, json=dict(refused) if refused else {"next": "/done"}
            )
        else:
            route.fulfill(status=204)

    page.route(f"{_HOUSE}/**", answer)
    page.goto(f"{_HOUSE}/form")
    page.get_by_role("button", name="提交").wait_for()
    return found
