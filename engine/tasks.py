"""What a member does with a task: claim it, release it, complete it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import undefer

from engine import addressees, at_hand, incidents, timers
from engine.addressees import NewTask
from engine.amend_told import require_same_form
from engine.answers import check_answers, context_of
from engine.births import after_step
from engine.candidates import owed
from engine.holding import Held, hold, keep, keep_done
from engine.incidents import STUCK
from engine.models import Instance, Task
from engine.process import Step, TokenGone, advance
from engine.rollup import keeping as rollups
from engine.rows import InstanceRow, TaskRow
from engine.running import OWN_FORM, Running, running_of
from engine.standing import part_of
from engine.stepping import record_step, task_rows
from forms import drafts, submissions
from forms.models import Submission
from forms.protected import unprotected
from forms.validation import Context
from tenants import access, audit
from tenants.audit import record
from tenants.db import Work
from tenants.errors import Conflict, Forbidden, NotFound
from tenants.models import Unit
from tenants.text import Message, say
from workflows.package import Form, Package


class TaskClosed(Conflict):
    """Somebody was faster."""

    code = "task_closed"


class TaskTaken(Conflict):
    """Somebody else has claimed it."""

    code = "task_taken"


@dataclass(frozen=True)
class Desk:
    """A task with what surrounds it, gathered for one who may see it."""

    task: Task
    instance: Instance
    running: Running
    unit: Unit | None
    about: Unit | None
    form: Form | None


# A step with the rows of the tasks it opens, or why there is none.
Outcome: TypeAlias = "tuple[Step, list[NewTask]] | Exception"

PLACE = {
    "unit_id": Task.unit_id, "about_id": Task.about_id, "hidden": Task.hidden, "desk_id": Task.desk_id, "post": Task.post,
}  # fmt: skip


def gather(work: Work, task_id: UUID, *, lock: bool = False) -> Desk:
    """Return a task that the actor may see; `lock` holds its instance until the transaction ends. Raises NotFound."""
    seen = select(Task).where(
        Task.id == task_id, or_(access.visible(work.viewer, PLACE), addressees.seen(work))
    )
    task = work.session.scalar(seen)
    if task is None:
        raise NotFound(say("没有找到这项任务。"))
    query = select(Instance).where(Instance.id == task.instance_id)
    if lock:
        query = query.with_for_update().options(undefer(Instance.compact))
    instance = work.session.scalars(query).one()
    if lock:
        work.session.refresh(task)
    live = running_of(work, instance)
    unit, about = _unit(work, instance.unit_id), _unit(work, instance.about_id)
    form = live.form(instance.duty, task.form, task.process) if task.form else None
    return Desk(task, instance, live, unit, about, form)


def claim(work: Work, task_id: UUID) -> Task:
    """Take an open task as one's own. Raises TaskTaken, TaskClosed, Forbidden."""
    desk = gather(work, task_id, lock=True)
    require_workable(work, desk.task)
    _require_not_taken(work, desk.task, say("请与对方联系，由其退回后再认领。"))
    desk.task.claimed_by, desk.task.claimed_name = work.actor.member_id, work.actor.name
    record(work, "task.claim", "instance", desk.instance.id, unit_id=desk.task.unit_id, **_told(desk.task))
    return desk.task


def release(work: Work, task_id: UUID) -> Task:
    """Give a claimed task back to the desk. Raises Conflict when it is not the actor's."""
    desk = gather(work, task_id, lock=True)
    require_workable(work, desk.task)
    if desk.task.claimed_by != work.actor.member_id:
        raise Conflict(say("这项任务不是由您认领的。"))
    desk.task.claimed_by = desk.task.claimed_name = None
    record(work, "task.release", "instance", desk.instance.id, unit_id=desk.task.unit_id, **_told(desk.task))
    return desk.task


def _told(task: Task | TaskRow) -> dict[str, str]:
    """Return what the trail calls a task: its step, and which one of several it is."""
    return {"task": task.name, "item": task.item} if task.item else {"task": task.name}


def complete(work: Work, task_id: UUID, answers: Mapping[str, Any], *, seen: str = "") -> TaskRow:
    """Complete a task with the answers to its form. seen: the package version whose form was answered, where that is known.

    Another step of the same instance is no obstacle as long as this task is still open. Raises TaskClosed, TaskTaken,
    Forbidden, FormChanged, Invalid (all problems at once, nothing recorded).
    """
    held = hold(work, task_id)
    require_workable(work, held.task)
    _require_not_taken(work, held.task, say("请与对方联系，由其退回后再办理。"))
    if seen not in ("", held.instance.package_hash):
        require_same_form(work, held, seen)
    return _complete(work, held, answers)


def complete_for(work: Work, task_id: UUID, answers: Mapping[str, Any]) -> bool:
    """Complete a task that another authority has answered, in the name of who answered there. False when it waits no more.

    Raises Invalid when the answers do not fit the form as it stands here.
    """
    held = hold(work, task_id, as_house=True)
    if held.task.state != "open":
        return False
    _complete(work, held, answers)
    return True


def _complete(work: Work, held: Held, answers: Mapping[str, Any]) -> TaskRow:
    checked = check_answers(work, held.form, answers, answer_context(work, held))
    worked = rollups.work_out(work, held, checked)
    # A process never learns what only some may read.
    outcome = _advance(work, held, unprotected(held.form.schema, checked) if held.form else checked)

    _hand_in(work, held, checked)
    if worked is not None and held.task.submission_id is not None:
        rollups.keep(work, held.instance.id, held.task.submission_id, _package(held).hash, worked)
    _go_on(work, held, outcome)
    return held.task


def again(work: Work, task_id: UUID) -> None:
    """Advance an instance that was stuck after this completed task, with the answers that were kept."""
    held = hold(work, task_id, as_house=True)
    if held.instance.state not in ("running", "stuck"):
        return
    kept = work.session.get(Submission, (work.tenant.id, held.task.submission_id))
    held.instance.state = "running"
    outcome: Outcome
    try:
        if timers.follow(work, held.running, held.instance, afresh=True):
            keep(work, held.instance)
        outcome = _advance(work, held, kept.answers if kept else {})
    except TaskClosed:
        keep(work, held.instance)
        return  # the process went another way meanwhile and waits for this task no more
    except STUCK as stuck:
        outcome = stuck
    _go_on(work, held, outcome)


def answer_context(work: Work, desk: Desk | Held) -> Context:
    """Return what surrounds the answers to a task."""
    return context_of(
        work, desk.running, desk.form, unit=desk.unit, about=desk.about, due=desk.task.due, task_id=desk.task.id,
        instance_id=desk.instance.id,
    )  # fmt: skip


def _advance(work: Work, held: Held, answers: Mapping[str, Any]) -> Outcome:
    """Decide what follows from a completed task; nothing is written. Raises TaskClosed when the process waits for it no more."""
    live, instance = held.running, held.instance
    model = live.model(instance.process)
    facts = {key: value for key, value in answers.items() if key in model.reads}
    try:
        given = at_hand.given(work, live, instance.process, held.unit, held.about)
        step = advance(model, instance.compact, held.task.token, facts, live.now, given)
        return step, task_rows(work, live, instance, step, subject=held.unit, about=held.about)
    except TokenGone as gone:
        raise TaskClosed(say("这项任务已不在等待办理。"), say("请刷新页面，查看最新情况。")) from gone
    except STUCK as stuck:
        return stuck


def _hand_in(work: Work, held: Held, answers: dict[str, Any]) -> None:
    """Write down what was answered and that the task is done, by whom."""
    task, instance = held.task, held.instance
    trail: list[audit.Entry] = []
    if held.form is not None:
        filed = submissions.file(
            work, form=held.form.id, schema=held.form.schema, answers=answers, package_hash=_package(held).hash,
            subject_kind="instance", subject_id=instance.id, unit_id=task.unit_id, part=part_of(task.place),
        )  # fmt: skip
        task.submission_id = filed.id
        trail.append(submissions.told(filed, "instance", instance.id, task.unit_id))
    task.state, task.done_at = "done", work.now
    task.done_by, task.done_name = work.actor.member_id, work.actor.name
    keep_done(work, task)
    if instance.filed_at is None and _hands_in(held):
        instance.filed_at = work.now
    if held.drafted:
        drafts.forget(work, task.id)
    addressees.done(work, task)
    submission = str(task.submission_id) if task.submission_id else None
    facts = {"node": task.node, "submission": submission, **_told(task)}
    trail.append(audit.Entry("task.complete", "instance", instance.id, task.unit_id, facts))
    audit.add(work, trail)


def _hands_in(held: Held) -> bool:
    """Tell whether the task hands in what the duty asks for: its own form, or, where no step asks for that, the first step of
    the one who owes it."""
    live, process = held.running, held.instance.process
    if any(
        node.form == OWN_FORM for drawing in live.model(process).drawings for node in drawing.nodes.values()
    ):
        return held.task.form == OWN_FORM
    return owed(live.drawing(process, held.task.process).nodes[held.task.node])


def _package(held: Held) -> Package:
    """Return the package that a task's form comes from; the duty's own form is the campaign's, wherever it is asked for."""
    return held.running.package_of("" if held.task.form == OWN_FORM else held.task.process)


def _go_on(work: Work, held: Held, outcome: Outcome) -> None:
    """Write down where the process stands; where it could not go on, everything that was handed in stays, with an incident."""
    if isinstance(outcome, Exception):
        _stick(work, held, held.instance, outcome)
        return
    step, rows = outcome
    stood = held.instance.copy()
    try:
        # What an end bears may fail half way; then nothing of it stays, but what was handed in does.
        with work.session.begin_nested() if step.ended or step.thrown else nullcontext():
            record_step(
                work, held.running, held.instance, step, subject=held.unit, then=after_step, rows=rows
            )
    except STUCK as stuck:
        _stick(work, held, stood, stuck)


def _stick(work: Work, held: Held, instance: InstanceRow, why: Exception) -> None:
    """Leave an instance where it stood, stuck, with an incident."""
    instance.state = "stuck"
    keep(work, instance)
    incidents.open_for_task(
        work, instance, held.task, incidents.told(why, held.running.model(instance.process))
    )


def require_workable(work: Work, task: Task | TaskRow) -> None:
    """Raise TaskClosed or Forbidden unless the task is open and the actor's to work off."""
    if task.state == "done":
        raise TaskClosed(
            say("这项任务已由{name}办结（{at}）。", name=task.done_name, at=_local(work, task)),
            say("无需重复办理；如需更正，请联系受理单位退回。"),
        )
    if task.state != "open":
        raise TaskClosed(say("这项任务已撤销，无需办理。"), say("请返回待办。"))
    if not addressees.may_take(work, task):
        raise Forbidden(say("这项任务不由您的岗位办理。"), say("您可以查看；办理请联系承办单位。"))


def _require_not_taken(work: Work, task: Task | TaskRow, do: Message) -> None:
    if task.claimed_by not in (None, work.actor.member_id):
        raise TaskTaken(say("这项任务已由{name}认领。", name=task.claimed_name), do)


def _local(work: Work, task: Task | TaskRow) -> str:
    return task.done_at.astimezone(work.zone).strftime("%Y-%m-%d %H:%M") if task.done_at else ""


def _unit(work: Work, unit_id: UUID | None) -> Unit | None:
    return work.session.get(Unit, (work.tenant.id, unit_id)) if unit_id else None
