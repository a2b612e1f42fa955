"""What a member does with a task: claim it, release it, complete it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import undefer

from engine import addressees, incidents, timers
from engine.answers import check_answers, context_of
from engine.births import after_step
from engine.incidents import STUCK
from engine.models import Instance, Task
from engine.process import TokenGone, advance
from engine.running import OWN_FORM, Running, running
from engine.standing import part_of
from engine.stepping import owed, record_step
from forms import drafts, submissions
from forms.models import Submission
from forms.validation import Context
from tenants import access
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
    live = running(work, instance.campaign_id)
    unit, about = _unit(work, instance.unit_id), _unit(work, instance.about_id)
    return Desk(task, instance, live, unit, about, _form(live, instance, task))


def claim(work: Work, task_id: UUID) -> Task:
    """Take an open task as one's own. Raises TaskTaken, TaskClosed, Forbidden."""
    desk = gather(work, task_id, lock=True)
    require_workable(work, desk.task)
    _require_not_taken(work, desk.task, say("请与对方联系，由其退回后再认领。"))
    desk.task.claimed_by, desk.task.claimed_name = work.actor.member_id, work.actor.name
    record(work, "task.claim", "instance", desk.instance.id, unit_id=desk.task.unit_id, task=desk.task.name)
    return desk.task


def release(work: Work, task_id: UUID) -> Task:
    """Give a claimed task back to the desk. Raises Conflict when it is not the actor's."""
    desk = gather(work, task_id, lock=True)
    require_workable(work, desk.task)
    if desk.task.claimed_by != work.actor.member_id:
        raise Conflict(say("这项任务不是由您认领的。"))
    desk.task.claimed_by = desk.task.claimed_name = None
    record(work, "task.release", "instance", desk.instance.id, unit_id=desk.task.unit_id, task=desk.task.name)
    return desk.task


def complete(work: Work, task_id: UUID, answers: Mapping[str, Any]) -> Task:
    """Complete a task with the answers to its form.

    Another step of the same instance is no obstacle as long as this task is still open. Raises TaskClosed, TaskTaken,
    Forbidden, Invalid (all problems at once, nothing recorded).
    """
    desk = gather(work, task_id, lock=True)
    require_workable(work, desk.task)
    _require_not_taken(work, desk.task, say("请与对方联系，由其退回后再办理。"))

    checked = check_answers(work, desk.form, answers, answer_context(work, desk))

    desk.task.submission_id = _submit(work, desk, checked) if desk.form else None
    desk.task.state, desk.task.done_at = "done", work.now
    desk.task.done_by, desk.task.done_name = work.actor.member_id, work.actor.name
    if desk.instance.filed_at is None and _hands_in(desk):
        desk.instance.filed_at = work.now
    drafts.forget(work, desk.task.id)
    addressees.done(work, desk.task)
    submission = str(desk.task.submission_id) if desk.task.submission_id else None
    record(
        work, "task.complete", "instance", desk.instance.id, unit_id=desk.task.unit_id, task=desk.task.name,
        node=desk.task.node, submission=submission,
    )  # fmt: skip
    _go_on(work, desk, checked)
    return desk.task


def again(work: Work, task: Task) -> None:
    """Advance an instance that was stuck after this completed task, with the answers that were kept."""
    query = select(Instance).where(Instance.id == task.instance_id).with_for_update()
    instance = work.session.scalars(query).one()
    if instance.state not in ("running", "stuck"):
        return
    live = running(work, instance.campaign_id)
    desk = Desk(task, instance, live, _unit(work, instance.unit_id), _unit(work, instance.about_id), None)
    kept = work.session.get(Submission, (work.tenant.id, task.submission_id)) if task.submission_id else None
    instance.state = "running"
    try:
        timers.follow(work, live, instance, afresh=True)
        _go_on(work, desk, kept.answers if kept else {})
    except TaskClosed:
        return  # the process went another way meanwhile and waits for this task no more
    except STUCK as stuck:
        instance.state = "stuck"
        incidents.open_for_task(work, instance, task, str(stuck))


def answer_context(work: Work, desk: Desk) -> Context:
    """Return what surrounds the answers to a task."""
    return context_of(
        work, desk.running, desk.form, unit=desk.unit, about=desk.about, due=desk.task.due, task_id=desk.task.id,
        instance_id=desk.instance.id,
    )  # fmt: skip


def _submit(work: Work, desk: Desk, answers: dict[str, Any]) -> UUID:
    assert desk.form is not None
    made = submissions.make(
        work, form=desk.form.id, schema=desk.form.schema, answers=answers,
        package_hash=_package(desk).hash, subject_kind="instance", subject_id=desk.instance.id,
        unit_id=desk.task.unit_id, part=part_of(desk.task.place),
    )  # fmt: skip
    return made.id


def _package(desk: Desk) -> Package:
    """Return the package that a task's form comes from; the duty's own form is the campaign's, wherever it is asked for."""
    return desk.running.package_of("" if desk.task.form == OWN_FORM else desk.task.process)


def _hands_in(desk: Desk) -> bool:
    """Tell whether the task hands in what the duty asks for: its own form, or, where no step asks for that, the first step of
    the one who owes it."""
    live, process = desk.running, desk.instance.process
    if any(
        node.form == OWN_FORM for drawing in live.model(process).drawings for node in drawing.nodes.values()
    ):
        return desk.task.form == OWN_FORM
    return owed(live.drawing(process, desk.task.process).nodes[desk.task.node])


def _form(live: Running, instance: Instance, task: Task) -> Form | None:
    return live.form(instance.duty, task.form, task.process) if task.form else None


def _go_on(work: Work, desk: Desk, answers: Mapping[str, Any]) -> None:
    """Advance the process; where it cannot, keep everything that was handed in and leave an incident."""
    live, instance = desk.running, desk.instance
    model = live.model(instance.process)
    facts = {key: value for key, value in answers.items() if key in model.reads}
    try:
        step = advance(model, instance.compact, desk.task.token, facts, live.now, live.given)
        # What an end bears may fail half way; then nothing of it stays, but what was handed in does.
        with work.session.begin_nested() if step.ended or step.thrown else nullcontext():
            record_step(work, live, instance, step, subject=desk.unit, then=after_step)
    except TokenGone as gone:
        raise TaskClosed(say("这项任务已不在等待办理。"), say("请刷新页面，查看最新情况。")) from gone
    except STUCK as stuck:
        instance.state = "stuck"
        incidents.open_for_task(work, instance, desk.task, str(stuck))


def require_workable(work: Work, task: Task) -> None:
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


def _require_not_taken(work: Work, task: Task, do: Message) -> None:
    if task.claimed_by not in (None, work.actor.member_id):
        raise TaskTaken(say("这项任务已由{name}认领。", name=task.claimed_name), do)


def _local(work: Work, task: Task) -> str:
    return task.done_at.astimezone(work.zone).strftime("%Y-%m-%d %H:%M") if task.done_at else ""


def _unit(work: Work, unit_id: UUID | None) -> Unit | None:
    return work.session.get(Unit, (work.tenant.id, unit_id)) if unit_id else None
