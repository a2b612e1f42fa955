"""The phases of a campaign as a tenant has them: from when to when, what lies inside of what, where each stands. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from tenants.text import say
from workflows.dates import Dates, ImpossibleDate, NoSeason, Setting
from workflows.elements import Phase

State = Literal["done", "now", "next", "open"]
STATES: tuple[State, ...] = ("next", "now", "done", "open")

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Round:
    """One turn of a phase that comes again: its name such as 2005, and its days, both included."""

    name: str
    start: date
    end: date


@dataclass(frozen=True)
class Span:
    """The days of a phase, both included. start None = the notice does not say; end None = open. words: the notice's own.

    begins: from where it is shown: its start, else what it follows or lies in; None = nobody can tell.
    rounds: its turns, when it comes again and both its ends are known. season: the one that the tenant's calendar lacks, so that
    a date that was written is missing.
    """

    start: date | None
    end: date | None
    words: str = ""
    begins: date | None = None
    rounds: tuple[Round, ...] = ()
    season: str = ""

    def covers(self, day: date) -> bool:
        """Tell whether the phase runs on that day, as far as anybody can tell."""
        if self.begins is None and self.end is None:
            return False
        return (self.begins is None or self.begins <= day) and (self.end is None or day <= self.end)

    def names(self) -> dict[str, object]:
        """Return what expressions of a process may read of it: start, end, and its rounds by name."""
        rounds = {one.name: {"start": one.start, "end": one.end} for one in self.rounds}
        return {"start": self.start, "end": self.end, **rounds}

    def round_on(self, day: date) -> Round | None:
        """Return the turn that runs on that day."""
        return next((one for one in self.rounds if one.start <= day <= one.end), None)


def plan_phases(setting: Setting) -> Mapping[str, Span]:
    """Return the span of every phase. Raises ImpossibleDate."""
    dates = Dates(setting)
    return {phase.id: span_of(dates, phase) for phase in setting.package.phases.values()}


def known_phases(setting: Setting) -> Mapping[str, Span]:
    """Return the same, for whoever looks before the tenant has its seasons: a date that waits for one is missing.

    Raises ImpossibleDate for every other trouble.
    """
    found = {}
    for phase in setting.package.phases.values():
        try:
            found[phase.id] = span_of(Dates(setting), phase)
        except NoSeason as lacking:
            found[phase.id] = _without(setting, phase, lacking.season)
    return found


def state_of(phase: Phase, span: Span, today: date) -> State:
    """Return where a phase stands. `open`: it has no date by which anybody could tell, or lies on the horizon."""
    if span.start is None and span.end is None:
        return "open"
    if span.end is not None and span.end < today:
        return "done"
    if phase.horizon:
        return "open"
    if phase.milestone:
        return "now" if span.end == today else "next"
    return "next" if span.begins is not None and span.begins > today else "now"


def span_of(dates: Dates, phase: Phase) -> Span:
    """Return the span of one phase. Raises ImpossibleDate."""
    start, end = dates.phase(phase.id, "start"), dates.phase(phase.id, "end")
    if start is None and phase.start is not None:
        what = say("阶段“{title}”没有开始日期", title=phase.title)
        raise ImpossibleDate(what, say("请写明 start。"), f"phases.{phase.id}", phase.start.line)
    if end is not None and start is not None and end < start:
        what = say(
            "阶段“{title}”的结束日期 {end} 早于开始日期 {start}", title=phase.title, end=end, start=start
        )
        line = phase.end.line if phase.end else phase.line
        raise ImpossibleDate(what, say("请改正其中一个日期。"), f"phases.{phase.id}.end", line)
    rounds = tuple(Round(*one) for one in dates.rounds(phase.id))
    return Span(start, end, phase.words, _begins(dates, phase, frozenset()), rounds)


def _begins(dates: Dates, phase: Phase, seen: frozenset[str]) -> date | None:
    """Return from where a phase is shown. A circle of phases ends where it began; it is reported for itself."""
    start = dates.phase(phase.id, "start")
    phases = dates.package.phases
    if start is not None or phase.milestone or phase.horizon or phase.id in seen:
        return start
    if phase.after in phases:
        before = dates.phase(phase.after, "end")
        own = dates.phase(phase.id, "end")
        begins = before + _DAY if before else None
        return min(begins, own) if begins and own else begins
    if phase.within in phases:
        return _begins(dates, phases[phase.within], seen | {phase.id})
    return None


def _without(setting: Setting, phase: Phase, season: str) -> Span:
    """Return what is known of a phase of which a date waits for a season."""
    dates = Dates(setting)
    start, end = (_known(dates, phase, which) for which in ("start", "end"))
    return Span(start, end, phase.words, start, (), season)


def _known(dates: Dates, phase: Phase, which: str) -> date | None:
    try:
        return dates.phase(phase.id, which)
    except NoSeason:
        return None


def tree(phases: Mapping[str, Phase]) -> Iterator[tuple[Phase, int]]:
    """Yield every phase after the one it lies in, with how deep it lies; in the order of the file otherwise."""
    below: dict[str, list[Phase]] = {}
    for phase in phases.values():
        below.setdefault(phase.within if phase.within in phases else "", []).append(phase)

    def walk(key: str, depth: int) -> Iterator[tuple[Phase, int]]:
        for phase in below.get(key, []):
            yield phase, depth
            yield from walk(phase.id, depth + 1)

    yield from walk("", 0)
