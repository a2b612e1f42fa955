"""Whether a task is one member's alone: nobody else sits at its desk or holds its post, nor at any of the places beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol
from uuid import UUID

from sqlalchemy import bindparam, or_, select

from engine.actors import holders
from engine.addressees import Place
from engine.models import TaskAddressee
from tenants import access
from tenants.base import table_of
from tenants.db import Work
from tenants.models import Member
from tenants.prepared import Prepared

_M = table_of(Member)
_BESIDE_ME = Prepared(
    select(_M.c.posts, _M.c.roles).where(
        _M.c.tenant_id == bindparam("tenant"), _M.c.unit_id == bindparam("unit"), _M.c.active.is_(True),
        _M.c.id != bindparam("me"),
    )
)  # fmt: skip


class Addressed(Protocol):
    """A task with its address. others: it has places besides that one."""

    id: UUID
    desk_id: UUID | None
    post: str | None
    others: bool


def only_mine(work: Work, found: Sequence[Addressed]) -> set[UUID]:
    """Return which of these tasks, all of them the actor's to take, nobody but the actor could take: they are the only active
    staff of its desk, or the only holder of its post, and the same is true of every place beside its own."""
    anywhere = any(line.desk_id is None for line in found)
    asked = [line.id for line in found if line.others]
    beside = _beside(work, asked)
    anywhere = anywhere or any(desk is None for places in beside.values() for desk, _ in places)
    alone = _alone(work, anywhere=anywhere) if found else frozenset[Place]()
    return {
        line.id
        for line in found
        if (line.desk_id, line.post) in alone and all(place in alone for place in beside.get(line.id, ()))
    }


def _alone(work: Work, *, anywhere: bool) -> frozenset[Place]:
    """Return the places at which the actor alone works. anywhere: posts wherever they are held, too."""
    me = work.viewer
    if me.unit_id is None or not access.may(me, "task.work"):
        return frozenset()
    rows = _BESIDE_ME.rows(work.session, unit=me.unit_id, me=me.member_id)
    here = [frozenset(posts) for posts, roles in rows if "staff" in roles]
    places: set[Place] = set() if here else {(me.unit_id, None)}
    places |= {(me.unit_id, post) for post in me.posts if not any(post in posts for posts in here)}
    if anywhere:
        held = _held(work)
        places |= {(None, post) for post in me.posts if post not in held}
    return frozenset(places)


def _held(work: Work) -> frozenset[str]:
    """Return the posts that active staff besides the actor hold, of those that the actor holds."""
    me = work.viewer
    query = select(Member.posts, Member.roles).where(
        Member.active.is_(True), Member.id != me.member_id, or_(*(holders(post) for post in sorted(me.posts)))
    )
    rows = work.session.execute(query) if me.posts else ()
    return frozenset(post for row in rows if "staff" in row.roles for post in row.posts)


def _beside(work: Work, task_ids: Iterable[UUID]) -> dict[UUID, list[Place]]:
    wanted = sorted(task_ids)
    if not wanted:
        return {}
    lines = select(TaskAddressee.task_id, TaskAddressee.desk_id, TaskAddressee.post)
    found: dict[UUID, list[Place]] = {}
    for row in work.session.execute(lines.where(TaskAddressee.task_id.in_(wanted))):
        found.setdefault(row.task_id, []).append((row.desk_id, row.post))
    return found
