"""Drafts: what a member has written so far. Kept within seconds of the last keystroke, right or wrong."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from forms.answers import MAX_BYTES, canonical
from forms.changes import Changes, merge
from forms.models import Draft
from tenants.db import Work
from tenants.errors import Conflict, Forbidden, TooLarge
from tenants.text import say

KEPT = timedelta(days=400)


class DraftMoved(Conflict):
    """The same member saved this draft from another window since this page was opened. facts: revision, saved_at."""

    code = "draft_moved"


def save(work: Work, task_id: UUID, answers: Mapping[str, Any], revision: int) -> Draft:
    """Keep a member's answers to a task as they are; they need not be acceptable.

    revision: that of the draft the page rests on, 0 for none; the returned draft carries the next one.
    Raises DraftMoved when another window saved meanwhile: nothing is overwritten, neither there nor on the page.
    """
    member_id = _member(work)
    if len(canonical(dict(answers)).encode()) > MAX_BYTES:
        raise TooLarge(say("草稿超过 1 MB，没有保存。"), say("请删减文字；图片和文件请用附件上传。"))
    if revision == 0:
        return _first(work, task_id, member_id, answers)
    moved = work.session.execute(
        update(Draft)
        .where(Draft.task_id == task_id, Draft.member_id == member_id, Draft.revision == revision)
        .values(answers=dict(answers), revision=revision + 1, saved_at=work.now)
        .execution_options(synchronize_session=False)
    )
    found = load(work, task_id)
    if moved.rowcount == 0 or found is None:  # type: ignore[attr-defined]
        raise _moved(work, found)
    return found


def patch(
    work: Work,
    task_id: UUID,
    changes: Changes,
    revision: int,
    *,
    keys: Mapping[str, str],
    begun: Mapping[str, Any] | None = None,
) -> Draft:
    """Keep what changed in a draft, as `save` keeps all of it.

    revision: that of the draft the changes rest on; 0 = they rest on `begun`, what the form began with. keys: as `merge` takes
    them. Raises DraftMoved when the draft is not what the page rests on: nothing is merged into what it never saw.
    """
    if revision == 0:
        return save(work, task_id, merge(begun or {}, changes, keys), 0)
    found = load(work, task_id)
    if found is None or found.revision != revision:
        raise _moved(work, found)
    return save(work, task_id, merge(found.answers, changes, keys), revision)


def load(work: Work, task_id: UUID) -> Draft | None:
    """Return the acting member's draft for a task."""
    query = select(Draft).where(Draft.task_id == task_id, Draft.member_id == _member(work))
    return work.session.scalar(query.execution_options(populate_existing=True))


def forget(work: Work, task_id: UUID) -> None:
    """Remove the acting member's draft for a task that is done; what colleagues wrote stays theirs."""
    work.session.execute(
        delete(Draft)
        .where(Draft.task_id == task_id, Draft.member_id == work.actor.member_id)
        .execution_options(synchronize_session=False)
    )


def sweep(work: Work) -> int:
    """Remove drafts that nobody touched for longer than a year; return how many."""
    gone = work.session.execute(
        delete(Draft).where(Draft.saved_at < work.now - KEPT).execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _first(work: Work, task_id: UUID, member_id: UUID, answers: Mapping[str, Any]) -> Draft:
    draft = Draft(task_id=task_id, member_id=member_id, answers=dict(answers), revision=1, saved_at=work.now)
    try:
        with work.session.begin_nested():
            work.session.add(draft)
    except IntegrityError:
        raise _moved(work, load(work, task_id)) from None
    return draft


def _moved(work: Work, found: Draft | None) -> DraftMoved:
    if found is None:
        return DraftMoved(
            say("这份草稿已经提交或清除。"),
            say("请先复制本页尚未保存的内容，再刷新页面。"),
            revision=0,
            saved_at=None,
        )
    at = found.saved_at.astimezone(work.zone).strftime("%H:%M:%S")
    return DraftMoved(
        say("这份草稿在另一个窗口里改过（{at} 保存），本页的内容没有覆盖它。", at=at),
        say("请先复制本页要保留的内容，再刷新页面查看最新草稿；或关闭另一个窗口，选择用本页内容继续。"),
        revision=found.revision,
        saved_at=found.saved_at.isoformat(),
    )


def _member(work: Work) -> UUID:
    if work.actor.member_id is None:
        raise Forbidden(say("草稿只能由填报人自己保存。"))
    return work.actor.member_id
