"""A tenant's calendar, put together: statutory holidays (with 调休) and the days and seasons that the tenant set itself.

Here are the rows; what follows from them is worked out by `own_days`, which is pure, so that a change can be looked at before
it is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, extract, select

from tenants import access, audit
from tenants.calendar import Calendar, Season, Yearly
from tenants.db import Work
from tenants.models import CalendarDay, CalendarSeason, CalendarYear
from tenants.own_days import (
    Change,
    DayChange,
    Own,
    OwnDay,
    SeasonChange,
    YearChange,
    calendar,
    changed,
    exceptional,
)

# In which year a span that comes back every year is kept: any leap year, so that the 29th of February has a place.
_ANY_YEAR = 2000


def calendar_of(work: Work, first: int, last: int) -> Calendar:
    """Return the tenant's calendar for the years `first`..`last`, both included."""
    return calendar(gather(work), first, last)


def gather(work: Work) -> Own:
    """Return all that the tenant has set itself."""
    days = {
        row.day: OwnDay("off" if row.kind == "off" else "worked", row.name)
        for row in work.session.scalars(select(CalendarDay))
    }
    yearly: dict[str, Yearly] = {}
    seasons: dict[str, dict[int, Season]] = {}
    for span in work.session.scalars(select(CalendarSeason).order_by(CalendarSeason.start)):
        if span.yearly:
            yearly[span.name] = Yearly((span.start.month, span.start.day), (span.end.month, span.end.day))
        else:
            seasons.setdefault(span.name, {}).setdefault(span.start.year, Season(span.start, span.end))
    settled = frozenset(work.session.scalars(select(CalendarYear.year)))
    return Own(days, yearly, seasons, settled)


def record(work: Work, changes: Sequence[Change]) -> None:
    """Write changes down. Raises Invalid for one that makes no sense, before anything is written."""
    access.require(work.viewer, "units.manage")
    changed(gather(work), changes)
    for one in changes:
        match one:
            case DayChange():
                _record_day(work, one)
            case SeasonChange():
                _record_season(work, one)
            case YearChange():
                _record_year(work, one)
    work.session.flush()


@dataclass(frozen=True)
class Exceptional:
    """A weekday that is off or a weekend day that is worked, or a day that the tenant set itself (`own`).

    name: the tenant's, else the festival it is off for. moved: off or worked in exchange for another day (调休).
    """

    day: date
    kind: str  # off, worked
    name: str
    own: bool
    moved: bool = False


def exceptions(work: Work, year: int) -> list[Exceptional]:
    """Return the days of the year that are not as the weekday says, in order; the tenant's own word counts last."""
    found = []
    for day, state, mine in exceptional(gather(work), year):
        if mine is not None:
            found.append(Exceptional(day, mine.kind, mine.name, own=True))
        elif state is not None:
            found.append(Exceptional(day, state.kind, state.festival, own=False, moved=state.moved))
    return found


def _record_day(work: Work, one: DayChange) -> None:
    row = work.session.scalar(select(CalendarDay).where(CalendarDay.day == one.day))
    if one.kind is None:
        if row is not None:
            work.session.delete(row)
            audit.record(
                work, "calendar.remove", "calendar_day", row.id, day=one.day.isoformat(), kind=row.kind
            )
        return
    if row is None:
        row = CalendarDay(day=one.day, kind=one.kind, name=one.name)
        work.session.add(row)
    row.kind, row.name = one.kind, one.name
    work.session.flush()
    audit.record(
        work, "calendar.set", "calendar_day", row.id, day=one.day.isoformat(), kind=one.kind, name=one.name
    )


def _record_season(work: Work, one: SeasonChange) -> None:
    which = [CalendarSeason.name == one.name, CalendarSeason.yearly.is_(one.year is None)]
    if one.year is not None:
        which.append(extract("year", CalendarSeason.start) == one.year)
    work.session.execute(delete(CalendarSeason).where(*which))
    facts: dict[str, Any] = {"name": one.name}
    if one.start and one.end:
        start, end = one.start, one.end
        if one.year is None:
            start = start.replace(year=_ANY_YEAR)
            end = end.replace(year=_ANY_YEAR)
        work.session.add(CalendarSeason(name=one.name, start=start, end=end, yearly=one.year is None))
        work.session.flush()
        facts |= {"start": start.isoformat(), "end": end.isoformat()}
    action = "calendar.season" if one.start and one.end else "calendar.season_remove"
    if one.year is not None:
        facts["year"] = one.year
    audit.record(work, action, "calendar_season", None, **facts)


def _record_year(work: Work, one: YearChange) -> None:
    work.session.execute(delete(CalendarYear).where(CalendarYear.year == one.year))
    if one.settled:
        work.session.add(CalendarYear(year=one.year))
    audit.record(work, "calendar.year", "calendar_year", None, year=one.year, settled=one.settled)
