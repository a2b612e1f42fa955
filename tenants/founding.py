"""First steps, taken by whoever runs the house: an authority, its top unit, its first administrator, a forgotten password.

Nobody can be asked for a role here, since nobody is there yet: who reaches these commands reaches the database as well. What
they do stands in the trail of the tenant it concerns, as done by the house.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tenants import accounts, audit, directory, stand_ins
from tenants.db import Work
from tenants.errors import Conflict, Invalid, NotFound
from tenants.models import AuditEntry, Member, Posting, Tenant, Unit, User
from tenants.roster.authorities import CODE, SLUG
from tenants.text import say

ROLES = ("author", "staff", "tenant_admin")
_THROUGH = "luoshi"


@dataclass(frozen=True)
class TenantLine:
    """One line of the list of tenants. depth: 0 for those without a superior. accounts: how many hold a post there."""

    tenant: Tenant
    depth: int
    accounts: int


@dataclass(frozen=True)
class Appointed:
    """An administrator. code: with which they set their password, to be told once; None when they have one.

    changed: False when they were one already.
    """

    member: Member
    code: str | None
    changed: bool


def add_tenant(
    session: Session, slug: str, name: str, level: str, *, parent: str = "", code: str = ""
) -> bool:
    """Add an authority; return False when this very one is there already.

    slug: a-z, 0-9 and hyphens, part of every address. parent: slug of the superior. code: GB/T 2260, 6, 9 or 12 digits.
    Raises Invalid, NotFound for an unknown parent, Conflict when another authority has the slug.
    """
    name = name.strip()
    if not SLUG.fullmatch(slug):
        raise Invalid(
            say("简称“{slug}”不合要求。", slug=slug),
            say("请用 2 到 40 个小写字母、数字或连字符，以字母开头，例如 qingshan。"),
        )
    if not name:
        raise Invalid(say("租户的名称必须填写。"), say("请写机关全称，例如 --name 青山县应急管理局。"))
    if code and not CODE.fullmatch(code):
        raise Invalid(
            say("行政区划代码“{code}”不合要求。", code=code), say("请写 6、9 或 12 位数字，或不写。")
        )
    above = tenant(session, parent) if parent else None
    there = session.scalar(select(Tenant).where(Tenant.slug == slug))
    if there is None:
        directory.add_tenant(session, slug, name, level, parent=above, code=code or None)
        return True
    wanted = (name, level, code or None, above.id if above else None)
    if wanted != (there.name, there.level, there.code, there.parent_id):
        raise Conflict(say("简称“{slug}”已被另一租户使用。", slug=slug), say("请换一个简称。"))
    return False


def record_tenant(work: Work) -> None:
    """Begin the trail of a new tenant, once: a row of the tenant's own, so it cannot be written before there is one."""
    if work.session.scalar(select(AuditEntry.id).where(AuditEntry.action == "tenant.add")) is None:
        of = work.tenant
        audit.record(work, "tenant.add", "tenant", of.id, name=of.name, level=of.level, through=_THROUGH)


def tenant(session: Session, slug: str) -> Tenant:
    """Return the tenant of that name; raise NotFound."""
    found = session.scalar(select(Tenant).where(Tenant.slug == slug))
    if found is None:
        raise NotFound(
            say("没有“{slug}”这个租户。", slug=slug), say("请用 luoshi tenant list 查看有哪些租户。")
        )
    return found


def tenants(session: Session) -> list[TenantLine]:
    """Return all tenants, each below its superior. Reads global tables only."""
    counted = select(Posting.tenant_id, func.count(Posting.user_id.distinct())).group_by(Posting.tenant_id)
    accounts_of = {row[0]: row[1] for row in session.execute(counted)}
    below: dict[UUID | None, list[Tenant]] = {}
    for one in session.scalars(select(Tenant).order_by(Tenant.code, Tenant.slug)):
        below.setdefault(one.parent_id, []).append(one)

    def lines(parent: UUID | None, depth: int) -> Iterable[TenantLine]:
        for one in below.get(parent, ()):
            yield TenantLine(one, depth, accounts_of.get(one.id, 0))
            yield from lines(one.id, depth + 1)

    return list(lines(None, 0))


def appoint(work: Work, login: str, name: str) -> Appointed:
    """Make somebody an administrator of the tenant, with a new account or the one they have.

    A tenant without any unit gets its top unit first, named after it. Raises Invalid, and Conflict when the login is
    another person's.
    """
    login, name = login.strip().lower(), name.strip()
    if not name:
        raise Invalid(say("姓名必须填写。"), say("请补全后重试。"))
    # Two of these at once would make two top units.
    work.session.scalars(select(Tenant).where(Tenant.id == work.tenant.id).with_for_update()).one()
    user = work.session.scalar(select(User).where(User.login == login))
    if user is not None and user.name != name:
        raise Conflict(
            say("登录名“{login}”是另一个人的账号。", login=login),
            say("请换一个登录名；确是同一人的，请写账号上的姓名。"),
        )
    code = None
    held: list[Member] = []
    if user is None:
        user, code = accounts.open_account(work.session, login, name)
    else:
        held = list(work.session.scalars(select(Member).where(Member.user_id == user.id).order_by(Member.id)))
        if not held:
            user.shared = True  # from now on two tenants know it, one of them perhaps only from earlier
        if not held and user.code_hash is not None:
            # Whoever gave them the code that they have not used must not come in here by it.
            code = accounts.give_code(work.session, user.id)
    if not held:
        member = directory.add_member(work, user.id, _top(work).id, name, roles=ROLES)
        stand_ins.complete(work)
        return Appointed(member, code, True)
    best = next((one for one in held if one.active and "tenant_admin" in one.roles), None)
    if best is not None:
        return Appointed(best, None, False)
    chosen = next((one for one in held if one.active), held[0])
    roles = sorted({*chosen.roles, *ROLES})
    changes = {"roles": roles} if chosen.active else {"roles": roles, "active": True}
    return Appointed(directory.change_member(work, chosen.id, **changes), None, True)


def posts_of(session: Session, login: str) -> list[str]:
    """Return the slugs of the tenants in which an account holds posts. Raises NotFound, Conflict for a closed account."""
    user = session.scalar(select(User).where(User.login == login.strip().lower()))
    if user is None:
        raise NotFound(say("没有“{login}”这个账号。", login=login), say("请核对登录名。"))
    if not user.active:
        raise Conflict(say("账号“{login}”已停用。", login=login), say("请换一个账号，或先恢复这个账号。"))
    return list(dict.fromkeys(one.slug for one, _ in directory.posts_of(session, user.id)))


def record_code(work: Work, login: str) -> None:
    """Write down in a tenant that somebody who holds a post there is being given a one-time code."""
    held = select(Member).join(User, Member.user_id == User.id).where(User.login == login.strip().lower())
    for one in work.session.scalars(held):
        audit.record(work, "member.give_code", "member", one.id, unit_id=one.unit_id, through=_THROUGH)


def give_code(session: Session, login: str) -> str:
    """Give any account a one-time code and return it; every session of theirs ends, and a lock is lifted."""
    user = session.scalars(select(User).where(User.login == login.strip().lower())).one()
    return accounts.give_code(session, user.id)


def _top(work: Work) -> Unit:
    """Return the unit at the top of the tenant; the authority itself, made now, when there is none."""
    tops = list(work.session.scalars(select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.id)))
    if not tops:
        about = {"mandate": "all", "level": work.tenant.level}
        return directory.add_unit(work, "bureau", work.tenant.name, "bureau", attributes=about)
    return next((one for one in tops if one.active and one.kind == "bureau"), tops[0])
