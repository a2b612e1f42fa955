"""What waits for one who looks: the open tasks at their desk and posts, each way found by an index of its own, judged here.

To do is what they have claimed, what nobody but them could take, and what came back to them; the rest may be claimed. Cost grows
with what lies at their own places, not with the tasks of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Select, Text, and_, bindparam, case, cast, literal, null, select, union_all

from engine import sharing
from engine.models import Task, TaskAddressee
from tenants import access
from tenants.base import table_of
from tenants.db import Work
from tenants.models import Member
from tenants.prepared import Prepared


@dataclass(slots=True)
class Line:
    """An open task as far as it has to be known to put it in its place. way: how it was found; asked: the post that is asked for
    there."""

    way: str
    asked: str | None
    id: UUID
    desk_id: UUID | None
    post: str | None
    others: bool
    claimed_by: UUID | None
    due_at: datetime | None
    follow_up: date | None


@dataclass(slots=True)
class WholeLine(Line):
    """The same with what filters ask for."""

    due: date | None
    campaign_id: UUID
    duty: str
    title: str
    name: str
    unit_id: UUID | None
    about_id: UUID | None


@dataclass(frozen=True)
class Waiting:
    """What the actor may take or finish, and who else sits at their desk."""

    lines: Sequence[Line]
    colleagues: Sequence[sharing.Colleague]


_T, _B, _M = table_of(Task), table_of(TaskAddressee), table_of(Member)
_BEFORE = table_of(Task).alias("before")
_OPEN = (_T.c.tenant_id == bindparam("tenant"), _T.c.state == "open")
_OFFERED = _T.join(_B, and_(_B.c.tenant_id == _T.c.tenant_id, _B.c.task_id == _T.c.id))
# By its own address a task is found once; by those beside it perhaps several times.
_OWN, _BESIDE = "own", "beside"
# Who else sits at the desk comes along: that costs less than a journey of its own.
_COLLEAGUE = "colleague"
# What has no date comes after all that has.
_LAST = datetime.max.replace(tzinfo=UTC)


def _ways(posts: int) -> Iterator[tuple[str, Any, tuple[Any, ...], Any]]:
    """Yield the ways to a task: (name, from where, under which condition, the post that is asked for there). posts: how many the
    one who looks holds."""
    held = [bindparam(f"post{number}", type_=_T.c.post.type) for number in range(posts)]
    yield _OWN, _T, (_T.c.desk_id == bindparam("desk"),), _T.c.post
    yield _BESIDE, _OFFERED, (_B.c.open.is_(True), _B.c.desk_id == bindparam("desk")), _B.c.post
    if posts:
        yield _OWN, _T, (_T.c.desk_id.is_(None), _T.c.post.in_(held)), _T.c.post
        yield _BESIDE, _OFFERED, (_B.c.open.is_(True), _B.c.desk_id.is_(None), _B.c.post.in_(held)), _B.c.post


@cache
def _lines(whole: bool, posts: int) -> Prepared:
    names = [field.name for field in fields(WholeLine if whole else Line)][2:]
    found = (
        select(literal(way), asked, *(_T.c[name] for name in names)).select_from(source).where(*_OPEN, *where)
        for way, source, where, asked in _ways(posts)
    )
    return Prepared(union_all(*found, _colleagues(names)))


def _colleagues(names: Sequence[str]) -> Select[Any]:
    """Return who else sits at the desk, as lines: their posts stand for what is asked, their roles for the post."""
    facts = {"id": _M.c.id, "post": cast(_M.c.roles, Text)}
    cells = (facts.get(name, null()) for name in names)
    return select(literal(_COLLEAGUE), cast(_M.c.posts, Text), *cells).where(
        _M.c.tenant_id == bindparam("tenant"), _M.c.unit_id == bindparam("desk"), _M.c.active.is_(True),
        _M.c.id != bindparam("member"),
    )  # fmt: skip


@cache
def _came_back(posts: int) -> Prepared:
    """Return the statement for open tasks whose step the actor has done before in the same instance."""
    same = and_(
        _BEFORE.c.tenant_id == _T.c.tenant_id, _BEFORE.c.instance_id == _T.c.instance_id, _BEFORE.c.node == _T.c.node
    )  # fmt: skip
    # Said as one value, so that it is found by its instance and not among all that was ever done.
    mine = case((_BEFORE.c.state == "done", _BEFORE.c.done_by)) == bindparam("member")
    found = (
        select(_T.c.id).select_from(source.join(_BEFORE, same)).where(*_OPEN, *where, mine)
        for _, source, where, _ in _ways(posts)
    )
    return Prepared(union_all(*found))


def read(work: Work, kind: type[Line] = Line) -> Waiting:
    """Return the open tasks that the actor may take or finish. kind: how much is read of each."""
    me = work.viewer
    if not access.may(me, "task.work") or me.unit_id is None:
        return Waiting((), ())
    asked, claimed = {None, *me.posts}, (None, me.member_id)
    found: dict[str, list[Line]] = {_OWN: [], _BESIDE: []}
    colleagues: list[sharing.Colleague] = []
    for row in _lines(kind is WholeLine, len(me.posts)).rows(work.session, **_places(work)):
        if row[0] == _COLLEAGUE:
            colleagues.append((orjson.loads(row[1]), orjson.loads(row[4])))
        elif row[1] in asked and row[6] in claimed:
            found[row[0]].append(kind(*row))
    lines = found[_OWN]
    if found[_BESIDE]:
        lines = list({line.id: line for line in (*lines, *found[_BESIDE])}.values())
    return Waiting(lines, colleagues)


def _places(work: Work) -> dict[str, Any]:
    me = work.viewer
    posts = {f"post{number}": post for number, post in enumerate(sorted(me.posts))}
    return {"desk": me.unit_id, "member": me.member_id, **posts}


def claimable(work: Work, waiting: Waiting) -> set[UUID]:
    """Return which of these tasks somebody else could take as well; all others wait for the actor and for nobody else."""
    free = [line for line in waiting.lines if line.claimed_by is None]
    is_mine = sharing.only_mine(work, free, waiting.colleagues)
    shared = {line.id for line in free if not is_mine(line)}
    if shared:
        back = _came_back(len(work.viewer.posts)).rows(work.session, **_places(work))
        shared.difference_update([key for (key,) in back])
    return shared


def due_first(found: Iterable[Line]) -> list[Line]:
    """Return them as an inbox shows them: overdue ones come first by themselves, for their date is the earliest."""
    return sorted(found, key=lambda line: (line.due_at or _LAST, line.id))
