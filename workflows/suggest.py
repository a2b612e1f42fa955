"""Did you mean: the nearest known name to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from tenants.text import Message, say

# A list longer than this helps nobody find the right name.
_LISTED = 12


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that `name` was probably meant to be, if there is one."""
    names = sorted(known)
    folded = {_folded(one): one for one in names}
    if _folded(name) in folded:
        return folded[_folded(name)]
    # Of a Chinese word of two characters one wrong is half of it.
    cutoff = 0.5 if len(name) <= 4 and not name.isascii() else 0.6
    matches = get_close_matches(name, names, n=1, cutoff=cutoff)
    return matches[0] if matches else None


def instead(name: str, known: Iterable[str], otherwise: Message) -> Message:
    """Say what to write instead of `name`: the nearest known name, else the known ones, else what `otherwise` says."""
    names = sorted(set(known))
    guess = nearest(name, names)
    if guess:
        return say("是否想写“{guess}”？", guess=guess)
    if names and len(names) <= _LISTED:
        return say("可用的有：{names}。{otherwise}", names=tuple(names), otherwise=otherwise)
    return otherwise


def _folded(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")
