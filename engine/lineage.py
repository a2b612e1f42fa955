"""Where a unit stands among the others: what is above it, and which units are the authority itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Protocol, TypeVar
from uuid import UUID


class Place(Protocol):
    """What selectors see of a unit. path: the ids from the root down to it, each 32 hex digits, between slashes."""

    @property
    def id(self) -> Any: ...
    @property
    def path(self) -> Any: ...
    @property
    def attributes(self) -> Any: ...
    def facts(self) -> Mapping[str, Any]: ...


U = TypeVar("U", bound=Place)


def above(unit: Place) -> tuple[UUID, ...]:
    """Return the ids of the units above one, the topmost first."""
    return _ids_in(unit.path[:-33])  # without its own: 32 digits and a slash


@lru_cache(maxsize=4096)
def _ids_in(path: str) -> tuple[UUID, ...]:
    return tuple(UUID(part) for part in path.split("/") if part)


def authority(units: Iterable[U]) -> dict[UUID, U]:
    """Return those of the units that are the authority itself: those with a mandate over everything, and what is below."""
    found = list(units)
    ours = {unit.id for unit in found if unit.attributes.get("mandate") == "all"}
    return {unit.id: unit for unit in found if not ours.isdisjoint([unit.id, *above(unit)])}
