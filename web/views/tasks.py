"""One task: read it, claim it, write at it, hand it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, BinaryIO, cast
from uuid import UUID, uuid4

import orjson
from flask import Blueprint, Response, flash, jsonify, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from engine import addressees, amend_told, checktables, drafting, drawn, estimates, history, incidents
from engine import tasks as doing
from engine.answers import actor_units
from engine.prefilled import prefilled
from engine.rollup.showing import begun
from forms import attachments, drafts
from forms.answers import parse_answers
from forms.browser import dressed
from forms.changes import read_changes
from forms.declared import unknown
from forms.validation import form_of, references
from tenants.db import Work
from tenants.errors import Invalid
from tenants.text import say
from web.entry import command, done, page, uploaded
from web.views import deliveries, draw_shapes, handed_shapes, rollup_shapes, tongue
from web.views.amend_shapes import task_change_shape
from web.views.checklist_shapes import checklists
from web.views.clause_words import clause_words
from web.views.papers import file_shapes, item_paper, paper_shape, rounds_shape, trail_shape
from web.views.shapes import (
    campaign_title,
    clause_of,
    clauses_of,
    drawing_shape,
    due_shape,
    step_name,
    title_parts,
    unit_names,
)  # fmt: skip

tasks = Blueprint("tasks", __name__)


@page(tasks, "/tasks/<uuid:task_id>", "task.html", may="work.see")
def show(work: Work, task_id: UUID) -> dict[str, Any]:
    """Show a task with its form, what others wrote before, its drawing and its trail."""
    desk = desk_of(work, task_id)
    past = history.beside(history.rounds(work, desk.running, desk.instance), desk.task)
    mine = desk.task.claimed_by in (None, work.actor.member_id)
    workable = desk.task.state == "open" and addressees.may_take(work, desk.task)
    own = [found for found in past if found.task.id == desk.task.id]
    props = _props(work, desk, past) if workable and mine else None
    written_now = props["answers"] if props else None
    shown = {
        "task": task_shape(work, desk, past, workable, mine),
        "props": props,
        "rounds": rounds_shape(work, desk.instance, past, desk.task.node),
        "papers": papers_of(work, desk, past),
        "told": _told(work, desk),
        "arrived": deliveries.at_task(work, desk.task) if workable and mine else None,
        "handed": handed_shapes.at_task(work, desk.task),
        "asked": draw_shapes.at_task(work, desk, workable and mine),
        "draws": draw_shapes.beside(work, desk),
        "levels": rollup_shapes.levels_of(work, desk.instance.id),
        "rollup": rollup_shapes.at_task(work, desk, written_now) if written_now is not None else None,
        "answers": paper_shape(work, desk.running, own[0], task=task_id) if own and own[0].answers else None,
        "drawing": drawing_shape(
            work, desk.running, desk.instance, url_for("tasks.drawing", task_id=task_id), desk.task.process
        ),
        "trail": trail_shape(work, desk.running, history.trail(work, desk.instance)),
        "words": clause_words(work, desk.running, clauses_of(desk.running, desk.task.duty, desk.task.ledger)),
    }
    return shown


@command(tasks, "/tasks/<uuid:task_id>/claim", may="task.work")
def claim(work: Work, task_id: UUID) -> Response:
    """Take a task as one's own."""
    doing.claim(work, task_id)
    return done(_("已认领，现在由您办理。"), "tasks.show", task_id=task_id)


@command(tasks, "/tasks/<uuid:task_id>/release", may="task.work")
def release(work: Work, task_id: UUID) -> Response:
    """Give a task back."""
    doing.release(work, task_id)
    return done(_("已放回可认领。"), "inbox.show")


@command(tasks, "/tasks/<uuid:task_id>/draft", may="task.work", method="PUT")
def draft(work: Work, task_id: UUID) -> Any:
    """Keep what was written so far, also when somebody else was faster."""
    body = _body("answers")
    saved = drafting.keep(work, task_id, body["answers"], body["revision"], _seen(body))
    return {"revision": saved.revision, "saved_at": saved.saved_at.isoformat()}


@command(tasks, "/tasks/<uuid:task_id>/draft/changes", may="task.work")
def draft_changes(work: Work, task_id: UUID) -> Any:
    """Keep what changed since the draft was last saved: answers by name, rows of check tables by item."""
    body = _body()
    begun = None
    if body["revision"] == 0:
        desk = desk_of(work, task_id)
        begun = _begun(
            work, desk, history.beside(history.rounds(work, desk.running, desk.instance), desk.task)
        )
    saved = drafting.change(work, task_id, read_changes(body), body["revision"], _seen(body), begun)
    return {"revision": saved.revision, "saved_at": saved.saved_at.isoformat()}


@command(tasks, "/tasks/<uuid:task_id>/complete", may="task.work")
def complete(work: Work, task_id: UUID) -> Any:
    """Hand in a task."""
    body = _body("answers")
    try:
        task = doing.complete(work, task_id, body["answers"], seen=_form_seen(body))
    except Invalid as refusal:
        raise tongue.refused(refusal, doing.gather(work, task_id).running.package) from refusal
    what = _("已提交：%(title)s", title=tongue.names_here(work)(task.title))
    stuck = incidents.has_stuck(work, task.instance_id)
    if stuck:
        what += _("。已保存，不用重交；但流程停在这里了，要由本级管理员处理，请告诉管理员。")
    flash(what, "warn" if stuck else "ok")  # the browser goes on to the inbox, which says it
    return {"what": what, "next": url_for("inbox.show")}


@command(tasks, "/tasks/<uuid:task_id>/files", may="task.work")
def upload(work: Work, task_id: UUID) -> Any:
    """Take in a file for a task."""
    found = uploaded()
    row = drafting.attach(work, task_id, cast(BinaryIO, found.stream), found.filename or "")
    shape = file_shapes(work, [str(row.id)])[str(row.id)]
    return jsonify(shape), 201


@page(tasks, "/tasks/<uuid:task_id>/drawing.bpmn", "", may="work.see")
def drawing(work: Work, task_id: UUID) -> Response:
    """Hand out the drawing of a task's process."""
    desk = doing.gather(work, task_id)
    live, called = desk.running, desk.task.process
    return Response(
        tongue.drawn(live.package_of(called), live.drawing(desk.instance.process, called)),
        mimetype="application/xml",
    )


def desk_of(work: Work, task_id: UUID) -> doing.Desk:
    """Gather a task to be read: its campaign and form in the reader's language."""
    desk = doing.gather(work, task_id)
    live = tongue.spoken(desk.running)
    form = live.form(desk.instance.duty, desk.task.form, desk.task.process) if desk.task.form else None
    return replace(desk, running=live, form=form)


def _body(*needs: str) -> dict[str, Any]:
    body = parse_answers(request.get_data(cache=True))
    revision = body.get("revision") or 0
    if (
        not all(isinstance(body.get(name), dict) for name in needs)
        or not isinstance(revision, int)
        or not 0 <= revision < 2**31
    ):
        raise Invalid(say("没有收到填报内容。"), say("请刷新页面后重试；草稿仍在。"))
    return {**body, "revision": revision}


def _seen(body: Mapping[str, Any]) -> dict[str, str]:
    """Return table -> token of the version of each check table that the page shows."""
    seen = body.get("tables")
    return (
        {key: text for key, text in seen.items() if isinstance(text, str)} if isinstance(seen, dict) else {}
    )


def _form_seen(body: Mapping[str, Any]) -> str:
    """Return the package version whose form a page shows; empty = it does not say."""
    seen = body.get("form_version")
    return seen[:64] if isinstance(seen, str) else ""


def _told(work: Work, desk: doing.Desk) -> dict[str, Any] | None:
    """Return what is otherwise about a task since its instance went over to another version of its plan."""
    found = amend_told.told(work, desk.running, desk.task, desk.instance, tongue.package_words)
    if found is None:
        return None
    return {
        "version": found.version, "at": found.at, "back": found.back, "change": task_change_shape(found.change),
    }  # fmt: skip


def task_shape(
    work: Work, desk: doing.Desk, past: list[history.Round], workable: bool, mine: bool
) -> dict[str, Any]:
    task, live = desk.task, desk.running
    node = live.drawing(desk.instance.process, task.process).nodes[task.node]
    title, period = title_parts(live, task.title)
    earlier = [found for found in past if history.is_same_step(found.task, task) and found.task.id != task.id]
    status = (
        "returned" if earlier and task.state == "open" else "mine" if task.claimed_by and mine else "waiting"
    )
    return {
        "id": task.id, "title": title, "period": period, "step": step_name(live, task),
        "campaign": campaign_title(live), "campaign_id": task.campaign_id,
        "unit": desk.unit.name if desk.unit else work.tenant.name, "about": desk.about.name if desk.about else "",
        "due": due_shape(
            work, task.due, task.words, clause=clause_of(live, task.duty, task.ledger),
            is_open=task.state == "open", estimated=estimates.of_task(work, live, task),
        ),
        "status": status, "instructions": node.documentation or "", "version": desk.instance.revision,
        "round": len(earlier) + 1, "hidden": task.hidden, "claimed_by": task.claimed_name,
        "may_claim": workable and task.claimed_by is None, "may_release": workable and task.claimed_by == work.actor.member_id,
        "may_complete": workable and mine, "opened_at": task.opened_at, "done_at": task.done_at if task.state == "done" else None,
        "done_by": task.done_name, "closed_why": _("单位情况变化或流程改道") if task.state == "withdrawn" else "",
    }  # fmt: skip


def _props(work: Work, desk: doing.Desk, past: list[history.Round]) -> dict[str, Any]:
    task = desk.task
    return {
        **written(work, desk, past),
        "tables": {
            name: url_for(f"tables.{name}", task_id=task.id) for name in ("template", "read", "export")
        },
        "draftUrl": url_for("tasks.draft", task_id=task.id),
        "changesUrl": url_for("tasks.draft_changes", task_id=task.id), "submitUrl": url_for("tasks.complete", task_id=task.id),
        "uploadUrl": url_for("tasks.upload", task_id=task.id), "zone": work.tenant.timezone, "csrf": generate_csrf(),
        "taskVersion": desk.instance.revision, "formVersion": desk.instance.package_hash, "idempotencyKey": uuid4().hex,
        "submitLabel": _("提交") if desk.form else _("办结"),
        "unitsOf": {
            name: sorted(ids) for name, ids in actor_units(work, desk.running, form_of(desk.form.schema).actors).items()
        } if desk.form and form_of(desk.form.schema).actors else {},
        "units": [{"id": key, "name": name, "note": ""} for key, name in unit_names(work).items()],
        "owner": str(work.actor.member_id),
    }  # fmt: skip


def written(work: Work, desk: doing.Desk, past: list[history.Round]) -> dict[str, Any]:
    """Return a task's form with what was written so far, or what it begins with."""
    task = desk.task
    kept = drafts.load(work, task.id)
    schema: Mapping[str, Any] = desk.form.schema if desk.form else {"type": "object", "properties": {}}
    fixed = drawn.fixed_for(work, desk.form, task, desk.instance.id) if desk.form else {}
    answers = {**(_still_asked(schema, kept.answers) if kept else _begun(work, desk, past)), **fixed}
    usable = attachments.usable(work, task.id, desk.instance.id)
    asked = form_of(schema).listed
    sets = (
        checktables.shown(work, desk.running, asked, desk.about or desk.unit, desk.instance.id)
        if asked
        else {}
    )
    context = desk.running.names(desk.unit, desk.about, due=task.due)
    return {
        "schema": dressed(schema), "ui": dict(desk.form.ui) if desk.form else {}, "answers": answers,
        "fixed": fixed,
        "draftRevision": kept.revision if kept else 0, "savedAt": kept.saved_at.isoformat() if kept else None,
        # A draft was never checked: it may name anything, so only files that this task may use are told about.
        "files": file_shapes(work, usable.keys() & set(references(schema, answers, "attachment"))),
        "checklists": checklists(asked, sets),
        "names": orjson.loads(orjson.dumps(context, default=str)),
    }  # fmt: skip


def _still_asked(schema: Mapping[str, Any], answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return a draft without what a form that has changed since would refuse; who goes back to the former one has it again."""
    gone = {place[0] for place in unknown(schema, answers) if len(place) == 1}
    return {name: value for name, value in answers.items() if name not in gone}


def _begun(work: Work, desk: doing.Desk, past: list[history.Round]) -> dict[str, Any]:
    """Return what a form starts with: the last round's answers, else what the duty fills in beforehand."""
    before = [found for found in past if history.is_same_step(found.task, desk.task)]
    if before:
        return dict(before[-1].answers) | begun(work, desk)
    return prefilled(work, desk)


def papers_of(work: Work, desk: doing.Desk, past: list[history.Round]) -> list[dict[str, Any]]:
    """Return the newest answers of every other step, the last one opened."""
    newest: dict[tuple[str, str, str], history.Round] = {}
    for found in past:
        key = (found.task.node, found.task.process, found.task.item)
        if not history.is_same_step(found.task, desk.task) and found.answers:
            newest.pop(key, None)
            newest[key] = found
    papers = [paper_shape(work, desk.running, found, task=desk.task.id) for found in newest.values()]
    born = item_paper(work, desk.running, desk.instance)
    if born:
        papers.insert(0, born)
    if papers:
        papers[-1]["open"] = True
    return papers
