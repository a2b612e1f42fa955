"""Dates, date-times and periods: what is added to a date, and how a text is read as one.

A form keeps a date as text ("2024-11-01"), so wherever a date is expected such a text will do. Where a date meets a
date-time, the date-time counts as its calendar day.
"""

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from forms.expression.errors import EvaluationError
from tenants.text import say

Unit = Literal["months", "days", "hours", "workdays"]
AddWorkdays = Callable[[date, int], date]

_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time to add to a date: weeks are days, years are months; a count below zero goes back."""

    unit: Unit
    count: int

    def after(self, start: date, add_workdays: AddWorkdays | None = None) -> date:
        """Return `start` (a date or an aware datetime) moved by this period; the kind of `start` is kept.

        Months clamp to the end of the month. Working days need `add_workdays(date, count)`.
        Raises EvaluationError: outside the years 1 to 9999, hours on a bare date, no calendar.
        """
        if self.unit == "workdays":
            return self._after_workdays(start, add_workdays)
        try:
            if self.unit == "months":
                return _plus_months(start, self.count)
            if self.unit == "days":
                return start + timedelta(days=self.count)
            if not isinstance(start, datetime):
                raise EvaluationError("date", say("只有日期，没有时刻，不能加小时"), say("请改用 days(…)"))
            return (start.astimezone(UTC) + timedelta(hours=self.count)).astimezone(start.tzinfo)
        except (OverflowError, ValueError):
            raise no_such_date() from None

    def _after_workdays(self, start: date, add_workdays: AddWorkdays | None) -> date:
        if add_workdays is None:
            raise EvaluationError("given", say("这里没有工作日历，不能用 workdays(…)"), say("请改用 days(…)"))
        day = start.date() if isinstance(start, datetime) else start
        try:
            moved = add_workdays(day, self.count)
        except (ValueError, LookupError, OverflowError):
            raise no_such_date() from None
        return datetime.combine(moved, start.timetz()) if isinstance(start, datetime) else moved


def no_such_date() -> EvaluationError:
    return EvaluationError("date", say("没有这个日期"), say("日期请写成 2024-11-01 的样子"))


def day_in(text: str) -> date | None:
    """The date that the text writes (2024-11-01), or None."""
    if (
        len(text) != 10 or text[4] != "-" or text[7] != "-"
    ):  # fromisoformat also reads 20241101 and 2024-W44-5
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def moment_in(text: str) -> datetime | None:
    """The aware datetime that the text writes (2024-11-01T08:00:00+08:00), or None; without an offset it is none."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        return None


def when_in(text: str) -> date | None:
    """The date or aware datetime that the text writes, or None."""
    return day_in(text) if len(text) == 10 else moment_in(text)


def day_of(when: date) -> date:
    """The calendar day of a date or of a datetime (in its own time zone)."""
    return when.date() if isinstance(when, datetime) else when


def _plus_months(start: date, count: int) -> date:
    year, month = divmod(start.year * 12 + start.month - 1 + count, 12)
    if not 1 <= year <= 9999:
        raise no_such_date()
    return start.replace(year=year, month=month + 1, day=min(start.day, monthrange(year, month + 1)[1]))


def span_start(when: date, months: int) -> date:
    """The first day of the span of `months` (1, 3, 6 or 12) that holds `when`."""
    day = day_of(when)
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def span_end(when: date, months: int) -> date:
    """The last day of the span of `months` (1, 3, 6 or 12) that holds `when`."""
    first = span_start(when, months)
    month = first.month + months - 1
    return date(first.year, month, monthrange(first.year, month)[1])
