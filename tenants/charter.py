"""Many authorities at once: the tenant tree and its reporting lines taken over from a table, by whoever runs the house."""

from __future__ import annotations

from collections import defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from tenants import audit
from tenants.base import new_id
from tenants.db import Work
from tenants.models import ReportingLine, Tenant
from tenants.roster import authorities
from tenants.roster.authorities import Edges, Known, TenantPlan, Wanted
from tenants.sheets import Sheet

# The name of the line to the superior, which every tenant with one has.
_PARENT = "parent"


def known(session: Session) -> list[Known]:
    """Return all tenants with their superiors and lines, superiors first. Reads global tables only."""
    tenants = list(session.scalars(select(Tenant).order_by(Tenant.code, Tenant.slug)))
    slugs = {tenant.id: tenant.slug for tenant in tenants}
    lines: dict[UUID, set[tuple[str, str]]] = defaultdict(set)
    for line in session.scalars(select(ReportingLine).where(ReportingLine.name != _PARENT)):
        lines[line.from_id].add((line.name, slugs[line.to_id]))
    order = list(authorities.LEVELS)
    found = [
        Known(one, slugs[one.parent_id] if one.parent_id else "", Edges(lines[one.id])) for one in tenants
    ]
    return sorted(found, key=lambda one: order.index(one.tenant.level))


def plan(session: Session, sheet: Sheet) -> TenantPlan:
    """Return what a table of tenants would do. Raises Invalid with all its problems."""
    return authorities.plan(sheet, known(session))


def take_over(session: Session, sheet: Sheet) -> TenantPlan:
    """Carry a table out, all of it or nothing; return what was done. Whoever calls this then records it in every tenant."""
    decided = plan(session, sheet)
    ids = {one.tenant.slug: one.tenant.id for one in known(session)}
    ids |= {one.slug: new_id() for one in decided.new}
    for one in decided.new:
        session.add(Tenant(id=ids[one.slug], slug=one.slug, **_row(one, ids)))
    for one in decided.changed:
        if one.before is not None:
            for key, value in _row(one, ids).items():
                setattr(one.before.tenant, key, value)
    session.flush()
    _draw_lines(session, [*decided.new, *decided.changed], ids)
    return decided


def record(work: Work, one: Wanted) -> None:
    """Write down in a tenant that it was changed by a table."""
    before, after = ({key: _plain(pair[side]) for key, pair in one.changes.items()} for side in (0, 1))
    audit.record(
        work, "tenant.change", "tenant", work.tenant.id, before=before, after=after, through="luoshi"
    )


def _row(one: Wanted, ids: dict[str, UUID]) -> dict[str, Any]:
    values = one.values
    parent = ids[values["parent"]] if values["parent"] else None
    return {
        "name": values["name"],
        "level": values["level"],
        "code": values["code"] or None,
        "parent_id": parent,
    }


def _draw_lines(session: Session, tenants: list[Wanted], ids: dict[str, UUID]) -> None:
    """Draw the reporting lines of tenants anew where they changed."""
    touched = [one for one in tenants if one.before is None or {"parent", "lines"} & one.changes.keys()]
    for one in touched:
        if one.before is not None:
            session.execute(delete(ReportingLine).where(ReportingLine.from_id == ids[one.slug]))
    rows = [
        {"id": new_id(), "name": name, "from_id": ids[one.slug], "to_id": ids[slug]}
        for one in touched
        for name, slug in [
            *sorted(one.values["lines"]),
            *([(_PARENT, one.values["parent"])] if one.values["parent"] else []),
        ]
    ]
    if rows:
        session.execute(insert(ReportingLine), rows)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value
