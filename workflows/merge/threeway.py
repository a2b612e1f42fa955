"""The merge of three trees: what one side changed is taken, what both changed alike is there once, the rest is a conflict. Pure.

Nothing is decided by guessing: a part that one side removed and the other changed, or moved and changed, is a conflict too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from workflows.merge.formats import Format
from workflows.merge.model import Choice, ConflictKind
from workflows.merge.order import weave
from workflows.merge.tree import Node, Unfit, alike, same

Place = tuple[str, ...]
Sides = tuple[Node | None, Node | None, Node | None]


@dataclass(frozen=True)
class At:
    """Where an element stands. parent: the id of what it is in."""

    node: Node
    parent: str


@dataclass(frozen=True)
class Found:
    """A conflict as it is found. sides: base, mine, theirs."""

    place: Place
    kind: ConflictKind
    sides: Sides
    renamed: str = ""


class BadEdit(Exception):
    """What a person wrote instead of both versions cannot be read. place: of the conflict."""

    def __init__(self, place: Place) -> None:
        super().__init__("/".join(place))
        self.place = place


class ThreeWay:
    """One merge of three trees of one file.

    choice: what has been decided at a place. known: where each element is in base, mine and theirs, where elements keep their
    names wherever they are put; empty where they do not. settle: how what need not be asked is settled, as a tuple of one part
    or nothing.
    """

    def __init__(
        self,
        format: Format,
        choice: Callable[[Place, ConflictKind], Choice | None],
        known: tuple[Mapping[str, At], Mapping[str, At], Mapping[str, At]] = ({}, {}, {}),
        settle: Callable[[Place, Sides], tuple[Node | None] | None] = lambda place, sides: None,
    ) -> None:
        self.format, self.choice, self.known, self.settle = format, choice, known, settle
        self.conflicts: dict[tuple[Place, str], Found] = {}

    def merge(self, base: Node, mine: Node, theirs: Node) -> Node:
        """Return the merged tree, written as mine is; `conflicts` says what was not settled."""
        return self._branch((), base, mine, theirs, None)

    def _pick(self, place: Place, sides: Sides, into: Node) -> Node | None:
        if any(at is None and place[-1] in known for at, known in zip(sides, self.known, strict=True)):
            return self._moved(place, sides, into)
        return self._three(place, sides, into)

    def _three(self, place: Place, sides: Sides, into: Node) -> Node | None:
        base, mine, theirs = sides
        if same(mine, theirs) or same(base, theirs):
            return self._dressed(base, mine, theirs, into)
        if base is not None and mine is not None and theirs is not None:
            if alike(base, mine) and same(base, mine):
                return self._led(sides, self.format.adopt(theirs, into))
            if mine.kind == theirs.kind == base.kind and not mine.is_leaf and not mine.layout:
                return self._led(sides, self._branch(place, base, mine, theirs, into))
        if same(base, mine):
            return self.format.adopt(theirs, into) if theirs is not None else None
        return self._conflict(place, _kind(sides), sides, into)

    def _dressed(self, base: Node | None, mine: Node | None, theirs: Node | None, into: Node) -> Node | None:
        """Return mine, in theirs' new clothes where I have not touched how it is written."""
        if mine is None or theirs is None or base is None or mine.text == theirs.text:
            return mine
        if alike(base, mine) and not alike(base, theirs) and same(mine, theirs):
            mine = self.format.adopt(theirs, into).having(lead=mine.lead, after=mine.after)
        return self._led((base, mine, theirs), mine)

    def _led(self, sides: Sides, taken: Node) -> Node:
        """Return a part with the comments before and behind it merged as well."""
        base, mine, theirs = sides
        if base is None or mine is None or theirs is None:
            return taken
        lead = theirs.lead if base.lead == mine.lead and mine.column == theirs.column else mine.lead
        after = theirs.after if base.after == mine.after else mine.after
        return taken.having(lead=lead, after=after)

    def _branch(self, place: Place, base: Node, mine: Node, theirs: Node, into: Node | None) -> Node:
        if mine.by_value and self._same_item_changed(base, mine, theirs):
            if into is None:
                raise Unfit
            found = self._conflict(place, "changed", (base, mine, theirs), into)
            return found if found is not None else mine
        order = self._order(place, base, mine, theirs)
        children = []
        for key in order:
            sides = (base.named.get(key), mine.named.get(key), theirs.named.get(key))
            taken = self._pick((*place, key), sides, mine)
            if taken is not None:
                children.append(taken)
        self._renamed(place, base, mine, theirs)
        if mine.with_children(tuple(children)) is mine:
            return mine
        return self.format.rebuild(mine, tuple(children))

    def _renamed(self, place: Place, base: Node, mine: Node, theirs: Node) -> None:
        """Add to the conflicts of what one side no longer has, what it seems to be called there now."""
        gone = [
            self.conflicts.get(((*place, key), ""))
            for key in base.named
            if key not in mine.named or key not in theirs.named
        ]
        if not any(gone):
            return
        fresh = [
            {one.digest: one.key for one in side.children if one.key not in base.named}
            for side in (theirs, mine)
        ]
        for found in gone:
            if found is None or not found.kind.startswith("deleted"):
                continue
            was = found.sides[0]
            name = fresh[found.kind == "deleted_here"].get(was.digest, "") if was is not None else ""
            self.conflicts[(found.place, "")] = replace(found, renamed=name)

    def _order(self, place: Place, base: Node, mine: Node, theirs: Node) -> tuple[str, ...]:
        was, here, there = (tuple(node.named) for node in (base, mine, theirs))
        woven = weave(was, here, there)
        if mine.ordered and (woven.clash or woven.met) and mine.by_value is False:
            taken = self._decided(place, "order", (base, mine, theirs))
            if taken is not None and taken.take == "theirs":
                return weave(was, there, here).keys
        return woven.keys

    def _same_item_changed(self, base: Node, mine: Node, theirs: Node) -> bool:
        was, here, there = (set(node.named) for node in (base, mine, theirs))
        new, newer = here - was, there - was
        return bool(new and newer and new != newer and (was - here) & (was - there))

    def _conflict(self, place: Place, kind: ConflictKind, sides: Sides, into: Node) -> Node | None:
        _, mine, theirs = sides
        if any(one is not None and one.layout for one in sides):
            return mine
        settled = self.settle(place, sides)
        if settled is not None:
            return settled[0]
        taken = self._decided(place, kind, sides)
        if taken is None or taken.take == "mine":
            return mine
        if taken.take == "theirs":
            return self.format.adopt(theirs, into) if theirs is not None else None
        return self._edited(place, taken.text, mine or theirs or sides[0], into)

    def _edited(self, place: Place, text: str, like: Node | None, into: Node) -> Node | None:
        if like is None:
            return None
        try:
            edited = self.format.adopt(self.format.fragment(text, like), into)
        except Unfit as error:
            raise BadEdit(place) from error
        # A comment behind it stays behind it.
        return (
            edited
            if edited.core.endswith("\n") or like.core.endswith("\n")
            else edited.having(after=like.after)
        )

    def _decided(self, place: Place, kind: ConflictKind, sides: Sides) -> Choice | None:
        taken = self.choice(place, kind)
        if taken is None:
            self.conflicts.setdefault((place, "order" if kind == "order" else ""), Found(place, kind, sides))
        return taken

    # --- elements that keep their name wherever they are put ---------------------------------------------------------

    def _winner(self, key: str) -> Literal["mine", "theirs", "both", "edit"]:
        """Return whose place an element has that at least one side has put elsewhere."""
        base, mine, theirs = whole = tuple(one.get(key) for one in self.known)
        if base is not None and mine is not None and theirs is not None:
            if mine.parent == theirs.parent:
                return "both"
            if mine.parent == base.parent and same(base.node, mine.node):
                return "theirs"
            if theirs.parent == base.parent and same(base.node, theirs.node):
                return "mine"
        taken = self._decided((key,), "moved", (_node(whole[0]), _node(whole[1]), _node(whole[2])))
        return taken.take if taken is not None else "mine"

    def _moved(self, place: Place, sides: Sides, into: Node) -> Node | None:
        key = place[-1]
        winner = self._winner(key)
        if winner == "both":
            return self._three(place, (_node(self.known[0].get(key)), sides[1], sides[2]), into)
        if winner == "theirs":
            return self.format.adopt(sides[2], into) if sides[2] is not None else None
        if winner == "edit" and sides[1] is not None:
            edited = self.choice((key,), "moved")
            return self._edited((key,), edited.text if edited else "", sides[1], into)
        return sides[1]


def _node(at: At | None) -> Node | None:
    return at.node if at is not None else None


def _kind(sides: Sides) -> ConflictKind:
    base, mine, theirs = sides
    if base is None:
        return "added"
    if mine is None:
        return "deleted_here"
    return "deleted_there" if theirs is None else "changed"
