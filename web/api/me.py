"""Who the token acts as, and where else its user holds a post."""

from __future__ import annotations

from typing import Any

from flask import g
from marshmallow import fields

from engine import inbox
from tenants import access, directory
from tenants.db import Work
from tenants.models import Member, User
from tenants.text import say
from web.api.fields import Answer, Day, Id, Instant, Many, Part, Said
from web.api.operation import Noun, operation
from web.api.shapes import NamedShape

me = Noun("me", say("本人"))


class TenantShape(Answer):
    """A tenant in which the user holds a post."""

    slug = Said()
    name = Said()
    level = Said()
    code = Said(allow_none=True)
    member_id = Id()
    current = fields.Boolean(metadata={"description": str(say("令牌所属的岗位"))})


class TokenShape(Answer):
    """The token itself."""

    name = Said()
    read_only = fields.Boolean()
    ends_at = Instant()


class HomeShape(Answer):
    """The tenant of the post."""

    slug = Said()
    name = Said()
    level = Said()
    code = Said(allow_none=True)
    timezone = Said()


class MeShape(Answer):
    """Who acts."""

    name = Said()
    sign_in_name = Said()
    member_id = Id()
    unit = Part(NamedShape)
    title = Said()
    posts = Many(Said())
    roles = Many(Said())
    may = Many(Said(), metadata={"description": str(say("可以办理的事"))})
    tenant = Part(HomeShape)
    token = Part(TokenShape)
    today = Day(metadata={"description": str(say("租户所在时区的今天"))})


class CountsOfInbox(Answer):
    """How many open tasks there are."""

    todo = fields.Integer()
    claimable = fields.Integer()
    overdue = fields.Integer()


@operation(me, "GET", "/me", may="work.see", summary=say("我是谁，能办什么"), answer=MeShape)
def show(work: Work) -> Any:
    """Tell whom the token acts as."""
    viewer = work.viewer
    member = work.session.get_one(Member, (work.tenant.id, viewer.member_id))
    user = work.session.get_one(User, member.user_id)
    return {
        "name": member.name, "sign_in_name": user.login, "member_id": member.id,
        "unit": {"id": member.unit_id, "name": work.actor.unit_name}, "title": member.title,
        "posts": sorted(viewer.posts), "roles": sorted(viewer.roles),
        "may": sorted(action for action in access.GRANTS if access.may(viewer, action)),
        "tenant": work.tenant, "token": g.api_holder, "today": work.today,
    }  # fmt: skip


class TenantsShape(Answer):
    """The tenants of the user."""

    tenants = Many(Part(TenantShape))


@operation(
    me, "GET", "/tenants", may="work.see", summary=say("我在哪些租户有岗位"), answer=TenantsShape,
    note=say("令牌只对其中标为 current 的一个有效；其余的要另建令牌。"),
)  # fmt: skip
def tenants(work: Work) -> Any:
    """List the tenants in which the user holds a post."""
    held = directory.posts_of(work.session, work.actor.user_id) if work.actor.user_id else []
    return {
        "tenants": [
            {
                "slug": tenant.slug, "name": tenant.name, "level": tenant.level, "code": tenant.code, "member_id": member,
                "current": member == work.actor.member_id,
            }
            for tenant, member in held
        ]
    }  # fmt: skip


@operation(
    me,
    "GET",
    "/inbox/counts",
    may="work.see",
    summary=say("待办、可认领、逾期各有多少"),
    answer=CountsOfInbox,
)
def counts(work: Work) -> Any:
    """Count what waits."""
    return inbox.counts(work)
