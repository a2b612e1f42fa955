"""In which order the parts of both sides stand. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Woven:
    """keys: of both sides, each once. clash: both sides moved the same parts, each in its own way. met: both put something new
    into the same place, so that either might come first."""

    keys: tuple[str, ...]
    clash: bool = False
    met: bool = False


def weave(base: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> Woven:
    """Return the keys of both sides in one order: mine, unless theirs alone has moved something; new ones behind the one that
    they follow on their own side, mine first."""
    shared = set(mine) & set(theirs)
    old = shared & set(base)
    was, here, there = ([key for key in keys if key in old] for keys in (base, mine, theirs))
    clash = here != was and there != was and here != there
    if here == was and there != was:
        return _into(theirs, mine, set(base), clash)
    return _into(mine, theirs, set(base), clash)


def _into(frame: Sequence[str], other: Sequence[str], base: set[str], clash: bool) -> Woven:
    framed, others = set(frame), set(other)
    behind: dict[str | None, list[str]] = {}
    anchor: str | None = None
    for key in other:
        if key in framed:
            anchor = key
        else:
            behind.setdefault(anchor, []).append(key)
    found: list[str] = []
    waiting = list(behind.get(None, ()))
    fresh = met = False
    for key in frame:
        if key in others:
            met = met or (fresh and any(one not in base for one in waiting))
            found += waiting
            waiting, fresh = [], False
        else:
            fresh = fresh or key not in base
        found.append(key)
        waiting += behind.get(key, ())
    met = met or (fresh and any(one not in base for one in waiting))
    return Woven((*found, *waiting), clash, met)
