"""Which fields of a form are tables, and what their columns hold."""

from __future__ import annotations

from typing import Any

from forms.columns import Table, table_at, tables

PERSON = {
    "type": "object",
    "required": ["工号", "类别"],
    "properties": {
        "工号": {"title": "人员（工号）", "type": "string", "maxLength": 40},
        "类别": {
            "type": "string",
            "enum": ["本单位", "外包"],
            "x-labels": {"本单位": "own", "外包": "contractor"},
        },
        "成绩": {"title": "考试成绩", "type": "number", "x-unit": "分", "minimum": 0, "maximum": 100},
        "及格": {"type": "boolean", "x-computed": "成绩 >= 60", "readOnly": True},
        "工种": {"type": "string", "x-open": True, "examples": ["瓦斯检查", "爆破"]},
        "证书": {"type": "array", "items": {"type": "string", "enum": ["甲", "乙"]}},
        "照片": {"type": "string", "format": "attachment"},
    },
    "if": {"properties": {"成绩": {"exclusiveMaximum": 60}}, "required": ["成绩"]},
    "then": {
        "properties": {"补训": {"title": "补训安排", "type": "string", "format": "date"}},
        "required": ["补训"],
    },
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "日期": {"type": "string", "format": "date"},
        "人员": {"title": "参训人员", "type": "array", "maxItems": 500, "items": PERSON},
        "组": {
            "type": "object",
            "properties": {"成员": {"type": "array", "items": {"$defs": {}, "$ref": "#/$defs/成员"}}},
        },
        "范围": {"type": "array", "items": {"type": "string"}},
    },
    "$defs": {"成员": {"type": "object", "required": ["名"], "properties": {"名": {"type": "string"}}}},
}


def people() -> Table:
    found = table_at(SCHEMA, "/人员")
    assert found is not None
    return found


def test_every_list_of_rows_is_a_table_wherever_it_stands_in_the_form() -> None:
    assert [(one.at, one.title, one.most) for one in tables(SCHEMA)] == [
        ("/人员", "参训人员", 500),
        ("/组/成员", "成员", None),
    ]


def test_what_the_form_does_not_have_is_no_table() -> None:
    assert table_at(SCHEMA, "/范围") is None
    assert table_at(SCHEMA, "/日期") is None
    assert table_at(SCHEMA, "") is None


def test_a_column_says_what_a_cell_may_hold() -> None:
    assert {one.key: one.kind for one in people().columns} == {
        "工号": "text", "类别": "choice", "成绩": "number", "及格": "boolean", "工种": "text", "证书": "list",
        "照片": "", "补训": "date",
    }  # fmt: skip


def test_a_heading_is_the_title_with_its_unit() -> None:
    column = people().column("成绩")
    assert column is not None and column.heading == "考试成绩（分）"
    assert {"考试成绩", "考试成绩(分)", "成绩"} <= column.names


def test_what_is_always_required_is_told_from_what_depends() -> None:
    assert [one.key for one in people().columns if one.required] == ["工号", "类别"]
    assert [one.key for one in people().columns if one.depends] == ["补训"]


def test_what_the_system_works_out_and_files_are_not_filled_in_a_sheet() -> None:
    assert [one.key for one in people().columns if not one.filled] == ["及格", "照片"]


def test_choices_carry_the_words_of_the_readers_language() -> None:
    found = people().column("类别")
    assert found is not None and found.choices == (("本单位", "own"), ("外包", "contractor"))


def test_a_translated_form_knows_the_headings_of_its_author_too() -> None:
    spoken = {
        "type": "object",
        "properties": {
            "人员": {"type": "array", "items": {"type": "object", "properties": {"工号": {"title": "Staff no.", "type": "string"}}}}
        },
    }  # fmt: skip
    found = table_at(spoken, "/人员", SCHEMA)
    assert found is not None
    assert {"staffno.", "人员(工号)", "工号"} <= found.columns[0].names


def test_rows_of_a_reference_are_followed() -> None:
    found = table_at(SCHEMA, "/组/成员")
    assert found is not None
    assert [(one.key, one.required) for one in found.columns] == [("名", True)]
    assert found.of({"组": {"成员": [{"名": "甲"}, "not a row"]}}) == [{"名": "甲"}]
    assert found.of({}) == []
