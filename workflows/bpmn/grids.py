"""The moments of a cycle: a grid that is laid down when its timer is armed, and counted from its beginning. Pure.

Months keep their day (the 31st is the last day of a shorter month, and the 31st again after it), days keep their time of day
when the clocks change, and a pause of years costs a few steps. What lies before the arming is gone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import cast

from forms.expression import EvaluationError, Expression, Period
from tenants.text import say
from workflows.bpmn.cycles import Cycle, literal_cycle
from workflows.bpmn.timing import LONGEST, BadTiming, Duration, moment_of
from workflows.recurrence import BadRule, days_within

# Of missed firings that are each made up for, so many; those before them count as one.
MOST_MISSED = 100

_UNITS = {"months": "P{}M", "days": "P{}D", "hours": "PT{}H"}
_TICK = timedelta(microseconds=1)
# So far a rule is looked ahead: what comes soon first, what is rare afterwards.
_AHEAD = (timedelta(days=40), timedelta(days=400), LONGEST)

Given = Mapping[str, Callable[..., object]]


@dataclass(frozen=True)
class Armed:
    """A cycle that runs. at: the next firing (UTC); number: which of the grid it is, from 1.

    base: from which the grid is counted, of a rule the day that was last. until: the last possible moment. text: the cycle that a
    formula gave.
    """

    at: datetime
    base: str
    number: int
    until: str = ""
    text: str = ""

    def kept(self) -> list[str | int]:
        """What has to be kept besides `at`, as JSON."""
        return [self.base, self.number, *([self.until, self.text] if self.until or self.text else [])]

    @classmethod
    def of(cls, at: datetime, kept: list[str | int]) -> Armed:
        base, number, until, text = (*kept, "", "")[:4]
        return cls(at, str(base), int(number), str(until), str(text))


# What a cycle gives of which every moment has passed.
SPENT = Armed(datetime.min.replace(tzinfo=UTC), "", 0)


def arm(
    cycle: Cycle, names: Mapping[str, object], since: datetime, given: Given, after: datetime | None = None
) -> Armed | None:
    """Return the first firing of a cycle that is armed at `since`.

    None = never: it has no start, or its formula gives nothing. SPENT = no more. since: aware, in the zone in which days begin.
    after: only what lies after it, where the grid is laid down anew; else what lies at or after `since`.
    Raises BadTiming, EvaluationError.
    """
    if cycle.formula is not None:
        text = _text_of(cycle.formula, names, given)
        found = arm(literal_cycle(text), names, since, given, after) if text else None
        return found if found is None or found is SPENT or not text else replace(found, text=text)
    end = moment_of(cycle.end, names, since, given) if cycle.end is not None else None
    until = end.isoformat() if end is not None else ""
    floor = since if after is None else after + _TICK
    if cycle.rule:
        return (
            _next_day(cycle, Armed(since, since.date().isoformat(), 0, until), _zone(since), floor) or SPENT
        )
    start: datetime | None = since
    if cycle.start is not None:
        start = moment_of(cycle.start, names, since, given)
    if start is None:
        return None
    grid = _Grid(cycle, start.astimezone(_zone(since)), until, given)
    return (
        grid.armed(grid.first(1, floor), Armed(since, start.astimezone(UTC).isoformat(), 0, until)) or SPENT
    )


def following(cycle: Cycle, armed: Armed, now: datetime, given: Given, *, each: bool = False) -> Armed | None:
    """Return the firing after one that has fired at `now`; None when the cycle is used up.

    Firings that `now` has left behind are one with it; each: they follow one by one, at most the last hundred.
    Raises BadTiming, EvaluationError.
    """
    if armed.text:
        cycle = literal_cycle(armed.text)
    if cycle.rule:
        floor = max(armed.at, now - MOST_MISSED * timedelta(days=1)) if each else now
        return _next_day(cycle, armed, _zone(now), floor + _TICK)
    grid = _Grid(cycle, datetime.fromisoformat(armed.base).astimezone(_zone(now)), armed.until, given)
    number = grid.first(armed.number + 1, now + _TICK)
    return grid.armed(max(armed.number + 1, number - MOST_MISSED) if each else number, armed)


class _Grid:
    """The moments of an ISO 8601 cycle, by number from 1."""

    def __init__(self, cycle: Cycle, base: datetime, until: str, given: Given) -> None:
        self.cycle, self.base, self.given = cycle, base, given
        self.until = datetime.fromisoformat(until) if until else None

    def armed(self, number: int, known: Armed) -> Armed | None:
        moment = self.moment(number)
        return replace(known, at=moment, number=number) if moment is not None else None

    def first(self, number: int, floor: datetime) -> int:
        """Return the first number from `number` on whose moment does not lie before `floor`, or that is beyond the end."""
        low, width = number, 1
        while self._before(low + width - 1, floor):  # double until the grid has passed it, then halve
            low, width = low + width, width * 2
        high = low + width - 1
        while low < high:
            middle = (low + high) // 2
            if self._before(middle, floor):
                low = middle + 1
            else:
                high = middle
        return low

    def moment(self, number: int) -> datetime | None:
        """Return a moment (UTC); None beyond the end. Raises EvaluationError where working days cannot be counted."""
        if self.cycle.count is not None and number > self.cycle.count:
            return None
        steps = number if self.cycle.start is None else number - 1
        try:
            moment = self._after(steps)
        except BadTiming:
            return None  # beyond the year 9999
        return None if self.until is not None and moment > self.until else moment

    def _after(self, steps: int) -> datetime:
        every = self.cycle.every
        if isinstance(every, Duration):
            return every.times(steps).after(self.base)
        assert every is not None
        if not steps:
            return self.base.astimezone(UTC)
        counted = Period("workdays", every * steps).after(self.base, self.given.get("add_workdays"))  # type: ignore[arg-type]
        return cast(datetime, counted).astimezone(UTC)

    def _before(self, number: int, floor: datetime) -> bool:
        try:
            moment = self.moment(number)
        except EvaluationError:
            return False  # searched beyond the calendar; where it matters, `moment` says so
        return moment is not None and moment < floor


def _next_day(cycle: Cycle, last: Armed, zone: tzinfo, floor: datetime) -> Armed | None:
    """Return the first firing of a rule that does not lie before `floor`; the rule goes on from the day that was last."""
    base = date.fromisoformat(last.base)
    until = datetime.fromisoformat(last.until) if last.until else None
    for ahead in _AHEAD:
        end = max(floor.astimezone(zone).date(), base) + ahead
        try:
            days = [day for day in days_within(cycle.rule, base, end) if day > base]
        except BadRule:
            return None  # more than 5,000 days: longer than anybody waits
        for number, day in enumerate(days, last.number + 1):
            moment = datetime.combine(day, time(), zone).astimezone(UTC)
            if moment >= floor:
                over = (cycle.count is not None and number > cycle.count) or (
                    until is not None and moment > until
                )
                return None if over else replace(last, at=moment, base=day.isoformat(), number=number)
    return None


def _text_of(formula: Expression, names: Mapping[str, object], given: Given) -> str | None:
    """Return the text of the cycle that an expression gives."""
    match formula.evaluate(names, given):
        case None:
            return None
        case str() as text:
            return text
        case Period(unit, count) if count > 0:
            return f"R/workdays({count})" if unit == "workdays" else f"R/{_UNITS[unit].format(count)}"
        case _:
            raise BadTiming(
                say("时间表达式的结果不是循环时间。"), say("请给出时长，如 days(2)，或文字，如 'R3/P1D'。")
            )


def _zone(moment: datetime) -> tzinfo:
    return moment.tzinfo or UTC
