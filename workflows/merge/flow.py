"""Parts between brackets with commas: JSON, and the same in YAML. Pure."""

from __future__ import annotations

from workflows.merge.tree import Node


def rebuilt(like: Node, children: tuple[Node, ...]) -> Node:
    """Return a list or object with other children, its commas and line breaks put right."""
    first, other, foot = _spaces(like)
    found = []
    for n, child in enumerate(children):
        last = n == len(children) - 1
        lead = child.lead
        if "#" not in lead:
            moved = (
                not like.children
                or (n == 0) != (child.key == like.children[0].key)
                or child.fixed is not None
            )
            lead = (first if n == 0 else other) if moved else lead
        found.append(child.having(lead=lead, after=_comma(child.after, last)))
    return like.having(children=tuple(found), fixed=None, foot=foot)


def _spaces(like: Node) -> tuple[str, str, str]:
    """Return what stands before its first and its other children, and its end."""
    if len(like.children) > 1:
        return _bare(like.children[0].lead), _bare(like.children[1].lead), like.foot
    if like.children:
        lead = _bare(like.children[0].lead)
        return lead, lead if "\n" in lead or (like.style == "json" and not lead) else " ", like.foot
    if like.style == "json":
        margin = "\n" + " " * like.column
        return f"{margin}  ", f"{margin}  ", f"{margin}{like.foot.strip()}"
    return "", " ", like.foot.lstrip()


def _bare(lead: str) -> str:
    # A comment belongs to its own part and is not said again before others.
    return lead if "#" not in lead else "\n" + lead.rpartition("\n")[2]


def _comma(after: str, last: bool) -> str:
    if last:
        return after.partition(",")[0].rstrip() if "#" not in after else after.replace(",", "", 1)
    return after if "," in after else f"{after.rstrip()},"


def indented(text: str, by: int) -> str:
    """Return the text with every line but its first moved to the right (or left, as far as there is room)."""
    if not by or "\n" not in text:
        return text
    head, *rest = text.split("\n")
    return "\n".join([head, *(_shifted(line, by) for line in rest)])


def _shifted(line: str, by: int) -> str:
    if by > 0:
        return " " * by + line if line.strip() else line
    room = len(line) - len(line.lstrip(" "))
    return line[min(-by, room) :]
