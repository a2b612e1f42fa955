"""Which unit a word means: a code, a name, or a path of names, among the units there are and those that a table brings.

People write names; names repeat (every mine has a 采煤队), and a table may bring a unit and, in the next line, one below it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from tenants.models import Unit
from tenants.roster.units import SLASH, Line

# Nobody's units go deeper, and a table that does is a mistake or a trick.
DEEPEST = 30


class TooDeep(Exception):
    """Lines stand below each other without an end, or nearly so."""


class Tree:
    """Units by what they are called. A node is the code of a unit, or `#12` for the unit that row 12 brings without a code."""

    def __init__(self, units: Iterable[Unit], lines: Sequence[Line] = (), *, places: bool = False) -> None:
        """places: the table says where units hang; what it leaves empty then is at the top."""
        self.units = {unit.code: unit for unit in units}
        self._places = places
        by_id = {unit.id: unit.code for unit in self.units.values()}
        self._above = {
            unit.code: by_id.get(unit.parent_id) if unit.parent_id else None for unit in self.units.values()
        }
        self._lines = {line.code: line for line in lines if line.code}
        self._named: dict[str, list[str | Line]] = defaultdict(list)
        for unit in self.units.values():
            self._named[unit.name].append(unit.code)
        for line in lines:
            if line.name:
                self._named[line.name].append(line.code or line)
        self._bare = {f"#{line.row}": line for line in lines if not line.code}
        self._nodes: dict[int, str] = {}
        self._meant: dict[str, list[str]] = {}

    def node(self, line: Line, depth: int = 0) -> str:
        """Return the unit that a line is about: by its code, else the one of that name there; else a new one."""
        if line.code:
            return line.code
        if line.row not in self._nodes:
            self._nodes[line.row] = self._found(line, depth)
        return self._nodes[line.row]

    def candidates(self, line: Line) -> list[str]:
        """Return the units there are with the name of a line that gives no code and does not say where."""
        return [
            one for one in dict.fromkeys(self._named[line.name]) if isinstance(one, str) and one in self.units
        ]

    def meant(self, text: str, depth: int = 0) -> list[str]:
        """Return the units that a word may mean: one, when all is well. Raises TooDeep."""
        if depth > DEEPEST:
            raise TooDeep
        if text not in self._meant:
            self._meant[text] = self._worked_out(text, depth)
        return self._meant[text]

    def _worked_out(self, text: str, depth: int) -> list[str]:
        if text in self.units or text in self._lines:
            return [text]
        found = self._by_name(text, depth)
        if not found and SLASH in text:
            # A name may hold a slash itself: every way to cut is tried, the longest name first.
            parts = text.split(SLASH)
            for cut in range(1, min(len(parts), DEEPEST)):
                found = [
                    node
                    for node in self._by_name(SLASH.join(parts[cut:]), depth)
                    if self.above(node, depth + 1) in self.meant(SLASH.join(parts[:cut]), depth + 1)
                ]
                if found:
                    break
        return found

    def above(self, node: str, depth: int = 0) -> str | None:
        """Return what a unit will hang below, as far as that is clear. Raises TooDeep."""
        line = self._lines.get(node) or self._bare.get(node)
        if line is not None and self._places and line.parent:
            found = self.meant(line.parent, depth + 1)
            return found[0] if len(found) == 1 else None
        if line is not None and self._places:
            return None
        return self._above.get(node)

    def above_now(self, code: str) -> str | None:
        """Return the code of what a unit hangs below before the table; None at the top."""
        return self._above[code]

    def path(self, unit: Unit) -> str:
        """Return what to write for a unit so that it alone is meant: its name, a path of names, or its code."""
        names: list[str] = []
        code: str | None = unit.code
        while code is not None and len(names) < DEEPEST:
            names.insert(0, self.units[code].name)
            code = self._above[code]
            text = SLASH.join(names)
            if self.meant(text) == [unit.code]:
                return text
        return unit.code

    def _by_name(self, name: str, depth: int) -> list[str]:
        nodes = (
            one if isinstance(one, str) else self.node(one, depth + 1) for one in self._named.get(name, ())
        )
        return list(dict.fromkeys(nodes))

    def _found(self, line: Line, depth: int) -> str:
        fresh = f"#{line.row}"
        here = self.candidates(line)
        if not self._places:
            return here[0] if len(here) == 1 else fresh
        wanted = self.meant(line.parent, depth + 1) if line.parent else [None]
        return next((code for code in here if [self._above[code]] == wanted), fresh)
