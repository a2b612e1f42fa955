"""Tokens: how programs act as a post. Made by its holder, shown once, kept as a keyed hash, ended in many ways.

A token ends on its day, when it is revoked, when its post is given up, and with the sessions of its user: when the password is
changed or reset, the account closed, or everything signed out of.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from tenants import accounts, audit
from tenants.clock import machine_now
from tenants.db import Work
from tenants.errors import Conflict, Invalid, NotFound
from tenants.models import ApiToken, Posting, Tenant, User
from tenants.text import say

# Found by scanners that look for secrets in repositories.
PREFIX = "luoshi_"
LONGEST = 366
MOST = 20
_BYTES = 32


@dataclass(frozen=True)
class Made:
    """A new token. text: the secret itself, to be told once."""

    row: ApiToken
    text: str


@dataclass(frozen=True)
class Holder:
    """Whom a token acts as."""

    token_id: UUID
    name: str
    tenant: str
    member_id: UUID
    user_id: UUID
    language: str
    read_only: bool
    ends_at: datetime
    used_on: date | None


def make(work: Work, name: str, *, days: int, read_only: bool, key: bytes, stamp: str = "") -> Made:
    """Make a token for the acting post.

    name: what its holder calls it, 1 to 60 characters. days: how long it lives, 1 to 366. key: the house's secret. stamp: of the
    session that asks. Raises Invalid, Conflict when the post has 20 already, NotSignedIn when the session is over.
    """
    name = name.strip()
    if not 1 <= len(name) <= 60:
        raise Invalid(say("令牌的名称必须填写，最多 60 个字。"), say("请写明给哪个程序用。"))
    if not 1 <= days <= LONGEST:
        raise Invalid(say("令牌的有效期须为 1 到 {most} 天。", most=LONGEST), say("请重新选择。"))
    held = listed(work)
    if len(held) >= MOST:
        raise Conflict(say("这个岗位已有 {count} 个令牌。", count=len(held)), say("请先作废不再使用的令牌。"))
    for over in (row for row in listed(work, ended=True) if row not in held):
        work.session.delete(over)
    posting = work.session.scalars(select(Posting).where(Posting.member_id == work.actor.member_id)).one()
    user = work.session.get_one(User, posting.user_id)
    accounts.require_stamp(user, stamp)
    text, now = PREFIX + secrets.token_urlsafe(_BYTES), machine_now()
    row = ApiToken(
        posting_id=posting.id, name=name, digest=digest(text, key), stamp=user.stamp, read_only=read_only,
        made_at=now, ends_at=now + timedelta(days=days),
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    _record(work, "token.make", row, days=days, read_only=read_only)
    return Made(row, text)


def revoke(work: Work, token_id: UUID) -> None:
    """End one of the acting post's tokens. Raises NotFound."""
    row = next((one for one in listed(work, ended=True) if one.id == token_id), None)
    if row is None:
        raise NotFound(say("没有找到这个令牌。"), say("请刷新页面，查看最新情况。"))
    _record(work, "token.revoke", row)
    work.session.delete(row)


def listed(work: Work, *, ended: bool = False) -> list[ApiToken]:
    """Return the acting post's tokens, newest first; `ended`: those too that open nothing any more."""
    query = (
        select(ApiToken, User.stamp)
        .join(Posting, Posting.id == ApiToken.posting_id)
        .join(User, User.id == Posting.user_id)
        .where(Posting.member_id == work.actor.member_id)
        .order_by(ApiToken.made_at.desc(), ApiToken.id)
    )
    now = machine_now()
    return [
        row
        for row, stamp in work.session.execute(query).tuples()
        if ended or (row.stamp == stamp and row.ends_at > now)
    ]


def holder(session: Session, text: str, key: bytes, now: datetime) -> Holder | None:
    """Return whom a token acts as; None when it is none, or over."""
    if not text.startswith(PREFIX) or len(text) > 100:
        return None
    query = (
        select(ApiToken, Posting, Tenant.slug, User)
        .join(Posting, Posting.id == ApiToken.posting_id)
        .join(Tenant, Tenant.id == Posting.tenant_id)
        .join(User, User.id == Posting.user_id)
        .where(ApiToken.digest == digest(text, key))
    )
    found = session.execute(query).tuples().one_or_none()
    if found is None:
        return None
    row, posting, tenant, user = found
    if row.ends_at <= now or row.stamp != user.stamp or not user.active or user.must_change:
        return None
    return Holder(
        row.id, row.name, tenant, posting.member_id, user.id, user.language, row.read_only, row.ends_at, row.used_on,
    )  # fmt: skip


def note_use(session: Session, token_id: UUID, day: date) -> None:
    """Note the day on which a token was last used."""
    row = session.get(ApiToken, token_id)
    if row is not None:
        row.used_on = day


def digest(text: str, key: bytes) -> str:
    """Return what is kept of a token. It is random enough to need no slow hash; the key makes a stolen table useless."""
    return hmac.new(hashlib.sha256(b"api token" + key).digest(), text.encode(), hashlib.sha256).hexdigest()


def _record(work: Work, action: str, row: ApiToken, **facts: object) -> None:
    audit.record(
        work, action, "member", work.actor.member_id, unit_id=work.actor.unit_id, token=row.name, **facts
    )
