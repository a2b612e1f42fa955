"""The real application on a fresh database, and people who visit it."""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from flask import Flask

from tenants import tokens
from tenants.db import Work, db, unit_of_work
from tests.databases import Database
from tests.scenes import PLAYS
from tests.web import swaps
from tests.web.county import County, set_going
from tests.web.neighbours import Neighbours, played
from tests.web.program import Program
from tests.web.visitor import Visitor
from tests.world import PASSWORD, Door, HandClock, World
from web.app import create_app
from web.config import Config
from web.house import House
from web.queue import Doorbell

_addresses = itertools.count(1)
# Rate limits are kept in a Valkey that all test processes share: each has a network of its own.
_network = 100 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture
def config(database: Database, valkey_url: str, tmp_path: Path) -> Config:
    """The settings of the application under test; a test may replace this fixture."""
    return Config(
        home=tmp_path, store=tmp_path / "store", database_url=database.url, owner_url=database.owner_url,
        redis_url=valkey_url, secret_key="only-for-tests-0123456789-abcdefghij",
    )  # fmt: skip


@pytest.fixture
def house(config: Config, clock: HandClock, world: World) -> Iterator[Flask]:
    """The application with the world in its database and the hand clock on its wall. No context is open."""
    config.store.mkdir(exist_ok=True)
    made = _built(dataclasses.replace(config, home=Path("home"), store=Path("store")))
    made.extensions["luoshi"] = House(config, clock, Doorbell(config.redis_url))
    yield made
    with made.app_context():
        db.engine.dispose()


@cache
def _built(config: Config) -> Flask:
    """Return the application for a configuration, built once: what a test's own folder is to it the house knows alone."""
    return create_app(config)


@dataclass(frozen=True)
class HouseDoor(Door):
    """The same in the application under test: `with door("yangcheng", "clerk") as work:`."""

    house: Flask

    @contextmanager
    def __call__(
        self, tenant: str = "yangcheng", login: str | None = None, *, reads: bool = False
    ) -> Iterator[Work]:
        with self.house.app_context(), super().__call__(tenant, login, reads=reads) as work:
            yield work


@pytest.fixture
def door(house: Flask, world: World, clock: HandClock, config: Config) -> HouseDoor:
    """Opens units of work in the application under test; without a login the house itself acts."""
    return HouseDoor(world, clock, config.store, house)


def _mine(open_work: Door) -> County:
    return set_going(open_work, open_work.clock, open_work.world, "yangcheng", "pine", "pine", "admin")


def _two_counties(open_work: Door) -> tuple[County, County]:
    other = set_going(open_work, open_work.clock, open_work.world, "qinshui", "willow", "willow", "qs-admin")
    return _mine(open_work), other


PLAYS["county"], PLAYS["counties"], PLAYS["neighbours"] = _mine, _two_counties, played


@pytest.fixture
def county(database: Database, config: Config) -> County:
    """Yangcheng in the middle of a campaign of a built-in package; `pine` works in the pine mine."""
    assert database.scene is not None and isinstance(database.scene.told, County)
    database.scene.bring_files(config.store)
    return database.scene.told


@pytest.fixture
def counties(database: Database, config: Config) -> tuple[County, County]:
    """Two counties, each with a campaign that runs."""
    assert database.scene is not None
    database.scene.bring_files(config.store)
    mine, other = database.scene.told
    return mine, other


@pytest.fixture
def neighbours(database: Database, config: Config) -> Neighbours:
    """The county, its superior, a town below it, an authority far away; it has reported to its superior."""
    assert database.scene is not None and isinstance(database.scene.told, Neighbours)
    database.scene.bring_files(config.store)
    return database.scene.told


@pytest.fixture
def world(database: Database, world: World) -> World:
    """Who there is; of the neighbours' own authorities, too."""
    told = database.scene.told if database.scene is not None else None
    return told.world if isinstance(told, Neighbours) else world


@pytest.fixture
def look(house, world, clock, config):
    """Look at what became of it, as the house: `look(lambda work: ...)`. No context stays open for the visitors to share."""

    def run(read):
        with (
            house.app_context(),
            unit_of_work(
                "yangcheng", None, clock=clock, store=config.store, reads=True, as_house=True
            ) as work,
        ):
            return read(work)

    return run


@pytest.fixture
def rows_of(door: HouseDoor) -> Callable[..., dict[str, list[str]]]:
    """Tells every row that a tenant has, table by table; with house=True also what the house keeps of it."""

    def read(tenant: str, *, house: bool = False) -> dict[str, list[str]]:
        with door(tenant, reads=True) as work:
            return swaps.rows_of(work, house=house)

    return read


Visit = Callable[..., Visitor]


@pytest.fixture
def visit(house: Flask) -> Visit:
    """Makes visitors, each from an address of their own: `visit("clerk")` is signed in, `visit()` is nobody."""

    def arrive(login: str | None = None, password: str = PASSWORD, *, https: bool = False) -> Visitor:
        number = next(_addresses)
        visitor = Visitor(
            house.test_client(), f"10.{_network}.{number // 250}.{number % 250 + 1}", https=https
        )
        if login is not None:
            answer = visitor.sign_in(login, password)
            assert answer.status_code == 303, answer.text
        return visitor

    return arrive


@pytest.fixture
def program(house: Flask, world: World, clock: HandClock, config: Config) -> Callable[..., Program]:
    """Makes programs: `program("clerk")` has a token of that post, `program()` has none."""

    def write(login: str | None = None, *, read_only: bool = False, tenant: str = "") -> Program:
        number = next(_addresses)
        address, text = f"10.{_network}.{number // 250}.{number % 250 + 1}", ""
        if login is not None:
            home, member = world.members[login]
            with (
                house.app_context(),
                unit_of_work(tenant or home, member, clock=clock, store=config.store) as work,
            ):
                key = config.secret_key.encode()
                text = tokens.make(work, f"{login}的程序", days=30, read_only=read_only, key=key).text
        return Program(house.test_client(use_cookies=False), address, text)

    return write
