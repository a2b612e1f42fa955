"""Timers that fire again and again, as they are written: ISO 8601, RFC 5545, or an expression. Pure; `grids` lays them down.

`R3/PT24H`                three times, each a day after the one before, from when the token arrives
`R/2024-11-01/P7D`        every seven days from that day on; what lies before the arrival is gone, and counted
`R/due + days(1)/P1D`     every day from the day after the due date: the start may be any timing text
`R/P1D/phases.x.end`      every day until then, that moment included
`R/workdays(2)`           every second working day of the tenant
`FREQ=WEEKLY;BYDAY=MO`    an RFC 5545 rule of whole days, from the day after the arrival on; it fires when the day begins
`days(2)`                 an expression that gives a length of time, or one of the texts above
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from forms.expression import Expression, compile_expression
from tenants.text import Message, say
from workflows.bpmn.drawing import Timer
from workflows.bpmn.timing import BadTiming, Duration, Timing, read_timing
from workflows.recurrence import BadRule, read_rule

# Process data: whether the duty asks that each missed firing is made up for. No answer can have a name with a dot.
EVERY_MISSED = "every.missed"

_ISO = re.compile(r"R(?P<count>\d{0,9})/(?P<rest>.*)", re.DOTALL)
_WORKDAYS = re.compile(r"workdays\(\s*([1-9]\d{0,3})\s*\)")
_FIELD = r"[\d*?,/LW#-]+"
_CRON = re.compile(rf"@\w+|{_FIELD}(?:\s+(?:{_FIELD}|[A-Za-z]{{3}}(?:[,-][A-Za-z]{{3}})*)){{4,6}}")
_COUNT = re.compile(r";?COUNT=(\d+)")


@dataclass(frozen=True)
class Cycle:
    """A cycle as it was written.

    count: how many moments the grid has; None = no end. every: the step of the grid, a length of time or a number of working
    days; rule: an RFC 5545 rule instead. start: the first moment; end: after it there are none. formula: gives the whole cycle.
    """

    count: int | None = None
    every: Duration | int | None = None
    rule: str = ""
    start: Timing | None = None
    end: Timing | None = None
    formula: Expression | None = None

    @property
    def rules(self) -> tuple[Expression, ...]:
        """The expressions in it."""
        step = compile_expression(f"workdays({self.every})") if isinstance(self.every, int) else None
        found = (self.start, self.end, self.formula, step)
        return tuple(one for one in found if isinstance(one, Expression))


def read_cycle(text: str) -> Cycle:
    """Return what `text` says. Raises BadTiming, also for a cron expression, which is refused by name."""
    text = text.strip()
    literal = text[1:-1].strip() if len(text) > 2 and text[0] == text[-1] and text[0] in "'\"" else text
    if not literal:
        raise BadTiming(say("没有写明循环时间。"), _write_so())
    if _CRON.fullmatch(literal):
        raise BadTiming(
            say("cron 表达式“{text}”暂不支持（not yet supported）。", text=literal[:40]),
            say("请改写：每天 R/P1D，每周一 FREQ=WEEKLY;BYDAY=MO，每月月底 FREQ=MONTHLY;BYMONTHDAY=-1。"),
        )
    if "FREQ=" in literal:
        return _rule(literal)
    found = _ISO.fullmatch(literal)
    if found:
        return _iso(found["count"], found["rest"])
    timing = read_timing(text)
    if not isinstance(timing, Expression):
        raise BadTiming(
            say("“{text}”不是循环时间。", text=literal[:40]),
            say("循环请写成 R3/PT24H 或 R/P1D；只触发一次请改用 timeDuration 或 timeDate。"),
        )
    return Cycle(formula=timing)


def timer_rules(timer: Timer) -> tuple[Expression, ...]:
    """Return the expressions in a timer, whatever its kind; none where it cannot be read, which is said where it is."""
    try:
        if timer.kind == "cycle":
            return read_cycle(timer.text).rules
        timing = read_timing(timer.text)
    except BadTiming:
        return ()
    return (timing,) if isinstance(timing, Expression) else ()


def literal_cycle(text: str) -> Cycle:
    """As `read_cycle`, for what an expression has given: no expression in turn."""
    cycle = read_cycle(text)
    if cycle.formula is not None:
        raise BadTiming(say("时间表达式的结果不是循环时间。"), _write_so())
    return cycle


def _rule(text: str) -> Cycle:
    try:
        parts = read_rule(text)
    except BadRule as bad:
        raise BadTiming(say("循环规则有误：{what}。", what=bad.what), bad.do) from None
    count = int(parts["COUNT"]) if "COUNT" in parts else None
    return Cycle(count=count, rule=_COUNT.sub("", text.strip().removeprefix("RRULE:")).strip(";"))


def _iso(count: str, rest: str) -> Cycle:
    if count and int(count) == 0:
        raise BadTiming(say("循环 0 次就是不触发。"), say("请写次数，如 R3/PT24H；不限次数写 R/PT24H。"))
    head, _, tail = rest.partition("/")
    every = _step(head)
    if every is not None:
        start, end = None, read_timing(tail) if tail else None
    else:
        head, _, tail = rest.rpartition("/")
        every = _step(tail)
        if every is None:
            raise BadTiming(say("循环时间没有写每隔多久。"), _write_so())
        start, end = read_timing(head), None
    for one in (start, end):
        if isinstance(one, Duration):
            raise BadTiming(say("循环的起止要写日期。"), _write_so())
    return Cycle(int(count) if count else None, every, "", start, end)


def _step(text: str) -> Duration | int | None:
    text = text.strip()
    if found := _WORKDAYS.fullmatch(text):
        return int(found[1])
    if not text.startswith("P"):
        return None
    timing = read_timing(text)
    return timing if isinstance(timing, Duration) else None


def _write_so() -> Message:
    return say(
        "请写 R3/PT24H（三次，每隔一天）、R/due + days(1)/P1D（逾期后每天），或规则 FREQ=WEEKLY;BYDAY=MO。"
    )
