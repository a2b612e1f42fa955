"""Tables of plain text for terminals: columns by what a character takes there, where a Chinese one takes two places."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

WIDTH = 100
_GAP = 2
_EIGHTHS = " ▏▎▍▌▋▊▉█"
# What stays on one line: a word or number of the Latin kind or one Chinese character, with the brackets and points at it.
_PIECES = re.compile(
    r"\s+|[（《“「『【\[(]*(?:[\w.:;/%+=&#@*~'\"!?|-]+|[^\s])[，。、；：！？）》”」』】…\])]*".replace(
        r"\w", "0-9A-Za-z_"
    )
)


def width(text: str) -> int:
    """Return how many places a text takes."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def padded(text: str, places: int, *, right: bool = False) -> str:
    """Return a text with spaces to so many places."""
    space = " " * max(places - width(text), 0)
    return space + text if right else text + space


def wrapped(text: str, places: int) -> list[str]:
    """Return the lines of a text that take so many places at most; at least one line."""
    found, line = [], ""
    for piece in _PIECES.findall(text):
        if width(line) + width(piece.rstrip()) <= places:
            line += piece
            continue
        if line.strip():
            found.append(line.rstrip())
        line = piece.lstrip()
        while width(line) > places:
            cut = _fitting(line, places)
            found.append(line[:cut])
            line = line[cut:]
    return [*found, line.rstrip()] if line.strip() or not found else found


def _fitting(text: str, places: int) -> int:
    """Return how many characters fit, at least one."""
    taken = 0
    for number, one in enumerate(text):
        taken += width(one)
        if taken > places:
            return max(number, 1)
    return len(text)


def row(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """Yield the lines of one row of a table; each cell is wrapped in its own column."""
    columns = [wrapped(cell, places) for cell, places in zip(cells, widths, strict=True)]
    for number in range(max(map(len, columns))):
        parts = [
            padded(column[number] if number < len(column) else "", places)
            for column, places in zip(columns, widths, strict=True)
        ]
        yield (" " * _GAP).join(parts).rstrip()


def bar(part: float, places: int) -> str:
    """Return a bar that fills a part (0..1) of so many places, in eighths; something is never nothing."""
    eighths = round(part * places * 8)
    if part > 0:
        eighths = max(eighths, 1)
    return "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")
