"""The inbox: what is mine to do, overdue first. Reads the indexed task table, never process state.

To do is what I have claimed, what nobody but me could take, and what came back to me. What lies at a desk or a post that I
share may be claimed. Nothing has to be claimed to be done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, true, union_all
from sqlalchemy.orm import aliased

from engine import addressees, sharing
from engine.models import Campaign, Task
from tenants.db import Work
from tenants.models import Unit

PAGE = 30
TABS = ("todo", "claimable", "done")
DUE = ("overdue", "week", "month", "undated", "later")


@dataclass(frozen=True)
class Filters:
    """What the reader asked for; empty = everything."""

    tab: str = "todo"
    q: str = ""
    campaign: UUID | None = None
    duty: str = ""
    unit: UUID | None = None
    due: str = ""
    page: int = 1


@dataclass(frozen=True)
class Row:
    """One line of the inbox."""

    task: Task
    campaign: str
    unit: str
    about: str
    overdue_days: int
    days_left: int | None


@dataclass(frozen=True)
class Page:
    """One page. total: of the tab under the filters. counts: tab -> number without filters."""

    rows: list[Row]
    total: int
    filters: Filters
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


def page(work: Work, filters: Filters) -> Page:
    """Return one page of the actor's inbox. Cost does not grow with the tasks of others."""
    where = (_tab(work, filters.tab, later=filters.due == "later"), *_conditions(work, filters))
    base = select(Task).where(*where)
    count = select(func.count()).select_from(Task).where(*where)
    total = work.session.scalar(count) or 0
    ordered = _ordered(base, filters.tab).limit(PAGE).offset((max(1, filters.page) - 1) * PAGE)
    tasks = list(work.session.scalars(ordered))
    names = _names(work, tasks)
    return Page([_row(work, task, names) for task in tasks], total, filters, counts(work))


def counts(work: Work) -> dict[str, int]:
    """Return how many open tasks each tab holds, and how many of both are overdue."""
    todo = _todo(work)
    each = {
        "todo": todo,
        "claimable": ~todo,
        "overdue": and_(Task.due_at.is_not(None), Task.due_at <= work.now),
    }
    sums = [func.sum(case((condition, 1), else_=0)).label(key) for key, condition in each.items()]
    row = work.session.execute(select(*sums).select_from(Task).where(_open(work))).one()
    return {key: int(getattr(row, key) or 0) for key in each}


def choices(work: Work) -> dict[str, list[tuple[str, str]]]:
    """Return what the filters offer: campaigns, duties and units that occur in the actor's open tasks."""
    mine = _open(work)
    campaigns = work.session.execute(
        select(Campaign.id, Campaign.title).join(Task, Task.campaign_id == Campaign.id).where(mine).distinct()
    )
    units = work.session.execute(
        select(Unit.id, Unit.name, Unit.path)
        .join(Task, Task.unit_id == Unit.id)
        .where(mine)
        .distinct()
        .order_by(Unit.path)
    )
    duties = work.session.execute(
        select(Task.duty, func.min(Task.title)).where(mine, Task.duty != "").group_by(Task.duty)
    )
    return {
        "campaigns": [(str(row[0]), row[1]) for row in campaigns],
        "units": [(str(row[0]), row[1]) for row in units],
        "duties": [(row[0], row[1].split("（")[0]) for row in duties],
    }


def _tab(work: Work, tab: str, *, later: bool) -> ColumnElement[bool]:
    if tab == "done":
        return and_(Task.state == "done", Task.done_by == work.actor.member_id)
    return and_(_open(work, later=later), ~_todo(work) if tab == "claimable" else _todo(work))


def _open(work: Work, *, later: bool = False) -> ColumnElement[bool]:
    """Return the condition under which an open task is the actor's to take or to finish.

    later: those that nobody has to look at before their follow-up day, instead of the others.
    """
    waits = Task.follow_up > work.today
    now = waits if later else or_(Task.follow_up.is_(None), ~waits)
    return and_(or_(Task.claimed_by.is_(None), Task.claimed_by == work.actor.member_id), now, _mine(work))


def _todo(work: Work) -> ColumnElement[bool]:
    """Return the condition under which such a task waits for the actor and for nobody else."""
    before = aliased(Task)
    came_back = exists().where(
        before.tenant_id == work.tenant.id, before.instance_id == Task.instance_id, before.node == Task.node,
        # Said as one value, so that it is found by its instance and not among all that was ever done.
        case((before.state == "done", before.done_by)) == work.actor.member_id,
    )  # fmt: skip
    mine = or_(Task.claimed_by.is_not(None), sharing.only_mine(work), came_back)
    # What is unknown (a task without a post compared with one) is not mine; its opposite must say so, too.
    return case((mine, 1), else_=0) == 1


def _mine(work: Work) -> ColumnElement[bool]:
    """Return the condition under which an open task lies at one of the actor's desks, found by an index for each of them."""
    ways = addressees.open_tasks(work)
    return Task.id.in_(union_all(*ways)) if ways else ~true()


def _conditions(work: Work, filters: Filters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.campaign:
        found.append(Task.campaign_id == filters.campaign)
    if filters.duty:
        found.append(Task.duty == filters.duty)
    if filters.unit:
        found.append(or_(Task.unit_id == filters.unit, Task.about_id == filters.unit))
    # No text of ours holds a NUL, and PostgreSQL takes none.
    if text := filters.q.replace("\0", "").strip()[:100]:
        found.append(
            or_(Task.title.contains(text, autoescape=True), Task.name.contains(text, autoescape=True))
        )
    if filters.due == "overdue":
        found.append(Task.due_at <= work.now)
    elif filters.due == "undated":
        found.append(Task.due.is_(None))
    elif filters.due in ("week", "month"):
        last = work.today + timedelta(days=7 if filters.due == "week" else 31)
        found.append(and_(Task.due.is_not(None), Task.due <= last))
    return found


def _ordered(query: Select[Any], tab: str) -> Select[Any]:
    if tab == "done":
        return query.order_by(Task.done_at.desc(), Task.id.desc())
    # Overdue come first by themselves: their date is the earliest. Undated ones come last.
    return query.order_by(Task.due_at.is_(None), Task.due_at, Task.id)


def _names(work: Work, tasks: list[Task]) -> dict[UUID, str]:
    units = {x for task in tasks for x in (task.unit_id, task.about_id) if x}
    found = (
        dict(work.session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(units))).tuples().all())
        if units
        else {}
    )
    ids = {task.campaign_id for task in tasks}
    if ids:
        found |= dict(
            work.session.execute(select(Campaign.id, Campaign.title).where(Campaign.id.in_(ids)))
            .tuples()
            .all()
        )
    return found


def _row(work: Work, task: Task, names: Mapping[UUID, str]) -> Row:
    late = overdue_days(work, task.due, task.state == "open")
    left = (task.due - work.today).days if task.due and task.state == "open" else None
    return Row(
        task, names.get(task.campaign_id, ""), names.get(task.unit_id, "") if task.unit_id else "",
        names.get(task.about_id, "") if task.about_id else "", late, left,
    )  # fmt: skip


def overdue_days(work: Work, due: date | None, is_open: bool) -> int:
    """Return by how many days something open is overdue; 0 = not."""
    return max(0, (work.today - due).days) if due and is_open else 0
