"""YAML taken apart into parts that keep their text: comments, order and quotes stay as they were written. Pure.

Built from the parser's events, whose places in the text are exact; what those do not settle (where a comment belongs) is read
from the text: everything after the line on which a part ends belongs to the next. Anchors, tags and keys with `?` are not taken
apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.events import AliasEvent, DocumentStartEvent, MappingStartEvent, ScalarEvent

from workflows.marked_yaml import LOADER, plain_value, read_yaml
from workflows.merge.naming import items_named
from workflows.merge.tree import Node, Unfit, named_once
from workflows.merge.yaml_writing import adopted, excerpt, is_item, rebuilt, written

_LEAD = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*")
_REST = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|\Z)")
_BETWEEN = re.compile(r"(?:\s|#[^\n]*\n)*")


class Yaml:
    """campaign.yaml, clauses.yaml, translations, tests."""

    def read(self, text: str) -> Node:
        _, problems = read_yaml(text.encode("utf-8", "surrogatepass"), "")
        if problems:
            raise Unfit
        return _Reading(text).root()

    def adopt(self, node: Node, into: Node) -> Node:
        return adopted(node, into)

    def rebuild(self, like: Node, children: tuple[Node, ...]) -> Node:
        return rebuilt(like, named_once(list(children)))

    def fragment(self, text: str, like: Node) -> Node:
        """The text stands behind the key, or below it when it has several lines of its own."""
        item = is_item(like) or not like.body
        mark = "- " if item else f"{written(like.key)}: "
        lines = text.strip("\n").split("\n")
        below = "\n".join(("  " + line if line.strip() else "") for line in lines)
        block = len(lines) > 1 and lines[0].rstrip()[:1] not in ("{", "[", '"', "'", "|", ">")
        whole = f"{mark.rstrip()}\n{below}\n" if block else f"{mark}{below.lstrip()}\n"
        root = self.read(whole)
        if len(root.children) != 1 or (root.kind == "list") != item:
            raise Unfit
        return root.children[0].having(key=like.key)

    def excerpt(self, node: Node) -> str:
        return excerpt(node)


class _Reading:
    def __init__(self, text: str) -> None:
        self.text = text
        self.events: Iterator[Any] = iter(yaml.parse(text, Loader=LOADER))
        self.event: Any = None

    def _next(self) -> Any:
        self.event = next(self.events)
        if (
            isinstance(self.event, AliasEvent)
            or getattr(self.event, "anchor", None)
            or getattr(self.event, "tag", None)
        ):
            raise Unfit
        return self.event

    def root(self) -> Node:
        self._next()
        if not isinstance(self._next(), DocumentStartEvent) or self.event.explicit:
            raise Unfit
        start = self._next()
        if _is_scalar(start):
            raise Unfit
        if start.flow_style:
            lead = self._lead(0, start.start_mark.index)
            found = self._flow("", start.start_mark.index, start, lead)
            return found.having(after=self.text[len(lead) + len(found.core) :])
        node, end = self._block("", "", start, 0, 0)
        return node.having(foot=self.text[end:])

    def _lead(self, at: int, to: int) -> str:
        found = _LEAD.match(self.text, at)
        if found is None or found.end() != to:
            raise Unfit
        return found.group()

    def _rest(self, at: int) -> str:
        """Return what follows on the line: blanks, a comment, the line's end."""
        if at and self.text[at - 1] == "\n":
            return ""
        found = _REST.match(self.text, at)
        if found is None:
            raise Unfit
        return found.group()

    # --- block style ---------------------------------------------------------------------------------------------------

    def _block(self, key: str, head: str, start: Any, at: int, body: int) -> tuple[Node, int]:
        """Return a mapping or list whose parts begin at `at`, and where it ends."""
        is_map = isinstance(start, MappingStartEvent)
        children = []
        column = 0
        while not type(self._next()).__name__.endswith("EndEvent"):
            column = self.event.start_mark.column if is_map else column
            child, at = self._entry(at) if is_map else self._item(at)
            children.append(child)
            column = child.column
        node = Node(
            key, "map" if is_map else "list", head, tuple(children), style="block", column=column, body=body
        )
        return (node if is_map else items_named(node)), at

    def _entry(self, at: int) -> tuple[Node, int]:
        named = self.event
        if not _is_scalar(named):
            raise Unfit
        start = named.start_mark.index
        lead = self._lead(at, start)
        value = self._next()
        colon = self.text.find(":", named.end_mark.index)
        return self._standing(named.value, lead, start, value, colon + 1, named.start_mark.column)

    def _item(self, at: int) -> tuple[Node, int]:
        found = _LEAD.match(self.text, at)
        dash = found.end() if found else at
        if self.text[dash : dash + 1] != "-":
            raise Unfit
        column = dash - (self.text.rfind("\n", 0, dash) + 1)
        return self._standing("", self.text[at:dash], dash, self.event, dash + 1, column)

    def _standing(
        self, key: str, lead: str, start: int, value: Any, mark: int, column: int
    ) -> tuple[Node, int]:
        """Return an entry or item; mark: where its colon or dash ends."""
        at = value.start_mark.index
        body = max(at, mark) - start
        if _is_scalar(value):
            end = max(value.end_mark.index, mark)
            after = self._rest(end)
            said = value.value if value.style else plain_value(value.value)
            node = Node(
                key,
                "scalar",
                self.text[start:end],
                lead=lead,
                after=after,
                value=said,
                style="block",
                column=column,
                body=body,
            )
            return node, end + len(after)
        if value.flow_style:
            node = self._flow(key, start, value, lead).having(column=column, style="block", body=body)
            end = start + len(node.core)
            after = self._rest(end)
            return node.having(after=after), end + len(after)
        line = self.text.rfind("\n", 0, at) + 1
        # A list's first dash is on its own line, or on that of the dash around it.
        begin = at if line <= start else mark + len(self._rest(mark))
        node, end = self._block(key, self.text[start:begin], value, begin, begin - start)
        # The column of the whole is that of its key; its children know their own.
        return node.having(lead=lead, column=column), end

    # --- flow style ----------------------------------------------------------------------------------------------------

    def _flow(self, key: str, start: int, opening: Any, lead: str) -> Node:
        """Return what stands in brackets, from `start`."""
        is_map = isinstance(opening, MappingStartEvent)
        at = opening.start_mark.index
        if self.text[at] not in "{[":
            raise Unfit
        body, at = at - start, at + 1
        head = self.text[start:at]
        children: list[Node] = []
        while not type(self._next()).__name__.endswith("EndEvent"):
            child = self._member(at) if is_map else self._value("", self.event.start_mark.index, at)
            at += len(child.lead) + len(child.core)
            found = _BETWEEN.match(self.text, at)
            end = found.end() if found else at
            if self.text[end] == ",":
                child = child.having(after=self.text[at : end + 1])
                at = end + 1
            children.append(child)
        foot = self.text[at : self.event.end_mark.index]
        line = self.text.rfind("\n", 0, start) + 1
        column = len(self.text[line:start]) - len(self.text[line:start].lstrip(" "))
        kind = "map" if is_map else "list"
        node = Node(key, kind, head, tuple(children), lead, foot, style="flow", column=column, body=body)
        return node if is_map else items_named(node)

    def _member(self, at: int) -> Node:
        named = self.event
        if not _is_scalar(named):
            raise Unfit
        self._next()
        return self._value(named.value, named.start_mark.index, at)

    def _value(self, key: str, start: int, at: int) -> Node:
        lead = self.text[at:start]
        value = self.event
        if not _is_scalar(value):
            return self._flow(key, start, value, lead)
        end = value.end_mark.index
        said = value.value if value.style else plain_value(value.value)
        line = self.text.rfind("\n", 0, start) + 1
        column = len(self.text[line:start]) - len(self.text[line:start].lstrip(" "))
        body = value.start_mark.index - start
        return Node(
            key, "scalar", self.text[start:end], lead=lead, value=said, style="flow", column=column, body=body
        )


def _is_scalar(event: Any) -> bool:
    return isinstance(event, ScalarEvent)
