"""What of a form and its answers may leave the authority: words instead of its own units and people, nothing sensitive. Pure."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from forms.fields import ROW, Path, active, fields
from forms.protected import unprotected
from forms.sensitive import without_sensitive
from forms.validation import form_of, referring

# Kinds of text that name a row of the authority.
_NAMING = ("unit", "member")
# What a schema may say that means the same anywhere.
_KEPT = frozenset({"x-unit", "x-open", "x-accept", "x-max-bytes"})
# What the house fills in by itself where the form is at home; nobody elsewhere can be asked for it.
_FILLED = ("x-computed", "x-draw")
# What only tells when something holds: a field named there is not asked for there.
_CONDITIONS = ("if", "not", "contains")


def form(schema: Mapping[str, Any], ui: Mapping[str, Any]) -> dict[str, Any]:
    """Return a form as it means the same elsewhere: what was worked out or chosen from rows of the authority is plain text, what
    only some may read is not asked at all."""
    left = _used(_Border(schema).over(schema, ()))
    return {"schema": left, "ui": _arranged(ui, (), fields(left))}


def answers(schema: Mapping[str, Any], given: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return answers without what only some may read; ids of units and people give way to their names.

    names: id -> name.
    """
    open_ones = without_sensitive(schema, unprotected(schema, given))
    return {key: renamed(one, names) for key, one in open_ones.items()}


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """Return answers in which texts that are an id give way to what they are called elsewhere. names: id -> that."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, list):
        return [renamed(one, names) for one in value]
    if isinstance(value, Mapping):
        return {key: renamed(one, names) for key, one in value.items()}
    return value


def at_home(
    schema: Mapping[str, Any], given: Mapping[str, Any], ids: Mapping[str, Mapping[str, str]]
) -> dict[str, Any]:
    """Return answers from elsewhere as a form of ours takes them: names give way to our ids where the form asks for a unit or a
    person, and what is nobody here is left out.

    ids: `unit` or `member` -> name -> id.
    """
    found: dict[str, Any] = copy.deepcopy(dict(given))
    for kind in _NAMING:
        for place, name in referring(schema, given, kind):
            inner: Any = found
            for step in place[:-1]:
                inner = inner[step]
            known = ids.get(kind, {}).get(name)
            if known is not None:
                inner[place[-1]] = known
            elif isinstance(inner, dict):
                del inner[place[-1]]
            else:
                inner[place[-1]] = None
    return found


class _Border:
    """One form on its way out: which of its fields stay, wherever in the schema they are told of."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        found = form_of(schema)
        self._root = schema
        self._back = {*found.sensitive, *found.protected}
        self._names = {name for path in self._back for name in path[-1:] if name != ROW}
        self._filled = {
            path for path, field in found.fields.items() if any(field.get(key) is not None for key in _FILLED)
        }

    def over(self, value: Any, path: Path | None) -> Any:
        """Return a part of the schema as it leaves. path: of the field it describes; None where that is not known."""
        if isinstance(value, list):
            return [self.over(one, path) for one in value]
        if not isinstance(value, Mapping):
            return value
        found: dict[str, Any] = {}
        # A condition that speaks of what stays here is not told, nor what follows from it; at home it is asked again.
        untold = {key for key in _CONDITIONS if key in value and self._speaks(value[key])}
        untold |= {"then", "else"} if "if" in untold else set()
        for key, one in value.items():
            if (
                key in untold
                or (key == "format" and one in _NAMING)
                or (key.startswith("x-") and key not in _KEPT)
            ):
                continue
            found[key] = self._said(key, one, path)
        return found

    def _said(self, key: str, one: Any, path: Path | None) -> Any:
        """Return what a schema says under a keyword."""
        if key == "required" and isinstance(one, list):
            return [name for name in one if self._asks(name, path)]
        if key in ("properties", "dependentSchemas", "dependentRequired") and isinstance(one, Mapping):
            inside = key == "properties"
            return {
                name: self._said("required", part, path)
                if key == "dependentRequired"
                else self.over(part, _below(path, name) if inside else path)
                for name, part in one.items()
                if not self._stays(name, part if inside else {}, path)
            }
        if key == "$defs" and isinstance(one, Mapping):
            return {name: self.over(part, None) for name, part in one.items()}
        if key in _CONDITIONS:
            return one
        return self.over(one, _below(path, ROW) if key in ("items", "prefixItems") else path)

    def _speaks(self, value: Any) -> bool:
        """Tell whether a part of the schema names a field that does not leave, wherever that stands."""
        if isinstance(value, list):
            return any(map(self._speaks, value))
        if isinstance(value, Mapping):
            return any(key in self._names or self._speaks(one) for key, one in value.items())
        return isinstance(value, str) and value in self._names

    def _stays(self, name: str, part: Any, path: Path | None) -> bool:
        """Tell whether a field does not leave. part: what is said of it here."""
        if path is not None and (*path, name) in self._back:
            return True
        said = active(dict(self._root), [part], None, None)
        return any(one.get("x-sensitive") or one.get("x-only") for one in said)

    def _asks(self, name: str, path: Path | None) -> bool:
        """Tell whether a required field can be asked for elsewhere; of a shared definition, wherever it is used."""
        held = self._back | self._filled
        return not any(one[-1:] == (name,) for one in held) if path is None else (*path, name) not in held


def _used(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema without shared definitions that nothing in it refers to any more."""
    while "$defs" in schema:
        named = _referred({key: one for key, one in schema.items() if key != "$defs"})
        for one in schema["$defs"].values():
            named |= _referred(one)
        kept = {name: one for name, one in schema["$defs"].items() if f"#/$defs/{name}" in named}
        if kept == schema["$defs"]:
            break
        schema = {key: one for key, one in schema.items() if key != "$defs"} | (
            {"$defs": kept} if kept else {}
        )
    return schema


def _referred(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_referred, value))
    if not isinstance(value, Mapping):
        return set()
    own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
    return own.union(*map(_referred, value.values()))


def _below(path: Path | None, name: str) -> Path | None:
    return (*path, name) if path is not None else None


def _arranged(ui: Mapping[str, Any], path: Path, known: Iterable[Path]) -> dict[str, Any]:
    """Return how the fields that are left are arranged."""
    found: dict[str, Any] = {}
    for key, one in ui.items():
        if key == "ui:order" and isinstance(one, list):
            found[key] = [name for name in one if name == "*" or (*path, name) in known]
        elif key.startswith("ui:"):
            if not key.startswith("ui:x"):
                found[key] = one
        else:
            inner = (*path, ROW if key == "items" and (*path, ROW) in known else key)
            if inner in known and isinstance(one, Mapping):
                found[key] = _arranged(one, inner, known)
    return found
