"""To whom a task is addressed when a step has several candidates: the first stands with the task, the others beside it.

Whoever is faster takes it. The inbox finds most tasks by the task's own columns and the few others by this small table, whose
lines go when the task is done.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, insert, select
from sqlalchemy.orm import aliased

from engine.models import Task, TaskAddressee
from tenants import access
from tenants.base import new_id
from tenants.db import Work

# (desk, post), as `engine.desks` gives it.
Place = tuple[UUID | None, str | None]
# A row of `Task` to be written, and the places besides its own.
TaskRow = tuple[dict[str, Any], Sequence[Place]]


def write(work: Work, rows: Sequence[TaskRow]) -> None:
    """Write down tasks with all their addressees, in two statements at most."""
    if not rows:
        return
    work.session.execute(insert(Task), [row for row, _others in rows])
    others = [
        {"tenant_id": work.tenant.id, "id": new_id(), "task_id": row["id"], "desk_id": desk_id, "post": post}
        for row, places in rows
        for desk_id, post in places
    ]
    if others:
        work.session.execute(insert(TaskAddressee), others)


def may_take(work: Work, task: Task) -> bool:
    """Tell whether the task is the actor's to work off, by its own address or by one beside it."""
    if access.may_work(work.viewer, task.desk_id, task.post):
        return True
    if not task.others:
        return False
    query = select(TaskAddressee.desk_id, TaskAddressee.post).where(TaskAddressee.task_id == task.id)
    return any(access.may_work(work.viewer, row.desk_id, row.post) for row in work.session.execute(query))


def open_tasks(work: Work) -> list[Select[tuple[UUID]]]:
    """Return queries for the ids of open tasks that are the actor's to work off, each found by an index."""
    at, beside = aliased(Task), aliased(TaskAddressee)
    mine = (at.tenant_id == work.tenant.id, at.state == "open")
    own = [select(at.id).where(*mine, way) for way in access.ways_to_work(work.viewer, at.desk_id, at.post)]
    more = [
        select(at.id)
        .join(beside, beside.task_id == at.id)
        .where(*mine, beside.tenant_id == work.tenant.id, way)
        for way in access.ways_to_work(work.viewer, beside.desk_id, beside.post)
    ]
    return own + more


def seen(work: Work) -> ColumnElement[bool]:
    """Return the condition under which a task is seen because it is addressed to the actor beside its own address."""
    beside = aliased(TaskAddressee)
    to_me = access.workable(work.viewer, beside.desk_id, beside.post)
    return Task.id.in_(select(beside.task_id).where(beside.tenant_id == work.tenant.id, to_me))


def forget(work: Work, task: Task) -> None:
    """Remove the addressees beside a task that is done."""
    if task.others:
        work.session.execute(delete(TaskAddressee).where(TaskAddressee.task_id == task.id))
