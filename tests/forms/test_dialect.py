"""The dialect follows JSON Schema 2020-12 where forms need it, and fetches nothing."""

from __future__ import annotations

import http.server
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from forms.dialect import grammar_errors, twins, validator_for


def passes(schema: dict[str, Any], value: Any) -> bool:
    return bool(validator_for(schema).is_valid(value))


def test_a_reference_elsewhere_is_an_error_not_a_request(tmp_path: Path):
    (tmp_path / "open.json").write_text("{}")
    asked: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    with http.server.HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for target in (f"http://127.0.0.1:{server.server_port}/x.json", (tmp_path / "open.json").as_uri()):
            with pytest.raises(Exception, match="nresolvable"):
                passes({"$ref": target}, {})
        server.shutdown()
    assert asked == []


def test_another_draft_inside_does_not_bring_back_the_librarys_own_rules():
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "pattern": "^(a+)+$"}
    assert not passes(schema, "a" * 50_000 + "!")


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([0.0, 1.0, 0.5])
    | st.sampled_from(["", "a", "1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=6,
)


@given(st.lists(values, max_size=5))
def test_equal_items_are_found_as_the_standard_says(items: list[Any]):
    standard = Draft202012Validator({"uniqueItems": True}).is_valid(items)
    assert (twins(items) is None) is standard is passes({"uniqueItems": True}, items)


@given(values, st.lists(values.filter(lambda value: not isinstance(value, list | dict)), max_size=4))
def test_choices_are_compared_as_the_standard_says(value: Any, choices: list[Any]):
    assert passes({"enum": choices}, value) is Draft202012Validator({"enum": choices}).is_valid(value)


@given(st.integers(-(10**9), 10**9), st.sampled_from([1, 2, 5, 0.5, 0.1, 0.01, 0.001]))
def test_every_multiple_that_a_person_writes_is_one(count: int, step: float):
    assert passes({"multipleOf": step}, float(Decimal(str(step)) * count))


# --- the grammar of schemas themselves -----------------------------------------------------------------------------------

KEYWORDS = [
    *sorted(Draft202012Validator(True).VALIDATORS),
    "$ref",
    "$defs",
    "$id",
    "title",
    "default",
    "definitions",
    "readOnly",
]
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["", "string", "#/$defs/a", "^a$", "object"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from([*KEYWORDS, "a"]), inner, max_size=3),
    ),
    max_leaves=12,
)  # fmt: skip


def faults(found: Any) -> set[tuple[object, ...]]:
    return {(*error.absolute_path, error.validator) for error in found}


@given(st.dictionaries(st.sampled_from(KEYWORDS), VALUES, max_size=5))
def test_any_schema_breaks_the_grammar_where_the_standards_own_metaschema_says(schema: dict[str, Any]):
    theirs = Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema)
    assert faults(grammar_errors(schema)) == faults(theirs)


def test_a_keyword_that_is_called_as_the_metaschema_refers_is_held_to_its_type():
    assert faults(grammar_errors({"properties": {"a": {"$dynamicRef": 1}}})) == {
        ("properties", "a", "$dynamicRef", "type")
    }
