"""The working calendar: a year day by day, the tenant's own days and seasons; what a change moves is shown before it is made."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from flask import Blueprint, g, request, url_for
from flask_babel import gettext as _

from engine import recalendar
from tenants import own_days, workdays
from tenants.calendar import Yearly
from tenants.db import Work
from tenants.errors import Invalid
from tenants.own_days import Change, DayChange, Own, SeasonChange, YearChange
from tenants.statutory import FESTIVALS
from tenants.text import say
from tenants.workdays import Exceptional
from web.entry import done, form_page
from web.views.moves import change_words, moves_shape
from web.words import month_words, said, typed_day

calendar = Blueprint("calendar", __name__)

_KINDS = {"holiday": "off", "workday": "worked"}
_WORDS = {"off": "holiday", "worked": "workday"}
# So many days in a row are set at once: the longest holiday, and some.
_MANY = 31
# A season over New Year that is longer than this is more likely one with its ends the wrong way round.
_HALF_A_YEAR = 184


@form_page(calendar, "/calendar", "calendar.html", may="units.manage")
def index(work: Work) -> Any:
    """Show a year; change days and seasons, after a look at what that moves in running campaigns."""
    year = min(
        max(request.args.get("year", work.today.year, type=int), own_days.FIRST_YEAR), own_days.LAST_YEAR
    )
    shown = _page(work, year)
    if request.method != "POST":
        return shown
    if g.get("refusal") is not None:
        # Whoever confirmed what has changed meanwhile sees at once what it would do now.
        again = request.form.get("seal") and g.refusal.code == "conflict"
        return shown | ({"preview": _preview(work, _changes(), year)} if again else {})
    changes = _changes()
    effects = recalendar.preview(work, changes)
    if effects.any and not request.form.get("seal"):
        return shown | {"preview": _preview(work, changes, year)}
    effects = recalendar.apply(work, changes, request.form.get("seal", "") or effects.seal)
    moved = sum(len(moves.lines) for moves in effects.campaigns)
    words = _("已保存，相关期限已随之调整。") if moved else _("已保存。没有任务的期限因此变动。")
    doubt = _doubt(changes[0])
    return done(
        words + doubt, "calendar.index", category="warn" if doubt else "ok", year=_year_of(changes, year)
    )


def _doubt(change: Change) -> str:
    """Return what to look at again: a season of every year that ends before it starts lasts into the next one, however long."""
    if not isinstance(change, SeasonChange) or change.year or not (change.start and change.end):
        return ""
    span = Yearly((change.start.month, change.start.day), (change.end.month, change.end.day)).span(2001)
    days = (span.end - span.start).days + 1
    if span.end.year == span.start.year or days <= _HALF_A_YEAR:
        return ""
    return _(
        "请核对：%(season)s，共%(n)s天。如果开始和结束填反了，请重新设定。",
        season=change_words(change),
        n=days,
    )


def _preview(work: Work, changes: Sequence[Change], year: int) -> dict[str, Any]:
    effects = recalendar.preview(work, changes)
    form = {key: value for key, value in request.form.items() if key not in ("csrf_token", "seal", "key")}
    return {
        "changes": [change_words(one) for one in changes], "campaigns": moves_shape(work, effects), "seal": effects.seal,
        "form": form, "key": uuid4().hex, "back": url_for("calendar.index", year=year),
    }  # fmt: skip


def _changes() -> list[Change]:
    """Return what the form asks for. Raises Invalid for a date that is none."""
    form, step = request.form, request.form.get("step", "")
    if step == "season":
        name = form.get("name", "").strip()
        start, end = typed_day(form.get("start", "")), typed_day(form.get("end", ""))
        return [SeasonChange(name, None if form.get("scope") == "yearly" else start.year, start, end)]
    if step == "season_remove":
        year = form.get("season_year", "")
        return [
            SeasonChange(form.get("name", ""), int(year) if year.isdecimal() and len(year) == 4 else None)
        ]
    if step in ("settle", "unsettle"):
        year = form.get("settled_year", "")
        if not (year.isdecimal() and len(year) == 4):
            raise Invalid(say("年份没有填对。"), say("请刷新页面后重试。"))
        return [YearChange(int(year), step == "settle")]
    first = typed_day(form.get("date", ""))
    last = typed_day(form["until"]) if form.get("until", "").strip() else first
    if last < first or (last - first).days >= _MANY:
        raise Invalid(say("起止日期不对。"), say("结束不能早于开始，一次最多{n}天。", n=_MANY))
    kind = None if step == "remove" or form.get("kind") == "statutory" else _kind(form.get("kind", ""))
    name = form.get("name", "").strip()[:100]
    return [DayChange(first + timedelta(days=n), kind, name) for n in range((last - first).days + 1)]


def _kind(text: str) -> own_days.Kind:
    kind = _KINDS.get(text)
    if kind is None:
        raise Invalid(say("一天只能设为“放假”或“上班”。"), say("请选择其中之一。"))
    return "off" if kind == "off" else "worked"


def _year_of(changes: Sequence[Change], year: int) -> int:
    """Return the year to show after a change: the one that it was made in."""
    first = changes[0]
    return first.day.year if isinstance(first, DayChange) else first.year or year


# --- what the page shows -----------------------------------------------------------------------------------------------


def _page(work: Work, year: int) -> dict[str, Any]:
    own = workdays.gather(work)
    known = own_days.calendar(own, year, year)
    exceptions = {one.day: one for one in workdays.exceptions(work, year)}
    estimated = year in known.estimated
    return {
        "year": year,
        "prev": url_for("calendar.index", year=year - 1) if year > own_days.FIRST_YEAR else None,
        "next": url_for("calendar.index", year=year + 1) if year < own_days.LAST_YEAR else None,
        "estimated": estimated, "settled": year in own.settled,
        "months": [_month(work, known, exceptions, year, month) for month in range(1, 13)],
        "days": [
            {
                "date": one.day, "kind": _WORDS[one.kind], "name": _name(one), "removable": one.own,
                "source": "tenant" if one.own else "estimated" if estimated else "published",
            }
            for one in exceptions.values()
        ],
        "seasons": _seasons(own, year), "chosen": _chosen(exceptions), "errors": {}, "preview": None,
    }  # fmt: skip


def _name(one: Exceptional) -> str:
    """Return what a day is called: the tenant's word, or the festival."""
    if one.own:
        return one.name
    name = said(FESTIVALS[one.name]) if one.name in FESTIVALS else one.name
    return _("%(festival)s调休", festival=name) if one.moved else name


def _month(
    work: Work, known: Any, exceptions: dict[date, Exceptional], year: int, month: int
) -> dict[str, Any]:
    first, n = monthrange(year, month)
    days = [date(year, month, day) for day in range(1, n + 1)]
    cells: list[dict[str, Any] | None] = [None] * first
    for day in days:
        one = exceptions.get(day)
        seasons = [
            name for name, spans in known.seasons.items() if any(s.start <= day <= s.end for s in spans)
        ]
        works, weekend = known.is_working(day), day.weekday() >= 5
        cells.append(
            {
                "day": day.day, "date": day, "mark": "worked" if works and weekend else "" if works or weekend else "off",
                "rests": not works, "own": bool(one and one.own), "name": _name(one) if one else "",
                "today": day == work.today, "seasons": seasons,
                "href": url_for("calendar.index", year=year, day=day.isoformat(), _anchor="edit"),
            }
        )  # fmt: skip
    cells += [None] * (-len(cells) % 7)
    return {
        "month": month,
        "words": month_words(month),
        "weeks": [cells[at : at + 7] for at in range(0, len(cells), 7)],
    }


def _seasons(own: Own, year: int) -> list[dict[str, Any]]:
    shown = []
    for name in sorted({*own.yearly, *own.seasons}):
        yearly, mine = own.yearly.get(name), own.seasons.get(name, {}).get(year)
        span = mine or (yearly.span(year) if yearly else None)
        shown.append(
            {
                "name": name, "yearly": yearly.span(year) if yearly else None, "own": mine, "span": span,
                "others": [
                    {"year": other, "span": found} for other, found in sorted(own.seasons.get(name, {}).items()) if other != year
                ],
            }
        )  # fmt: skip
    return shown


def _chosen(exceptions: dict[date, Exceptional]) -> dict[str, str]:
    """Return the form for the day that was asked for in the grid."""
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return {}
    one = exceptions.get(day)
    rests = day.weekday() >= 5 if one is None else one.kind == "off"
    kind = _WORDS[one.kind] if one and one.own else "workday" if rests else "holiday"
    return {"date": day.isoformat(), "kind": kind, "name": one.name if one and one.own else ""}
