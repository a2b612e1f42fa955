"""One instance goes over to another version of its plan, or back to what it was before, as long as nobody has gone on since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update

from engine import timers, waits
from engine.amend_models import AmendedInstance
from engine.amend_plan import Verdict
from engine.holding import hold_instance, keep
from engine.models import Instance, Task
from engine.process import Step, cross
from engine.recalendar_record import move_due
from engine.rows import AnyInstance, InstanceRow
from engine.running import Running, under
from forms.models import Draft
from tenants.db import Work
from tenants.text import Message, packed, say

# What of an open task goes over, and goes back.
_KEPT = ("form", "name", "due", "due_at", "follow_up")


def move(work: Work, live: Running, row: AmendedInstance, verdict: Verdict | None) -> InstanceRow | None:
    """Let an instance go over to the version of `live`, and keep what it was. Returns it where it did.

    verdict: what was found under its lock; None = it is over, or goes by this version already. Raises what `incidents.STUCK`
    names; the caller undoes what was written then.
    """
    row.changed_at = work.now
    instance = hold_instance(work, row.instance_id)
    if instance is None or verdict is None:
        gone = say("已按新方案办理") if instance is not None else say("轮到之前已经办结或撤销")
        row.state, row.why = "over", [packed(gone)]
        return None
    if verdict.what != "moves":
        row.state, row.why = verdict.what, [packed(one) for one in verdict.why]
        return None
    row.before, row.compact = _standing(work, instance, verdict), instance.compact
    row.former_hash = instance.package_hash
    if instance.filed_at is None and instance.due == row.due_before and row.due_after != row.due_before:
        move_due(work, under(live, instance.package_hash), [instance.id], row.due_before, row.due_after)
        instance.due = row.due_after
    _cross(work, live, instance)
    row.state, row.why, row.moved_at = "moved", None, work.now
    row.revision, row.stood = instance.revision, instance.state
    return instance


def back(work: Work, live: Running, row: AmendedInstance) -> InstanceRow | None:
    """Let an instance go back to what it was before it went over; where somebody has gone on, it stays and `row` says why.

    live: the campaign under any version. Returns the instance where it went back.
    """
    row.changed_at = work.now
    instance = hold_instance(work, row.instance_id)
    why = touched(work, row, instance)
    if why is not None or instance is None or row.before is None:
        row.state, row.why = "kept", [packed(why or say("没有留下原来的样子"))]
        return None
    now, then = under(live, instance.package_hash), under(live, row.former_hash)
    due = _due_again(work, instance, row.before)
    keeps_due = due != _day(row.before["due"])
    instance.package_hash, instance.due = row.former_hash, due
    if row.compact is not None and instance.revision:
        new, old = now.model(instance.process), then.model(instance.process)
        step = cross(old, old, row.compact, {"due": due} if keeps_due else {}, then.now, then.given)
        _stand(work, (new, old), instance, step)
    _tasks_again(work, row.before, keeps_due=keeps_due)
    _write(work, instance, due=due)
    _drafts_again(work, row.before["drafts"])
    _former_may_go_back(work, row, instance)
    row.state, row.why = "back", None
    return instance


def touched(work: Work, row: AmendedInstance, instance: AnyInstance | None) -> Message | None:
    """Say why an instance cannot go back; None when it can: nobody and nothing has gone on since."""
    if instance is None or instance.state not in ("running", "stuck"):
        return say("这一项已经办结或撤销，不能再退回原方案")
    if (instance.revision, instance.state) == (row.revision, row.stood):
        if instance.due != row.due_after and instance.due != _day((row.before or {}).get("due")):
            return say("期限后来又改过，不能再退回原方案")
        return None
    last = (
        select(Task.name, Task.done_name, Task.done_at)
        .where(Task.instance_id == row.instance_id, Task.done_at >= row.moved_at)
        .order_by(Task.done_at.desc())
        .limit(1)
    )
    done = work.session.execute(last).first()
    if done is None:
        return say("流程后来又走了一步（到了时限、收到消息或改了期限），不能再退回原方案")
    at = done.done_at.astimezone(work.zone).strftime("%Y-%m-%d %H:%M")
    return say("{name}已于{at}办结“{step}”，不能再退回原方案", name=done.done_name, at=at, step=done.name)


def _standing(work: Work, instance: InstanceRow, verdict: Verdict) -> dict[str, Any]:
    """Return what an instance is before it goes over, besides its process state."""
    columns = (Task.id, *(getattr(Task, name) for name in _KEPT))
    query = select(*columns).where(Task.instance_id == instance.id, Task.state == "open")
    tasks = {
        str(key): dict(zip(_KEPT, map(_plain, rest), strict=True))
        for key, *rest in work.session.execute(query)
    }
    drafts: dict[str, dict[str, Any]] = {}
    if verdict.lost:
        written = select(Draft.id, Draft.task_id, Draft.answers).where(Draft.task_id.in_(list(verdict.lost)))
        for key, task, answers in work.session.execute(written):
            drafts[str(key)] = {name: answers[name] for name in verdict.lost[task] if name in answers}
    return {"due": _plain(instance.due), "tasks": tasks, "drafts": drafts}


def _cross(work: Work, live: Running, instance: InstanceRow) -> None:
    old, new = under(live, instance.package_hash).model(instance.process), live.model(instance.process)
    instance.package_hash = live.package.hash
    if instance.revision:
        wanted = new.reads | old.reads
        names = timers.known_now(work, live, instance, wanted & timers.KNOWN)
        step = cross(old, new, instance.compact, names, live.now, live.given)
        _stand(work, (old, new), instance, step)
        _tasks(work, live, instance)
    _write(work, instance)


def _stand(work: Work, models: tuple[Any, Any], instance: InstanceRow, step: Step) -> None:
    """Let an instance stand where a step leaves it. models: before and after; what only the former waited for is dropped."""
    instance.compact = step.state
    instance.revision += 1
    before, after = models
    timers.arm(work, after if after.timed else before, instance, step)
    waits.keep(work, after if waits.listens(after) else before, instance, step)


def _write(work: Work, instance: InstanceRow, **more: object) -> None:
    values = {"package_hash": instance.package_hash, **more}
    work.session.execute(update(Instance).where(Instance.id == instance.id).values(values))
    keep(work, instance)
    work.session.read_anew(Instance, instance.id)


def _tasks(work: Work, live: Running, instance: InstanceRow) -> None:
    """Let open tasks ask and be called what the new drawing says; to whom they lie stays as it was decided."""
    query = select(Task.id, Task.node, Task.process, Task.form, Task.name).where(
        Task.instance_id == instance.id, Task.state == "open"
    )
    for row in work.session.execute(query).all():
        node = live.drawing(instance.process, row.process).nodes.get(row.node)
        if node is not None and ((node.form or ""), node.name or node.id) != (row.form, row.name):
            values = {"form": node.form or "", "name": node.name or node.id}
            work.session.execute(update(Task).where(Task.id == row.id).values(values))


def _tasks_again(work: Work, before: Mapping[str, Any], *, keeps_due: bool) -> None:
    """Let open tasks ask and be called what they did before. keeps_due: their dates stay as they are by now."""
    for key, kept in before["tasks"].items():
        values = {"form": kept["form"], "name": kept["name"], "follow_up": _day(kept["follow_up"])}
        if not keeps_due:
            values |= {"due": _day(kept["due"]), "due_at": _moment(kept["due_at"])}
        differs = or_(*(getattr(Task, name).is_distinct_from(value) for name, value in values.items()))
        work.session.execute(
            update(Task).where(Task.id == UUID(key), Task.state == "open", differs).values(values)
        )


def _drafts_again(work: Work, kept: Mapping[str, Mapping[str, Any]]) -> None:
    """Put what only the former form asks for back into drafts that have lost it; what was written since stays."""
    for key, answers in kept.items():
        query = select(Draft.answers, Draft.revision).where(Draft.id == UUID(key))
        for written, revision in work.session.execute(query).all():
            lost = {name: value for name, value in answers.items() if name not in written}
            if lost:
                work.session.execute(
                    update(Draft)
                    .where(Draft.id == UUID(key), Draft.revision == revision)
                    .values(answers={**written, **lost}, revision=revision + 1)
                    .execution_options(synchronize_session=False)
                )


def _due_again(work: Work, instance: InstanceRow, before: Mapping[str, Any]) -> date | None:
    """Return the date that an instance gets back; where that would make it late, it keeps the one it has."""
    old = _day(before["due"])
    late = old is not None and old < work.today
    return instance.due if late and (instance.due is None or instance.due >= work.today) else old


def _former_may_go_back(work: Work, row: AmendedInstance, instance: InstanceRow) -> None:
    """Let the version before this one be reached as well: it is again as it was when it had gone over to it."""
    if row.revision is None or row.revision == instance.revision:
        return
    work.session.execute(
        update(AmendedInstance)
        .where(
            AmendedInstance.instance_id == row.instance_id, AmendedInstance.state == "moved",
            AmendedInstance.id != row.id, AmendedInstance.revision == row.revision - 1,
        )
        .values(revision=instance.revision)
        .execution_options(synchronize_session=False)
    )  # fmt: skip


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
