"""Rosters as tables: units and people out to a spreadsheet, and in again, after a look at what that would change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _

from engine import rosters
from tenants import directory
from tenants.db import Work
from tenants.errors import Invalid
from tenants.roster import people, people_table, unit_table, units
from tenants.roster.fields import Field
from tenants.roster.tree import Tree
from tenants.sheets import LIMITS, Column, Sheet, Value, write_csv, write_xlsx
from web.entry import command, done, page, uploaded
from web.handing import handed
from web.views.handout import handed_out
from web.views.kind_words import kinds_here
from web.views.roster_shapes import people_shape, units_shape
from web.views.units import effect_words, effects_shape
from web.words import problem_words, refused, said
from workflows import pending

roster = Blueprint("roster", __name__)

# So many problems are listed; whoever has more begins with these.
_SHOWN = 200
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@page(roster, "/units/import", "roster.html", may="units.manage")
def units_in(work: Work) -> dict[str, Any]:
    """Show how to take a table of units over."""
    return {"kind": "units", "fields": _fields(units.FIELDS)}


@page(roster, "/members/import", "roster.html", may="members.manage")
def people_in(work: Work) -> dict[str, Any]:
    """Show how to take a table of people over."""
    return {"kind": "people", "fields": _fields(people.FIELDS)}


@command(roster, "/units/import/check", may="units.manage")
def check_units(work: Work) -> Any:
    """Say what a table of units would change, or everything that is wrong with it; nothing is recorded."""

    def look(sheet: Sheet) -> dict[str, Any]:
        plan = rosters.plan_units(work, sheet)
        # Before the effects are tried out: undoing that forgets what was read of the units.
        shown = units_shape(plan, Tree(directory.units(work, active=False)), kinds_here(work))
        effects = effects_shape(work, rosters.preview_units(work, plan))
        return shown | {"mark": plan.mark, "empty": plan.empty, "effects": effects}

    return _checked(work, "units", units.read, look)


@command(roster, "/members/import/check", may="members.manage", reads=True)
def check_people(work: Work) -> Any:
    """Say what a table of people would change, or everything that is wrong with it; nothing is recorded."""

    def look(sheet: Sheet) -> dict[str, Any]:
        plan = rosters.plan_people(work, sheet)
        names = rosters.post_names(work, directory.members(work, active=False))
        return people_shape(plan, names) | {"mark": plan.mark, "empty": plan.empty, "effects": None}

    return _checked(work, "people", people.read, look)


@command(roster, "/units/import", may="units.manage")
def take_units(work: Work) -> Response:
    """Take a table of units over that was looked at."""
    sheet = _kept(work, units.read)
    plan, effects = rosters.import_units(work, sheet, request.form.get("mark", "-"))
    pending.drop(work, request.form.get("upload", ""))
    words = _("已导入：新增%(new)s个单位，修改%(changed)s个。", new=len(plan.new), changed=len(plan.changed))
    return done(words + effect_words(effects), "units.index")


@command(roster, "/members/import", may="members.manage")
def take_people(work: Work) -> Any:
    """Take a table of people over that was looked at; new accounts get their codes, shown this once."""
    sheet = _kept(work, people.read)
    plan, slips = rosters.import_people(work, sheet, request.form.get("mark", "-"))
    pending.drop(work, request.form.get("upload", ""))
    if slips:
        return handed_out(slips)
    words = _("已导入：新增%(new)s个岗位，修改%(changed)s个。", new=len(plan.new), changed=len(plan.changed))
    return done(words, "members.index")


@page(roster, "/units/export", "", may="units.manage")
def units_out(work: Work) -> Response:
    """Hand out the units as a table."""
    heads, rows = unit_table.table(directory.units(work, active=False), rosters.published_kinds(work))
    return _file(work, _("单位"), "单位", heads, rows, unit_table.explanation())


@page(roster, "/members/export", "", may="members.manage")
def people_out(work: Work) -> Response:
    """Hand out the people as a table: no passwords, no codes."""
    held = directory.members(work, active=False)
    heads, rows = people_table.table(
        directory.units(work, active=False), held, rosters.post_names(work, held)
    )
    return _file(work, _("人员"), "人员", heads, rows, people_table.explanation())


@page(roster, "/units/template", "", may="units.manage")
def units_template(work: Work) -> Response:
    """Hand out an empty table of units, with what may be chosen and an explanation."""
    heads, _rows = unit_table.table(directory.units(work), rosters.published_kinds(work))
    return _file(work, _("单位导入模板"), "单位", heads, [], unit_table.explanation())


@page(roster, "/members/template", "", may="members.manage")
def people_template(work: Work) -> Response:
    """Hand out an empty table of people, with what may be chosen and an explanation."""
    names = rosters.post_names(work, directory.members(work, active=False))
    heads, _rows = people_table.table(directory.units(work), [], names)
    return _file(work, _("人员导入模板"), "人员", heads, [], people_table.explanation())


def _checked(
    work: Work, kind: str, read: Callable[[bytes, str], Sheet], look: Callable[[Sheet], dict[str, Any]]
) -> Any:
    """Return the page that shows what an uploaded table would change, or what is wrong with it."""
    sent = uploaded()
    name, data = (sent.filename or "")[:100], sent.stream.read(LIMITS.bytes + 1)
    try:
        shown = look(read(data, name))
    except Invalid as refusal:
        problems = [problem_words(one) for one in refusal.problems]
        wrong = {
            "refusal": refused(refusal) | {"problems": []}, "problems": problems[:_SHOWN],
            "more": max(0, len(problems) - _SHOWN),
        }  # fmt: skip
        return render_template("roster_wrong.html", kind=kind, name=name, **wrong), 422
    token = None if shown["empty"] else pending.keep(work, data)
    return render_template("roster_check.html", kind=kind, name=name, token=token, key=uuid4().hex, **shown)


def _kept(work: Work, read: Callable[[bytes, str], Sheet]) -> Sheet:
    data = pending.take(work, request.form.get("upload", ""))
    return read(data, request.form.get("file", "")[:100])


def _file(
    work: Work,
    name: str,
    title: str,
    heads: Sequence[Column],
    rows: Sequence[Sequence[Value]],
    explained: Sequence[Sequence[str]],
) -> Response:
    """Return a table as XLSX, or as CSV when that was asked for."""
    stem = f"{work.tenant.name}-{name}-{work.today:%Y%m%d}"
    if request.args.get("as") == "csv":
        data, kind, ending = write_csv(heads, rows), "text/csv", "csv"
    else:
        data, kind, ending = write_xlsx(heads, rows, title=title, notes=explained), _XLSX, "xlsx"
    return handed(data, kind, f"{stem}.{ending}")


def _fields(fields: Sequence[Field]) -> list[dict[str, str]]:
    return [{"heading": one.heading, "note": said(one.note), "key": one.key} for one in fields]
