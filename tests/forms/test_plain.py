"""The fast way of judging a plain form says what the whole judgement says, whatever the form and whatever is answered."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import event, example, given
from hypothesis import strategies as st

from forms.declared import is_blank
from forms.plain import plain
from forms.validation import Context, references, validate
from tests.examples import examples

NAMES = ["甲", "乙", "b", "x-y"]
ID = "0193a3c0-0000-7000-8000-00000000000a"
FORMATS = ["date", "date-time", "month", "multiline", "signature", "attachment", "unit", "member"]
# What sits on the edges of what keywords ask for, and what no form asks for.
ODD: list[Any] = [
    None, "", " ", "\n", "\u3000", "甲", "甲\n乙", "aa", "a" * 51, "2024-02-29", "2023-02-29", "2024-13", "2024-11", "2024-11-01T09:00:00Z",
    "2024-11-01T09:00:00", "2024-1-1", "２０２４-11", ID, ID.upper(), ID[:-1], "null", "1", True, False, 0, 1, -1, 1.0, 0.0, -0.0, 1.5, 2,
    10**15, 2**53, 1e308, -1e308, 0.1 + 0.2, [], {}, [[]], [{}], [None], {"甲": None}, {"甲": {}}, ["甲", "甲"], {"__proto__": 1}, {"": 1},
]  # fmt: skip
TEXTS = st.sampled_from(["甲", "aa", "a", "b", "甲\n乙", "", " x ", "2024-11", ID])


def _some(**keywords: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Draw some of the keywords of a schema."""
    return st.fixed_dictionaries({}, optional=keywords)


STRINGS = st.one_of(
    _some(minLength=st.integers(0, 3), maxLength=st.integers(0, 3), title=TEXTS),
    _some(pattern=st.sampled_from(["^a+$", "a", "^\\d{4}", "[甲乙]"]), minLength=st.integers(0, 2)),
    _some(enum=st.lists(TEXTS, min_size=1, max_size=3), description=TEXTS),
    _some(format=st.sampled_from(FORMATS), maxLength=st.integers(0, 40)),
)
NUMBERS = _some(
    minimum=st.sampled_from([-1, 0, 0.5, 1]), maximum=st.sampled_from([0, 1, 1.5, 10**15]), default=st.just(1)
)
LEAVES = st.one_of(
    st.builds(lambda more: {"type": "string", **more}, STRINGS),
    st.builds(lambda kind, more: {"type": kind, **more}, st.sampled_from(["number", "integer"]), NUMBERS),
    st.builds(lambda more: {"type": "boolean", **more}, _some(description=TEXTS, readOnly=st.booleans())),
)


def _object(parts: dict[str, Any], required: list[str], more: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": parts,
        "required": [name for name in required if name in parts],
        **more,
    }


def _objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(
        _object,
        st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=3),
        st.lists(st.sampled_from(NAMES), unique=True, max_size=3),
        _some(title=TEXTS),
    )


def _lists(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    more = _some(minItems=st.integers(0, 2), maxItems=st.integers(0, 3))
    return st.builds(lambda items, more: {"type": "array", "items": items, **more}, inner, more)


ROWS = _lists(_objects(LEAVES))
FORMS = _objects(
    st.one_of(LEAVES, LEAVES, _lists(LEAVES), _objects(LEAVES), ROWS, _objects(_lists(LEAVES) | ROWS))
)


def _edges(schema: dict[str, Any]) -> list[Any]:
    """Return answers that lie on the edges of what a schema allows, and just beyond them."""
    if schema["type"] == "string":
        sizes = {schema.get("minLength", 1), schema.get("maxLength", 1)}
        around = sorted({max(size + more, 0) for size in sizes for more in (-1, 0, 1)})
        fitting = [one for one in ODD if isinstance(one, str) and "format" in schema]
        fitting += ["xaay", "b甲", "2024x", "x2024", "ab"] if "pattern" in schema else []
        return [*(sign * size for size in around for sign in "a甲"), *schema.get("enum", []), *fitting]
    bounds = [schema[key] for key in ("minimum", "maximum") if key in schema] or [0, 1.5]
    return [True, *(bound + more for bound in bounds for more in (-1, 0, 0.0, 0.5, 1))]


def _fitting(draw: st.DrawFn, schema: dict[str, Any]) -> Any:
    """Draw an answer that looks like what a schema asks for; here and there one that does not."""
    if draw(st.integers(0, 19)) == 19:
        return draw(st.sampled_from(ODD))
    match schema["type"]:
        case "object":
            required = schema["required"]
            parts = schema["properties"].items()
            found = {
                name: _fitting(draw, part) for name, part in parts if name in required or draw(st.booleans())
            }
            if draw(st.integers(0, 19)) == 19:
                found[draw(st.sampled_from([*NAMES, "丙", "", "__proto__"]))] = draw(st.sampled_from(ODD))
            if found and draw(st.integers(0, 19)) == 19:
                del found[draw(st.sampled_from(sorted(found)))]
            return found
        case "array":
            return [_fitting(draw, schema["items"]) for _ in range(draw(st.integers(0, 3)))]
        case "boolean":
            return draw(st.booleans())
    return draw(st.sampled_from(_edges(schema)))


@st.composite
def asked(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    schema = draw(FORMS)
    answers = _fitting(draw, schema)
    return schema, answers if isinstance(answers, dict) else {}


def in_full(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a form that says the same and is not plain."""
    return {**schema, "allOf": [{}]}


def exactly(value: Any) -> str:
    """Return a value such that 1, 1.0 and true are three."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def strange(schema: dict[str, Any], value: Any) -> bool:
    """Tell whether something was answered that nobody has asked for."""
    if isinstance(value, dict):
        parts = schema.get("properties") or {}
        return any(
            name not in parts or strange(parts[name], child)
            for name, child in value.items()
            if name not in parts or not is_blank(child)
        )
    return isinstance(value, list) and any(strange(schema.get("items") or {}, item) for item in value)


@examples(1_000)
@given(asked())
@example(({"type": "object", "properties": {"甲": {"type": "integer"}}}, {"甲": 1.0}))
@example(({"type": "object", "properties": {"甲": {"type": "integer"}}}, {"甲": True}))
@example(({"type": "object", "properties": {"甲": {"type": "string", "enum": [""]}}}, {"甲": ""}))
@example(({"type": "object", "properties": {"甲": {"type": "string", "enum": ["甲"]}}}, {"甲": " 甲 "}))
@example(({"type": "object", "properties": {"甲": {"type": "string", "pattern": "a"}}}, {"甲": "xaay"}))
@example(({"type": "object", "properties": {"甲": {"type": "number"}}}, {"甲": True}))
def test_a_plain_form_is_judged_as_in_full(case):
    schema, answers = case
    take = plain(schema)
    assert take is not None and plain(in_full(schema)) is None
    full = validate(in_full(schema), answers)
    kept, sound = take(answers)
    event("sound" if sound else "not sound")
    assert sound == (not full.problems and not strange(schema, answers)), full.problems
    if sound:
        assert exactly(kept) == exactly(full.answers)
    judged = validate(schema, answers)
    assert exactly(judged.answers) == exactly(full.answers)
    assert [(str(one.what), one.where) for one in judged.problems] == [
        (str(one.what), one.where) for one in full.problems
    ]


@examples(300)
@given(asked(), st.booleans())
def test_what_a_plain_form_refers_to_is_found_as_in_full(case, known):
    schema, answers = case
    for format in ("attachment", "unit", "member"):
        assert references(schema, answers, format) == references(in_full(schema), answers, format)
    context = Context(known={"unit": frozenset([ID] if known else [])}, files={})
    found, full = (validate(one, answers, context=context) for one in (schema, in_full(schema)))
    assert [(str(one.what), one.where) for one in found.problems] == [
        (str(one.what), one.where) for one in full.problems
    ]
