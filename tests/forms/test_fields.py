"""Every field of a form is found without answers, with all that is said of it, and in bounded time."""

from __future__ import annotations

from typing import Any

import pytest

from forms.fields import ROW, BrokenSchema, fields, unfolded
from tests.effort import counted

TEXT = {"type": "string"}


def test_fields_are_found_through_tables_groups_references_and_branches():
    schema: dict[str, Any] = {
        "type": "object",
        "$defs": {"人": {"type": "object", "properties": {"姓名": {"type": "string", "title": "名字"}}}},
        "properties": {"表": {"type": "array", "items": {"$ref": "#/$defs/人"}}, "类": TEXT},
        "if": {"required": ["类"]},
        "then": {"properties": {"甲": TEXT}},
        "else": {"properties": {"乙": TEXT}},
        "oneOf": [{"properties": {"丙": TEXT}}],
        "dependentSchemas": {"类": {"properties": {"丁": TEXT}}},
    }
    found = fields(schema)
    assert set(found) == {(), ("表",), ("表", ROW), ("表", ROW, "姓名"), *((name,) for name in "类甲乙丙丁")}
    assert found["表", ROW, "姓名"].title == "名字" and found[("甲",)].title == "甲"


def test_the_first_schema_that_says_something_of_a_field_is_heard():
    schema = {
        "type": "object",
        "properties": {"类": {"$ref": "#/$defs/类", "title": "自己的标题"}},
        "$defs": {"类": {"type": "string", "title": "定义的标题"}},
    }
    field = fields(schema)[("类",)]
    assert field.title == "自己的标题" and field.get("type") == "string" and field.get("pattern") is None


def chain(length: int, each: int) -> dict[str, Any]:
    definitions: dict[str, Any] = {
        f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}] * each} for n in range(length)
    }
    return {
        "type": "object",
        "properties": {"栏": {"$ref": "#/$defs/d0"}},
        "$defs": {**definitions, f"d{length}": TEXT},
    }


def test_a_doubling_is_given_up_at_once_and_measured_without_being_unfolded():
    with counted(at_most=2_000_000):
        with pytest.raises(BrokenSchema):
            fields(chain(60, 2))
        assert unfolded(chain(60, 2)) > 2**60


def test_a_long_chain_of_references_is_followed_without_recursion():
    assert fields(chain(3000, 1))[("栏",)].get("type") == "string"
    assert unfolded(chain(3000, 1)) < 20_000


def test_fields_within_themselves_are_refused_by_name():
    schema = {
        "type": "object",
        "properties": {"节": {"$ref": "#/$defs/节"}},
        "$defs": {
            "节": {
                "type": "object",
                "properties": {"下级": {"type": "array", "items": {"$ref": "#/$defs/节"}}},
            }
        },
    }
    with pytest.raises(BrokenSchema, match="节") as caught:
        fields(schema)
    assert caught.value.where == "/$defs/节"
