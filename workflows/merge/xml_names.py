"""Elements put into another file: their names get the prefixes that stand for the same there. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from workflows.merge.tree import Node, walk

_TAG = re.compile(r"(</?)([^\s/>]+)")


def at_home(node: Node, scope: Mapping[str, str]) -> Node:
    """Return a part as it is written where prefixes stand for what `scope` says."""
    used = {prefix: one.scope.get(prefix, "") for one in walk(node) for prefix in _prefixes(one)}
    if all(scope.get(prefix, "") == space for prefix, space in used.items()):
        return node
    taken = dict(scope)
    fresh = {}
    names = {}
    for prefix, space in used.items():
        found = (
            prefix
            if taken.get(prefix) == space
            else next((p for p, uri in taken.items() if uri == space and p), None)
        )
        if found is None:
            found = next(
                name for name in (prefix or "ns", *(f"{prefix or 'ns'}{n}" for n in range(len(taken) + 1)))
                if name and name not in taken
            )  # fmt: skip
            taken[found] = fresh[found] = space
        names[prefix] = found
    whole = _renamed(node, names, {**scope, **fresh})
    if not fresh or node.kind != "element":
        return whole
    declared = "".join(f" xmlns:{prefix}={quoteattr(space)}" for prefix, space in fresh.items())
    return whole.having(head=whole.head + declared)


def _prefixes(node: Node) -> set[str]:
    if node.kind == "element":
        return {_prefix(node.head[1:].split()[0])}
    if node.kind == "attribute":
        name, _, value = node.head.partition("=")
        found = {_prefix(name)} - {"", "xml"}
        if node.key.endswith("XMLSchema-instance}type"):
            found.add(_prefix(value.strip()[1:-1]))
        return found
    return set()


def _prefix(name: str) -> str:
    return name.rpartition(":")[0]


def _renamed(node: Node, names: Mapping[str, str], scope: Mapping[str, str]) -> Node:
    children = tuple(_renamed(child, names, scope) for child in node.children)
    if node.kind == "element":
        head = _TAG.sub(lambda found: found[1] + _named(found[2], names), node.head, count=1)
        end = node.foot.rfind("</")
        foot = node.foot
        if end >= 0:
            foot = foot[:end] + _TAG.sub(
                lambda found: found[1] + _named(found[2], names), foot[end:], count=1
            )
        return node.having(head=head, children=children, foot=foot, scope=scope)
    if node.kind == "attribute":
        name, _, value = node.head.partition("=")
        if node.key.endswith("XMLSchema-instance}type"):
            bare = value.strip()
            value = f"{bare[0]}{_named(bare[1:-1], names)}{bare[-1]}"
        prefixed = _named(name, names) if _prefix(name) else name
        return node.having(head=f"{prefixed}={value}", scope=scope)
    return node.having(children=children, scope=scope)


def _named(name: str, names: Mapping[str, str]) -> str:
    prefix, _, local = name.rpartition(":")
    found = names.get(prefix, prefix)
    return f"{found}:{local}" if found else local
