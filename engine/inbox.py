"""The inbox: what is mine to do, overdue first. Reads the indexed task table, never process state.

To do is what I have claimed, what nobody but me could take, and what came back to me. What lies at a desk or a post that I
share may be claimed. Nothing has to be claimed to be done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, func, or_, select

from engine import waiting
from engine.models import Campaign, Task
from engine.rows import columns
from engine.waiting import Line, WholeLine
from tenants.base import table_of
from tenants.db import Work
from tenants.models import Unit
from tenants.prepared import Prepared

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


@dataclass(slots=True)
class Listed:
    """A task as a line of the inbox tells it; as `engine.models.Task`."""

    id: UUID
    instance_id: UUID
    campaign_id: UUID
    node: str
    process: str
    place: str
    item: str
    name: str
    form: str
    title: str
    duty: str
    ledger: str
    unit_id: UUID | None
    about_id: UUID | None
    desk_id: UUID | None
    post: str | None
    due: date | None
    words: str
    state: str
    claimed_by: UUID | None
    claimed_name: str | None
    done_at: datetime | None
    done_name: str | None


_T, _C = table_of(Task), table_of(Campaign)
_WHOSE, _ABOUT = table_of(Unit).alias("whose"), table_of(Unit).alias("about")
# So many places, filled up with the last id: one statement whatever their number.
_IDS: list[BindParameter[UUID]] = [bindparam(f"id{number}") for number in range(PAGE)]
_PAGE_OF = Prepared(
    select(*columns(Listed, _T), _C.c.title, _WHOSE.c.name, _ABOUT.c.name)
    .select_from(_T)
    .join(_C, and_(_C.c.tenant_id == _T.c.tenant_id, _C.c.id == _T.c.campaign_id))
    .outerjoin(_WHOSE, and_(_WHOSE.c.tenant_id == _T.c.tenant_id, _WHOSE.c.id == _T.c.unit_id))
    .outerjoin(_ABOUT, and_(_ABOUT.c.tenant_id == _T.c.tenant_id, _ABOUT.c.id == _T.c.about_id))
    .where(_T.c.tenant_id == bindparam("tenant"), or_(*(_T.c.id == one for one in _IDS)))
)


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
    waits = waiting.whole_lines(work) if _narrowed(filters) else waiting.lines(work)
    mine = waiting.mine(work, waits)
    first = (max(1, filters.page) - 1) * PAGE
    if filters.tab == "done":
        total, ids = _done(work, filters, first)
    else:
        later = filters.due == "later"
        found = [
            line
            for line in waits
            if _is_later(work, line) is later
            and (line.id in mine) is (filters.tab != "claimable")
            and (not isinstance(line, WholeLine) or _fits(work, line, filters))
        ]
        total, ids = len(found), [line.id for line in waiting.due_first(found)[first : first + PAGE]]
    return Page(_rows(work, ids), total, filters, _counted(work, waits, mine))


def counts(work: Work) -> dict[str, int]:
    """Return how many open tasks each tab holds, and how many of both are overdue."""
    waits = waiting.lines(work)
    return _counted(work, waits, waiting.mine(work, waits))


def _counted(work: Work, waits: Sequence[Line], mine: Set[UUID]) -> dict[str, int]:
    now = [line for line in waits if not _is_later(work, line)]
    todo = sum(line.id in mine for line in now)
    overdue = sum(line.due_at is not None and line.due_at <= work.now for line in now)
    return {"todo": todo, "claimable": len(now) - todo, "overdue": overdue}


def choices(work: Work) -> dict[str, list[tuple[str, str]]]:
    """Return what the filters offer: campaigns, duties and units that occur in the actor's open tasks."""
    waits = [line for line in waiting.whole_lines(work) if not _is_later(work, line)]
    campaigns, units = {line.campaign_id for line in waits}, {line.unit_id for line in waits if line.unit_id}
    duties: dict[str, str] = {}
    for line in waits:
        if line.duty:
            duties[line.duty] = min(line.title, duties.get(line.duty, line.title))
    titled = select(Campaign.id, Campaign.title).where(Campaign.id.in_(campaigns))
    named = select(Unit.id, Unit.name).where(Unit.id.in_(units)).order_by(Unit.path)
    return {
        "campaigns": [(str(row.id), row.title) for row in work.session.execute(titled)] if waits else [],
        "units": [(str(row.id), row.name) for row in work.session.execute(named)] if units else [],
        "duties": [(duty, title.split("（")[0]) for duty, title in sorted(duties.items())],
    }


def _narrowed(filters: Filters) -> bool:
    return bool(
        filters.campaign or filters.duty or filters.unit or filters.q or filters.due not in ("", "later")
    )


def _is_later(work: Work, line: Line) -> bool:
    """Tell whether nobody has to look at a task before its follow-up day."""
    return line.follow_up is not None and line.follow_up > work.today


def _fits(work: Work, line: WholeLine, filters: Filters) -> bool:
    text = _text(filters).casefold()
    if filters.campaign not in (None, line.campaign_id) or filters.duty not in ("", line.duty):
        return False
    if filters.unit is not None and filters.unit not in (line.unit_id, line.about_id):
        return False
    if text not in line.title.casefold() and text not in line.name.casefold():
        return False
    if filters.due == "overdue":
        return line.due_at is not None and line.due_at <= work.now
    if filters.due == "undated":
        return line.due is None
    if filters.due in ("week", "month"):
        last = work.today + timedelta(days=7 if filters.due == "week" else 31)
        return line.due is not None and line.due <= last
    return True


def _text(filters: Filters) -> str:
    # No text of ours holds a NUL, and PostgreSQL takes none.
    return filters.q.replace("\0", "").strip()[:100]


def _done(work: Work, filters: Filters, first: int) -> tuple[int, list[UUID]]:
    """Return how many tasks the actor has done under the filters, and those of the page, the last first."""
    where: list[ColumnElement[bool]] = [Task.state == "done", Task.done_by == work.actor.member_id]
    if filters.campaign:
        where.append(Task.campaign_id == filters.campaign)
    if filters.duty:
        where.append(Task.duty == filters.duty)
    if filters.unit:
        where.append(or_(Task.unit_id == filters.unit, Task.about_id == filters.unit))
    if text := _text(filters):
        where.append(
            or_(Task.title.icontains(text, autoescape=True), Task.name.icontains(text, autoescape=True))
        )
    total = work.session.scalar(select(func.count()).select_from(Task).where(*where)) or 0
    newest = select(Task.id).where(*where).order_by(Task.done_at.desc(), Task.id.desc())
    return total, list(work.session.scalars(newest.limit(PAGE).offset(first)))


def _rows(work: Work, ids: Sequence[UUID]) -> list[Row]:
    """Return the lines of a page, in the order of the ids."""
    if not ids:
        return []
    places = {f"id{number}": ids[min(number, len(ids) - 1)] for number in range(PAGE)}
    found = {row[0]: row for row in _PAGE_OF.rows(work.session, **places)}
    return [_row(work, Listed(*found[key][:-3]), *found[key][-3:]) for key in ids if key in found]


def _row(work: Work, task: Listed, campaign: str, unit: str | None, about: str | None) -> Row:
    late = overdue_days(work, task.due, task.state == "open")
    left = (task.due - work.today).days if task.due and task.state == "open" else None
    return Row(
        cast(Task, task), campaign, unit or "", about or "", late, left
    )  # it has what lists read of a task


def overdue_days(work: Work, due: date | None, is_open: bool) -> int:
    """Return by how many days something open is overdue; 0 = not."""
    return max(0, (work.today - due).days) if due and is_open else 0
