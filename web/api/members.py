"""Members: who holds which post, and their accounts."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from marshmallow import fields

from engine import posts
from tenants import access, directory
from tenants import members as staff
from tenants.db import Work
from tenants.models import Member, Unit, User
from tenants.text import say
from web.api.fields import Answer, Body, Choice, Id, Instant, Many, Part, Said, Text
from web.api.operation import Noun, operation, require_match, tagged
from web.api.shapes import NamedShape, PagesShape, Searched, pages

members = Noun("members", say("人员"))
_MEMBER = "/members/<uuid:member_id>"
_ROLES = tuple(role for role in access.ROLES if role != "system_admin")


class MemberAsks(Searched):
    """Which members. unit: with the units below it."""

    unit = Id(load_default=None)
    role = Choice("", *_ROLES, load_default="")


class MemberShape(Answer):
    """A post that somebody holds in a unit."""

    id = Id()
    name = Said()
    sign_in_name = Said()
    unit = Part(NamedShape)
    title = Said()
    posts = Many(Said())
    roles = Many(Said())
    active = fields.Boolean()


class MembersShape(Answer):
    """One page of the members."""

    members = Many(Part(MemberShape))
    pages = Part(PagesShape)


class NewMember(Answer):
    """A new post. code: for the first sign-in to a new account, given this once; null when the account was there."""

    member = Part(MemberShape)
    code = Said(allow_none=True)


class CodeShape(Answer):
    """The one-time code, given this once."""

    code = Said()


class SlipShape(Answer):
    """What somebody is handed: how to sign in for the first time."""

    unit = Said()
    name = Said()
    title = Said()
    login = Said()
    code = Said()
    until = Instant()


class SlipsShape(Answer):
    """One slip for each account, given this once."""

    slips = Many(Part(SlipShape))


class CodesBody(Body):
    """Who gets a code."""

    members = Many(Id(), 500, 1, required=True)


class ReleasedShape(Answer):
    """A post that was given up. released: tasks that went back to the desk."""

    member = Part(MemberShape)
    released = fields.Integer()


class MemberBody(Body):
    """Somebody who gets a post."""

    name = Text(100, required=True)
    sign_in_name = Text(64, required=True)
    unit_id = Id(required=True)
    title = Text(100, load_default="")
    posts = Many(Text(64, 1), 20, load_default=list)
    roles = Many(Choice(*_ROLES), 10, load_default=lambda: ["staff"])


class MemberChange(Body):
    """What changes of a post; what is left out stays. A post in another unit is another post."""

    name = Text(100)
    title = Text(100)
    posts = Many(Text(64, 1), 20)
    roles = Many(Choice(*_ROLES), 10)


@operation(
    members,
    "GET",
    "/members",
    may="members.manage",
    summary=say("人员列表"),
    answer=MembersShape,
    asks=MemberAsks,
)
def listed(work: Work, asked: dict[str, Any]) -> Any:
    """List the members."""
    found, total = staff.listed(
        work, q=asked["q"], unit_id=asked["unit"], role=asked["role"], page=asked["page"]
    )
    shown = [_shape(one.member, one.unit, one.user) for one in found]
    return {"members": shown, "pages": pages(asked["page"], total, staff.PAGE)}


@operation(members, "GET", _MEMBER, may="members.manage", summary=say("一位人员"), answer=MemberShape)
def show(work: Work, member_id: UUID) -> Any:
    """Show a member."""
    member = staff.member(work, member_id)
    return tagged(_read(work, member), _tag(member))


@operation(
    members, "POST", "/members", may="members.manage", summary=say("增加人员"), answer=NewMember, body=MemberBody, status=201,
    does=("members.new",), secret=True, note=say("新账号的一次性登录码只在这次答复里，重发得不到第二次。"),
)  # fmt: skip
def add(work: Work, sent: dict[str, Any]) -> Any:
    """Give somebody a post."""
    made = staff.enrol(
        work, sent["sign_in_name"], sent["name"], sent["unit_id"], title=sent["title"].strip(),
        posts=set(sent["posts"]), roles=set(sent["roles"]),
    )  # fmt: skip
    return {"member": _read(work, made.member), "code": made.code}


@operation(
    members, "PATCH", _MEMBER, may="members.manage", summary=say("修改人员的岗位和角色"), answer=MemberShape, body=MemberChange,
    does=("members.edit",), matches=True,
)  # fmt: skip
def change(work: Work, sent: dict[str, Any], member_id: UUID) -> Any:
    """Change a member's name, post and roles."""
    member = staff.member(work, member_id)
    require_match(_tag(member))
    sent |= {name: sorted(set(sent[name])) for name in ("posts", "roles") if name in sent}
    sent |= {name: sent[name].strip() for name in ("name", "title") if name in sent}
    member = directory.change_member(work, member_id, **sent)
    return tagged(_read(work, member), _tag(member))


@operation(
    members, "POST", f"{_MEMBER}/code", may="members.manage", summary=say("发放一次性登录码"), answer=CodeShape,
    does=("members.give_code",), secret=True, note=say("登录码只在这次答复里。他原来的密码、登录和令牌全部失效。"),
)  # fmt: skip
def give_code(work: Work, member_id: UUID) -> Any:
    """Give a member's account a one-time code."""
    (slip,) = staff.give_codes(work, [member_id])
    return {"code": slip.code}


@operation(
    members, "POST", "/members/codes", may="members.manage", summary=say("给多人发放一次性登录码"), answer=SlipsShape,
    body=CodesBody, does=("members.codes",), secret=True, note=say("登录码只在这次答复里。他们原来的密码、登录和令牌全部失效。"),
)  # fmt: skip
def give_codes(work: Work, sent: dict[str, Any]) -> Any:
    """Give many members' accounts their one-time codes."""
    return {"slips": staff.give_codes(work, set(sent["members"]))}


@operation(
    members, "POST", f"{_MEMBER}/deactivate", may="members.manage", summary=say("停用岗位"), answer=ReleasedShape,
    does=("members.deactivate",), matches=True,
)  # fmt: skip
def deactivate(work: Work, member_id: UUID) -> Any:
    """Deactivate a post; what its holder had claimed goes back to the desk."""
    member = staff.member(work, member_id)
    require_match(_tag(member))
    return {"released": posts.deactivate(work, member_id), "member": _read(work, member)}


def _read(work: Work, member: Member) -> dict[str, Any]:
    unit = work.session.get_one(Unit, (work.tenant.id, member.unit_id))
    return _shape(member, unit, work.session.get_one(User, member.user_id))


def _shape(member: Member, unit: Unit, user: User) -> dict[str, Any]:
    return {
        "id": member.id, "name": member.name, "sign_in_name": user.login, "unit": {"id": unit.id, "name": unit.name},
        "title": member.title, "posts": member.posts, "roles": member.roles, "active": member.active and user.active,
    }  # fmt: skip


def _tag(member: Member) -> str:
    seen = [str(member.id), member.name, member.title, member.posts, member.roles, member.active]
    return sha256(orjson.dumps(seen)).hexdigest()[:32]
