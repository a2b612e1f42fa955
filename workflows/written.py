"""What stands under a key of campaign.yaml, whatever was written there: anything out of shape is nothing here, for it is reported
by `workflows.shape`. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflows.marked_yaml import Mapped

_EMPTY = Mapped()


def mapping(at: Mapped, key: str) -> Mapped:
    """Return a mapping; an empty one when there is none."""
    found = at.get(key)
    return found if isinstance(found, Mapped) else _EMPTY


def text(at: Mapping[str, Any], key: str) -> str:
    """Return a text; empty when there is none."""
    found = at.get(key)
    return found if isinstance(found, str) else ""


def names(at: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """Return one name or a list of names."""
    found = at.get(key)
    if isinstance(found, str):
        return (found,)
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def common(key: str, at: Mapped) -> dict[str, Any]:
    """Return what every element has, as `workflows.elements.Element` takes it."""
    return {
        "id": key,
        "title": text(at, "title"),
        "clauses": names(at, "clause"),
        "added": at.get("added") is True,
        "reason": text(at, "reason"),
        "words": text(at, "words"),
        "line": at.line,
    }
