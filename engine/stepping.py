"""What a step of a process leaves behind: tasks opened and withdrawn, timers armed, statuses, the end and what it bears.

`engine.process` decides what happens; this module writes it down. It is used by every command that moves an instance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import insert, update

from engine.actors import Pick, near
from engine.desks import Desks
from engine.models import Instance, LedgerItem, Task
from engine.process import Opened, Step
from engine.running import Running, day_end
from engine.timers import arm
from forms.expression import EvaluationError, compile_expression
from tenants.base import new_id
from tenants.db import Work
from tenants.models import Unit
from workflows.bpmn import Node

BY, TO, ABOUT, STARTER = "by", "to", "about", "starter"


def record_step(
    work: Work,
    running: Running,
    instance: Instance,
    step: Step,
    *,
    subject: Unit | None,
    on_end: Callable[[Work, Running, Instance, Step], None],
) -> None:
    """Write down one step of one instance.

    subject: the unit that the instance is for. on_end: called when the instance has ended normally, after its own rows.
    """
    instance.compact = step.state
    instance.revision += 1
    if step.closed:
        work.session.execute(
            update(Task)
            .where(Task.instance_id == instance.id, Task.token.in_(list(step.closed)), Task.state == "open")
            .values(state="withdrawn", done_at=work.now)
        )
    about = work.session.get(Unit, (work.tenant.id, instance.about_id)) if instance.about_id else None
    rows = task_rows(work, running, instance, step, subject=subject, about=about)
    if rows:
        work.session.execute(insert(Task), rows)
    arm(work, running.model(instance.process), instance, step)
    status = last_status(running, instance.process, step.entered)
    if status:
        set_status(work, instance, status)
    if step.ended:
        instance.state, instance.ended_at = "done", work.now
        instance.end_node = step.end_nodes[-1] if step.end_nodes else None
    work.session.flush()
    if step.ended:
        on_end(work, running, instance, step)


def task_rows(
    work: Work,
    running: Running,
    instance: Instance,
    step: Step,
    *,
    subject: Unit | None,
    about: Unit | None,
    desks: Desks | None = None,
) -> list[dict[str, Any]]:
    """Return the rows of the tasks that a step has opened."""
    drawing = running.package.processes[instance.process]
    rows = []
    for opened in step.opened:
        node = drawing.nodes[opened.node_id]
        pick = _addressee(work, running, instance, node, subject, about)
        desks_here = desks or Desks(work, [pick.unit] if pick.unit else [])
        desk_id, post = desks_here.address(pick)
        due, words = _due(running, instance, node, step.data, subject, about)
        rows.append(_row(work, instance, node, opened, desk_id, post, due, words))
    return rows


def _row(
    work: Work,
    instance: Instance,
    node: Node,
    opened: Opened,
    desk_id: Any,
    post: str | None,
    due: date | None,
    words: str,
) -> dict[str, Any]:
    starter = instance.starter_id if node.assignee == "${starter}" or STARTER in node.candidates else None
    return {
        "tenant_id": work.tenant.id, "id": new_id(), "instance_id": instance.id, "campaign_id": instance.campaign_id,
        "token": opened.token, "node": node.id, "name": node.name or node.id, "form": node.form or "",
        "title": instance.title, "duty": instance.duty, "ledger": instance.ledger, "unit_id": instance.unit_id,
        "about_id": instance.about_id, "hidden": instance.hidden, "desk_id": desk_id, "post": post, "due": due,
        "due_at": day_end(work, due), "words": words, "state": "open", "opened_at": work.now,
        "claimed_by": starter, "claimed_name": work.actor.name if starter else None,
    }  # fmt: skip


def _addressee(
    work: Work, running: Running, instance: Instance, node: Node, subject: Unit | None, about: Unit | None
) -> Pick:
    """Return whom a step is addressed to; without a candidate it is the one the instance is for."""
    names = node.candidates or (BY,)
    for name in names:
        pick = _named(work, running, instance, name, subject, about)
        if pick is not None:
            return pick
    return Pick(subject)


def _named(
    work: Work, running: Running, instance: Instance, name: str, subject: Unit | None, about: Unit | None
) -> Pick | None:
    duty = running.duties.get(instance.duty)
    if name in (BY, STARTER):
        post = (
            next((a.post for a in map(running.package.actors.get, duty.by) if a and a.post), None)
            if duty
            else None
        )
        return Pick(subject, post) if subject else (Pick(None, post) if post else None)
    if name == ABOUT:
        return Pick(about or subject)
    if name == TO:
        picks = (near(work, running.package, to, about or subject) for to in (duty.to if duty else ()))
        return next((pick for pick in picks if pick), None)
    if name in running.package.actors:
        return near(work, running.package, name, about or subject)
    return None


def _due(
    running: Running,
    instance: Instance,
    node: Node,
    data: dict[str, Any],
    subject: Unit | None,
    about: Unit | None,
) -> tuple[date | None, str]:
    """Return a task's due date and its words: the step's own rule, else the duty's date for the one who owes it."""
    if node.due:
        names = running.names(subject, about, due=instance.due, **data)
        try:
            return as_date(compile_expression(node.due).evaluate(names)), ""
        except EvaluationError:
            return None, ""
    owes = not node.candidates or BY in node.candidates
    return (instance.due, instance.words) if owes else (None, "")


def as_date(value: object) -> date | None:
    """Return a value of an expression or an answer as a local date; None when it is none."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None


def last_status(running: Running, process: str, entered: Sequence[str]) -> str:
    """Return the status that the last entered node with one gives; empty when none does."""
    nodes = running.package.processes[process].nodes
    found = [
        nodes[key].properties["status"]
        for key in entered
        if key in nodes and "status" in nodes[key].properties
    ]
    return found[-1] if found else ""


def set_status(work: Work, instance: Instance, status: str) -> None:
    """Note where an instance stands, and its ledger line with it."""
    instance.status = status
    if instance.ledger:
        work.session.execute(
            update(LedgerItem)
            .where(LedgerItem.instance_id == instance.id)
            .values(status=status, changed_at=work.now)
        )
