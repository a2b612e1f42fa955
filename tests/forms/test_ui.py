"""The arrangement of a form may order and dress its fields, not invent them."""

from __future__ import annotations

from typing import Any

import pytest

from forms.schema import check_schema

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "栏": {"type": "string"},
        "表": {"type": "array", "items": {"type": "object", "properties": {"级别": {"type": "string"}}}},
    },
}


def test_an_arrangement_of_the_forms_own_fields_passes():
    ui = {
        "ui:order": ["表", "*"],
        "栏": {"ui:widget": "textarea"},
        "表": {"items": {"ui:order": ["级别"], "级别": {}}},
    }
    assert check_schema(SCHEMA, ui) == [] and check_schema(SCHEMA, None) == []


@pytest.mark.parametrize(
    ("ui", "says"),
    [
        ([], "JSON 对象"),
        ({"无": {}}, "无"),
        ({"ui:order": ["栏", "无"]}, "无"),
        ({"栏": 5}, "写法不对"),
        ({"表": {"items": {"无": {}}}}, "无"),
        ({"栏": {"ui:enableMarkdownInDescription": True}}, "网页代码"),
    ],
)
def test_an_arrangement_of_fields_that_do_not_exist_is_refused(ui: object, says: str):
    (problem,) = check_schema(SCHEMA, ui)
    assert says in str(problem.what)


def test_an_endless_arrangement_is_given_up():
    ui: dict[str, Any] = {}
    for _ in range(10_000):
        ui = {"表": {"items": ui}}
    assert check_schema(SCHEMA, ui)
    while ui:  # so that it can be thrown away without a deep recursion
        ui = ui.pop("表", {}).pop("items", {})
