"""Tables as people keep them: CSV and XLSX read into rows, and written so that no cell becomes a formula.

A table has one row of headings and rows below it. Cells are plain values; what a column means is its reader's business, and
what is wrong is said by row and column, as a spreadsheet program counts them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from itertools import chain, islice

from tenants import csvfiles, workbooks
from tenants.errors import Invalid, Problem, TooLarge
from tenants.text import Message, say
from tenants.workbooks import Column, Value

__all__ = [
    "LIMITS", "MOST_PROBLEMS", "Column", "Limits", "Row", "Sheet", "Value", "as_date", "as_number", "as_text",
    "letters", "plain_heading", "read_sheet", "write_csv", "write_xlsx",
]  # fmt: skip

# The heading row is looked for in so many rows: titles and remarks often stand above it.
_ABOVE = 10
# So many problems are told at once: a table may have one in each of its cells.
MOST_PROBLEMS = 1_000
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufeff\ufffe\uffff]")
# More digits than a spreadsheet program keeps: the last ones are not what was typed.
_EXACT = 10**15


@dataclass(frozen=True)
class Limits:
    """How large a table may be. bytes: of the file; unpacked: of what an XLSX file holds; cell: characters in one cell."""

    bytes: int = 10_000_000
    unpacked: int = 64_000_000
    rows: int = 20_000
    columns: int = 200
    cell: int = 10_000


LIMITS = Limits()


@dataclass(frozen=True)
class Row:
    """One row. number: as a spreadsheet program shows it, 1 is the first. cells: as many as there are headings."""

    number: int
    cells: tuple[Value, ...]


@dataclass(frozen=True)
class Sheet:
    """A table that was read. name: of the file. headings: as `plain_heading` leaves them. Rows without values are left out."""

    name: str
    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    heading_row: int = 1

    @cached_property
    def _places(self) -> dict[str, int]:
        return {heading.casefold(): number for number, heading in enumerate(self.headings) if heading}

    def column(self, *names: str) -> int | None:
        """Return the number of the column with the first of these headings that is there; None when none is."""
        wanted = (plain_heading(name).casefold() for name in names)
        return next((self._places[name] for name in wanted if name in self._places), None)

    def problem(self, row: Row | int, column: int | str | None, what: Message, do: Message) -> Problem:
        """Return what is wrong with a cell, naming row and column; `where` is the cell, such as C12."""
        number = row.number if isinstance(row, Row) else row
        place = self.column(column) if isinstance(column, str) else column
        if place is None:
            return Problem(
                say("第 {row} 行：{what}", row=number, what=what), do, self.name, number, str(number)
            )
        heading = self.headings[place] or letters(place)
        return Problem(
            say("第 {row} 行“{column}”列：{what}", row=number, column=heading, what=what),
            do, self.name, number, f"{letters(place)}{number}",
        )  # fmt: skip


def read_sheet(
    data: bytes, name: str, *, known: Collection[str] = (), limits: Limits = LIMITS, title: str = ""
) -> Sheet:
    """Read a table from a CSV or XLSX file; what it is tells its content, not its name.

    known: headings to look for; the heading row is the one of the first ten that has most of them, else the first row with
    anything in it. title: the sheet of a workbook to read when it is there, else the first one that is not hidden.
    Text loses spaces around it and control characters. Numbers are int or Decimal of 15 digits at most, as
    spreadsheet programs keep them; in CSV everything is text. Raises TooLarge, and Invalid with all problems.
    """
    if len(data) > limits.bytes:
        raise TooLarge(
            say("表格文件太大，最多 {size} MB。", size=limits.bytes // 1_000_000), say("请拆成几个文件。")
        )
    if workbooks.is_workbook(data):
        grid = workbooks.read(data, limits.rows + _ABOVE, limits.columns, limits.unpacked, title)
    else:
        grid = csvfiles.read(data, limits.rows + _ABOVE, limits.columns)
    rows = [(number, [_clean(value) for value in cells]) for number, cells in grid]
    return _sheet(name, rows, known, limits)


def write_csv(columns: Sequence[str | Column], rows: Iterable[Sequence[Value]]) -> bytes:
    """Return a table as CSV: UTF-8 with a byte order mark, so that spreadsheet programs read Chinese.

    Text that would become a formula gets an apostrophe in front, which `read_sheet` takes away again.
    """
    headings = [column if isinstance(column, str) else column.heading for column in columns]
    plain = ([_plain(value) for value in row] for row in rows)
    return csvfiles.write(headings, plain)


def write_xlsx(
    columns: Sequence[str | Column],
    rows: Iterable[Sequence[Value]],
    *,
    title: str = "表",
    notes: Sequence[Sequence[str]] = (),
    notes_title: str = "说明",
) -> bytes:
    """Return a table as XLSX. Text columns stay text, also below the last row, so that 0012 keeps its zeros.

    notes: rows of a second sheet that explains the columns.
    """
    wanted = [Column(column) if isinstance(column, str) else column for column in columns]
    return workbooks.write(wanted, rows, title, notes, notes_title)


def as_text(value: Value) -> str:
    """Return what a cell says, as text. Raises ValueError for a number that lost digits on its way (ID numbers do)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | Decimal):
        if not -_EXACT < value < _EXACT:
            raise ValueError("a number of more than 15 digits")
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    return value.isoformat() if isinstance(value, date) else value


def as_number(value: Value) -> Decimal | None:
    """Return the number in a cell, None for an empty one. Raises ValueError. Takes 1,234.5 and full-width digits."""
    if value is None:
        return None
    if isinstance(value, bool | date):
        raise ValueError(value)
    if isinstance(value, int | Decimal):
        return Decimal(value)
    text = value.replace("，", ",")
    if "," in text and not re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?", text):
        raise ValueError(value)
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        raise ValueError(value) from None
    if not number.is_finite() or abs(number.adjusted()) > 30:
        raise ValueError(value)
    return number


_DATE = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")


def as_date(value: Value) -> date | None:
    """Return the date in a cell, None for an empty one. Raises ValueError. Takes 2024-11-05, 2024/11/5, 2024年11月5日."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(value)
    return date(int(found[1]), int(found[2]), int(found[3]))


def letters(column: int) -> str:
    """Return the letters of a column as spreadsheet programs show them: 0 is A, 26 is AA."""
    found = ""
    while column >= 0:
        found = chr(ord("A") + column % 26) + found
        column = column // 26 - 1
    return found


def plain_heading(text: str) -> str:
    """Return a heading without what people add to it: spaces among Chinese characters, a star, （必填）."""
    text = re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", " ".join(text.split()))
    return re.sub(r"^[*＊]\s*|\s*[*＊]$|\s*[（(](必填|选填|required|optional)[）)]$", "", text)


def _plain(value: Value) -> str | int | Decimal:
    return as_text(value) if isinstance(value, bool | date | None) else value


# --- the table in the cells ---------------------------------------------------------------------------------------------


def _sheet(name: str, rows: list[tuple[int, list[Value]]], known: Collection[str], limits: Limits) -> Sheet:
    filled = [(number, cells) for number, cells in rows if any(cell is not None for cell in cells)]
    if not filled:
        raise Invalid(say("表格里什么也没有。"), say("请按模板填写后重新上传。"))
    first = _headings_at([cells for number, cells in filled[:_ABOVE]], known)
    heading_row, top = filled[first]
    headings = [plain_heading(_said(cell)) for cell in top]
    while headings and not headings[-1]:
        headings.pop()
    width = len(headings)
    body = filled[first + 1 :]
    found = Sheet(
        name[:100],
        tuple(headings),
        tuple(Row(n, (*c[:width], *[None] * (width - len(c)))) for n, c in body),
        heading_row,
    )
    every = chain(_wrong_headings(found), _wrong_cells(found, body, limits))
    problems = list(islice(every, MOST_PROBLEMS))
    if problems:
        raise Invalid(say("表格有问题，没有读取。"), problems=problems)
    return found


def _headings_at(rows: list[list[Value]], known: Collection[str]) -> int:
    wanted = {plain_heading(name).casefold() for name in known}
    scores = [sum(plain_heading(_said(cell)).casefold() in wanted for cell in cells) for cells in rows]
    return scores.index(max(scores))


def _said(value: Value) -> str:
    return "" if value is None else str(value)


def _wrong_headings(sheet: Sheet) -> Iterable[Problem]:
    for place, heading in enumerate(sheet.headings):
        if heading and sheet.headings.index(heading) != place:
            yield sheet.problem(
                sheet.heading_row, place, say("这一列的标题重复。"), say("请改名或删除其中一列。")
            )


def _wrong_cells(sheet: Sheet, body: list[tuple[int, list[Value]]], limits: Limits) -> Iterable[Problem]:
    if len(body) > limits.rows:
        raise TooLarge(say("表格行数太多，最多 {count} 行。", count=limits.rows), say("请拆成几个文件。"))
    for number, cells in body:
        for place, cell in enumerate(cells):
            if cell is None:
                continue
            if place >= len(sheet.headings) or not sheet.headings[place]:
                what = say("{column} 列有内容，但没有标题。", column=letters(place))
                yield sheet.problem(number, None, what, say("请补上标题，或清空这一列。"))
            elif isinstance(cell, str) and len(cell) > limits.cell:
                what = say("内容太长，最多 {count} 个字。", count=limits.cell)
                yield sheet.problem(number, place, what, say("请缩短。"))


def _clean(value: Value) -> Value:
    if not isinstance(value, str):
        return value
    # "\u3000", the full-width space, and no-break spaces count as spaces for strip().
    text = _CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return text or None
