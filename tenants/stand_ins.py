"""Stand-ins: each authority below has a unit here, so that duties name it, lists show it and numbers count it as any other."""

from __future__ import annotations

from sqlalchemy import select

from tenants import directory, lines
from tenants.db import Work
from tenants.models import Tenant, Unit


def complete(work: Work) -> list[Unit]:
    """Add a unit for each authority directly below that has none yet, under the topmost, and return those that were added.

    A tenant without any unit gets none: its top unit comes first. Raises Forbidden.
    """
    top = work.session.scalar(
        select(Unit).where(Unit.parent_id.is_(None), Unit.active.is_(True)).order_by(Unit.id).limit(1)
    )
    if top is None:
        return []
    query = select(Unit.authority_id).where(Unit.authority_id.is_not(None))
    known = set(work.session.scalars(query))
    return [
        _add(work, top, child) for child in lines.below(work.session, work.tenant.id) if child.id not in known
    ]


def _add(work: Work, top: Unit, child: Tenant) -> Unit:
    wanted = child.code or child.slug
    taken = work.session.scalar(select(Unit.id).where(Unit.code == wanted)) is not None
    code = directory.free_code(work, child.level) if taken else wanted
    unit = directory.add_unit(
        work, code, child.name, child.level, parent_id=top.id, attributes={"level": child.level}
    )
    unit.authority_id = child.id
    return unit
