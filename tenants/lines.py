"""Reporting lines between authorities: to whom one reports along a line. Reads global tables only."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tenants.models import ReportingLine, Tenant

# The name of the line to the superior, which every authority with one has.
PARENT = "parent"


def along(session: Session, tenant_id: UUID, name: str) -> Tenant | None:
    """Return the authority to which one reports along the line of that name; None where there is none.

    Of several the one that was drawn first.
    """
    query = (
        select(Tenant)
        .join(ReportingLine, ReportingLine.to_id == Tenant.id)
        .where(ReportingLine.from_id == tenant_id, ReportingLine.name == name)
        .order_by(ReportingLine.id)
    )
    return session.scalar(query.limit(1))


def reached(session: Session, tenant_id: UUID, line: str | None, level: str) -> Tenant | None:
    """Return the authority along a line, else the nearest of a level above; None where there is none."""
    return along(session, tenant_id, line) if line else superiors(session, tenant_id).get(level)


def leads(session: Session, from_id: UUID, to_id: UUID) -> bool:
    """Tell whether any line leads from one authority to the other."""
    query = select(ReportingLine.id).where(ReportingLine.from_id == from_id, ReportingLine.to_id == to_id)
    return session.scalar(query.limit(1)) is not None


def climbs(session: Session, from_id: UUID, to_id: UUID) -> bool:
    """Tell whether lines to the superior lead up from one authority to the other, over however many levels."""
    one = session.get(Tenant, from_id)
    while one is not None and one.parent_id is not None and leads(session, one.id, one.parent_id):
        if one.parent_id == to_id:
            return True
        one = session.get(Tenant, one.parent_id)
    return False


def adjoin(session: Session, one_id: UUID, other_id: UUID) -> bool:
    """Tell whether two authorities stand at the ends of one line, whichever way it leads, or one right above the other."""
    return any(one.id == other_id for one in beside(session, one_id))


def beside(session: Session, tenant_id: UUID) -> list[Tenant]:
    """Return the authorities at the other end of a line of one's own: above first, then those below and across, by codes."""
    own = session.get_one(Tenant, tenant_id)
    up = select(ReportingLine.to_id).where(ReportingLine.from_id == tenant_id)
    down = select(ReportingLine.from_id).where(ReportingLine.to_id == tenant_id)
    query = select(Tenant).where(
        or_(Tenant.id.in_(up), Tenant.id.in_(down), Tenant.parent_id == tenant_id, Tenant.id == own.parent_id)
    )
    found = session.scalars(query.order_by(Tenant.code, Tenant.slug)).all()
    above = {*session.scalars(up), own.parent_id}
    return sorted((one for one in found if one.id != tenant_id), key=lambda one: one.id not in above)


def superiors(session: Session, tenant_id: UUID) -> Mapping[str, Tenant]:
    """Return level -> the nearest authority of that level above one. Asked once for each session."""
    known: dict[UUID, dict[str, Tenant]] = session.info.setdefault("superiors", {})
    if tenant_id not in known:
        found: dict[str, Tenant] = {}
        one = session.get(Tenant, tenant_id)
        while one is not None and one.parent_id is not None:
            one = session.get_one(Tenant, one.parent_id)
            found.setdefault(one.level, one)
        known[tenant_id] = found
    return known[tenant_id]


def tenant(session: Session, tenant_id: UUID) -> Tenant | None:
    """Return an authority."""
    return session.get(Tenant, tenant_id)


def below(session: Session, tenant_id: UUID) -> list[Tenant]:
    """Return the authorities directly below one, by their codes."""
    query = select(Tenant).where(Tenant.parent_id == tenant_id).order_by(Tenant.code, Tenant.slug)
    return list(session.scalars(query))
