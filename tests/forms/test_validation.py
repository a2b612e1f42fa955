"""Answers are judged by their form: every rule, in words that name the field, say what to do and repeat nothing."""

from __future__ import annotations

from typing import Any

import pytest

from forms.validation import Context, FileFacts, references, validate
from tenants.errors import TooLarge
from tests.effort import counted, must_end

SECRET = "S3CRET-机密"
FILE = "0193a3c0-0000-7000-8000-00000000000a"


def test_good_values_of_every_format_pass():
    good = {
        "date": "2024-02-29",
        "month": "2024-11",
        "date-time": "2024-11-01T09:00:00+08:00",
        "multiline": "一\n二",
        "signature": "某某",
        "attachment": FILE,
        "unit": FILE,
        "member": FILE,
    }
    schema = {
        "type": "object",
        "properties": {f"f{n}": {"type": "string", "format": f} for n, f in enumerate(good)},
    }
    assert not validate(schema, {f"f{n}": value for n, value in enumerate(good.values())}).problems


def test_money_with_two_decimals_passes_however_floats_round():
    schema = {"type": "object", "properties": {"金额": {"type": "number", "multipleOf": 0.01}}}
    for value in (0.07, 1.1, 4.35, 1129.6, 99999999.99, 0.3):
        assert not validate(schema, {"金额": value}).problems


ROWS: dict[str, Any] = {
    "type": "object",
    "required": ["hazards", "mine", "photo", "sure"],
    "properties": {
        "mine": {"type": "string", "title": "矿井名称"},
        "photo": {"type": "string", "format": "attachment", "title": "现场照片", "x-accept": ["photo"], "x-max-bytes": 1000000},
        "sure": {"type": "boolean", "title": "是否停产"},
        "who": {
            "type": "object",
            "title": "负责人",
            "required": ["name"],
            "properties": {"name": {"type": "string", "title": "姓名"}},
        },
        "hazards": {
            "type": "array",
            "title": "隐患清单",
            "items": {
                "type": "object",
                "required": ["级别"],
                "properties": {
                    "级别": {"enum": ["一般", "重大"]},
                    "date": {"title": "整改期限", "type": "string"},
                    "人": {"type": "string"},
                },
                "dependentRequired": {"date": ["人"]},
                "if": {"properties": {"级别": {"const": "重大"}}, "required": ["级别"]},
                "then": {"required": ["plan"], "properties": {"plan": {"type": "string", "title": "整改方案"}}},
            },
        },
    },
}  # fmt: skip


def said(answers: dict[str, Any], context: Context | None = None) -> dict[str, tuple[str, str]]:
    return {p.where: (str(p.what), str(p.do)) for p in validate(ROWS, answers, context=context).problems}


def test_what_is_missing_is_asked_for_as_the_field_wants_it():
    assert said({"who": {}}) == {
        "/mine": ("“矿井名称”还没有填写。", "请填写“矿井名称”。"),
        "/photo": ("“现场照片”还没有上传。", "请上传“现场照片”。"),
        "/sure": ("“是否停产”还没有选择。", "请选择“是否停产”。"),
        "/hazards": ("“隐患清单”还没有填写。", "请在“隐患清单”里至少填写一行。"),
        "/who/name": ("“负责人 的 姓名”还没有填写。", "请填写“姓名”。"),
    }


def test_a_field_in_a_table_is_named_by_table_row_and_title():
    found = said(
        {
            "mine": "x",
            "photo": FILE,
            "sure": True,
            "hazards": [{"级别": "一般"}, {"级别": "中"}, {"级别": "重大"}],
        }
    )
    assert found == {
        "/hazards/1/级别": ("“隐患清单 第2行 的 级别”不在可选的范围内。", "请从这些里面选一项：一般、重大。"),
        "/hazards/2/plan": (
            "“隐患清单 第3行 的 整改方案”还没有填写。",
            "请填写；如果不需要这一行，请删去整行。",
        ),
    }


def test_a_field_that_another_calls_for_names_both():
    what, _ = said({"hazards": [{"级别": "一般", "date": "x"}]})["/hazards/0/人"]
    assert what == "填了“隐患清单 第1行 的 整改期限”，还要填“隐患清单 第1行 的 人”。"


def test_at_least_one_of_several_fields_is_asked_for_by_name():
    schema = {
        "type": "object",
        "properties": {
            "tel": {"type": "string", "title": "电话"},
            "mail": {"type": "string", "title": "邮箱"},
        },
        "anyOf": [{"required": ["tel"]}, {"required": ["mail"]}],
    }
    (problem,) = validate(schema, {}).problems
    assert str(problem.what) == "“电话”“邮箱”至少要填一项。" and problem.where == "/tel"
    assert not validate(schema, {"mail": "x"}).problems


def test_the_branch_that_was_meant_is_the_one_explained():
    def branch(name: str, field: str, title: str) -> dict[str, Any]:
        named = {"类": {"const": name}, field: {"type": "number", "title": title}}
        return {"title": name, "properties": named, "required": ["类", field]}

    options = [branch("罚款", "数", "金额"), branch("停产", "天", "天数")]
    schema = {"type": "object", "properties": {"处理": {"type": "object", "title": "处理", "oneOf": options}}}
    (problem,) = validate(schema, {"处理": {"类": "停产"}}).problems
    assert str(problem.what) == "“处理 的 天数”还没有填写。"
    (problem,) = validate(schema, {"处理": {"类": SECRET}}).problems
    assert str(problem.do) == "请只按其中一种填写：罚款、停产。" and SECRET not in str(problem)


def test_an_attachment_must_be_at_hand_of_the_right_kind_and_size():
    answers = {"mine": "x", "photo": FILE, "sure": True, "hazards": []}
    assert not said(answers, Context(files={FILE: FileFacts("photo", 1000)}))
    assert "没有找到" in said(answers, Context(files={}))["/photo"][0]
    assert "类型不对" in said(answers, Context(files={FILE: FileFacts("document", 1000)}))["/photo"][0]
    assert (
        said(answers, Context(files={FILE: FileFacts("photo", 2**21)}))["/photo"][1]
        == "请压缩到 1 MB 以内再上传。"
    )
    assert references(ROWS, answers, "attachment") == {FILE}


def test_a_unit_must_be_one_of_the_tenant():
    schema = {
        "type": "object",
        "properties": {"矿": {"type": "array", "title": "矿", "items": {"type": "string", "format": "unit"}}},
    }
    (problem,) = validate(schema, {"矿": [FILE]}, context=Context(known={"unit": frozenset()})).problems
    assert problem.where == "/矿/0" and "没有找到" in str(problem.what)
    assert not validate(schema, {"矿": [FILE]}, context=Context(known={"unit": frozenset({FILE})})).problems


def test_given_answers_take_the_place_of_what_was_sent():
    assert (
        validate(ROWS, {"mine": "冒名"}, context=Context(fixed={"mine": "松岭煤矿"})).answers["mine"]
        == "松岭煤矿"
    )


def test_words_come_in_the_readers_language():
    english = {"“{field}”要填整数。": '"{field}" must be a whole number.'}
    schema = {"type": "object", "properties": {"n": {"type": "integer", "title": "Mines"}}}
    (problem,) = validate(schema, {"n": "x"}).problems
    assert problem.what.render(lambda text: english.get(text, text)) == '"Mines" must be a whole number.'


def test_five_hundred_rows_are_judged_quickly_and_twice_as_many_take_about_twice_as_long():
    row = {"级别": "重大", "plan": "立即停止作业并整改", "date": "2024-11-01", "人": "某某"}

    def cost(rows: int) -> int:
        answers = {
            "mine": "x",
            "photo": FILE,
            "sure": True,
            "hazards": [{**row, "plan": f"方案{n}"} for n in range(rows)],
        }
        with counted() as effort:
            assert not validate(ROWS, answers).problems
        return effort.steps

    cost(10)
    assert cost(500) < 500 * 8_000
    assert cost(1000) < 5 * cost(250)


def test_ten_thousand_mistakes_are_named_as_a_hundred_and_the_rest_counted_as_more():
    problems = validate(ROWS, {"hazards": [{"级别": SECRET, "x": n} for n in range(5000)]}).problems
    assert len(problems) == 101 and "更多" in str(problems[-1].what)


def test_six_thousand_distinct_objects_are_compared_at_once():
    row = {"type": "object", "properties": {"n": {"type": "integer"}}}
    schema = {"type": "object", "properties": {"行": {"type": "array", "uniqueItems": True, "items": row}}}
    with counted(at_most=6000 * 2_000):
        assert not validate(schema, {"行": [{"n": n} for n in range(6000)]}).problems


@pytest.mark.slow
def test_answers_that_would_take_too_long_to_judge_are_refused():
    many = [{"minimum": n} for n in range(-50, 0)]
    schema = {
        "type": "object",
        "properties": {
            "数": {
                "type": "array",
                "items": {"type": "integer", "allOf": [{"allOf": many} for _ in range(20)]},
            }
        },
    }
    with must_end(), pytest.raises(TooLarge):
        validate(schema, {"数": [1] * 19_000})


def test_a_pattern_with_nested_repetition_takes_linear_time():
    schema = {"type": "object", "properties": {"号": {"type": "string", "pattern": "^(a+)+$"}}}
    with must_end():
        assert validate(schema, {"号": "a" * 100_000 + "!"}).problems
