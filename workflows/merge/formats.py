"""What a kind of file has to offer so that it can be merged by its parts. Pure."""

from __future__ import annotations

from typing import Protocol

from workflows.merge.tree import Node


class Format(Protocol):
    """One kind of file. All texts have plain line ends, and no mark of their encoding.

    ordered: whether the order of parts is told as a change.
    """

    def read(self, text: str) -> Node:
        """Return the tree of a file, whose text is the file's. Raises Unfit."""
        ...

    def adopt(self, node: Node, into: Node) -> Node:
        """Return a part of another file as it is written inside of `into`."""
        ...

    def rebuild(self, like: Node, children: tuple[Node, ...]) -> Node:
        """Return `like` with other children: separators, line ends and brackets are put right."""
        ...

    def fragment(self, text: str, like: Node) -> Node:
        """Return an edited version of the part `like`, from what a person wrote. Raises Unfit."""
        ...

    def excerpt(self, node: Node) -> str:
        """Return how a part is written, for people; `fragment` reads it again."""
        ...
