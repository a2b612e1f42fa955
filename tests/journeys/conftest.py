"""The whole house on a machine of its own: web, worker, scheduler, Valkey and SQLite, started as `make demo` starts it."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.effort import PATIENCE, until
from tests.journeys.clerk import Clerk

_ROOT = Path(__file__).parents[2]
# The demonstration without a running campaign: the journey launches it itself.
_PREPARE = (
    "from web import config, demo, house; c = config.read(); house.make_database(c); "
    "demo.load(house.bare_app(c), launched=False)"
)


@dataclass
class Running:
    """A running house. `clerk` signs somebody in; `move_to` moves the demonstration's clock, as its bar does."""

    base: str
    browser: Browser
    clerks: list[Clerk] = field(default_factory=list)

    def clerk(self, login: str, tenant: str = "yangcheng", *, width: int = 1280) -> Clerk:
        made = Clerk(self.browser, self.base, login, tenant, width=width)
        self.clerks.append(made)
        return made

    def move_to(self, by: Clerk, day: str) -> None:
        by.go("/inbox")
        bar = by.page.locator('form[action*="clock"]').filter(has=by.page.locator("[name=to]"))
        bar.locator("[name=to]").fill(day)
        bar.locator("[name=to]").press("Enter")
        by.page.wait_for_load_state()
        _year, month, date = (int(part) for part in day.split("-"))
        by.page.get_by_text(re.compile(f"{month}月{date}日")).first.wait_for()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Running]:
    """Start the house with the real worker; stop it with Ctrl-C, which must leave nothing behind."""
    home = tmp_path_factory.mktemp("house")
    port = _free_port()
    surroundings = {**os.environ, "LUOSHI_HOME": str(home), "LUOSHI_DEMO": "true", "PORT": str(port)}
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        surroundings.pop(name, None)
    subprocess.run(
        [sys.executable, "-c", _PREPARE], cwd=_ROOT, env=surroundings, check=True, timeout=PATIENCE
    )
    with open(home / "house.log", "wb") as log:
        house = subprocess.Popen(
            [sys.executable, "-m", "web.cli", "demo"],
            cwd=_ROOT,
            env=surroundings,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    base = f"http://127.0.0.1:{port}"
    try:
        until(
            lambda: house.poll() is None and _healthy(base), lambda: (home / "house.log").read_text()[-3000:]
        )
        started = Running(base, browser)
        yield started
        for clerk in started.clerks:
            clerk.context.close()
    finally:
        house.send_signal(signal.SIGINT)
        try:
            house.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            house.kill()
            raise
    assert not _healthy(base)


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real, small PDF to attach."""
    path = tmp_path_factory.mktemp("papers") / "方案（盖章）.pdf"
    path.write_bytes(
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )
    return path


def _healthy(base: str) -> bool:
    try:
        with urllib.request.urlopen(f"{base}/health", timeout=10) as answer:
            return bool(json.load(answer) == {"database": "ok", "queue": "ok"})
    except (OSError, ValueError):
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
