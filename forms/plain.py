"""Answers to a plain form in one pass: what is kept of them, and whether they are acceptable beyond doubt.

Most forms are plain: each answer is described by one schema, without conditions, branches, references or computed fields. Their
answers are judged here at a tenth of the cost. A yes is final; a no says nothing, `forms.validation` finds out why. A schema
with any keyword that is not understood here is not plain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import inf
from typing import Any

from forms.dialect import FORMATS, Schema, formats
from forms.expression.pattern import compiled

# What is kept of a value, and whether it is acceptable.
Taken = tuple[Any, bool]
Take = Callable[[Any], Taken]
_Test = Callable[[Any], bool]

_LENGTHS = frozenset({"minLength", "maxLength"})
# Keywords that say nothing about whether a value is acceptable.
_SILENT = frozenset(
    {
        "$schema", "title", "description", "default", "examples", "readOnly", "x-unit", "x-accept", "x-max-bytes",
        "x-sensitive", "x-only", "x-open", "x-table", "x-partial", "x-choices",
        "x-warn", "x-warn-text", "x-draw",
    }
)  # fmt: skip
_TYPES: Mapping[str, _Test] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "integer": lambda value: (
        (isinstance(value, int) and not isinstance(value, bool))
        or (isinstance(value, float) and value.is_integer())
    ),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def plain(schema: Schema) -> Take | None:
    """Return the pass over answers to this form; None when the form is not plain."""
    try:
        return _take(schema)
    except _NotPlain:
        return None


class _NotPlain(Exception):
    """A schema says something that is not understood here."""


@dataclass(frozen=True, slots=True)
class _Text:
    """What a text has to be. Most fields are texts that are not too long: those are judged where they stand, without a call."""

    least: int
    most: float
    tests: list[_Test]


def _take(schema: Any) -> Take:
    # One type, so that each keyword is about that type or about nothing.
    if not isinstance(schema, dict) or schema.get("type") not in _TYPES:
        raise _NotPlain
    tests = [_TYPES[schema["type"]], *_tests(schema)]
    if schema["type"] == "object":
        return _take_object(schema, tests)
    if schema["type"] == "array":
        return _take_list(schema, tests)
    if len(tests) == 1:
        (test,) = tests
        return lambda value: (value, test(value))
    return lambda value: (value, _passes(tests, value))


def _text(schema: Any) -> _Text | None:
    """Return what a schema asks of a text; None when it is no plain text."""
    if not isinstance(schema, dict) or schema.get("type") != "string":
        return None
    rest = {keyword: wanted for keyword, wanted in schema.items() if keyword not in _LENGTHS}
    return _Text(schema.get("minLength", 0), schema.get("maxLength", inf), list(_tests(rest)))


def _take_object(schema: Mapping[str, Any], tests: list[_Test]) -> Take:
    properties = schema.get("properties") or {}
    takes = {name: _text(child) or _take(child) for name, child in properties.items()}
    required = frozenset(schema.get("required") or ())
    rest = tests[1:]  # the first asks for an object

    def take(value: Any) -> Taken:
        if not isinstance(value, dict):
            return value, False
        kept, sound = {}, True
        for name, child in value.items():
            how = takes.get(name)
            is_text = isinstance(child, str)
            if how is None:
                sound = False  # where nothing else is declared this is a mistake to be named
            elif child is None or (is_text and not child.strip()):
                continue  # left empty, as `declared.is_blank` has it
            elif isinstance(how, _Text):
                kept[name] = child
                if not (is_text and how.least <= len(child) <= how.most) or (
                    how.tests and not _passes(how.tests, child)
                ):
                    sound = False
            else:
                kept[name], well = how(child)
                sound = sound and well
        return kept, sound and required <= kept.keys() and _passes(rest, kept)

    return take


def _take_list(schema: Mapping[str, Any], tests: list[_Test]) -> Take:
    each = _take(schema["items"]) if "items" in schema else None
    if each is None:
        raise _NotPlain
    rest = tests[1:]

    def take(value: Any) -> Taken:
        if not isinstance(value, list):
            return value, False
        kept, sound = [], True
        for item in value:
            taken, well = each(item)
            kept.append(taken)
            sound = sound and well
        return kept, sound and _passes(rest, kept)

    return take


def _passes(tests: list[_Test], value: Any) -> bool:
    for test in tests:  # noqa: SIM110  (a generator costs as much as the tests)
        if not test(value):
            return False
    return True


def _tests(schema: Mapping[str, Any]) -> Iterator[_Test]:
    for keyword, wanted in schema.items():
        if keyword in _SILENT or keyword in ("type", "properties", "required", "items"):
            continue
        if keyword not in _KEYWORDS or schema["type"] not in _ABOUT[keyword]:
            raise _NotPlain
        yield _KEYWORDS[keyword](wanted)


def _format(wanted: Any) -> _Test:
    if wanted not in FORMATS:
        raise _NotPlain
    return lambda value: formats.conforms(value, wanted)


def _pattern(wanted: Any) -> _Test:
    program = compiled(wanted)
    if program is None:
        raise _NotPlain
    return lambda value: program.search(value) is not None


def _enum(wanted: Any) -> _Test:
    if not all(isinstance(choice, str) for choice in wanted):
        raise _NotPlain
    return lambda value: value in wanted


# The type has been tested before these, so that a length is that of a text or a list as the keyword says.
_KEYWORDS: Mapping[str, Callable[[Any], _Test]] = {
    "format": _format,
    "pattern": _pattern,
    "enum": _enum,
    "minLength": lambda wanted: lambda value: len(value) >= wanted,
    "maxLength": lambda wanted: lambda value: len(value) <= wanted,
    "minItems": lambda wanted: lambda value: len(value) >= wanted,
    "maxItems": lambda wanted: lambda value: len(value) <= wanted,
    "minimum": lambda wanted: lambda value: value >= wanted,
    "maximum": lambda wanted: lambda value: value <= wanted,
}
# Of which types they speak; about others they say nothing, and nobody writes them.
_ABOUT: Mapping[str, tuple[str, ...]] = {
    "format": ("string",), "pattern": ("string",), "enum": ("string",), "minLength": ("string",), "maxLength": ("string",),
    "minItems": ("array",), "maxItems": ("array",), "minimum": ("number", "integer"), "maximum": ("number", "integer"),
}  # fmt: skip
