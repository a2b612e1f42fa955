"""The text of a notice: its headings, and where a clause stands in it. Pure.

A clause is named by the notice's own numbering: `三`, `四（二）`, `三（一）3`, `四（一）6（3）`, `三（三）3·二是`; a number that
occurs twice under the same heading carries [1], [2]. `前言` is what stands before the first heading, `落款` the date and issuer
at the end, `附件1` an annex. Where nothing fits, nothing is found; where several places fit, all are returned and none is chosen.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_CHINESE = "一二三四五六七八九十百零〇"
_GAP = r"[\s\u3000]*"
# What a paragraph begins with when it is a heading, the highest level first.
_HEADINGS = (
    re.compile(rf"^(?:第)?([{_CHINESE}]{{1,4}})(?:{_GAP}、|[章节部]分?(?=[\s\u3000]|$))"),
    re.compile(rf"^[（(]{_GAP}([{_CHINESE}]{{1,4}}){_GAP}[）)]"),
    re.compile(r"^(\d{1,3})[\s\u3000]*(?:[.．、](?!\d)|[．.][\s\u3000])"),
    re.compile(r"^(?:[（(][\s\u3000]*(\d{1,3})[\s\u3000]*[）)]|([①-⑳]))"),
)
_DOTS = (".", "·", "．")
_DAY = re.compile(
    r"^[\d〇○零一二三四五六七八九十]{2,4}\s*年\s*[\d一二三四五六七八九十]{1,3}\s*月\s*[\d一二三四五六七八九十]{1,3}\s*日"
)
_ANNEX = re.compile(r"^附\s*件\s*(\d{1,2}|[一二三四五六七八九十]{1,2})?\s*(?:[:：.．]|$|[\s\u3000])")
_PATH = re.compile(
    rf"(?P<l1>[{_CHINESE}]+)(?:\[(?P<n1>\d)\])?(?:（(?P<l2>[{_CHINESE}]+)）(?:\[(?P<n2>\d)\])?)?"
    r"(?:(?P<l3>\d+)(?:\[(?P<n3>\d)\])?)?(?:（(?P<l4>\d+)）(?:\[(?P<n4>\d)\])?)?(?:·(?P<sentence>.{1,20}))?"
)
_SENTENCE_ENDS = ("。", "；", "：")
_SENTENCE_START = r"(?:^|[。；;：:！？，,])[\s\u3000]*"


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of a notice. number: from 1. level: of its heading, 1 the highest; 0 = it is none.

    mark: the number that the heading carries, as the notice counts (三, 2).
    """

    number: int
    text: str
    level: int = 0
    mark: str = ""


@dataclass(frozen=True)
class Place:
    """Where a clause stands: its first and last paragraph, both included."""

    first: int
    last: int


def outline(texts: Sequence[str]) -> tuple[Paragraph, ...]:
    """Return the paragraphs with their headings found. Empty ones are left out; lines of a table of contents are no headings."""
    kept = [clean for text in texts if (clean := _tidy(text))]
    return tuple(
        Paragraph(number, text, *((0, "") if _is_contents(text) else _heading(text)))
        for number, text in enumerate(kept, 1)
    )


def find(paragraphs: Sequence[Paragraph], path: str) -> tuple[Place, ...]:
    """Return every place at which the clause may stand: none, one, or several where the notice's numbering is not clear."""
    path = unicodedata.normalize("NFC", path.strip()).replace("(", "（").replace(")", "）")
    if path == "前言":
        return _preamble(paragraphs)
    if path == "落款":
        return _close(paragraphs)
    if path.startswith("附件"):
        return _annex(paragraphs, path)
    parsed = _PATH.fullmatch(path)
    if parsed is None:
        return ()
    places = [Place(1, len(paragraphs))] if paragraphs else []
    for level in range(1, 5):
        mark, nth = parsed[f"l{level}"], parsed[f"n{level}"]
        if mark is None:
            continue
        places = [below for place in places for below in _headed(paragraphs, place, level, mark, nth)]
    if parsed["sentence"]:
        places = [found for place in places for found in _sentences(paragraphs, place, parsed["sentence"])]
    return tuple(places)


def words(paragraphs: Sequence[Paragraph], place: Place) -> list[Paragraph]:
    """Return the paragraphs of a place."""
    return list(paragraphs[place.first - 1 : place.last])


def _headed(
    paragraphs: Sequence[Paragraph], within: Place, level: int, mark: str, nth: str | None
) -> Iterator[Place]:
    """Yield where headings of a level with that number stand inside a place; nth: only that one of them, from 1."""
    own, strict = paragraphs[within.first - 1].level, within.first > 1 or level > 1
    starts: list[int] = []
    borders: list[int] = []
    # A heading counts only directly below what it is looked for in: 1. under （二） is not 1. under 三.
    directly = True
    for one in words(paragraphs, within):
        if directly and one.level == level and _same(one.mark, mark):
            starts.append(one.number)
        if 0 < one.level <= level:
            borders.append(one.number)
        if strict and one.number > within.first and own < one.level < level:
            directly = False
    if nth is not None:
        starts = starts[int(nth) - 1 : int(nth)]
    for first in starts:
        place = bisect_right(borders, first)
        last = borders[place] - 1 if place < len(borders) else within.last
        yield Place(first, _without_tail(paragraphs, first, last))


def _without_tail(paragraphs: Sequence[Paragraph], first: int, last: int) -> int:
    """Return where a clause ends: what closes the notice, or begins an annex, belongs to no clause."""
    for number in range(first + 1, last + 1):
        text = paragraphs[number - 1].text
        if _ANNEX.match(text):
            return number - 1
        if _is_date(text):
            return number - 2 if number - 1 > first and _signs(paragraphs[number - 2]) else number - 1
    return last


def _sentences(paragraphs: Sequence[Paragraph], place: Place, sentence: str) -> Iterator[Place]:
    """Yield the paragraphs of a place in which a sentence begins with these words, such as 三是."""
    start = re.compile(_SENTENCE_START + re.escape(sentence))
    for one in words(paragraphs, place):
        yield from (Place(one.number, one.number) for _ in start.finditer(one.text))


def _preamble(paragraphs: Sequence[Paragraph]) -> tuple[Place, ...]:
    """What stands before the first heading: the last whole sentences before it."""
    first = next((one.number for one in paragraphs if one.level == 1), None)
    # A title or a table of contents may stand between the last sentence and the first heading.
    ends = [one.number for one in paragraphs[: (first or 1) - 1] if one.text.endswith(_SENTENCE_ENDS)]
    if not ends:
        return ()
    start = ends[-1]
    while start - 1 in ends:
        start -= 1
    return (Place(start, ends[-1]),)


def _close(paragraphs: Sequence[Paragraph]) -> tuple[Place, ...]:
    """The last line that is a date, with a short line before it that names who signs."""
    days = [one.number for one in paragraphs if _is_date(one.text)]
    if not days:
        return ()
    last = days[-1]
    return (Place(last - 1 if last > 1 and _signs(paragraphs[last - 2]) else last, last),)


def _is_date(text: str) -> bool:
    return len(text) <= 30 and bool(_DAY.match(text))


def _signs(one: Paragraph) -> bool:
    """Tell whether a line before a date may name who signs."""
    return len(one.text) <= 40 and not one.level and not one.text.endswith(("。", "；"))


def _annex(paragraphs: Sequence[Paragraph], path: str) -> tuple[Place, ...]:
    wanted = path.removeprefix("附件").strip()
    starts = [
        one
        for one in paragraphs
        if (found := _ANNEX.match(one.text)) and len(one.text) <= 60 and (not wanted or _same(found[1] or "", wanted))
    ]  # fmt: skip
    # The list of annexes at the end of the letter names them too; the annex itself comes last.
    return (Place(starts[-1].number, len(paragraphs)),) if len(starts) in (1, 2) else ()


def _heading(text: str) -> tuple[int, str]:
    for level, pattern in enumerate(_HEADINGS, 1):
        found = pattern.match(text)
        if found:
            mark = next(group for group in found.groups() if group)
            return level, str(int(unicodedata.numeric(mark))) if level == 4 and not mark.isdecimal() else mark
    return 0, ""


def _is_contents(text: str) -> bool:
    """Tell whether a line is one of a table of contents: it ends with its page, after dots, a tab, or a wide gap.

    Looked at from its end, so that a line of nothing but spaces takes no longer than another.
    """
    before = text.rstrip("0123456789０１２３４５６７８９")
    words = before.rstrip()
    if not 1 <= len(text) - len(before) <= 4:
        return False
    gap = before[len(words) :]
    dots = len(words) > 1 and words[-1] in _DOTS and words[-2] in _DOTS
    return "\t" in gap or len(gap) > 1 or words.endswith("…") or dots


def _same(one: str, other: str) -> bool:
    return one == other or (one.isdecimal() and other.isdecimal() and int(one) == int(other))


def _tidy(text: str) -> str:
    """Return a paragraph without what nobody sees: indents, control characters, marks of a plain-text heading."""
    text = "".join(
        " " if unicodedata.category(c) in ("Cc", "Zs") and c != "\t" else c for c in text if c != "\ufeff"
    )
    return re.sub(r"^#{1,6}\s+", "", text.strip(" \t\u3000"))
