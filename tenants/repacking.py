"""An uploaded workbook, measured and packed anew, so that whoever reads it is told no lies and asks for no more than there is."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Sequence

from tenants.errors import Invalid, TooLarge
from tenants.text import say

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


def repacked(data: bytes, rows: int, columns: int, unpacked: int) -> bytes:
    """Return the archive's XML parts, unpacked under count, in an archive that is not compressed.

    rows, columns: how many there may be. unpacked: bytes that the archive may hold, and of text that a sheet may tell.
    The sizes that an archive states may be lies, and the reader believes them; of this one they are true.
    Raises Invalid, TooLarge.
    """
    made, left = io.BytesIO(), unpacked
    sheets: list[bytes] = []
    shared: list[bytes] = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(made, "w") as plain:
            entries = archive.infolist()
            if len({one.filename for one in entries}) != len(entries) or len(entries) > _ENTRIES:
                raise not_readable()
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
        raise not_readable() from None
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
        raise not_readable()
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


def not_readable() -> Invalid:
    """Return the refusal of what is no workbook."""
    return Invalid(
        say("读不出这个工作簿。"),
        say("请在表格软件中打开，另存为 .xlsx 后重新上传；加密的文件请先取消密码。"),
    )
