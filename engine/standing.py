"""Which answers of an instance stand, where a step is done several times or a process is called. Pure.

A place is what `engine.process` tells of a task: `check:57:3/inspect:61` = item 3 of the activity `check`, whose token had the
number 57, and inside it the call `inspect`. Numbers grow, so that a later round of the same activity has a higher one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class _Step(NamedTuple):
    node: str
    round: int
    item: str


def part_of(place: str) -> str:
    """Return the place without its rounds: what is filed there again takes the place of what was filed there before."""
    return "/".join(f"{step.node}:{step.item}" if step.item else step.node for step in _steps(place))


def is_sibling(one: str, other: str) -> bool:
    """Tell whether two places belong to different items of one activity: what is told in one is not the other's to read."""
    for mine, theirs in zip(_steps(one), _steps(other), strict=False):
        if mine.node != theirs.node:
            return False
        if mine.item != theirs.item:
            return True
    return False


def standing(found: Iterable[tuple[str, str, T]]) -> list[tuple[str, T]]:
    """Return (form, answers) of those that stand. found: (form, place, answers), oldest first.

    For each form and part the newest; an item of an earlier round, for which the later round had no place, stands no more.
    """
    kept: dict[tuple[str, str], tuple[str, T]] = {}
    for form, place, value in found:
        for key in [key for key, (before, _) in kept.items() if _is_over(before, place)]:
            del kept[key]
        key = (form, part_of(place))
        kept.pop(key, None)
        kept[key] = place, value
    return [(form, value) for (form, _), (_, value) in kept.items()]


def _is_over(before: str, now: str) -> bool:
    """Tell whether `now` lies in a later round of an activity in which `before` lies."""
    for was, here in zip(_steps(before), _steps(now), strict=False):
        if was.node != here.node:
            return False
        if was.round != here.round:
            return was.round < here.round
        if was.item != here.item:
            return False
    return False


def _steps(place: str) -> list[_Step]:
    steps = []
    for text in place.split("/") if place else ():
        node, number, item = (*text.split(":"), "")[:3]
        steps.append(_Step(node, int(number), item))
    return steps
