"""What of a form and its answers may leave the authority: words instead of its own units and people, nothing sensitive. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms.protected import unprotected
from forms.sensitive import without_sensitive

# Kinds of text that name a row of the authority.
_NAMING = ("unit", "member")
# What a schema may say that means the same anywhere.
_KEPT = frozenset({"x-unit", "x-open", "x-accept", "x-max-bytes"})


def form(schema: Mapping[str, Any], ui: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form as it means the same elsewhere: what was worked out or chosen from rows of the authority is plain text."""
    return {
        "schema": _schema(schema),
        "ui": {key: one for key, one in ui.items() if not key.startswith("ui:x")},
    }


def answers(schema: Mapping[str, Any], given: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return answers without what only some may read; ids of units and people give way to their names.

    names: id -> name.
    """
    open_ones = without_sensitive(schema, unprotected(schema, given))
    return {key: _named(one, names) for key, one in open_ones.items()}


def _schema(value: Any) -> Any:
    if isinstance(value, list):
        return [_schema(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    found: dict[str, Any] = {}
    for key, one in value.items():
        if key == "properties" and isinstance(one, Mapping):
            found[key] = {name: _schema(field) for name, field in one.items() if not _is_kept_back(field)}
        elif (key == "format" and one in _NAMING) or (key.startswith("x-") and key not in _KEPT):
            continue
        else:
            found[key] = _schema(one)
    if "required" in found and "properties" in found:
        found["required"] = [name for name in found["required"] if name in found["properties"]]
    return found


def _is_kept_back(field: object) -> bool:
    return isinstance(field, Mapping) and bool(field.get("x-sensitive") or field.get("x-only"))


def _named(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [_named(one, names) for one in value]
    if isinstance(value, Mapping):
        return {key: _named(one, names) for key, one in value.items()}
    return value
