"""The paragraphs of a notice, with their headings found. Pure.

Chinese offices number in five steps: 一、 （一） 1. （1） ①, full- and half-width as the typist had it, some with signs that
are one character each (㈠ ⒈ ⑴). A page that ends in the middle of a sentence ends no paragraph for the reader.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

CHINESE = "一二三四五六七八九十百零〇"
_GAP = r"[\s\u3000]*"
# What a paragraph begins with when it is a heading, the highest level first.
_HEADINGS = (
    re.compile(rf"^(?:第)?([{CHINESE}]{{1,4}})(?:{_GAP}、|[章节部]分?(?=[\s\u3000]|$))"),
    re.compile(rf"^[（(]{_GAP}([{CHINESE}]{{1,4}}){_GAP}[）)]"),
    re.compile(r"^(\d{1,3})[\s\u3000]*(?:[.．、](?!\d)|[．.][\s\u3000])"),
    re.compile(r"^(?:[（(][\s\u3000]*(\d{1,3})[\s\u3000]*[）)]|([①-⑳])|(\d{1,2})[）)])"),
)
# Signs of one character that are written with several elsewhere.
_ONE_SIGN = {
    **{0x3220 + n: f"（{mark}）" for n, mark in enumerate("一二三四五六七八九十")},
    **{0x2474 + n: f"（{n + 1}）" for n in range(20)},
    **{0x2488 + n: f"{n + 1}." for n in range(20)},
}
_DOTS = (".", "·", "．")
_NO_WORDS = re.compile(r"^(?:[-—–－=_*～~\s]{3,}|[-—–－]\s*\d{1,4}\s*[-—–－]|第\s*\d{1,4}\s*页.{0,12})$")
# A paragraph that ends so is whole; one that does not, and is no title, goes on after the break of a page or line.
ENDS = tuple("。！？；：）).!?;:")
# Titles are shorter than this, or end where a sentence does.
TITLE = 40


@dataclass(frozen=True)
class Paragraph:
    """One paragraph of a notice. number: from 1. level: of its heading, 1 the highest, 5 the lowest; 0 = it is none.

    mark: the number that the heading carries, as the notice counts (三, 2).
    """

    number: int
    text: str
    level: int = 0
    mark: str = ""


def outline(texts: Sequence[str]) -> tuple[Paragraph, ...]:
    """Return the paragraphs with their headings found. Empty ones, page numbers and rules drawn across a page are left out;
    lines of a table of contents are no headings."""
    kept = [clean for text in texts if (clean := _tidy(text)) and not _NO_WORDS.match(clean)]
    found = [
        Paragraph(number, text, *((0, "") if is_contents(text) else _heading(text)))
        for number, text in enumerate(kept, 1)
    ]
    return tuple(_fifth(_torn(found)))


def goes_on(text: str) -> bool:
    """Tell whether a paragraph was torn from the next one: it ends no sentence, and is too long for a title or a name."""
    return len(text) >= TITLE // 2 and not text.endswith(ENDS)


def is_contents(text: str) -> bool:
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


def same(one: str, other: str) -> bool:
    """Tell whether two marks are the same number."""
    return one == other or (one.isdecimal() and other.isdecimal() and int(one) == int(other))


def _torn(found: Sequence[Paragraph]) -> Iterator[Paragraph]:
    """A line that begins with a number in the middle of a sentence is no heading, unless it begins a list or goes on with one."""
    last: dict[int, str] = {}
    before: Paragraph | None = None
    for one in found:
        if (
            one.level > 2
            and before is not None
            and goes_on(before.text)
            and (not before.level or "，" in before.text)
        ):
            known = last.get(one.level)
            follows = one.mark.isdecimal() and int(one.mark) in (1, int(known or 0) + 1)
            if not follows:
                one = replace(one, level=0, mark="")
        if one.level:
            last = {level: mark for level, mark in last.items() if level < one.level} | {one.level: one.mark}
        before = one
        yield one


def _fifth(found: Iterator[Paragraph]) -> Iterator[Paragraph]:
    """A number in a circle, or with half a bracket, is the fourth level; below one with a whole bracket the fifth."""
    below = False
    for one in found:
        if 0 < one.level < 4:
            below = False
        elif one.level == 4:
            whole = one.text[0] in "（("
            below = below or whole
            if below and not whole:
                one = replace(one, level=5)
        yield one


def _heading(text: str) -> tuple[int, str]:
    for level, pattern in enumerate(_HEADINGS, 1):
        found = pattern.match(text)
        if found:
            mark = next(group for group in found.groups() if group)
            if level >= 3:
                mark = str(int(mark)) if mark.isdecimal() else str(int(unicodedata.numeric(mark)))
            return level, mark
    return 0, ""


def _tidy(text: str) -> str:
    """Return a paragraph without what nobody sees: indents, control characters, marks of a plain-text heading."""
    text = "".join(
        " " if unicodedata.category(c) in ("Cc", "Zs") and c != "\t" else c for c in text if c != "\ufeff"
    )
    text = re.sub(r"^#{1,6}\s+", "", text.strip(" \t\u3000"))
    return text[:1].translate(_ONE_SIGN) + text[1:]
