"""Ledgers, read: lines by filter, and one line with its life."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, select

from engine.models import Instance, LedgerItem, Task
from engine.progress import PLACE
from engine.running import Running, running_of
from tenants import access
from tenants.db import Work
from tenants.errors import NotFound
from tenants.models import Unit
from tenants.text import say

PAGE = 50


@dataclass(frozen=True)
class Query:
    """What the reader asked for. facets: field of the item -> wanted value."""

    state: str = ""
    unit: UUID | None = None
    q: str = ""
    facets: Mapping[str, str] | None = None
    page: int = 1


@dataclass(frozen=True)
class Line:
    """One item with its unit's name. due: when the step it waits for is due, the earliest."""

    item: LedgerItem
    unit: str
    due: date | None = None


def lines(work: Work, live: Running, ledger: str, query: Query) -> tuple[list[Line], int]:
    """Return one page of a ledger, as far as the viewer may see it, and how many lines there are."""
    if ledger not in live.package.ledgers:
        raise NotFound(say("没有找到这本台账。"))
    conditions = _conditions(work, live, ledger, query)
    total = work.session.scalar(
        select(func.count())
        .select_from(LedgerItem)
        .join(Instance, Instance.id == LedgerItem.instance_id)
        .where(*conditions)
    )
    found = (
        select(LedgerItem, Unit.name)
        .join(Instance, Instance.id == LedgerItem.instance_id)
        .outerjoin(Unit, Unit.id == LedgerItem.unit_id)
        .where(*conditions)
        .order_by(LedgerItem.closed, LedgerItem.number)
        .limit(PAGE)
        .offset((max(1, query.page) - 1) * PAGE)
    )
    rows = work.session.execute(found).all()
    dues = _dues(work, [row[0].instance_id for row in rows])
    return [Line(row[0], row[1] or "", dues.get(row[0].instance_id)) for row in rows], total or 0


def units(work: Work, live: Running, ledger: str) -> list[tuple[str, str]]:
    """Return (id, name) of the units that have items in a ledger, as far as the viewer may see them."""
    query = (
        select(Unit.id, Unit.name)
        .join(LedgerItem, LedgerItem.unit_id == Unit.id)
        .join(Instance, Instance.id == LedgerItem.instance_id)
        .where(*_conditions(work, live, ledger, Query()))
        .distinct()
        .order_by(Unit.name)
    )
    return [(str(row.id), row.name) for row in work.session.execute(query)]


def statuses(work: Work, live: Running, ledger: str) -> dict[str, int]:
    """Return status -> number of lines, in the order of the ledger's states."""
    counted = dict(
        work.session.execute(
            select(LedgerItem.status, func.count())
            .join(Instance, Instance.id == LedgerItem.instance_id)
            .where(*_conditions(work, live, ledger, Query()))
            .group_by(LedgerItem.status)
        )
        .tuples()
        .all()
    )
    ordered = {state: counted.pop(state, 0) for state in live.package.ledgers[ledger].states}
    return ordered | counted


def item(work: Work, item_id: UUID) -> tuple[LedgerItem, Instance, Running]:
    """Return a line that the viewer may see, with its instance and campaign; raise NotFound."""
    query = (
        select(LedgerItem, Instance)
        .join(Instance, Instance.id == LedgerItem.instance_id)
        .where(LedgerItem.id == item_id, access.visible(work.viewer, PLACE))
    )
    row = work.session.execute(query).one_or_none()
    if row is None:
        raise NotFound(say("没有找到台账中的这一条。"))
    return row[0], row[1], running_of(work, row[1])


def _dues(work: Work, ids: list[UUID]) -> dict[UUID, date]:
    query = (
        select(Task.instance_id, func.min(Task.due))
        .where(Task.instance_id.in_(ids), Task.state == "open", Task.due.is_not(None))
        .group_by(Task.instance_id)
    )
    return {row[0]: row[1] for row in work.session.execute(query) if row[1]} if ids else {}


def _conditions(work: Work, live: Running, ledger: str, query: Query) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [
        LedgerItem.campaign_id == live.campaign.id, LedgerItem.ledger == ledger, access.visible(work.viewer, PLACE),
    ]  # fmt: skip
    if query.state:
        found.append(LedgerItem.status == query.state)
    if query.unit:
        found.append(LedgerItem.unit_id == query.unit)
    # No text of ours holds a NUL, and PostgreSQL takes none.
    if words := query.q.replace("\0", "").strip()[:100]:
        found.append(LedgerItem.title.contains(words, autoescape=True))
    for name, value in (query.facets or {}).items():
        odd = "\0" in name + value
        found.append(false() if odd else LedgerItem.data[name].as_string() == value)
    return found
