"""Members and their accounts: who gets a post, and the one-time codes that go with accounts.

An account is a global row and may hold posts in several tenants. A tenant's administrator has power over it only while it never
had a post in another one: else a county could give itself a code for a neighbour's clerk and be them, or wait for the
neighbour to take somebody back whose account it had taken over meanwhile. Such accounts get their codes from whoever runs
the house.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from tenants import access, accounts, audit, directory
from tenants.base import batches
from tenants.db import Work
from tenants.errors import Conflict, Forbidden, Invalid, NotFound
from tenants.models import AuditEntry, Member, Posting, Unit, User
from tenants.text import say

PAGE = 50


@dataclass(frozen=True)
class Enrolled:
    """A new post. code: of a new account, to be told once; None when the account was there before."""

    member: Member
    code: str | None


@dataclass(frozen=True)
class Slip:
    """What somebody is handed: how to sign in for the first time. Shown once, recorded nowhere."""

    unit: str
    name: str
    title: str
    login: str
    code: str
    until: datetime


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
    user, code = (known, None) if known else accounts.open_account(work.session, login, name.strip())
    member = directory.add_member(work, user.id, unit_id, name.strip(), title=title, posts=posts, roles=roles)
    return Enrolled(member, code)


def give_codes(work: Work, member_ids: Collection[UUID]) -> list[Slip]:
    """Give members' accounts new one-time codes and return what to hand out; what opened them before does so no more.

    One slip for each account, also when several of its posts are named. Raises NotFound, and Forbidden for an account that is not
    this tenant's alone, or a system administrator's; Conflict for one's own.
    """
    access.require(work.viewer, "members.manage")
    found = _held(work, member_ids)
    if len(found) < len(set(member_ids)):
        raise NotFound(say("没有找到这位人员。"))
    if work.actor.user_id in {user.id for _, _, user in found}:
        raise Conflict(say("不能给自己发放登录码。"), say("请在“我的账号”中修改密码。"))
    beyond = _beyond(work, {user.id: user for _, _, user in found})
    if beyond:
        raise Forbidden(
            say("账号“{login}”不只属于本单位，这里不能给它发登录码。", login=beyond[0].login),
            say("请联系系统管理员办理。"),
        )
    given = accounts.give_codes(work.session, {user.id for _, _, user in found})
    nothing: dict[str, object] = {}
    rows = [(member.id, member.unit_id, nothing) for member, _, _ in found]
    audit.record_all(work, "member.give_code", "member", rows)
    return slips(found, given)


def slips(people: Iterable[tuple[Member, Unit, User]], given: Mapping[UUID, str]) -> list[Slip]:
    """Return what to hand to people who were given codes (by account), in their order."""
    found: dict[UUID, Slip] = {}
    for member, unit, user in people:
        if user.id in given and user.code_until is not None:
            slip = Slip(unit.name, member.name, member.title, user.login, given[user.id], user.code_until)
            found.setdefault(user.id, slip)
    return list(found.values())


def in_whose_power(work: Work, user_ids: Collection[UUID]) -> set[UUID]:
    """Return which of the accounts this tenant's administrator may give codes."""
    users: dict[UUID, User] = {}
    wanted = sorted(user_ids)
    for some in batches(wanted):
        users |= {user.id: user for user in work.session.scalars(select(User).where(User.id.in_(some)))}
    return set(users) - {user.id for user in _beyond(work, users)}


def _beyond(work: Work, users: Mapping[UUID, User]) -> list[User]:
    wanted, elsewhere = sorted(users), set[UUID]()
    for some in batches(wanted):
        # Read whole and compared here: within a unit of work the guard lets no statement name another tenant.
        query = select(Posting.user_id, Posting.tenant_id).where(Posting.user_id.in_(some))
        elsewhere |= {user for user, tenant in work.session.execute(query) if tenant != work.tenant.id}
    return [user for user in users.values() if user.shared or user.system_admin or user.id in elsewhere]


def _held(work: Work, member_ids: Collection[UUID]) -> list[tuple[Member, Unit, User]]:
    wanted, found = sorted(set(member_ids)), list[tuple[Member, Unit, User]]()
    for some in batches(wanted):
        query = (
            select(Member, Unit, User)
            .join(Unit, Member.unit_id == Unit.id)
            .join(User, Member.user_id == User.id)
            .where(Member.id.in_(some))
            .where(access.visible(work.viewer, {"unit_id": Member.unit_id}))
        )
        found.extend(work.session.execute(query).tuples())
    return sorted(found, key=lambda row: (row[1].path, row[0].name, row[0].id))


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
    """Return one page of the members that the actor may see, and how many there are in all. page: 1, 2 … of 50."""
    every = found(work, q=q, unit_id=unit_id, role=role)
    return every[(page - 1) * PAGE : page * PAGE], len(every)


def found(work: Work, *, q: str = "", unit_id: UUID | None = None, role: str = "") -> list[Listed]:
    """Return the members that the actor may see. q: part of a name or login. unit_id: with the units below it."""
    return [
        Listed(member, unit, user)
        for member, unit, user in directory.members(work, active=False)
        if (not q or q.lower() in member.name.lower() or q.lower() in user.login)
        and (unit_id is None or unit_id.hex in unit.path)
        and (not role or role in member.roles)
    ]


def last_seen(work: Work, ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """Return when each of the members last did something that was recorded."""
    query = select(AuditEntry.member_id, func.max(AuditEntry.at)).where(AuditEntry.member_id.in_(list(ids)))
    return {row[0]: row[1] for row in work.session.execute(query.group_by(AuditEntry.member_id))}
