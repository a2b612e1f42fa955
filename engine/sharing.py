"""Whether a task is one member's alone: nobody else sits at its desk or holds its post, nor at any of the places beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol
from uuid import UUID

from sqlalchemy import or_, select

from engine.actors import holders
from engine.addressees import Place
from engine.models import TaskAddressee
from tenants.db import Work
from tenants.models import Member

# Posts and roles of another active member at the same desk.
Colleague = tuple[Sequence[str], Sequence[str]]


class Addressed(Protocol):
    """A task with its address. others: it has places besides that one."""

    id: UUID
    desk_id: UUID | None
    post: str | None
    others: bool


def only_mine(
    work: Work, found: Sequence[Addressed], colleagues: Iterable[Colleague]
) -> Callable[[Addressed], bool]:
    """Return what tells of each of these tasks, all of them the actor's to take, whether nobody else could take it: they are the
    only active staff of its desk, or the only holder of its post, and the same is true of every place beside its own."""
    me = work.viewer
    beside = _beside(work, [line.id for line in found if line.others])
    anywhere = any(line.desk_id is None for line in found)
    anywhere = anywhere or any(desk is None for places in beside.values() for desk, _ in places)
    here = _alone_here(work, colleagues)
    there = me.posts - _held(work) if anywhere else frozenset()

    def alone(desk: UUID | None, post: str | None) -> bool:
        return post in there if desk is None else desk == me.unit_id and post in here

    def is_mine(line: Addressed) -> bool:
        if not line.others:  # it was found by its own address
            return line.post in (here if line.desk_id is not None else there)
        return all(alone(*place) for place in ((line.desk_id, line.post), *beside.get(line.id, ())))

    return is_mine


def _alone_here(work: Work, colleagues: Iterable[Colleague]) -> frozenset[str | None]:
    """Return the posts that the actor alone holds at their desk; None among them when nobody else works there."""
    held = [posts for posts, roles in colleagues if "staff" in roles]
    alone: set[str | None] = {post for post in work.viewer.posts if not any(post in posts for posts in held)}
    return frozenset(alone if held else {None, *alone})


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
