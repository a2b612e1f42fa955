"""The way of a sealed copy: each hop from one authority to the next, as far as it is known here. Pure.

A hop is {delivery, of, of_name, to, to_name, at, by, note, state, until}: ids as text; at: when it was sent on, by and note: who
did that and why; state: sealed, arrived, forwarded, answered, returned, withdrawn, and since when (until); instants as ISO 8601.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

Hop = dict[str, Any]
# What of a hop changes after it was made.
_TOLD = ("state", "until", "note")
# One copy goes through so many hands at the most: the country, its levels, and across.
MOST = 12
# And with what led nowhere.
MOST_KNOWN = 60


def hop(
    key: UUID, of: tuple[UUID, str], to: tuple[UUID, str], at: datetime, by: str = "", note: str = ""
) -> Hop:
    """Return a hop that has begun. of, to: (id, name)."""
    return {
        "delivery": str(key), "of": str(of[0]), "of_name": of[1], "to": str(to[0]), "to_name": to[1], "at": at.isoformat(),
        "by": by, "note": note, "state": "sealed", "until": None,
    }  # fmt: skip


def settled(hops: Sequence[Hop], key: UUID, state: str, at: datetime, note: str | None = None) -> list[Hop]:
    """Return the hops with one of them in another state. key: its delivery."""
    change = {"state": state, "until": at.isoformat()} | ({} if note is None else {"note": note})
    return [{**one, **change} if one["delivery"] == str(key) else one for one in hops]


def visited(hops: Iterable[Hop]) -> frozenset[UUID]:
    """Return through whose hands a copy has gone."""
    return frozenset(UUID(one[end]) for one in hops for end in ("of", "to"))


def path(hops: Sequence[Hop], delivery: str) -> list[Hop]:
    """Return the hops by which a copy came to be in the hands of whom this hop reached, without those that led nowhere."""
    known = {one["delivery"]: at for at, one in enumerate(hops)}
    at = known.get(delivery)
    found: list[Hop] = []
    while at is not None:
        found.append(hops[at])
        earlier = (one for one in range(at - 1, -1, -1) if hops[one]["to"] == hops[at]["of"])
        at = next(earlier, None)
    return found[::-1]


def merged(own: Sequence[Hop], told: Iterable[Hop], after: str) -> list[Hop]:
    """Return the way as known here with what the next one tells of it: hops behind its own, and how far they are.

    after: the delivery that it tells of. What lies before that is known here, not there.
    """
    ids = [one["delivery"] for one in own]
    begins = ids.index(after) if after in ids else len(ids)
    found = [dict(one) for one in own]
    for one in told:
        if one["delivery"] not in ids:
            found.append(dict(one))
        elif ids.index(one["delivery"]) >= begins:
            found[ids.index(one["delivery"])] |= {key: one[key] for key in _TOLD}
    return found[:MOST_KNOWN]


def joined(hops: Sequence[Hop]) -> bool:
    """Tell whether each hop begins where the one before ended, and none comes back."""
    ends = [hops[0]["of"], *(one["to"] for one in hops)] if hops else []
    return (
        0 < len(hops) <= MOST
        and len(set(ends)) == len(ends)
        and all(one["to"] == other["of"] for one, other in zip(hops, hops[1:], strict=False))
    )
