"""To whom a task is addressed when a step has several candidates: the first stands with the task, the others beside it.

Whoever is faster takes it. The inbox finds most tasks by the task's own columns and the few others by the open lines of this
small table. A line is closed with its task and stays: whoever was offered the task still sees who did it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import aliased

from engine.models import Task, TaskAddressee
from engine.rows import TaskRow
from tenants import access, outbox
from tenants.base import new_id, table_of
from tenants.db import Work
from tenants.prepared import Prepared

# The kinds of jobs that carry a step to the authority that does it, that it waits no more, and what was answered back to the one
# who sent it.
SEND, WITHDRAW, REPLY = "delivery_send", "delivery_withdraw", "delivery_reply"
# (desk, post), as `engine.desks` gives it.
Place = tuple[UUID | None, str | None]
# Values of all columns of a `Task` to be written, and the places besides its own.
NewTask = tuple[dict[str, Any], Sequence[Place]]

_TASKS, _BESIDE = Prepared(insert(table_of(Task))), Prepared(insert(table_of(TaskAddressee)))


def write(work: Work, rows: Sequence[NewTask]) -> None:
    """Write down tasks with all their addressees, in two statements at most."""
    _TASKS.write(work.session, [row for row, _others in rows])
    for row, _others in rows:
        if row.get("away_id") is not None and not row["awaited"]:
            outbox.later(work, SEND, row["id"])
    offer(work, [(row["id"], places) for row, places in rows])


def offer(work: Work, tasks: Iterable[tuple[UUID, Sequence[Place]]]) -> None:
    """Write down the places besides its own where a task may be taken; tasks: (id, those places)."""
    others = [
        {"id": new_id(), "task_id": task_id, "desk_id": desk_id, "post": post, "open": True}
        for task_id, places in tasks
        for desk_id, post in places
    ]
    _BESIDE.write(work.session, others)


def may_take(work: Work, task: Task | TaskRow) -> bool:
    """Tell whether the task is the actor's to work off, by its own address or by one beside it."""
    if access.may_work(work.viewer, task.desk_id, task.post):
        return True
    if not task.others:
        return False
    query = select(TaskAddressee.desk_id, TaskAddressee.post).where(TaskAddressee.task_id == task.id)
    return any(access.may_work(work.viewer, row.desk_id, row.post) for row in work.session.execute(query))


def seen(work: Work) -> ColumnElement[bool]:
    """Return the condition under which a task is seen because it is addressed to the actor beside its own address."""
    beside = aliased(TaskAddressee)
    to_me = access.workable(work.viewer, beside.desk_id, beside.post)
    return Task.id.in_(select(beside.task_id).where(beside.tenant_id == work.tenant.id, to_me))


def done(work: Work, task: Task | TaskRow) -> None:
    """Close the lines beside a task that is done."""
    if task.others:
        work.session.execute(update(TaskAddressee).where(TaskAddressee.task_id == task.id).values(open=False))


def withdraw(work: Work, *which: ColumnElement[bool]) -> None:
    """Withdraw open tasks, with the lines beside them. which: conditions on `Task`."""
    some = (Task.tenant_id == work.tenant.id, Task.state == "open", *which)
    for away in work.session.scalars(
        select(Task.id).where(*some, Task.away_id.is_not(None), Task.awaited.is_(False))
    ):
        outbox.later(work, WITHDRAW, away)
    beside = select(Task.id).where(*some, Task.others.is_(True))
    work.session.execute(update(TaskAddressee).where(TaskAddressee.task_id.in_(beside)).values(open=False))
    work.session.execute(update(Task).where(*some).values(state="withdrawn", done_at=work.now))
