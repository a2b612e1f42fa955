"""The dialect of JSON Schema that forms speak: 2020-12 without its dangers, and a few `x-` keywords of the house.

Differences from the library's own validator: `pattern` runs in linear time (re2), `uniqueItems` compares hashes,
`multipleOf` counts in exact decimals, references never leave the schema, and unknown properties are left to `forms.declared`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from decimal import Context, Decimal
from typing import Any
from urllib.parse import urljoin

import orjson
from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators
from jsonschema_specifications import REGISTRY as SPECIFICATIONS
from referencing import Registry

from forms.budget import spend
from forms.expression.pattern import compiled

Schema = Mapping[str, Any]
Keyword = Callable[[Any, Any, Any, Schema], Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"

# Formats whose value is checked here; those of the last line are looked up in the tenant by the caller.
FORMATS = frozenset(
    {"date", "date-time", "month", "year", "multiline", "signature"} | {"attachment", "unit", "member"}
)
REFERENCES = frozenset({"attachment", "unit", "member"})

# Keywords of the house -> what their value must be.
EXTENSIONS: Mapping[str, type | tuple[type, ...]] = {
    "x-computed": str,
    "x-unit": str,
    "x-accept": list,
    "x-max-bytes": int,
    "x-sensitive": bool,
    "x-only": (str, list),
    "x-open": bool,
    "x-table": str,
    "x-partial": bool,
    "x-choices": str,
    "x-actor": str,
    "x-draw": dict,
    "x-warn": str,
    "x-warn-text": str,
}

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEAR = re.compile(r"(19|20|21)[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
# Wide enough for any double against any double; 0.3 is a multiple of 0.1 here.
_exact = Context(prec=700, traps=[])


def key_of(value: Any) -> bytes:
    """Return bytes that are equal for values that JSON Schema calls equal: 1 is 1.0, but not true."""
    return orjson.dumps(_even(value), option=orjson.OPT_SORT_KEYS)


def _even(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_even(item) for item in value]
    if isinstance(value, dict):
        return {name: _even(item) for name, item in value.items()}
    return value


def twins(items: list[Any]) -> tuple[int, int] | None:
    """Return the places of the first two equal items, or None."""
    seen: dict[bytes, int] = {}
    for index, item in enumerate(items):
        first = seen.setdefault(key_of(item), index)
        if first != index:
            return first, index
    return None


def _pattern(validator: Any, pattern: str, instance: Any, schema: Schema) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    program = compiled(pattern)
    if program is None or program.search(instance) is None:
        yield ValidationError("pattern")


def _required(validator: Any, names: list[str], instance: Any, schema: Schema) -> Iterator[ValidationError]:
    """Point at the missing field itself, so that the page can put the words beside it."""
    if isinstance(instance, dict):
        yield from (ValidationError("required", path=[name]) for name in names if name not in instance)


def _dependent(validator: Any, rules: Schema, instance: Any, schema: Schema) -> Iterator[ValidationError]:
    """Point at the missing field; the message is the name of the field that calls for it."""
    if isinstance(instance, dict):
        for name, others in rules.items():
            if name in instance:
                yield from (ValidationError(name, path=[other]) for other in others if other not in instance)


def _unique(validator: Any, wanted: bool, instance: Any, schema: Schema) -> Iterator[ValidationError]:
    if wanted and isinstance(instance, list) and twins(instance):
        yield ValidationError("uniqueItems")


def _enum(validator: Any, choices: list[Any], instance: Any, schema: Schema) -> Iterator[ValidationError]:
    same = isinstance(instance, bool)  # in Python true is 1; in a form it is not
    if not any(choice == instance and isinstance(choice, bool) is same for choice in choices):
        yield ValidationError("enum")


def _multiple(validator: Any, step: Any, instance: Any, schema: Schema) -> Iterator[ValidationError]:
    if isinstance(instance, bool) or not isinstance(instance, int | float):
        return
    if _exact.remainder(Decimal(str(instance)), Decimal(str(step))):
        yield ValidationError("multipleOf")


def _elsewhere(validator: Any, value: Any, instance: Any, schema: Schema) -> Iterator[ValidationError]:
    """Leave unknown properties to `forms.declared`, which knows the conditional ones too."""
    return iter(())


formats = FormatChecker(formats=())


@formats.checks("date")
def is_date(value: object) -> bool:
    """Tell whether a text is a day of the calendar, written 2024-11-01."""
    return not isinstance(value, str) or (
        _DATE.fullmatch(value) is not None and _real(date.fromisoformat, value)
    )


@formats.checks("month")
def is_month(value: object) -> bool:
    """Tell whether a text is a month, written 2024-11."""
    return not isinstance(value, str) or _MONTH.fullmatch(value) is not None


@formats.checks("year")
def is_year(value: object) -> bool:
    """Tell whether a text is a year, written 2024."""
    return not isinstance(value, str) or _YEAR.fullmatch(value) is not None


@formats.checks("date-time")
def is_instant(value: object) -> bool:
    """Tell whether a text is an instant with its offset: without one nobody could tell when it was."""
    return not isinstance(value, str) or (
        _INSTANT.fullmatch(value) is not None and _real(datetime.fromisoformat, value)
    )


@formats.checks("signature")
def is_signature(value: object) -> bool:
    """Tell whether a text can be a signer's name: one line of at most 50 characters."""
    return not isinstance(value, str) or (0 < len(value.strip()) <= 50 and "\n" not in value)


def is_id(value: object) -> bool:
    """Tell whether a text is an identifier in its usual spelling."""
    return not isinstance(value, str) or _ID.fullmatch(value) is not None


for _name in sorted(REFERENCES):
    formats.checks(_name)(is_id)


def _real(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


_OWN: Mapping[str, Keyword] = {
    "pattern": _pattern,
    "uniqueItems": _unique,
    "enum": _enum,
    "required": _required,
    "dependentRequired": _dependent,
    "multipleOf": _multiple,
    "additionalProperties": _elsewhere,
    "unevaluatedProperties": _elsewhere,
}


def _metered(keyword: Keyword) -> Keyword:
    """Count each use of a keyword against the budget of the judgement that is going on."""

    def metered(validator: Any, value: Any, instance: Any, schema: Schema) -> Any:
        spend()
        return keyword(validator, value, instance, schema)

    return metered


_Dialect = validators.extend(
    Draft202012Validator,
    {name: _metered(keyword) for name, keyword in {**Draft202012Validator.VALIDATORS, **_OWN}.items()},
)


def _grammar() -> Schema:
    """Return the metaschema in one piece.

    The standard's own is put together of vocabularies that refer to each other by who asks ($dynamicRef); looking that up at
    every step takes four times as long, and a package has dozens of forms.
    """
    whole = Draft202012Validator.META_SCHEMA
    parts = [SPECIFICATIONS.contents(urljoin(whole["$id"], part["$ref"])) for part in whole["allOf"]]
    merged = {
        key: {name: value for part in (*parts, whole) for name, value in part.get(key, {}).items()}
        for key in ("properties", "$defs")
    }
    plain: Schema = _settled({"type": whole["type"], **merged})
    return plain


def _settled(value: Any) -> Any:
    if isinstance(value, list):
        return [_settled(one) for one in value]
    if not isinstance(value, dict):
        return value
    # "$dynamicRef" is also the name of a keyword that the metaschema describes.
    if isinstance(value.get("$dynamicRef"), str):
        return {"$ref": "#"}
    return {key: _settled(one) for key, one in value.items()}


_grammar_of = validators.extend(Draft202012Validator, {"uniqueItems": _unique})(
    _grammar(), registry=Registry()
)


def validator_for(schema: Schema) -> Any:
    """Return a validator of this schema that fetches nothing: an unknown reference is an error, not a request."""
    # A "$schema" inside would make the library change over to its own validator, with its own pattern keyword.
    plain = {name: value for name, value in schema.items() if name != "$schema"}
    return _Dialect(plain, registry=Registry(), format_checker=formats)


def grammar_errors(schema: Schema) -> Iterator[ValidationError]:
    """Yield what breaks the grammar of JSON Schema 2020-12 itself."""
    yield from _grammar_of.iter_errors(schema)
