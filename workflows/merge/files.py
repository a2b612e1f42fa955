"""The merge of three packages, file by file. Pure: bytes in, bytes out.

What is written is read again: where it does not say what was to be written, the whole file is a conflict rather than a guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tenants.errors import Invalid, Problem
from tenants.text import say
from workflows.merge.differences import diff, shown
from workflows.merge.drawn import Drawn, aligned, all_ids, laid_out, whereabouts
from workflows.merge.formats import Format
from workflows.merge.kinds import MAX_BYTES, Read, columns_with_ids, format_of, read
from workflows.merge.model import Choice, Conflict, ConflictKind, Files, Merged, whole_file
from workflows.merge.prose import joined
from workflows.merge.threeway import BadEdit, Found, Place, Sides, ThreeWay
from workflows.merge.tree import Node, Unfit
from workflows.merge.words import called
from workflows.package import CAMPAIGN

# A copy has its own name and counts its own versions.
_OWN = {("id",), ("version",)}
CHANGELOG = "CHANGELOG.md"


def merge(base: Files, mine: Files, theirs: Files) -> Merged:
    """Merge what has become of `base` here (`mine`) and at its source (`theirs`), all path -> bytes.

    My files stay as they are written, apart from what theirs changed. Never raises for what the files say: what cannot be taken
    apart is merged as a whole.
    """
    return _merge(base, mine, theirs, {})


def resolve(merged: Merged, choices: Mapping[str, Choice]) -> Merged:
    """Return the merge with these conflicts settled, id -> choice, besides those settled before.

    Raises Invalid when there is no such conflict, or an edited version cannot be read.
    """
    known = {one.id for one in merged.conflicts}
    problems = [
        Problem(say("没有这处冲突"), say("请刷新页面，按最新的冲突清单选择。"), where=key)
        for key in choices
        if key not in known and key not in merged.choices
    ]
    if problems:
        raise Invalid(problems=problems)
    return _merge(merged.base, merged.mine, merged.theirs, {**merged.choices, **choices})


def _merge(base: Files, mine: Files, theirs: Files, choices: Mapping[str, Choice]) -> Merged:
    merging = _Merging(base, mine, theirs, choices)
    files = dict(merging.files())
    conflicts = tuple(sorted(merging.conflicts.values(), key=lambda one: one.id))
    return Merged(files, conflicts, tuple(diff(mine, files)), base, mine, theirs, choices)


def conflict_id(file: str, place: Place, kind: ConflictKind) -> str:
    """Return what names a conflict: the same in every merge of the same three packages."""
    steps = "/".join(step.replace("~", "~0").replace("/", "~1") for step in place)
    return f"{file}{'#' + steps if place else ''}{'!order' if kind == 'order' else ''}"


@dataclass(frozen=True)
class _File:
    """One file on three sides; None = not there."""

    path: str
    base: bytes | None
    mine: bytes | None
    theirs: bytes | None


class _Merging:
    def __init__(self, base: Files, mine: Files, theirs: Files, choices: Mapping[str, Choice]) -> None:
        self.sides = (base, mine, theirs)
        self.choices = choices
        self.conflicts: dict[str, Conflict] = {}
        self.keys = {**columns_with_ids(theirs), **columns_with_ids(mine)}

    def files(self) -> Iterator[tuple[str, bytes]]:
        groups: dict[str, list[str]] = {}
        for path in sorted({path for side in self.sides for path in side}):
            groups.setdefault(_group(path), []).append(path)
        for group, paths in groups.items():
            files = [_File(path, *(side.get(path) for side in self.sides)) for path in paths]
            kept = (
                self._group(group, files)
                if group != paths[0] and self._torn(files)
                else map(self._file, files)
            )
            yield from ((one.path, data) for one, data in zip(files, kept, strict=True) if data is not None)

    @staticmethod
    def _torn(files: list[_File]) -> bool:
        """Tell whether one side removed a form that the other changed: its files belong together."""
        gone_here = all(one.mine is None for one in files)
        gone_there = all(one.theirs is None for one in files)
        if not any(one.base is not None for one in files) or gone_here == gone_there:
            return False
        return any(one.base != (one.theirs if gone_here else one.mine) for one in files)

    def _group(self, group: str, files: list[_File]) -> list[bytes | None]:
        kind: ConflictKind = "deleted_here" if all(one.mine is None for one in files) else "deleted_there"
        main = next((one for one in files if one.path.endswith("/schema.json")), files[0])
        taken = self._taken(group, kind, (main.base, main.mine, main.theirs))
        return [one.theirs if taken == "theirs" else one.mine for one in files]

    def _file(self, file: _File) -> bytes | None:
        base, mine, theirs = file.base, file.mine, file.theirs
        if mine == theirs or base == theirs:
            return mine
        if base == mine:
            return theirs
        if mine is None or theirs is None:
            return self._whole(file, "deleted_here" if mine is None else "deleted_there")
        format = format_of(file.path, self.keys)
        if format is None or max(len(base or b""), len(mine), len(theirs)) > MAX_BYTES:
            return self._whole(file, "changed" if base is not None else "added")
        try:
            return self._parts(file, format, mine, theirs)
        except BadEdit as bad:
            raise self._unreadable(conflict_id(file.path, bad.place, "changed")) from bad
        except Unfit:
            return self._whole(file, "changed" if base is not None else "added")

    def _parts(self, file: _File, format: Format, mine: bytes, theirs: bytes) -> bytes | None:
        here, there = (read(format, file.path, data) for data in (mine, theirs))
        if file.base is None:
            if file.path != CHANGELOG:
                raise Unfit
            was = Read(here.text, here.root.having(children=(), head="", foot="", after=""))
        else:
            was = read(format, file.path, file.base)
        roots = (was.root, here.root, there.root)
        known = tuple(whereabouts(root) for root in roots) if isinstance(format, Drawn) else ({}, {}, {})

        def choice(place: Place, kind: ConflictKind) -> Choice | None:
            return self.choices.get(conflict_id(file.path, place, kind))

        def settle(place: Place, sides: Sides) -> tuple[Node | None] | None:
            return _settled(file.path, place, sides)

        three = ThreeWay(format, choice, (known[0], known[1], known[2]), settle)
        root = three.merge(*roots)
        if isinstance(format, Drawn):
            root = aligned(laid_out(root, *roots))
        self._verify(format, root, file.path)
        for found in three.conflicts.values():
            self._record(file.path, found, format, roots)
        return here.text.data(root.text)

    def _verify(self, format: Format, root: Node, path: str) -> None:
        """Read what would be written. Raises Unfit where it says something else."""
        try:
            sound = format.read(root.text).digest == root.digest
            if isinstance(format, Drawn):
                ids = all_ids(root)
                sound = sound and len(set(ids)) == len(ids)
        except Unfit:
            sound = False
        if sound:
            return
        edited = (
            key for key, one in self.choices.items() if one.take == "edit" and key.startswith(f"{path}#")
        )
        for key in edited:
            raise self._unreadable(key)
        raise Unfit

    @staticmethod
    def _unreadable(key: str) -> Invalid:
        do = say("请照两边的写法改：括号、引号成对，缩进对齐，名称不变。")
        return Invalid(problems=[Problem(say("改写的内容读不出来"), do, where=key)])

    def _record(self, path: str, found: Found, format: Format, roots: tuple[Node, Node, Node]) -> None:
        key = conflict_id(path, found.place, found.kind)
        what = called(path, found.place, (roots[1], roots[2], roots[0]))
        base, mine, theirs = (shown(format, side) for side in found.sides)
        self.conflicts[key] = Conflict(
            key, path, found.place, found.kind, what, base, mine, theirs, found.renamed.removeprefix("#")
        )

    # --- whole files -------------------------------------------------------------------------------------------------

    def _whole(self, file: _File, kind: ConflictKind) -> bytes | None:
        taken = self._taken(file.path, kind, (file.base, file.mine, file.theirs))
        if taken == "edit":
            return self.choices[file.path].text.encode()
        return file.theirs if taken == "theirs" else file.mine

    def _taken(
        self, path: str, kind: ConflictKind, sides: tuple[bytes | None, bytes | None, bytes | None]
    ) -> str:
        choice = self.choices.get(path)
        if choice is not None:
            return choice.take
        what = called(path, (), ())
        base, mine, theirs = (whole_file(side) for side in sides)
        self.conflicts[path] = Conflict(
            path, path, (), kind, what, base, mine, theirs, self._renamed(kind, sides[0])
        )
        return "mine"

    def _renamed(self, kind: ConflictKind, base: bytes | None) -> str:
        """Return the path under which the side that no longer has a file has its content now."""
        if base is None or not kind.startswith("deleted"):
            return ""
        side = self.sides[1 if kind == "deleted_here" else 2]
        return next((path for path, data in side.items() if data == base and path not in self.sides[0]), "")


def _settled(path: str, place: Place, sides: Sides) -> tuple[Node | None] | None:
    """Return what need not be asked: the name and version of a copy are its own, and notes of both sides are kept."""
    if path == CAMPAIGN and place in _OWN:
        return (sides[1],)
    if path != CHANGELOG:
        return None
    _, mine, theirs = sides
    return (joined(mine, theirs),) if mine is not None and theirs is not None else (mine or theirs,)


def _group(path: str) -> str:
    return path.rpartition("/")[0] if path.startswith("forms/") else path
