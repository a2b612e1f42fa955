"""Only what a form asks for is taken from what was sent.

An extra answer, such as `approved: true`, that a later gateway reads must never come in, at any level. A property counts as
declared when a schema that applies to this very object names it under `properties`: directly, through a reference, in the
branch that fits, or in the `then` or `else` that its own answers call for. The answers of a branch that no longer applies
(a choice was changed back) are dropped with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from forms.dialect import Schema
from forms.fields import Place, active, children, items

Holds = Callable[[Any, Any], bool]


def possible(root: Schema, answers: Any) -> Any:
    """Return the answers without what the form could never ask for, whatever else was answered."""
    return _keep(root, [root], answers, None)


def declared(root: Schema, answers: Any, holds: Holds) -> Any:
    """Return the answers that the form asks for, given these very answers.

    holds: tells whether a value satisfies a part of the form's schema.
    """
    while (fewer := _keep(root, [root], answers, holds)) != answers:
        answers = fewer  # what was dropped may have been a condition for something else
    return answers


def unknown(root: Schema, answers: Any, *, everywhere: bool = False) -> Iterator[Place]:
    """Yield the places of answers that the form could never ask for and whose schema says that there must be none.

    everywhere: whatever the schemas say of others.
    """
    todo: list[tuple[Place, list[Any], Any]] = [((), [root], answers)]
    while todo:
        place, schemas, value = todo.pop()
        if isinstance(value, dict):
            found = active(root, schemas, value, None)
            names = children(found)
            closed = everywhere or any(
                schema.get(keyword) is False
                for schema in found
                for keyword in ("additionalProperties", "unevaluatedProperties")
            )
            if closed:
                yield from ((*place, name) for name in value if name not in names)
            todo += [((*place, name), names[name], child) for name, child in value.items() if name in names]
        elif isinstance(value, list):
            found = active(root, schemas, value, None)
            todo += [((*place, index), items(found, index), item) for index, item in enumerate(value)]


def _keep(root: Schema, schemas: list[Any], value: Any, holds: Holds | None) -> Any:
    if isinstance(value, dict):
        filled = {name: child for name, child in value.items() if not is_blank(child)}
        names = _names(root, schemas, filled, holds)
        return {
            name: _keep(root, names[name], child, holds) for name, child in filled.items() if name in names
        }
    if isinstance(value, list):
        found = active(root, schemas, value, holds)
        return [_keep(root, items(found, index), item, holds) for index, item in enumerate(value)]
    return value


def _names(
    root: Schema, schemas: list[Any], value: dict[str, Any], holds: Holds | None
) -> dict[str, list[Any]]:
    """Return the declared properties of this object, each with its schemas.

    A condition must not rest on an answer that is itself not declared. So it is asked of what has been taken so far, which
    first grows and then shrinks until everything taken is declared by conditions that hold for what was taken.
    """
    everything = active(root, schemas, value, None)
    names = children(everything)
    if holds is None or not any(_conditional(schema) for schema in everything):
        return names
    taken = children(active(root, schemas, {}, lambda schema, given: False))
    kept = {name: child for name, child in value.items() if name in taken}
    for grow in (True, False):
        while True:
            names = children(active(root, schemas, kept, holds))
            wider = {name: child for name, child in value.items() if name in names or (grow and name in kept)}
            if not grow:
                wider = {name: child for name, child in wider.items() if name in kept}
            if len(wider) == len(kept):
                break
            kept = wider
    return {name: group for name, group in names.items() if name in kept}


def _conditional(schema: Schema) -> bool:
    return any(keyword in schema for keyword in ("if", "anyOf", "oneOf", "dependentSchemas"))


def is_blank(value: Any) -> bool:
    """Tell whether a field was left empty: browsers send an emptied text box as nothing, as null or as an empty text."""
    return value is None or (isinstance(value, str) and not value.strip())
