"""What launching to many units costs: all in one command, stamped from the first, against starting them one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle
from uuid import UUID

from sqlalchemy import select

from engine.bench import course
from engine.bench.bare import Driver, start_rows
from engine.bench.claims import Part, at_least, measured
from engine.bench.ground import Ground
from engine.bench.naive import Library
from engine.bench.sizes import Sizes
from engine.bench.timing import interleaved
from engine.births import open_all
from engine.duties import open_for_all
from engine.models import DutyOccurrence
from engine.opening import Opening
from engine.running import running
from tenants.models import Unit


def parts(ground: Ground, sizes: Sizes) -> Iterator[Part]:
    """Measure a launch; what one unit costs is compared."""
    ground.settle()
    driver, library = Driver(ground), Library(course.drawing(), course.PROCESS)
    mines = cycle(_mines(ground))
    ways = {
        "at once": lambda: lambda: _at_once(ground),
        "one by one": lambda: _repeated(sizes.singly, lambda: _single(ground, next(mines))),
        "library": lambda: _repeated(sizes.singly, lambda: _by_library(driver, library)),
    }
    try:
        times = interleaved(ways, sizes.launches).each(
            {"at once": sizes.units, "one by one": sizes.singly, "library": sizes.singly}
        )
    finally:
        driver.close()
    words = {
        "at once": "one unit of a launch to all of them, stamped",
        "one by one": "one unit, each started by a command of its own",
        "library": "one unit, each started plainly: engine, JSON, rows, commit",
    }
    target = 12 if ground.is_postgresql else 50
    claims = (at_least("one by one / at once", times.ratio("one by one", "at once"), target),)
    found = {"units": sizes.units, "started one by one": sizes.singly}
    yield Part("Launching a campaign", found, measured(times, words), claims)


def _at_once(ground: Ground) -> None:
    with ground.as_house() as work:
        live = running(work, ground.campaign, lock="keep")
        query = select(DutyOccurrence).where(DutyOccurrence.duty == course.EVERYWHERE)
        occurrence = work.session.scalars(query).one()
        open_for_all(work, live, live.duties[course.EVERYWHERE], occurrence)


def _single(ground: Ground, mine: UUID) -> None:
    with ground.as_house() as work:
        live = running(work, ground.campaign, lock="keep")
        unit = work.session.get_one(Unit, (ground.tenant, mine))
        open_all(work, live, [Opening(course.PROCESS, "性能测试", unit, duty=course.EVERYWHERE)])


def _by_library(driver: Driver, library: Library) -> None:
    with driver.transaction():
        state = library.serializer.serialize_json(library.begin())
        start_rows(driver, state.encode())


def _repeated(times: int, act: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        for _ in range(times):
            act()

    return run


def _mines(ground: Ground) -> list[UUID]:
    with ground.as_house(reads=True) as work:
        return list(work.session.scalars(select(Unit.id).where(Unit.kind == "mine")))
