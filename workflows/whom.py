"""Which actors are somebody only as seen from a unit: what stands above it, what an attribute of it names, a post there. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from workflows.elements import Actor

# Stands in `above:` for the unit concerned.
SUBJECT = "subject"


def is_relative(actors: Mapping[str, Actor], name: str) -> bool:
    """Tell whether an actor has to be asked for each unit concerned, because it may be another one for each."""
    return any(SUBJECT in one.above or one.attribute for one in _leans_on(actors, name))


def needs_subject(actors: Mapping[str, Actor], name: str) -> bool:
    """Tell whether an actor is nobody at all as long as no unit is concerned."""
    return any(SUBJECT in one.above for one in _leans_on(actors, name))


def _leans_on(actors: Mapping[str, Actor], name: str) -> list[Actor]:
    """Return an actor and those that it is worked out from, each once."""
    found: dict[str, Actor] = {}
    todo = [name]
    while todo:
        key = todo.pop()
        if key in actors and key not in found:
            found[key] = actors[key]
            todo += [*actors[key].of, *actors[key].above]
    return list(found.values())
