"""Tenants, units and members: who there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tenants import access, audit
from tenants.base import new_id
from tenants.db import Work
from tenants.errors import Conflict, Invalid, NotFound
from tenants.lines import PARENT
from tenants.models import Member, Posting, ReportingLine, Tenant, Unit, User
from tenants.text import say

LEVELS = ("country", "province", "city", "county", "township")


def add_tenant(
    session: Session,
    slug: str,
    name: str,
    level: str,
    *,
    parent: Tenant | None = None,
    code: str | None = None,
) -> Tenant:
    """Add an authority to the tree; its default reporting line is the one to its parent.

    Raises Invalid when the level is unknown or not below the parent's.
    """
    if level not in LEVELS or (parent and LEVELS.index(parent.level) >= LEVELS.index(level)):
        raise Invalid(say("级别“{level}”不能设在上级之下。", level=level), say("请选择比上级更低的级别。"))
    tenant = Tenant(slug=slug, name=name, level=level, code=code, parent_id=parent.id if parent else None)
    session.add(tenant)
    session.flush()
    if parent:
        session.add(ReportingLine(name=PARENT, from_id=tenant.id, to_id=parent.id))
    return tenant


def tenant_by_id(session: Session, tenant_id: UUID) -> Tenant:
    """Return the tenant; raise NotFound."""
    tenant = session.get(Tenant, tenant_id)
    if tenant is None:
        raise NotFound(say("没有这个单位。"))
    return tenant


def units(work: Work, *, active: bool = True) -> list[Unit]:
    """Return all units that the actor may see, parents before children."""
    found = select(Unit).where(access.visible(work.viewer, {"unit_id": Unit.id})).order_by(Unit.path)
    return list(work.session.scalars(found.where(Unit.active.is_(True)) if active else found))


def unit(work: Work, unit_id: UUID, *, lock: bool = False) -> Unit:
    """Return one unit; raise NotFound when it is not there or not to be seen."""
    query = select(Unit).where(Unit.id == unit_id, access.visible(work.viewer, {"unit_id": Unit.id}))
    found = work.session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound(say("没有找到这个单位。"))
    return found


def below(work: Work, row: Unit) -> int:
    """Return how many active units hang below one, as far as the actor may see them."""
    return sum(one.path.startswith(row.path) and one.id != row.id for one in units(work))


def require_none_below(work: Work, row: Unit) -> None:
    """Raise Conflict when an active unit hangs below one that is to be given up."""
    if below(work, row):
        raise Conflict(say("它下面还有单位，不能停用。"), say("请先移走或停用下级单位。"))


def add_unit(
    work: Work,
    code: str,
    name: str,
    kind: str,
    *,
    parent_id: UUID | None = None,
    status: str = "",
    attributes: Mapping[str, Any] | None = None,
) -> Unit:
    """Add a unit below `parent_id` (None = at the top). `code` is unique in the tenant and never changes."""
    access.require(work.viewer, "units.manage")
    if not code.strip() or not name.strip():
        raise Invalid(say("单位的代码和名称都必须填写。"), say("请补全后保存。"))
    if work.session.scalar(select(Unit.id).where(Unit.code == code)):
        raise Conflict(say("代码“{code}”已被使用。", code=code), say("请换一个代码。"))
    above = work.session.get(Unit, (work.tenant.id, parent_id)) if parent_id else None
    if parent_id and above is None:
        raise NotFound(say("没有找到上级单位。"))
    unit_id = new_id()
    path = f"{above.path if above else '/'}{unit_id.hex}/"
    row = Unit(
        id=unit_id, parent_id=parent_id, path=path, code=code, name=name, kind=kind, status=status,
        attributes=dict(attributes or {}),
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    audit.record(work, "unit.add", "unit", row.id, unit_id=row.id, name=name, kind=kind)
    return row


def free_code(work: Work, kind: str) -> str:
    """Return a code that no unit has yet, for those who do not care which."""
    taken = set(
        work.session.scalars(select(Unit.code).where(Unit.code.startswith(f"{kind}-", autoescape=True)))
    )
    return next(code for number in count(len(taken) + 1) if (code := f"{kind}-{number}") not in taken)


def change_unit(work: Work, unit_id: UUID, **changes: Any) -> Unit:
    """Change a unit's name, kind, status, attributes, activity or parent (None = at the top).

    What runs for it is reviewed by `engine.duties`. Raises Conflict when the new parent is the unit itself or below it.
    """
    access.require(work.viewer, "units.manage")
    row = unit(work, unit_id, lock=True)
    unknown = set(changes) - {"name", "kind", "status", "attributes", "active", "parent_id"}
    if unknown:
        raise ValueError(f"not a unit's: {sorted(unknown)}")
    if not str(changes.get("name", row.name)).strip():
        raise Invalid(say("单位的名称必须填写。"), say("请补全后保存。"))
    before = {key: getattr(row, key) for key in changes}
    if changes.get("parent_id", row.parent_id) != row.parent_id:
        _move(work, row, changes["parent_id"])
    for key, value in changes.items():
        setattr(row, key, value)
    work.session.flush()
    audit.record(
        work, "unit.change", "unit", row.id, unit_id=row.id, before=_plain(before), after=_plain(changes)
    )
    return row


def _move(work: Work, row: Unit, parent_id: UUID | None) -> None:
    """Hang a unit, with everything below it, elsewhere in the tree."""
    above = unit(work, parent_id, lock=True) if parent_id else None
    if above is not None and above.path.startswith(row.path):
        raise Conflict(say("不能把单位移到它自己或它的下级之下。"), say("请选择另一个上级单位。"))
    old, new = row.path, f"{above.path if above else '/'}{row.id.hex}/"
    below = select(Unit).where(Unit.path.startswith(old, autoescape=True)).with_for_update()
    for one in work.session.scalars(below):
        one.path = new + one.path.removeprefix(old)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, UUID) else value for key, value in values.items()}


def members(work: Work, *, active: bool = True) -> list[tuple[Member, Unit, User]]:
    """Return the members of the units that the actor may see, with their unit and account."""
    query = (
        select(Member, Unit, User)
        .join(Unit, Member.unit_id == Unit.id)
        .join(User, Member.user_id == User.id)
        .where(access.visible(work.viewer, {"unit_id": Member.unit_id}))
        .order_by(Unit.path, Member.name)
    )
    if active:
        query = query.where(Member.active.is_(True))
    return [(row[0], row[1], row[2]) for row in work.session.execute(query)]


def add_member(
    work: Work,
    user_id: UUID,
    unit_id: UUID,
    name: str,
    *,
    title: str = "",
    posts: Iterable[str] = (),
    roles: Iterable[str] = ("staff",),
) -> Member:
    """Give a user a post in a unit. Raises Invalid for an unknown role, Conflict when the user is there already."""
    access.require(work.viewer, "members.manage")
    _check_roles(roles)
    home = unit(work, unit_id)
    if work.session.scalar(select(Member.id).where(Member.user_id == user_id, Member.unit_id == unit_id)):
        raise Conflict(say("此人在该单位已有岗位。"), say("请修改原有岗位。"))
    member = Member(
        user_id=user_id, unit_id=home.id, name=name, title=title, posts=sorted(posts), roles=sorted(roles)
    )
    work.session.add(member)
    work.session.flush()
    _share(work, user_id)
    work.session.add(Posting(user_id=user_id, tenant_id=work.tenant.id, member_id=member.id))
    audit.record(
        work, "member.add", "member", member.id, unit_id=unit_id, roles=member.roles, posts=member.posts
    )
    return member


def _share(work: Work, user_id: UUID) -> None:
    """Take an account that has a post elsewhere, and now gets one here, out of the power of either tenant, for good."""
    # Read whole and compared here: within a unit of work the guard lets no statement name another tenant.
    held = work.session.scalars(select(Posting.tenant_id).where(Posting.user_id == user_id))
    if any(tenant != work.tenant.id for tenant in held):
        user = work.session.get_one(User, user_id, with_for_update=True)
        user.shared = True


def change_member(work: Work, member_id: UUID, **changes: Any) -> Member:
    """Change a member's name, title, posts, roles or activity. Nobody may take the administrator's role from themselves."""
    access.require(work.viewer, "members.manage")
    member = work.session.scalar(select(Member).where(Member.id == member_id).with_for_update())
    if member is None:
        raise NotFound(say("没有找到这位人员。"))
    unknown = set(changes) - {"name", "title", "posts", "roles", "active"}
    if unknown:
        raise ValueError(f"not a member's: {sorted(unknown)}")
    if not str(changes.get("name", member.name)).strip():
        raise Invalid(say("姓名必须填写。"), say("请补全后保存。"))
    _check_roles(changes.get("roles", ()))
    # Whoever manages members may not lock themselves out; only administrators can have come this far.
    own = member.id == work.actor.member_id
    if own and (changes.get("active") is False or "tenant_admin" not in changes.get("roles", member.roles)):
        raise Conflict(say("不能取消自己的管理员身份。"), say("请由另一位管理员办理。"))
    before = {key: getattr(member, key) for key in changes}
    for key, value in changes.items():
        setattr(member, key, value)
    if "active" in changes:
        work.session.execute(delete(Posting).where(Posting.member_id == member.id))
        if changes["active"]:
            work.session.add(Posting(user_id=member.user_id, tenant_id=work.tenant.id, member_id=member.id))
    work.session.flush()
    audit.record(
        work, "member.change", "member", member.id, unit_id=member.unit_id, before=before, after=changes
    )
    return member


def _check_roles(roles: Iterable[str]) -> None:
    for role in roles:
        if role not in access.ROLES or role == "system_admin":
            raise Invalid(say("没有“{role}”这种角色。", role=role), say("请从角色列表中选择。"))


def posts_of(session: Session, user_id: UUID) -> list[tuple[Tenant, UUID]]:
    """Return the (tenant, member id) pairs that a user may act as. Reads global tables only."""
    query = (
        select(Tenant, Posting.member_id)
        .join(Posting, Posting.tenant_id == Tenant.id)
        .where(Posting.user_id == user_id)
        .order_by(Tenant.slug, Posting.member_id)
    )
    return [(row[0], row[1]) for row in session.execute(query)]
