"""A form that could harm, hang or puzzle is refused when it is saved, by name and place; a good one passes."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from forms.schema import check_schema
from tenants.errors import Problem
from tests.effort import counted

TEXT = {"type": "string"}


def form(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def errors(schema: object, ui: object = None) -> list[Problem]:
    return [
        problem for problem in check_schema(schema, ui, "forms/x/schema.json") if problem.level == "error"
    ]


def test_a_form_with_everything_that_is_allowed_passes():
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://example.org/hazard",
        "title": "隐患排查",
        "type": "object",
        "required": ["mine", "hazards"],
        "unevaluatedProperties": False,
        "$defs": {"level": {"type": "string", "enum": ["一般", "重大"], "default": "一般"}},
        "properties": {
            "mine": {"type": "string", "format": "unit", "title": "煤矿"},
            "month": {"type": "string", "format": "month", "title": "月份"},
            "output": {"type": "number", "x-unit": "吨", "minimum": 0, "multipleOf": 0.01, "title": "产量"},
            "gas": {"type": "string", "x-open": True, "examples": ["低瓦斯", "高瓦斯"], "title": "瓦斯等级"},
            "phone": {"type": "string", "pattern": "^1[0-9]{10}$", "x-sensitive": True, "title": "电话"},
            "hazards": {
                "type": "array",
                "title": "隐患清单",
                "uniqueItems": True,
                "items": {
                    "type": "object",
                    "properties": {
                        "level": {"$ref": "#/$defs/level", "title": "级别"},
                        "photos": {
                            "type": "array",
                            "title": "照片",
                            "items": {"type": "string", "format": "attachment", "x-accept": ["photo"]},
                        },
                    },
                    "if": {"properties": {"level": {"const": "重大"}}, "required": ["level"]},
                    "then": {
                        "properties": {"plan": {"type": "string", "title": "方案"}},
                        "required": ["plan"],
                    },
                },
            },
            "hazard_count": {
                "type": "integer",
                "x-computed": "len(hazards)",
                "readOnly": True,
                "title": "条数",
            },
        },
    }
    assert (
        check_schema(
            schema, {"ui:order": ["mine", "*"], "hazards": {"items": {"level": {"ui:widget": "radio"}}}}
        )
        == []
    )


def doubled(times: int, keyword: str = "allOf") -> dict[str, Any]:
    definitions: dict[str, Any] = {
        f"d{n}": {keyword: [{"$ref": f"#/$defs/d{n + 1}"}, {"$ref": f"#/$defs/d{n + 1}"}]}
        for n in range(times)
    }
    definitions[f"d{times}"] = TEXT
    return {**form(栏={"type": "string", "not": {"$ref": "#/$defs/d0"}}), "$defs": definitions}


def nested(keyword: str, times: int) -> dict[str, Any]:
    inner: dict[str, Any] = TEXT
    for _ in range(times):
        inner = {keyword: [inner, inner]}
    return form(栏=inner)


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        (form(栏={"$ref": "http://127.0.0.1:9/x.json"}), "不能读取网络或文件"),
        (form(栏={"$ref": "file:///etc/passwd"}), "不能读取网络或文件"),
        (form(栏={"$ref": "#"}), "不能读取网络或文件"),
        (form(栏={"$ref": "#/properties/栏"}), "不能读取网络或文件"),
        (form(栏={"$ref": "#/$defs/无"}), "$defs"),
        (
            {
                **form(栏={"$ref": "#/$defs/a"}),
                "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}},
            },
            "引用了自己",
        ),
        ({**form(栏={"$ref": "#/$defs/a"}), "$defs": {"a": form(栏={"$ref": "#/$defs/a"})}}, "引用了自己"),
        (doubled(22), "展开后太大"),
        (doubled(22, "anyOf"), "展开后太大"),
        (doubled(22, "oneOf"), "展开后太大"),
        (form(栏={"$dynamicRef": "#x"}), "$dynamicRef"),
        (form(栏={"type": "string", "$anchor": "a"}), "$anchor"),
        (form(栏={"type": "string", "$schema": "http://json-schema.org/draft-04/schema#"}), "2020-12"),
        ({**form(栏=TEXT), "$schema": "http://json-schema.org/draft-07/schema#"}, "2020-12"),
        (form(栏={"type": "string", "$id": "http://127.0.0.1/"}), "$id"),
        (form(栏={"type": "string", "pattern": "(a+)+$"}), "pattern 不能用"),
        (form(栏={"type": "string", "pattern": "(?=a)"}), "pattern 不能用"),
        (form(栏={"type": "string", "pattern": "["}), "pattern 不能用"),
        (form(栏={"type": "string", "pattern": "a" * 5000}), "pattern 不能用"),
        (form(栏={"type": "string", "format": "email"}), "email"),
        (form(栏={"type": "string", "minLenght": 3}), "minLenght"),
        (form(栏={"type": "string", "x-secret": 1}), "x-secret"),
        (form(栏={"type": "text"}), "JSON Schema 2020-12"),
        (form(栏={"type": "string", "minLength": -1}), "JSON Schema 2020-12"),
        (form(栏={"type": "number", "multipleOf": 1e-300}), "multipleOf"),
        ({**form(栏=TEXT), "patternProperties": {".*": {}}}, "patternProperties"),
        ({**form(栏=TEXT), "additionalProperties": {"type": "string"}}, "additionalProperties"),
        (form(栏={"enum": list(range(5000))}), "可选项太多"),
        (form(栏={"enum": [{"a": 1}]}), "可选项只能"),
        (form(栏={"type": "string", "default": 5}), "默认值"),
        (form(栏={}), "type"),
        (form(栏={"type": "array"}), "每一行"),
        (form(栏={"type": "object"}), "没有栏目"),
        ({**form(栏=TEXT), "required": ["拦"]}, "拦"),
        (form(count=TEXT), "同名"),
        (form(sum=TEXT), "同名"),
        (form(栏={"type": "array", "items": form(date=TEXT)}), "同名"),
        (form(__proto__=TEXT), "同名"),
        (form(constructor=TEXT), "同名"),
        (form(true=TEXT), "同名"),
        ({"type": "object", "properties": {"ｌｅｖｅｌ": TEXT}}, "字段名"),
        (form(**{"a b": TEXT}), "字段名"),
        (form(**{"<script>": TEXT}), "字段名"),
        (form(**{"1a": TEXT}), "字段名"),
        (form(栏={"type": "string", "x-accept": ["photo"]}), "附件"),
        (form(栏={"type": "string", "format": "attachment", "x-accept": ["exe"]}), "x-accept"),
        (form(栏={"type": "string", "format": "attachment", "x-max-bytes": True}), "x-max-bytes"),
        (form(栏={"type": "string", "x-open": True}), "x-open"),
        ({"type": "array", "items": TEXT}, "最外层"),
        ([], "JSON 对象"),
        ("text", "JSON 对象"),
        (nested("allOf", 14), "太大"),
        (form(**{f"f{n}": TEXT for n in range(2000)}), "栏目太多"),
        (form(栏={"enum": ["x" * 1000 for _ in range(500)]}), "太大"),
        (
            {
                **form(类=TEXT),
                "additionalProperties": False,
                "if": {"required": ["类"]},
                "then": {"properties": {"甲": TEXT}},
            },
            "unevaluatedProperties",
        ),
    ],
)
def test_what_is_unfit_is_refused_at_once_with_words_and_place(
    schema: object, says: str, monkeypatch: pytest.MonkeyPatch
):
    def no_network(*args: object, **kwargs: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket, "create_connection", no_network)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    with counted(at_most=6_000_000):
        found = errors(schema)
    assert found and all(problem.file == "forms/x/schema.json" for problem in found)
    assert any(says in f"{problem.what}{problem.do}" for problem in found), [str(p.what) for p in found]
    assert all(str(problem.do).endswith("。") for problem in found)


def test_depth_beyond_reason_is_refused_before_anything_follows_it():
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(50_000):
        deep = {"type": "object", "properties": {"a": deep}}
    assert "太深" in str(errors(deep)[0].what)
    while "properties" in deep:  # so that it can be thrown away without a deep recursion
        deep = deep["properties"].pop("a")


def test_a_list_of_required_names_that_cannot_be_sorted_does_not_hang():
    schema = {**form(栏=TEXT), "required": [{"n": n} for n in range(6000)]}
    with counted(at_most=400_000):
        assert errors(schema)


def test_the_place_is_a_pointer_into_the_file():
    (problem,) = errors(
        form(表={"type": "array", "items": form(级别={"type": "string", "format": "colour"})})
    )
    assert problem.where == "/properties/表/items/properties/级别/format"


def test_a_field_with_a_technical_name_and_no_title_is_only_advised():
    (problem,) = check_schema(form(mine_name=TEXT))
    assert problem.level == "warning" and "标题" in str(problem.what)


def test_checking_a_schema_read_from_bytes_changes_nothing_in_it():
    schema = form(栏={"type": "string", "pattern": "^[a-z]+$", "examples": ["a"]})
    before = json.dumps(schema)
    check_schema(schema, {"栏": {"ui:help": "x"}})
    assert json.dumps(schema) == before
