"""What a member does with a task: claim it, release it, complete it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import incidents
from engine.births import after_end
from engine.models import Instance, Task
from engine.process import ProcessStuck, TokenGone, advance
from engine.running import Running, running
from engine.stepping import record_step
from forms import attachments, drafts, submissions
from forms.validation import Context, validate
from tenants import access
from tenants.audit import record
from tenants.calendar import Calendar
from tenants.db import Work
from tenants.errors import Conflict, Forbidden, Invalid, NotFound
from tenants.models import Member, Unit
from tenants.text import say
from workflows.package import Form


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
    seen = select(Task).where(Task.id == task_id, access.visible(work.viewer, PLACE))
    task = work.session.scalar(seen)
    if task is None:
        raise NotFound(say("没有找到这项任务。"))
    query = select(Instance).where(Instance.id == task.instance_id)
    instance = work.session.scalars(query.with_for_update() if lock else query).one()
    if lock:
        work.session.refresh(task)
    live = running(work, instance.campaign_id)
    unit, about = _unit(work, instance.unit_id), _unit(work, instance.about_id)
    return Desk(task, instance, live, unit, about, live.form(instance.duty, task.form) if task.form else None)


def claim(work: Work, task_id: UUID) -> Task:
    """Take an open task as one's own. Raises TaskTaken, TaskClosed, Forbidden."""
    desk = gather(work, task_id, lock=True)
    _require_workable(work, desk.task)
    if desk.task.claimed_by not in (None, work.actor.member_id):
        raise TaskTaken(
            say("这项任务已由{name}认领。", name=desk.task.claimed_name),
            say("请与对方联系，由其退回后再认领。"),
        )
    desk.task.claimed_by, desk.task.claimed_name = work.actor.member_id, work.actor.name
    record(work, "task.claim", "instance", desk.instance.id, unit_id=desk.task.unit_id, task=desk.task.name)
    return desk.task


def release(work: Work, task_id: UUID) -> Task:
    """Give a claimed task back to the desk. Raises Conflict when it is not the actor's."""
    desk = gather(work, task_id, lock=True)
    _require_workable(work, desk.task)
    if desk.task.claimed_by != work.actor.member_id:
        raise Conflict(say("这项任务不是由您认领的。"))
    desk.task.claimed_by = desk.task.claimed_name = None
    record(work, "task.release", "instance", desk.instance.id, unit_id=desk.task.unit_id, task=desk.task.name)
    return desk.task


def complete(
    work: Work, task_id: UUID, answers: Mapping[str, Any], *, seen_revision: int | None = None
) -> Task:
    """Complete a task with the answers to its form.

    seen_revision: the instance's revision that the page showed; another step of the same instance is no obstacle as long as
    this task is still open. Raises TaskClosed, TaskTaken, Forbidden, Invalid (all problems at once, nothing recorded).
    """
    desk = gather(work, task_id, lock=True)
    _require_workable(work, desk.task)
    if desk.task.claimed_by not in (None, work.actor.member_id):
        raise TaskTaken(
            say("这项任务已由{name}认领。", name=desk.task.claimed_name),
            say("请与对方联系，由其退回后再办理。"),
        )

    checked = check_answers(work, desk, answers)
    model = desk.running.model(desk.instance.process)
    facts = {key: value for key, value in checked.items() if key in model.drawing.reads}

    submission_id = _submit(work, desk, checked) if desk.form else None
    desk.task.state, desk.task.done_at = "done", work.now
    desk.task.done_by, desk.task.done_name = work.actor.member_id, work.actor.name
    desk.instance.filed_at = desk.instance.filed_at or work.now
    drafts.forget(work, desk.task.id)
    record(
        work, "task.complete", "instance", desk.instance.id, unit_id=desk.task.unit_id, task=desk.task.name,
        node=desk.task.node, submission=str(submission_id) if submission_id else None,
    )  # fmt: skip
    _go_on(work, desk, facts)
    return desk.task


def again(work: Work, task: Task) -> None:
    """Advance an instance that was stuck after this completed task, with the answers that were kept."""
    query = select(Instance).where(Instance.id == task.instance_id).with_for_update()
    instance = work.session.scalars(query).one()
    live = running(work, instance.campaign_id)
    desk = Desk(task, instance, live, _unit(work, instance.unit_id), _unit(work, instance.about_id), None)
    answers = submissions.latest(work, "instance", instance.id, task.form) if task.form else None
    reads = live.model(instance.process).drawing.reads
    _go_on(work, desk, {key: value for key, value in (answers or {}).items() if key in reads})


def check_answers(work: Work, desk: Desk, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers as they are to be kept; raise Invalid with every problem."""
    if desk.form is None:
        return {}
    context = answer_context(work, desk)
    checked = validate(desk.form.schema, answers, context=context)
    if checked.problems:
        raise Invalid(
            say("有 {count} 处需要改正，内容已保留。", count=len(checked.problems)), problems=checked.problems
        )
    return checked.answers


def answer_context(work: Work, desk: Desk) -> Context:
    """Return what surrounds the answers: the unit, the dates, the known units and the files at hand."""
    names = desk.running.names(desk.unit, desk.about, due=desk.task.due)
    known = {
        "unit": frozenset(
            str(row) for row in work.session.scalars(select(Unit.id).where(Unit.active.is_(True)))
        )
    }
    known["member"] = frozenset(str(row) for row in work.session.scalars(select(Member.id)))
    calendar: Calendar = desk.running.setting.calendar
    files = attachments.usable(work, desk.task.id, desk.instance.id)
    return Context(
        names=names, functions={"add_workdays": calendar.add_working_days}, known=known, files=files
    )


def _submit(work: Work, desk: Desk, answers: dict[str, Any]) -> UUID:
    assert desk.form is not None
    made = submissions.make(
        work, form=desk.form.id, schema=desk.form.schema, answers=answers, package_hash=desk.running.package.hash,
        subject_kind="instance", subject_id=desk.instance.id, unit_id=desk.task.unit_id,
    )  # fmt: skip
    return made.id


def _go_on(work: Work, desk: Desk, facts: Mapping[str, Any]) -> None:
    """Advance the process; where it cannot, keep everything and leave an incident."""
    model = desk.running.model(desk.instance.process)
    try:
        step = advance(model, desk.instance.compact, desk.task.token, dict(facts), work.now)
    except TokenGone as gone:
        raise TaskClosed(say("这项任务已不在等待办理。"), say("请刷新页面，查看最新情况。")) from gone
    except ProcessStuck as stuck:
        desk.instance.state = "stuck"
        incidents.open_for_task(work, desk.instance, desk.task, str(stuck))
        return
    desk.instance.state = "running"
    record_step(work, desk.running, desk.instance, step, subject=desk.unit, on_end=after_end)


def _require_workable(work: Work, task: Task) -> None:
    if task.state == "done":
        raise TaskClosed(
            say("这项任务已由{name}办结（{at}）。", name=task.done_name, at=_local(work, task)),
            say("无需重复办理；如需更正，请联系受理单位退回。"),
        )
    if task.state != "open":
        raise TaskClosed(say("这项任务已撤销，无需办理。"), say("请返回待办。"))
    if not access.may_work(work.viewer, task.desk_id, task.post):
        raise Forbidden(say("这项任务不由您的岗位办理。"), say("您可以查看；办理请联系承办单位。"))


def _local(work: Work, task: Task) -> str:
    return task.done_at.astimezone(work.zone).strftime("%Y-%m-%d %H:%M") if task.done_at else ""


def _unit(work: Work, unit_id: UUID | None) -> Unit | None:
    return work.session.get(Unit, (work.tenant.id, unit_id)) if unit_id else None
