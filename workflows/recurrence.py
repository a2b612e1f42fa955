"""RFC 5545 recurrence rules of whole days, within a span. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from dateutil.rrule import rrulestr

from tenants.text import Message, say
from workflows.suggest import instead

MAX_OCCURRENCES = 5_000

_FREQ = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DAY = r"([+-]?[1-9][0-9]?)?(MO|TU|WE|TH|FR|SA|SU)"
_NUMBER = r"[+-]?[1-9][0-9]{0,2}"
_OF_MONTH = r"[+-]?(3[01]|[12][0-9]|0?[1-9])"
_MONTH = r"(1[0-2]|0?[1-9])"
_PARTS = {
    "FREQ": "|".join(_FREQ),
    "INTERVAL": r"[1-9][0-9]{0,3}",
    "COUNT": r"[1-9][0-9]{0,4}",
    "UNTIL": r"[0-9]{8}(T[0-9]{6}Z?)?",
    "BYDAY": rf"{_DAY}(,{_DAY})*",
    "BYMONTHDAY": rf"{_OF_MONTH}(,{_OF_MONTH})*",
    "BYYEARDAY": rf"{_NUMBER}(,{_NUMBER})*",
    "BYWEEKNO": rf"{_NUMBER}(,{_NUMBER})*",
    "BYMONTH": rf"{_MONTH}(,{_MONTH})*",
    "BYSETPOS": rf"{_NUMBER}(,{_NUMBER})*",
    "WKST": "MO|TU|WE|TH|FR|SA|SU",
}
_EXAMPLES = say(
    "例如：每月月底 FREQ=MONTHLY;BYMONTHDAY=-1，每旬 FREQ=MONTHLY;BYMONTHDAY=10,20,-1，"
    "每周五 FREQ=WEEKLY;BYDAY=FR，每天 FREQ=DAILY。"
)
# The Gregorian calendar repeats, weekdays included, after this many days (400 years).
_CYCLE = timedelta(days=146_097)


class BadRule(Exception):
    """A recurrence rule that cannot be followed; `what` says why, `do` what to write instead."""

    def __init__(self, what: Message, do: Message = _EXAMPLES) -> None:
        super().__init__(str(what))
        self.what, self.do = what, do


def read_rule(text: str) -> dict[str, str]:
    """Return the parts of a rule. Raises BadRule for what is not a rule of whole days."""
    parts: dict[str, str] = {}
    for piece in text.strip().removeprefix("RRULE:").split(";"):
        name, equals, value = piece.strip().partition("=")
        if not equals:
            raise BadRule(say("重复规则中的“{piece}”看不懂", piece=piece[:40]))
        if name in parts:
            raise BadRule(say("重复规则里“{name}”写了两次", name=name))
        if name not in _PARTS:
            raise BadRule(say("重复规则里不能用“{name}”", name=name[:40]), instead(name, _PARTS, _EXAMPLES))
        if not re.fullmatch(_PARTS[name], value):
            raise BadRule(say("重复规则里“{name}={value}”写得不对", name=name, value=value[:40]))
        parts[name] = value
    if "FREQ" not in parts:
        raise BadRule(say("重复规则没有写频率 FREQ"))
    if "COUNT" in parts and "UNTIL" in parts:
        raise BadRule(say("重复规则里 COUNT 和 UNTIL 只能写一个"), say("请删去其中一个。"))
    _try(text, parts)
    return parts


def days_within(text: str, start: date, end: date) -> list[date]:
    """Return the days of the rule from `start` to `end`, both included, in order.

    The rule counts its intervals from `start`. Raises BadRule when there would be more than 5,000.
    """
    return list(each_day(text, start, end))


def each_day(text: str, start: date, end: date) -> Iterator[date]:
    """Yield what `days_within` returns, one day at a time; the 5,001st raises BadRule."""
    parts = read_rule(text)
    if "UNTIL" in parts:
        end = min(end, _until(parts["UNTIL"]))
    if end < start:
        return
    # dateutil looks for a rule that never yields until the year 9999, and only there can it be stopped: so let it look
    # in the last 400 to 800 years before, where every weekday and leap day falls as it does here.
    cycles = (date.max - end) // _CYCLE
    shift = _CYCLE * cycles
    first, last = start + shift, end + shift
    rule = rrulestr(_without_until(parts), dtstart=datetime(first.year, first.month, first.day, tzinfo=UTC))
    for number, moment in enumerate(rule):
        if moment.date() > last:
            return
        if number >= MAX_OCCURRENCES:
            raise too_many()
        yield moment.date() - shift


def too_many() -> BadRule:
    """Return the refusal of a recurrence that would not end."""
    return BadRule(say("重复超过 {max} 次", max=MAX_OCCURRENCES), say("请缩短起止日期，或降低重复的频率。"))


def has_end(text: str) -> bool:
    """Tell whether the rule ends by itself."""
    parts = read_rule(text)
    return "COUNT" in parts or "UNTIL" in parts


def frequency(text: str) -> tuple[str, int]:
    """Return the rule's frequency (DAILY, WEEKLY, MONTHLY, YEARLY) and interval."""
    parts = read_rule(text)
    return parts["FREQ"], int(parts.get("INTERVAL", "1"))


def _try(text: str, parts: dict[str, str]) -> None:
    try:
        if "UNTIL" in parts:
            _until(parts["UNTIL"])
        rrulestr(_without_until(parts), dtstart=datetime(2000, 1, 1, tzinfo=UTC))
    except (ValueError, TypeError, IndexError) as error:
        raise BadRule(say("重复规则“{text}”写得不对", text=text[:60])) from error


def _until(value: str) -> date:
    try:
        return date(int(value[:4]), int(value[4:6]), int(value[6:8]))
    except ValueError as error:
        raise BadRule(
            say("重复规则里 UNTIL={value} 这一天不存在", value=value), say("请改成存在的日期。")
        ) from error


def _without_until(parts: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items() if name != "UNTIL")
