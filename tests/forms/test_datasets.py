"""A form that asks about a check table: one row for each item, whatever was sent."""

from __future__ import annotations

from forms.datasets import DataSet, is_filled, thinned
from forms.schema import check_schema
from forms.validation import Context, form_of, validate

DATA = DataSet(
    "mine_check", "检查表", "2023-08", "编号", "分区", "检查内容", ("编号", "分区", "检查内容"),
    {
        "A-1": {"编号": "A-1", "分区": "通风", "检查内容": "风量足够"},
        "A-2": {"编号": "A-2", "分区": "通风", "检查内容": "风门完好"},
        "B-1": {"编号": "B-1", "分区": "机电", "检查内容": "接地良好"},
    },
)  # fmt: skip
ROW = {
    "type": "object",
    "required": ["编号", "结果"],
    "properties": {
        "编号": {"type": "string", "title": "编号", "readOnly": True},
        "检查内容": {"type": "string", "title": "检查内容", "readOnly": True},
        "结果": {"type": "string", "title": "结果", "enum": ["合格", "不合格", "不适用"]},
    },
    "if": {"properties": {"结果": {"const": "不合格"}}, "required": ["结果"]},
    "then": {"properties": {"问题": {"type": "string", "title": "问题"}}, "required": ["问题"]},
}


def schema(**more: object) -> dict[str, object]:
    table = {"type": "array", "title": "检查", "x-table": "mine_check", "items": ROW, **more}
    bad = {
        "type": "integer",
        "title": "不合格数",
        "readOnly": True,
        "x-computed": "count(检查, 结果 == '不合格')",
    }
    return {"type": "object", "properties": {"检查": table, "不合格数": bad}}


def told(answers: list[dict[str, object]], **more: object) -> tuple[dict[str, object], list[str]]:
    found = validate(schema(**more), {"检查": answers}, context=Context(tables={"mine_check": DATA}))
    return found.answers, [f"{one.where} {one.what}" for one in found.problems]


def test_what_the_table_says_is_put_into_each_row_and_never_taken_from_outside() -> None:
    answers, problems = told([
        {"编号": "B-1", "结果": "合格", "检查内容": "随便写的"},
        {"编号": "A-1", "结果": "合格"},
        {"编号": "A-2", "结果": "不合格", "问题": "关不严"},
    ])  # fmt: skip
    assert not problems
    assert [row["编号"] for row in answers["检查"]] == ["A-1", "A-2", "B-1"]
    assert answers["检查"][2] == {"编号": "B-1", "检查内容": "接地良好", "结果": "合格"}
    assert answers["不合格数"] == 1


def test_an_item_that_was_left_out_is_asked_for_in_its_place() -> None:
    _, problems = told([{"编号": "A-1", "结果": "合格"}, {"编号": "B-1", "结果": "不合格"}])
    assert [one.split()[0] for one in problems] == ["/检查/1/结果", "/检查/2/问题"]


def test_an_item_of_another_version_is_refused_by_number_not_taken_in_silence() -> None:
    _, problems = told([{"编号": key, "结果": "合格"} for key in ("A-1", "A-2", "B-1", "C-9")])
    assert len(problems) == 1 and "有1项不在检查表《检查表》里" in problems[0]


def test_a_sample_keeps_only_the_items_that_were_looked_at() -> None:
    answers, problems = told(
        [{"编号": "A-1"}, {"编号": "B-1", "结果": "合格"}, {"编号": "A-2", "结果": ""}], **{"x-partial": True}
    )
    assert not problems and [row["编号"] for row in answers["检查"]] == ["B-1"]


def test_a_table_that_has_not_arrived_asks_nothing_unless_it_must_be_filled() -> None:
    none = Context(tables={})
    assert validate(schema(), {}, context=none).problems == ()
    needed = {**schema(), "required": ["检查"]}
    assert [one.where for one in validate(needed, {}, context=none).problems] == ["/检查"]


def test_a_draft_keeps_only_what_somebody_answered() -> None:
    asked = form_of(schema()).listed
    rows = [{"编号": "A-1", "检查内容": "风量足够"}, {"编号": "A-2", "检查内容": "风门完好", "结果": "合格"}]
    assert thinned(asked, {"检查": rows}, {"mine_check": DATA}) == {"检查": [{"编号": "A-2", "结果": "合格"}]}
    assert not is_filled({"编号": "A-1", "照片": []}, DATA)


def test_a_table_is_asked_about_at_the_top_of_a_form() -> None:
    assert not [one for one in check_schema(schema(), None, "schema.json") if one.level == "error"]
    inner = {
        "type": "object",
        "properties": {"组": {"type": "object", "title": "组", "properties": schema()["properties"]}},
    }
    assert any("最外层" in str(one.what) for one in check_schema(inner, None, "schema.json"))
