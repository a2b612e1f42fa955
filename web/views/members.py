"""Members: who holds which post, and their accounts."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from engine import posts, rosters
from tenants import access, directory
from tenants import members as staff
from tenants.base import id_in
from tenants.clock import machine_now
from tenants.db import Work
from tenants.errors import Conflict, Invalid
from tenants.models import Member, Unit, User
from tenants.text import say
from web.entry import command, done, form_page, page, wants_posted
from web.views.handout import handed_out
from web.views.shapes import page_number, page_shape
from web.words import clock_words, plural, said

members = Blueprint("members", __name__)

# Stands for a post without a name of its own.
_PLAIN = "-"
# So many accounts are listed to be chosen from; a form has its limits, too.
_LISTED = 500
_NOTES = {
    "tenant_admin": say("管单位、人员、日历，发起和结束行动"),
    "author": say("编制、发布方案，发起行动"),
    "staff": say("办理任务、填报"),
    "auditor": say("查操作记录、看行动进展，不办任务"),
    "readonly": say("只看不办"),
}


@page(members, "/members", "members.html", may="members.manage")
def index(work: Work) -> dict[str, Any]:
    """Show the members."""
    q, role, number = request.args.get("q", "").strip()[:100], request.args.get("role", ""), page_number()
    unit_id = id_in(request.args.get("unit", ""))
    found, total = staff.listed(work, q=q, unit_id=unit_id, role=role, page=number)
    seen = staff.last_seen(work, [one.member.id for one in found])
    return {
        "filters": {"q": q, "unit": unit_id or "", "role": role},
        "choices": {"units": _units(work), "roles": [(key, said(access.ROLES[key])) for key in _NOTES]},
        "members": [
            {
                "id": one.member.id, "name": one.member.name, "sign_in_name": one.user.login, "unit": one.unit.name,
                "post": one.member.title, "roles": [said(access.ROLES[role]) for role in one.member.roles],
                "active": one.member.active and one.user.active, "locked": _locked(one.user),
                "last_seen": seen.get(one.member.id),
            }
            for one in found
        ],
        "pages": page_shape(number, total, staff.PAGE),
    }  # fmt: skip


@form_page(members, "/members/new", "member_edit.html", may="members.manage")
def new(work: Work) -> Any:
    """Give somebody a post; a new account gets a one-time code, shown once."""
    if not wants_posted():
        return _page(work, None)
    unit_id = id_in(request.form.get("unit", ""))
    if unit_id is None:
        raise Invalid(say("请选择单位。"), say("请从列表中选择。"))
    made = staff.enrol(
        work, request.form.get("sign_in_name", ""), request.form.get("name", "")[:100], unit_id,
        title=_title(work), posts=_posts(), roles=request.form.getlist("roles"),
    )  # fmt: skip
    if made.code is None:
        return done(_("账号原已存在，已给他增加这个岗位。"), "members.edit", member_id=made.member.id)
    user = work.session.get_one(User, made.member.user_id)
    unit = work.session.get_one(Unit, (work.tenant.id, made.member.unit_id))
    return handed_out(staff.slips([(made.member, unit, user)], {user.id: made.code}))


@form_page(members, "/members/<uuid:member_id>", "member_edit.html", may="members.manage")
def edit(work: Work, member_id: UUID) -> Any:
    """Change a member's name, post and roles. A post in another unit is another post."""
    member = staff.member(work, member_id)
    if not wants_posted():
        return _page(work, member)
    # Only the first post is asked for; others, which a package's people were given elsewhere, stay.
    kept = [post for post in member.posts[1:] if post not in _posts()]
    directory.change_member(
        work, member_id, name=request.form.get("name", "").strip()[:100], title=_title(work, member),
        posts=[*_posts(), *kept], roles=sorted(request.form.getlist("roles")),
    )  # fmt: skip
    return done(_("已保存。"), "members.edit", member_id=member_id)


@command(members, "/members/<uuid:member_id>/code", may="members.manage")
def give_code(work: Work, member_id: UUID) -> Any:
    """Give a member's account a new one-time code and show it, this once."""
    return handed_out(staff.give_codes(work, [member_id]))


@form_page(members, "/members/codes", "codes.html", may="members.manage")
def codes(work: Work) -> Any:
    """Give many accounts their one-time codes at once, and show a slip for each, this once."""
    found, beyond = _without_password(work)
    if wants_posted():
        chosen = {one.member.id for one in found}
        if "all" not in request.form:
            given = request.form.getlist("member")[:_LISTED]
            chosen = {member_id for text in given if (member_id := id_in(text))}
        elif request.form.get("all") != str(len(found)):
            raise Conflict(say("名单刚刚有了变化，没有发放。"), say("请核对后重新发放。"))
        if not chosen:
            raise Invalid(say("没有选中任何人。"), say("请选择要发放的人员。"))
        return handed_out(staff.give_codes(work, chosen))
    return {
        "filters": {name: request.values.get(name, "")[:100] for name in ("q", "unit", "which")},
        "choices": {"units": _units(work)}, "total": len(found), "beyond": beyond, "key": uuid4().hex,
        "people": [
            {"id": one.member.id, "name": one.member.name, "unit": one.unit.name, "sign_in_name": one.user.login}
            | _state(one.user)
            for one in found[:_LISTED]
        ],
    }  # fmt: skip


@command(members, "/members/<uuid:member_id>/deactivate", may="members.manage")
def deactivate(work: Work, member_id: UUID) -> Response:
    """Deactivate a post; what its holder had claimed goes back to the desk."""
    count = posts.deactivate(work, member_id)
    words = _("已停用。") + (plural("%(n)s项已认领的任务放回可认领。", count) if count else "")
    return done(words, "members.index")


def _without_password(work: Work) -> tuple[list[staff.Listed], int]:
    """Return the accounts that were asked for, each with one of its posts, and how many more are in nobody's power here."""
    asked = request.values
    found, seen = list[staff.Listed](), set[UUID]()
    for one in staff.found(work, q=asked.get("q", "").strip()[:100], unit_id=id_in(asked.get("unit", ""))):
        wanted = one.user.must_change or asked.get("which") == "all"
        if one.member.active and one.user.active and wanted and one.user.id not in seen:
            seen.add(one.user.id)
            found.append(one)
    ours = staff.in_whose_power(work, seen)
    # One's own account is not among them: the slip would be the last thing that one sees.
    here = [one for one in found if one.user.id in ours and one.user.id != work.actor.user_id]
    return here, len(seen - ours)


def _state(user: User) -> dict[str, str]:
    if not user.must_change:
        return {"state": _("已设置密码"), "tone": "ok"}
    if user.code_until is None:
        return {"state": _("还没有设置密码"), "tone": ""}
    if user.code_until <= machine_now():
        return {"state": _("登录码已过期"), "tone": "bad"}
    return {"state": _("登录码%(at)s前有效", at=clock_words(user.code_until)), "tone": "warn"}


def _page(work: Work, member: Member | None) -> dict[str, Any]:
    user = work.session.get_one(User, member.user_id) if member else None
    form = _form(member, user)
    if request.method == "POST":
        form = {**form, **request.form.to_dict(), "roles": request.form.getlist("roles")}
    units = _units(work)
    if member:
        # A post belongs to its unit: whoever moves gets a new one, so that what they did stays where they did it.
        units = [(str(member.unit_id), work.session.get_one(Unit, (work.tenant.id, member.unit_id)).name)]
    return {
        "member": {"id": member.id, "name": member.name, "active": member.active, "locked": _locked(user)}
        if member
        else None,
        "form": form,
        "choices": {
            "units": units, "posts": _post_choices(work, member),
            "roles": [(key, said(access.ROLES[key]), said(note)) for key, note in _NOTES.items()],
        },
        "errors": {},
        "other_posts": _others(work, member), "key": uuid4().hex,
    }  # fmt: skip


def _form(member: Member | None, user: User | None) -> dict[str, Any]:
    if member is None or user is None:
        return {"roles": ["staff"]}
    return {
        "name": member.name, "sign_in_name": user.login, "unit": member.unit_id,
        "post": member.posts[0] if member.posts else _PLAIN, "roles": member.roles,
    }  # fmt: skip


def _others(work: Work, member: Member | None) -> list[dict[str, Any]]:
    """Return the other posts of the same account in this tenant; other tenants' posts are nobody's business here."""
    return [
        {"id": one.id, "unit": unit.name, "post": one.title}
        for one, unit, user in directory.members(work)
        if member and one.user_id == member.user_id and one.id != member.id
    ]


def _post_choices(work: Work, member: Member | None) -> list[tuple[str, str]]:
    """Return the posts that published packages speak of, and the plain one."""
    found = {_PLAIN: _("一般岗位")} | rosters.known_posts(work)
    for post in member.posts if member else ():
        found.setdefault(post, member.title if member else post)
    return list(found.items())


def _posts() -> list[str]:
    post = request.form.get("post", "").strip()[:64]
    return [] if post in ("", _PLAIN) else [post]


def _title(work: Work, member: Member | None = None) -> str:
    """Return what the chosen post is called; a title that was there stays with its post."""
    chosen = _posts()
    if member and (member.posts[:1] == chosen):
        return member.title
    words = dict(_post_choices(work, member))
    if chosen and chosen[0] not in words:
        raise Invalid(say("没有这个岗位。"), say("请从列表中选择。"))
    return words[chosen[0]] if chosen else ""


def _units(work: Work) -> list[tuple[str, str]]:
    return [(str(unit.id), "　" * (unit.path.count("/") - 2) + unit.name) for unit in directory.units(work)]


def _locked(user: User | None) -> bool:
    return bool(user and user.locked_until and user.locked_until > machine_now())
