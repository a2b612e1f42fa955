"""What falls due when: phases and occurrences of duties, from rules, the tenant's calendar and its choices. Pure.

All dates are local dates of the tenant; a due date means the end of that day (`due_moment`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from tenants.calendar import Roll
from tenants.text import say
from workflows.dates import Dates, ImpossibleDate, NoSeason, Setting
from workflows.elements import Duty
from workflows.parts import Every, When
from workflows.recurrence import BadRule, each_day, frequency, has_end

__all__ = [
    "ImpossibleDate", "NoSeason", "Occurrence", "Setting", "Span", "due_after", "due_moment", "occurrences",
    "opening_moment", "opens_after", "plan_phases", "planned",
]  # fmt: skip

Basis = Literal["notice", "phase", "tenant"]

_ROLLS: tuple[Roll, ...] = ("none", "earlier", "later")
_DAY = timedelta(days=1)
# How far a standing recurrence is looked at when nobody says how far.
_YEAR = timedelta(days=365)
# What stands for "no end of its own" where the rule itself ends: longer than any campaign.
_FAR = timedelta(days=36_525)
_PHASE_DATE = re.compile(r"\s*phases\.(\w+)\.(?:start|end)\s*")


@dataclass(frozen=True)
class Span:
    """The days of a phase, both included; end None = open. words: the notice's own."""

    start: date
    end: date | None
    words: str = ""


@dataclass(frozen=True)
class Occurrence:
    """One time that a duty is to be done.

    number: 1, 2, 3 … within the duty. due: None = undated. clause: paths, joined with 、.
    basis: what the due date rests on. disputed: the notice contradicts itself here.
    period: what it is for, such as 2024-11, 2024-W45, 2024-11-05; empty for what is done once.
    estimated: the due date rests on working days for which no official notice is known yet.
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


def plan_phases(setting: Setting) -> Mapping[str, Span]:
    """Return the span of every phase. Raises ImpossibleDate."""
    dates = Dates(setting)
    spans = {}
    for phase in setting.package.phases.values():
        where = f"phases.{phase.id}"
        start, end = dates.phase(phase.id, "start"), dates.phase(phase.id, "end")
        if start is None:
            raise ImpossibleDate(
                say("阶段“{title}”没有开始日期", title=phase.title),
                say("请写明 start。"),
                where,
                phase.start.line,
            )
        if end is not None and end < start:
            what = say(
                "阶段“{title}”的结束日期 {end} 早于开始日期 {start}", title=phase.title, end=end, start=start
            )
            line = phase.end.line if phase.end else phase.line
            raise ImpossibleDate(what, say("请改正其中一个日期。"), f"{where}.end", line)
        spans[phase.id] = Span(start, end, phase.words)
    return spans


def occurrences(setting: Setting, duty: Duty) -> Iterator[Occurrence]:
    """Yield what the calendar alone makes of a duty, in order of its due dates; nothing for one that something else starts.

    Never opens after it is due, whatever was written. Raises ImpossibleDate.
    """
    for one in planned(setting, duty):
        yield replace(one, opens=min(one.opens, one.due)) if one.due else one


def planned(setting: Setting, duty: Duty) -> Iterator[Occurrence]:
    """Yield the occurrences exactly as written, for whoever looks for mistakes in them. Raises ImpossibleDate."""
    dates = Dates(setting)
    if duty.every is not None:
        yield from _recurring(dates, duty, duty.every)
    elif duty.on is None:
        opens = dates.duty(duty.id, "start", duty.start) or dates.start()
        yield _once(dates, duty, opens)
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
    chosen = _choice(setting, duty, "due")
    if chosen is not None or duty.due is None:
        return dates.duty(duty.id, "due", None)
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


def _recurring(dates: Dates, duty: Duty, every: Every) -> Iterator[Occurrence]:
    where = f"duties.{duty.id}.every"
    try:
        start, end = _span(dates, duty, every)
        label = _labels(every.rule, start, end)
    except BadRule as bad:
        raise ImpossibleDate(bad.what, bad.do, where, every.line) from bad
    if label is None:
        return
    roll = _roll(dates.setting, duty, every)
    disputed = frozenset(duty.disputed.dates) if duty.disputed else frozenset()
    dropped = disputed if _dispute(dates.setting, duty) == "drop" else frozenset()
    number, previous = 0, None
    for day in each_day(every.rule, start, end):
        due, estimated = _rolled(dates, day, roll, every)
        # Rolling moves two days onto one: a daily check rolled over a weekend is one check.
        if day in dropped or (previous is not None and due <= previous):
            continue
        number += 1
        first = start if previous is None else previous + _DAY
        opens = first
        if every.opens is not None:
            opens = dates.evaluate(every.opens, f"{where}.opens", every.line, {"due": due}) or first
        elif opens > due:
            opens = due  # rolled back beyond its own beginning
        one = _one(dates, duty, number, opens, due)
        yield replace(one, disputed=day in disputed, period=label(day), estimated=estimated)
        previous = due


def _span(dates: Dates, duty: Duty, every: Every) -> tuple[date, date]:
    where = f"duties.{duty.id}.every"
    start = (dates.resolve(every.start, f"{where}.start") if every.start else None) or dates.start()
    end = dates.resolve(every.end, f"{where}.end") if every.end else None
    if end is None and duty.standing:
        end = dates.setting.horizon or max(dates.period("end") or start, start) + _YEAR
    end = end or dates.period("end")
    if end is None:
        if not has_end(every.rule):
            what = say("“{title}”的重复没有终点", title=duty.title)
            raise ImpossibleDate(what, say("请在 every 里写 end，或给行动写结束日期。"), where, every.line)
        end = start + _FAR
    if end < start:
        what = say("“{title}”的重复在 {end} 结束，早于开始的 {start}", title=duty.title, end=end, start=start)
        raise ImpossibleDate(what, say("请改正 every 的 start 或 end。"), where, every.line)
    return start, end


def _once(dates: Dates, duty: Duty, opens: date) -> Occurrence:
    due, estimated = dates.weighed(lambda: dates.duty(duty.id, "due", duty.due))
    return replace(_one(dates, duty, 1, opens, due), estimated=estimated)


def _one(dates: Dates, duty: Duty, number: int, opens: date, due: date | None) -> Occurrence:
    return Occurrence(
        duty.id, number, opens, due, _words(dates, duty), "、".join(duty.clauses), _basis(dates.setting, duty)
    )


def _words(dates: Dates, duty: Duty) -> str:
    """The notice's words for the date: the duty's, else those of the phase whose start or end it is."""
    found = _PHASE_DATE.fullmatch(duty.due.text) if duty.due and not duty.words else None
    phase = dates.package.phases.get(found.group(1)) if found else None
    return phase.words if phase else duty.words


def _basis(setting: Setting, duty: Duty) -> Basis:
    if duty.added or _choice(setting, duty, "due") is not None:
        return "tenant"
    written: list[When | None] = [duty.due] if duty.every is None else [duty.every.start, duty.every.end]
    if any(one and one.rule and "phases" in one.rule.names for one in written):
        return "phase"
    return "phase" if duty.on and duty.on.kind == "phase" and duty.due is None else "notice"


def _choice(setting: Setting, duty: Duty, key: str) -> object:
    chosen = (setting.choices.get("duties") or {}).get(duty.id) or {}
    return chosen.get(key)


def _roll(setting: Setting, duty: Duty, every: Every) -> Roll:
    chosen = _choice(setting, duty, "roll")
    return next((roll for roll in _ROLLS if roll == chosen), every.roll)


def _rolled(dates: Dates, day: date, roll: Roll, every: Every) -> tuple[date, bool]:
    try:
        due, estimated = dates.weighed(lambda: dates.rolled(day, roll))
    except ValueError as error:
        what = say("日历里 {day} 前后两个月都没有工作日", day=day)
        raise ImpossibleDate(what, say("请检查本单位的日历。"), "calendar", every.line) from error
    return due or day, estimated


def _dispute(setting: Setting, duty: Duty) -> str:
    chosen = (setting.choices.get("disputed") or {}).get(duty.id)
    default = duty.disputed.default if duty.disputed else "keep"
    return chosen if chosen in ("keep", "drop") else default


def _labels(rule: str, start: date, end: date) -> Callable[[date], str] | None:
    """Return what names a day's period as people do: by month, quarter, week or year, by the day itself where two days would
    get the same name. None when there is no day. Goes through the days once and keeps none: there may be thousands."""
    freq, interval = frequency(rule)
    previous, unique = "", True
    for day in each_day(rule, start, end):
        label = _label(day, freq, interval)
        # Names rise with the days, so that equal ones are neighbours.
        unique, previous = unique and label != previous, label
    if not previous:
        return None
    return (lambda day: _label(day, freq, interval)) if unique else date.isoformat


def _label(day: date, freq: str, interval: int) -> str:
    if freq == "YEARLY":
        return f"{day.year}"
    if freq == "MONTHLY" and interval % 3 == 0:
        return f"{day.year}-Q{(day.month + 2) // 3}"
    if freq == "MONTHLY":
        return f"{day.year}-{day.month:02}"
    if freq == "WEEKLY":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    return day.isoformat()
