"""What a merge and a comparison give: conflicts, choices, changes. Pure data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from tenants.errors import Problem
from tenants.text import Message
from workflows.check import check

Files = Mapping[str, bytes]
ConflictKind = Literal["changed", "deleted_here", "deleted_there", "added", "moved", "order"]
ChangeKind = Literal["added", "removed", "changed", "moved", "layout"]


@dataclass(frozen=True)
class Shown:
    """One side's version of an element. value: as JSON (text, numbers, lists, objects). text: as it is written in the file, which
    is also how an edited version is handed in."""

    value: Any
    text: str


def whole_file(data: bytes | None) -> Shown | None:
    """Return a whole file as one side's version; of one that is no text its size and hash."""
    if data is None:
        return None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Shown({"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}, "")
    return Shown(text, text)


@dataclass(frozen=True)
class Conflict:
    """A place that both sides changed, each in its own way. Until it is settled, mine stands.

    id: names it in `resolve`. file: path in the package. place: the keys that lead to the element, empty = the whole file.
    kind: `changed` by both · `deleted_here` and changed there · `deleted_there` and changed here · `added` by both ·
    `moved` to another place and changed · `order`: which comes first. what: the element in words.
    base, mine, theirs: None = not there. renamed: what the element that is gone seems to be called now, else empty.
    """

    id: str
    file: str
    place: tuple[str, ...]
    kind: ConflictKind
    what: Message
    base: Shown | None
    mine: Shown | None
    theirs: Shown | None
    renamed: str = ""


@dataclass(frozen=True)
class Choice:
    """How a conflict is settled. text: of an edited version, as `Shown.text` writes it."""

    take: Literal["mine", "theirs", "edit"]
    text: str = ""


@dataclass(frozen=True)
class Change:
    """One element that differs. what: the element in words. before, after: None = not there."""

    file: str
    place: tuple[str, ...]
    kind: ChangeKind
    what: Message
    before: Shown | None = None
    after: Shown | None = None


@dataclass(frozen=True)
class Merged:
    """A package made of three.

    files: path -> bytes; where there is a conflict, as in mine. conflicts: what is not settled. changes: what is different in
    `files` from mine. base, mine, theirs, choices: what it was made of.
    """

    files: Files
    conflicts: tuple[Conflict, ...]
    changes: tuple[Change, ...]
    base: Files
    mine: Files
    theirs: Files
    choices: Mapping[str, Choice]

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Return everything that is wrong with the merged package (`workflows.check`), such as names that lead nowhere because
        one side removed what the other now speaks of. Worked out when asked for."""
        return tuple(check(self.files))
