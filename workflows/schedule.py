"""What falls due when: phases and occurrences of duties, from rules, the tenant's calendar and its choices. Pure.

All dates are local dates of the tenant; a due date means the end of that day (`due_moment`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from workflows import milestones
from workflows.dates import Dates, ImpossibleDate, NoSeason, Setting
from workflows.elements import Duty
from workflows.parts import Every, When
from workflows.phases import Round, Span, known_phases, plan_phases
from workflows.recurring import choice, rolled, rolling, turns

__all__ = [
    "ImpossibleDate", "NoSeason", "Occurrence", "Round", "Setting", "Span", "due_after", "due_moment", "expected", "known_phases",
    "occurrences", "opening_moment", "opens_after", "plan_phases", "planned", "turns_after",
]  # fmt: skip

Basis = Literal["notice", "phase", "tenant"]

_DAY = timedelta(days=1)
_PHASE_DATE = re.compile(r"\s*phases\.(\w+)\.(?:start|end)\s*")


@dataclass(frozen=True)
class Occurrence:
    """One time that a duty is to be done.

    number: 1, 2, 3 … within the duty. due: None = undated. clause: paths, joined with 、.
    basis: what the due date rests on. disputed: the notice contradicts itself here.
    period: what it is for, such as 2024-11, 2024-W45, 2024-11-05; empty for what is done once.
    estimated: the due date rests on working days for which no official notice is known yet.
    season: the season that the tenant's calendar lacks; it has no due date until the tenant enters it. past: it was over before
    the notice was issued, so that nobody is late for it.
    """

    duty: str
    number: int
    opens: date
    due: date | None
    words: str = ""
    clause: str = ""
    basis: Basis = "notice"
    disputed: bool = False
    period: str = ""
    estimated: bool = False
    season: str = ""
    past: bool = False


def occurrences(setting: Setting, duty: Duty) -> Iterator[Occurrence]:
    """Yield what the calendar alone makes of a duty, in order of its due dates; nothing for one that something else starts.

    Never opens after it is due, whatever was written. Raises ImpossibleDate.
    """
    for one in planned(setting, duty):
        yield replace(one, opens=min(one.opens, one.due)) if one.due else one


def expected(setting: Setting, duty: Duty) -> Iterator[Occurrence]:
    """Yield the same for a campaign that is to run: a season that the tenant has not entered yet holds nobody up.

    What is due once has no due date until then; what begins or comes again with it comes when it is known. Raises ImpossibleDate
    for every other trouble.
    """
    try:
        yield from list(occurrences(setting, duty))
    except NoSeason as lacking:
        if duty.every is not None:
            yield from _without(setting, duty, duty.every)
        elif duty.on is None:
            dates = Dates(setting)
            one = _one(dates, duty, 1, _opens(dates, duty), None)
            yield replace(one, season=lacking.season)


def planned(setting: Setting, duty: Duty) -> Iterator[Occurrence]:
    """Yield the occurrences exactly as written, for whoever looks for mistakes in them. Raises ImpossibleDate."""
    dates = Dates(setting)
    if duty.on is not None and duty.on.kind != "phase":
        return
    if duty.every is not None:
        yield from _recurring(dates, duty, duty.every)
    elif duty.on is None:
        yield _once(dates, duty, dates.duty(duty.id, "start", duty.start) or dates.start())
    elif duty.on.kind == "phase" and duty.on.phase in setting.package.phases:
        opens_at = dates.phase(duty.on.phase, duty.on.at)
        if opens_at is not None:
            opens = dates.duty(duty.id, "start", duty.start) or opens_at
            yield _once(dates, duty, opens)


def due_after(setting: Setting, duty: Duty, event: Mapping[str, object]) -> date | None:
    """Return when a duty that `event` started is due; None = undated.

    event: what the duty's dates read as `event`: `at`, the moment it happened (aware) or its local date, and whatever else
    the trigger carries. Raises ImpossibleDate.
    """
    dates = Dates(setting)
    chosen = choice(setting, duty, "due")
    if chosen is not None:
        return dates.duty(duty.id, "due", None)
    if duty.due is None:
        return milestones.last(dates, duty, event)
    return dates.resolve(duty.due, f"duties.{duty.id}.due", {"event": event})


def opens_after(setting: Setting, duty: Duty, event: Mapping[str, object]) -> date | None:
    """Return when a duty that `event` started opens; None = at once. Raises ImpossibleDate."""
    if duty.start is None:
        return None
    return Dates(setting).resolve(duty.start, f"duties.{duty.id}.start", {"event": event})


def due_moment(day: date, timezone: str) -> datetime:
    """Return the first instant (UTC) at which something due on the local day `day` is late."""
    return opening_moment(day + _DAY, timezone)


def opening_moment(day: date, timezone: str) -> datetime:
    """Return the first instant (UTC) of the local day `day`."""
    # Where a clock change skips midnight, the day begins when the clocks say so: an hour that does not exist is read
    # with the offset before the change, which lands on the first that does.
    return datetime.combine(day, time.min, ZoneInfo(timezone)).astimezone(UTC)


def turns_after(setting: Setting, duty: Duty, event: Mapping[str, object]) -> Iterator[Occurrence]:
    """Yield what a duty that comes again makes of an event: its turns from then on, none of which was over by then.

    Without a `start` of its own it begins on the day of the event. event: as for `due_after`. Raises ImpossibleDate.
    """
    assert duty.every is not None
    dates = Dates(setting)
    day = dates.day_of(event["at"])
    every = duty.every if duty.every.start else replace(duty.every, start=When("event.at", day=day))
    for one in _recurring(dates, duty, every, {"event": event}):
        if day is None or (one.due or one.opens) >= day or duty.every.undated:
            yield replace(one, opens=min(one.opens, one.due)) if one.due else one


def _recurring(
    dates: Dates, duty: Duty, every: Every, names: Mapping[str, object] | None = None
) -> Iterator[Occurrence]:
    for number, turn in enumerate(turns(dates, duty, every, names), 1):
        one = _one(dates, duty, number, turn.opens, turn.due)
        yield replace(one, disputed=turn.disputed, period=turn.period, estimated=turn.estimated)


def _once(dates: Dates, duty: Duty, opens: date) -> Occurrence:
    def work_out() -> date | None:
        day = dates.duty(duty.id, "due", duty.due) or milestones.last(dates, duty)
        # A date that the tenant has set itself is where it wants it.
        own = choice(dates.setting, duty, "due") is not None
        roll = "none" if own else rolling(dates.setting, duty, "none")
        return rolled(dates, day, roll, duty.line) if day else None

    due, estimated = dates.weighed(work_out)
    return replace(_one(dates, duty, 1, opens, due), estimated=estimated)


def _opens(dates: Dates, duty: Duty) -> date:
    """Return when a duty opens whose due date waits for a season; at once where its beginning does as well."""
    try:
        return dates.duty(duty.id, "start", duty.start) or dates.start()
    except NoSeason:
        return dates.start()


def _without(setting: Setting, duty: Duty, every: Every) -> Iterator[Occurrence]:
    """Yield what comes with those seasons that the calendar has."""
    known = tuple(name for name in every.seasons if setting.calendar.spans(name))
    if known:
        try:
            yield from list(occurrences(setting, replace(duty, every=replace(every, seasons=known))))
        except NoSeason:  # its span waits for one that is none of them
            return


def _one(dates: Dates, duty: Duty, number: int, opens: date, due: date | None) -> Occurrence:
    issued = dates.package.notice.issued
    return Occurrence(
        duty.id, number, opens, due, _words(dates, duty), "、".join(duty.clauses), _basis(dates.setting, duty),
        past=due is not None and issued is not None and due < issued,
    )  # fmt: skip


def _words(dates: Dates, duty: Duty) -> str:
    """The notice's words for the date: the duty's, else those of the phase whose start or end it is."""
    found = _PHASE_DATE.fullmatch(duty.due.text) if duty.due and not duty.words else None
    phase = dates.package.phases.get(found.group(1)) if found else None
    words = phase.words if phase else duty.words
    return words or (f"{duty.hour:%H:%M}" if duty.hour else "")


def _basis(setting: Setting, duty: Duty) -> Basis:
    if duty.added or choice(setting, duty, "due") is not None:
        return "tenant"
    written: list[When | None] = [duty.due] if duty.every is None else [duty.every.start, duty.every.end]
    if any(one and one.rule and "phases" in one.rule.names for one in written):
        return "phase"
    return "phase" if duty.on and duty.on.kind == "phase" and duty.due is None else "notice"
