"""Every rule of a form, broken: what the clerk is told, word for word. Nothing that was written is repeated."""

from __future__ import annotations

from typing import Any

import pytest

from forms.validation import validate

SECRET = "S3CRET-机密"
NO_DATE = ("“一栏”不是有效的日期。", "请照“2024-11-01”的样子填写，并确认当月有这一天。")
NUMBERS = {"type": "array", "items": {"type": "integer"}}


def problem_of(field: dict[str, Any], value: Any) -> tuple[str, str]:
    schema = {"type": "object", "properties": {"格": {"title": "一栏", **field}}}
    problems = validate(schema, {"格": value}).problems
    assert len(problems) == 1, problems
    assert problems[0].where == "/格"
    return str(problems[0].what), str(problems[0].do)


@pytest.mark.parametrize(
    ("field", "value", "what", "do"),
    [
        ({"type": "integer"}, "12吨", "“一栏”要填整数。", "请只填整数，不要带小数、单位和逗号。"),
        ({"type": "number"}, True, "“一栏”要填数字。", "请只填数字，不要带单位和逗号。"),
        ({"type": "string"}, 5, "“一栏”要填文字。", "请重新填写“一栏”。"),
        ({"type": "boolean"}, 1, "“一栏”要选“是”或“否”。", "请重新选择“一栏”。"),
        ({"type": "array", "items": {"type": "string"}}, "x", "“一栏”要逐行填写。", "请在“一栏”里逐行添加。"),
        ({"enum": ["一般", "重大"]}, SECRET, "“一栏”不在可选的范围内。", "请从这些里面选一项：一般、重大。"),
        ({"enum": [0, 1]}, True, "“一栏”不在可选的范围内。", "请从这些里面选一项：0、1。"),
        ({"const": True}, False, "“一栏”需要勾选确认。", "请确认后勾选“一栏”。"),
        ({"const": "同意"}, SECRET, "“一栏”只能是“同意”。", "请改为“同意”。"),
        ({"type": "number", "minimum": 0, "x-unit": "吨"}, -1, "“一栏”不能小于 0 吨。", "请填写 0 吨 或更大的数。"),
        ({"type": "number", "maximum": 9.5}, 10, "“一栏”不能大于 9.5。", "请填写 9.5 或更小的数。"),
        ({"type": "number", "exclusiveMinimum": 0}, 0, "“一栏”必须大于 0。", "请填写比 0 大的数。"),
        ({"type": "number", "exclusiveMaximum": 100.0}, 100, "“一栏”必须小于 100。", "请填写比 100 小的数。"),
        ({"type": "number", "multipleOf": 0.01}, 1.005, "“一栏”的小数位数太多。", "请最多保留 2 位小数。"),
        ({"type": "number", "multipleOf": 5}, 7, "“一栏”必须是 5 的整数倍。", "请改为 5 的整数倍。"),
        ({"type": "number", "multipleOf": 1}, 7.5, "“一栏”要填整数。", "请去掉小数部分。"),
        ({"type": "string", "minLength": 10}, "太短", "“一栏”太短，至少要 10 个字。", "现在有 2 个字，请写得具体一些。"),
        ({"type": "string", "maxLength": 3}, "一二三四五", "“一栏”太长，最多 3 个字。", "现在有 5 个字，请删去 2 个字。"),
        ({"type": "string", "pattern": "^[0-9]{6}$"}, SECRET, "“一栏”的格式不对。", "请检查有没有多余的空格、漏写或错写。"),
        (
            {"type": "string", "pattern": "^[0-9]{6}$", "examples": ["048100"]},
            SECRET,
            "“一栏”的格式不对。",
            "请照这个样子填写：048100",
        ),
        ({"type": "string", "format": "date"}, "2024-02-30", *NO_DATE),
        ({"type": "string", "format": "date"}, "20241101", *NO_DATE),
        ({"type": "string", "format": "date"}, "２０２４-11-01", *NO_DATE),
        ({"type": "string", "format": "month"}, "2024-13", "“一栏”不是有效的月份。", "请照“2024-11”的样子填写。"),
        ({"type": "string", "format": "date-time"}, "2024-11-01T09:00:00", "“一栏”不是有效的时间。", "请重新选择日期和时间。"),
        ({"type": "string", "format": "signature"}, "一\n二", "“一栏”不是有效的签名。", "请填写签名人的姓名，最多 50 个字。"),
        ({"type": "string", "format": "attachment"}, "../x", "“一栏”的附件没有找到。", "请删去后重新上传。"),
        ({"type": "string", "format": "unit"}, "我矿", "“一栏”选的对象没有找到。", "请从列表中重新选择。"),
        ({**NUMBERS, "minItems": 3}, [1], "“一栏”太少，至少要有 3 项。", "现在有 1 项，请再添加 2 项。"),
        ({**NUMBERS, "maxItems": 1}, [1, 2], "“一栏”太多，最多 1 项。", "现在有 2 项，请删去 1 项。"),
        (
            {"type": "array", "uniqueItems": True, "items": {"type": "integer"}},
            [1, 2, 1.0],
            "“一栏”第 1 行与第 3 行完全相同。",
            "请删去其中一行，或改正填错的一行。",
        ),
        (
            {"type": "array", "items": {"type": "string"}, "contains": {"const": "合格"}},
            [SECRET],
            "“一栏”里缺少必须有的内容。",
            "请对照填报说明检查这一项。",
        ),
        ({"type": "string", "not": {"const": SECRET}}, SECRET, "“一栏”的填法不符合表单的要求。", "请对照填报说明检查这一项。"),
    ],
)  # fmt: skip
def test_each_rule_says_what_is_wrong_and_what_to_do(field: dict[str, Any], value: Any, what: str, do: str):
    assert problem_of(field, value) == (what, do)
