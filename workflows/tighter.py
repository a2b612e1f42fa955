"""Whether one thing that was written asks for more than another: dates, recurrences, numbers, lists, fields. Pure.

Every judgement is True (as strict or stricter), False (looser), or None: it cannot be told, and whoever asks has to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from forms.expression import Expression, ExpressionError, compile_expression
from workflows.dates import asks_calendar
from workflows.parts import Target

Judgement = bool | None
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LENGTH = re.compile(r"P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)")
_STEPS = {"days", "weeks", "months", "years", "hours", "workdays"}
_STRENGTH = ("预期", "力争", "原则上", "必须")
_ROLLS = ("earlier", "none", "later")


def earlier(was: object, now: object) -> Judgement:
    """Judge two dates as written in campaign.yaml, or two lengths of time: the second is no later."""
    one, other = str(was).strip(), str(now).strip()
    if one == other:
        return True
    if _DAY.fullmatch(one) and _DAY.fullmatch(other):
        return date.fromisoformat(other) <= date.fromisoformat(one)
    lengths = _seconds(one), _seconds(other)
    if lengths[0] is not None and lengths[1] is not None:
        return lengths[1] <= lengths[0]
    before, after = _step(one), _step(other)
    if before is None or after is None or before[0] != after[0]:
        return None
    (_, unit, far), (_, other_unit, further) = before, after
    if far == 0 or further == 0 or unit == other_unit:
        return further <= far
    return None


def _seconds(text: str) -> int | None:
    found = _LENGTH.fullmatch(text)
    if found is None or text.endswith(("P", "T")):
        return None
    weeks, days, hours, minutes, seconds = (int(one or 0) for one in found.groups())
    return ((weeks * 7 + days) * 24 + hours) * 3600 + minutes * 60 + seconds


def _step(text: str) -> tuple[str, str, Decimal] | None:
    """Return an expression as what it counts from, in which unit, and how far: `event.at + days(5)`."""
    expression = compiled(text)
    if expression is None:
        return None
    tree: Any = expression.tree
    if tree[0] != "chain":
        return repr(tree), "", Decimal(0)
    if len(tree) != 4 or tree[2] not in ("+", "-"):
        return None
    call = tree[3]
    if call[0] != "call" or call[1] not in _STEPS or len(call) != 3 or call[2][0] != "number":
        return None
    far = Decimal(call[2][1])
    return repr(tree[1]), call[1], far if tree[2] == "+" else -far


def compiled(text: object) -> Expression | None:
    """Return an expression; None for a day, and for what is none."""
    try:
        return compile_expression(str(text)) if not _DAY.fullmatch(str(text)) else None
    except ExpressionError:
        return None


def fixed(written: object) -> bool:
    """Tell whether the dates in what was written are the same in the calendar of every tenant."""
    if isinstance(written, Mapping):
        return all(fixed(one) for key, one in written.items() if key != "season") and "season" not in written
    if isinstance(written, list):
        return all(fixed(one) for one in written)
    expression = compiled(written) if isinstance(written, str) else None
    return expression is None or not asks_calendar(expression)


def often_enough(was: Sequence[date], now: Sequence[date]) -> date | None:
    """Return the first of the due dates `was` for which there is none in `now` that is due by then and after the one before;
    None = as often, and never later."""
    left = sorted(now)
    before = date.min
    at = 0
    for due in sorted(was):
        while at < len(left) and left[at] <= before and before != due:
            at += 1
        if at >= len(left) or left[at] > due:
            return due
        at += 1
        before = due
    return None


def no_fewer(was: object, now: object) -> Judgement:
    """Judge two lists (or single names): the second has all of the first."""
    return set(_listed(was)) <= set(_listed(now))


def no_more(was: object, now: object) -> Judgement:
    """Judge two lists: the second has nothing besides the first."""
    return set(_listed(now)) <= set(_listed(was))


def _listed(value: object) -> list[str]:
    return (
        [repr(one) for one in value]
        if isinstance(value, list)
        else [repr(value)]
        if value is not None
        else []
    )


def at_most(was: object, now: object) -> Judgement:
    """Judge two upper limits."""
    return _ordered(was, now, lambda one, other: other <= one)


def at_least(was: object, now: object) -> Judgement:
    """Judge two lower limits."""
    return _ordered(was, now, lambda one, other: other >= one)


def _ordered(was: object, now: object, judge: Callable[[Decimal, Decimal], bool]) -> Judgement:
    try:
        return judge(Decimal(str(was)), Decimal(str(now)))
    except ArithmeticError:
        return None


def narrower(was: Target, now: Target) -> Judgement:
    """Judge two targets of an indicator: whatever meets the second meets the first."""
    if was == now:
        return True
    if "!=" in (was.op, now.op):
        return was.op == "!=" and not now.met(was.value)
    (low, low_in), (high, high_in) = _span(was)
    (lower, lower_in), (higher, higher_in) = _span(now)
    below = low is None or (
        lower is not None and (lower > low or (lower == low and (low_in or not lower_in)))
    )
    above = high is None or (
        higher is not None and (higher < high or (higher == high and (high_in or not higher_in)))
    )
    return below and above


def _span(target: Target) -> tuple[tuple[Decimal | None, bool], tuple[Decimal | None, bool]]:
    """Return what a target lets through: (lowest, itself too), (highest, itself too)."""
    low = target.value if target.op in ("==", ">", ">=", "..") else None
    if target.op == ".." and target.uncapped:
        return (low, True), (None, False)
    high = target.upper if target.op == ".." else target.value if target.op in ("==", "<", "<=") else None
    return (low, target.op != ">"), (high, target.op != "<")


def strength(was: object, now: object) -> Judgement:
    """Judge two strengths of a demand."""
    return _rank(_STRENGTH, was, now)


def rolling(was: object, now: object) -> Judgement:
    """Judge where a due date goes that is no working day."""
    found = _rank(_ROLLS, was, now)
    return found if was == now or found is None else not found


def _rank(ranks: Sequence[str], was: object, now: object) -> Judgement:
    if was not in ranks or now not in ranks:
        return None
    return ranks.index(str(now)) >= ranks.index(str(was))


def hour(was: object, now: object) -> Judgement:
    """Judge two times of day, `17:00`; the end of the day is 24:00."""
    return _minutes(now) <= _minutes(was)


def _minutes(text: object) -> int:
    hours, _, minutes = str(text or "24:00").partition(":")
    return int(hours) * 60 + int(minutes or 0)


def switched_on(was: object, now: object) -> Judgement:
    """Judge two switches: the second is on, or the first was not."""
    return now is True or was is not True


def either(was: object, now: object) -> Judgement:
    """Judge what is neither stricter nor looser in any wording."""
    return True


def narrower_type(was: object, now: object) -> Judgement:
    """Judge two types of a field's values."""
    return True if (was, now) == ("number", "integer") or was == now else None
