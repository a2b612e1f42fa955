"""Taking times on a machine that is never quiet: all ways in turn, within one loop, and the middle of what was seen."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles

from tenants.clock import monotonic

# Gets everything ready, which is not timed, and returns what is.
Way = Callable[[], Callable[[], object]]


@dataclass(frozen=True)
class Times:
    """What several ways took, round by round. seconds: name -> one number for each round."""

    seconds: Mapping[str, tuple[float, ...]]

    def middle(self, name: str) -> float:
        """Return the median in milliseconds."""
        return median(self.seconds[name]) * 1000

    def spread(self, name: str) -> tuple[float, float]:
        """Return the quartiles in milliseconds."""
        found = self.seconds[name]
        if len(found) < 2:
            return found[0] * 1000, found[0] * 1000
        low, _, high = quantiles(found, n=4)
        return low * 1000, high * 1000

    def ratio(self, one: str, other: str) -> float:
        """Return how many times as long `one` took: the median over rounds, whose halves stood beside each other."""
        return median(a / b for a, b in zip(self.seconds[one], self.seconds[other], strict=True))


def interleaved(ways: Mapping[str, Way], rounds: int) -> Times:
    """Time every way once in each round. Two rounds beforehand warm up and are not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(-2, rounds):
        if number == 0:
            gc.collect()
        for name, way in ways.items():
            act = way()
            began = monotonic()
            act()
            if number >= 0:
                seconds[name].append(monotonic() - began)
    return Times({name: tuple(found) for name, found in seconds.items()})
