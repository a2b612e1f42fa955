"""The working calendar: the year's exceptions, and the tenant's own."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import fields

from tenants import workdays
from tenants.db import Work
from tenants.text import say
from web.api.fields import Answer, Asked, Asks, Body, Choice, Day, Many, Part, Said, Text, refused
from web.api.operation import Noun, operation
from web.words import typed_day

calendar = Noun("calendar", say("工作日历"))


class YearAsks(Asks):
    """Which year; without one the present."""

    year = Asked(2000, 2100, load_default=None)


class DayShape(Answer):
    """A day that is not as its weekday says."""

    day = Day()
    kind = Said(metadata={"enum": ["off", "worked"]})
    name = Said()
    own = fields.Boolean(metadata={"description": str(say("本级自己设定的"))})


class YearShape(Answer):
    """A year's exceptions. estimated: no official notice is known for it yet."""

    year = fields.Integer()
    estimated = fields.Boolean()
    days = Many(Part(DayShape))


class DayBody(Body):
    """What a day is in this tenant."""

    kind = Choice("off", "worked", required=True)
    name = Text(100, load_default="")


@operation(
    calendar,
    "GET",
    "/calendar",
    may="units.manage",
    summary=say("一年的休息日和调休"),
    answer=YearShape,
    asks=YearAsks,
)
def show(work: Work, asked: dict[str, Any]) -> Any:
    """Show a year's exceptions."""
    year = asked["year"] or work.today.year
    return {
        "year": year, "estimated": year > workdays.LAST_ANNOUNCED, "days": workdays.exceptions(work, year),
    }  # fmt: skip


@operation(
    calendar, "PUT", "/calendar/days/<day>", may="units.manage", summary=say("设定某一天放假或上班"), answer=DayShape,
    body=DayBody, does=("calendar.index",),
)  # fmt: skip
def set_day(work: Work, sent: dict[str, Any], day: str) -> Any:
    """Make a day off or worked in this tenant."""
    at = _day(day)
    workdays.set_day(work, at, sent["kind"], sent["name"].strip())
    return {"day": at, "kind": sent["kind"], "name": sent["name"].strip(), "own": True}


class RemovedShape(Answer):
    """A day that the statutory calendar decides about again."""

    day = Day()


@operation(
    calendar, "DELETE", "/calendar/days/<day>", may="units.manage", summary=say("取消本级对某一天的设定"), answer=RemovedShape,
    does=("calendar.index",),
)  # fmt: skip
def remove_day(work: Work, day: str) -> Any:
    """Let the statutory calendar decide about a day again."""
    at = _day(day)
    workdays.remove_day(work, at)
    return {"day": at}


def _day(text: str) -> date:
    try:
        return typed_day(text)
    except ValueError:
        raise refused({"day": ["invalid"]}) from None
