"""Which unit a word means: a code, a name, or a path of names, among the units there are and those that a table brings.

People write names; names repeat (every mine has a 采煤队), and a table may bring a unit and, in the next line, one below it.
So lines find their places in rounds: those whose superior is certain first, then those that stand below them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from tenants.models import Unit
from tenants.roster.units import SLASH, Line

# Nobody's units go deeper, and a table that does is a mistake or a trick.
DEEPEST = 30
# Sorted from the bottom up, a table that is no deeper is settled in one round for each level, and some more for names that
# wait for one another. What is left then is said to be a circle, or too deep.
_ROUNDS = 4 * DEEPEST


class Tree:
    """Units by what they are called. A node is the code of a unit, or `#12` for a new unit that row 12 brings without one.

    nodes: row -> the unit that the line is about. meant: row -> the units that its superior may be; one, when all is well.
    Lines whose superior leads back to themselves are in neither.
    """

    def __init__(self, units: Iterable[Unit], lines: Sequence[Line] = (), *, places: bool = False) -> None:
        """places: the table says where units hang; what it leaves empty then is at the top."""
        self.units = {unit.code: unit for unit in units}
        self.nodes: dict[int, str] = {}
        self.meant: dict[int, list[str]] = {}
        self._places = places
        by_id = {unit.id: unit.code for unit in self.units.values()}
        self._above = {
            unit.code: by_id.get(unit.parent_id) if unit.parent_id else None for unit in self.units.values()
        }
        self._codes = {*self.units, *(line.code for line in lines if line.code)}
        self._named: dict[str, dict[str, None]] = defaultdict(dict)
        self._below: dict[tuple[str | None, str], dict[str, None]] = defaultdict(dict)
        # How many lines of that name have not found their unit, or its place.
        self._unknown, self._unplaced = Counter[str](), Counter[str]()
        for unit in self.units.values():
            self._put(unit.code, unit.name, self._above[unit.code])
        for line in lines:
            self._unplaced[line.name] += 1
            if line.code:
                self._named[line.name][line.code] = None
            else:
                self._unknown[line.name] += 1
        self._settle(lines)

    def above_now(self, code: str) -> str | None:
        """Return the code of what a unit hangs below before the table; None at the top."""
        return self._above[code]

    def candidates(self, name: str) -> list[str]:
        """Return the units there are with that name."""
        return [node for node in self._named.get(name, ()) if node in self.units]

    def find(self, text: str) -> list[Unit]:
        """Return the units there are that a word may mean."""
        return [self.units[code] for code in self._look(text) or () if code in self.units]

    def path(self, unit: Unit) -> str:
        """Return what to write for a unit so that it alone is meant: its name, a path of names, or its code."""
        names: list[str] = []
        code: str | None = unit.code
        while code is not None and len(names) < DEEPEST:
            names.insert(0, self.units[code].name)
            code = self._above[code]
            text = SLASH.join(names)
            if self._look(text) == [unit.code]:
                return text
        return unit.code

    def _settle(self, lines: Sequence[Line]) -> None:
        waiting = list(lines)
        patient = True
        for _ in range(_ROUNDS):
            left = [line for line in waiting if not self._found(line, patient)]
            if len(left) < len(waiting):
                patient = True
            elif patient:
                patient = False  # whatever is waited for does not come: those that have their places decide
            else:
                break
            waiting = left
        # A line that found its place late may bear a name that was certain before.
        for line in lines:
            if line.row in self.nodes and line.parent:
                self.meant[line.row] = self._look(line.parent) or []

    def _found(self, line: Line, patient: bool) -> bool:
        """Give a line its unit and its place; tell whether that could be done."""
        meant: list[str] | None = []
        if self._places and line.parent:
            meant = self._look(line.parent, patient)
            if meant is None or (not meant and patient):
                return False
        parent = meant[0] if meant and len(meant) == 1 else None
        self.meant[line.row] = meant or []
        node = line.code or self._known(line, parent) or f"#{line.row}"
        self.nodes[line.row] = node
        if not line.code:
            self._unknown[line.name] -= 1
        self._unplaced[line.name] -= 1
        self._put(node, line.name, parent if self._places else self._above.get(node))
        return True

    def _known(self, line: Line, parent: str | None) -> str | None:
        """Return the unit that a line without a code is about; None for a new one."""
        here = self.candidates(line.name)
        if not self._places:
            return here[0] if len(here) == 1 else None
        if line.parent and parent is None:
            return None
        return next((code for code in here if self._above[code] == parent), None)

    def _put(self, node: str, name: str, parent: str | None) -> None:
        self._named[name][node] = None
        self._below[parent, name][node] = None

    def _look(self, text: str, patient: bool = False) -> list[str] | None:
        """Return the units that a word may mean; None when that is not yet certain and there is patience."""
        return self._part(text, patient, {})

    def _part(self, text: str, patient: bool, seen: dict[str, list[str] | None]) -> list[str] | None:
        # Each beginning is looked up once, however many ways there are to cut what follows it.
        if text not in seen:
            seen[text] = self._worked_out(text, patient, seen)
        return seen[text]

    def _worked_out(self, text: str, patient: bool, seen: dict[str, list[str] | None]) -> list[str] | None:
        if text in self._codes:
            return [text]
        if patient and self._unknown[text]:
            return None
        found = list(self._named.get(text, ()))
        parts = text.split(SLASH)[: DEEPEST * 2]
        # A name may hold a slash itself: every way to cut is tried, the longest name first.
        for cut in range(1, len(parts)):
            if found:
                break
            name = SLASH.join(parts[cut:])
            if name not in self._named:
                continue
            if patient and (self._unplaced[name] or self._unknown[name]):
                return None
            above = self._part(SLASH.join(parts[:cut]), patient, seen) if cut < DEEPEST else []
            if above is None:
                return None
            found = [node for one in above for node in self._below.get((one, name), ())]
        return found
