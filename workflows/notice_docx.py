"""The paragraphs of a Word file, with the numbers that Word itself puts before them (一、 （一） 1.)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph

_DIGITS = "零一二三四五六七八九"
_CHINESE = frozenset({
    "chineseCounting", "chineseCountingThousand", "japaneseCounting", "ideographDigital", "taiwaneseCounting",
    "taiwaneseCountingThousand",
})  # fmt: skip
_LEVELS = 9


def paragraphs_of(path: Path) -> Iterator[str]:
    """Yield the paragraphs of the body in order, those in tables cell by cell."""
    document = docx.Document(str(path))
    numbers = _Numbers(document)
    yield from _texts(document, numbers)


def _texts(container: Any, numbers: _Numbers) -> Iterator[str]:
    for item in container.iter_inner_content():
        if isinstance(item, Paragraph):
            yield numbers.before(item) + item.text
        elif isinstance(item, Table):
            seen: set[Any] = set()
            for row in item.rows:
                for cell in row.cells:
                    if cell._tc not in seen:  # a cell that spans several is there several times
                        seen.add(cell._tc)
                        yield from _texts(cell, numbers)


class _Numbers:
    """Counts as Word does: each list for itself, a level begins anew when one above it goes on."""

    def __init__(self, document: Any) -> None:
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self._lists: dict[str, str] = {}
        self._counts: dict[str, list[int | None]] = {}
        try:
            root = document.part.numbering_part.element
        except (KeyError, NotImplementedError, AttributeError):
            return  # a file without lists has no such part
        for abstract in root.findall(qn("w:abstractNum")):
            self._levels[abstract.get(qn("w:abstractNumId"))] = {
                int(level.get(qn("w:ilvl"))): (
                    _value(level, "w:numFmt", "decimal"), _value(level, "w:lvlText", ""), int(_value(level, "w:start", "1")),
                )
                for level in abstract.findall(qn("w:lvl"))
            }  # fmt: skip
        for number in root.findall(qn("w:num")):
            self._lists[number.get(qn("w:numId"))] = _value(number, "w:abstractNumId", "")

    def before(self, paragraph: Paragraph) -> str:
        """Return what Word shows before a paragraph; empty when it does not number it."""
        place = _place(paragraph)
        if place is None:
            return ""
        key, level = place
        levels = self._levels.get(self._lists.get(key, ""), {})
        if level not in levels:
            return ""
        counts = self._counts.setdefault(self._lists[key], [None] * _LEVELS)
        so_far = counts[level]
        counts[level] = levels[level][2] if so_far is None else so_far + 1
        counts[level + 1 :] = [None] * (_LEVELS - level - 1)
        text = levels[level][1]
        for other, (form, _text, start) in levels.items():
            value = counts[other] if other < _LEVELS else None
            text = text.replace(f"%{other + 1}", _written(value if value is not None else start, form))
        return "" if levels[level][0] in ("bullet", "none") else text


def _place(paragraph: Paragraph) -> tuple[str, int] | None:
    """Return which list a paragraph belongs to, and its level there: its own word, else that of its style."""
    properties = paragraph._p.pPr
    found = properties.numPr if properties is not None else None
    style: Any = paragraph.style
    for _ in range(10):
        if found is not None or style is None:
            break
        own = style.element.find(qn("w:pPr"))
        found = own.find(qn("w:numPr")) if own is not None else None
        style = style.base_style
    if found is None:
        return None
    key, level = _value(found, "w:numId", "0"), int(_value(found, "w:ilvl", "0"))
    return (key, level) if key != "0" and 0 <= level < _LEVELS else None


def _value(element: Any, name: str, default: str) -> str:
    found = element.find(qn(name))
    return str(found.get(qn("w:val"), default)) if found is not None else default


def _written(number: int, form: str) -> str:
    if form in _CHINESE and 0 < number < 100:
        tens, ones = divmod(number, 10)
        head = ("" if tens == 1 else _DIGITS[tens]) + "十" if tens else ""
        return head + (_DIGITS[ones] if ones or not tens else "")
    if form == "decimalEnclosedCircle" and 0 < number <= 20:
        return chr(ord("①") + number - 1)
    return str(number)
