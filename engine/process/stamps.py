"""More instances that start as one did, without running it again: the same state under fresh tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.process import state as states
from engine.process.step import Step


def stamps(step: Step, number: int) -> Iterator[tuple[bytes, tuple[str, ...]]]:
    """Yield state and tokens of so many more instances that start as this one did; tokens as in `step.opened`. See `stamp`."""
    ends = [item.token.rpartition("-")[2] for item in step.opened]
    for state, prefix in states.stamped(step.state, number):
        name = prefix.hex()
        yield state, tuple([f"{name}-{end}" for end in ends])


def stamp(step: Step) -> Step:
    """Return the first step of another instance that starts as this one did, under fresh tokens, without running it again.

    step: what `start` returned. Raises ValueError when it armed timers (they belong to its moment) or is no first step.
    """
    if step.timers or step.closed or step.unheard:
        raise ValueError("only a first step that armed no timer can be stamped")
    state, prefix = next(states.stamped(step.state))
    opened = tuple(
        replace(item, token=f"{prefix.hex()}-{item.token.rpartition('-')[2]}") for item in step.opened
    )
    return replace(step, state=state, opened=opened, data=dict(step.data))
