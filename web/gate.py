"""The gate that pages and programs go through alike: one unit of work for one post, and the receipts of what was done.

Who asks is found out before: from a session (`entry`) or from a token (`api.bearer`). What is asked comes after.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from uuid import UUID

from flask import g, has_request_context, request
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from tenants.base import new_id
from tenants.db import Work, unit_of_work
from tenants.errors import Conflict, NotFound
from tenants.models import Receipt
from tenants.text import say
from web.house import house

# What takes in something long before it is recorded: it stays until the block ends.
Prepare = Callable[..., AbstractContextManager[Any]]

API = "/api/"
# Pages for people who write programs.
_FOR_PEOPLE = "/api/v1/docs"


class KeyTaken(Conflict):
    """Another request with the same key was being carried out; by now it has been."""

    code = "key_taken"


def by_program() -> bool:
    """Tell whether the request comes from a program with a token, and not from a browser with a session."""
    return has_request_context() and request.path.startswith(API) and request.path != _FOR_PEOPLE


@contextmanager
def open_work(tenant: str, member: UUID, user: UUID, *, reads: bool) -> Iterator[Work]:
    """Open a unit of work for a user's post in a tenant; ring for its jobs after the commit."""
    here = house()
    with unit_of_work(tenant, member, clock=here.clock, store=here.config.store, reads=reads) as work:
        # What proved who asks outlives changes of the directory; the user behind the post must still be the same.
        if work.actor.user_id != user:
            raise NotFound(say("没有这个单位。"))
        g.work, g.today, g.zone, g.tenant_slug = work, work.today, work.zone, tenant
        yield work
    here.doorbell.ring(work.tenant.id, work.bells)


def request_mark(*more: str) -> str:
    """Return what a receipt is for: this very request, to this very thing. A key says nothing of any other.

    more: what else makes it this request, such as what was sent with it.
    """
    return hashlib.sha256("\n".join([f"{request.method} {request.path}", *more]).encode()).hexdigest()


def receipt(work: Work, key: str, mark: str) -> dict[str, Any] | None:
    """Return what was answered to the acting post under this key; None when there is none, or no key.

    Raises Conflict when the key served another request.
    """
    if not key:
        return None
    query = select(Receipt).where(Receipt.member_id == work.actor.member_id, Receipt.key == key)
    found = work.session.scalar(query)
    if found is not None and found.command != mark:
        if by_program():
            raise Conflict(
                say("这个 Idempotency-Key 已经用在另一个请求上，没有执行。"),
                say("请换一个新的 Idempotency-Key；只有重发同一请求时才用原来的。"),
            )
        raise Conflict(say("这个页面的编号已经用在别的办理上，没有执行。"), say("请刷新页面后重试。"))
    return found.answer if found is not None else None


def keep(work: Work, key: str, mark: str, answer: dict[str, Any]) -> None:
    """Keep what is answered under a key, in the transaction of what was done. Raises KeyTaken."""
    row = {
        "tenant_id": work.tenant.id, "id": new_id(), "member_id": work.actor.member_id, "key": key,
        "command": mark, "at": work.now, "answer": answer,
    }  # fmt: skip
    try:
        work.session.execute(insert(Receipt), [row])
    except IntegrityError as error:  # two at once, where the database lets them: the second one is undone
        raise KeyTaken(say("这一步正在办理，没有重复执行。"), say("请稍候刷新查看结果。")) from error
