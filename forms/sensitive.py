"""Answers that not everybody may read who may read the rest: who called a hotline, for instance. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from forms.dialect import Schema
from forms.fields import ROW, Path
from forms.validation import form_of


def holds_back(schema: Schema) -> bool:
    """Tell whether a form asks for anything that not everybody may read."""
    return bool(form_of(schema).sensitive)


def without_sensitive(schema: Schema, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers without what is marked `x-sensitive`."""
    return without(answers, form_of(schema).sensitive)


def without(answers: Mapping[str, Any], paths: Iterable[Path]) -> dict[str, Any]:
    """Return the answers without the fields at those paths."""
    shown: dict[str, Any] = dict(answers)
    for path in paths:
        shown = _without(shown, path)
    return shown


def _without(value: Any, path: Path) -> Any:
    if isinstance(value, list):
        return [_without(one, path[1:]) for one in value] if path[:1] == (ROW,) else value
    if not isinstance(value, Mapping) or path[0] not in value:
        return value
    if len(path) == 1:
        return {name: one for name, one in value.items() if name != path[0]}
    return {**value, path[0]: _without(value[path[0]], path[1:])}
