"""Members and their accounts: who gets a post, and the one-time password that goes with a new account.

An account is a global row and may hold posts in several tenants, so a tenant's administrator has power over it only while
all of its posts are in that tenant. Otherwise a county could reset the password of a neighbour's clerk and be them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from tenants import access, accounts, audit, directory
from tenants.db import Work
from tenants.errors import Forbidden, Invalid, NotFound
from tenants.models import AuditEntry, Member, Posting, Unit, User
from tenants.text import say

PAGE = 50


@dataclass(frozen=True)
class Enrolled:
    """A new post. password: of a new account, to be told once; None when the account was there before."""

    member: Member
    password: str | None


@dataclass(frozen=True)
class Listed:
    """One line of the list of members."""

    member: Member
    unit: Unit
    user: User


def enrol(
    work: Work,
    login: str,
    name: str,
    unit_id: UUID,
    *,
    title: str = "",
    posts: Iterable[str] = (),
    roles: Iterable[str] = ("staff",),
) -> Enrolled:
    """Give somebody a post: to a new account, or to one that already has a post in this tenant.

    A login that is used elsewhere is taken, and that is all that is said of it. Raises Conflict, Invalid, Forbidden.
    """
    access.require(work.viewer, "members.manage")
    if not name.strip():
        raise Invalid(say("姓名必须填写。"), say("请补全后保存。"))
    known = work.session.scalar(
        select(User).join(Member, Member.user_id == User.id).where(User.login == login.strip().lower())
    )
    password = None if known else accounts.one_time_password()
    user = known or accounts.add_user(work.session, login, name.strip(), password or "")
    member = directory.add_member(work, user.id, unit_id, name.strip(), title=title, posts=posts, roles=roles)
    return Enrolled(member, password)


def reset_password(work: Work, member_id: UUID) -> str:
    """Set a one-time password for a member's account and return it; every session of theirs ends.

    Raises Forbidden when the account also has posts in other tenants, or is a system administrator's.
    """
    access.require(work.viewer, "members.manage")
    found = member(work, member_id)
    user = work.session.get_one(User, found.user_id)
    # Read whole and compared here: within a unit of work the guard lets no statement name another tenant.
    elsewhere = [
        tenant
        for tenant in work.session.scalars(select(Posting.tenant_id).where(Posting.user_id == user.id))
        if tenant != work.tenant.id
    ]
    if elsewhere or user.system_admin:
        raise Forbidden(say("此账号不只属于本单位，这里不能重置它的密码。"), say("请联系系统管理员重置。"))
    password = accounts.reset_password(work.session, user.id)
    audit.record(work, "member.reset_password", "member", found.id, unit_id=found.unit_id)
    return password


def member(work: Work, member_id: UUID) -> Member:
    """Return one member; raise NotFound when they are not there or not to be seen."""
    seen = access.visible(work.viewer, {"unit_id": Member.unit_id})
    found = work.session.scalar(select(Member).where(Member.id == member_id, seen))
    if found is None:
        raise NotFound(say("没有找到这位人员。"))
    return found


def listed(
    work: Work, *, q: str = "", unit_id: UUID | None = None, role: str = "", page: int = 1
) -> tuple[list[Listed], int]:
    """Return one page of the members that the actor may see, and how many there are in all.

    q: part of a name or login. unit_id: with the units below it. page: 1, 2 … of 50.
    """
    found = [
        Listed(member, unit, user)
        for member, unit, user in directory.members(work, active=False)
        if (not q or q.lower() in member.name.lower() or q.lower() in user.login)
        and (unit_id is None or unit_id.hex in unit.path)
        and (not role or role in member.roles)
    ]
    return found[(page - 1) * PAGE : page * PAGE], len(found)


def last_seen(work: Work, ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """Return when each of the members last did something that was recorded."""
    query = select(AuditEntry.member_id, func.max(AuditEntry.at)).where(AuditEntry.member_id.in_(list(ids)))
    return {row[0]: row[1] for row in work.session.execute(query.group_by(AuditEntry.member_id))}
