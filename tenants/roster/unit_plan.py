"""What a table of units would change: which are new, which change and how, which stop; and what makes it impossible.

A line is matched by its code, or by name and superior when it gives none. Units that the table does not name stay as they are;
a unit stops only where its line says so. Pure: the same plan is shown before and carried out after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from tenants.models import Unit
from tenants.roster.fields import Reading, marked
from tenants.roster.tree import DEEPEST, Tree
from tenants.roster.units import FIELDS, Line, lines, same
from tenants.sheets import Sheet
from tenants.text import say

_CIRCLE = (say("上下级关系绕成了圈，或层级太多。"), say("请核对上级单位，必要时写代码。"))
_PLAIN = ("name", "kind", "status", "active")


@dataclass(frozen=True)
class NewUnit:
    """A unit to be added. parent: code of what it hangs below; None = at the top."""

    row: int
    code: str
    name: str
    kind: str
    parent: str | None
    status: str
    active: bool
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class ChangedUnit:
    """A unit to be changed. changes: field -> (before, after); `parent` holds codes, `attributes` is all of them."""

    row: int
    unit: Unit
    changes: Mapping[str, tuple[Any, Any]]

    @property
    def stops(self) -> bool:
        return self.changes.get("active", (None, None))[1] is False


@dataclass(frozen=True)
class UnitPlan:
    """What a table would do. new: superiors before those below them. unnamed: how many units the table does not name.

    mark: tells this plan from any other; what is confirmed must be what was shown.
    """

    new: tuple[NewUnit, ...] = ()
    changed: tuple[ChangedUnit, ...] = ()
    unchanged: int = 0
    unnamed: int = 0
    mark: str = ""

    @property
    def empty(self) -> bool:
        return not self.new and not self.changed


@dataclass
class _Planning:
    reading: Reading
    tree: Tree
    found: list[tuple[Line, str, str | None]] = field(default_factory=list)


def plan(
    sheet: Sheet, units: Iterable[Unit] = (), kinds: Collection[str] = (), statuses: Collection[str] = ()
) -> UnitPlan:
    """Return what a table does to a tenant's units, also deactivated ones. Raises Invalid with everything that is wrong.

    kinds: those that units may be of besides the usual and those that there are; with their titles, if they have any.
    statuses: the same for what units may be in.
    """
    there = list(units)
    reading = Reading(sheet, FIELDS)
    attributes = {name for unit in there for name in unit.attributes}
    read = lines(
        reading,
        {unit.kind: unit.kind for unit in there}
        | (dict(kinds) if isinstance(kinds, Mapping) else {one: one for one in kinds}),
        ({unit.status for unit in there} | set(statuses)) - {""},
        attributes,
    )
    planning = _Planning(reading, Tree(there, read, places=reading.has("parent")))
    for line in read:
        _match(planning, line)
    _refuse_doubles(planning)
    if not reading.problems:
        _refuse_circles(planning)
    if not reading.problems:
        _refuse_lost(planning)
    reading.finish()
    return _plan(planning)


def _match(planning: _Planning, line: Line) -> None:
    """Find out which unit a line is about and where it hangs; note what cannot be."""
    reading, tree = planning.reading, planning.tree
    if line.row not in tree.nodes:
        reading.complain(line.row, "parent", *_CIRCLE)
        return
    node, meant = tree.nodes[line.row], tree.meant[line.row]
    if not line.code and not reading.has("parent") and len(tree.candidates(line.name)) > 1:
        what, do = say("有几个单位都叫“{name}”。", name=line.name), say("请写明代码或上级单位。")
        reading.complain(line.row, "name", what, do)
    parent = meant[0] if len(meant) == 1 else None
    said = line.parent[:60]
    if line.parent and not meant:
        what, do = (
            say("没有“{name}”这个单位。", name=said),
            say("请写单位的名称或代码，或在表中增加这个单位。"),
        )
        reading.complain(line.row, "parent", what, do)
    elif len(meant) > 1:
        what, do = say("有几个单位都叫“{name}”。", name=said), say("请改写代码，或写成“上级/本级”。")
        reading.complain(line.row, "parent", what, do)
    is_new = node not in tree.units
    if is_new and "name" not in line.given:
        what, do = say("没有代码为“{code}”的单位。", code=line.code), say("请核对代码。")
        reading.complain(line.row, "code", what, do)
    elif is_new and line.given.get("kind", "") == "":
        reading.complain(line.row, "kind", say("新单位必须填写类别。"), say("请补全。"))
    elif not is_new and line.given.get("kind") == "":
        reading.complain(line.row, "kind", say("类别必须填写。"), say("请补全。"))
    planning.found.append((line, node, parent))


def _refuse_doubles(planning: _Planning) -> None:
    first: dict[object, Line] = {}
    for line, node, parent in planning.found:
        if line.parent and parent is None and not line.code:
            continue
        # Two new lines of one name at one place are one unit that was written twice.
        key = (line.name, parent) if node.startswith("#") and not line.code else node
        before = first.setdefault(key, line).row
        if before != line.row:
            what, do = say("与第 {row} 行是同一个单位。", row=before), say("请删去其中一行。")
            planning.reading.complain(line.row, "code" if line.code else "name", what, do)


def _refuse_circles(planning: _Planning) -> None:
    above = _above(planning)
    for line, node, _parent in planning.found:
        seen = 0
        at: str | None = node
        while at is not None and seen <= DEEPEST:
            at, seen = above.get(at), seen + 1
        if at is not None:
            planning.reading.complain(line.row, "parent", *_CIRCLE)


def _refuse_lost(planning: _Planning) -> None:
    """Refuse what would leave a working unit below one that is deactivated; what is so already stays so."""
    units, above = planning.tree.units, _above(planning)
    lined = {node: line for line, node, _ in planning.found}
    before = {unit.code: unit.active for unit in units.values()}
    after = before | {node: line.given.get("active", before.get(node, True)) for node, line in lined.items()}
    hung = {code: planning.tree.above_now(code) for code in units}
    stopped: set[str] = set()
    for node, parent in above.items():
        if parent is None or not after.get(node, True) or after.get(parent, True):
            continue
        if before.get(parent):
            stopped.add(parent)
        elif not before.get(node) or hung.get(node) != parent:
            what, do = say("上级单位已停用。"), say("请换一个上级单位，或先恢复它。")
            planning.reading.complain(lined[node].row, "parent", what, do)
    for parent in stopped:
        what, do = say("它下面还有在用的单位，不能停用。"), say("请先移走或一并停用下级单位。")
        planning.reading.complain(lined[parent].row, "active", what, do)


def _above(planning: _Planning) -> dict[str, str | None]:
    """Return what every unit will hang below."""
    above = {code: planning.tree.above_now(code) for code in planning.tree.units}
    for line, node, parent in planning.found:
        if "parent" in line.given:
            above[node] = parent
        else:
            above.setdefault(node, None)
    return above


def _plan(planning: _Planning) -> UnitPlan:
    tree, codes = planning.tree, _codes(planning)
    new: list[NewUnit] = []
    changed: list[ChangedUnit] = []
    for line, node, parent in planning.found:
        hangs = codes[parent] if parent else None
        unit = tree.units.get(node)
        if unit is None:
            attributes = {name: value for name, value in line.attributes.items() if value not in (None, "")}
            new.append(
                NewUnit(
                    line.row, codes[node], line.name, line.given["kind"], hangs, line.given.get("status", ""),
                    line.given.get("active", True), attributes,
                )
            )  # fmt: skip
        elif changes := _changes(line, unit, tree.above_now(node), hangs):
            changed.append(ChangedUnit(line.row, unit, changes))
    unchanged = len(planning.found) - len(new) - len(changed)
    unnamed = len(tree.units.keys() - {node for _, node, _ in planning.found})
    ordered = tuple(_downwards(new))
    mark = marked([vars(one) for one in ordered], [(one.unit.id, one.changes) for one in changed])
    return UnitPlan(ordered, tuple(changed), unchanged, unnamed, mark)


def _changes(line: Line, unit: Unit, above: str | None, hangs: str | None) -> dict[str, tuple[Any, Any]]:
    changes: dict[str, tuple[Any, Any]] = {
        key: (getattr(unit, key), line.given[key])
        for key in _PLAIN
        if key in line.given and line.given[key] != getattr(unit, key)
    }
    if "parent" in line.given and hangs != above:
        changes["parent"] = (above, hangs)
    attributes = dict(unit.attributes)
    for name, value in line.attributes.items():
        if same(name, attributes.get(name), value):
            continue
        if value in (None, ""):
            attributes.pop(name, None)
        else:
            attributes[name] = value
    if attributes != unit.attributes:
        changes["attributes"] = (dict(unit.attributes), attributes)
    return changes


def _codes(planning: _Planning) -> dict[str, str]:
    """Return the code of every node; units that come without one get one that nobody has."""
    taken = set(planning.tree.units) | {line.code for line, _, _ in planning.found}
    numbers: dict[str, Iterator[int]] = defaultdict(lambda: count(1))
    codes = {code: code for code in taken}
    for line, node, _parent in planning.found:
        if node not in codes:
            kind = line.given["kind"]
            codes[node] = next(code for n in numbers[kind] if (code := f"{kind}-{n}") not in taken)
            taken.add(codes[node])
    return codes


def _downwards(new: Sequence[NewUnit]) -> Iterator[NewUnit]:
    """Yield new units so that each comes after what it hangs below."""
    below: dict[str | None, list[NewUnit]] = defaultdict(list)
    fresh = {one.code for one in new}
    for one in new:
        below[one.parent if one.parent in fresh else None].append(one)
    waiting = list(reversed(below[None]))
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(below[one.code]))
