"""How each step of a campaign in a province grows from a tenth of its size, and what its pages cost at both sizes."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import event

from engine import inbox
from engine.bench.chain import campaign, pages
from engine.bench.chain.province import TOP, Province
from engine.bench.claims import Claim, Measured, Part, at_most, measured
from engine.bench.timing import Times, interleaved
from tenants.db import db

# What one piece of work may take more at full size than at a tenth: nothing, but for what a busy machine adds.
LINEAR = 1.2


class WrongSum(RuntimeError):
    """What was rolled up is not what was reported: nothing that was measured means anything."""


@dataclass(frozen=True)
class Site:
    """A province in its database. here: opens the application context in which it is."""

    province: Province
    here: Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class Taken:
    """What a step took. seconds: all of it."""

    name: str
    unit: str
    seconds: float
    pieces: int

    @property
    def each(self) -> float:
        return self.seconds / self.pieces


def parts(small: Site, large: Site, *, rounds: int) -> Iterator[Part]:
    """Let a campaign run in both provinces, then look at what it left."""
    scale = large.province.scale
    sizes = {"cities": scale.cities, "counties": scale.counties, "mines": scale.mines, "months": scale.months}
    # Step by step in turn, so that a busy machine disturbs both alike.
    taken = list(zip(run(small), run(large), strict=True))
    yield compared([one for one, _ in taken], [one for _, one in taken], sizes)
    yield overview(small, large, rounds)
    yield at_a_county(small, large, rounds)


def run(site: Site) -> Iterator[Taken]:
    """Let a campaign run in a province, and yield what each step took."""
    for step in campaign.steps(site.province):
        with site.here():
            site.province.settle()
            gc.collect()
            began = perf_counter()
            pieces = step.act()
            taken = Taken(step.name, step.unit, perf_counter() - began, pieces)
        yield taken
    with site.here():
        _check(site.province)


def _check(province: Province) -> None:
    """Raise WrongSum unless every report of the province says what its mines said."""
    said = sum(campaign.hazards(unit) for mines in province.mines.values() for unit, _ in mines)
    told = [one.get("隐患数") for one in campaign.totals(province)]
    if told != [said] * province.scale.months:
        raise WrongSum(f"{told}; the mines said {said} each month")


def compared(small: Sequence[Taken], large: Sequence[Taken], sizes: Mapping[str, int]) -> Part:
    """Return what every step took for one piece of work at both sizes, of those that came again the middle one."""
    found, claims = [], []
    for name in dict.fromkeys(one.name for one in large):
        turns = [one for one in large if one.name == name]
        each = sorted(one.each * 1000 for one in turns)
        tenth = median(one.each * 1000 for one in small if one.name == name)
        words = f"{name}: {median(one.seconds for one in turns):,.1f} s, per {turns[0].unit}"
        found.append(Measured(words, median(each), each[0], each[-1], len(each)))
        claims.append(at_most(f"{name}, full / tenth", median(each) / tenth, LINEAR))
    return Part("A campaign in a whole province", sizes, tuple(found), tuple(claims))


def overview(small: Site, large: Site, rounds: int) -> Part:
    """Return what the province's pages cost at both sizes: time, and how many statements."""
    found: list[Measured] = []
    claims: list[Claim] = []
    for name, read in pages.PAGES.items():
        counts = [_statements(site, read) for site in (small, large)]
        times = interleaved(
            {"small": partial(_reading, small, TOP, read), "large": partial(_reading, large, TOP, read)},
            rounds,
        )
        found += measured(times, {"large": f"{name}, of {counts[1]} statements"})
        claims.append(at_most(f"{name}: statements, full / tenth", counts[1] / counts[0], 1))
    return Part("What the province sees", {"provinces": 1}, tuple(found), tuple(claims))


def at_a_county(small: Site, large: Site, rounds: int) -> Part:
    """Return what a county's inbox costs in a small province and in a large one."""
    times: Times = interleaved(
        {
            "small": lambda: _reading(small, "county-000", _inbox),
            "large": lambda: _reading(large, "county-000", _inbox),
        },
        rounds,
    )
    sizes = {"counties": large.province.scale.counties, "at a tenth": small.province.scale.counties}
    claim = at_most("inbox, full / tenth", times.ratio("large", "small"), LINEAR)
    words = {"large": "a page, among all counties", "small": "a page, among a tenth"}
    return Part("A county's inbox", sizes, measured(times, words), (claim,))


def _inbox(work: Any) -> object:
    return inbox.page(work, inbox.Filters())


def _reading(site: Site, slug: str, read: Callable[[Any], object]) -> Callable[[], object]:
    def act() -> object:
        with site.here(), site.province.act(slug, reads=True) as work:
            return read(work)

    return act


def _statements(site: Site, read: Callable[[Any], object]) -> int:
    with _counted(site) as sent, site.province.act(TOP, reads=True) as work:
        before = len(sent)
        read(work)
        return len(sent) - before


@contextmanager
def _counted(site: Site) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        sent.append(statement)

    with site.here():
        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
