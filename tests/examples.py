"""How many examples a property test tries: as many as it says in `make test`, fewer in `make check` (the profile `quick`)."""

from __future__ import annotations

from typing import Any

from hypothesis import settings

_HOUSE = 100


def examples(count: int, **more: Any) -> settings:
    """Return settings for `count` examples, in proportion to what the present profile tries by default."""
    return settings(max_examples=max(5, count * settings.default.max_examples // _HOUSE), **more)
