"""The state's holidays and make-up days (调休), year by year, and which years rest on a published notice.

**The one statement of which years are known**: the `holidays` library carries, for each year for which the General Office of the
State Council has published its notice (国务院办公厅关于…部分节假日安排的通知), the days that the notice moves; there has been no
year without any since the first notice, that of 2001. So the years of that table are the known ones. For every other year the
library gives the festivals by law and by the moon, without any make-up day: that is an estimate, and is marked as one wherever
it matters. A new release of the library makes a new year known; until then a tenant may enter the days itself and say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

import holidays

from tenants.text import Message, say

_COUNTRY = "CN"
ANNOUNCED: frozenset[int] = frozenset(holidays.country_holidays(_COUNTRY).special_public_holidays)
LAST_ANNOUNCED = max(ANNOUNCED)

# The festivals as the library calls them; said, so that they have their names in other languages.
FESTIVALS: dict[str, Message] = {
    "元旦": say("元旦"), "春节": say("春节"), "农历除夕": say("农历除夕"), "清明节": say("清明节"), "劳动节": say("劳动节"),
    "端午节": say("端午节"), "中秋节": say("中秋节"), "国庆节": say("国庆节"), "春节延长假期": say("春节延长假期"),
    "中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日": say("中国人民抗日战争暨世界反法西斯战争胜利70周年纪念日"),
}  # fmt: skip
_MOVED = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_NEAR = timedelta(days=21)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Statutory:
    """A day that is not as its weekday says. kind: off or worked. festival: for which it is off, or worked in exchange.
    moved: it is off or worked only in exchange for another day (调休)."""

    day: date
    kind: Literal["off", "worked"]
    festival: str
    moved: bool


def unannounced(years: Iterable[int]) -> frozenset[int]:
    """Return those of the years for which no official notice is known."""
    return frozenset(year for year in years if year not in ANNOUNCED)


@lru_cache(maxsize=256)
def days_of(year: int) -> tuple[Statutory, ...]:
    """Return the exceptional days of a year, in order: weekdays that are off and weekend days that are worked."""
    # The notice of a year reaches into the December before.
    china = holidays.country_holidays(_COUNTRY, years=(year - 1, year, year + 1), language="zh_CN")
    # Of two on one day the later one counts: 中秋节; 国庆节.
    named = {
        day: name.split("; ")[-1].split("（")[0] for day, name in china.items() if not _MOVED.search(name)
    }
    found: dict[date, Statutory] = {}
    for day, name in china.items():
        exchanged = _MOVED.search(name)
        festival = named.get(day) or _nearest(day, named)
        if day.weekday() < 5:
            found[day] = Statutory(day, "off", festival, bool(exchanged))
        if exchanged:
            worked = date(*map(int, exchanged.groups()))
            found[worked] = Statutory(worked, "worked", festival, True)
    for day in china.weekend_workdays:
        found.setdefault(day, Statutory(day, "worked", _nearest(day, named), True))
    return tuple(found[day] for day in sorted(found) if day.year == year)


# What is no festival by itself but a part of one.
_PARTS = {"农历除夕": "春节", "春节延长假期": "春节"}


@lru_cache(maxsize=256)
def festivals(year: int) -> tuple[tuple[str, date, date], ...]:
    """Return (name, first day, last day) of the holidays of a year: the days without work in a row, weekends among them, around
    the days that are off for a festival. Two that meet (中秋节、国庆节) have the same days."""
    around = {one.day: one for other in (year - 1, year, year + 1) for one in days_of(other)}

    def is_off(day: date) -> bool:
        known = around.get(day)
        return known.kind == "off" if known else day.weekday() >= 5

    found: dict[str, tuple[date, date]] = {}
    # A day that is off only in exchange tells where the festival is when that itself falls on a weekend.
    for one in sorted(days_of(year), key=lambda one: one.moved):
        name = _PARTS.get(one.festival, one.festival)
        if one.kind != "off" or name in found:
            continue
        first = last = one.day
        while is_off(first - _DAY):
            first -= _DAY
        while is_off(last + _DAY):
            last += _DAY
        found[name] = first, last
    return tuple((name, *span) for name, span in sorted(found.items(), key=lambda pair: pair[1]))


def _nearest(day: date, named: dict[date, str]) -> str:
    """Return the festival that a moved day belongs to: the nearest one, the earlier of two."""
    near = [(abs(other - day), other, name) for other, name in named.items() if abs(other - day) <= _NEAR]
    return min(near)[2] if near else ""
