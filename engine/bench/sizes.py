"""How much is measured: in earnest, quickly, or just to see that everything is there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """rounds of `each` completions on end at a short history, long_rounds of one at a long one. history: its elements.

    units: to how many a campaign is launched, launches: how often; singly: how many are started one by one each time.
    desk: tasks at the desk whose inbox is read; few, many: all open tasks around it; pages: how often it is read.
    """

    rounds: int
    each: int
    long_rounds: int
    history: int
    units: int
    launches: int
    singly: int
    desk: int
    few: int
    many: int
    pages: int


FULL = Sizes(
    rounds=60, each=5, long_rounds=30, history=1000, units=4000, launches=5, singly=200, desk=60, few=10_000,
    many=1_000_000, pages=60,
)  # fmt: skip
QUICK = Sizes(
    rounds=20, each=5, long_rounds=8, history=1000, units=1000, launches=3, singly=60, desk=60, few=10_000,
    many=100_000, pages=20,
)  # fmt: skip
TINY = Sizes(
    rounds=2,
    each=1,
    long_rounds=2,
    history=12,
    units=20,
    launches=1,
    singly=2,
    desk=8,
    few=50,
    many=100,
    pages=2,
)
