"""What was measured, what is claimed of it, and whether it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.bench.timing import Times


@dataclass(frozen=True)
class Measured:
    """One way of doing something. ms: the median of one time; low, high: its quartiles; rounds: how many there were."""

    what: str
    ms: float
    low: float
    high: float
    rounds: int


@dataclass(frozen=True)
class Claim:
    """A ratio that is promised. most: it may be at most the target; else it must be at least that."""

    what: str
    ratio: float
    target: float
    most: bool

    @property
    def met(self) -> bool:
        return self.ratio <= self.target if self.most else self.ratio >= self.target


@dataclass(frozen=True)
class Part:
    """One thing that was measured, in one run. sizes: how large everything was."""

    title: str
    sizes: Mapping[str, int]
    measured: tuple[Measured, ...]
    claims: tuple[Claim, ...] = field(default=())

    def plain(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        found = asdict(self)
        found["claims"] = [{**asdict(claim), "met": claim.met} for claim in self.claims]
        return found


def measured(times: Times, names: Mapping[str, str]) -> tuple[Measured, ...]:
    """Return what the ways took, in words. names: way -> what to call it."""
    return tuple(
        Measured(words, times.middle(way), *times.quartiles(way), len(times.seconds[way]))
        for way, words in names.items()
    )


def at_most(what: str, ratio: float, target: float) -> Claim:
    return Claim(what, ratio, target, most=True)


def at_least(what: str, ratio: float, target: float) -> Claim:
    return Claim(what, ratio, target, most=False)


def table(parts: Iterable[Part]) -> Iterator[str]:
    """Yield the lines of a table for people."""
    for part in parts:
        sizes = ", ".join(f"{name} {size:,}" for name, size in part.sizes.items())
        yield f"{part.title} ({sizes})"
        for one in part.measured:
            yield f"  {one.what:<58}{one.ms:>11.3f} ms   half of {one.rounds} between {one.low:.3f} and {one.high:.3f}"
        for claim in part.claims:
            bound, answer = "≤" if claim.most else "≥", "met" if claim.met else "NOT MET"
            yield f"  {claim.what:<58}{claim.ratio:>11.2f} ×    {bound} {claim.target:g}: {answer}"
        yield ""
