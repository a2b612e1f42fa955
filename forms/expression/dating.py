"""Functions over dates. A date may be a date, an aware datetime or a text such as 2024-11-01; None in, None out."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial

from forms.expression.dates import Period, Unit, day_of, no_such_date, span_end, span_start
from forms.expression.errors import EvaluationError
from forms.expression.limits import PERIOD, WORKDAYS
from forms.expression.values import as_when
from forms.expression.wording import whole
from tenants.text import say


def make_date(*parts: object) -> date | None:
    """date('2024-11-01'), date(moment) = its day, or date(2024, 11, 1)."""
    if len(parts) == 1:
        when = as_when(parts[0])
        return None if when is None else day_of(when)
    if len(parts) != 3:
        raise EvaluationError("date", say("日期缺少日"), say("请写成 date(2024, 11, 1)"))
    if None in parts:
        return None
    try:
        return date(*(whole(part) for part in parts))
    except (ValueError, OverflowError):
        raise no_such_date() from None


def _period(count: object, unit: Unit, times: int, most: int) -> Period | None:
    if count is None:
        return None
    number = whole(count)
    if abs(number) > most:
        raise EvaluationError("date", say("时长超过了 {most}", most=most), say("请写小一些的数"))
    return Period(unit, number * times)


def days(count: object) -> Period | None:
    return _period(count, "days", 1, PERIOD)


def weeks(count: object) -> Period | None:
    return _period(count, "days", 7, PERIOD)


def months(count: object) -> Period | None:
    return _period(count, "months", 1, PERIOD)


def years(count: object) -> Period | None:
    return _period(count, "months", 12, PERIOD)


def hours(count: object) -> Period | None:
    return _period(count, "hours", 1, PERIOD)


def workdays(count: object) -> Period | None:
    return _period(count, "workdays", 1, WORKDAYS)


def days_between(first: object, second: object) -> Decimal | None:
    """Whole calendar days from the first to the second date: positive when the second is later."""
    start, end = as_when(first), as_when(second)
    if start is None or end is None:
        return None
    return Decimal((day_of(end) - day_of(start)).days)


def _edge(value: object, find: Callable[[date, int], date], length: int) -> date | None:
    when = as_when(value)
    return None if when is None else find(when, length)


SPANS: dict[str, Callable[[object], date | None]] = {
    f"{span}_{side}": partial(_edge, find=find, length=length)
    for span, length in (("month", 1), ("quarter", 3), ("half", 6), ("year", 12))
    for side, find in (("start", span_start), ("end", span_end))
}
