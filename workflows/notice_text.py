"""Where a clause stands in the text of a notice. Pure.

A clause is named by the notice's own numbering: `三`, `四（二）`, `三（一）3`, `四（一）6（3）`, `四（一）6（3）②`,
`三（三）3·二是`; a number that occurs twice under the same heading carries [1], [2]. `文头` is what stands before the text,
`标题` the title, `前言` what stands before the first heading, `抄送` who gets a copy, `落款` the date and issuer at the end,
`附件1` an annex, `附件1 二` a clause of it. Where nothing fits, nothing is found; where several places fit, all are returned and
none is chosen.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from workflows.notice_outline import CHINESE, Paragraph, same
from workflows.notice_parts import Parts, Place, annex, parts_of

_ANNEXED = re.compile(r"附件(\d{1,2}|[一二三四五六七八九十]{1,2})?(?:\s+(.+))?")
_PATH = re.compile(
    rf"(?:(?P<l1>[{CHINESE}]+)(?:\[(?P<n1>\d+)\])?)?(?:（(?P<l2>[{CHINESE}]+)）(?:\[(?P<n2>\d+)\])?)?"
    r"(?:(?P<l3>\d+)(?:\[(?P<n3>\d+)\])?)?(?:（(?P<l4>\d+)）(?:\[(?P<n4>\d+)\])?)?(?:(?P<l5>[①-⑳])(?:\[(?P<n5>\d+)\])?)?"
    r"(?:·(?P<sentence>.{1,20}))?"
)
SENTENCE_START = r"(?:^|[。；;：:！？，,])[\s\u3000]*"
LEVELS = 5


def find(paragraphs: Sequence[Paragraph], path: str, parts: Parts | None = None) -> tuple[Place, ...]:
    """Return every place at which the clause may stand: none, one, or several where the notice's numbering is not clear.

    parts: as `parts_of` gives them, for whoever looks for many clauses.
    """
    path = unicodedata.normalize("NFC", path.strip()).replace("(", "（").replace(")", "）")
    parts = parts or parts_of(paragraphs)
    if path in ("文头", "标题", "前言", "抄送", "落款"):
        return (parts.named[path],) if path in parts.named else ()
    within = parts.body
    if path.startswith("附件"):
        annexed = _ANNEXED.fullmatch(path)
        place = annex(parts, annexed[1] or "") if annexed else None
        if annexed is None or place is None or not annexed[2]:
            return () if place is None else (place,)
        within, path = place, annexed[2]
    parsed = _PATH.fullmatch(path)
    if parsed is None or not path or path.startswith("·") or within.last < within.first:
        return ()
    places, whole = [within], True
    for level in range(1, LEVELS + 1):
        mark, nth = parsed[f"l{level}"], parsed[f"n{level}"]
        if mark is not None:
            places = [
                below for place in places for below in _headed(paragraphs, place, whole, level, mark, nth)
            ]
            whole = False
    if parsed["sentence"]:
        places = [found for place in places for found in _sentences(paragraphs, place, parsed["sentence"])]
    return tuple(places)


def words(paragraphs: Sequence[Paragraph], place: Place) -> list[Paragraph]:
    """Return the paragraphs of a place."""
    return list(paragraphs[place.first - 1 : place.last])


def _headed(
    paragraphs: Sequence[Paragraph], within: Place, whole: bool, level: int, mark: str, nth: str | None
) -> Iterator[Place]:
    """Yield where headings of a level with that number stand inside a place; nth: only that one of them, from 1.

    whole: the place is no clause but the text itself.
    """
    own = 0 if whole else paragraphs[within.first - 1].level
    wanted = str(int(unicodedata.numeric(mark))) if level == LEVELS else mark
    starts: list[int] = []
    borders: list[int] = []
    # A heading counts only directly below what it is looked for in: 1. under （二） is not 1. under 三.
    directly = True
    for one in words(paragraphs, within):
        if directly and one.level == level and same(one.mark, wanted):
            starts.append(one.number)
        if 0 < one.level <= level:
            borders.append(one.number)
        if (whole or one.number > within.first) and own < one.level < level:
            directly = False
    if nth is not None:
        starts = starts[int(nth) - 1 : int(nth)]
    for first in starts:
        place = bisect_right(borders, first)
        yield Place(first, borders[place] - 1 if place < len(borders) else within.last)


def _sentences(paragraphs: Sequence[Paragraph], place: Place, sentence: str) -> Iterator[Place]:
    """Yield the paragraphs of a place in which a sentence begins with these words, such as 三是."""
    start = re.compile(SENTENCE_START + re.escape(sentence))
    for one in words(paragraphs, place):
        yield from (Place(one.number, one.number) for _ in start.finditer(one.text))
