"""Desks: at which unit's desk a task lands. A task is never stuck because nobody sits where it was sent."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from engine.actors import Pick
from tenants.db import Work
from tenants.models import Member, Unit


class Desks:
    """Who sits where, read once for a command.

    units: those that tasks may be addressed to; the desks above them are read too. Without it all desks of the tenant.
    """

    def __init__(self, work: Work, units: Iterable[Unit] | None = None) -> None:
        query = select(Member.unit_id, Member.posts, Member.roles).where(Member.active.is_(True))
        if units is not None:
            ids = {UUID(part) for unit in units for part in unit.path.strip("/").split("/")}
            query = query.where(Member.unit_id.in_(ids))
        self._posts: dict[UUID, set[str]] = {}
        for row in work.session.execute(query):
            if "staff" in row.roles:
                self._posts.setdefault(row.unit_id, set()).update(row.posts)

    def address(self, pick: Pick) -> tuple[UUID | None, str | None]:
        """Return (desk, post) where the task is worked off.

        A crew without an account of its own is served by the desk above it; a post that nobody holds in a unit falls to the
        unit's staff. A post anywhere in the tenant stays as it is.
        """
        if pick.unit is None:
            return None, pick.post
        for unit_id in reversed([UUID(part) for part in pick.unit.path.strip("/").split("/")]):
            posts = self._posts.get(unit_id)
            if posts is not None:
                return unit_id, pick.post if pick.post in posts else None
        return pick.unit.id, None
