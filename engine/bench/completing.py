"""What completing a task costs: bare, with the library used plainly, and as the whole command."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.bench import course
from engine.bench.bare import Bare, Driver
from engine.bench.claims import Claim, Part, at_least, at_most, measured
from engine.bench.ground import Ground
from engine.bench.naive import Library, Naive
from engine.bench.ours import Nth, Ours
from engine.bench.sizes import Sizes
from engine.bench.timing import Times, Way, interleaved

# Elements of history at which it is measured. The library stalls in silence before 1,000 rounds deep, so this is as far as
# both can be compared.
SHORT, LONG = 40, 1000
_WORDS = {
    "bare": "bare: four rows in one transaction",
    "naive": "naive: load JSON, complete, save JSON, the same rows",
    "ours": "ours: the whole command",
}


def parts(ground: Ground, sizes: Sizes) -> Iterator[Part]:
    """Measure completions at a short and at a long history, and the 1,000th against the 10th."""
    driver, library = Driver(ground), Library(course.drawing(), course.PROCESS)
    try:
        yield _short(ground, driver, library, sizes)
        yield _long(ground, driver, library, sizes)
    finally:
        driver.close()
    yield _nth(ground, sizes)


def _short(ground: Ground, driver: Driver, library: Library, sizes: Sizes) -> Part:
    state = library.after(SHORT // 2)
    ways = _ways(ground, driver, library, state, SHORT)
    times = interleaved(ways, sizes.rounds, each=sizes.each)
    postgresql = ground.is_postgresql
    claims = (
        at_most("ours / bare", times.ratio("ours", "bare"), 3 if postgresql else 15),
        at_least("naive / ours", times.ratio("naive", "ours"), 2.5 if postgresql else 5),
    )
    return _part(f"Completing a task after {SHORT} elements of history", library, state, sizes, times, claims)


def _long(ground: Ground, driver: Driver, library: Library, sizes: Sizes) -> Part:
    history = min(LONG, sizes.history)
    state = library.after(history // 2 - 5)
    ways = _ways(ground, driver, library, state, history)
    times = interleaved(ways, sizes.long_rounds, each=sizes.each)
    claims = (at_least("naive / ours", times.ratio("naive", "ours"), 30 if ground.is_postgresql else 60),)
    return _part(
        f"Completing a task after {history:,} elements of history", library, state, sizes, times, claims
    )


def _ways(ground: Ground, driver: Driver, library: Library, state: str, history: int) -> Mapping[str, Way]:
    ways: Mapping[str, Way] = {
        "bare": Bare(driver, ground.begin()),
        "naive": Naive(driver, library, state, ground.begin()),
        "ours": Ours(ground, ground.begin(), after=history // 2),
    }
    ground.settle()  # plans made while the tables were empty would read all of a tenant's rows to find one
    return ways


def _part(
    title: str, library: Library, state: str, sizes: Sizes, times: Times, claims: tuple[Claim, ...]
) -> Part:
    tasks, finished = library.history(state)
    found = {"tasks in the naive state": tasks, "of these finished": finished, "its bytes": len(state)}
    return Part(title, found, measured(times, _WORDS), claims)


def _nth(ground: Ground, sizes: Sizes) -> Part:
    late = Ours(ground, ground.begin(), after=sizes.history)
    ground.settle()
    times = interleaved({"10th": Nth(ground, 10), "late": late}, sizes.long_rounds)
    claim = at_most("the later / the 10th", times.ratio("late", "10th"), 1.2)
    words = {
        "10th": "the 10th completion of an instance",
        "late": f"one after {sizes.history:,} others",
    }
    return Part(
        "The same instance, long after", {"completions": sizes.history}, measured(times, words), (claim,)
    )
