"""How pages show phases: on lanes of a time line, each after the one it lies in, with its rounds and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from tenants.db import Work
from workflows.package import Package
from workflows.phases import Span, state_of, tree

# So many lanes are drawn; the list under the line has every phase.
_LANES = 6


def phases_shape(work: Work, package: Package, spans: Mapping[str, Span]) -> list[dict[str, Any]]:
    """Return the phases for the time line, in the order in which they are read.

    lane: on which lane of the line it is drawn, None = not at all; begins: from where; rounds: its turns.
    """
    shapes = [
        _phase(work, package, key, spans[key], depth)
        for key, depth in ((phase.id, depth) for phase, depth in tree(package.phases))
        if key in spans
    ]
    _lay(shapes)
    return shapes


def now_titles(work: Work, package: Package, spans: Mapping[str, Span]) -> list[str]:
    """Return the titles of the phases that run today, those within another instead of it; with the name of the round."""
    running = {key for key, span in spans.items() if state_of(package.phases[key], span, work.today) == "now"}
    around = {package.phases[key].within for key in running}
    found = []
    for key in spans:
        if key in running - around:
            turn = spans[key].round_on(work.today)
            title = package.phases[key].title
            found.append(f"{title} {turn.name}" if turn else title)
    return found


def _phase(work: Work, package: Package, key: str, span: Span, depth: int) -> dict[str, Any]:
    phase = package.phases[key]
    title = {
        name: package.phases[name].title for name in (phase.after, phase.within) if name in package.phases
    }
    turn = span.round_on(work.today)
    return {
        "key": key, "title": phase.title, "start": span.start, "end": span.end, "begins": span.begins, "words": span.words,
        "clause": "、".join(phase.clauses), "state": state_of(phase, span, work.today), "depth": depth, "lane": None,
        "after": title.get(phase.after, ""), "part_of": title.get(phase.within, ""), "milestone": phase.milestone,
        "horizon": phase.horizon, "season": span.season, "round": turn.name if turn else "",
        "rounds": [{"name": one.name, "start": one.start, "end": one.end} for one in span.rounds],
    }  # fmt: skip


def _lay(shapes: Iterable[dict[str, Any]]) -> None:
    """Give each phase that can be drawn the first lane that is free for it, below the one it lies in."""
    taken: list[list[tuple[date, date]]] = []
    lanes: dict[str, int] = {}
    for one in shapes:
        first = one["end"] if one["milestone"] else one["begins"]
        if one["horizon"] or (first is None and one["end"] is None):
            continue
        span = (first or date.min, one["end"] or date.max)
        lowest = lanes.get(one["part_of"], -1) + 1 if one["part_of"] else 0
        lane = next(
            (n for n in range(lowest, len(taken)) if all(span[1] < a or b < span[0] for a, b in taken[n])),
            max(lowest, len(taken)),
        )
        while len(taken) <= lane:
            taken.append([])
        taken[lane].append(span)
        lanes[one["title"]] = lane
        one["lane"] = lane if lane < _LANES else None
