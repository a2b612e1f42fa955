"""How much an expression may cost."""

from collections.abc import Callable

from forms.expression import compile_expression
from forms.expression.limits import STEPS
from tests.effort import counted, must_end

LIMIT = 20 * STEPS  # a small step of an expression's own is some five to ten of Python's


def costs_little(action: Callable[[], object]) -> None:
    """Assert that an action that finds nothing compiled beforehand needs no more steps than the dearest evaluation may."""
    compile_expression.cache_clear()
    with must_end(), counted(at_most=LIMIT):
        action()
