"""Words to the user: Chinese source text plus parameters, put into the reader's language at the edge.

A message is made where the matter is known and rendered where the reader is known: the packages below `web` do not know a
language, only the Chinese template, which is also the key of the gettext catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Message:
    """One sentence to the user.

    template: Chinese source text with `{name}` places.
    params: what goes into the places; nested messages are rendered in the same language, a tuple is listed as it lists.
    """

    template: str
    params: Mapping[str, object] = field(default_factory=dict)

    def render(self, translate: Callable[[str], str] = str) -> str:
        """Return the sentence; `translate` maps the Chinese template to the reader's language."""
        values = {name: _rendered(value, translate) for name, value in self.params.items()}
        # Values are put in by replacement, never by str.format: a template place cannot reach an attribute; and all at once,
        # so that a value which looks like a place is not filled again.
        return _PLACE.sub(lambda place: str(values.get(place[1], place[0])), translate(self.template))

    def __str__(self) -> str:
        return self.render()

    def __hash__(self) -> int:
        return hash(str(self))


def _rendered(value: object, translate: Callable[[str], str]) -> str:
    if isinstance(value, Message):
        return value.render(translate)
    if isinstance(value, tuple):
        return translate(COMMA.template).join(_rendered(one, translate) for one in value)
    return str(value)


def say(template: str, /, **params: object) -> Message:
    """Return a message; write the template as a literal, so that the catalogue can be extracted."""
    return Message(template, params)


def packed(message: Message) -> dict[str, Any]:
    """Return a message as JSON, to be kept where its reader is not known yet; see `unpacked`."""
    return {"say": message.template, "with": {name: _packed(value) for name, value in message.params.items()}}


def unpacked(kept: Mapping[str, Any]) -> Message:
    """Return a message that was packed."""
    return Message(kept["say"], {name: _unpacked(value) for name, value in kept["with"].items()})


def _packed(value: object) -> Any:
    if isinstance(value, Message):
        return packed(value)
    if isinstance(value, tuple):
        return [_packed(one) for one in value]
    return value if isinstance(value, int) else str(value)


def _unpacked(value: Any) -> object:
    if isinstance(value, dict):
        return unpacked(value)
    return tuple(_unpacked(one) for one in value) if isinstance(value, list) else value


def together(messages: Sequence[Message]) -> Message:
    """Return several words as one list of them, joined as the reader's language joins."""
    found = messages[0]
    for message in messages[1:]:
        found = say("{words}、{word}", words=found, word=message)
    return found


# What stands between the words of a list.
COMMA = say("、")
