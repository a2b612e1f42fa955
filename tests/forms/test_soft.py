"""Soft limits: what people are asked to look at again, and what is taken all the same."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from forms.browser import dressed
from forms.schema import check_schema
from forms.soft import warnings
from forms.validation import validate

FACES = {
    "type": "integer",
    "title": "工作面数",
    "maximum": 3,
    "x-warn": "工作面 > 1",
    "x-warn-text": "原则上一个。",
}


def form(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def table(row: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "title": "采区", "items": {"type": "object", "properties": row, **more}}


def told(schema: dict[str, Any], answers: dict[str, Any], day: date | None = None) -> list[tuple[str, str]]:
    return [(str(one.label or ""), one.text) for one in warnings(schema, answers, day)]


def refused(schema: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one.where, str(one.what)) for one in check_schema(schema) if one.level == "error"]


def test_a_soft_limit_warns_and_takes_the_answer_a_hard_one_does_not() -> None:
    schema = form(工作面=FACES)
    assert not validate(schema, {"工作面": 2}).problems
    assert told(schema, {"工作面": 2}) == [("工作面数", "原则上一个。")]
    assert told(schema, {"工作面": 1}) == told(schema, {}) == []
    assert validate(schema, {"工作面": 4}).problems


def test_in_a_table_the_row_is_named() -> None:
    schema = form(采区=table({"工作面": FACES}))
    answers = {"采区": [{"工作面": 1}, {"工作面": 2}]}
    assert told(schema, answers) == [("采区 第2行 的 工作面数", "原则上一个。")]


def test_a_row_a_table_and_the_whole_form_can_warn() -> None:
    row = table({"甲": {"type": "integer"}, "乙": {"type": "integer"}}, **warn("甲 + 乙 > 3", "这一行太多。"))
    schema = {
        **form(采区={**row, **warn("len(采区) > 1", "行太多。")}),
        **warn("sum(采区, 甲) > 4", "合计太多。"),
    }
    assert refused(schema) == []
    found = told(schema, {"采区": [{"甲": 1, "乙": 1}, {"甲": 4, "乙": 0}]})
    assert found == [("", "合计太多。"), ("采区", "行太多。"), ("采区 第2行", "这一行太多。")]


def test_they_are_told_in_the_order_of_the_form() -> None:
    number = {"type": "integer"}
    schema = form(
        乙={**number, **warn("乙 > 1", "一。")},
        甲={**number, **warn("甲 > 1", "二。")},
        **{"1": {**number, **warn("甲 > 2", "三。")}},
    )
    assert [text for _, text in told(schema, {"甲": 3, "乙": 3})] == ["一。", "二。", "三。"]


def test_a_limit_in_a_branch_counts_only_where_the_branch_does() -> None:
    small = {"properties": {"规模": {"const": "小型"}}, "required": ["规模"]}
    more = {"properties": {"工作面": warn("工作面 > 1", "小型原则上一个。")}}
    schema = {
        **form(规模={"type": "string"}, 工作面={"type": "integer"}), "if": small, "then": more,
    }  # fmt: skip
    assert told(schema, {"规模": "小型", "工作面": 2}) == [("工作面", "小型原则上一个。")]
    assert told(schema, {"规模": "大型", "工作面": 2}) == []


def test_the_day_is_the_day_on_which_it_was_handed_in() -> None:
    schema = form(完成={"type": "string", "format": "date", **warn("完成 < today", "日期已过。")})
    assert told(schema, {"完成": "2024-11-03"}, date(2024, 11, 4)) == [("完成", "日期已过。")]
    assert told(schema, {"完成": "2024-11-03"}, date(2024, 11, 3)) == []


def test_what_is_kept_from_a_reader_is_not_told_by_a_warning() -> None:
    schema = form(人数={"type": "integer", "x-sensitive": True, **warn("人数 == None or 人数 > 9", "太多。")})
    assert told(schema, {"人数": 12}) == [("人数", "太多。")]
    assert told(schema, {}) == []  # as one reads it who may not see the number


def test_what_cannot_be_worked_out_warns_of_nothing() -> None:
    assert told(form(甲={"type": "integer", **warn("1 / 甲 > 1", "大。")}), {"甲": 0}) == []


@pytest.mark.parametrize(
    "bad, said",
    [
        ({"x-warn": "甲 > 1"}, "x-warn-text 没有写。"),
        ({"x-warn-text": "多。"}, "x-warn 没有写。"),
        ({"x-warn": "甲 >", "x-warn-text": "多。"}, "提醒的条件有错"),
        ({"x-warn": "乙 > 1", "x-warn-text": "多。"}, "没有的“乙”"),
        ({"x-warn": "unit.output > 1", "x-warn-text": "多。"}, "没有的“unit”"),
        ({"x-warn": "甲 > 1", "x-warn-text": " "}, "x-warn-text 是空的。"),
        ({"x-warn": 1, "x-warn-text": "多。"}, "“x-warn”的写法不对。"),
        ({"x-warn": "today > today + workdays(甲)", "x-warn-text": "多。"}, "不能数工作日"),
    ],
)
def test_a_mistake_is_refused_with_its_place(bad: dict[str, Any], said: str) -> None:
    problems = refused(form(甲={"type": "integer", **bad}))
    assert len(problems) == 1
    assert said in problems[0][1]
    assert problems[0][0].startswith("/properties/甲")


def test_a_warning_may_not_give_away_what_is_protected() -> None:
    secret = {"type": "integer", "x-only": "hotline"}
    assert "透露" in refused(form(甲=secret, 乙={"type": "integer", **warn("甲 > 1", "多。")}))[0][1]
    assert refused(form(甲={**secret, **warn("甲 > 1", "多。")})) == []


def test_the_rows_of_a_check_table_have_no_soft_limits() -> None:
    rows = {**table({"结果": {"type": "string", **warn("结果 == 'x'", "再看。")}}), "x-table": "checks"}
    assert "检查表的行里" in refused(form(检查=rows))[0][1]


def test_the_browser_gets_the_condition_as_a_tree() -> None:
    part = dressed(form(工作面=FACES))["properties"]["工作面"]
    assert part["x-warn-tree"][0] == "compare"


def warn(rule: str, text: str) -> dict[str, str]:
    return {"x-warn": rule, "x-warn-text": text}
