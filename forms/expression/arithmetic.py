"""The signs + - * / // %: on numbers, and + and - on texts, lists, dates and periods. With None the result is None."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from forms.expression import numbers
from forms.expression.dates import AddWorkdays, Period, day_of
from forms.expression.errors import EvaluationError, too_large
from forms.expression.limits import TEXT
from forms.expression.values import Meter, as_when, kind
from tenants.text import Message, say

Calculation = Callable[[Decimal, Decimal], Decimal]

_ONLY_NUMBERS: dict[str, Calculation] = {
    "*": numbers.CONTEXT.multiply,
    "/": numbers.divide,
    "//": numbers.floor_divide,
    "%": numbers.modulo,
}


def calculate(
    sign: str, left: object, right: object, meter: Meter, add_workdays: AddWorkdays | None
) -> object:
    """Return `left` sign `right`. Raises EvaluationError where the two kinds do not go together."""
    if left is None or right is None:
        return None
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        if sign == "+":
            return numbers.CONTEXT.add(left, right)
        if sign == "-":
            return numbers.CONTEXT.subtract(left, right)
        return _ONLY_NUMBERS[sign](left, right)
    if sign == "+":
        return _plus(left, right, meter, add_workdays)
    if sign == "-":
        return _minus(left, right, meter, add_workdays)
    raise _do_not_fit(sign, left, right)


def negative(value: object) -> object:
    """Return the number or period with the other sign; None stays None."""
    if value is None:
        return None
    if isinstance(value, Decimal):
        return numbers.CONTEXT.minus(value)
    if isinstance(value, Period):
        return Period(value.unit, -value.count)
    raise EvaluationError("kind", say("{kind}前面不能写负号", kind=kind(value)), say("负号只能写在数的前面"))


def _plus(left: object, right: object, meter: Meter, add_workdays: AddWorkdays | None) -> object:
    if isinstance(left, Period) and not isinstance(right, Period):
        left, right = right, left
    if isinstance(right, Period) and isinstance(left, date | str):
        return _moved(left, right, meter, add_workdays)
    if isinstance(left, str) and isinstance(right, str):
        if len(left) + len(right) > TEXT:
            raise too_large()
        meter.spend((len(left) + len(right)) // 64)
        return left + right
    if isinstance(left, list) and isinstance(right, list):
        meter.spend((len(left) + len(right)) // 8)
        return left + right
    raise _do_not_fit("+", left, right)


def _minus(left: object, right: object, meter: Meter, add_workdays: AddWorkdays | None) -> object:
    if isinstance(right, Period) and isinstance(left, date | str):
        return _moved(left, Period(right.unit, -right.count), meter, add_workdays)
    dates = isinstance(left, date) or isinstance(right, date)
    if dates and isinstance(left, date | str) and isinstance(right, date | str):
        late, early = as_when(left), as_when(right)
        if late is None or early is None:
            return None
        if not (isinstance(late, datetime) and isinstance(early, datetime)):
            return Decimal((day_of(late) - day_of(early)).days)
    raise _do_not_fit("-", left, right)


def _moved(start: date | str, period: Period, meter: Meter, add_workdays: AddWorkdays | None) -> date | None:
    meter.spend(50 + abs(period.count) * 2 if period.unit == "workdays" else 10)
    when = as_when(start)
    return None if when is None else period.after(when, add_workdays)


def _do_not_fit(sign: str, left: object, right: object) -> EvaluationError:
    what = say("“{sign}”的两边是{left}和{right}，算不到一起", sign=sign, left=kind(left), right=kind(right))
    return EvaluationError("kind", what, _remedy(left, right))


def _remedy(left: object, right: object) -> Message:
    if isinstance(left, date) or isinstance(right, date):
        return say("日期可以加减 days(3)、workdays(15) 等；两个日期相差几天用 days_between(a, b)")
    if isinstance(left, str) and isinstance(right, str):
        return say("文字只能用“+”连接；要计算请先用 number(…) 变成数，日期相差几天用 days_between(a, b)")
    if isinstance(left, str) or isinstance(right, str):
        return say("要计算请用 number(…) 把文字变成数，要连成文字请用 text(…)")
    return say("请检查两边的内容")
