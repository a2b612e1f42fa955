"""What a thing costs, told without a clock: no test asserts on time, for a busy machine is slow at everything.

`counted` counts what Python does inside a block. The figure is the same on every machine, so that rounds, sizes and hostile
texts can be compared exactly. What C code does in one call (a regular expression, expat, a sort) is one step to it: where that
could go on for ever, the input is made so large that only what grows with its size comes to an end within `must_end`'s patience.
How fast anything is stands in the benchmarks (`make bench`).
"""

from __future__ import annotations

import gc
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from types import FrameType
from typing import Any

import pytest

# Seconds after which something is given up as never ending; no machine that works at all is that slow.
PATIENCE = 120.0


@dataclass
class Effort:
    """What a block has cost, known when it is over."""

    # Lines of Python that ran (each round of a loop again), and C functions that were called.
    steps: int = 0


@contextmanager
def counted(at_most: int | None = None) -> Iterator[Effort]:
    """Count the steps of all that the block calls, in this thread.

    at_most: steps; whoever wants more is stopped there and then, and the test fails.
    The lines of the block itself do not count. A count within a count belongs to both; another tracer or profiler (a debugger,
    the measuring of coverage) sees nothing of the block and goes on after it. Rubbish is left lying meanwhile: when it is
    collected, and whose it is, is chance.
    """
    effort, seen, limit = Effort(), 0, inf if at_most is None else at_most

    def stop() -> None:
        sys.settrace(None)
        sys.setprofile(None)
        pytest.fail(f"more than {at_most} steps")

    def line(frame: FrameType, happened: str, what: Any) -> Any:
        nonlocal seen
        if happened == "line":
            seen += 1
            if seen > limit:
                stop()
        return line

    def call(frame: FrameType, happened: str, what: Any) -> None:
        if happened == "c_call":
            more(1)

    def more(steps: int) -> None:
        nonlocal seen
        seen += steps
        if seen > limit:
            stop()

    tracer, profiler, collects = sys.gettrace(), sys.getprofile(), gc.isenabled()
    outer = getattr(profiler, "of_effort", None)
    call.of_effort = more  # type: ignore[attr-defined]
    gc.disable()
    sys.settrace(line)
    sys.setprofile(call)
    try:
        yield effort
    finally:
        effort.steps, limit = seen, inf  # frames of the block outlive it and go on counting
        sys.setprofile(None)
        sys.settrace(tracer)
        if collects:
            gc.enable()
        sys.setprofile(profiler)
        if outer is not None:
            outer(effort.steps)


def steps(act: Callable[[], object]) -> int:
    """Return how many steps it takes to `act` once."""
    with counted() as effort:
        act()
    return effort.steps


@contextmanager
def must_end(patience: float = PATIENCE) -> Iterator[None]:
    """Fail when the block has not come to an end within `patience` seconds: a guard against hanging, never a measure of speed.

    Regular expressions are interrupted; other C code is, once it is back in Python. Outside the main thread nothing guards.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def give_up(number: int, frame: FrameType | None) -> None:
        pytest.fail(f"it had not come to an end after {patience:g} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    left, _ = signal.setitimer(signal.ITIMER_REAL, patience)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left)
        signal.signal(signal.SIGALRM, before)


def until(
    fact: Callable[[], object], otherwise: Callable[[], str] = lambda: "", patience: float = PATIENCE
) -> None:
    """Look again and again until `fact` holds; after `patience` seconds fail with what `otherwise` says."""
    end = time.monotonic() + patience
    while not fact():
        if time.monotonic() > end:
            pytest.fail(f"it never came to that: {otherwise()}")
        time.sleep(0.05)
