"""Notes in Markdown by their headings; of a CHANGELOG both sides' lines are kept. Pure."""

from __future__ import annotations

import re

from workflows.merge.tree import Node, named_once

_HEADING = re.compile(r"#{1,6} ")


class Prose:
    """README.md and the like."""

    def read(self, text: str) -> Node:
        starts = _headings(text)
        ends = [*starts, len(text)]
        found = [Node("", "section", text[: ends[0]], value=_said(text[: ends[0]]))] if ends[0] else []
        for start, end in zip(starts, ends[1:], strict=True):
            part = text[start:end]
            found.append(Node(part.split("\n", 1)[0].strip(), "section", part, value=_said(part)))
        return Node("", "prose", "", named_once(found))

    def adopt(self, node: Node, into: Node) -> Node:
        return node

    def rebuild(self, like: Node, children: tuple[Node, ...]) -> Node:
        found = []
        for n, child in enumerate(children):
            text = child.head
            if n < len(children) - 1:
                text = text if text.endswith("\n") else text + "\n"
                text = text if text.endswith("\n\n") else text + "\n"
            found.append(child.having(head=text))
        return like.having(children=tuple(found))

    def fragment(self, text: str, like: Node) -> Node:
        return like.having(head=text, value=_said(text))

    def excerpt(self, node: Node) -> str:
        return node.core


def joined(mine: Node, theirs: Node) -> Node:
    """Return a section with the lines of both, mine first."""
    mine_lines = mine.head.rstrip("\n").split("\n")
    known = {line.strip() for line in mine_lines}
    new = [
        line for line in theirs.head.rstrip("\n").split("\n") if line.strip() and line.strip() not in known
    ]
    text = "\n".join([*mine_lines, *new]) + mine.head[len(mine.head.rstrip("\n")) :]
    return mine.having(head=text, value=_said(text))


def _headings(text: str) -> list[int]:
    """Return where the headings begin; a line inside of a fence is none."""
    found, at, fence = [], 0, ""
    for line in text.split("\n"):
        mark = line[:3] if line.startswith(("```", "~~~")) else ""
        if fence:
            fence = "" if mark == fence and not line.strip("`~ \t") else fence
        elif mark:
            fence = mark
        elif _HEADING.match(line):
            found.append(at)
        at += len(line) + 1
    return found


def _said(text: str) -> str:
    return text.rstrip()
