"""What the items of a list are called: by what names them where something does, else by what they say. Pure."""

from __future__ import annotations

from workflows.merge.tree import Node, named_once

# What names an item among its siblings, the first that all items have: a clause, a walk, a row of a source, a date, a condition.
_NAMES = ("id", "path", "name", "rows", "date", "if")


def items_named(node: Node) -> Node:
    """Return a list whose items have keys."""
    keys = [_name(item) for item in node.children]
    if all(keys) and len(set(keys)) == len(keys) and any(item.kind == "map" for item in node.children):
        return node.having(
            children=tuple(item.having(key=key) for item, key in zip(node.children, keys, strict=True))
        )
    items = [
        item.having(key=f"={item.value}" if item.is_leaf else f"={item.digest.hex()}")
        for item in node.children
    ]
    return node.having(children=named_once(items), by_value=True)


def _name(item: Node) -> str:
    """Return what names an item; a plain word names itself."""
    if item.is_leaf:
        return str(item.value)
    for name in _NAMES:
        found = item.named.get(name) if item.kind == "map" else None
        if found is not None:
            return str(found.value) if found.is_leaf else f"{name} {found.digest.hex()[:12]}"
    return ""
