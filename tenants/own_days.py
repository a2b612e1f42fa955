"""What a tenant says of its own days: extra holidays and working days, seasons, years that it has settled. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

from tenants.calendar import Calendar, Season, Yearly, spans
from tenants.errors import Invalid
from tenants.statutory import Statutory, days_of, festivals, unannounced
from tenants.text import say

Kind = Literal["off", "worked"]
# No season is longer, and no more days are set at once.
MAX_DAYS = 366
MAX_NAME = 40
FIRST_YEAR, LAST_YEAR = 1990, 2200


@dataclass(frozen=True)
class OwnDay:
    """A day that the tenant set itself."""

    kind: Kind
    name: str


@dataclass(frozen=True)
class Own:
    """All that a tenant says of its days.

    yearly: season -> when it comes back every year. seasons: season -> year in which it starts -> its span in that year.
    settled: years for which the tenant vouches itself, because it has entered what was announced.
    """

    days: Mapping[date, OwnDay] = field(default_factory=dict)
    yearly: Mapping[str, Yearly] = field(default_factory=dict)
    seasons: Mapping[str, Mapping[int, Season]] = field(default_factory=dict)
    settled: frozenset[int] = frozenset()


@dataclass(frozen=True)
class DayChange:
    """A day becomes off or worked; kind None = it is again what the state says."""

    day: date
    kind: Kind | None
    name: str = ""


@dataclass(frozen=True)
class SeasonChange:
    """A season gets a span. year: the one in which it starts; None = every year. start and end None = the span is taken away."""

    name: str
    year: int | None
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True)
class YearChange:
    """A year is vouched for, or no longer."""

    year: int
    settled: bool


Change = DayChange | SeasonChange | YearChange


def calendar(own: Own, first: int, last: int) -> Calendar:
    """Return the calendar of the years `first`..`last`, both included; the tenant's own word counts last."""
    years = range(first, last + 1)
    known: dict[date, str] = {one.day: one.kind for year in years for one in days_of(year)}
    known |= {day: mine.kind for day, mine in own.days.items() if first <= day.year <= last}
    names = sorted({*own.yearly, *own.seasons})
    # A season may have begun in the year before.
    around = range(first - 1, last + 1)
    return Calendar(
        frozenset(day for day, kind in known.items() if kind == "off" and day.weekday() < 5),
        frozenset(day for day, kind in known.items() if kind == "worked" and day.weekday() >= 5),
        {name: spans(own.yearly.get(name), own.seasons.get(name, {}), around) for name in names},
        unannounced(years) - own.settled,
        frozenset(own.days),
        holidays_of(range(first, last + 1)),
    )


def holidays_of(years: Iterable[int]) -> dict[str, tuple[Season, ...]]:
    """Return the state's holidays of these years as seasons: name -> spans."""
    found: dict[str, tuple[Season, ...]] = {}
    for year in years:
        for name, first, last in festivals(year):
            found[name] = (*found.get(name, ()), Season(first, last))
    return found


def changed(own: Own, changes: Iterable[Change]) -> Own:
    """Return what the tenant says after the changes. Raises Invalid for one that makes no sense."""
    days, settled = dict(own.days), set(own.settled)
    yearly, seasons = dict(own.yearly), {name: dict(found) for name, found in own.seasons.items()}
    for one in changes:
        _check(one)
        if isinstance(one, DayChange):
            days.pop(one.day, None)
            if one.kind is not None:
                days[one.day] = OwnDay(one.kind, one.name)
        elif isinstance(one, YearChange):
            settled = settled | {one.year} if one.settled else settled - {one.year}
        elif one.year is None:
            yearly.pop(one.name, None)
            if one.start and one.end:
                yearly[one.name] = Yearly((one.start.month, one.start.day), (one.end.month, one.end.day))
        else:
            found = seasons.setdefault(one.name, {})
            found.pop(one.year, None)
            if one.start and one.end:
                found[one.year] = Season(one.start, one.end)
    return replace(own, days=days, yearly=yearly, seasons={k: v for k, v in seasons.items() if v},
                   settled=frozenset(settled))  # fmt: skip


def exceptional(own: Own, year: int) -> list[tuple[date, Statutory | None, OwnDay | None]]:
    """Return the days of the year that are not as the weekday says, in order: what the state says, what the tenant says."""
    state = {one.day: one for one in days_of(year)}
    mine = {day: one for day, one in own.days.items() if day.year == year}
    return [(day, state.get(day), mine.get(day)) for day in sorted({*state, *mine})]


def _check(one: Change) -> None:
    if isinstance(one, DayChange):
        if one.kind not in (None, "off", "worked"):
            raise Invalid(say("一天只能设为“放假”或“上班”。"), say("请选择其中之一。"))
        _check_year(one.day.year)
    elif isinstance(one, YearChange):
        _check_year(one.year)
    else:
        _check_season(one)


def _check_season(one: SeasonChange) -> None:
    if not one.name or len(one.name) > MAX_NAME:
        raise Invalid(say("请填写时段的名称，不超过 {n} 个字。", n=MAX_NAME), say("例如：汛期、两会。"))
    if one.year is not None:
        _check_year(one.year)
    if one.start is None or one.end is None:
        return
    if one.year is not None and one.start.year != one.year:
        raise Invalid(say("{year}年的时段应当从{year}年开始。", year=one.year), say("请核对开始日期。"))
    if one.year is not None and one.end < one.start:
        raise Invalid(say("时段的结束早于开始。"), say("跨年的时段，请把结束日期写在下一年。"))
    if one.year is not None and one.end - one.start >= timedelta(days=MAX_DAYS):
        raise Invalid(say("一个时段不能超过一年。"), say("请核对起止日期。"))


def _check_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Invalid(say("年份超出日历的范围。"), say("请核对日期。"))
