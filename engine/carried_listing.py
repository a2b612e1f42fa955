"""Items of authorities below that are kept up to date here, read: by ledger, status, authority."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, false, func, or_, select

from engine.deliveries.intake import desk
from engine.rollup.models import CarriedItem
from engine.running import Running
from tenants.base import id_in
from tenants.db import Work
from tenants.models import Unit

PAGE = 50


@dataclass(frozen=True)
class Query:
    """What the reader asked for. of: an authority. chosen: only those that still meet the condition."""

    q: str = ""
    status: str = ""
    of: str = ""
    chosen: bool = True
    page: int = 1


def items(work: Work, live: Running, ledger: str, asked: Query) -> tuple[list[CarriedItem], int]:
    """Return a page of what authorities below keep this one up to date about, the open ones first, and how many there are."""
    where = _where(work, live, ledger)
    if asked.chosen:
        where.append(CarriedItem.chosen.is_(True))
    if asked.status:
        where.append(CarriedItem.status == asked.status)
    if asked.of:
        where.append(CarriedItem.other_id == id_in(asked.of))
    if words := asked.q.replace("\0", "").strip()[:100]:
        told = CarriedItem.title, CarriedItem.unit, CarriedItem.other_name
        where.append(or_(*(one.contains(words, autoescape=True) for one in told)))
    count = work.session.scalar(select(func.count()).select_from(CarriedItem).where(*where)) or 0
    order = (CarriedItem.closed, CarriedItem.changed_at.desc(), CarriedItem.id)
    query = (
        select(CarriedItem).where(*where).order_by(*order).limit(PAGE).offset((max(1, asked.page) - 1) * PAGE)
    )
    return list(work.session.scalars(query)), count


def counted(work: Work, live: Running) -> Mapping[str, int]:
    """Return ledger -> how many items stand on its list."""
    query = (
        select(CarriedItem.ledger, func.count().label("n"))
        .where(*_seen(work, live), CarriedItem.chosen.is_(True))
        .group_by(CarriedItem.ledger)
    )
    return {row.ledger: int(row.n) for row in work.session.execute(query)}


def authorities(work: Work, live: Running, ledger: str) -> list[tuple[str, str]]:
    """Return (id, name) of the authorities that have items in it."""
    query = select(CarriedItem.other_id, CarriedItem.other_name).where(*_where(work, live, ledger)).distinct()
    return sorted(
        ((str(row.other_id), row.other_name) for row in work.session.execute(query)), key=lambda one: one[1]
    )


def _where(work: Work, live: Running, ledger: str) -> list[ColumnElement[bool]]:
    return [*_seen(work, live), CarriedItem.ledger == ledger]


def _seen(work: Work, live: Running) -> list[ColumnElement[bool]]:
    """Return the conditions: whoever may see the unit that stands for an authority sees its items; where none stands for it,
    whoever may see the authority's own unit."""
    where = [CarriedItem.side == "in", CarriedItem.package == live.package.id]
    units = work.viewer.units
    if units is None:
        return where
    stands = {
        row.authority_id: row.id
        for row in work.session.execute(
            select(Unit.id, Unit.authority_id).where(Unit.authority_id.is_not(None))
        )
    }
    mine: list[UUID] = [key for key, unit in stands.items() if key is not None and unit in units]
    ours = desk(work)
    rest = CarriedItem.other_id.not_in(list(stands)) if ours is not None and ours.id in units else false()
    return [*where, or_(CarriedItem.other_id.in_(mine), rest)]
