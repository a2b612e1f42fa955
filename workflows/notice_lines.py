"""Lines as a page shows them, put together to paragraphs again. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_PAGE_NUMBER = re.compile(r"^(?:[-—–－_\s]*\d{1,4}[-—–－_\s]*|第\s*\d{1,4}\s*页.*)$")
_BEGINS = re.compile(
    r"^(?:第?[一二三四五六七八九十百零〇]{1,4}(?:、|[章节部](?:分|\s|$))|[（(]\s*[一二三四五六七八九十百零〇\d]{1,4}\s*[）)]"
    r"|\d{1,3}\s*[.．、](?!\d)|[①-⑳]|附\s*件\s*[\d一二三四五六七八九十]*\s*(?:[:：]|$)|抄送)"
)
_ENDS = tuple("。！？；：”）)")
# A line so much shorter than a full one ends its paragraph.
_SHORT = 0.85


def paragraphs_of(pages: Sequence[str]) -> list[str]:
    """Return the paragraphs of pages of text, each with a line break where the page has one.

    A paragraph begins with the number of a heading, after a line that ends a sentence early, and after a line that is short
    without one (a title). Page numbers are left out. Across pages a sentence goes on.
    """
    lines = [line for page in pages for line in _lines(page)]
    lengths = sorted(len(line) for line in lines)
    full = lengths[int(len(lengths) * 0.9)] if lengths else 0
    found: list[str] = []
    previous = ""
    for line in lines:
        if not previous or _BEGINS.match(line) or _ended(previous, full):
            found.append(line)
        else:
            found[-1] = _joined(found[-1], line)
        previous = line
    return found


def _lines(page: str) -> Iterator[str]:
    for line in page.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        clean = line.strip(" \t\u3000\x0c\ufffe\x02")
        if clean and not _PAGE_NUMBER.match(clean):
            yield clean


def _ended(line: str, full: int) -> bool:
    if len(line) >= full * _SHORT:
        # A full line that ends a sentence may end its paragraph or not; a paragraph too long reads better than one torn apart.
        return False
    return line.endswith(_ENDS) or len(line) < full * 0.7


def _joined(one: str, other: str) -> str:
    gap = (
        " "
        if one[-1:].isascii() and one[-1:].isalnum() and other[:1].isascii() and other[:1].isalnum()
        else ""
    )
    return f"{one}{gap}{other}"
