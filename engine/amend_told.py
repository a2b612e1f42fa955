"""What the one who holds a task is told after its instance went over to another version; answers to a form that is no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from engine.amend_models import AmendedInstance, Amendment
from engine.amend_seen import AtDesk, TaskChange, task_change
from engine.holding import Held
from engine.models import Instance, Task
from engine.running import Running, under
from forms.models import Draft
from tenants.db import Work
from tenants.errors import Conflict, NotFound
from tenants.text import say
from workflows.package import Package


class FormChanged(Conflict):
    """The form was changed by a new version of the plan after the page had been opened. facts: version."""

    code = "form_changed"


@dataclass(frozen=True)
class Told:
    """That a task goes by another version since it was opened. back: it went back to the former one. change: as it notices it."""

    version: str
    at: datetime
    back: bool
    change: TaskChange


def told(
    work: Work, live: Running, task: Task, instance: Instance, words: Callable[[Package], Package]
) -> Told | None:
    """Return what an open task is told of the last time that its instance changed its version; None when it never did.

    words: packages in the reader's language.
    """
    if task.state != "open":
        return None
    row = AmendedInstance
    query = (
        select(Amendment, row)
        .join(row, row.amendment_id == Amendment.id)
        .where(
            Amendment.tenant_id == work.tenant.id, row.instance_id == instance.id, row.state.in_(("moved", "back")),
            row.changed_at >= task.opened_at, row.moved_at >= task.opened_at,
        )
        .order_by(row.changed_at.desc(), row.id.desc())
        .limit(1)
    )  # fmt: skip
    found = work.session.execute(query).tuples().first()
    if found is None:
        return None
    run, one = found
    if one.state == "back":
        former, now, before = run.package_hash, one.former_hash, None
    else:
        former, now, before = (
            one.former_hash,
            run.package_hash,
            (one.before or {}).get("tasks", {}).get(str(task.id)),
        )
    if now != instance.package_hash:
        return None
    then, here = words(under(live, former).package), words(under(live, now).package)
    kept = before or {}
    old = AtDesk(
        task.id, task.node, kept.get("name", task.name), kept.get("form", task.form), task.process,
        date.fromisoformat(kept["due"]) if kept.get("due") else None if before else task.due, False,
    )  # fmt: skip
    mine = select(Draft.answers).where(Draft.task_id == task.id, Draft.member_id == work.actor.member_id)
    drafts = work.session.scalars(mine).all()
    added = live.duties.get(task.duty)
    duties = (then.duties.get(task.duty) or added, here.duties.get(task.duty) or added)
    change = task_change(then, here, duties, instance.process, old, task.due, drafts)
    return Told(here.version, one.changed_at, one.state == "back", change)


def require_same_form(work: Work, held: Held, seen: str) -> None:
    """Raise FormChanged unless the form of a version that a page was made from is still the one that is asked for."""
    task, live = held.task, held.running
    try:
        then = under(live, seen)
        drawn = then.drawing(held.instance.process, task.process).nodes.get(task.node)
        key = (drawn.form or "") if drawn is not None else task.form
        old = then.form(task.duty, key, task.process)
    except (NotFound, KeyError):
        old = None
    if (old.schema if old else None) != (held.form.schema if held.form else None):
        raise FormChanged(
            say("这项任务已改按 {version} 版方案办理，表单有改动，没有提交。", version=live.package.version),
            say("刷新页面，按新表单核对后再提交；已填的内容都在草稿里。"),
            version=live.package.version,
        )
