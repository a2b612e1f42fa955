"""The parts of a notice that have no number: 文头, 标题, 前言, 抄送, 落款, annexes; and where its numbered body stands. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from workflows.notice_outline import Paragraph, goes_on, same

_DAY = r"[\d〇○零一二三四五六七八九十]{2,4}\s*年\s*[\d一二三四五六七八九十]{1,3}\s*月\s*[\d一二三四五六七八九十]{1,3}\s*日"
_DATE = re.compile(rf"^{_DAY}\s*(?:印\s*发|发\s*布|公\s*布|印|发)?\s*(?:[（(].{{0,12}}[）)])?$")
_ANNEX = re.compile(r"^附\s*[件表录]\s*(\d{1,2}|[一二三四五六七八九十]{1,2})?\s*(?:[:：.．]|$|[\s\u3000])")
_COPY = re.compile(r"^(?:抄\s*[送报]|分\s*送|主题词)\s*[:：]")
_GENRE = re.compile(
    r"(?:通知|意见|决定|方案|规划|办法|公告|通告|通报|函|批复|请示|报告|规定|细则|要点|计划|指示|决议|命令)(?:[（(].{0,12}[）)])?$"
)
_NAMES = re.compile(r"关于|印发")
_SENTENCE_ENDS = ("。", "；", "：")
# So long is an annex's own line, or a name below which a notice closes.
_LINE, _SIGNER = 60, 40
_LISTED = 30


@dataclass(frozen=True)
class Place:
    """Where something stands: its first and last paragraph, both included."""

    first: int
    last: int


@dataclass(frozen=True)
class Parts:
    """What a notice is made of.

    body: what carries the numbered clauses; with a covering letter the annex that does. named: those of 文头, 标题, 前言, 抄送,
    落款 that there are. listed: the list of annexes at the end of a letter. annexes: number ("" = none) and place.
    """

    body: Place
    named: dict[str, Place] = field(default_factory=dict)
    listed: Place | None = None
    annexes: tuple[tuple[str, Place], ...] = ()


def parts_of(paragraphs: Sequence[Paragraph]) -> Parts:
    """Return the parts of a notice."""
    if not paragraphs:
        return Parts(Place(1, 0))
    starts = [one for one in paragraphs if len(one.text) <= _LINE and _ANNEX.match(one.text)]
    listed = _listed(paragraphs, starts)
    real = [one for one in starts if listed is None or not listed.first <= one.number <= listed.last]
    annexes = _annexes(paragraphs, real)
    letter = Place(1, real[0].number - 1) if real else Place(1, len(paragraphs))
    homes = [letter, *(place for _, place in annexes)]
    home = next((place for place in homes if _headed(paragraphs, place, listed)), letter)
    annexes = tuple((number, place) for number, place in annexes if place != home)
    begins = _headed(paragraphs, home, listed)
    named = _named(paragraphs, letter, home, begins)
    ends = [named[key].first for key in ("抄送", "落款") if key in named] + ([listed.first] if listed else [])
    last = min((end - 1 for end in ends if begins < end <= home.last), default=home.last)
    return Parts(Place(home.first, last), named, listed, annexes)


def annex(parts: Parts, number: str) -> Place | None:
    """Return an annex by its number; without one the only annex, or the list of them."""
    found = [place for mark, place in parts.annexes if not number or same(mark, number)]
    if not found and parts.listed is not None and not parts.annexes:
        return parts.listed
    return found[0] if len(found) == 1 else None


def is_date(text: str) -> bool:
    """Tell whether a line is a date and nothing else, as it stands below a notice."""
    return len(text) <= _LISTED and bool(_DATE.match(text))


def signs(one: Paragraph) -> bool:
    """Tell whether a line before a date may name who signs."""
    return (
        len(one.text) <= _SIGNER
        and not one.level
        and not one.text.endswith(("。", "；"))
        and not _ANNEX.match(one.text)
    )


def _headed(paragraphs: Sequence[Paragraph], place: Place, listed: Place | None) -> int:
    """Return the first heading of the highest level inside a place, where the numbered body begins; 0 = it has none."""
    inside = [
        one
        for one in paragraphs[place.first - 1 : place.last]
        if one.level and not (listed and listed.first <= one.number <= listed.last)
    ]
    top = min((one.level for one in inside), default=0)
    return next((one.number for one in inside if one.level == top), 0)


def _listed(paragraphs: Sequence[Paragraph], starts: Sequence[Paragraph]) -> Place | None:
    """The list of annexes at the end of a letter: from its first line, over short ones, to the line above who signs."""
    for one in starts:
        after = paragraphs[one.number : one.number + _LISTED]
        for other in after:
            if is_date(other.text):
                last = other.number - 1
                return Place(
                    one.number,
                    max(last - 1 if last > one.number and signs(paragraphs[last - 1]) else last, one.number),
                )
            if len(other.text) > _LINE or other.text.endswith("。") or other.level in (1, 2):
                break
    return None


def _annexes(paragraphs: Sequence[Paragraph], starts: Sequence[Paragraph]) -> tuple[tuple[str, Place], ...]:
    """The annexes themselves, each to the next. One that is named twice begins where it is named last."""
    last: dict[str, Paragraph] = {}
    for one in starts:
        found = _ANNEX.match(one.text)
        mark = (found[1] if found else None) or ""
        last.pop(mark, None)
        last[mark] = one
    ends = [*(one.number - 1 for one in list(last.values())[1:]), len(paragraphs)]
    return tuple((mark, Place(one.number, end)) for (mark, one), end in zip(last.items(), ends, strict=False))


def _named(paragraphs: Sequence[Paragraph], letter: Place, home: Place, first: int) -> dict[str, Place]:
    front = paragraphs[: (first or letter.last + 1) - 1]
    found: dict[str, Place] = {}
    title, preamble = _title(front), _preamble(front) if first else None
    header = (preamble.first if preamble else title.last + 1 if title else 1) - 1
    if header >= 1 and title != Place(1, header):
        found["文头"] = Place(1, header)
    found |= {key: place for key, place in (("标题", title), ("前言", preamble)) if place}
    # A covering letter closes before what it covers; the notice closes where the last of both does.
    days = [
        one.number for one in paragraphs if is_date(one.text) and (one.number <= max(home.last, letter.last))
    ]
    if days:
        last = days[-1]
        found["落款"] = Place(last - 1 if last > 1 and signs(paragraphs[last - 2]) else last, last)
    copied = [one.number for one in paragraphs if _COPY.match(one.text) and one.text[0] != "主"]
    if len(copied) == 1:
        found["抄送"] = _copied(paragraphs, copied[0])
    return found


def _preamble(front: Sequence[Paragraph]) -> Place | None:
    """What stands before the first heading: the last whole sentences before it, with the lines that they were torn into.

    A title or a table of contents may stand between the last sentence and the first heading.
    """
    ends = [one.number for one in front if one.text.endswith(_SENTENCE_ENDS)]
    if not ends:
        return None
    start = ends[-1]
    while start > 1 and (
        start - 1 in ends or (goes_on(front[start - 2].text) and not _GENRE.search(front[start - 2].text))
    ):
        start -= 1
    return Place(start, ends[-1])


def _title(front: Sequence[Paragraph]) -> Place | None:
    """The first lines that name what the notice is about and end with what it is: 关于……的通知."""
    for place, one in enumerate(front):
        if not _NAMES.search(one.text) or one.text.endswith(_SENTENCE_ENDS):
            continue
        text = ""
        for other in front[place : place + 4]:
            text += other.text.strip()
            if _GENRE.search(text):
                return Place(one.number, other.number)
            if other.text.endswith(_SENTENCE_ENDS):
                break
    whole = [one.number for one in front if _GENRE.search(one.text) and len(one.text) <= _LINE]
    return Place(whole[0], whole[0]) if whole else None


def _copied(paragraphs: Sequence[Paragraph], first: int) -> Place:
    """The line of those who get a copy, and those below it until it ends."""
    last = first
    while (
        last < len(paragraphs)
        and not paragraphs[last - 1].text.endswith("。")
        and not is_date(paragraphs[last].text)
    ):
        if last - first > 3 or paragraphs[last - 1].text[-1:] not in "、，,":
            break
        last += 1
    return Place(first, last)
