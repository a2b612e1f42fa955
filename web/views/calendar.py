"""The working calendar: the year's exceptions, and the tenant's own."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from tenants import workdays
from tenants.db import Work
from tenants.errors import Invalid
from tenants.text import say
from web.entry import done, form_page, wants_posted
from web.words import typed_day

calendar = Blueprint("calendar", __name__)

_KINDS = {"holiday": "off", "workday": "worked"}
_WORDS = {"off": "holiday", "worked": "workday"}


@form_page(calendar, "/calendar", "calendar.html", may="units.manage")
def index(work: Work) -> Any:
    """Show a year's exceptions; add one of the tenant's own, or take it back."""
    year = min(max(request.args.get("year", work.today.year, type=int), 2000), 2100)
    if wants_posted():
        day = _day(request.form.get("date", ""))
        if request.form.get("step") == "remove":
            workdays.remove_day(work, day)
            return done(_("已删除。"), "calendar.index", year=day.year)
        workdays.set_day(
            work,
            day,
            _KINDS.get(request.form.get("kind", ""), ""),
            request.form.get("name", "").strip()[:100],
        )
        return done(
            _("已保存。已排定的期限不变，新下达的任务按新日历推算。"), "calendar.index", year=day.year
        )
    estimated = year > workdays.LAST_ANNOUNCED
    return {
        "year": year,
        "prev": url_for("calendar.index", year=year - 1),
        "next": url_for("calendar.index", year=year + 1),
        "estimated": estimated,
        "days": [
            {
                "date": one.day, "kind": _WORDS[one.kind], "name": one.name, "removable": one.own,
                "source": "tenant" if one.own else "estimated" if estimated else "published",
            }
            for one in workdays.exceptions(work, year)
        ],
        "errors": {},
    }  # fmt: skip


def _day(text: str) -> date:
    try:
        return typed_day(text)
    except ValueError:
        raise Invalid(say("日期没有填对。"), say("请按 2024-11-30 的格式填写。")) from None
