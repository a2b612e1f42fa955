"""CSV files in and out, in the encodings and with the separators that spreadsheet programs write here."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from tenants.errors import Invalid, TooLarge
from tenants.text import say
from tenants.workbooks import Value

# What a spreadsheet program takes for the beginning of a formula, in both widths.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_QUOTED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")
# The separator is looked for in so many lines.
_BEGINNING = 10
_MARK = b"\xef\xbb\xbf"


def read(data: bytes, rows: int, columns: int) -> list[tuple[int, list[Value]]]:
    """Return the rows of a CSV file with their numbers from 1; every cell is text. Raises Invalid, TooLarge.

    rows, columns: how many there may be.
    """
    text = _decoded(data)
    found: list[tuple[int, list[Value]]] = []
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
        for number, cells in enumerate(reader, start=1):
            if len(cells) > columns and any(cell.strip() for cell in cells[columns:]):
                raise TooLarge(say("表格列数太多，最多 {count} 列。", count=columns), say("请删去多余的列。"))
            if number > rows:
                raise TooLarge(say("表格行数太多，最多 {count} 行。", count=rows), say("请拆成几个文件。"))
            found.append((number, [cell[1:] if _QUOTED.match(cell) else cell for cell in cells[:columns]]))
    except csv.Error:
        raise _unreadable() from None
    return found


def write(headings: Sequence[str], rows: Iterable[Sequence[str | int | Decimal]]) -> bytes:
    """Return a CSV file in UTF-8 with a byte order mark. Text that would become a formula gets an apostrophe in front."""
    file = io.StringIO(newline="")
    # All text is quoted: a separator of another country cannot cut a cell in two and uncover a formula.
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([_harmless(heading) for heading in headings])
    for row in rows:
        writer.writerow([_harmless(value) if isinstance(value, str) else value for value in row])
    return _MARK + file.getvalue().encode()


def _harmless(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _decoded(data: bytes) -> str:
    if data.startswith(_MARK):
        encodings: tuple[str, ...] = ("utf-8-sig",)
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16",)
    else:
        encodings = ("utf-8", "gb18030")
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise _unreadable()


def _unreadable() -> Invalid:
    return Invalid(
        say("读不出这个文件：它既不是 XLSX 工作簿，也不是 CSV 文本。"),
        say("请在表格软件中另存为 .xlsx（或 UTF-8 编码的 .csv）后重新上传；加密的文件请先取消密码。"),
    )


def _delimiter(text: str) -> str:
    """Return which of comma, semicolon and tab stands most often outside quotes at the beginning."""
    beginning = re.sub(r'"[^"]*"', "", "\n".join(text[:50_000].splitlines()[:_BEGINNING]))
    return max(",;\t", key=beginning.count)
