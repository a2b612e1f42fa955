"""How a preview tells what a changed calendar moves: per campaign and duty, old date and new, how many, whom for example."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext as _

from engine import recalendar
from engine.recalendar_plan import Line, Moves
from engine.running import Running
from tenants.db import Work
from tenants.own_days import Change, DayChange, SeasonChange
from web.views import tongue
from web.views.shapes import campaign_title
from web.words import date_words

_ORDER = ("open", "event", "step", "follow_up", "planned", "later", "arises", "falls")


def change_words(one: Change) -> str:
    """Return what is to be changed, in words."""
    if isinstance(one, DayChange):
        day = date_words(one.day)
        if one.kind is None:
            return _("%(day)s：照国家安排", day=day)
        words = (
            _("%(day)s：本级设为休息", day=day) if one.kind == "off" else _("%(day)s：本级设为上班", day=day)
        )
        return f"{words} {one.name}".strip()
    if isinstance(one, SeasonChange):
        if one.start is None or one.end is None:
            return (
                _("%(name)s：不再每年设定", name=one.name)
                if one.year is None
                else _("%(name)s：%(year)s年不再单独设定", name=one.name, year=one.year)
            )
        if one.year is None:
            crosses = (one.end.month, one.end.day) < (one.start.month, one.start.day)
            ends = {"name": one.name, "start": month_day(one.start), "end": month_day(one.end)}
            if crosses:
                return _("%(name)s：每年%(start)s至次年%(end)s", **ends)
            return _("%(name)s：每年%(start)s至%(end)s", **ends)
        return _(
            "%(name)s：%(start)s至%(end)s",
            name=one.name,
            start=date_words(one.start),
            end=date_words(one.end),
        )
    return (
        _("%(year)s年的放假安排已核对", year=one.year)
        if one.settled
        else _("%(year)s年的放假安排重新标为“预计”", year=one.year)
    )


def month_day(day: date) -> str:
    """Return a day of every year: 6月1日."""
    return _("%(month)s月%(day)s日", month=day.month, day=day.day)


def moves_shape(work: Work, effects: recalendar.Effects) -> list[dict[str, Any]]:
    """Return what moves, for the page."""
    return [_campaign(work, moves) for moves in effects.campaigns if moves.any or moves.kept]


def _campaign(work: Work, moves: Moves) -> dict[str, Any]:
    live = tongue.running(work, moves.campaign_id)
    lines = sorted(
        moves.lines, key=lambda line: (_ORDER.index(line.what), line.old or line.new or work.today)
    )
    duties: dict[str, list[Line]] = {}
    for line in lines:
        duties.setdefault(line.duty, []).append(line)
    becomes = [line.becomes(work.today) for line in lines]
    return {
        "title": campaign_title(live),
        "period": moves.period,
        "phases": [
            {"title": live.package.phases[key].title, "old": was, "new": now} for key, was, now in moves.phases
        ],
        "duties": [
            {"title": _title(work, live, key), "lines": [_line(work, live, line) for line in found]}
            for key, found in duties.items()
        ],
        "timers": moves.timers, "kept": moves.kept,
        "late": sum(line.count for line, how in zip(lines, becomes, strict=True) if how == "late"),
        "in_time": sum(line.count for line, how in zip(lines, becomes, strict=True) if how == "in_time"),
    }  # fmt: skip


def _title(work: Work, live: Running, key: str) -> str:
    duty = live.duties.get(key)
    if duty is None:
        return _("台账办理")
    # A post that must not know when it takes place is not told by way of the calendar.
    return duty.title if work.viewer.units is None or not duty.hidden else _("不公开的任务")


def _line(work: Work, live: Running, line: Line) -> dict[str, Any]:
    return {
        "what": line.what, "period": line.period, "old": line.old, "new": line.new, "n": line.count, "tasks": line.tasks,
        "example": line.example, "step": tongue.term(live.package, line.step) if line.step else "",
        "becomes": line.becomes(work.today),
    }  # fmt: skip
