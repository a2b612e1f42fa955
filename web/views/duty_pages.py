"""One duty of a campaign: who has reported, starting it on demand, adding one of the tenant's own."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import request
from flask_babel import gettext as _

from engine import actors, own_dates, progress
from engine import campaigns as running_campaigns
from engine import duties as demanded
from engine.running import Running
from tenants import access
from tenants.base import id_in
from tenants.db import Work
from tenants.errors import NotFound
from tenants.text import say
from web.entry import command, done, form_page, page, wants_posted
from web.views import tongue
from web.views.campaigns import campaigns, counts_shape, duty_shape, own_unit
from web.views.clause_words import clause_words
from web.views.milestone_shapes import milestone_counts
from web.views.shapes import campaign_title, due_shape, unit_name
from web.words import plural, typed_day
from workflows.elements import Duty

# Of a duty that falls due every day, so many of the last occurrences are shown side by side.
_COLUMNS = 8
_STATUS = {
    "accepted": "accepted",
    "filed": "filed",
    "returned": "returned",
    "open": "waiting",
    "released": "withdrawn",
    "stuck": "incident",
}


@page(campaigns, "/campaigns/<uuid:campaign_id>/duties/<duty>", "duty.html", may="work.see")
def duty(work: Work, campaign_id: UUID, duty: str) -> dict[str, Any]:
    """Show who has reported and who has not."""
    live = tongue.running(work, campaign_id)
    known = _known(live, duty)
    filters = {"q": request.args.get("q", "").strip()[:100], "state": request.args.get("state", "")}
    columns = progress.columns(work, live, duty=duty, until=work.today).get(duty, [])[-_COLUMNS:]
    loose = progress.loose(work, live, duty)
    rows = _rows(columns, known) if columns else _loose_rows(work, loose, known)
    due_columns = [
        column for column in columns if column.occurrence.due and column.occurrence.due < work.today
    ]
    total = progress.totals(work, live, duty=duty).get(duty)
    return {
        "campaign": {"id": live.campaign.id, "title": campaign_title(live)},
        "duty": duty_shape(work, live, known, own_unit(work)),
        "filters": filters,
        "counts": counts_shape(known, total.counts if total else {}),
        "periods": _periods(work, columns, known, bool(loose)),
        "rows": [row for row in rows if _fits(row, filters)],
        "words": clause_words(work, live, known.clauses),
        "milestones": milestone_counts(work, live, known),
        "own_date": _own_date(work, live, known),
        "past": bool(columns) and all(column.occurrence.state == "past" for column in columns),
        "missing_now": [cell.unit for cell in due_columns[-1].missing]
        if due_columns and known.is_report
        else [],
    }


@form_page(campaigns, "/campaigns/<uuid:campaign_id>/start/<duty>", "start.html", may="task.work")
def start(work: Work, campaign_id: UUID, duty: str) -> Any:
    """Start a duty that waits for somebody to ask for it."""
    live = tongue.running(work, campaign_id)
    known = _known(live, duty)
    if wants_posted():
        about = id_in(request.form.get("about"))
        instance = demanded.start_on_demand(work, campaign_id, duty, about_id=about)
        if instance is None:
            return done(
                _("已登记，到日子自动下达：%(title)s", title=known.title),
                "campaigns.show",
                campaign_id=campaign_id,
            )
        return done(_("已发起：%(title)s", title=known.title), "campaigns.instance", instance_id=instance.id)
    if not demanded.may_demand(work, live, known, own_unit(work)):
        raise NotFound(say("没有找到这项任务。"))
    return {
        "campaign": {"id": live.campaign.id, "title": campaign_title(live)},
        "duty": duty_shape(work, live, known, own_unit(work)),
        "units": [
            {"id": unit.id, "name": unit.name, "note": unit.status} for unit in demanded.subjects(work, live, known)
        ],
        "errors": {}, "key": uuid4().hex,
    }  # fmt: skip


@form_page(campaigns, "/campaigns/<uuid:campaign_id>/duties/new", "add_duty.html", may="campaign.steer")
def add_duty(work: Work, campaign_id: UUID) -> Any:
    """Add a duty of the tenant's own: preview whom it reaches, then confirm."""
    live = tongue.running(work, campaign_id)
    preview = None
    if wants_posted():
        form = request.form
        asked: dict[str, Any] = {
            "title": form.get("title", ""), "by": form.get("by", ""), "form": form.get("form", ""),
            "reason": form.get("reason", ""), "due": typed_day(form["due"]) if form.get("due", "").strip() else None, "to": "",
        }  # fmt: skip
        if form.get("step") == "confirm":
            added = running_campaigns.add_duty(work, campaign_id, **asked)
            return done(
                _("已增加任务：%(title)s", title=added.title),
                "campaigns.show",
                campaign_id=campaign_id,
                tab="duties",
            )
        running_campaigns.check_added(live, today=work.today, **asked)
        picks = actors.picked(work, live.package, [asked["by"]], actors.all_units(work))
        names = [pick.unit.name if pick.unit else work.tenant.name for pick in picks]
        preview = {"units": names, "count": len(names), "due": due_shape(work, asked["due"])}
    units = actors.all_units(work)
    choices = [
        (actor.id, f"{actor.title}（{len(actors.picked(work, live.package, [actor.id], units))}）")
        for actor in live.package.actors.values()
        if actor.kind in ("unit", "below", "post")
    ]
    forms = [(form.id, str(form.schema.get("title") or form.id)) for form in live.package.forms.values()]
    return {
        "campaign": {"id": live.campaign.id, "title": campaign_title(live)},
        "choices": {"actors": choices, "forms": sorted(forms, key=lambda pair: pair[1])},
        "errors": {}, "key": uuid4().hex, "preview": preview,
    }  # fmt: skip


@command(campaigns, "/campaigns/<uuid:campaign_id>/duties/<duty>/date", may="campaign.steer")
def set_date(work: Work, campaign_id: UUID, duty: str) -> Any:
    """Set the date of a duty that the notice gives none."""
    text = request.form.get("due", "").strip()
    day = typed_day(text) if text else None
    count = own_dates.set_due(work, campaign_id, duty, day, request.form.get("reason", ""))
    words = plural("已定期限，涉及%(n)s件", count) if day else plural("已取消期限，涉及%(n)s件", count)
    return done(words, "campaigns.duty", campaign_id=campaign_id, duty=duty)


def _own_date(work: Work, live: Running, known: Duty) -> dict[str, Any] | None:
    """Return what is needed to set a date of one's own; None where that may not be, or not by this reader."""
    if not (own_dates.may_date(live, known) and access.may(work.viewer, "campaign.steer")):
        return None
    return {"due": own_dates.own_date(live, known), "key": uuid4().hex}


def _known(live: Running, key: str) -> Duty:
    if key not in live.duties:
        raise NotFound(say("没有找到这项任务。"))
    return live.duties[key]


def _status(known: Duty, cell: progress.Cell) -> str:
    if cell.state == "missing":
        return "missing" if known.is_report else "overdue"
    if not known.is_report and cell.state in ("accepted", "filed"):
        return "done" if cell.state == "accepted" else "checking"
    return _STATUS[cell.state]


def _shape(work_cell: progress.Cell, known: Duty) -> dict[str, Any]:
    return {
        "status": _status(known, work_cell), "instance_id": work_cell.instance_id, "at": work_cell.filed_at,
        "late": work_cell.late,
    }  # fmt: skip


def _rows(columns: list[progress.Column], known: Duty) -> list[dict[str, Any]]:
    names = {(cell.unit_id, cell.about): cell for column in columns for cell in column.cells}
    rows = []
    for key, first in sorted(names.items(), key=lambda pair: (pair[1].path, pair[1].about or pair[1].unit)):
        cells = []
        for column in columns:
            found = next((cell for cell in column.cells if (cell.unit_id, cell.about) == key), None)
            planned = column.occurrence.state == "planned"
            cells.append(
                _shape(found, known)
                if found
                else {
                    "status": "future" if planned else "none",
                    "instance_id": None,
                    "at": None,
                    "late": False,
                }
            )
        rows.append({"unit": first.about or first.unit, "unit_id": first.unit_id, "cells": cells})
    return rows


def _loose_rows(work: Work, cells: list[progress.Cell], known: Duty) -> list[dict[str, Any]]:
    return [
        {"unit": cell.about or cell.unit or unit_name(work, cell.unit_id), "unit_id": cell.unit_id,
         "cells": [_shape(cell, known)]}
        for cell in cells
    ]  # fmt: skip


def _periods(work: Work, columns: list[progress.Column], known: Duty, loose: bool) -> list[dict[str, Any]]:
    if not columns:
        empty = {
            "number": 1,
            "label": _("逐件"),
            "due": due_shape(work, None),
            "counts": counts_shape(known, {}),
        }
        return [empty] if loose else []
    return [
        {
            "number": column.occurrence.number, "label": column.occurrence.period,
            "past": column.occurrence.state == "past",
            "due": due_shape(
                work, column.occurrence.due, column.occurrence.words, disputed=column.occurrence.disputed,
                estimated=column.occurrence.estimated,
            ),
            "counts": counts_shape(known, column.counts),
        }
        for column in columns
    ]  # fmt: skip


def _fits(row: dict[str, Any], filters: dict[str, str]) -> bool:
    wanted = filters["state"]
    return filters["q"] in row["unit"] and (
        not wanted or any(cell["status"] == wanted for cell in row["cells"])
    )
