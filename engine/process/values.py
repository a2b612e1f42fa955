"""Process data as JSON and back, exactly.

Data never go through SpiffWorkflow's registry, for which a field named `typename` is a command. Dates, moments, decimals and
long integers are written as `{"\\0d": "2024-11-01"}` and so on; a key of the user's that begins with NUL gets one more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_FROM_TEXT: Mapping[str, Callable[[str], object]] = {
    "\0t": datetime.fromisoformat,
    "\0d": date.fromisoformat,
    "\0n": Decimal,
    "\0i": int,
}


# Most values are these, and stand in lists: asked first, they need no call of their own.
_AS_THEY_ARE = frozenset({str, bool, float, type(None)})


def written(value: object) -> object:
    """Return the value as JSON that `read` turns back into the same. Raises TypeError for what process data cannot hold."""
    if type(value) in _AS_THEY_ARE:
        return value
    match value:
        case None | bool() | str() | float():
            return value
        case int():
            return value if -(2**53) < value < 2**53 else {"\0i": str(value)}
        case Mapping():
            return {
                ("\0" + key if key.startswith("\0") else key): written(item) for key, item in value.items()
            }
        case list() | tuple():
            return [item if type(item) in _AS_THEY_ARE else written(item) for item in value]
        case datetime():
            return {"\0t": value.isoformat()}
        case date():
            return {"\0d": value.isoformat()}
        case Decimal():
            return {"\0n": str(value)}
        case _:
            raise TypeError(f"process data cannot hold {type(value).__name__}")


def read(value: Any) -> Any:
    """Return what `written` was given."""
    if type(value) is list:
        return [read(item) if type(item) in (list, dict) else item for item in value]
    if type(value) is not dict:
        return value
    if len(value) == 1:
        ((key, item),) = value.items()
        if key in _FROM_TEXT and isinstance(item, str):
            return _FROM_TEXT[key](item)
    return {
        (key[1:] if key[:1] == "\0" else key): read(item) if type(item) in (list, dict) else item
        for key, item in value.items()
    }
