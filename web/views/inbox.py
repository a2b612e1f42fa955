"""The inbox."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from sqlalchemy import select

from engine import estimates
from engine import inbox as reading
from engine.listed import PAGE, Row
from engine.models import Task
from forms.models import Submission
from tenants import access
from tenants.base import id_in
from tenants.db import Work
from web.entry import page
from web.views import tongue
from web.views.papers import reason_in
from web.views.shapes import (
    campaign_title,
    clause_of,
    due_shape,
    page_number,
    page_shape,
    step_name,
    title_parts,
)

inbox = Blueprint("inbox", __name__)


@page(inbox, "/inbox", "inbox.html", may="work.see")
def show(work: Work) -> Any:
    """Show what is to be done, overdue first. Who works no tasks is led to what they are here for."""
    if not access.may(work.viewer, "task.work"):
        return redirect(
            url_for("audit.index" if access.may(work.viewer, "audit.read") else "campaigns.index")
        )
    filters = _filters()
    found = reading.page(work, filters)
    lives = {row.task.campaign_id: None for row in found.rows}
    for campaign_id in lives:
        lives[campaign_id] = tongue.running(work, campaign_id)  # type: ignore[assignment]
    again = returned(work, [row.task for row in found.rows if row.task.state == "open"])
    return {
        "tab": filters.tab,
        "counts": {**found.counts, "done": None},
        "filters": {
            "q": filters.q, "campaign": filters.campaign, "duty": filters.duty, "unit": filters.unit, "due": filters.due,
        },
        "choices": _choices(work),
        "tasks": [line_shape(work, row, lives[row.task.campaign_id], again, filters.tab) for row in found.rows],
        "pages": page_shape(max(1, filters.page), found.total, PAGE),
    }  # fmt: skip


@page(inbox, "/inbox/counts", "inbox_counts.html", may="work.see")
def counts(work: Work) -> dict[str, Any]:
    """Show the number beside the inbox, polled."""
    return {}


def _choices(work: Work) -> dict[str, list[tuple[str, str]]]:
    found, said = reading.choices(work), tongue.names_here(work)
    spoken = {key: [(value, said(words)) for value, words in found[key]] for key in ("campaigns", "duties")}
    return {**found, **spoken}


def _filters() -> reading.Filters:
    args = request.args
    tab = args.get("tab", "todo")
    return reading.Filters(
        tab=tab if tab in reading.TABS else "todo", q=args.get("q", "")[:100], campaign=id_in(args.get("campaign")),
        duty=args.get("duty", "")[:64], unit=id_in(args.get("unit")), due=args.get("due", ""), page=page_number(),
    )  # fmt: skip


def line_shape(work: Work, row: Row, live: Any, again: dict[UUID, str], tab: str) -> dict[str, Any]:
    task = row.task
    title, period = title_parts(live, task.title)
    if task.id in again:
        status = "returned"
    elif task.state != "open":
        status = "done" if task.state == "done" else "withdrawn"
    elif task.claimed_by == work.actor.member_id:
        status = "mine"
    else:
        status = "claimable" if tab == "claimable" else "waiting"
    return {
        "id": task.id, "title": title, "period": period, "step": step_name(live, task),
        "campaign": campaign_title(live),
        "campaign_id": task.campaign_id, "unit": row.about or row.unit or work.tenant.name,
        "due": due_shape(
            work, task.due, task.words, clause=clause_of(live, task.duty, task.ledger), is_open=task.state == "open",
            estimated=estimates.of_task(work, live, task),
        ),
        "status": status, "round": 2 if task.id in again else 1, "reason": again.get(task.id, "")[:80],
        "version": 0, "may_claim": tab == "claimable", "done_at": task.done_at, "done_by": task.done_name,
    }  # fmt: skip


def returned(work: Work, tasks: list[Task]) -> dict[UUID, str]:
    """Return which of the tasks came back, and why: the step was done before in the same instance."""
    ids = {task.instance_id for task in tasks}
    if not ids:
        return {}
    done = set(
        work.session.execute(
            select(Task.instance_id, Task.node, Task.process, Task.item).where(
                Task.instance_id.in_(ids), Task.state == "done"
            )
        )
        .tuples()
        .all()
    )
    came_back = [task for task in tasks if (task.instance_id, task.node, task.process, task.item) in done]
    reasons: dict[UUID, str] = {}
    wanted = {task.instance_id for task in came_back}
    if wanted:
        made = select(Submission.subject_id, Submission.answers).where(
            Submission.subject_kind == "instance", Submission.subject_id.in_(wanted)
        )
        for row in work.session.execute(made.order_by(Submission.made_at)):
            reasons[row.subject_id] = reason_in(row.answers) or reasons.get(row.subject_id, "")
    return {task.id: reasons.get(task.instance_id, "") for task in came_back}
