"""Filling a form's table from a sheet: rows, or everything that is wrong, by row and column."""

from __future__ import annotations

from typing import Any

from forms.columns import Table, table_at
from forms.tabular import Filled, blank, headings, read_rows, written
from tenants.sheets import read_sheet, write_csv, write_xlsx

ROW = {
    "type": "object",
    "required": ["部位", "级别", "发现日期"],
    "properties": {
        "部位": {"type": "string", "minLength": 1, "maxLength": 20},
        "级别": {"title": "隐患级别", "type": "string", "enum": ["一般", "重大"]},
        "发现日期": {"type": "string", "format": "date"},
        "资金": {"title": "整改资金", "type": "number", "minimum": 0, "x-unit": "万元"},
        "进度": {"type": "number", "x-unit": "%", "maximum": 100},
        "照片": {"type": "array", "minItems": 1, "items": {"type": "string", "format": "attachment"}},
        "来源": {"type": "string", "x-computed": "出处", "readOnly": True},
    },
    "if": {"properties": {"级别": {"const": "重大"}}, "required": ["级别"]},
    "then": {"properties": {"依据": {"title": "判定依据", "type": "string"}}, "required": ["依据"]},
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"隐患": {"title": "问题隐患", "type": "array", "maxItems": 500, "items": ROW}},
}
HEADS = ["部位", "隐患级别", "发现日期", "整改资金（万元）", "判定依据"]


def table() -> Table:
    found = table_at(SCHEMA, "/隐患")
    assert found is not None
    return found


def fill(heads: list[str], *rows: list[Any], above: list[list[Any]] | None = None) -> Filled:
    if above:
        lines = [*above, heads, *rows]
        sheet = read_sheet(
            write_xlsx([str(one) for one in lines[0]], lines[1:]), "表.xlsx", known=headings(table())
        )
    else:
        sheet = read_sheet(write_xlsx(heads, rows), "表.xlsx", known=headings(table()))
    return read_rows(table(), sheet)


def said(filled: Filled) -> list[str]:
    return [str(problem.what) for problem in filled.problems]


def test_rows_are_found_by_their_headings_in_any_order() -> None:
    found = fill(
        ["判定依据", "发现日期", "级别", "部位", "整改资金"],
        [None, "2024年11月5日", "一般", "3201 工作面", "1,200"],
    )
    assert found.rows == ({"部位": "3201 工作面", "级别": "一般", "发现日期": "2024-11-05", "资金": 1200},)
    assert found.problems == ()


def test_a_title_above_the_headings_is_passed_over() -> None:
    found = fill(
        HEADS, ["井下", "一般", "2024-11-05", 3, None], above=[["北岭煤矿问题隐患清单"], ["填表人：安全科"]]
    )
    assert len(found.rows) == 1


def test_unknown_columns_are_named_and_those_not_to_be_filled_are_passed_over() -> None:
    found = fill([*HEADS, "备注", "来源", "照片"], ["井下", "一般", "2024-11-05", None, None, "x", "y", "z"])
    assert found.unknown == ("备注",) and found.skipped == ("来源", "照片")
    assert found.rows == ({"部位": "井下", "级别": "一般", "发现日期": "2024-11-05"},)


def test_everything_wrong_is_said_at_once_by_row_and_column_and_nothing_is_filled() -> None:
    found = fill(
        HEADS,
        ["井下", "很大", "2024-13-01", "三万", None],
        ["井上", "一般", "2024-11-05", 3, None],
        [None, "重大", "2024-11-06", -1, None],
    )
    assert found.rows == ()
    assert said(found) == [
        "第 2 行 B 列：“隐患级别”不在可选的范围内。",
        "第 2 行 C 列：“发现日期”不是有效的日期。",
        "第 2 行 D 列：“整改资金”要填数字。",
        "第 4 行 A 列：“部位”还没有填写。",
        "第 4 行 D 列：“整改资金”不能小于 0 万元。",
        "第 4 行 E 列：“判定依据”还没有填写。",
    ]
    assert [(one.line, one.where) for one in found.problems][:2] == [(2, "B2"), (2, "C2")]


def test_a_missing_column_is_said_once_and_not_for_every_row() -> None:
    found = fill(["部位", "隐患级别"], ["井下", "一般"], ["井上", "一般"])
    assert said(found) == ["缺少必填的一列：“发现日期”。"]


def test_a_condition_that_only_a_row_knows_is_said_without_its_column() -> None:
    found = fill(["部位", "隐患级别", "发现日期"], ["井下", "重大", "2024-11-05"])
    assert said(found) == ["第 2 行：“判定依据”还没有填写。"]


def test_files_that_a_sheet_cannot_hold_do_not_stop_it() -> None:
    schema = {
        **SCHEMA,
        "properties": {"隐患": {"type": "array", "items": {**ROW, "required": ["部位", "照片"]}}},
    }
    found = table_at(schema, "/隐患")
    assert found is not None
    sheet = read_sheet(write_xlsx(["部位"], [["井下"]]), "表.xlsx", known=headings(found))
    assert read_rows(found, sheet).rows == ({"部位": "井下"},)


def test_another_table_is_not_taken_for_this_one() -> None:
    found = fill(["姓名", "年龄"], ["甲", 40])
    assert said(found) == ["没有找到这张表的列标题。"] and "部位" in str(found.problems[0].do)


def test_a_sheet_without_rows_says_so() -> None:
    assert said(fill(HEADS)) == ["表里没有填写任何一行。"]


def test_more_rows_than_the_table_takes_are_refused() -> None:
    rows = [["井下", "一般", "2024-11-05", None, None]] * 501
    assert said(fill(HEADS, *rows)) == ["超过了500行。"]


def test_a_hopeless_sheet_is_not_read_to_its_end() -> None:
    found = fill(HEADS, *[["井下", "很大", "昨天", "x", None]] * 400)
    assert len(found.problems) == 101 and "更多" in said(found)[-1]


def test_the_template_is_understood_when_it_comes_back_filled() -> None:
    columns, notes = blank(table())
    assert [one.heading for one in columns] == [
        "部位*", "隐患级别*", "发现日期*", "整改资金（万元）", "进度（%）", "判定依据",
    ]  # fmt: skip
    file = write_xlsx(columns, [["井下", "重大", "2024-11-05", "1.5", "85%", "第八条"]], notes=notes)
    found = read_rows(table(), read_sheet(file, "模板.xlsx", known=headings(table())))
    assert found.rows == (
        {"部位": "井下", "级别": "重大", "发现日期": "2024-11-05", "资金": 1.5, "进度": 85, "依据": "第八条"},
    )


def test_the_template_offers_choices_and_explains_every_column() -> None:
    columns, notes = blank(table())
    level = next(one for one in columns if one.heading == "隐患级别*")
    assert level.choices == ("一般", "重大") and level.strict
    assert [line[0] for line in notes[1:]] == [
        "部位", "隐患级别", "发现日期", "整改资金（万元）", "进度（%）", "判定依据", "照片",
    ]  # fmt: skip
    assert [line[1] for line in notes[1:4]] == ["必填", "必填", "必填"] and notes[6][1] == "视情况必填"


def test_what_is_exported_can_be_filled_in_again() -> None:
    rows = [
        {"部位": "=1+1", "级别": "一般", "发现日期": "2024-11-05", "资金": 0.1, "来源": "自查", "照片": ["x"]}
    ]
    columns, lines = written(table(), rows)
    assert [one.heading for one in columns] == [
        "部位", "隐患级别", "发现日期", "整改资金（万元）", "进度（%）", "来源", "判定依据",
    ]  # fmt: skip
    for file in (write_xlsx(columns, lines), write_csv(columns, lines)):
        found = read_rows(table(), read_sheet(file, "导出", known=headings(table())))
        assert found.rows == ({"部位": "=1+1", "级别": "一般", "发现日期": "2024-11-05", "资金": 0.1},)


def test_no_cell_of_an_export_is_a_formula() -> None:
    columns, lines = written(table(), [{"部位": "=cmd|' /C calc'!A0", "级别": "一般"}])
    assert b"\"'=cmd" in write_csv(columns, lines)
