"""A notice split into its clauses, each with the words that are its own. Pure.

Every clause has the path by which `notice_text.find` finds it again. What several 一是…；二是… count out in one paragraph are
clauses of their own, `三（三）3·二是`; what comes after a list and speaks of 上述 belongs to whom the list belongs.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from workflows.notice_outline import TITLE, Paragraph, goes_on, is_contents
from workflows.notice_parts import Parts, Place, parts_of

_WRITTEN = ("{}", "（{}）", "{}", "（{}）", "{}")
_ITEM = re.compile(r"(?:^|(?<=[。；;：:！？，,]))[\s\u3000]*(?=([一二三四五六七八九十]{1,2})是)")
_NUMERALS = (
    "一",
    "二",
    "三",
    "四",
    "五",
    "六",
    "七",
    "八",
    "九",
    "十",
    "十一",
    "十二",
    "十三",
    "十四",
    "十五",
)
_BACK = re.compile(r"^(?:[对凡]|针对|按照|以上|上述|前述)?(?:上述|以上|前述|前款)")
_ANNOUNCES = re.compile(r"[：:]$")


@dataclass(frozen=True)
class NoticeClause:
    """One clause of a notice.

    path: as the notice counts. title: what its heading says, cut short; empty when it has none. texts: its own words, without
    those of the clauses below it: (number of the paragraph, text), the heading's number left out. within: path of the clause that
    it stands in. below: paths of those that stand in it. listed: part of a list that the clause above announces with a colon.
    """

    path: str
    title: str = ""
    texts: tuple[tuple[int, str], ...] = ()
    within: str = ""
    below: tuple[str, ...] = ()
    listed: bool = False

    @property
    def first(self) -> int:
        """Return the number of its first paragraph."""
        return self.texts[0][0]

    @property
    def text(self) -> str:
        """Return its own words in one piece: what a page tore apart is put together again."""
        whole = ""
        for _, text in self.texts:
            whole += text if not whole or goes_on(whole.rsplit("\n", 1)[-1]) else f"\n{text}"
        return whole


@dataclass
class _Node:
    path: str
    level: int
    title: str
    texts: list[tuple[int, str]]
    below: list[_Node] = field(default_factory=list)
    above: _Node | None = None
    nth: int = 1  # of those beside it with the same number
    counts: Counter[str] = field(default_factory=Counter)

    def written(self) -> str:
        """Return its number; where it stands there several times, with which of them it is."""
        return self.path + (f"[{self.nth}]" if self.above and self.above.counts[self.path] > 1 else "")


def split(paragraphs: Sequence[Paragraph], parts: Parts | None = None) -> tuple[NoticeClause, ...]:
    """Return the clauses of a notice in the order in which they stand in it."""
    parts = parts or parts_of(paragraphs)
    found: list[NoticeClause] = []
    for path, place in parts.named.items():
        inner = [other for key, other in parts.named.items() if key != path and _holds(place, other)]
        texts = [
            one
            for one in _inside(paragraphs, place)
            if not any(_holds(other, Place(one[0], one[0])) for other in inner)
        ]
        if texts:
            found += _counted(NoticeClause(path, "", tuple(texts)))
    found += _numbered(paragraphs, parts.body, "", _taken(parts))
    if parts.listed is not None and not parts.annexes:
        found.append(NoticeClause("附件", "", tuple(_inside(paragraphs, parts.listed))))
    for number, place in parts.annexes:
        name = f"附件{number}"
        below = list(_numbered(paragraphs, place, f"{name} ", set()))
        heads = {one for clause in below for one, _ in clause.texts}
        texts = [one for one in _inside(paragraphs, place) if one[0] not in heads]
        found.append(NoticeClause(name, "", tuple(texts)))
        found += [replace(clause, within=clause.within or name) for clause in below]
    return tuple(sorted(found, key=lambda one: one.first))


def _taken(parts: Parts) -> set[int]:
    return {number for place in parts.named.values() for number in range(place.first, place.last + 1)}


def _holds(one: Place, other: Place) -> bool:
    return one.first <= other.first and other.last <= one.last


def _inside(paragraphs: Sequence[Paragraph], place: Place) -> list[tuple[int, str]]:
    return [
        (one.number, one.text)
        for one in paragraphs[place.first - 1 : place.last]
        if not is_contents(one.text)
    ]


def _numbered(
    paragraphs: Sequence[Paragraph], place: Place, prefix: str, taken: set[int]
) -> Iterator[NoticeClause]:
    """Yield the clauses of a place by its headings; what stands before the first of them is nobody's."""
    top = _Node("", 0, "", [])
    at = top
    for one in paragraphs[place.first - 1 : place.last]:
        if one.number in taken or is_contents(one.text):
            continue
        if one.level:
            above = at
            while above.level >= one.level and above.above is not None:
                above = above.above
            at = _Node(_mark(one), one.level, "", [(one.number, _bare(one))], above=above)
            above.counts[at.path] += 1
            at.nth = above.counts[at.path]
            above.below.append(at)
        elif at is not top:
            if (
                _BACK.match(one.text)
                and at.above is not None
                and at.above is not top
                and len(at.above.below) > 1
            ):
                at = at.above
            at.texts.append((one.number, one.text))
    for node in top.below:
        yield from _clauses(node, prefix, "")


def _clauses(node: _Node, above: str, within: str, listed: bool = False) -> Iterator[NoticeClause]:
    path = above + node.written()
    own = NoticeClause(path, _title(node.texts[0][1]), tuple(node.texts), within, listed=listed)
    counted = _counted(own)
    announces = bool(_ANNOUNCES.search(counted[0].text.rstrip()))
    below = [list(_clauses(one, path, path, announces)) for one in node.below]
    names = (*counted[0].below, *(clauses[0].path for clauses in below))
    yield replace(counted[0], below=names)
    yield from counted[1:]
    for clauses in below:
        yield from clauses


def _counted(clause: NoticeClause) -> list[NoticeClause]:
    """Return a clause, and what it counts out as 一是…；二是… as clauses of their own. Counted must be from one, and to two."""
    for place, (number, text) in enumerate(clause.texts):
        starts = list(_in_order(_ITEM.finditer(text)))
        if len(starts) < 2:
            continue
        ends = [start for start, _ in starts[1:]] + [len(text)]
        items = []
        for (start, mark), end in zip(starts, ends, strict=True):
            rest = clause.texts[place + 1 :] if end == len(text) else ()
            texts = ((number, text[start:end].strip()), *rest)
            listed = bool(_ANNOUNCES.search(text[: starts[0][0]].rstrip()))
            items.append(NoticeClause(f"{clause.path}·{mark}是", "", texts, clause.path, listed=listed))
        before = text[: starts[0][0]].rstrip()
        own = (*clause.texts[:place], *([(number, before)] if before else []))
        if own:
            return [replace(clause, texts=own, below=tuple(one.path for one in items)), *items]
    return [clause]


def _in_order(found: Iterable[re.Match[str]]) -> Iterator[tuple[int, str]]:
    wanted = iter(_NUMERALS)
    mark = next(wanted)
    for one in found:
        if one[1] == mark:
            yield one.end(), mark
            mark = next(wanted, "")


def _mark(one: Paragraph) -> str:
    mark = chr(ord("①") + int(one.mark) - 1) if one.level == 5 and 1 <= int(one.mark) <= 20 else one.mark
    return _WRITTEN[one.level - 1].format(mark)


_NUMBER = re.compile(
    r"^(?:第?[一二三四五六七八九十百零〇]{1,4}[\s\u3000]*(?:、|[章节部]分?)|[（(][\s\u3000]*[一二三四五六七八九十百零〇\d]{1,4}[\s\u3000]*[）)]"
    r"|\d{1,3}[\s\u3000]*[.．、]|[①-⑳]|\d{1,2}[）)])[\s\u3000]*"
)


def _bare(one: Paragraph) -> str:
    """Return a heading's paragraph without its number."""
    return _NUMBER.sub("", one.text)


def _title(text: str) -> str:
    """Return what a heading says: its first sentence; cut short where it is a long one."""
    head = re.split(r"(?<=[。：:])", text, maxsplit=1)[0].rstrip("。：:")
    return head if len(head) <= TITLE else f"{head[: TITLE - 1]}…"
