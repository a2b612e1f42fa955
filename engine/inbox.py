"""The inbox: what is mine to do, overdue first. Reads the indexed task table, never process state.

To do is what I have claimed, what nobody but me could take, and what came back to me. What lies at a desk or a post that I
share may be claimed. Nothing has to be claimed to be done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select

from engine import listed, waiting
from engine.listed import PAGE, Row
from engine.models import Campaign, Task
from engine.waiting import Line, WholeLine
from tenants.db import Work
from tenants.models import Unit

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
    waits = waiting.read(work, WholeLine if _narrowed(filters) else Line)
    shared = waiting.claimable(work, waits)
    now, later = _parted(work, waits.lines)
    first = (max(1, filters.page) - 1) * PAGE
    if filters.tab == "done":
        total, ids = _done(work, filters, first)
    else:
        found = later if filters.due == "later" else now
        if filters.tab == "claimable" or shared:
            found = [line for line in found if (line.id in shared) is (filters.tab == "claimable")]
        if _narrowed(filters):
            found = [line for line in found if _fits(work, cast(WholeLine, line), filters)]
        total, ids = len(found), [line.id for line in waiting.due_first(found)[first : first + PAGE]]
    return Page(listed.rows(work, ids), total, filters, _counted(work, now, shared))


def counts(work: Work) -> dict[str, int]:
    """Return how many open tasks each tab holds, and how many of both are overdue."""
    waits = waiting.read(work)
    return _counted(work, _parted(work, waits.lines)[0], waiting.claimable(work, waits))


def _parted(work: Work, lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """Return what is to be looked at now, and what nobody has to look at before its follow-up day."""
    later = [line for line in lines if line.follow_up is not None and line.follow_up > work.today]
    return [line for line in lines if line not in later] if later else list(lines), later


def _counted(work: Work, now: Sequence[Line], shared: Set[UUID]) -> dict[str, int]:
    claimable = sum([line.id in shared for line in now]) if shared else 0
    overdue = sum([line.due_at is not None and line.due_at <= work.now for line in now])
    return {"todo": len(now) - claimable, "claimable": claimable, "overdue": overdue}


def choices(work: Work) -> dict[str, list[tuple[str, str]]]:
    """Return what the filters offer: campaigns, duties and units that occur in the actor's open tasks."""
    waits = cast(list[WholeLine], _parted(work, waiting.read(work, WholeLine).lines)[0])
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


def overdue_days(work: Work, due: date | None, is_open: bool) -> int:
    """Return by how many days something open is overdue; 0 = not."""
    return max(0, (work.today - due).days) if due and is_open else 0
