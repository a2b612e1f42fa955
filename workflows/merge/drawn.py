"""What is special about drawn files: where things are drawn, elements that keep their id wherever they are put, cells that
stand under columns. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from workflows.merge.threeway import At
from workflows.merge.tree import Node, Unfit, same, walk
from workflows.merge.xml_text import Xml

_PLANES = {"BPMNPlane", "DMNDiagram"}
_AROUND = {"BPMNDiagram", "DMNDI"}
_ENTRIES = {"inputEntry": "input", "outputEntry": "output"}
# In these the first rule that hits counts, or the order is the outcome.
_IN_ORDER = {"FIRST", "RULE ORDER", "OUTPUT ORDER", "PRIORITY"}


def local(node: Node) -> str:
    """Return an element's name without its namespace."""
    return str(node.value).rpartition("}")[2] if node.kind == "element" else ""


def attribute(node: Node, name: str) -> str:
    """Return what an attribute without a namespace says; empty when there is none."""
    found = node.child("@", f"@{name}")
    return str(found.value) if found is not None else ""


class Drawn(Xml):
    """Processes and decisions, with their tables' cells named by their columns."""

    def read(self, text: str) -> Node:
        return _with_columns(super().read(text))


def whereabouts(root: Node) -> dict[str, At]:
    """Return where every element with an id is. Raises Unfit when an id stands twice."""
    found: dict[str, At] = {}
    for key, at in _elements(root, ""):
        if key in found:
            raise Unfit
        found[key] = at
    return found


def _elements(node: Node, above: str) -> Iterator[tuple[str, At]]:
    for child in node.children:
        if child.layout or child.kind != "element":
            continue
        if child.key.startswith("#"):
            yield child.key, At(child, above)
            yield from _elements(child, child.key)
        else:
            yield from _elements(child, f"{above}/{child.key}")


# --- decision tables -----------------------------------------------------------------------------------------------------


def _with_columns(node: Node) -> Node:
    if local(node) != "decisionTable":
        return node.with_children(
            tuple(_with_columns(one) if one.kind == "element" else one for one in node.children)
        )
    columns = _columns(node)
    policy = attribute(node, "hitPolicy") or "UNIQUE"
    children = tuple(_celled(child, columns) if local(child) == "rule" else child for child in node.children)
    return node.having(children=children, ordered=policy in _IN_ORDER)


def _columns(table: Node) -> dict[str, list[str]]:
    return {
        entry: [child.key for child in table.children if local(child) == column]
        for entry, column in _ENTRIES.items()
    }


def _celled(rule: Node, columns: Mapping[str, list[str]]) -> Node:
    """Return a rule whose cells are called after their columns; one that has others than the table stays as it is."""
    left = {name: iter(keys) for name, keys in columns.items()}
    children = []
    for child in rule.children:
        key = next(left[local(child)], None) if local(child) in left else None
        children.append(child.having(key=f"cell {key}") if key is not None else child)
    return rule.having(children=tuple(children))


def aligned(root: Node) -> Node:
    """Return merged decisions whose rules have their cells in the order of the columns; a rule that does not know a new column
    says `-` there. Raises Unfit where a rule has a cell under no column."""
    if local(root) != "decisionTable":
        return root.with_children(
            tuple(aligned(one) if one.kind == "element" else one for one in root.children)
        )
    columns = _columns(root)
    return root.with_children(
        tuple(_aligned(one, columns) if local(one) == "rule" else one for one in root.children)
    )


def _aligned(rule: Node, columns: Mapping[str, list[str]]) -> Node:
    wanted = [f"cell {key}" for keys in columns.values() for key in keys]
    cells = [child for child in rule.children if local(child) in _ENTRIES]
    if [cell.key for cell in cells] == wanted:
        return rule
    if not cells or any(cell.key not in wanted for cell in cells):
        raise Unfit
    by_key = {cell.key: cell for cell in cells}
    names = {f"cell {key}": entry for entry, keys in columns.items() for key in keys}
    whole = [by_key.get(key) or _empty(cells[0], names[key], key) for key in wanted]
    at = rule.children.index(cells[0])
    before = [child for child in rule.children[:at] if child not in cells]
    behind = [child for child in rule.children[at:] if child not in cells]
    return Xml().rebuild(rule, (*before, *whole, *behind))


def _empty(like: Node, name: str, key: str) -> Node:
    prefix = like.head[1:].split()[0].rpartition(":")[0]
    prefix = f"{prefix}:" if prefix else ""
    text = f"<{prefix}{name}><{prefix}text>-</{prefix}text></{prefix}{name}>"
    made = Xml().fragment(text, like)
    return made.having(key=key, lead=like.lead, scope=like.scope)


# --- where things are drawn ----------------------------------------------------------------------------------------------


def laid_out(root: Node, base: Node, mine: Node, theirs: Node) -> Node:
    """Return a merged drawing in which everything that is there is drawn, and nothing else.

    Where I have moved anything my drawing stays, and what is new to it stands where theirs has it; where I have not, theirs is
    taken.
    """
    there = {f"#{one}" for one in _ids(root)}
    ends = {key: _ends(at.node) for key, at in whereabouts(root).items()}
    mine_ends = {key: _ends(at.node) for key, at in whereabouts(mine).items()}
    rerouted = {key for key, both in ends.items() if both != mine_ends.get(key, both)}
    return _planes(root, base, mine, theirs, there, rerouted)


def _ids(root: Node) -> Iterator[str]:
    if not root.layout:
        if root.kind == "element" and attribute(root, "id"):
            yield attribute(root, "id")
        for child in root.children:
            yield from _ids(child)


def _ends(node: Node) -> tuple[str, str]:
    return attribute(node, "sourceRef"), attribute(node, "targetRef")


def _planes(
    root: Node, base: Node | None, mine: Node | None, theirs: Node | None, there: set[str], rerouted: set[str]
) -> Node:
    children = []
    for child in root.children:
        sides = [one.named.get(child.key) if one is not None else None for one in (base, mine, theirs)]
        if local(child) in _AROUND:
            child = _planes(child, sides[0], sides[1], sides[2], there, rerouted)
        elif local(child) in _PLANES:
            child = _plane(child, sides, there, rerouted)
        children.append(child)
    return root.with_children(tuple(children))


def _plane(plane: Node, sides: list[Node | None], there: set[str], rerouted: set[str]) -> Node:
    base, mine, theirs = (
        {one.key: one for one in side.children if one.layout} if side else {} for side in sides
    )
    moved = any(not same(base[key], one) for key, one in mine.items() if key in base)
    xml, found, seen = Xml(), [], set()
    for child in plane.children:
        if child.layout:
            seen.add(child.key)
            if _ref(child) not in there:
                continue
            if moved and child.key in mine and not (_ref(child) in rerouted and child.key in theirs):
                child = mine[child.key]
        found.append(child)
    for side in (mine, theirs, base):
        for key, one in side.items():
            if key not in seen and _ref(one) in there:
                seen.add(key)
                found.append(xml.adopt(one, plane))
    whole = plane.with_children(tuple(found))
    return plane if whole is plane else xml.rebuild(plane, tuple(found))


def _ref(shape: Node) -> str:
    return "#" + shape.key.partition(" ")[2].partition("~")[0]


def all_ids(root: Node) -> list[str]:
    """Return the ids of all elements, to see whether one stands twice."""
    return [str(one.value) for one in walk(root) if one.kind == "attribute" and one.key == "@id"]
