"""Whether a task is one member's alone: nobody else sits at its desk or holds its post, nor at any of the places beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, or_, select
from sqlalchemy.orm import aliased

from engine.actors import holders
from engine.addressees import Place
from engine.models import Task, TaskAddressee
from tenants import access
from tenants.db import Work
from tenants.models import Member


def only_mine(work: Work) -> ColumnElement[bool]:
    """Return the condition under which nobody but the actor could take a task that is theirs: they are the only active staff
    of its desk, or the only holder of its post, and the same is true of every place beside its own."""
    alone = _alone(work)
    if not alone:
        return false()
    beside = aliased(TaskAddressee)
    shared = exists().where(
        beside.tenant_id == work.tenant.id, beside.task_id == Task.id,
        case((_at(alone, beside.desk_id, beside.post), 1), else_=0) == 0,
    )  # fmt: skip
    return and_(_at(alone, Task.desk_id, Task.post), or_(Task.others.is_(False), ~shared))


def _alone(work: Work) -> list[Place]:
    """Return the places at which the actor alone works: one small query."""
    me = work.viewer
    if me.unit_id is None or not access.may(me, "task.work"):
        return []
    near = or_(Member.unit_id == me.unit_id, *(holders(post) for post in sorted(me.posts)))
    rows = work.session.execute(
        select(Member.unit_id, Member.posts, Member.roles).where(
            Member.active.is_(True), Member.id != me.member_id, near
        )
    )
    others = [(row.unit_id, frozenset(row.posts)) for row in rows if "staff" in row.roles]
    here = [posts for unit_id, posts in others if unit_id == me.unit_id]
    places: list[Place] = [] if here else [(me.unit_id, None)]
    for post in sorted(me.posts):
        if not any(post in posts for posts in here):
            places.append((me.unit_id, post))
        if not any(post in posts for _, posts in others):
            places.append((None, post))
    return places


def _at(places: Sequence[Place], desk: Any, post: Any) -> ColumnElement[bool]:
    return or_(
        *(
            and_(
                desk.is_(None) if at is None else desk == at, post.is_(None) if held is None else post == held
            )
            for at, held in places
        )
    )
