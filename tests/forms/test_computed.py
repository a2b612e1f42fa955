"""Computed fields: computed anew, in the right order, whatever the browser says they are."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from forms.schema import check_schema
from forms.validation import Context, validate


def computed(text: str, kind: str = "number", **more: Any) -> dict[str, Any]:
    return {"type": kind, "x-computed": text, "readOnly": True, **more}


NUMBER = {"type": "number"}


def form(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


TABLE = form(
    合计=computed("sum(设备, 小计)", title="合计"),
    设备={
        "type": "array",
        "title": "设备",
        "items": form(小计=computed("单价 * 数量"), 单价=NUMBER, 数量=NUMBER),
    },
    平均=computed("合计 / len(设备)", title="平均"),
)


def test_rows_then_sums_then_what_rests_on_sums_whatever_their_order():
    answers = validate(TABLE, {"设备": [{"单价": 1.5, "数量": 2}, {"单价": 0.1, "数量": 3}]}).answers
    assert answers["合计"] == 3.3 and [row["小计"] for row in answers["设备"]] == [3, 0.3]
    assert answers["平均"] == 1.65


def test_what_the_browser_computed_is_not_believed():
    answers = validate(TABLE, {"合计": 10**9, "设备": [{"单价": 1, "数量": 1, "小计": 10**9}]}).answers
    assert answers["合计"] == 1 and answers["设备"][0]["小计"] == 1


def test_what_cannot_be_computed_yet_stays_empty():
    checked = validate(TABLE, {"设备": [{"单价": 1}]})
    assert "小计" not in checked.answers["设备"][0] and not checked.problems


def test_a_division_by_zero_is_reported_beside_the_computed_field():
    (problem,) = validate(TABLE, {"设备": []}).problems
    assert problem.where == "/平均" and "平均" in str(problem.what)


def test_a_required_computed_field_asks_for_what_it_rests_on():
    schema = {**form(甲=NUMBER, 乙=computed("甲 * 2")), "required": ["乙"]}
    (problem,) = validate(schema, {}).problems
    assert "系统计算" in str(problem.what)


def test_a_computed_value_can_call_for_another_answer():
    schema = {
        **form(甲=NUMBER, 总=computed("甲 * 2")),
        "if": {"properties": {"总": {"exclusiveMinimum": 10}}, "required": ["总"]},
        "then": {"properties": {"说明": {"type": "string"}}, "required": ["说明"]},
    }
    assert [problem.where for problem in validate(schema, {"甲": 6}).problems] == ["/说明"]
    assert validate(schema, {"甲": 6, "说明": "多"}).answers == {"甲": 6, "总": 12, "说明": "多"}
    assert validate(schema, {"甲": 5, "说明": "多", "总": 99}).answers == {"甲": 5, "总": 10}


def test_it_reads_what_surrounds_the_form_and_working_days():
    schema = form(
        期限=computed("发现 + workdays(3)", "string", format="date"),
        发现={"type": "string", "format": "date"},
    )
    context = Context(functions={"add_workdays": lambda start, days: date(2024, 11, 6)})
    assert validate(schema, {"发现": "2024-11-01"}, context=context).answers["期限"] == "2024-11-06"
    named = form(单位=computed("unit.name", "string"))
    assert validate(named, {}, context=Context(names={"unit": {"name": "松岭"}})).answers == {"单位": "松岭"}


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        ({"甲": computed("乙 + 1"), "乙": computed("甲 + 1")}, "互相等待"),
        ({"甲": computed("甲 + 1")}, "互相等待"),
        ({"甲": computed("丙 + 1")}, "没有的“丙”"),
        ({"甲": computed("1 +")}, "计算式有错"),
        ({"甲": computed("().__class__")}, "计算式有错"),
        ({"甲": computed("9**9**9")}, "计算式有错"),
    ],
)
def test_what_can_never_be_computed_is_refused_when_the_form_is_saved(properties: dict[str, Any], says: str):
    (problem,) = [problem for problem in check_schema(form(**properties)) if problem.level == "error"]
    assert says in str(problem.what) and problem.where == "/properties/甲/x-computed"


def test_a_column_may_be_called_like_the_sum_over_it():
    rows = {"type": "array", "items": form(金额=NUMBER)}
    schema = form(金额=computed("sum(清单, 金额)"), 清单=rows)
    assert not check_schema(schema)
    assert validate(schema, {"清单": [{"金额": 2}, {"金额": 3}]}).answers["金额"] == 5
