"""Drawing lots at a task, and the list of a draw for whoever wants to do it again."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request
from flask_babel import gettext as _

from engine import drawn, draws, history
from forms.lots import lot_of
from tenants.db import Work
from tenants.errors import NotFound
from tenants.sheets import write_csv
from tenants.text import say
from web.entry import command, done, page
from web.handing import handed
from web.views.campaigns import campaigns
from web.views.tasks import tasks


@command(tasks, "/tasks/<uuid:task_id>/draw", may="task.work")
def draw(work: Work, task_id: UUID) -> Response:
    """Draw lots for a field of a task."""
    made = draws.draw(work, task_id, request.form.get("field", ""), request.form.get("reason", ""))
    count = len(drawn.result(made))
    return done(_("已抽取，共%(n)s个。名单和种子已存档。", n=count), "tasks.show", task_id=task_id)


@page(campaigns, "/instances/<uuid:instance_id>/draws/<uuid:draw_id>.csv", "", may="work.see")
def draw_list(work: Work, instance_id: UUID, draw_id: UUID) -> Response:
    """Hand out what was drawn from, in its order, with each one's lot: the draw can be done again with it."""
    of = history.instance(work, instance_id)
    row = next((one for one in drawn.made(work, of) if one.id == draw_id), None)
    if row is None:
        raise NotFound(say("没有找到这次抽取。"))
    taken = {lot.key for lot in drawn.result(row)}
    head = [_("序号"), _("编号"), _("名称"), _("组别"), _("必须列入"), _("签值"), _("抽中")]
    yes, no = _("是"), _("否")
    lines = [
        [
            number, lot.key, lot.label, lot.group, yes if lot.kept else no, lot_of(row.seed, lot.key),
            yes if lot.key in taken else no,
        ]
        for number, lot in enumerate(drawn.list_of(row), start=1)
    ]  # fmt: skip
    return handed(write_csv(head, lines), "text/csv; charset=utf-8", f"draw-{row.number}.csv")
