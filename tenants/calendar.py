"""Working days of a tenant: statutory holidays, make-up days (调休), and its own seasons (汛期、两会). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal

Roll = Literal["none", "earlier", "later"]

# No tenant has this many days off in a row; a calendar that does is a mistake and must not hang a search.
_LONGEST_REST = 60
# What people call a festival besides its name, with or without 节.
_CALLED = {"五一": "劳动节", "十一": "国庆节", "新年": "元旦", "除夕": "春节"}
# The arrangement of a year reaches back into the last week of the one before: the days around New Year are moved together.
_NEW_YEAR = (12, 25)


@dataclass(frozen=True)
class Season:
    """A named span of local dates, both ends included."""

    start: date
    end: date


@dataclass(frozen=True)
class Yearly:
    """A season that comes back every year: (month, day) of its ends, both included; one that ends before it starts ends in the
    following year."""

    start: tuple[int, int]
    end: tuple[int, int]

    def span(self, year: int) -> Season:
        """Return the season that starts in `year`; the 29th of February is the 28th where there is none."""
        return Season(_day(year, self.start), _day(year + (self.end < self.start), self.end))


@dataclass(frozen=True)
class Calendar:
    """What a tenant's days are.

    holidays: weekdays that are off. workdays: weekend days that are worked (调休).
    seasons: name -> spans, in order of their start.
    festivals: the same for the state's holidays, which stand for a season that the tenant has not set itself.
    estimated: years whose official notice was not known when the calendar was made. certain: days that the tenant itself has
    settled, whatever the year.
    """

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    seasons: Mapping[str, tuple[Season, ...]] = field(default_factory=dict)
    estimated: frozenset[int] = frozenset()
    certain: frozenset[date] = frozenset()
    festivals: Mapping[str, tuple[Season, ...]] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        """Tell whether `day` is worked: a make-up day, or a weekday that is no holiday."""
        if day in self.workdays:
            return True
        return day.weekday() < 5 and day not in self.holidays

    def is_estimated(self, day: date) -> bool:
        """Tell whether an official notice that is not known yet may still change what `day` is."""
        year = day.year + ((day.month, day.day) >= _NEW_YEAR)
        return (day.year in self.estimated or year in self.estimated) and day not in self.certain

    def rests_on_estimate(self, one: date, other: date) -> bool:
        """Tell whether any day between the two, both included, is estimated: a date found by walking them is, too."""
        if not self.estimated:
            return False
        first, last = min(one, other), max(one, other)
        return any(self.is_estimated(first + timedelta(days=n)) for n in range((last - first).days + 1))

    def add_working_days(self, start: date, days: int) -> date:
        """Return the date `days` working days after `start` (before it when negative); `start` is never counted.

        Raises ValueError when the calendar has no working day within 60 days: such a calendar is a mistake.
        """
        step = timedelta(days=1 if days >= 0 else -1)
        day = start
        for _ in range(abs(days)):
            day = self._next_working(day + step, step)
        return day

    def roll(self, day: date, rule: Roll) -> date:
        """Return `day`, moved to the nearest working day before or after it when `rule` asks for it."""
        if rule == "none":
            return day
        return self._next_working(day, timedelta(days=1 if rule == "later" else -1))

    def season(self, name: str, year: int) -> Season | None:
        """Return the span of the season `name` that starts in `year`."""
        return next((span for span in self.spans(name) if span.start.year == year), None)

    def spans(self, name: str) -> tuple[Season, ...]:
        """Return the spans of a season or festival, in order of their start: the tenant's own, else the state's.

        国庆 is 国庆节, 五一 is 劳动节, as people say.
        """
        name = name.strip()
        official = _CALLED.get(name, name)
        return (
            self.seasons.get(name) or self.festivals.get(official) or self.festivals.get(f"{official}节", ())
        )

    def is_guess(self, name: str, span: Season) -> bool:
        """Tell whether the span of a season rests on the state's holidays of a year that are not announced yet."""
        return not self.seasons.get(name.strip()) and self.rests_on_estimate(span.start, span.end)

    def _next_working(self, day: date, step: timedelta) -> date:
        for _ in range(_LONGEST_REST):
            if self.is_working(day):
                return day
            day += step
        raise ValueError(f"no working day within {_LONGEST_REST} days of {day.isoformat()}")


def spans(yearly: Yearly | None, own: Mapping[int, Season], years: Iterable[int]) -> tuple[Season, ...]:
    """Return a season's spans in order: for each year its own, else the one that comes back every year."""
    found = [own[year] if year in own else yearly.span(year) if yearly else None for year in years]
    return tuple(span for span in found if span is not None)


def _day(year: int, place: tuple[int, int]) -> date:
    month, day = place
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month, day - 1)
