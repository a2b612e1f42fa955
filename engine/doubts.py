"""Units for which a selector cannot be worked out, such as 100 / output of a mine that has none entered, in words; pure.

They are left out, and told where people look: before a launch, beside the actors, as an incident. Once it can be worked out
they are given what the others have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.selection import Doubt
from tenants.text import Message, say, together

# So many units are named; the others are counted.
_NAMED = 3


def told(title: Message | str, doubts: Sequence[Doubt[Any]]) -> list[Message]:
    """Return in words who is left out of what, and why: one message for each actor and reason."""
    groups: dict[tuple[str, str], dict[Any, Doubt[Any]]] = {}
    for doubt in doubts:
        groups.setdefault((doubt.actor.id, str(doubt.why.what)), {}).setdefault(doubt.unit.id, doubt)
    return [_words(title, list(group.values())) for group in groups.values()]


def _words(title: Message | str, doubts: Sequence[Doubt[Any]]) -> Message:
    names = together([say("{name}", name=doubt.unit.name) for doubt in doubts[:_NAMED]])
    if len(doubts) > _NAMED:
        names = say("{names}等{n}个单位", names=names, n=len(doubts))
    first = doubts[0]
    return say(
        "“{title}”没有算上{units}：是不是{actor}，算不出来（{why}）",
        title=title, units=names, actor=first.actor.title, why=first.why.what,
    )  # fmt: skip
