"""Desks: at which unit's desk a task lands. A task is never stuck because nobody sits where it was sent."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import bindparam, select

from engine.actors import Pick, all_units, holders
from engine.lineage import above, authority
from engine.rows import AnyUnit
from tenants.base import table_of
from tenants.db import Work
from tenants.models import Member
from tenants.prepared import Prepared

# Of more units than this, whoever sits anywhere is read: to name them all takes longer.
_MANY = 200
_M = table_of(Member)
_STAFF = Prepared(
    select(_M.c.posts, _M.c.roles).where(
        _M.c.tenant_id == bindparam("tenant"), _M.c.unit_id == bindparam("unit"), _M.c.active.is_(True)
    )
)
_EVERYBODY = Prepared(
    select(_M.c.unit_id, _M.c.posts, _M.c.roles).where(
        _M.c.tenant_id == bindparam("tenant"), _M.c.active.is_(True)
    )
)


class Desks:
    """Who sits where, read once for a command: at the start for `units` and the desks above them, else when it is asked."""

    def __init__(self, work: Work, units: Iterable[AnyUnit] = ()) -> None:
        self._work, self._me = work, work.viewer
        self._read: set[UUID] = set()
        self._everybody = False
        self._posts: dict[UUID, set[str]] = {}
        self._held: dict[str, bool] = {}
        some = list(units)
        if len(some) > _MANY:
            self._everybody = True
            self._note(_EVERYBODY.rows(work.session))
        else:
            self._learn({unit_id for unit in some for unit_id in (*above(unit), unit.id)})

    def address(self, pick: Pick) -> tuple[UUID | None, str | None]:
        """Return (desk, post) where the task is worked off.

        A crew without an account of its own is served by the desk above it; a post that nobody holds in a unit falls to the
        unit's staff. A post anywhere in the tenant stays as it is; held by nobody, it falls to the authority's desk.
        """
        unit, post = pick
        if unit is None:
            return (None, post) if post and self._somebody_holds(post) else (self._authority(), None)
        me = self._me
        if "staff" in me.roles and unit.id == me.unit_id and (post is None or post in me.posts):
            return unit.id, post  # the actor sits there
        for unit_id in (unit.id, *above(unit)[::-1]):
            posts = self._held_in(unit_id)
            if posts is not None:
                return unit_id, post if post in posts else None
        return unit.id, None

    def _held_in(self, unit_id: UUID) -> set[str] | None:
        """Return the posts that are held in a unit; None where nobody sits."""
        if not self._everybody and unit_id not in self._read:
            self._read.add(unit_id)
            self._note((unit_id, *row) for row in _STAFF.rows(self._work.session, unit=unit_id))
        return self._posts.get(unit_id)

    def _note(self, rows: Iterable[tuple[UUID, list[str], list[str]]]) -> None:
        for unit_id, posts, roles in rows:
            if "staff" in roles:
                self._posts.setdefault(unit_id, set()).update(posts)

    def _learn(self, ids: Iterable[UUID]) -> None:
        wanted = set() if self._everybody else set(ids) - self._read
        self._read.update(wanted)
        if wanted:
            query = select(Member.unit_id, Member.posts, Member.roles).where(
                Member.active.is_(True), Member.unit_id.in_(wanted)
            )
            self._note(tuple(row) for row in self._work.session.execute(query))

    def _somebody_holds(self, post: str) -> bool:
        if post not in self._held:
            query = select(Member.posts, Member.roles).where(Member.active.is_(True), holders(post))
            self._held[post] = any(
                post in row.posts and "staff" in row.roles for row in self._work.session.execute(query)
            )
        return self._held[post]

    def _authority(self) -> UUID | None:
        """Return the first desk of the authority where somebody sits: what is addressed to nobody must not vanish."""
        offices = list(authority(all_units(self._work)))
        self._learn(offices)
        return next((unit_id for unit_id in offices if unit_id in self._posts), None)
