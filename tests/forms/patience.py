"""How long an expression may take."""

import gc
import time
from collections.abc import Callable

from forms.expression import (
    compile_expression,
)

LIMIT = 0.050  # seconds of processor time


def seconds(action: Callable[[], object]) -> float:
    """Return the processor time of the quickest of three tries: the machine may be busy, the limit is about us."""

    def one() -> float:
        compile_expression.cache_clear()
        start = time.thread_time()
        action()
        return time.thread_time() - start

    gc.disable()  # the garbage of other tests is not ours
    try:
        return min(one() for _ in range(3))
    finally:
        gc.enable()
