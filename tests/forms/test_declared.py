"""Only what the form asks for is taken: an answer that a later gateway reads cannot be slipped in."""

from __future__ import annotations

from typing import Any

import pytest

from forms.validation import validate

TEXT = {"type": "string"}


def form(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def taken(schema: dict[str, Any], answers: dict[str, Any]) -> dict[str, Any]:
    return validate(schema, answers).answers


def test_an_extra_answer_is_not_taken_at_any_level():
    rows = {"type": "array", "items": form(级别=TEXT)}
    schema = form(矿井=TEXT, 隐患=rows, 基本情况=form(地址=TEXT))
    sent = {
        "矿井": "松岭",
        "approved": True,
        "隐患": [{"级别": "重大", "approved": True}],
        "基本情况": {"地址": "东乡", "approved": {"deep": True}},
    }
    assert taken(schema, sent) == {"矿井": "松岭", "隐患": [{"级别": "重大"}], "基本情况": {"地址": "东乡"}}


def test_a_closed_form_says_that_something_unknown_was_sent_without_repeating_it():
    schema = {**form(矿井=TEXT), "unevaluatedProperties": False}
    checked = validate(schema, {"矿井": "松岭", "<script>": 1})
    assert checked.answers == {"矿井": "松岭"}
    (problem,) = checked.problems
    assert "script" not in f"{problem.what}{problem.do}{problem.where}" and "刷新" in str(problem.do)


def test_a_row_of_the_wrong_shape_brings_nothing_in():
    schema = form(说明=TEXT, 隐患={"type": "array", "items": TEXT})
    checked = validate(schema, {"说明": {"approved": True}, "隐患": [{"approved": True}]})
    assert "approved" not in str(checked.answers)
    assert {problem.where for problem in checked.problems} == {"/说明", "/隐患/0"}


CONDITIONAL: dict[str, Any] = {
    **form(级别={"type": "string", "enum": ["一般", "重大"]}),
    "if": {"properties": {"级别": {"const": "重大"}}, "required": ["级别"]},
    "then": {"properties": {"方案": TEXT}, "required": ["方案"]},
    "else": {"properties": {"备注": TEXT}},
}


@pytest.mark.parametrize(("level", "kept"), [("重大", {"方案"}), ("一般", {"备注"})])
def test_only_the_branch_that_applies_is_taken(level: str, kept: set[str]):
    assert set(taken(CONDITIONAL, {"级别": level, "方案": "甲", "备注": "乙", "别的": "丙"})) == {
        "级别",
        *kept,
    }


def test_what_a_changed_choice_left_behind_is_dropped_without_a_complaint():
    checked = validate({**CONDITIONAL, "unevaluatedProperties": False}, {"级别": "一般", "方案": "原来写的"})
    assert checked.answers == {"级别": "一般"} and not checked.problems


def test_a_condition_cannot_rest_on_an_answer_that_nobody_asked_for():
    schema = {
        **form(数量={"type": "integer"}),
        "if": {"properties": {"approved": {"const": True}}, "required": ["approved"]},
        "then": {"properties": {"金额": {"type": "number"}}},
    }
    assert taken(schema, {"approved": True, "金额": 5, "数量": 1}) == {"数量": 1}


def test_a_field_that_removes_its_own_condition_is_not_left_unchecked():
    schema = {
        **form(甲=TEXT),
        "if": {"not": {"required": ["乙"]}},
        "then": {"properties": {"乙": {"type": "integer"}}},
    }
    assert taken(schema, {"甲": "a", "乙": "not a number"}) == {"甲": "a"}


def test_a_chain_of_conditions_is_followed_to_its_end_and_falls_as_a_whole():
    def when(name: str, then: str) -> dict[str, Any]:
        return {
            "if": {"properties": {name: {"const": "有"}}, "required": [name]},
            "then": {"properties": {then: TEXT}},
        }

    schema = {**form(甲=TEXT), "allOf": [when("甲", "乙"), when("乙", "丙"), when("丙", "丁")]}
    everything = {"甲": "有", "乙": "有", "丙": "有", "丁": "写"}
    assert taken(schema, everything) == everything
    assert taken(schema, {**everything, "甲": "无"}) == {"甲": "无"}


def test_the_branch_of_one_of_that_fits_is_taken():
    schema = {
        "type": "object",
        "oneOf": [
            {"properties": {"类": {"const": "甲"}, "电话": TEXT}, "required": ["类"]},
            {"properties": {"类": {"const": "乙"}, "地址": TEXT}, "required": ["类"]},
        ],
    }
    assert taken(schema, {"类": "乙", "电话": "1", "地址": "东"}) == {"类": "乙", "地址": "东"}


def test_fields_reached_through_a_definition_are_taken():
    schema = {**form(人={"$ref": "#/$defs/人"}), "$defs": {"人": form(姓名=TEXT)}}
    assert taken(schema, {"人": {"姓名": "甲", "工资": 1}}) == {"人": {"姓名": "甲"}}


@pytest.mark.parametrize("empty", ["", "  \n", None])
def test_an_emptied_box_counts_as_not_filled(empty: object):
    checked = validate({**form(矿井=TEXT, 备注=TEXT), "required": ["矿井"]}, {"矿井": empty, "备注": empty})
    assert checked.answers == {} and [problem.where for problem in checked.problems] == ["/矿井"]
