"""The stage of a rehearsal: a package, units, a calendar, and what happens when. Everything is in memory and virtual."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from engine.process import Given
from engine.rehearsal.cast import Cast, Extra
from engine.running import drawing_of, known_names
from forms.protected import unprotected
from forms.validation import validate
from tenants.calendar import Calendar, Season
from tenants.errors import Invalid
from tenants.own_days import holidays_of
from tenants.statutory import days_of, unannounced
from tenants.text import Message, say
from workflows.bpmn import Node
from workflows.dates import Dates, ImpossibleDate
from workflows.elements import Duty, Form, Package
from workflows.schedule import Setting, Span, known_phases
from workflows.suggest import instead

# People come to work at this hour and hand in what is due that day at that one.
MORNING, EVENING = time(9), time(17)
# How far a campaign without an end is rehearsed.
_OPEN_END = timedelta(days=365)


@dataclass(frozen=True)
class Stage:
    """What a campaign is rehearsed with.

    setting: the package with a calendar and choices, as when it is launched. events: the name of an event, or the id of a duty
    that somebody or something starts -> the days on which that happens.
    """

    package: Package
    cast: Cast
    setting: Setting
    events: Mapping[str, tuple[date, ...]] = field(default_factory=dict)

    @cached_property
    def dates(self) -> Dates:
        return Dates(self.setting)

    @cached_property
    def phases(self) -> Mapping[str, Span]:
        return known_phases(self.setting)

    @cached_property
    def period(self) -> tuple[date, date | None]:
        return self.dates.start(), self.dates.period("end")

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.setting.timezone)

    @cached_property
    def given(self) -> Mapping[str, Callable[..., object]]:
        """Return what expressions may call."""
        calls: dict[str, Callable[..., object]] = {
            "add_workdays": self.setting.calendar.add_working_days,
            "season": self.dates.season,
        }
        return Given(calls, {key: [] for key in self.package.ledgers})

    def at(self, moment: datetime) -> Scene:
        """Return the stage as it is at a moment."""
        return Scene(self, moment)

    def morning(self, day: date) -> datetime:
        return datetime.combine(day, MORNING, self.zone)

    def evening(self, day: date) -> datetime:
        return datetime.combine(day, EVENING, self.zone)

    def node(self, process: str, called: str, node: str) -> Node:
        """Return a step of a process, or of one that it calls; called: as `Model.called_at` names it."""
        return drawing_of(self.package, process, called).nodes[node]

    def example(self, form: Form | None) -> Mapping[str, Any]:
        """Return the example answers of a form as they would be taken; worked out once."""
        if form is None or not form.example:
            return {}
        if id(form) not in self._examples:
            self._examples[id(form)] = unprotected(form.schema, validate(form.schema, form.example).answers)
        return self._examples[id(form)]

    @cached_property
    def _examples(self) -> dict[int, dict[str, Any]]:
        return {}


@dataclass(frozen=True)
class Scene:
    """A moment of the rehearsal: an `engine.dating.Scene`. now: in the tenant's zone."""

    stage: Stage
    now: datetime

    @property
    def given(self) -> Mapping[str, Callable[..., object]]:
        return self.stage.given

    def known(
        self, wanted: Collection[str], unit: Extra | None, about: Extra | None, more: Mapping[str, object]
    ) -> dict[str, Any]:
        """Return those of the standard names that are wanted, and all of `more`, as a running campaign does."""
        return known_names(
            wanted, unit, about, more, package=self.stage.package, phases=lambda: self.stage.phases,
            today=self.now.date(), period=self.stage.period,
        )  # fmt: skip


def make_stage(
    package: Package,
    cast: Cast,
    *,
    calendar: Calendar | None = None,
    choices: Mapping[str, Any] | None = None,
    events: Mapping[str, tuple[date, ...]] | None = None,
    seasons: Mapping[str, tuple[Season, ...]] | None = None,
    timezone: str = "Asia/Shanghai",
) -> Stage:
    """Return the stage of a rehearsal. Without a calendar the state's holidays count, with these seasons.

    Standing duties are rehearsed until the campaign ends. Raises ImpossibleDate, and Invalid for an event that nothing knows.
    """
    bare = Dates(Setting(package, Calendar(), choices or {}, timezone))
    start, end = bare.start(), bare.period("end")
    if end is not None and end < start:
        what = say("行动的结束日期 {end} 早于开始日期 {start}", end=end, start=start)
        raise ImpossibleDate(what, say("请改正其中一个日期。"), "period.end")
    last = end or start + _OPEN_END
    calendar = calendar or plain_calendar(start.year - 1, last.year + 1, seasons or {})
    _check_events(package, events or {})
    setting = Setting(package, calendar, choices or {}, timezone, horizon=last)
    return Stage(package, cast, setting, dict(events or {}))


def plain_calendar(first: int, last: int, seasons: Mapping[str, tuple[Season, ...]]) -> Calendar:
    """Return the state's holidays and make-up days of the years `first`..`last`, and nobody's own days."""
    found = [day for year in range(first, last + 1) for day in days_of(year)]
    return Calendar(
        frozenset(one.day for one in found if one.kind == "off"),
        frozenset(one.day for one in found if one.kind == "worked"),
        dict(seasons),
        unannounced(range(first, last + 1)),
        festivals=holidays_of(range(first, last + 1)),
    )


def event_names(package: Package) -> dict[str, str]:
    """Return what may be said to happen: the name of an event, or the id of a duty that waits for something -> its title."""
    found = {}
    for duty in package.duties.values():
        if duty.on is not None and duty.on.kind != "phase":
            found[duty.on.event if duty.on.kind == "event" else duty.id] = duty.title
    return found


def awaited(duty: Duty) -> tuple[str, str] | None:
    """Return (kind, what) that a duty waits for; None when the calendar alone starts it."""
    if duty.on is None or duty.on.kind == "phase":
        return None
    what = {
        "demand": duty.on.actors[0] if duty.on.actors else "", "event": duty.on.event, "collected": "、".join(duty.on.duties),
    }.get(duty.on.kind)  # fmt: skip
    return duty.on.kind, what if what is not None else "、".join(map(str, duty.on.sources))


def _check_events(package: Package, events: Mapping[str, tuple[date, ...]]) -> None:
    names = {**event_names(package), **{duty.id: "" for duty in package.duties.values() if awaited(duty)}}
    names |= {duty.every.until: "" for duty in package.duties.values() if duty.every and duty.every.until}
    for name in events:
        if name not in names:
            do: Message = say("本方案没有等待事件的任务。")
            raise Invalid(say("方案里没有事件“{name}”。", name=name), instead(name, names, do))
