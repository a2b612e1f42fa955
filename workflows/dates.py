"""What date expressions may read, and how one becomes a date of the tenant. Pure.

Names: `notice` (issued, number, issuer, title), `period` (start, end), `phases.<id>` (start, end, and the rounds of one that
comes again by name, such as `['2005']`); in `every.opens` also `due`, for what comes with a season `season`; in the dates of
a duty that something else starts also `event`. `season('汛期')` and `workdays(n)` ask the tenant's calendar.
All dates are local dates of the tenant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from forms.expression import EvaluationError, Expression
from tenants.calendar import Roll, Season
from tenants.text import say
from workflows.lazy import Lazy
from workflows.parts import When
from workflows.periods import each_period, name_of
from workflows.setting import ImpossibleDate, NoSeason, Setting

__all__ = ["NAMES", "Dates", "ImpossibleDate", "NoSeason", "Setting", "asks_calendar", "calls"]

NAMES = frozenset({"notice", "period", "phases"})
_ENDS = ("start", "end")

# What a rule calls when it asks the tenant's calendar.
_OF_CALENDAR = frozenset({"workdays", "season"})


def asks_calendar(rule: Expression) -> bool:
    """Tell whether what the rule gives depends on the tenant's working days or seasons by its own words."""
    return calls(rule, _OF_CALENDAR)


def calls(rule: Expression, functions: frozenset[str]) -> bool:
    """Tell whether a rule calls any of these functions."""
    waiting: list[Any] = [rule.tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            if part[:1] == ["call"] and part[1] in functions:
                return True
            waiting.extend(part)
    return False


class Dates:
    """The dates of one setting, each worked out once."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.package = setting.package
        self.zone = ZoneInfo(setting.timezone)
        self._known: dict[str, tuple[date | None, bool]] = {}
        self._open: list[str] = []
        self._guessed = False
        notice = self.package.notice
        self._names: dict[str, object] = {
            "notice": {
                "issuer": notice.issuer,
                "number": notice.number,
                "issued": notice.issued,
                "title": notice.title,
            },
            "period": Lazy(lambda: _ENDS, self._period_part),
            "phases": Lazy(lambda: self.package.phases, self._phase_parts),
        }

    def period(self, end: str) -> date | None:
        """Return the campaign's `start` or `end`."""
        written = self.package.period.start if end == "start" else self.package.period.end
        return self._once(f"period.{end}", written, self._chosen(end))

    def start(self) -> date:
        """Return the campaign's first day. Raises ImpossibleDate when there is none."""
        found = self.period("start")
        if found is None:
            line = self.package.period.line
            raise ImpossibleDate(
                say("行动没有开始日期"), say("请在 period.start 写明日期。"), "period.start", line
            )
        return found

    def phase(self, key: str, end: str) -> date | None:
        """Return the `start` or `end` of a phase; None where it has none, as any end of a phase that has none."""
        phase = self.package.phases[key]
        return self._once(f"phases.{key}.{end}", getattr(phase, end), self._chosen("phases", key, end))

    def rounds(self, key: str) -> Iterator[tuple[str, date, date]]:
        """Yield (name, first day, last day) of the turns of a phase that comes again; none while its ends are not known."""
        every = self.package.phases[key].every
        start, end = (self.phase(key, which) if every else None for which in ("start", "end"))
        if every and start and end and start <= end:
            for first, last in each_period(every, start, end):
                yield name_of(every, first), max(first, start), min(last, end)

    def _period_part(self, end: str) -> date | None:
        if end not in _ENDS:
            raise KeyError(end)
        return self.period(end)

    def _phase_parts(self, key: str) -> Lazy:
        """Return a phase as expressions read it: `start`, `end`, and each of its rounds by name."""
        if key not in self.package.phases:
            raise KeyError(key)

        def part(name: str) -> object:
            if name in _ENDS:
                return self.phase(key, name)
            for one, first, last in self.rounds(key):
                if one == name:
                    return {"start": first, "end": last}
            what = say("阶段“{title}”没有“{name}”这一轮", title=self.package.phases[key].title, name=name)
            names = "、".join(one for one, _, _ in self.rounds(key))
            do = say("可用的有：{names}。", names=names) if names else say("请给阶段写 start、end 和 every。")
            raise ImpossibleDate(what, do, f"phases.{key}", self.package.phases[key].line)

        return Lazy(lambda: (*_ENDS, *(name for name, _, _ in self.rounds(key))), part)

    def duty(self, key: str, end: str, written: When | None) -> date | None:
        """Return the `start` or `due` of a duty: the tenant's choice, else what is written."""
        return self._once(f"duties.{key}.{end}", written, self._chosen("duties", key, end))

    def weighed(self, make: Callable[[], date | None]) -> tuple[date | None, bool]:
        """Return a date and whether it rests on working days for which no official notice is known yet.

        make: works the date out with this object.
        """
        before, self._guessed = self._guessed, False
        try:
            return make(), self._guessed
        finally:
            self._guessed = self._guessed or before

    def rolled(self, day: date, roll: Roll) -> date:
        """Return the day, moved to a working day when `roll` asks for it. Raises ValueError where there is none near."""
        found = self.setting.calendar.roll(day, roll)
        return self._walked(day, found) if roll != "none" else found

    def day_of(self, value: object) -> date | None:
        """Return the tenant's day of a moment, or a day as it is; None for anything else."""
        local = self._local(value)
        if isinstance(local, datetime):
            return local.date()
        return local if isinstance(local, date) else None

    def rests_on(self, span: Mapping[str, object]) -> None:
        """Note that a date is counted from a season (name, start, end), which may be a guess."""
        name, first, last = span["name"], span["start"], span["end"]
        if isinstance(first, date) and isinstance(last, date):
            guess = self.setting.calendar.is_guess(str(name), Season(first, last))
            self._guessed = self._guessed or guess

    def season(self, name: str) -> Mapping[str, date] | None:
        """Return the span of a season that the campaign meets; None when the tenant's calendar has none."""
        return self._season([])(name)

    def resolve(self, written: When, where: str, names: Mapping[str, object] | None = None) -> date | None:
        """Return the local date that was written, or None when the expression gives none. Raises ImpossibleDate."""
        if written.day is not None:
            return written.day
        if written.rule is None:
            return None
        return self.evaluate(written.rule, where, written.line, names)

    def evaluate(
        self, rule: Expression, where: str, line: int, names: Mapping[str, object] | None = None
    ) -> date | None:
        """Return the local date that the expression gives with `names` besides the usual ones. Raises ImpossibleDate."""
        missing: list[str] = []
        given: dict[str, Callable[..., object]] = {
            "add_workdays": self._add_working_days,
            "season": self._season(missing),
        }
        local = {key: self._local(value) for key, value in (names or {}).items()}
        try:
            value = rule.evaluate({**self._names, **local}, given)
        except EvaluationError as error:
            raise ImpossibleDate(error.what, error.do, where, line) from error
        if missing and value is None:
            raise NoSeason(
                say("本单位的日历里没有“{name}”", name=missing[0]),
                say("请先在日历中登记它的起止日期。"),
                where,
                line,
                season=missing[0],
            )
        found = self._local(value)
        if found is None or (isinstance(found, date) and not isinstance(found, datetime)):
            return found
        if isinstance(found, datetime):
            return found.date()
        if isinstance(found, str):
            return _day(found, where, line)
        raise ImpossibleDate(
            say("“{text}”算出来的不是日期", text=rule.source),
            say("请改成日期，例如 phases.编号.end。"),
            where,
            line,
        )

    def _once(self, where: str, written: When | None, chosen: object) -> date | None:
        if where in self._known:
            kept, guessed = self._known[where]
            self._guessed = self._guessed or guessed
            return kept
        line = written.line if written else 0
        if where in self._open:
            circle = " → ".join([*self._open[self._open.index(where) :], where])
            raise ImpossibleDate(
                say("日期互相依赖，绕成一圈：{circle}", circle=circle),
                say("请把其中一个改成确定的日期。"),
                where,
                line,
            )
        self._open.append(where)
        try:
            if chosen is not None:
                weighed: tuple[date | None, bool] = _day(chosen, where, line), False
            else:
                weighed = self.weighed(lambda: self.resolve(written, where) if written else None)
        finally:
            self._open.pop()
        self._known[where] = weighed
        return weighed[0]

    def _add_working_days(self, start: date, days: int) -> date:
        return self._walked(start, self.setting.calendar.add_working_days(start, days))

    def _walked(self, start: date, end: date) -> date:
        """Note whether a day between the two is a guess; return `end`."""
        self._guessed = self._guessed or self.setting.calendar.rests_on_estimate(start, end)
        return end

    def _chosen(self, *path: str) -> object:
        value: object = self.setting.choices
        for step in path:
            value = value.get(step) if isinstance(value, Mapping) else None
        return value

    def _season(self, missing: list[str]) -> Callable[[str], Mapping[str, date] | None]:
        def season(name: str) -> Mapping[str, date] | None:
            start = self.start()
            # The season meant is the one that the campaign meets: running at its start, else the next one.
            for year in (start.year - 1, start.year, start.year + 1):
                span = self.setting.calendar.season(name, year)
                if span is not None and span.end >= start:
                    self.rests_on({"name": name, "start": span.start, "end": span.end})
                    return {"start": span.start, "end": span.end}
            missing.append(str(name))
            return None

        return season

    def _local(self, value: object) -> object:
        """Put moments on the tenant's clock: their day is the tenant's day."""
        if isinstance(value, datetime):
            return value.astimezone(self.zone)
        if isinstance(value, Mapping) and not isinstance(value, Lazy):
            return {key: self._local(one) for key, one in value.items()}
        return value


def _day(value: object, where: str, line: int) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError as error:
        raise ImpossibleDate(
            say("“{value}”不是存在的日期", value=str(value)[:40]),
            say("请写成 2024-10-31 的样子。"),
            where,
            line,
        ) from error
