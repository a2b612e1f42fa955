"""When a timer fires or a task falls due: ISO 8601, or one of our expressions.

Durations are counted in the calendar of `now`'s time zone: P1M after 31 January is the last day of February, P1D is the same
time on the next day. A bare date means its first moment in that zone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias, cast

from forms.expression import (
    EvaluationError,
    Expression,
    ExpressionError,
    Period,
    compile_expression,
    from_juel,
)
from tenants.text import Message, say

SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=3653)  # ten years

_DURATION = re.compile(
    r"P(?!$)(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?"
    r"(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9}(?:\.\d{1,6})?)S)?)?"
)
_LOOKS_ISO = re.compile(
    r"[+-]?PT?[+-]?\d\S*|\d{4}-\d{2}-\d{2}(?:[T ][\d:.]+(?:Z|[+-]\d{2}:?\d{2})?)?|R\d*/.*"
)


class BadTiming(Exception):
    """A text that names no time; `what` says why, `do` what to write instead."""

    def __init__(self, what: Message, do: Message) -> None:
        super().__init__(str(what))
        self.what, self.do = what, do


@dataclass(frozen=True)
class Duration:
    """A literal ISO 8601 duration; years are months, weeks are days."""

    months: int = 0
    days: int = 0
    seconds: float = 0.0

    def after(self, now: datetime) -> datetime:
        """Return the moment this long after `now`. Raises BadTiming past the year 9999."""
        try:
            moved = cast(datetime, Period("months", self.months).after(now)) + timedelta(days=self.days)
            return moved.astimezone(UTC) + timedelta(seconds=self.seconds)
        except (OverflowError, ValueError, EvaluationError):
            raise _too_long() from None

    def times(self, count: int) -> Duration:
        """Return it `count` times over. Months stay months, so that they keep the day of what they are added to."""
        return Duration(self.months * count, self.days * count, self.seconds * count)

    @property
    def about(self) -> timedelta:
        """How long it is, months taken as 30 days: for limits only."""
        try:
            return timedelta(days=self.months * 30 + self.days, seconds=self.seconds)
        except OverflowError:
            return timedelta.max


Timing: TypeAlias = "Duration | date | Expression"  # a datetime is a date


def read_timing(text: str) -> Timing:
    """Return what `text` says: a literal Duration, date or datetime (naive = in the reader's zone), or an expression.

    Raises BadTiming: nothing there, a cycle, a malformed literal, a duration under a minute or over ten years, an expression
    that does not compile.
    """
    text = text.strip()
    literal = text[1:-1] if len(text) > 2 and text[0] == text[-1] and text[0] in "'\"" else text
    if not literal:
        raise BadTiming(say("没有写明时间。"), _write_so())
    if _LOOKS_ISO.fullmatch(literal):
        return _literal(literal)
    try:
        return compile_expression(in_our_language(text))
    except ExpressionError as error:
        raise BadTiming(say("时间表达式有误：{reason}。", reason=error.what), error.do) from None


def in_our_language(text: str) -> str:
    """Return the expression that `text` is: `${…}` and `#{…}` are translated, everything else is ours already.

    Raises ExpressionError for braces that say more than paths, comparisons, and / or / not.
    """
    text = text.strip()
    if not text.startswith(("${", "#{")):
        return text
    translated = from_juel(text)
    if translated is None:
        raise ExpressionError(say("只能翻译简单的 ${…}"), say("请改写成本系统的表达式，如 approved == True"))
    return translated


def moment_of(
    timing: Timing,
    names: Mapping[str, object],
    now: datetime,
    given: Mapping[str, Callable[..., object]] | None = None,
) -> datetime | None:
    """Return the moment (UTC) that `timing` means at `now`; None where its expression gives nothing (an undated duty).

    now: aware; its zone is the one in which days begin. names: what the expression may read.
    Raises BadTiming when the result is not a time or more than ten years ahead; EvaluationError from the expression.
    """
    value: object = timing
    if isinstance(timing, Expression):
        value = timing.evaluate(names, given or {})
        if isinstance(value, str):
            value = _literal(value.strip())
    moment = _moment(value, now, given or {})
    if moment is not None and moment - now > LONGEST:
        raise _too_long()
    return moment


def _moment(value: object, now: datetime, given: Mapping[str, Callable[..., object]]) -> datetime | None:
    match value:
        case None:
            return None
        case Duration():
            return value.after(now)
        case Period():
            add_workdays = given.get("add_workdays")
            return _moment(value.after(now, add_workdays), now, {})  # type: ignore[arg-type]
        case datetime():
            return (value if value.tzinfo else value.replace(tzinfo=now.tzinfo)).astimezone(UTC)
        case date():
            return datetime.combine(value, time(), now.tzinfo).astimezone(UTC)
        case _:
            raise BadTiming(say("时间表达式的结果不是日期或时长。"), _write_so())


def _literal(text: str) -> Duration | date:
    if text.startswith("R"):
        raise BadTiming(say("循环时间只能写在定时器的 timeCycle 里。"), _write_so())
    if "P" in text:
        return _duration(text)
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        raise BadTiming(say("“{text}”不是有效的日期。", text=text[:40]), _write_so()) from None


def _duration(text: str) -> Duration:
    found = _DURATION.fullmatch(text)
    if not found:
        what = say("时长不能为负。") if "-" in text else say("“{text}”不是有效的时长。", text=text[:40])
        raise BadTiming(what, _write_so())
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in found.groups()[:6])
    seconds = Decimal(found.group(7) or 0) + hours * 3600 + minutes * 60
    duration = Duration(years * 12 + months, weeks * 7 + days, float(seconds))
    if duration.about < SHORTEST:
        raise BadTiming(say("时长不足一分钟。"), say("请写一分钟以上的时长，如 PT5M。"))
    if duration.about > LONGEST:
        raise _too_long()
    return duration


def _too_long() -> BadTiming:
    return BadTiming(say("时间超过十年。"), say("请写十年以内的时间。"))


def _write_so() -> Message:
    return say("请写 ISO 8601 时长（P3D、PT2H）、日期（2024-11-25），或表达式（due + days(1)）。")
