"""A tenant's calendar, put together: statutory holidays (with 调休) and the days and seasons that the tenant set itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
from sqlalchemy import select

from tenants import access, audit
from tenants.calendar import Calendar, Season
from tenants.db import Work
from tenants.errors import Invalid, NotFound
from tenants.models import CalendarDay, CalendarSeason
from tenants.text import say

# The last year whose holidays and make-up days were officially announced when the library was released.
LAST_ANNOUNCED = 2026


def calendar_of(work: Work, first: int, last: int) -> Calendar:
    """Return the tenant's calendar for the years `first`..`last`, both included."""
    off, worked = _statutory(first, last)
    own_off, own_worked = set(off), set(worked)
    for row in work.session.scalars(select(CalendarDay)):
        (own_off if row.kind == "off" else own_worked).add(row.day)
        (own_worked if row.kind == "off" else own_off).discard(row.day)
    seasons: dict[str, list[Season]] = {}
    for span in work.session.scalars(select(CalendarSeason).order_by(CalendarSeason.start)):
        seasons.setdefault(span.name, []).append(Season(span.start, span.end))
    estimated = frozenset(year for year in range(first, last + 1) if year > LAST_ANNOUNCED)
    spans = {name: tuple(found) for name, found in seasons.items()}
    return Calendar(frozenset(own_off), frozenset(own_worked), spans, estimated)


def set_day(work: Work, day: date, kind: str, name: str) -> None:
    """Make a day `off` or `worked` in this tenant, whatever the statutory calendar says."""
    access.require(work.viewer, "units.manage")
    if kind not in ("off", "worked"):
        raise Invalid(say("一天只能设为“放假”或“上班”。"), say("请选择其中之一。"))
    row = work.session.scalar(select(CalendarDay).where(CalendarDay.day == day))
    if row is None:
        row = CalendarDay(day=day, kind=kind, name=name)
        work.session.add(row)
    row.kind, row.name = kind, name
    work.session.flush()
    audit.record(work, "calendar.set", "calendar_day", row.id, day=day.isoformat(), kind=kind)


def remove_day(work: Work, day: date) -> None:
    """Let the statutory calendar decide about a day again. Raises NotFound when the tenant had not set it."""
    access.require(work.viewer, "units.manage")
    row = work.session.scalar(select(CalendarDay).where(CalendarDay.day == day))
    if row is None:
        raise NotFound(say("这一天没有本级设定。"), say("请刷新页面，查看最新情况。"))
    work.session.delete(row)
    audit.record(work, "calendar.remove", "calendar_day", row.id, day=day.isoformat(), kind=row.kind)


@dataclass(frozen=True)
class Exceptional:
    """A weekday that is off or a weekend day that is worked, or a day that the tenant set itself (`own`)."""

    day: date
    kind: str  # off, worked
    name: str
    own: bool


def exceptions(work: Work, year: int) -> list[Exceptional]:
    """Return the days of the year that are not as the weekday says, in order; the tenant's own word counts last."""
    off, worked = _statutory(year, year)
    names = _names(year)
    found = {day: Exceptional(day, "off", names.get(day, ""), own=False) for day in off}
    found |= {day: Exceptional(day, "worked", names.get(day, ""), own=False) for day in worked}
    span = (CalendarDay.day >= date(year, 1, 1), CalendarDay.day <= date(year, 12, 31))
    for row in work.session.scalars(select(CalendarDay).where(*span)):
        found[row.day] = Exceptional(row.day, row.kind, row.name, own=True)
    return [found[day] for day in sorted(found)]


@lru_cache(maxsize=64)
def _names(year: int) -> dict[date, str]:
    return dict(holidays.country_holidays("CN", years=year, language="zh_CN"))


@lru_cache(maxsize=64)
def _statutory(first: int, last: int) -> tuple[frozenset[date], frozenset[date]]:
    china = holidays.country_holidays("CN", years=range(first, last + 1))
    off = frozenset(day for day in china if day.weekday() < 5)
    # The library names make-up days as workdays of their own: weekend days that its calendar counts as worked.
    day, end = date(first, 1, 1), date(last, 12, 31)
    worked = set()
    while day <= end:
        if day.weekday() >= 5 and day not in china and china.is_working_day(day):
            worked.add(day)
        day += timedelta(days=1)
    return off, frozenset(worked)
