"""XLSX files in and out. An uploaded one is an archive of XML from a stranger, which is measured first (`repacking`)."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from tenants.repacking import not_readable, repacked

Value = str | int | Decimal | bool | date | datetime | None

# Drop-down lists and formats reach so many rows below the last one, for those who go on writing there.
_SPARE = 1_000
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True)
class Column:
    """A column to be written. kind: text, number or date. choices: offered in a drop-down. note: shown at its cells.

    strict: the drop-down allows nothing else.
    """

    heading: str
    kind: str = "text"
    width: int = 16
    choices: tuple[str, ...] = ()
    note: str = ""
    strict: bool = True


def is_workbook(data: bytes) -> bool:
    """Tell whether the bytes are a zip archive, as every XLSX file is."""
    return data.startswith(b"PK\x03\x04")


def read(data: bytes, rows: int, columns: int, unpacked: int, title: str) -> list[tuple[int, list[Value]]]:
    """Return the rows of a workbook's sheet with their numbers from 1.

    rows, columns: how many there may be. unpacked: bytes that the archive may hold. title: the sheet to read when it is
    there; else the first visible one. Raises Invalid, TooLarge.
    """
    plain = repacked(data, rows, columns, unpacked)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(plain)) as book:
            names = [
                one.name
                for one in book.sheets_metadata
                if one.typ == SheetTypeEnum.WorkSheet and one.visible == SheetVisibleEnum.Visible
            ]
            if not names:
                raise not_readable()
            sheet = book.get_sheet_by_name(title if title in names else names[0])
            found = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError):
        raise not_readable() from None
    return [(number, [_value(cell) for cell in cells]) for number, cells in enumerate(found, start=1)]


def write(
    columns: Sequence[Column],
    rows: Iterable[Sequence[Value]],
    title: str,
    notes: Sequence[Sequence[str]],
    notes_title: str,
) -> bytes:
    """Return a workbook: a sheet with the rows, one with notes when there are any."""
    file = io.BytesIO()
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
    }  # fmt: skip
    with xlsxwriter.Workbook(file, options) as book:
        # The same table is the same file, whenever it was written.
        book.set_properties({"created": _BEGINNING})
        sheet = book.add_worksheet(title[:31])
        formats = {
            "text": book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
            "number": book.add_format({"valign": "top"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "valign": "top"}),
        }
        head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "border": 1, "num_format": "@"})
        for place, column in enumerate(columns):
            sheet.set_column(place, place, column.width, formats.get(column.kind, formats["text"]))
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            sheet.write_string(0, place, _plain(column.heading), head)
        number = 0
        for number, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                _write_cell(sheet, number, place, value, formats)
        if notes:
            _write_notes(book, notes, notes_title, head)
        _offer_choices(book, sheet, columns, number + _SPARE)
    return file.getvalue()


# --- reading ------------------------------------------------------------------------------------------------------------


def _value(cell: Any) -> Value:
    if isinstance(cell, float):
        # What a spreadsheet program shows: 15 digits. 0.1 + 0.2 is 0.3 there.
        number = Decimal(f"{cell:.15g}")
        return int(number) if number == number.to_integral_value() and abs(number) < 10**30 else number
    if isinstance(cell, time | timedelta):
        return str(cell)
    return None if cell == "" else cell


# --- writing ------------------------------------------------------------------------------------------------------------


def _write_cell(sheet: Any, row: int, place: int, value: Value, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, place, value)
    elif isinstance(value, int | Decimal):
        # More digits than a number keeps there stay whole as text.
        if -(10**15) < value < 10**15:
            sheet.write_number(row, place, value)
        else:
            sheet.write_string(row, place, str(value), formats["text"])
    elif isinstance(value, datetime):
        sheet.write_datetime(row, place, value.replace(tzinfo=None), formats["moment"])
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, formats["date"])
    else:
        # As a string with the text format it is no formula, and does not become one when somebody edits it.
        sheet.write_string(row, place, _plain(value), formats["text"])


def _plain(text: str) -> str:
    """Return text that XML can hold and a cell takes."""
    return _FORBIDDEN.sub("", text)[:32_767]


def _write_notes(book: Any, notes: Sequence[Sequence[str]], title: str, head: Any) -> None:
    sheet = book.add_worksheet(title[:31])
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    sheet.set_column(0, 0, 20, wrapped)
    sheet.set_column(1, 5, 48, wrapped)
    for number, row in enumerate(notes):
        for place, text in enumerate(row):
            sheet.write_string(number, place, _plain(text), head if number == 0 else wrapped)


def _offer_choices(book: Any, sheet: Any, columns: Sequence[Column], last: int) -> None:
    lists = [column for column in columns if column.choices]
    hidden = book.add_worksheet("_") if lists else None
    if hidden is not None:
        hidden.very_hidden()
        for number, row in enumerate(_across([column.choices for column in lists])):
            for place, choice in row:
                hidden.write_string(number, place, _plain(choice))
    for place, column in enumerate(columns):
        rule: dict[str, Any] = {"validate": "any", "ignore_blank": True}
        if column.choices:
            letter = xlsxwriter.utility.xl_col_to_name(lists.index(column))
            rule |= {"validate": "list", "source": f"=_!${letter}$1:${letter}${len(column.choices)}"}
            rule["error_type"] = "stop" if column.strict else "information"
        if column.note:
            rule |= {"input_title": column.heading[:32], "input_message": column.note[:255]}
        if column.choices or column.note:
            sheet.data_validation(1, place, last, place, rule)


def _across(lists: Sequence[Sequence[str]]) -> Iterator[list[tuple[int, str]]]:
    """Yield the lists side by side, row by row: a workbook in constant memory is written downwards."""
    for number in range(max(map(len, lists))):
        yield [(place, choices[number]) for place, choices in enumerate(lists) if number < len(choices)]
