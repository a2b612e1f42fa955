"""What makes a change of a locked element stricter, key by key. Pure.

Whatever stands in no table here cannot be told, and is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from workflows.elements import Package
from workflows.merge import Change
from workflows.tighter import (
    Judgement,
    at_least,
    at_most,
    earlier,
    either,
    hour,
    narrower,
    narrower_type,
    no_fewer,
    no_more,
    strength,
    switched_on,
)

Address = tuple[str, ...]
Judge = Callable[[object, object], Judgement]

_COMMON: Mapping[str, Judge] = {"clause": no_fewer}
_KEYS: Mapping[str, Mapping[str, Judge]] = {
    "actors": {"aliases": no_fewer},
    # Dates are worked out by `lock_dates`.
    "phases": {"end": either},
    "duties": {
        "by": no_fewer, "to": no_fewer, "with": no_fewer, "others": switched_on, "standing": switched_on, "time": hour,
        "due": either, "every": either, "milestones": earlier, "prefill": either,
    },
    "ledgers": {"columns": no_fewer, "states": no_fewer, "from_rows": no_fewer, "outlives": switched_on},
    "indicators": {"strength": strength},
    "rules": {"then": no_fewer, "by": no_fewer},
    "sanctions": {"then": no_fewer, "by": no_fewer},
    "tables": {"items": at_least, "areas": at_least, "version": either},
}  # fmt: skip
# What may be added to an element that did not say it: it asks for more.
_MORE: Mapping[str, frozenset[str]] = {
    "duties": frozenset(
        {
            "to",
            "with",
            "others",
            "standing",
            "time",
            "due",
            "form",
            "milestones",
            "prefill",
            "rollup",
            "words",
        }
    ),
    "phases": frozenset({"end", "words"}),
    "ledgers": frozenset({"columns", "states", "from_rows", "outlives"}),
    "indicators": frozenset({"target", "strength"}),
    "rules": frozenset({"by", "process"}),
    "sanctions": frozenset({"by", "process"}),
}
_FIELDS: Mapping[str, Judge] = {
    "required": no_fewer, "enum": no_more, "type": narrower_type, "minimum": at_least, "exclusiveMinimum": at_least,
    "minLength": at_least, "minItems": at_least, "minProperties": at_least, "maximum": at_most, "exclusiveMaximum": at_most,
    "maxLength": at_most, "maxItems": at_most, "maxProperties": at_most, "x-max-bytes": at_most, "x-accept": no_more,
    "uniqueItems": switched_on, "x-sensitive": switched_on, "allOf": no_fewer, "description": either, "examples": either,
    "default": either,
}  # fmt: skip
_FIELDS_MORE = frozenset(_FIELDS) | {
    "pattern",
    "format",
    "const",
    "dependentRequired",
    "if",
    "then",
    "else",
    "properties",
}
_WORDING = frozenset({"description", "examples", "default"})
# Below these a stricter demand may let more through.
_TURNED = frozenset({"if", "not", "anyOf", "oneOf", "contains"})
_NAMING = frozenset({"properties", "dependentRequired", "$defs"})
_HIDING = ("hidden", "readonly", "disabled")


def stricter(address: Address, change: Change, template: Package, local: Package) -> Judgement:
    """Judge a change of an element that may only be tightened. address: `duties.plan.due` as its steps."""
    section = address[0]
    if section == "forms":
        return _form(address, change)
    if change.kind == "moved":
        return True if section != "decisions" else None
    if change.kind == "added" and len(address) == 2:
        return True  # one more duty, actor, ledger
    if section == "processes":
        return _process(address, change)
    if section == "tables" and address[2:3] == ("rows",):
        return {"added": True, "removed": False}.get(change.kind)
    if section in _KEYS and len(address) > 2:
        return _element(section, address, change, template, local)
    return {"removed": False}.get(change.kind)


def _element(section: str, address: Address, change: Change, template: Package, local: Package) -> Judgement:
    key = address[2]
    if change.kind == "removed":
        # Nothing may be left out; of a recurrence, its dates tell.
        return key == "prefill" or (key == "every" and len(address) > 3)
    if change.kind == "added":
        if section == "duties" and key in ("every", "milestones", "prefill", "clause"):
            return True if key != "every" or len(address) > 3 else None
        return True if key in _MORE.get(section, ()) or key in _COMMON else None
    if (section, key) == ("indicators", "target"):
        was, now = (package.indicators[address[1]].target for package in (template, local))
        return narrower(was, now) if was is not None and now is not None else None
    if key == "milestones" and address[4:] != ("due",):
        return None
    judge = _KEYS[section].get(key) or _COMMON.get(key)
    return judge(_value(change.before), _value(change.after)) if judge else None


def _form(address: Address, change: Change) -> Judgement:
    if address[2:3] == ("ui",):
        said = change.after.text if change.after is not None else ""
        return None if any(word in said for word in _HIDING) else True
    inner = address[2:]
    keyword = inner[-1] if inner else ""
    named = len(inner) > 1 and inner[-2] in _NAMING and (len(inner) < 3 or inner[-3] not in _NAMING)
    if any(step in _TURNED for n, step in enumerate(inner[:-1]) if n == 0 or inner[n - 1] not in _NAMING):
        return None
    if change.kind == "moved":
        return True
    if change.kind == "added":
        return True if named or not inner or keyword in _FIELDS_MORE else None
    if change.kind == "removed":
        return not named and keyword in _WORDING
    judge = no_fewer if inner[-2:-1] == ("dependentRequired",) else None if named else _FIELDS.get(keyword)
    return judge(_value(change.before), _value(change.after)) if judge else None


def _process(address: Address, change: Change) -> Judgement:
    if address[-1].endswith(("}dueDate", "}followUpDate")):
        if change.kind == "added":
            return True
        return earlier(_value(change.before), _value(change.after)) if change.kind == "changed" else False
    return False if change.kind == "removed" else None


def _value(shown: object) -> object:
    return getattr(shown, "value", None)
