"""What each unit and those below it have brought: facts shared out to units in one pass. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from engine.lineage import Place, above
from engine.measures import Fact, Facts


class Brought:
    """The facts of a campaign by the units that they count for: each counts for its own unit and for all above it.

    Cost grows with the facts of what is asked for, times how deep the tree is; asking for a unit's part costs what is in it.
    Facts of units that are not among those given count for nobody.
    """

    def __init__(self, facts: Facts, units: Iterable[Place]) -> None:
        self._facts = facts
        self._counts_for = {unit.id: (unit.id, *above(unit)) for unit in units}
        self._shared: dict[str, Mapping[UUID, Sequence[Fact]]] = {}

    def part(self, unit_id: UUID, keys: Iterable[str]) -> Facts:
        """Return a unit's own facts of these ledgers and forms, in the order in which they were given."""
        return {key: self._of(key).get(unit_id, ()) for key in keys if key in self._facts}

    def _of(self, key: str) -> Mapping[UUID, Sequence[Fact]]:
        if key not in self._shared:
            found: defaultdict[UUID, list[Fact]] = defaultdict(list)
            for one in self._facts[key]:
                for unit_id in self._counts_for.get(one.unit_id, ()) if one.unit_id else ():
                    found[unit_id].append(one)
            self._shared[key] = found
        return self._shared[key]
