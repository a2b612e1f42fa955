"""What every kind of file is to a merge: a tree of named parts, each with the exact text it was written in. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

LEAVES = frozenset({"scalar", "attribute", "text", "cell", "section"})


class Unfit(Exception):
    """This file cannot be taken apart: it is merged as a whole, or not at all."""


@dataclass(frozen=True, eq=False)
class Node:
    """One part of a file, with all of its text: `lead + head + children + foot + after`.

    key: what it is called among its siblings. kind: scalar, map, list; element, attributes, attribute, text; row, cell; section;
    parts of different kinds are never merged with each other. value: what a leaf says; the name of an element.
    lead: white space and comments before it. after: what follows on its line, or its comma. fixed: its own text where it is no
    longer what its children are written as. style: block, flow or json, as the part that it stands in. column: of its first line.
    body: where in its head, behind its key, it begins to say something. ordered: it matters which of its children comes first.
    by_value: its children are named by what they say, so that one which was changed is one less and one more. layout: where
    something is drawn. scope: prefix -> namespace.
    """

    key: str
    kind: str
    head: str
    children: tuple[Node, ...] = ()
    lead: str = ""
    foot: str = ""
    after: str = ""
    value: Any = None
    style: str = ""
    column: int = 0
    body: int = 0
    fixed: str | None = None
    ordered: bool = False
    by_value: bool = False
    layout: bool = False
    scope: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_leaf(self) -> bool:
        return self.kind in LEAVES

    @cached_property
    def core(self) -> str:
        """Return its own text, without what stands before and after it."""
        if self.fixed is not None:
            return self.fixed
        return "".join([self.head, *(child.text for child in self.children), self.foot])

    @cached_property
    def text(self) -> str:
        return f"{self.lead}{self.core}{self.after}"

    @cached_property
    def digest(self) -> bytes:
        """Return what names its meaning: equal for parts that say the same, however they are written."""
        whole = hashlib.blake2b(
            f"{self.kind}\0{type(self.value).__name__}\0{self.value!r}".encode(), digest_size=16
        )
        # Of attributes, which comes first says nothing.
        unordered = self.kind == "attributes"
        for child in sorted(self.children, key=lambda one: one.key) if unordered else self.children:
            whole.update(f"\0{child.key}\0".encode("utf-8", "surrogatepass") + child.digest)
        return whole.digest()

    @cached_property
    def named(self) -> Mapping[str, Node]:
        """Return its children by key."""
        return {child.key: child for child in self.children}

    def child(self, *keys: str) -> Node | None:
        """Return the part that the keys lead to."""
        found: Node | None = self
        for key in keys:
            found = found.named.get(key) if found is not None else None
        return found

    def with_children(self, children: tuple[Node, ...]) -> Node:
        """Return it with other children; itself when they are the very same."""
        if len(children) == len(self.children) and all(
            a is b for a, b in zip(children, self.children, strict=True)
        ):
            return self
        return self.having(children=children, fixed=None)

    def having(self, **changes: Any) -> Node:
        return replace(self, **changes)


def same(one: Node | None, other: Node | None) -> bool:
    """Tell whether both say the same, or neither is there."""
    if one is None or other is None:
        return one is other
    return one is other or one.digest == other.digest


def alike(one: Node | None, other: Node | None) -> bool:
    """Tell whether both are written the same, apart from what stands around them."""
    return one is not None and other is not None and one.core == other.core


def walk(node: Node) -> Iterator[Node]:
    """Yield a part and all parts below it, from the top."""
    yield node
    for child in node.children:
        yield from walk(child)


def plain(node: Node) -> Any:
    """Return what a part says as JSON: text, numbers, lists, objects. Drawn parts are their source text."""
    if node.kind == "map":
        return {child.key: plain(child) for child in node.children}
    if node.kind == "list":
        return [plain(child) for child in node.children]
    if node.kind == "row":
        return {child.key: child.value for child in node.children}
    if not node.is_leaf:
        return node.core
    if isinstance(node.value, date):
        return node.value.isoformat()
    if isinstance(node.value, Decimal):
        return str(node.value)
    return node.value


def named_once(nodes: list[Node]) -> tuple[Node, ...]:
    """Return the parts with keys that differ: the second of the same key gets a number."""
    seen: dict[str, int] = {}
    found = []
    for node in nodes:
        times = seen[node.key] = seen.get(node.key, 0) + 1
        found.append(node if times == 1 else node.having(key=f"{node.key}~{times}"))
    return tuple(found)
