"""JSON taken apart into parts that keep their text, and put together again. Pure."""

from __future__ import annotations

import json
import re
from typing import Any

from workflows.merge.flow import indented, rebuilt
from workflows.merge.naming import items_named
from workflows.merge.tree import Node, Unfit, named_once
from workflows.package import read_json

MAX_DEPTH = 60
MAX_NODES = 50_000
_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_WORD = re.compile(r"[^\s,\]\}\[\{:]+")


class Json:
    """Forms: schemas, arrangements and examples."""

    def read(self, text: str) -> Node:
        _, problems = read_json(text.encode("utf-8", "surrogatepass"), "")
        if problems:
            raise Unfit
        return _Reading(text).root()

    def adopt(self, node: Node, into: Node) -> Node:
        column = into.children[0].column if into.children else into.column + 2
        return node.having(fixed=indented(node.core, column - node.column), lead="", after="", column=column)

    def rebuild(self, like: Node, children: tuple[Node, ...]) -> Node:
        return rebuilt(like, named_once(list(children)))

    def fragment(self, text: str, like: Node) -> Node:
        key = _key(like)
        root = self.read(f"{{{key}{text}}}" if key else f"[{text}]")
        if len(root.children) != 1:
            raise Unfit
        return root.children[0].having(key=like.key, column=0)

    def excerpt(self, node: Node) -> str:
        return indented(node.core[len(_key(node)) :], -node.column)


def _key(node: Node) -> str:
    """Return the key of a member as it is written, with its colon; empty for an item of a list."""
    return node.core[: node.body]


class _Reading:
    def __init__(self, text: str) -> None:
        self.text, self.at, self.nodes = text, 0, 0

    def root(self) -> Node:
        lead = self._space()
        node = self._value("", self.at, lead, 0)
        return node.having(after=self.text[self.at :])

    def _space(self) -> str:
        found = _SPACE.match(self.text, self.at)
        start, self.at = self.at, found.end() if found else self.at
        return self.text[start : self.at]

    def _value(self, key: str, start: int, lead: str, depth: int) -> Node:
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise Unfit
        at, column = self.at, self._column(start)
        sign = self.text[at : at + 1]
        if sign not in ("{", "["):
            pattern = _STRING if sign == '"' else _WORD
            found = pattern.match(self.text, at)
            if found is None:
                raise Unfit
            self.at = found.end()
            value: Any = json.loads(found.group())
            return Node(
                key,
                "scalar",
                self.text[start : self.at],
                lead=lead,
                value=value,
                style="json",
                column=column,
                body=at - start,
            )
        self.at += 1
        children, foot = self._children("}" if sign == "{" else "]", depth)
        kind = "map" if sign == "{" else "list"
        head = self.text[start : at + 1]
        node = Node(key, kind, head, children, lead, foot, style="json", column=column, body=at - start)
        return items_named(node) if kind == "list" else node

    def _children(self, end: str, depth: int) -> tuple[tuple[Node, ...], str]:
        found: list[Node] = []
        while True:
            start = self.at
            lead = self._space()
            if self.text[self.at : self.at + 1] == end:
                self.at += 1
                return tuple(found), self.text[start : self.at]
            child = self._member(lead, depth) if end == "}" else self._value("", self.at, lead, depth + 1)
            start = self.at
            self._space()
            if self.text[self.at : self.at + 1] == ",":
                self.at += 1
                found.append(child.having(after=self.text[start : self.at]))
            else:
                self.at = start
                found.append(child)

    def _member(self, lead: str, depth: int) -> Node:
        start = self.at
        named = _STRING.match(self.text, start)
        if named is None:
            raise Unfit
        self.at = named.end()
        self._space()
        self.at += 1
        self._space()
        return self._value(json.loads(named.group()), start, lead, depth + 1)

    def _column(self, at: int) -> int:
        line = self.text.rfind("\n", 0, at) + 1
        margin = _SPACE.match(self.text, line, at)
        return (margin.end() if margin else line) - line
