"""A bound on how much work one form and one set of answers may cause, whatever stands in them.

Limits on sizes alone do not help: twenty-two small definitions that each name the next one twice unfold into four million. So
the steps themselves are counted, and the count belongs to the judgement that is going on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_left: ContextVar[list[int] | None] = ContextVar("luoshi_form_steps", default=None)


class Overrun(Exception):
    """The steps of a budget are used up."""


@contextmanager
def budget(steps: int) -> Iterator[None]:
    """Allow so many steps inside the block; `spend` beyond them raises Overrun."""
    token = _left.set([steps])
    try:
        yield
    finally:
        _left.reset(token)


def spend(steps: int = 1) -> None:
    """Count steps against the budget that is open; without one nothing is counted."""
    left = _left.get()
    if left is not None:
        left[0] -= steps
        if left[0] < 0:
            raise Overrun
