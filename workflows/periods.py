"""The periods by which people count: days, weeks, 旬, months, quarters, half-years, years. Pure.

A period is known by its first day. Weeks begin on Monday (ISO 8601); a 旬 is the 1st–10th, 11th–20th or 21st–last of a month.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal, get_args

from tenants.text import Message, say

Each = Literal["day", "week", "ten_days", "month", "quarter", "half_year", "year"]
EACH: tuple[Each, ...] = get_args(Each)

# How they are called when something comes once in each.
WORDS: dict[str, Message] = {
    "day": say("每天"), "week": say("每周"), "ten_days": say("每旬"), "month": say("每月"), "quarter": say("每季度"),
    "half_year": say("每半年"), "year": say("每年"),
}  # fmt: skip
# The RFC 5545 rule that says the same: the last day of each.
RULES: dict[str, str] = {
    "day": "FREQ=DAILY", "week": "FREQ=WEEKLY;BYDAY=SU", "ten_days": "FREQ=MONTHLY;BYMONTHDAY=10,20,-1",
    "month": "FREQ=MONTHLY;BYMONTHDAY=-1", "quarter": "FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1",
    "half_year": "FREQ=YEARLY;BYMONTH=6,12;BYMONTHDAY=-1", "year": "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31",
}  # fmt: skip
_DAY = timedelta(days=1)
_MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


def first_day(each: Each, day: date) -> date:
    """Return the first day of the period in which `day` lies."""
    if each == "day":
        return day
    if each == "week":
        return day - timedelta(days=day.weekday())
    if each == "ten_days":
        return day.replace(day=1 + 10 * min((day.day - 1) // 10, 2))
    months = _MONTHS[each]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def last_day(each: Each, day: date) -> date:
    """Return the last day of the period in which `day` lies."""
    first = first_day(each, day)
    if each == "day":
        return first
    if each == "week":
        return first + timedelta(days=6)
    if each == "ten_days" and first.day < 21:
        return first + timedelta(days=9)
    # The first of the month after the period, whichever month that is; the last days of year 9999 are nobody's.
    months = first.month - 1 + _MONTHS.get(each, 1)
    return date(first.year + months // 12, months % 12 + 1, 1) - _DAY


def each_period(each: Each, start: date, end: date) -> Iterator[tuple[date, date]]:
    """Yield (first day, last day) of every period that has a day between `start` and `end`, in order; none is cut."""
    first = first_day(each, start)
    while first <= end:
        last = last_day(each, first)
        yield first, last
        first = last + _DAY


def name_of(each: Each, day: date) -> str:
    """Return what the period of `day` is called: 2024, 2024-H2, 2024-Q4, 2024-11, 2024-W45; a 旬 goes by its last day."""
    if each == "year":
        return f"{day.year}"
    if each == "half_year":
        return f"{day.year}-H{(day.month + 5) // 6}"
    if each == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    if each == "month":
        return f"{day.year}-{day.month:02}"
    if each == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    return last_day(each, day).isoformat()
