"""The tables of a form as sheets: the template to download, a filled one read, and rows handed out as Excel or CSV.

What is read goes back to the page and stands in the form as if it had been typed; nothing is recorded here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, jsonify, request
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from engine import checktables, history
from engine import tasks as doing
from engine.models import Instance
from engine.running import Running
from forms.answers import parse_answers
from forms.cells import Surroundings
from forms.checksheets import of_items, read_items, wanted, written_items
from forms.columns import Table, table_at, tables
from forms.datasets import DataSet
from forms.tabular import Filled, blank, headings, read_rows, written
from forms.validation import form_of
from tenants.db import Work
from tenants.errors import Conflict, Invalid, NotFound
from tenants.sheets import Limits, Value, as_text, read_sheet, write_csv, write_xlsx
from tenants.text import say
from web.entry import command, page, uploaded
from web.handing import handed
from web.views import tongue
from web.views.shapes import unit_names

sheets = Blueprint("tables", __name__)

LIMITS = Limits(bytes=5_000_000)
_PREVIEW = 5
_KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


@page(sheets, "/tasks/<uuid:task_id>/tables/template", "", may="work.see")
def template(work: Work, task_id: UUID) -> Response:
    """Hand out the sheet to be filled for a table of a task's form, with explanations and drop-downs."""
    return blank_sheet(work, task_id, request.args.get("at", ""))


def blank_sheet(work: Work, task_id: UUID, at: str) -> Response:
    """Return the sheet to be filled. at: which table, a pointer; without one the first."""
    desk = doing.gather(work, task_id)
    table, around = _asked(desk, at), _around(work)
    columns, notes = blank(table, around)
    lines: list[list[Value]] = []
    if items := _items(work, desk, table):
        columns, lines = written_items(table, items, [], around, blank=True)
    data = write_xlsx(columns, lines, title=_sheet_title(table), notes=notes, notes_title=_("填写说明"))
    return _file(data, "xlsx", _("%(title)s（模板）", title=table.title))


@command(sheets, "/tasks/<uuid:task_id>/tables/read", may="task.work", reads=True)
def read(work: Work, task_id: UUID) -> Any:
    """Read a filled sheet into rows of the table, or say everything that is wrong with it."""
    filled, shown = filled_sheet(work, task_id, request.form.get("at", ""), uploaded())
    columns, lines = written(shown, filled.rows[:_PREVIEW], _around(work))
    return jsonify({
        "rows": filled.rows, "unknown": filled.unknown, "skipped": filled.skipped,
        "preview": {"headings": [one.heading for one in columns], "lines": [list(map(as_text, line)) for line in lines]},
    })  # fmt: skip


def filled_sheet(work: Work, task_id: UUID, at: str, file: FileStorage) -> tuple[Filled, Table]:
    """Return the rows that a filled sheet holds, and the table with those of its columns that are filled in.

    Raises NotFound, Forbidden, TaskClosed, and Invalid with everything that is wrong with the sheet.
    """
    desk = doing.gather(work, task_id)
    doing.require_workable(work, desk.task)
    table, around = _asked(desk, at), _around(work)
    data = file.stream.read(LIMITS.bytes + 1)
    items = _items(work, desk, table)
    known = wanted(table, items) if items else headings(table)
    sheet = read_sheet(data, file.filename or "", known=known, limits=LIMITS, title=_sheet_title(table))
    filled = read_items(table, items, sheet, around) if items else read_rows(table, sheet, around)
    if filled.problems:
        refusal = Invalid(
            say("表格里有{n}处问题，没有填入任何一行。", n=len(filled.problems)),
            say("请在表格里改正后重新上传。"),
            problems=filled.problems,
        )
        raise tongue.refused(refusal, desk.running.package)
    shown = of_items(table, items) if items else table
    return filled, replace(shown, columns=tuple(one for one in shown.columns if one.filled))


@command(sheets, "/tasks/<uuid:task_id>/tables/export", may="task.work", reads=True)
def export(work: Work, task_id: UUID) -> Response:
    """Hand out the rows that stand in the form at this moment, saved or not."""
    body = parse_answers(request.get_data(cache=True)) if request.is_json else {}
    desk = doing.gather(work, task_id)
    table = _asked(desk, str(body.get("at") or ""))
    rows = body.get("rows")
    if not isinstance(rows, list):
        raise Conflict(say("没有收到要导出的行。"), say("请刷新页面后重试；草稿仍在。"))
    given, kind = [row for row in rows if isinstance(row, dict)], str(body.get("kind") or "")
    return _sheet_of(work, table, given, kind, _items(work, desk, table))


@page(sheets, "/tasks/<uuid:task_id>/tables/filed", "", may="work.see")
def filed(work: Work, task_id: UUID) -> Response:
    """Hand out a table of what was filed at this task or at another step of the same matter."""
    desk = doing.gather(work, task_id)
    return _filed(work, tongue.spoken(desk.running), desk.instance)


@page(sheets, "/instances/<uuid:instance_id>/tables/filed", "", may="work.see")
def filed_at(work: Work, instance_id: UUID) -> Response:
    """Hand out a table of what was filed at a step of an instance."""
    found = history.instance(work, instance_id)
    return _filed(work, tongue.running_of(work, found), found)


def _filed(work: Work, live: Running, of: Instance) -> Response:
    """Find the step named in the address among those of an instance that the reader may see, and write its table."""
    wanted = request.args.get("of", "")
    step = next((one for one in history.rounds(work, live, of) if str(one.task.id) == wanted), None)
    form = live.package.forms.get(step.form) if step else None
    table = table_at(form.schema, request.args.get("at", "")) if form else None
    if step is None or table is None:
        raise _none()
    return _sheet_of(work, table, table.of(step.answers), request.args.get("as", ""))


def _asked(desk: doing.Desk, at: str) -> Table:
    """Return the table of the task's form that a pointer names, in the reader's language; without one the first."""
    spoken = tongue.spoken(desk.running)
    form = (
        spoken.form(desk.instance.duty, desk.task.form, desk.task.process)
        if desk.form and desk.task.form
        else None
    )
    if form is None or desk.form is None:
        raise _none()
    found = (
        table_at(form.schema, at, desk.form.schema)
        if at
        else next(iter(tables(form.schema, desk.form.schema)), None)
    )
    if found is None:
        raise _none()
    return found


def _none() -> NotFound:
    return NotFound(say("这张表单里没有这个表格。"), say("请刷新页面后重试。"))


def _around(work: Work) -> Surroundings:
    return Surroundings(work.zone, unit_names(work), translate=_)


def _items(work: Work, desk: doing.Desk, table: Table) -> DataSet | None:
    """Return the items that a field asks about; None for an ordinary table. Raises NotFound when they have not arrived."""
    listed = form_of(desk.form.schema).listed if desk.form else ()
    asked = [one for one in listed if table.path == (one.field,)]
    if not asked:
        return None
    sets = checktables.shown(work, desk.running, asked, desk.about or desk.unit, desk.instance.id)
    if not sets:
        raise NotFound(say("检查表还没有下发。"), say("下发后再试。"))
    return sets[asked[0].table]


def _sheet_of(
    work: Work, table: Table, rows: Sequence[Mapping[str, Any]], kind: str, items: DataSet | None = None
) -> Response:
    around = _around(work)
    columns, lines = written_items(table, items, rows, around) if items else written(table, rows, around)
    if kind == "csv":
        return _file(write_csv(columns, lines), "csv", table.title)
    return _file(write_xlsx(columns, lines, title=_sheet_title(table)), "xlsx", table.title)


def _sheet_title(table: Table) -> str:
    """Return a table's title as the name of a sheet, in which some characters may not stand."""
    return re.sub(r"[\[\]:*?/\\'\x00-\x1f]", " ", table.title).strip()[:31] or "1"


def _file(data: bytes, kind: str, name: str) -> Response:
    return handed(data, _KINDS[kind], f"{name}.{kind}")
