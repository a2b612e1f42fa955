"""Functions over lists. A missing list counts as empty; a missing value in it is passed over."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from forms.expression import numbers
from forms.expression.errors import EvaluationError
from forms.expression.values import kind, order, truth
from tenants.text import say


def count(values: Iterable[object]) -> Decimal:
    """How many of the values are true."""
    return Decimal(sum(1 for value in values if truth(value)))


def any_true(values: Iterable[object]) -> bool:
    return any(truth(value) for value in values)


def all_true(values: Iterable[object]) -> bool:
    return all(truth(value) for value in values)


def total(values: Iterable[object]) -> Decimal:
    """The sum; of nothing 0."""
    return _added(values)[0]


def average(values: Iterable[object]) -> Decimal | None:
    """The mean; of nothing None."""
    added, how_many = _added(values)
    return numbers.divide(added, Decimal(how_many)) if how_many else None


def least(values: Iterable[object]) -> object:
    """The smallest number, earliest date or first text; of nothing None."""
    return _first(values, -1)


def greatest(values: Iterable[object]) -> object:
    """The largest number, latest date or last text; of nothing None."""
    return _first(values, 1)


def length(value: object) -> Decimal | None:
    """How many items, fields or characters; of None 0."""
    if value is None:
        return Decimal(0)
    if isinstance(value, str | list | Mapping):
        return Decimal(len(value))
    raise EvaluationError("kind", say("{kind}没有长度", kind=kind(value)), say("len(…) 用于列表和文字"))


def coalesce(*values: object) -> object:
    """The first value that is not None."""
    return next((value for value in values if value is not None), None)


def _added(values: Iterable[object]) -> tuple[Decimal, int]:
    added, how_many = Decimal(0), 0
    for value in values:
        if isinstance(value, Decimal):
            added = numbers.CONTEXT.add(added, value)
            how_many += 1
        elif value is not None:
            raise EvaluationError(
                "kind", say("{kind}不能相加", kind=kind(value)), say("请写明要加的数，例如 sum(隐患, 金额)")
            )
    return added, how_many


def _first(values: Iterable[object], side: int) -> object:
    best: object = None
    for value in values:
        if value is not None and (best is None or order(value, best) == side):
            best = value
    if best is not None:
        order(best, best)  # a single value must have an order too
    return best
