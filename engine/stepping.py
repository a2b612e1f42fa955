"""What a step of a process leaves behind: tasks opened and withdrawn, timers armed, statuses, the end and what it bears.

`engine.process` decides what happens; this module writes it down. It is used by every command that moves an instance.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import update

from engine import carried, collected, items, milestones, rulings, waits
from engine.actors import Pick, Units
from engine.addressees import REPLY, NewTask, Place, withdraw, write
from engine.candidates import STARTER, TO, addressed, beyond, named_in, reports_itself
from engine.dating import day_of, due_of, exact_moment
from engine.desks import Desks
from engine.holding import keep
from engine.models import LedgerItem, Task
from engine.process import Opened, Step
from engine.rows import AnyUnit, InstanceRow
from engine.running import Running, day_end
from engine.timers import arm
from tenants import lines, outbox
from tenants.audit import record_all
from tenants.base import new_id
from tenants.db import Work
from tenants.models import Member, Unit
from workflows.bpmn import Node
from workflows.elements import Duty
from workflows.package import Package


def record_step(
    work: Work,
    running: Running,
    instance: InstanceRow,
    step: Step,
    *,
    subject: AnyUnit | None,
    then: Callable[[Work, Running, InstanceRow, Step], None],
    rows: Sequence[NewTask] | None = None,
) -> None:
    """Write down one step of one instance. What may fail (who is meant, when it is due) is decided before the first row.

    subject: the unit that the instance is for. then: called, after the instance's own rows, when the step threw an event or
    the instance has ended normally. rows: of the tasks that the step opens, where they are decided already.
    """
    if rows is None:
        about = work.session.get(Unit, (work.tenant.id, instance.about_id)) if instance.about_id else None
        rows = task_rows(work, running, instance, step, subject=subject, about=about)

    status = last_status(running, instance.process, step.entered)
    _change(work, running, instance, step, status)
    keep(work, instance)
    write(work, rows)
    if step.closed:
        withdraw(work, Task.instance_id == instance.id, Task.token.in_(list(step.closed)))
    arm(work, running.model(instance.process), instance, step)
    waits.keep(work, running.model(instance.process), instance, step)
    if step.decided:
        rulings.note(work, [(instance, step)])
    if step.unheard:
        note_uncaught(work, [(instance, step)])
    if status:
        tell_ledger(work, instance)
    if instance.ledger:
        carried.changed(work, running, instance.id, instance.ledger)
    collected.note(work, running, instance)
    if subject is not None and subject.authority_id is not None:
        outbox.later(work, REPLY, instance.id)
    if step.ended or step.thrown:
        then(work, running, instance, step)


def note_uncaught(work: Work, steps: Iterable[tuple[InstanceRow, Step]]) -> None:
    """Record the escalations that nothing has caught: the process went on as if they had not been thrown."""
    rows = [
        (instance.id, instance.unit_id, {"name": code}) for instance, step in steps for code in step.unheard
    ]
    record_all(work, "escalation.uncaught", "instance", rows)


def _change(work: Work, running: Running, instance: InstanceRow, step: Step, status: str) -> None:
    """Change an instance as a step says; nothing is written yet."""
    instance.compact = step.state
    instance.revision += 1
    instance.status = status or instance.status
    if step.ended:
        instance.state, instance.ended_at = "done", work.now
        instance.end_node = step.end_nodes[-1] if step.end_nodes else None
        instance.open_to_all = instance.open_to_all or is_for_all(running, instance)


def is_for_all(running: Running, instance: InstanceRow) -> bool:
    """Tell whether an ended instance is everybody's to read: it went to whole kinds of units (a bulletin), none of whom had
    to receive it as a task of their own (a report)."""
    duty = running.duties.get(instance.duty)
    if duty is None or instance.hidden:
        return False
    nodes = running.package.processes[instance.process].nodes.values()
    return any(running.package.actors[to].kind in ("unit", "below") for to in duty.to) and not any(
        TO in named_in(node) for node in nodes
    )


def task_rows(
    work: Work,
    running: Running,
    instance: InstanceRow,
    step: Step,
    *,
    subject: AnyUnit | None,
    about: AnyUnit | None,
    desks: Desks | None = None,
) -> list[NewTask]:
    """Return the rows of the tasks that a step has opened, each with the places besides its own."""
    tree, desks = Units(work), desks or Desks(work)
    rows: list[NewTask] = []
    for opened in step.opened:
        called, node = drawn(running, instance, opened)
        package, duty = running.package_of(called), running.duties.get(instance.duty)
        member = _starter(work, instance, node) or items.member(work, package, node, opened)
        if member is not None:
            places: list[Place] = [(member.unit_id, None)]
            away = None
        else:
            picks = addressed(tree, package, duty, node, subject, about, opened.data)
            away = _away(work, tree, package, duty, node, picks)
            places = _places(picks, desks) if away is None else [(None, None)]
        due, words = due_of(running, node, opened.data, instance.due, instance.words, subject, about)
        if duty is not None and duty.milestones and not (called or node.due):
            due, words = milestones.step_due(running, duty, node.id, instance.due) or (due, words)
        row = _row(work, instance, node, opened, places, due, words, member)
        row |= away or {}
        # Most have no hour: they are in time to the end of the day.
        at = exact_moment(running, node, opened.data, instance.due, subject, about) if node.due else None
        hour = (
            duty.hour_of(instance.title)
            if duty is not None and due is not None and due == instance.due
            else None
        )
        if at is not None or hour is not None:
            row["due_at"] = at or day_end(work, due, hour)
        row["follow_up"] = day_of(running, node.follow_up, opened.data, instance.due, subject, about)
        row |= {"process": called, "place": opened.place, "item": items.label(work, opened)}
        rows.append((row, places[1:]))
    return rows


def drawn(running: Running, instance: InstanceRow, opened: Opened) -> tuple[str, Node]:
    """Return the called process in which a task stands, as `Task.process`, and its step there."""
    called = running.model(instance.process).called_at(opened.place) if opened.place else ""
    return called, running.drawing(instance.process, called).nodes[opened.node_id]


def places_of(
    tree: Units,
    package: Package,
    duty: Duty | None,
    node: Node,
    subject: AnyUnit | None,
    about: AnyUnit | None,
    data: Mapping[str, Any],
    desks: Desks,
) -> list[Place]:
    """Return where a task lands that is no member's alone, the first candidate's place first; see `candidates.addressed`."""
    return _places(addressed(tree, package, duty, node, subject, about, data), desks)


def _places(picks: Sequence[tuple[str, Pick]], desks: Desks) -> list[Place]:
    places = [desks.address(pick) for _name, pick in picks]
    return list(dict.fromkeys(places)) if len(places) > 1 else places


def _away(
    work: Work,
    tree: Units,
    package: Package,
    duty: Duty | None,
    node: Node,
    picks: Sequence[tuple[str, Pick]],
) -> dict[str, Any] | None:
    """Return what a task row says of another authority that does the step; None when it is done here."""
    actor = beyond(tree, package, duty, node) if package.crosses else None
    if actor is not None:
        other = lines.reached(work.session, work.tenant.id, actor.along, actor.at)
        if other is not None:
            return {"away_id": other.id, "awaited": False}
    name, pick = picks[0]
    if pick.unit is None or pick.unit.authority_id is None:
        return None
    return {"away_id": pick.unit.authority_id, "awaited": reports_itself(package, duty, name)}


def _row(
    work: Work,
    instance: InstanceRow,
    node: Node,
    opened: Opened,
    places: Sequence[Place],
    due: date | None,
    words: str,
    starter: Member | None,
) -> dict[str, Any]:
    return {
        "tenant_id": work.tenant.id, "id": new_id(), "instance_id": instance.id, "campaign_id": instance.campaign_id,
        "token": opened.token, "node": node.id, "name": node.name or node.id, "form": node.form or "",
        "title": instance.title, "duty": instance.duty, "ledger": instance.ledger, "unit_id": instance.unit_id,
        "about_id": instance.about_id, "hidden": instance.hidden, "desk_id": places[0][0], "post": places[0][1],
        "others": len(places) > 1, "due": due,
        "due_at": day_end(work, due), "words": words, "state": "open", "opened_at": work.now,
        "claimed_by": starter.id if starter else None, "claimed_name": starter.name if starter else None,
    }  # fmt: skip


def _starter(work: Work, instance: InstanceRow, node: Node) -> Member | None:
    """Return the member who started the instance, when the step is theirs and they still hold their post."""
    if STARTER not in named_in(node) or instance.starter_id is None:
        return None
    member = work.session.get(Member, (work.tenant.id, instance.starter_id))
    return member if member is not None and member.active and "staff" in member.roles else None


def last_status(running: Running, process: str, entered: Sequence[str]) -> str:
    """Return the status that the last entered node with one gives; empty when none does."""
    model = running.model(process)
    for key in reversed(entered):
        calls, _, node_id = key.rpartition("/")
        node = model.at(calls).drawing.nodes.get(node_id)
        if node is not None and "status" in node.properties:
            return node.properties["status"]
    return ""


def tell_ledger(work: Work, instance: InstanceRow) -> None:
    """Let the ledger line of an instance, if it has one, stand where the instance does."""
    if instance.ledger:
        work.session.execute(
            update(LedgerItem)
            .where(LedgerItem.instance_id == instance.id)
            .values(status=instance.status, changed_at=work.now)
        )
