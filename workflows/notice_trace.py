"""A notice held against a package, clause by clause: what asks for something, what carries it out, what is not drawn yet. Pure.

`trace` looks at the clauses that the package itself lists; here they are found in the notice's own text, so that a clause which
the package forgot is found, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows.asking import Cue, asking
from workflows.elements import Clause, Package
from workflows.notice_clauses import NoticeClause, split
from workflows.notice_outline import Paragraph
from workflows.trace import carried_by, elements


@dataclass(frozen=True)
class Traced:
    """One clause of the notice. cues: by which words it asks, none when it does not.

    elements: paths of those that carry it out. exempt: why it needs none. gist: what the package says that it says.
    """

    clause: NoticeClause
    cues: tuple[Cue, ...] = ()
    elements: tuple[str, ...] = ()
    exempt: str = ""
    gist: str = ""

    @property
    def path(self) -> str:
        return self.clause.path

    @property
    def asks(self) -> bool:
        """Tell whether it asks for something."""
        return bool(self.cues)

    @property
    def covered(self) -> bool:
        """Tell whether nothing is missing: it does not ask, or somebody carries it out, or a reason says why nobody does."""
        return not self.asks or bool(self.elements or self.exempt)


@dataclass(frozen=True)
class Loose:
    """An element that carries out no clause of the notice. clauses: which it names, and the notice does not have.

    reason: why it is there all the same, where it says so.
    """

    path: str
    title: str
    clauses: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class Trace:
    """A notice held against a package. strangers: clauses that the package lists and the notice does not have."""

    clauses: tuple[Traced, ...]
    loose: tuple[Loose, ...]
    strangers: tuple[str, ...]

    @property
    def asking(self) -> tuple[Traced, ...]:
        """Return the clauses that ask for something."""
        return tuple(one for one in self.clauses if one.asks)

    @property
    def bare(self) -> tuple[Traced, ...]:
        """Return those that ask, and that nothing carries out and no reason exempts."""
        return tuple(one for one in self.clauses if not one.covered)

    @property
    def coverage(self) -> float:
        """Return the share of the asking clauses that have an element or an exemption; 1.0 when none asks."""
        return 1 - len(self.bare) / len(self.asking) if self.asking else 1.0


def trace_notice(package: Package, paragraphs: Sequence[Paragraph]) -> Trace:
    """Return what becomes of each clause of a notice in a package."""
    found = split(paragraphs)
    asks = asking(found)
    carried = carried_by(package)
    listed = {clause.path: clause for clause in package.clauses}
    paths = {clause.path for clause in found}
    own = {clause.path: _own(clause, carried, listed) for clause in found}
    clauses = tuple(_traced(clause, asks, own, listed) for clause in found)
    loose = tuple(
        Loose(path, element.title, element.clauses, element.reason)
        for path, element in elements(package)
        if element.added or not any(_stands(one, paths) for one in element.clauses)
    )
    strangers = tuple(path for path in listed if not _stands(path, paths))
    return Trace(clauses, loose, strangers)


def _own(
    clause: NoticeClause, carried: Mapping[str, tuple[str, ...]], listed: Mapping[str, Clause]
) -> tuple[tuple[str, ...], str]:
    """Return what the package says of a clause itself, or of single sentences of it: elements and exemption."""
    mine = [path for path in {*carried, *listed} if path == clause.path or _sentence_of(path) == clause.path]
    mine.sort(key=lambda path: (path != clause.path, path))
    found = dict.fromkeys(one for path in mine for one in carried.get(path, ()))
    exempt = listed[clause.path].exempt if clause.path in listed else ""
    return tuple(found), exempt


def _traced(
    clause: NoticeClause,
    asks: Mapping[str, Sequence[Cue]],
    own: Mapping[str, tuple[tuple[str, ...], str]],
    listed: Mapping[str, Clause],
) -> Traced:
    carriers, exempt = own[clause.path]
    if not carriers and not exempt and (clause.listed or "·" in clause.path):
        # An item of a list is carried out with what the list belongs to.
        carriers, exempt = own.get(clause.within, ((), ""))
    below = [own[one] for one in clause.below if asks[one]]
    if not carriers and not exempt and below and all(any(one) for one in below) and _announces(clause):
        # What announces a list is carried out by all of its items.
        carriers = tuple(dict.fromkeys(path for found, _ in below for path in found))
        exempt = "" if carriers else below[0][1]
    gist = listed[clause.path].gist if clause.path in listed else ""
    return Traced(clause, tuple(asks[clause.path]), carriers, exempt, gist)


def _announces(clause: NoticeClause) -> bool:
    return clause.text.rstrip().endswith(("：", ":"))


def _sentence_of(path: str) -> str:
    return path.rpartition("·")[0]


def _stands(path: str, paths: set[str]) -> bool:
    """Tell whether the notice has a clause, or the one whose sentence it is."""
    return path in paths or _sentence_of(path) in paths


def as_json(found: Trace) -> dict[str, object]:
    """Return a trace as an object of plain values; of the notice's words only those by which it asks."""
    return {
        "clauses": [
            {
                "path": one.path, "asks": one.asks, "words": list(dict.fromkeys(cue.word for cue in one.cues if cue.word)),
                "elements": list(one.elements), "exempt": one.exempt,
            }
            for one in found.clauses
        ],
        "elements": [
            {"path": one.path, "clauses": list(one.clauses), "reason": one.reason} for one in found.loose
        ],
        "strangers": list(found.strangers), "asking": len(found.asking), "bare": [one.path for one in found.bare],
        "coverage": round(found.coverage, 4),
    }  # fmt: skip
