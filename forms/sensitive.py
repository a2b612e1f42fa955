"""Answers that not everybody may read who may read the rest: who called a hotline, for instance. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from forms.dialect import Schema
from forms.fields import ROW, Field, Path, sensitive, where_of
from forms.validation import form_of
from tenants.errors import Problem
from tenants.text import say


def holds_back(schema: Schema) -> bool:
    """Tell whether a form asks for anything that not everybody may read."""
    return bool(form_of(schema).sensitive)


def without_sensitive(schema: Schema, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers without what is marked `x-sensitive`."""
    return without(answers, form_of(schema).sensitive)


def covered(found: Mapping[Path, Field]) -> frozenset[Path]:
    """Return the fields that are sensitive, and all fields inside of these."""
    kept = sensitive(found)
    return frozenset(path for path in found if any(path[: len(one)] == one for one in kept))


def check_sensitive(found: Mapping[Path, Field]) -> Iterator[Problem]:
    """Yield sensitive files: a file is handed out to whoever may see what it was filed for."""
    for path in sorted(covered(found)):
        if found[path].get("format") == "attachment":
            what = say("“{field}”是附件，不能只给一部分人看。", field=found[path].title)
            yield Problem(what, say("请删去 x-sensitive，或改为文字。"), where=where_of(path))


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
