"""The turns of a recurrence: rules, periods and seasons become days, rolled and named. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from typing import Any

from tenants.calendar import Roll, Season
from tenants.text import say
from workflows.dates import Dates, ImpossibleDate, NoSeason, Setting
from workflows.elements import Duty
from workflows.hours import shifted
from workflows.parts import Every
from workflows.periods import each_period, name_of
from workflows.recurrence import MAX_OCCURRENCES, BadRule, each_day, frequency, has_end, too_many

_DAY = timedelta(days=1)
# How far a standing recurrence is looked at when nobody says how far.
_YEAR = timedelta(days=365)
# What stands for "no end of its own" where the rule itself ends: longer than any campaign.
_FAR = timedelta(days=36_525)
# A holiday belongs to the year in which it ends (元旦), anything longer to the one in which it begins.
_HOLIDAY = timedelta(days=14)
_ROLLS: tuple[Roll, ...] = ("none", "earlier", "later")


@dataclass(frozen=True)
class Turn:
    """One time of a recurrence. due: None = undated. period: what it is for."""

    opens: date
    due: date | None
    period: str
    disputed: bool = False
    estimated: bool = False


@dataclass(frozen=True)
class _Raw:
    """A turn before it is rolled. day: on which it is due, or, undated, would be. opens: None = the day after the one before."""

    day: date
    opens: date | None
    period: str
    season: Mapping[str, object] | None = None


def turns(
    dates: Dates, duty: Duty, every: Every, names: Mapping[str, object] | None = None
) -> Iterator[Turn]:
    """Yield the turns in order of their due dates. names: what its dates read besides, such as `event`. Raises ImpossibleDate."""
    where = f"duties.{duty.id}.every"
    try:
        start, end = _span(dates, duty, every, names)
        found = _seasonal(dates, duty, every, start, end) if every.seasons else _regular(every, start, end)
        yield from _rolled_turns(dates, duty, every, start, islice(found, MAX_OCCURRENCES + 1), names or {})
    except BadRule as bad:
        raise ImpossibleDate(bad.what, bad.do, where, every.line) from bad


def choice(setting: Setting, duty: Duty, key: str) -> object:
    """Return what the tenant has decided about a duty; None = nothing."""
    chosen = (setting.choices.get("duties") or {}).get(duty.id) or {}
    return chosen.get(key)


def rolling(setting: Setting, duty: Duty, otherwise: Roll) -> Roll:
    """Return where a due date that is no working day goes: as the tenant says for the duty, or for all, else as written."""
    for chosen in (choice(setting, duty, "roll"), setting.choices.get("roll")):
        found = next((roll for roll in _ROLLS if roll == chosen), None)
        if found is not None:
            return found
    return otherwise


def rolled(dates: Dates, day: date, roll: Roll, line: int) -> date:
    """Return the day, moved to a working day where that is asked for. Raises ImpossibleDate where there is none near."""
    try:
        return dates.rolled(day, roll)
    except ValueError as error:
        what = say("日历里 {day} 前后两个月都没有工作日", day=day)
        raise ImpossibleDate(what, say("请检查本单位的日历。"), "calendar", line) from error


def _rolled_turns(
    dates: Dates, duty: Duty, every: Every, start: date, found: Iterator[_Raw], more: Mapping[str, object]
) -> Iterator[Turn]:
    roll = rolling(dates.setting, duty, every.roll)
    disputed = frozenset(duty.disputed.dates) if duty.disputed else frozenset()
    dropped = disputed if _dispute(dates.setting, duty) == "drop" else frozenset()
    previous: date | None = None
    for number, raw in enumerate(found):
        if number >= MAX_OCCURRENCES:
            raise too_many()
        due, estimated = _due(dates, every, raw, roll)
        # Rolling moves two days onto one: a daily check rolled over a weekend is one check. Several times in one period are
        # several, and so are two seasons that end together.
        meets = previous is not None and due <= previous and every.times == 1 and raw.season is None
        if raw.day in dropped or meets:
            continue
        opens = first = raw.opens or (start if previous is None else previous + _DAY)
        if every.opens is not None:
            names = {**more, "due": due} | ({"season": raw.season} if raw.season else {})
            opens = dates.evaluate(every.opens, f"duties.{duty.id}.every.opens", every.line, names) or first
        elif opens > due:
            opens = due  # rolled back beyond its own beginning
        whole = Turn(opens, None if every.undated else due, raw.period, raw.day in disputed, estimated)
        yield from _each_shift(every, whole) if every.shifts else (whole,)
        previous = due


def _each_shift(every: Every, day: Turn) -> Iterator[Turn]:
    """Yield one turn for each shift of a day; what ends after midnight is due on the next day."""
    for name, (days, _) in shifted(every.shifts).items():
        due = day.due + days * _DAY if day.due else None
        yield replace(day, due=due, period=f"{day.period} {name}")


def _due(dates: Dates, every: Every, raw: _Raw, roll: Roll) -> tuple[date, bool]:
    def work_out() -> date:
        if raw.season is not None:
            # What the state has not announced yet is a guess, and so is whatever is counted from it.
            dates.rests_on(raw.season)
        return rolled(dates, raw.day, roll, every.line)

    found, estimated = dates.weighed(work_out)
    return found or raw.day, estimated


def _span(dates: Dates, duty: Duty, every: Every, names: Mapping[str, object] | None) -> tuple[date, date]:
    where = f"duties.{duty.id}.every"
    start = (dates.resolve(every.start, f"{where}.start", names) if every.start else None) or dates.start()
    end = dates.resolve(every.end, f"{where}.end", names) if every.end else None
    if end is None and duty.standing:
        end = dates.setting.horizon or max(dates.period("end") or start, start) + _YEAR
    end = end or dates.period("end")
    if end is None:
        if every.each or every.seasons or not has_end(every.rule):
            what = say("“{title}”的重复没有终点", title=duty.title)
            raise ImpossibleDate(what, say("请在 every 里写 end，或给行动写结束日期。"), where, every.line)
        end = start + _FAR
    if end < start:
        what = say("“{title}”的重复在 {end} 结束，早于开始的 {start}", title=duty.title, end=end, start=start)
        raise ImpossibleDate(what, say("请改正 every 的 start 或 end。"), where, every.line)
    return start, end


def _regular(every: Every, start: date, end: date) -> Iterator[_Raw]:
    if every.each is None:
        label = _labels(every.rule, start, end)
        if label is not None:
            for day in each_day(every.rule, start, end):
                yield _Raw(day, day if every.undated else None, label(day))
        return
    for first, last in each_period(every.each, start, end):
        if first < start and every.first == "skip":
            continue
        day = last
        if last > end and not every.undated:
            if every.last == "drop":
                return
            day = end if every.last == "at_end" else last
        name = name_of(every.each, first)
        for n in range(1, every.times + 1):
            yield _Raw(day, max(first, start), f"{name}-{n}" if every.times > 1 else name)


def _seasonal(dates: Dates, duty: Duty, every: Every, start: date, end: date) -> Iterator[_Raw]:
    found: list[tuple[date, _Raw]] = []
    for name in every.seasons:
        spans = dates.setting.calendar.spans(name)
        if not spans:
            what = say("本单位的日历里没有“{name}”", name=name)
            do = say("请先在日历中登记它的起止日期。")
            raise NoSeason(what, do, f"duties.{duty.id}.every", every.line, season=name)
        found += [(span.start, _season(dates, duty, every, name, span)) for span in spans]
    yield from (
        raw for _, raw in sorted(found, key=lambda pair: (pair[1].day, pair[0])) if start <= raw.day <= end
    )


def _season(dates: Dates, duty: Duty, every: Every, name: str, span: Season) -> _Raw:
    year = (span.end if span.end - span.start < _HOLIDAY else span.start).year
    names = {"name": name, "start": span.start, "end": span.end}
    day = span.end
    if every.due is not None:
        where = f"duties.{duty.id}.every.due"
        day = dates.evaluate(every.due, where, every.line, {"season": names}) or day
    return _Raw(day, span.start, f"{year}-{name}", names)


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
    each: Any = {"YEARLY": "year", "MONTHLY": "quarter" if interval % 3 == 0 else "month", "WEEKLY": "week"}
    return name_of(each.get(freq, "day"), day)
