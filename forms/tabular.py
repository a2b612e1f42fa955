"""A table of a form and a sheet: the rows that a sheet stands for, with all that is wrong with it at once; and back. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forms.cells import NO, YES, BadCell, Surroundings, few, read_cell, show_cell
from forms.columns import Column, Table, plain_heading
from forms.validation import Context, validate
from tenants import sheets
from tenants.errors import Problem
from tenants.sheets import Row, Sheet, Value
from tenants.text import Message, say

MAX_ROWS = 2_000
MAX_PROBLEMS = 100
# What a template's column is in a spreadsheet program. Percentages are texts: it would make 0.85 of a typed 85%.
_KINDS = {"number": "number", "integer": "number", "date": "date", "moment": "moment"}
_Wrong = tuple[str, Message, Message]


@dataclass(frozen=True)
class Filled:
    """What a sheet says. rows: answers of the table, in order; none of them when there are problems.

    unknown: headings that no field has. skipped: titles of columns that the system works out, or the form asks for itself.
    problems: `line` is the row of the sheet (from 1), `where` the cell, such as F6.
    """

    rows: tuple[dict[str, Any], ...] = ()
    unknown: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def headings(table: Table) -> frozenset[str]:
    """Return how the headings of a table may be spelt: what `tenants.sheets.read_sheet` looks for."""
    return frozenset(
        name for column in table.columns for name in (column.title, column.heading, *column.names)
    )


def read_rows(table: Table, sheet: Sheet, around: Surroundings | None = None) -> Filled:
    """Return the rows that a sheet stands for, judged as the form will judge them, except for what a sheet cannot hold."""
    around = around or Surroundings()
    places, unknown, skipped = _columns(table, sheet)
    if not places:
        return Filled(unknown=unknown, problems=(_no_headings(table),))
    problems = list(_missing(table, sheet, places))
    most = min(table.most or MAX_ROWS, MAX_ROWS)
    if len(sheet.rows) > most:
        problems.append(Problem(say("超过了{most}行。", most=most), say("请拆分后分几次填报。")))
    if not sheet.rows:
        problems.append(Problem(say("表里没有填写任何一行。"), say("请在列标题下面逐行填写后再上传。")))
    rows = []
    for line in sheet.rows[:most]:
        row, wrong = _row(table, places, line, around)
        rows.append(row)
        wrong += _rules(table, places, row, {key for key, *_ in wrong}, around)
        wrong.sort(key=lambda one: places.get(one[0], len(line.cells)))  # as one reads the line
        problems += [_problem(places, line.number, *one) for one in wrong]
        if len(problems) > MAX_PROBLEMS:
            break
    return Filled(() if problems else tuple(rows), unknown, skipped, _first(problems))


def written(
    table: Table, rows: Sequence[Mapping[str, Any]], around: Surroundings | None = None
) -> tuple[list[sheets.Column], list[list[Value]]]:
    """Return a table's rows as a sheet: its columns and lines. Files and inner tables stay in the form."""
    around = around or Surroundings()
    shown = [column for column in table.columns if column.kind]
    lines = [[show_cell(column, row.get(column.key), around) for column in shown] for row in rows]
    return [_sheet_column(column, column.heading, around) for column in shown], lines


def blank(table: Table, around: Surroundings | None = None) -> tuple[list[sheets.Column], list[list[str]]]:
    """Return the sheet to be filled: its columns, required ones with a star, and the lines that explain them."""
    around = around or Surroundings()
    asked = [column for column in table.columns if column.filled]
    columns = [
        _sheet_column(column, f"{column.heading}*" if column.required else column.heading, around)
        for column in asked
    ]
    words = [say("列标题"), say("是否必填"), say("怎么填"), say("可以填的内容")]
    told = [[word.render(around.translate) for word in words]]
    for column in asked:
        how = [_kind_words(column), *_limit_words(column)]
        told.append(
            [
                column.heading,
                _need_words(column).render(around.translate),
                " ".join([*(one.render(around.translate) for one in how), column.help]).strip(),
                "\n".join(_offered(column, around)),
            ]
        )
    left = [column.title for column in table.columns if not column.kind]
    if left:
        told.append(
            [
                "、".join(left),
                "",
                say("不在表格里填，请填入后在表单里逐行补充。").render(around.translate),
                "",
            ]
        )
    return columns, told


# --- reading ------------------------------------------------------------------------------------------------------------


def _columns(table: Table, sheet: Sheet) -> tuple[dict[str, int], tuple[str, ...], tuple[str, ...]]:
    """Return which column of the sheet is which of the table, the headings nobody knows, and the columns passed over."""
    places: dict[str, int] = {}
    unknown, skipped = [], []
    for place, heading in enumerate(sheet.headings):
        plain = plain_heading(heading)
        column = next((one for one in table.columns if plain in one.names and one.key not in places), None)
        if not plain:
            continue
        if column is None:
            unknown.append(heading[:50])
        elif column.filled:
            places[column.key] = place
        else:
            skipped.append(column.title)
    return places, tuple(unknown), tuple(dict.fromkeys(skipped))


def _missing(table: Table, sheet: Sheet, places: Mapping[str, int]) -> Iterator[Problem]:
    for column in table.columns:
        if column.required and column.filled and column.key not in places:
            yield Problem(
                say("缺少必填的一列：“{field}”。", field=column.heading),
                say("请加上这一列，或下载模板填写。"),
                line=sheet.heading_row,
            )


def _row(
    table: Table, places: Mapping[str, int], line: Row, around: Surroundings
) -> tuple[dict[str, Any], list[_Wrong]]:
    """Return a row's answers, and what could not be read as (column, what, do)."""
    row: dict[str, Any] = {}
    wrong: list[_Wrong] = []
    for column in table.columns:
        if column.key not in places:
            continue
        try:
            value = read_cell(column, line.cells[places[column.key]], around)
        except BadCell as bad:
            wrong.append((column.key, bad.what, bad.do))
            continue
        if value is not None:
            row[column.key] = value
    return row, wrong


def _rules(
    table: Table, places: Mapping[str, int], row: dict[str, Any], done: set[str], around: Surroundings
) -> Iterator[_Wrong]:
    """Yield what the form's own rules say against a row, as far as a sheet could put it right."""
    for problem in validate(table.rows, row, context=Context(names=around.names)).problems:
        key = problem.where.split("/")[1].replace("~1", "/").replace("~0", "~") if problem.where else ""
        column = table.column(key)
        named_before = column is not None and column.required and key not in places
        if column is not None and column.filled and key not in done and not named_before:
            yield key, problem.what, problem.do


def _problem(places: Mapping[str, int], number: int, key: str, what: Message, do: Message) -> Problem:
    place = places.get(key)
    if place is None:
        return Problem(say("第 {row} 行：{what}", row=number, what=what), do, line=number, where=str(number))
    letters = sheets.letters(place)
    words = say("第 {row} 行 {letters} 列：{what}", row=number, letters=letters, what=what)
    return Problem(words, do, line=number, where=f"{letters}{number}")


def _no_headings(table: Table) -> Problem:
    titles = [column.heading for column in table.columns if column.filled]
    return Problem(
        say("没有找到这张表的列标题。"),
        say("请用下载的模板填写；列标题应是：{titles}。", titles=few(titles)),
    )


def _first(problems: list[Problem]) -> tuple[Problem, ...]:
    if len(problems) <= MAX_PROBLEMS:
        return tuple(problems)
    more = Problem(say("还有更多问题没有列出。"), say("请先改正上面列出的各项，再上传一次。"))
    return (*problems[:MAX_PROBLEMS], more)


# --- writing ------------------------------------------------------------------------------------------------------------


def _sheet_column(column: Column, heading: str, around: Surroundings) -> sheets.Column:
    kind = "text" if column.unit == "%" else _KINDS.get(column.kind, "text")
    long = column.kind == "text" and (column.longest or 0) > 100
    width = 40 if long else max(12, min(30, 2 * len(heading) + 2))
    offered = tuple(_offered(column, around)) if column.kind in ("choice", "boolean", "text") else ()
    return sheets.Column(
        heading, kind, width, offered, column.help[:200], strict=not column.open and column.kind != "text"
    )


def _offered(column: Column, around: Surroundings) -> list[str]:
    if column.kind == "boolean":
        return [around.translate(YES), around.translate(NO)]
    return [word for _value, word in column.choices]


def _need_words(column: Column) -> Message:
    return say("必填") if column.required else say("视情况必填") if column.depends else say("选填")


def _kind_words(column: Column) -> Message:
    if column.kind in ("number", "integer"):
        what = say("整数") if column.kind == "integer" else say("数字")
        return (
            say("{what}，单位{unit}。", what=what, unit=column.unit)
            if column.unit
            else say("{what}。", what=what)
        )
    return {
        "boolean": say("填“是”或“否”。"),
        "date": say("日期，例如 2024-11-05。"),
        "month": say("月份，例如 2024-11。"),
        "moment": say("日期和时间，例如 2024-11-05 08:30。"),
        "choice": say("从可选的内容里选一项。"),
        "list": say("可填几项，用顿号隔开。"),
        "unit": say("单位全称。"),
    }.get(column.kind, say("可以选，也可以填别的文字。") if column.open else say("文字。"))


def _limit_words(column: Column) -> Iterator[Message]:
    low, high = column.limits
    if low is not None:
        yield say("不小于{limit}。", limit=low)
    if high is not None:
        yield say("不大于{limit}。", limit=high)
    if column.longest is not None and column.kind == "text":
        yield say("最多{limit}个字。", limit=column.longest)
