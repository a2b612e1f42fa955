"""Taking times on a machine that is never quiet: all ways in turn, within one loop, and the middle of what was seen."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles
from time import perf_counter

# Gets everything ready, which is not timed, and returns what is.
Way = Callable[[], Callable[[], object]]
_WARM_UP = 2


@dataclass(frozen=True)
class Times:
    """What several ways took, round by round. seconds: name -> one number for each round."""

    seconds: Mapping[str, tuple[float, ...]]

    def middle(self, name: str) -> float:
        """Return the median in milliseconds."""
        return median(self.seconds[name]) * 1000

    def quartiles(self, name: str) -> tuple[float, float]:
        """Return between which milliseconds the middle half of the rounds lies."""
        found = self.seconds[name]
        low, _, high = quantiles(found, n=4, method="inclusive") if len(found) > 1 else found * 3
        return low * 1000, high * 1000

    def ratio(self, one: str, other: str) -> float:
        """Return how many times as long `one` took: the median over rounds, in which both stood side by side."""
        return median(a / b for a, b in zip(self.seconds[one], self.seconds[other], strict=True))

    def each(self, numbers: Mapping[str, int]) -> Times:
        """Return what one of so many took, where a way did many at a time."""
        return Times({name: tuple(a / numbers[name] for a in found) for name, found in self.seconds.items()})


def interleaved(ways: Mapping[str, Way], rounds: int, *, each: int = 1) -> Times:
    """Time every way in each round, `each` times on end; a round's number is that of one time. The first rounds only warm up.

    What a way leaves behind is swept before the next has its turn, or that one would pay for it.
    """
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    gc.collect()
    gc.freeze()  # what stands there for good is not looked through at each sweep
    try:
        for number in range(-_WARM_UP, rounds):
            for name, way in ways.items():
                gc.collect()
                spent = sum(_timed(way) for _ in range(each))
                if number >= 0:
                    seconds[name].append(spent / each)
    finally:
        gc.unfreeze()
    return Times({name: tuple(found) for name, found in seconds.items()})


def _timed(way: Way) -> float:
    act = way()
    began = perf_counter()
    act()
    return perf_counter() - began
