"""Parts of YAML put into another file: moved to its margins, written in brackets where it writes in brackets. Pure."""

from __future__ import annotations

import json
import re
from datetime import date
from decimal import Decimal
from typing import Any

from workflows.marked_yaml import plain_value
from workflows.merge import flow
from workflows.merge.tree import Node

# A word that says itself in every place, in brackets too.
_WORD = re.compile(r"[^\W\d_][\w.()（）〔〕、，。；！/-]*(?: [\w.()（）〔〕、，。；！/-]+)*")


def in_brackets(node: Node) -> bool:
    """Tell whether the children of a part stand in brackets. What has none can only be written so."""
    return not node.children or node.children[0].style == "flow"


def adopted(node: Node, into: Node) -> Node:
    """Return a part as it is written inside of `into`."""
    if in_brackets(into):
        return _to_brackets(node, into)
    column = into.children[0].column
    if node.style == "flow":
        mark = "- " if into.kind == "list" else ""
        core = flow.indented(mark + node.core, column + 2 - node.column)
        return node.having(
            fixed=core,
            lead=" " * column,
            after="\n",
            column=column,
            body=node.body + len(mark),
            style="block",
        )
    by = column - node.column
    lead = "\n".join(
        flow.indented(f"\n{line}", by)[1:] if line.strip() or n == node.lead.count("\n") else line
        for n, line in enumerate(node.lead.split("\n"))
    )
    if not lead.rpartition("\n")[2]:
        lead += " " * column  # it was the first in its list's item, on the line of the dash
    return node.having(fixed=flow.indented(node.core, by), lead=lead, column=column)


def _to_brackets(node: Node, into: Node) -> Node:
    if node.style == "flow":
        column = into.children[0].column if into.children else into.column
        core = flow.indented(node.core, column - node.column)
        return node.having(fixed=core, lead="", after="", column=column)
    key = f"{key_of(node)}: " if into.kind == "map" else ""
    return node.having(fixed=key + _dumped(node), lead="", after="", style="flow", body=len(key))


def rebuilt(like: Node, children: tuple[Node, ...]) -> Node:
    """Return a mapping or list with other children, its commas and line ends put right."""
    if in_brackets(like):
        return flow.rebuilt(like, children)
    if not children:
        mark = "-" if is_item(like) else f"{key_of(like)}:"
        empty = "{}" if like.kind == "map" else "[]"
        return like.having(children=(), fixed=f"{mark} {empty}", after="\n")
    found = []
    tight = not like.children[0].lead and bool(like.head)  # the first stands on the line of the dash
    for n, child in enumerate(children):
        lead = child.lead
        if n == 0 and tight:
            lead = "" if not lead.strip() else f"\n{lead}"
        elif tight and not lead:
            lead = " " * child.column
        after = child.after
        if not (child.core + after).endswith("\n"):
            after += "\n"
        found.append(child.having(lead=lead, after=after))
    return like.having(children=tuple(found), fixed=None)


def is_item(node: Node) -> bool:
    """Tell whether a part stands behind a dash."""
    return node.style == "block" and node.core[: node.body].split(None, 1)[:1] == ["-"]


def key_of(node: Node) -> str:
    """Return the key of an entry as it can be written anywhere."""
    return written(node.key)


def excerpt(node: Node) -> str:
    """Return what stands behind the key or the dash, at the left margin."""
    text = node.core[node.body :]
    if not node.is_leaf and not in_brackets(node):
        margin = node.children[0].column
        first = "" if node.core[: node.body].endswith("\n") else " " * margin
        lines = (first + text).rstrip("\n").split("\n")
        return "\n".join(line[min(margin, len(line) - len(line.lstrip(" "))) :] for line in lines)
    return flow.indented(text, -node.column)


def _dumped(node: Node) -> str:
    if node.kind == "map":
        return "{" + ", ".join(f"{key_of(child)}: {_dumped(child)}" for child in node.children) + "}"
    if node.kind == "list":
        return "[" + ", ".join(_dumped(child) for child in node.children) + "]"
    return written(node.value)


def written(value: Any) -> str:
    """Return a plain value as it is written in one line, in brackets too."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | Decimal):
        return str(value)
    text = str(value)
    if _WORD.fullmatch(text) and plain_value(text) == text:
        return text
    return json.dumps(text, ensure_ascii=False)
