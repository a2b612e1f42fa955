"""The working calendar: a year's exceptions and seasons; what a change moves is shown first, then moved in one command."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from engine import recalendar
from tenants import own_days, workdays
from tenants.db import Work
from tenants.errors import Invalid
from tenants.own_days import Change, DayChange, SeasonChange, YearChange
from tenants.text import say
from web.api.fields import Answer, Asked, Asks, Body, Choice, Day, Flag, Many, Part, Said, Text, Whole
from web.api.operation import Noun, operation
from web.views.moves import change_words, moves_shape

calendar = Noun("calendar", say("工作日历"))
_YEARS = (own_days.FIRST_YEAR, own_days.LAST_YEAR)
_MANY = 366


class YearAsks(Asks):
    """Which year; without one the present."""

    year = Asked(*_YEARS, load_default=None)


class SpanShape(Answer):
    """From when until when; of a phase that has no start null."""

    start = Day(allow_none=True)
    end = Day(allow_none=True)


class DayShape(Answer):
    """A day that is not as its weekday says. moved: in exchange for another day."""

    day = Day()
    kind = Said(metadata={"enum": ["off", "worked"]})
    name = Said()
    own = fields.Boolean(metadata={"description": str(say("本级自己设定的"))})
    moved = fields.Boolean(metadata={"description": str(say("调休"))})


class SeasonShape(Answer):
    """A season in the year."""

    name = Said()
    span = Part(SpanShape)


class YearShape(Answer):
    """A year. estimated: no official notice is known for it, and the tenant does not vouch for it itself."""

    year = fields.Integer()
    estimated = fields.Boolean()
    settled = fields.Boolean()
    days = Many(Part(DayShape))
    seasons = Many(Part(SeasonShape))


class DayBody(Body):
    """A day becomes off or worked; null = it is again what the state says."""

    day = Day(required=True)
    kind = Choice("off", "worked", required=True, allow_none=True)
    name = Text(100, load_default="")


class SeasonBody(Body):
    """A season gets a span. year: null = every year. Without start and end the span is taken away."""

    name = Text(own_days.MAX_NAME, 1, required=True)
    year = Whole(*_YEARS, load_default=None, allow_none=True)
    start = Day(load_default=None, allow_none=True)
    end = Day(load_default=None, allow_none=True)


class SettledBody(Body):
    """A year is vouched for, or no longer."""

    year = Whole(*_YEARS, required=True)
    settled = Flag(required=True)


class ChangesBody(Body):
    """What changes of the calendar."""

    days = Many(Part(DayBody), _MANY, load_default=list)
    seasons = Many(Part(SeasonBody), 20, load_default=list)
    years = Many(Part(SettledBody), 20, load_default=list)


class ApplyBody(ChangesBody):
    """The same, with the seal of the preview that was looked at; needed where any date moves."""

    seal = Text(64, load_default="")


class MovedLine(Answer):
    """Occurrences or tasks whose date moves alike."""

    what = Said()
    period = Said()
    old = Day(allow_none=True)
    new = Day(allow_none=True)
    n = fields.Integer()
    step = Said()
    becomes = Said()


class MovedDuty(Answer):
    """What moves of one duty."""

    title = Said()
    lines = Many(Part(MovedLine))


class MovedPhase(Answer):
    """A phase that moves."""

    title = Said()
    old = Part(SpanShape)
    new = Part(SpanShape)


class MovesShape(Answer):
    """What moves in one campaign. kept: dates that stay because the calendar does not explain them."""

    title = Said()
    phases = Many(Part(MovedPhase))
    duties = Many(Part(MovedDuty))
    timers = fields.Integer()
    kept = fields.Integer()


class EffectsOfDays(Answer):
    """What a change of the calendar does."""

    changes = Many(Said())
    campaigns = Many(Part(MovesShape))
    seal = Said(metadata={"description": str(say("执行时带上，证明看过的就是这个预览"))})


@operation(
    calendar,
    "GET",
    "/calendar",
    may="units.manage",
    summary=say("一年的休息日、调休和时段"),
    answer=YearShape,
    asks=YearAsks,
)
def show(work: Work, asked: dict[str, Any]) -> Any:
    """Show a year's exceptions and seasons."""
    year = asked["year"] or work.today.year
    own = workdays.gather(work)
    known = own_days.calendar(own, year, year)
    return {
        "year": year, "estimated": year in known.estimated, "settled": year in own.settled,
        "days": workdays.exceptions(work, year),
        "seasons": [
            {"name": name, "span": {"start": span.start, "end": span.end}}
            for name, found in sorted(known.seasons.items())
            for span in found
            if span.start.year == year
        ],
    }  # fmt: skip


@operation(
    calendar, "POST", "/calendar/preview", may="units.manage", summary=say("改日历前看哪些日期会动"), answer=EffectsOfDays,
    body=ChangesBody, reads=True, does=("calendar.index",), note=say("什么都不记录。"),
)  # fmt: skip
def preview(work: Work, sent: dict[str, Any]) -> Any:
    """Show which dates of which campaigns would move."""
    changes = _changes(sent)
    return _shape(work, changes, recalendar.preview(work, changes))


@operation(
    calendar, "POST", "/calendar", may="units.manage", summary=say("改日历，相关日期随之调整"), answer=EffectsOfDays,
    body=ApplyBody, does=("calendar.index",), note=say("有日期会动时，要带上预览的 seal；预览之后有了变化则不办，答复 409。"),
)  # fmt: skip
def apply(work: Work, sent: dict[str, Any]) -> Any:
    """Change the calendar, and all dates that rest on it."""
    changes = _changes(sent)
    effects = recalendar.preview(work, changes)
    # What moves is told before it has moved.
    shape = _shape(work, changes, effects)
    recalendar.apply(work, changes, sent["seal"] or ("" if effects.any else effects.seal))
    return shape


def _changes(sent: dict[str, Any]) -> list[Change]:
    changes: list[Change] = [DayChange(one["day"], one["kind"], one["name"].strip()) for one in sent["days"]]
    changes += [
        SeasonChange(one["name"].strip(), one["year"], one["start"], one["end"]) for one in sent["seasons"]
    ]
    changes += [YearChange(one["year"], one["settled"]) for one in sent["years"]]
    if not changes:
        raise Invalid(say("没有说要改什么。"), say("请写明 days、seasons 或 years。"))
    return changes


def _shape(work: Work, changes: list[Change], effects: recalendar.Effects) -> dict[str, Any]:
    return {
        "changes": [change_words(one) for one in changes], "campaigns": moves_shape(work, effects), "seal": effects.seal,
    }  # fmt: skip
