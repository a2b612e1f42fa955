"""What is different between two packages, element by element and in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.merge.drawn import local
from workflows.merge.formats import Format
from workflows.merge.kinds import MAX_BYTES, columns_with_ids, format_of, read
from workflows.merge.model import Change, ChangeKind, Files, Shown, whole_file
from workflows.merge.tree import Node, Unfit, plain, same
from workflows.merge.words import called

_DRAWING = {"BPMNDiagram", "DMNDI"}


def diff(one: Files, other: Files) -> Iterator[Change]:
    """Yield what `other` says differently from `one`, by file and place; how a file is written does not count.

    A file that cannot be taken apart is one change. Where things are drawn is one change for each file.
    """
    keys = {**columns_with_ids(one), **columns_with_ids(other)}
    for path in sorted({*one, *other}):
        before, after = one.get(path), other.get(path)
        if before == after:
            continue
        format = format_of(path, keys)
        try:
            if before is None or after is None or format is None or max(len(before), len(after)) > MAX_BYTES:
                raise Unfit
            roots = read(format, path, before).root, read(format, path, after).root
        except Unfit:
            yield _whole(path, before, after)
            continue
        yield from _Comparing(path, format, *roots).changes()


def shown(format: Format, node: Node | None) -> Shown | None:
    """Return one side of an element as it is shown."""
    return Shown(plain(node), format.excerpt(node)) if node is not None else None


class _Comparing:
    def __init__(self, path: str, format: Format, one: Node, other: Node) -> None:
        self.path, self.format, self.one, self.other = path, format, one, other

    def changes(self) -> Iterator[Change]:
        drawn = False
        for change in self._below((), self.one, self.other):
            if change.kind == "layout":
                drawn = True
            else:
                yield change
        if drawn:
            yield Change(self.path, (), "layout", called(self.path, (), ()))

    def _below(self, place: tuple[str, ...], one: Node, other: Node) -> Iterator[Change]:
        if same(one, other):
            return
        if one.layout or other.layout or local(one) in _DRAWING:
            yield Change(self.path, place, "layout", called(self.path, (), ()))
        elif one.kind != other.kind or one.is_leaf or one.by_value or other.by_value:
            yield self._change(place, "changed", one, other)
        else:
            yield from self._parts(place, one, other)

    def _parts(self, place: tuple[str, ...], one: Node, other: Node) -> Iterator[Change]:
        found = False
        for key in dict.fromkeys([*one.named, *other.named]):
            before, after = one.named.get(key), other.named.get(key)
            here = (*place, key)
            if before is not None and after is not None:
                below = list(self._below(here, before, after))
                found = found or bool(below)
                yield from below
            else:
                found = True
                part = before or after
                if part is not None and (part.layout or local(part) in _DRAWING):
                    yield Change(self.path, here, "layout", called(self.path, (), ()))
                else:
                    yield self._change(here, "added" if before is None else "removed", before, after)
        common = [key for key in one.named if key in other.named]
        if common != [key for key in other.named if key in one.named] and one.kind != "attributes":
            yield self._change(place, "moved", one, other)
        elif not found and one.value != other.value:
            yield self._change(place, "changed", one, other)

    def _change(
        self, place: tuple[str, ...], kind: ChangeKind, one: Node | None, other: Node | None
    ) -> Change:
        sides = (self.other, self.one) if kind != "removed" else (self.one, self.other)
        what = called(self.path, place, sides)
        return Change(self.path, place, kind, what, shown(self.format, one), shown(self.format, other))


def _whole(path: str, before: bytes | None, after: bytes | None) -> Change:
    kind: ChangeKind = "added" if before is None else "removed" if after is None else "changed"
    return Change(path, (), kind, called(path, (), ()), whole_file(before), whole_file(after))
