"""What waits for one who looks: the open tasks at their desk and posts, each way found by an index of its own, judged here.

To do is what they have claimed, what nobody but them could take, and what came back to them; the rest may be claimed. Cost grows
with what lies at their own places, not with the tasks of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, case, select

from engine import sharing
from engine.models import Task, TaskAddressee
from tenants import access
from tenants.base import table_of
from tenants.db import Work
from tenants.prepared import Answer, Prepared


@dataclass(slots=True)
class Line:
    """An open task as far as it has to be known to put it in its place."""

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


_T, _B = table_of(Task), table_of(TaskAddressee)
_BEFORE = table_of(Task).alias("before")
_OPEN = (_T.c.tenant_id == bindparam("tenant"), _T.c.state == "open")
_BESIDE = _T.join(_B, and_(_B.c.tenant_id == _T.c.tenant_id, _B.c.task_id == _T.c.id))
# Way to a task -> from where, under which condition, and the post that it asks for there.
_WAYS: Mapping[str, tuple[Any, tuple[Any, ...], Any]] = {
    "desk": (_T, (_T.c.desk_id == bindparam("desk"),), _T.c.post),
    "post": (_T, (_T.c.desk_id.is_(None), _T.c.post == bindparam("post")), _T.c.post),
    "desk beside": (_BESIDE, (_B.c.open.is_(True), _B.c.desk_id == bindparam("desk")), _B.c.post),
    "post beside": (
        _BESIDE, (_B.c.open.is_(True), _B.c.desk_id.is_(None), _B.c.post == bindparam("post")), _B.c.post,
    ),
}  # fmt: skip


def _lines(kind: type[Line], way: str) -> Prepared:
    source, where, post = _WAYS[way]
    columns = [_T.c[field.name] for field in fields(kind)]
    return Prepared(select(post, *columns).select_from(source).where(*_OPEN, *where))


def _came_back(way: str) -> Prepared:
    """Return the statement for open tasks whose step the actor has done before in the same instance."""
    source, where, _ = _WAYS[way]
    same = and_(
        _BEFORE.c.tenant_id == _T.c.tenant_id, _BEFORE.c.instance_id == _T.c.instance_id, _BEFORE.c.node == _T.c.node
    )  # fmt: skip
    # Said as one value, so that it is found by its instance and not among all that was ever done.
    mine = case((_BEFORE.c.state == "done", _BEFORE.c.done_by)) == bindparam("member")
    return Prepared(select(_T.c.id).select_from(source.join(_BEFORE, same)).where(*_OPEN, *where, mine))


_BRIEF = {way: _lines(Line, way) for way in _WAYS}
_WHOLE = {way: _lines(WholeLine, way) for way in _WAYS}
_BACK = {way: _came_back(way) for way in _WAYS}


def lines(work: Work) -> list[Line]:
    """Return the open tasks that the actor may take or finish."""
    return _read(work, _BRIEF, Line)


def whole_lines(work: Work) -> list[WholeLine]:
    """Return the same with what filters ask for."""
    return _read(work, _WHOLE, WholeLine)  # type: ignore[return-value]


def mine(work: Work, found: Sequence[Line]) -> set[UUID]:
    """Return which of these tasks wait for the actor and for nobody else."""
    todo = {line.id for line in found if line.claimed_by is not None}
    free = [line for line in found if line.claimed_by is None]
    todo |= sharing.only_mine(work, free)
    if any(line.id not in todo for line in free):
        todo |= {key for answer in _asked(work, _BACK) for (key,) in answer.rows()}
    return todo


def _read(work: Work, statements: Mapping[str, Prepared], kind: type[Line]) -> list[Line]:
    me = work.viewer
    if not access.may(me, "task.work"):
        return []
    found: dict[UUID, Line] = {}
    for answer in _asked(work, statements):
        for post, *cells in answer.rows():
            line = kind(*cells)
            if (post is None or post in me.posts) and line.claimed_by in (None, me.member_id):
                found[line.id] = line
    return list(found.values())


def _asked(work: Work, statements: Mapping[str, Prepared]) -> list[Answer]:
    """Ask every way that is the actor's."""
    me, session = work.viewer, work.session
    given: Mapping[str, Any] = {"member": me.member_id} if statements is _BACK else {}
    asked = []
    if me.unit_id is not None:
        asked += [statements[way].ask(session, desk=me.unit_id, **given) for way in ("desk", "desk beside")]
    for post in sorted(me.posts):
        asked += [statements[way].ask(session, post=post, **given) for way in ("post", "post beside")]
    return asked


def due_first(found: Iterable[Line]) -> list[Line]:
    """Return them as an inbox shows them: overdue ones come first by themselves, for their date is the earliest."""
    return sorted(
        found, key=lambda line: (line.due_at is None, line.due_at and line.due_at.timestamp(), line.id)
    )
