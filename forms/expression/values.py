"""What an expression computes with: None, True/False, exact decimals, texts, dates, aware datetimes, lists, mappings, periods.

Everything else is refused at the door (`fetched`), so no object of the program ever gets into an expression.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from types import NoneType

from forms.expression import numbers
from forms.expression.dates import Period, day_of, when_in
from forms.expression.errors import EvaluationError, too_large, too_many_steps
from forms.expression.limits import DATA_DEPTH
from tenants.text import Message, say

_AS_IT_IS = frozenset({str, bool, NoneType, list, dict, date, Period})


class Meter:
    """The steps that an evaluation may still take, shared by all its loops."""

    __slots__ = ("left",)

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise too_many_steps()


_purse: ContextVar[Meter | None] = ContextVar("luoshi_expression_steps", default=None)


class together:
    """Allow all evaluations inside the block so many steps in all; one that needs more raises EvaluationError."""

    __slots__ = ("_steps", "_token")

    def __init__(self, steps: int) -> None:
        self._steps = steps

    def __enter__(self) -> None:
        self._token = _purse.set(Meter(self._steps))

    def __exit__(self, *how: object) -> None:
        _purse.reset(self._token)


@contextmanager
def shared(steps: int) -> Iterator[None]:
    """Do as `together`; inside of another such block what that one has left is what there is."""
    if _purse.get() is not None:
        yield
        return
    with together(steps):
        yield


def purse() -> Meter | None:
    """Return what the evaluations of the present block have left between them; None outside of any."""
    return _purse.get()


def fetched(value: object) -> object:
    """Return a value of the outside as a value of expressions; nested values are fetched when they are reached."""
    sort = type(value)
    if sort in _AS_IT_IS:
        return value
    if sort is int:
        return numbers.of_int(value)  # type: ignore[arg-type]
    if isinstance(value, Decimal):
        return numbers.of_decimal(value)
    if isinstance(value, int):
        return numbers.of_int(int(value))
    if isinstance(value, float):
        return numbers.of_float(value)
    if isinstance(value, datetime):
        if value.utcoffset() is None:
            raise EvaluationError("kind", say("时刻没有时区"), say("请联系管理员：数据里的时刻必须带时区"))
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, list | Mapping | date):
        return value
    raise EvaluationError(
        "kind", say("这种数据不能用在表达式里"), say("请只用文字、数、日期、列表和表单数据")
    )


def kind(value: object) -> Message:
    """The name of a value's kind, for messages."""
    match value:
        case None:
            return say("空")
        case bool():
            return say("是或否")
        case Decimal():
            return say("数")
        case str():
            return say("文字")
        case datetime():
            return say("时刻")
        case date():
            return say("日期")
        case list():
            return say("列表")
        case Period():
            return say("时长")
        case _:
            return say("一组数据")


def truth(value: object) -> bool:
    """None, False, 0, the empty text, list and mapping are false; everything else is true."""
    if value is True or value is False:
        return value
    if value is None:
        return False
    if isinstance(value, str | Decimal | list | Mapping):
        return bool(value)
    return True


def same(left: object, right: object, meter: Meter, depth: int = DATA_DEPTH) -> bool:
    """Whether two fetched values are equal; values of different kinds are not, but a text may write a date."""
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    if left is None or right is None or isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        return type(left) is type(right) and left == right
    if isinstance(left, date) or isinstance(right, date):
        pair = _on_one_clock(left, right)
        return pair is not None and pair[0] == pair[1]
    if isinstance(left, Period) and isinstance(right, Period):
        return left == right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and _same_items(zip(left, right, strict=True), meter, depth)
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        if len(left) != len(right):
            return False
        meter.spend(len(left))
        return all(key in right for key in left) and _same_items(
            ((value, right[key]) for key, value in left.items()), meter, depth
        )
    return False


def _same_items(pairs: Iterable[tuple[object, object]], meter: Meter, depth: int) -> bool:
    if depth == 0:
        raise too_large()
    for left, right in pairs:
        meter.spend(5)
        if not same(fetched(left), fetched(right), meter, depth - 1):
            return False
    return True


def order(left: object, right: object) -> int:
    """Return -1, 0 or 1 as `left` comes before, with or after `right`; neither is None.

    Numbers by size, texts by the code of their characters, dates and date-times by time.
    Raises EvaluationError for values that have no order.
    """
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return (left > right) - (left < right)
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    if isinstance(left, date) or isinstance(right, date):
        pair = _on_one_clock(left, right)
        if pair is not None:
            return (pair[0] > pair[1]) - (pair[0] < pair[1])
    raise EvaluationError(
        "kind",
        say("{left}和{right}不能比较先后或大小", left=kind(left), right=kind(right)),
        say("请比较同一类内容；文字可以用 number(…) 变成数，用 date(…) 变成日期"),
    )


def as_when(value: object) -> date | None:
    """Return a value as date or datetime, None for None and the empty text; a text is read."""
    if value is None or value == "":
        return None
    found = value if isinstance(value, date) else when_in(value) if isinstance(value, str) else None
    if found is None:
        raise EvaluationError(
            "date", say("这里要用日期，而不是{kind}", kind=kind(value)), say("日期请写成 date('2024-11-01')")
        )
    return found


def _on_one_clock(left: object, right: object) -> tuple[date, date] | None:
    """Make a date and its partner comparable, or return None."""
    if isinstance(left, str):
        left = when_in(left)
    elif isinstance(right, str):
        right = when_in(right)
    if not isinstance(left, date) or not isinstance(right, date):
        return None
    if isinstance(left, datetime) and isinstance(right, datetime):
        return left, right
    return day_of(left), day_of(right)


def plain(value: object, depth: int = DATA_DEPTH) -> object:
    """Return a result as JSON: texts, true/false/null, int or float, lists and objects; dates become ISO 8601 texts.

    A whole number becomes an int; any other the nearest float, whose shortest writing is the decimal up to 15 digits
    (use `text(…)` in the expression where every digit counts). A period has no JSON: EvaluationError.
    """
    value = fetched(value)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Period):
        raise EvaluationError("kind", say("结果是一段时长"), say("请把它加在日期上，例如 today + days(3)"))
    if isinstance(value, list | Mapping) and depth == 0:
        raise too_large()
    if isinstance(value, list):
        return [plain(item, depth - 1) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item, depth - 1) for key, item in value.items()}
    return value
