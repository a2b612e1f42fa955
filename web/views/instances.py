"""One instance to read, and ledgers with their items."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from flask_babel import gettext as _

from engine import addressees, carried_listing, corrections, estimates, history, incidents, ledgers
from engine import running as engine_running
from engine.models import Instance, LedgerItem, Task
from engine.running import Running
from forms.validation import references
from tenants import access, lines
from tenants.base import id_in
from tenants.db import Work
from web import words
from web.entry import command, done, page
from web.views import deliveries, draw_shapes, rollup_shapes, tongue
from web.views.campaigns import campaigns
from web.views.clause_words import clause_words
from web.views.migrating import migration_shape
from web.views.milestone_shapes import milestones_of
from web.views.papers import file_shapes, item_paper, paper_shape, rounds_shape, trail_shape
from web.views.shapes import (
    campaign_title,
    clause_of,
    clauses_of,
    drawing_shape,
    due_shape,
    page_number,
    page_shape,
    post_name,
    serious,
    state_tone,
    step_name,
    title_parts,
    unit_name,
    unit_names,
)  # fmt: skip

# The states of an instance, in the words of the pages.
_STATUS = {"running": "active", "done": "done", "released": "withdrawn", "stuck": "incident"}


@page(campaigns, "/instances/<uuid:instance_id>", "instance.html", may="work.see")
def instance(work: Work, instance_id: UUID) -> dict[str, Any]:
    """Show one occurrence of a duty with its answers, rounds and trail."""
    found = history.instance(work, instance_id)
    live = tongue.running_of(work, found)
    title, period = title_parts(live, found.title)
    past = history.rounds(work, live, found)
    rollup = rollup_shapes.of_instance(work, live, found)
    return {
        "instance": {
            "id": found.id, "title": title, "duty_key": found.duty, "campaign": campaign_title(live),
            "campaign_id": found.campaign_id, "unit": unit_name(work, found.about_id or found.unit_id) or work.tenant.name,
            "period": period,
            "due": due_shape(
                work, found.due, found.words, clause=clause_of(live, found.duty, found.ledger),
                is_open=found.state == "running" and found.filed_at is None,
                estimated=estimates.of_instance(work, live, found),
            ),
            "status": _STATUS[found.state], "opened_at": found.opened_at, "done_at": found.ended_at,
            "version": found.revision,
        },
        "rollup": rollup, "correction": rollup_shapes.correction_of(work, live, found, rollup),
        "papers": [paper_shape(work, live, one, opened=True) for one in past if one.answers][::-1],
        "rounds": rounds_shape(work, found, past),
        "tasks": _tasks(work, live, found),
        "items": _born(work, live, found),
        "draws": draw_shapes.of_instance(work, live, found),
        "deliveries": deliveries.of_instance(work, found),
        "levels": rollup_shapes.levels_of(work, found.id),
        "drawing": drawing_shape(work, live, found, url_for("campaigns.instance_drawing", instance_id=found.id)),
        "trail": trail_shape(work, live, history.trail(work, found)),
        "words": clause_words(work, live, clauses_of(live, found.duty, found.ledger)),
        "milestones": milestones_of(work, live, found),
        "stuck": _stuck(work, found), "migration": migration_shape(work, found),
    }  # fmt: skip


@command(campaigns, "/instances/<uuid:instance_id>/correct", may="task.work")
def correct(work: Work, instance_id: UUID) -> Response:
    """Let a report be handed in once more."""
    corrections.begin_again(work, instance_id, request.form.get("reason", ""))
    return done(_("已开始更正，请重新办理。"), "campaigns.instance", instance_id=instance_id)


@page(campaigns, "/instances/<uuid:instance_id>/drawing.bpmn", "", may="work.see")
def instance_drawing(work: Work, instance_id: UUID) -> Response:
    """Hand out the drawing of an instance's process."""
    found = history.instance(work, instance_id)
    package = engine_running.running_of(work, found).package
    return Response(tongue.drawn(package, package.processes[found.process]), mimetype="application/xml")


@page(campaigns, "/campaigns/<uuid:campaign_id>/ledgers/<ledger>", "ledger.html", may="work.see")
def ledger(work: Work, campaign_id: UUID, ledger: str) -> dict[str, Any]:
    """Show a ledger."""
    live = tongue.running(work, campaign_id)
    query = _query(live, ledger)
    lines, total = ledgers.lines(work, live, ledger, query)
    known = live.package.ledgers[ledger]
    counted = ledgers.statuses(work, live, ledger)
    titles, said = titles_of(live, ledger), partial(tongue.term, live.package)
    return {
        "campaign": {"id": live.campaign.id, "title": campaign_title(live)},
        "ledger": {
            "key": ledger, "title": known.title, "clause": "、".join(known.clauses), "outlives": known.outlives,
            "pair": live.package.ledgers[known.pair].title if known.pair in live.package.ledgers else "", "pair_key": known.pair,
            "shared": known.shared, "carries": known.carries is not None,
            "carried": carried_listing.counted(work, live).get(ledger, 0) if known.carries else 0,
            "columns": [
                {"key": key, "title": titles.get(key) or said(key), "unit": ""} for key in _columns(known)
            ],
            "may_add": False,
        },
        "filters": {
            "q": query.q, "state": query.state, "level": request.args.get("level", ""), "unit": query.unit or "",
        },
        "choices": {
            "states": [(state, said(state)) for state in counted], "levels": [(v, said(v)) for v in _levels(live, ledger)],
            "units": ledgers.units(work, live, ledger),
        },
        "counts": [(said(state), n, state_tone(known, state)) for state, n in counted.items()],
        "items": [_line(work, live, known, line) for line in lines],
        "pages": page_shape(query.page, total, ledgers.PAGE),
    }  # fmt: skip


@page(campaigns, "/items/<uuid:item_id>", "item.html", may="work.see")
def item(work: Work, item_id: UUID) -> dict[str, Any]:
    """Show one item of a ledger with its life."""
    found, life, live = ledgers.item(work, item_id)
    live = tongue.spoken(live)
    known = live.package.ledgers[found.ledger]
    paper = item_paper(work, live, life) or {"schema": {"properties": {}}, "answers": found.data}
    past, said = history.rounds(work, live, life), partial(tongue.term, live.package)
    # What it was born of is shown only to those who may see that: an unannounced inspection stays hidden.
    source = history.seen(work, life.source_id) if life.source_id else None
    return {
        "item": {
            "id": found.id, "title": found.title, "state": said(found.status),
            "tone": state_tone(known, found.status),
            "unit": unit_name(work, found.unit_id), "ledger": known.title, "ledger_key": known.id,
            "campaign": campaign_title(live), "campaign_id": live.campaign.id,
            "due": _item_due(work, life), "born": found.born_at,
            "source": tongue.named(live.package, source.title) if source else "",
            "source_id": source.id if source else None, "serious": serious(found.data),
        },
        "schema": paper["schema"], "answers": paper["answers"],
        "files": file_shapes(work, references(paper["schema"], dict(paper["answers"]), "attachment")),
        "units": unit_names(work),
        "papers": [paper_shape(work, live, one, opened=True) for one in past if one.answers][::-1],
        "tasks": _tasks(work, live, life),
        "drawing": drawing_shape(work, live, life, url_for("campaigns.instance_drawing", instance_id=life.id)),
        "trail": trail_shape(work, live, history.trail(work, life)),
        "stuck": _stuck(work, life),
    }  # fmt: skip


def _stuck(work: Work, of: Instance) -> dict[str, str] | None:
    """Return that an instance cannot go on; why is for those who see to it."""
    if of.state != "stuck":
        return None
    return {
        "why": words.said(incidents.reason(work, of)) if access.may(work.viewer, "incidents.manage") else ""
    }


def _tasks(work: Work, live: Running, of: Instance) -> list[dict[str, Any]]:
    return [
        {
            "id": task.id, "title": step_name(live, task),
            "who": _away(work, task) or unit_name(work, task.desk_id) or post_name(live, task.post) or work.tenant.name,
            "status": "waiting", "due": due_shape(work, task.due, task.words),
            "may_open": addressees.may_take(work, task),
        }
        for task in history.open_tasks(work, of)
    ]  # fmt: skip


def _away(work: Work, task: Task) -> str:
    """Return the name of the other authority that does a step."""
    other = lines.tenant(work.session, task.away_id) if task.away_id else None
    return other.name if other is not None else ""


def _born(work: Work, live: Running, of: Instance) -> list[dict[str, Any]]:
    shown = []
    for child in history.children(work, of):
        line = history.item_of(work, child)
        if line is not None:
            known = tongue.running_of(work, child).package.ledgers[child.ledger]
            shown.append(
                {
                    "id": line.id, "title": line.title, "state": tongue.term(live.package, line.status),
                    "tone": state_tone(known, line.status), "ledger": known.title,
                }
            )  # fmt: skip
    return shown


def _item_due(work: Work, life: Instance) -> dict[str, Any]:
    days = [task.due for task in history.open_tasks(work, life) if task.due]
    return due_shape(work, min(days) if days else None)


def _query(live: Running, ledger: str) -> ledgers.Query:
    args = request.args
    level = args.get("level", "")
    facets = {_level_field(live, ledger): level} if level and _level_field(live, ledger) else {}
    unit = id_in(args.get("unit"))
    return ledgers.Query(args.get("state", "")[:64], unit, args.get("q", "")[:100], facets, page_number())


def _properties(live: Running, ledger: str) -> dict[str, Any]:
    known = live.package.ledgers.get(ledger)
    form = live.package.forms.get(known.form or "") if known else None
    found = form.schema.get("properties") if form else None
    return dict(found) if isinstance(found, dict) else {}


def titles_of(live: Running, ledger: str) -> dict[str, str]:
    """Return what the fields of a ledger's items are called."""
    return {key: str(part.get("title", key)) for key, part in _properties(live, ledger).items()}


def _level_field(live: Running, ledger: str) -> str:
    """Return the first listed field that is a choice: what people filter a ledger by."""
    known = live.package.ledgers.get(ledger)
    properties = _properties(live, ledger)
    return next((key for key in (known.columns if known else ()) if "enum" in properties.get(key, {})), "")


def _levels(live: Running, ledger: str) -> list[str]:
    field = _level_field(live, ledger)
    return [str(value) for value in _properties(live, ledger)[field]["enum"]] if field else []


def _columns(known: Any) -> list[str]:
    """Return the columns besides what every list shows: title, state, unit."""
    title = known.item_title.source if known.item_title else ""
    return [key for key in known.columns if key not in ("状态", "单位", "编号", title)][:5]


def _cell(live: Running, known: Any, key: str, value: Any) -> str:
    """Return an item's field as a list shows it."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return _("、").join(_cell(live, known, key, one) for one in value if not isinstance(one, dict | list))
    labels = _properties(live, known.id).get(key, {}).get("x-labels", {})
    return "" if value is None or isinstance(value, dict) else str(labels.get(value, value))


def _line(work: Work, live: Running, known: Any, line: ledgers.Line) -> dict[str, Any]:
    item: LedgerItem = line.item
    return {
        "id": item.id, "title": item.title, "state": tongue.term(live.package, item.status),
        "tone": state_tone(known, item.status),
        "unit": line.unit, "due": due_shape(work, line.due),
        "cells": [_cell(live, known, key, item.data.get(key)) for key in _columns(known)],
        "born": item.born_at, "serious": serious(item.data),
    }  # fmt: skip
