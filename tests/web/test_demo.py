"""`make demo`, as somebody who tries Luoshi meets it."""

from __future__ import annotations

import json
import signal
import socket

import psutil
import pytest
from sqlalchemy import select

from engine.models import Campaign
from tenants.db import unit_of_work
from tenants.models import AuditEntry
from tests.effort import PATIENCE, until
from tests.site import Site
from web import processes
from web.config import read
from web.demo import load
from web.demo_accounts import ACCOUNTS
from web.house import bare_app, house, make_database

pytestmark = [pytest.mark.slow, pytest.mark.valkey]


def test_a_demonstration_starts_survives_and_leaves_nothing_behind(tmp_path):
    site = Site(tmp_path / "home")
    site.start()
    assert all(account["name"] in site.printed for account in ACCOUNTS)
    assert json.loads(site.get("/health")[1]) == {"database": "ok", "queue": "ok"}
    assert (tmp_path / "home" / "log" / "web.log").exists()
    family = site.family()
    assert len(family) >= 6  # valkey, gunicorn and its two, the worker, the scheduler

    # Killed without warning: the next start finds the data, and nothing of the old run is left.
    assert site.process is not None
    site.process.kill()
    site.process.wait()
    site.start()
    assert not [process for process in family if processes.lives(process)]
    assert site.get("/health")[0] == 200

    # The doorbell dies: the site goes on, and the doorbell comes back.
    record = json.loads((site.home / "run" / "processes.json").read_text())
    bell = next(entry for entry in record["processes"] if entry["name"] == "valkey")
    psutil.Process(bell["pid"]).kill()
    assert site.get("/health")[0] == 200
    until(lambda: json.loads(site.get("/health")[1])["queue"] == "ok")

    family = site.family()
    assert site.stop(signal.SIGINT) == 0
    assert not [process for process in family if processes.lives(process)]
    assert "The data stay" in site.printed


def test_a_busy_port_is_refused_with_the_remedy(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        site = Site(tmp_path / "home", taken.getsockname()[1])
        site.begin()
        assert site.process is not None and site.process.wait(PATIENCE) == 1
    assert f"Port {site.port} is in use" in site.printed and "make demo PORT=" in site.printed
    assert not (tmp_path / "home" / "luoshi.db").exists()


def test_a_load_that_was_cut_off_begins_again(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "loading").touch()
    (home / "luoshi.db").write_bytes(b"half of something")
    with Site(home) as site:
        assert site.get("/health")[0] == 200
        assert not (home / "loading").exists()


def test_the_trail_of_a_demonstration_begins_on_the_day_of_its_notice(tmp_path, monkeypatch):
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LUOSHI_HOME", str(tmp_path))
    monkeypatch.setenv("LUOSHI_DEMO", "true")
    config = read()
    make_database(config)
    app = bare_app(config)
    assert load(app) and not load(app)
    with (
        app.app_context(),
        unit_of_work(
            "yangcheng", None, clock=house().clock, store=config.store, reads=True, as_house=True
        ) as work,
    ):
        days = {at.astimezone(work.zone).date() for at in work.session.scalars(select(AuditEntry.at))}
        assert days == {work.session.scalars(select(Campaign.start)).one()}
