"""A person at a browser: signs in, finds a task, fills a form as people do, and hands it in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, TimeoutError, expect

from tests.effort import PATIENCE

PASSWORD = "Luoshi-2024"


class Clerk:
    """One signed-in person with a browser of their own. Console errors and refused policies are collected in `faults`."""

    def __init__(self, browser: Browser, base: str, login: str, tenant: str, *, width: int = 1280) -> None:
        self.base, self.login, self.tenant = base, login, tenant
        self.context = browser.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
        self.context.set_default_timeout(PATIENCE * 1000)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("console", lambda message: self._heard(message.type, message.text))
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self._sign_in()

    def _sign_in(self) -> None:
        self.page.goto(f"{self.base}/signin")
        self.page.locator("[name=name]").fill(self.login)
        self.page.locator("[name=password]").fill(PASSWORD)
        self.page.locator('form[action="/signin"] button').click()
        self.page.wait_for_url(re.compile(r"/t/"))

    def _heard(self, kind: str, text: str) -> None:
        # A refused page is reported here too; whoever asked for it looks at its status.
        if kind == "error" and "Failed to load resource" not in text:
            self.faults.append(text)

    def go(self, path: str) -> None:
        """Open a page of the tenant."""
        self.page.goto(f"{self.base}/t/{self.tenant}{path}")

    def sees(self, text: str) -> bool:
        """Tell whether the page shows the text."""
        return self.page.locator("main").get_by_text(text).count() > 0

    def inbox(self, words: str, tab: str = "todo") -> Locator:
        """Return the lines of a tab of the inbox that the search finds, across its first page."""
        self.page.goto(f"{self.base}/t/{self.tenant}/inbox?tab={tab}&q={words}")
        return self.page.locator("#list a.ls-table-title")

    def wait_for_task(self, words: str, *, step: str = "", seconds: float = PATIENCE) -> None:
        """Open the inbox until the worker has put the task there, then open the task."""
        for turn in range(int(seconds * 2)):
            tab = ("todo", "claimable")[turn % 2]  # what two desks may do waits where it can be claimed
            rows = self.inbox(words, tab).locator("xpath=ancestor::tr")
            row = rows.filter(has_text=step) if step else rows
            if row.count():
                row.first.locator("a.ls-table-title").click()
                self.page.wait_for_load_state()
                return
            self.page.wait_for_timeout(500)
        raise AssertionError(f"{self.login}: no task “{words}” {step} within {seconds} s")

    def fill(self, answers: Mapping[str, Any], at: str = "root") -> None:
        """Fill fields of the form by their names, as a person would: typing, choosing, ticking, adding rows."""
        for name, value in answers.items():
            self._answer(f"{at}_{name}", value)

    def hand_in(self) -> None:
        """Press the form's button and wait until the inbox says that it was taken."""
        self.page.locator("[data-island=form] button[type=submit]").click()
        try:
            self.page.wait_for_url(re.compile(r"/inbox"))
        except TimeoutError:
            said = self.page.locator(".ls-note, .invalid-feedback").all_inner_texts()
            raise AssertionError(f"{self.login}: not taken at {self.page.url}: {said}") from None

    def do(self, words: str, answers: Mapping[str, Any], *, step: str = "") -> None:
        """Find a task, fill it and hand it in."""
        self.wait_for_task(words, step=step)
        self.fill(answers)
        self.hand_in()

    def _field(self, key: str) -> Locator:
        return self.page.locator(f'[id="{key}"]')

    def _answer(self, key: str, value: Any) -> None:
        field = self._field(key)
        expect(field.first).to_be_attached()
        if isinstance(value, Path):
            field.locator("input[type=file]").first.set_input_files(value)
            expect(field.locator(".ls-files a").first).to_be_visible()
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for number, row in enumerate(value):
                if not self.page.locator(f'[id^="{key}_{number}_"]').count():
                    self._field(f"{key}__add").click()
                self.fill(row, f"{key}_{number}")
        elif isinstance(value, list):
            for one in value:
                field.locator("label", has_text=one).click()
        elif field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(label=str(value))
        elif field.evaluate("e => ['INPUT', 'TEXTAREA'].includes(e.tagName)"):
            self._type(field, value)
        else:
            field.locator("label", has_text=re.compile(f"^{re.escape(str(value))}$")).click()

    def _type(self, field: Locator, value: Any) -> None:
        if field.get_attribute("type") in ("checkbox", "radio"):
            field.set_checked(bool(value), force=True)
            return
        field.fill(str(value))
        field.blur()
