"""XLSX files in and out. An uploaded one is an archive of XML from a stranger, and is measured before it is opened."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from tenants.errors import Invalid, TooLarge
from tenants.text import say

Value = str | int | Decimal | bool | date | datetime | None

_ENTRIES = 1_000
# So many cells may lie between the first and the last one: the reader makes room for all of them.
_GRID = 5_000_000
_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]*)0*([0-9]*)["']""")
_ROW, _CELL = re.compile(rb"<(?:[\w.-]+:)?row\b"), re.compile(rb"<(?:[\w.-]+:)?c\b")
# A cell with what it is, and, when it is written as programs write it, its one value.
_SHARING = re.compile(
    rb"<(?:[\w.-]+:)?c\b([^<>]*)>(?:\s*<(?:[\w.-]+:)?v>(0|[1-9][0-9]{0,8})</(?:[\w.-]+:)?v>\s*</(?:[\w.-]+:)?c\s*>)?"
)
_SHARED, _SHARED_ENDS = re.compile(rb"<(?:[\w.-]+:)?si\b"), re.compile(rb"</(?:[\w.-]+:)?si\s*>|^\s*/>")
# What may hide where an element begins: comments, instructions, a sign inside a tag.
_HIDING = re.compile(rb"<[!?]|<[^<>]*<")
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
    plain = _repacked(data, rows, columns, unpacked)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(plain)) as book:
            names = [
                one.name
                for one in book.sheets_metadata
                if one.typ == SheetTypeEnum.WorkSheet and one.visible == SheetVisibleEnum.Visible
            ]
            if not names:
                raise _not_readable()
            sheet = book.get_sheet_by_name(title if title in names else names[0])
            found = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError):
        raise _not_readable() from None
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


def _repacked(data: bytes, rows: int, columns: int, unpacked: int) -> bytes:
    """Return the archive's XML parts, unpacked under count, in an archive that is not compressed.

    The sizes that an archive states may be lies, and the reader believes them; of this one they are true.
    """
    made, left = io.BytesIO(), unpacked
    sheets: list[bytes] = []
    shared: list[bytes] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(made, "w") as plain:
            entries = archive.infolist()
            if len({one.filename for one in entries}) != len(entries) or len(entries) > _ENTRIES:
                raise _not_readable()
            for entry in entries:
                if not entry.filename.lower().endswith((".xml", ".rels")) or entry.flag_bits & 1:
                    continue  # pictures, macros
                with archive.open(entry) as packed:
                    content = packed.read(left + 1)
                left -= len(content)
                if left < 0:
                    raise TooLarge(
                        say("表格展开后太大，最多 {size} MB。", size=unpacked // 1_000_000),
                        say("请拆成几个文件，并删去空白的行和列。"),
                    )
                _measure(content, rows, columns)
                if b"sheetData" in content:
                    sheets.append(content)
                if _SHARED.search(content):
                    shared.append(content)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    plain.writestr(entry.filename, content)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError):
        raise _not_readable() from None
    lengths, longest = _shared_texts(shared)
    if any(_told(sheet, lengths, longest) > unpacked for sheet in sheets):
        raise TooLarge(say("表格的文字太多。"), say("请拆成几个文件。"))
    return made.getvalue()


def _shared_texts(parts: Sequence[bytes]) -> tuple[list[int], int]:
    """Return how many bytes each of the texts has that cells share, and the longest of them.

    Where it is not certain which text has which number, there are no numbers.
    """
    if len(parts) == 1:
        plain = parts[0].removeprefix(b"\xef\xbb\xbf").lstrip()
        plain = plain.partition(b"?>")[2] if plain.startswith(b"<?xml") else plain
        texts = _SHARED.split(plain)[1:]
        if not _HIDING.search(plain) and all(map(_SHARED_ENDS.search, texts)):
            return [len(text) for text in texts], max(map(len, texts))
    return [], max(map(len, parts), default=0)


def _told(content: bytes, lengths: Sequence[int], longest: int) -> int:
    """Return how many bytes of text a sheet tells at most: a text that cells share is made anew for each of them."""
    told = seen = 0
    for cell in _SHARING.finditer(content):
        seen += 1
        about, number = cell.groups()
        # Quotes that do not pair: a sign in a value was taken for the end of the tag.
        odd = about.count(b'"') % 2 or about.count(b"'") % 2
        if not odd and b'"s"' not in about and b"'s'" not in about:
            continue
        place = int(number) if number and not odd and lengths else -1
        told += lengths[place] if 0 <= place < len(lengths) else longest
    return told + (len(_CELL.findall(content)) - seen) * longest


def _measure(content: bytes, rows: int, columns: int) -> None:
    """Refuse a sheet whose cells lie so far apart that the reader would ask for more memory than there is."""
    if b"sheetData" not in content:
        return
    if b"\x00" in content:
        raise _not_readable()
    down = sum(1 for _ in _ROW.finditer(content))
    across = max(len(_CELL.findall(part)) for part in _ROW.split(content))
    far_down = far_across = 0
    for place in _PLACE.finditer(content):
        far_across = max(far_across, _column(place[1]))
        far_down = max(far_down, int(place[2][:8] or 0))
    if max(down, far_down) > rows or max(across, far_across) > columns:
        raise TooLarge(
            say("表格太大，最多 {rows} 行、{columns} 列。", rows=rows, columns=columns),
            say("请拆成几个文件；有格式的空白行列也算在内，请选中后删除。"),
        )
    if max(down, far_down) * max(across, far_across) > _GRID:
        raise TooLarge(say("表格的单元格太多。"), say("请拆成几个文件，并删去空白的行和列。"))


def _column(name: bytes) -> int:
    number = 0
    for letter in name[:5].upper():
        number = number * 26 + letter - 64
    return number


def _value(cell: Any) -> Value:
    if isinstance(cell, float):
        # What a spreadsheet program shows: 15 digits. 0.1 + 0.2 is 0.3 there.
        number = Decimal(f"{cell:.15g}")
        return int(number) if number == number.to_integral_value() and abs(number) < 10**30 else number
    if isinstance(cell, time | timedelta):
        return str(cell)
    return None if cell == "" else cell


def _not_readable() -> Invalid:
    return Invalid(
        say("读不出这个工作簿。"),
        say("请在表格软件中打开，另存为 .xlsx 后重新上传；加密的文件请先取消密码。"),
    )


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
