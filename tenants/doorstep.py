"""Who enters: the tenant, the post that acts and the unit it belongs to, found in one statement and one journey."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, and_, bindparam, func, select, true

from tenants import models, walls
from tenants.access import SYSTEM, Reach, Viewer
from tenants.base import table_of
from tenants.errors import NotFound
from tenants.link import LateSession
from tenants.prepared import Prepared
from tenants.text import say


@dataclass(frozen=True)
class TenantInfo:
    """The tenant a unit of work is opened for."""

    id: UUID
    slug: str
    name: str
    level: str
    timezone: str
    code: str | None
    parent_id: UUID | None = None


# What the trail calls the house itself; whoever acts from another authority has a name, but no post here.
HOUSE = "系统"


@dataclass(frozen=True)
class Actor:
    """Who acts: a member, or the house itself (no member)."""

    name: str
    viewer: Viewer
    user_id: UUID | None = None
    unit_name: str = ""
    title: str = ""

    @property
    def member_id(self) -> UUID | None:
        return self.viewer.member_id

    @property
    def unit_id(self) -> UUID | None:
        return self.viewer.unit_id

    @property
    def roles(self) -> frozenset[str]:
        return self.viewer.roles


_T, _M, _U = map(table_of, (models.Tenant, models.Member, models.Unit))
_INFO = (_T.c.id, _T.c.slug, _T.c.name, _T.c.level, _T.c.timezone, _T.c.code, _T.c.parent_id)
_BY_SLUG = Prepared(select(*_INFO).where(_T.c.slug == bindparam("slug")))
_ENTER = Prepared(
    select(
        *_INFO, _M.c.id, _M.c.user_id, _M.c.name, _M.c.title, _M.c.posts, _M.c.roles, _U.c.id, _U.c.name, _U.c.path,
        _U.c.attributes,
    )
    .select_from(_T)
    .join(_M, and_(_M.c.tenant_id == bindparam("tenant"), _M.c.id == bindparam("member"), _M.c.active.is_(True)))
    .join(_U, and_(_U.c.tenant_id == _M.c.tenant_id, _U.c.id == _M.c.unit_id))
    .where(_T.c.id == bindparam("tenant"), _T.c.slug == bindparam("slug"))
)  # fmt: skip
_BELOW = Prepared(
    select(_U.c.id).where(
        _U.c.tenant_id == bindparam("tenant"), _U.c.path >= bindparam("first"), _U.c.path < bindparam("last")
    )
)
_SET = Prepared(select(func.set_config(walls.SETTING, bindparam("text", type_=Text()), true())))

# Which tenant had a slug when it was last seen. Only a hint, which saves a journey: the statement asks for both.
_seen: dict[str, UUID] = {}


def enter(
    session: LateSession, slug: str, member_id: UUID | None, *, as_house: bool
) -> tuple[TenantInfo, Actor]:
    """Bind the transaction to the tenant and return it with the one who acts. Raises NotFound.

    From here on guard and walls let no other tenant's rows through.
    """
    known = None if as_house else _seen.get(slug)
    if known is not None:
        _bind(session, known)
        row = _ENTER.row(session, slug=slug, member=member_id)
        if row is not None:
            return TenantInfo(*row[:7]), _actor(session, row[7:])
    found = _BY_SLUG.row(session, slug=slug)
    if found is None:
        raise NotFound(say("没有这个单位。"))
    tenant = TenantInfo(*found)
    _seen[slug] = tenant.id
    _bind(session, tenant.id)
    if as_house:
        return tenant, Actor(HOUSE, SYSTEM)
    row = _ENTER.row(session, slug=slug, member=member_id)
    if row is None:
        raise NotFound(say("您在这个单位没有岗位。"), say("请在右上角切换岗位后重试。"))
    return tenant, _actor(session, row[7:])


def _bind(session: LateSession, tenant: UUID) -> None:
    link = session.link
    link.bind(tenant)
    session.info["tenant"] = tenant
    if link.is_postgresql:
        _SET.ask(session, text=str(tenant))  # it travels with whatever is asked next


def _actor(session: LateSession, row: tuple[Any, ...]) -> Actor:
    member, user, name, title, posts, roles, unit, unit_name, path, attributes = row
    reach = None
    if attributes.get("mandate") != "all" and "tenant_admin" not in roles:
        # A unit's path ends with "/", and "0" is what follows "/": between them lies all that begins with the path.
        last = f"{path[:-1]}0"
        reach = Reach(unit, lambda: (found for (found,) in _BELOW.rows(session, first=path, last=last)))
    viewer = Viewer(member, unit, frozenset(posts), frozenset(roles), reach)
    return Actor(name, viewer, user, unit_name, title)
