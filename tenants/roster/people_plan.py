"""What a table of people would change: new posts and accounts, posts that change, posts that are given up. Pure.

A post is known by account and unit; a line without an account by name and unit. Somebody who moves gets a new post and gives up
the old one, so that what they did stays where they did it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from tenants.models import Member, Unit, User
from tenants.roster.fields import Reading, marked, need
from tenants.roster.people import FIELDS, Held, Line, Staff, line
from tenants.roster.tree import Tree
from tenants.sheets import Sheet
from tenants.text import say

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{0,40}")


@dataclass(frozen=True)
class NewPost:
    """A post to be given. user: the account that is there; None = a new one with this login."""

    row: int
    login: str
    user: User | None
    name: str
    unit: Unit
    title: str
    posts: tuple[str, ...]
    roles: tuple[str, ...]
    active: bool


@dataclass(frozen=True)
class ChangedPost:
    """A post to be changed. changes: field -> (before, after)."""

    row: int
    held: Held
    changes: Mapping[str, tuple[Any, Any]]

    @property
    def stops(self) -> bool:
        return self.changes.get("active", (None, None))[1] is False


@dataclass(frozen=True)
class PeoplePlan:
    """What a table would do. unnamed: how many posts the table does not name; they stay as they are.

    mark: tells this plan from any other; what is confirmed must be what was shown.
    """

    new: tuple[NewPost, ...] = ()
    changed: tuple[ChangedPost, ...] = ()
    unchanged: int = 0
    unnamed: int = 0
    mark: str = ""

    @property
    def empty(self) -> bool:
        return not self.new and not self.changed

    @property
    def accounts(self) -> int:
        """How many accounts are made."""
        return len({post.login for post in self.new if post.user is None})


def plan(sheet: Sheet, staff: Staff) -> PeoplePlan:
    """Return what a table does to a tenant's posts, also given up ones. Raises Invalid with everything that is wrong."""
    reading = Reading(sheet, FIELDS)
    need(reading, "name", "unit")
    for place, heading in reading.others():
        what, do = say("没有“{name}”这一列。", name=heading), say("请删除，或按模板改名。")
        reading.complain(sheet.heading_row, place, what, do)
    tree = Tree(staff.units)
    lines = [one for row in sheet.rows if (one := line(reading, row, staff, tree))]
    found = _plan(reading, staff, lines)
    reading.finish()
    new = tuple(_with_logins(staff, found.new))
    shown = [vars(one) | {"user": one.user and one.user.id, "unit": one.unit.id} for one in new]
    mark = marked(shown, [(one.held[0].id, one.changes) for one in found.changed])
    return replace(found, new=new, mark=mark)


def _plan(reading: Reading, staff: Staff, lines: Sequence[Line]) -> PeoplePlan:
    by_account = {(user.login, unit.id): (member, unit, user) for member, unit, user in staff.held}
    by_name: dict[tuple[str, UUID], list[Held]] = {}
    for one in staff.held:
        by_name.setdefault((one[0].name, one[1].id), []).append(one)
    users = {user.login: user for _, _, user in staff.held}
    new, changed, named = list[NewPost](), list[ChangedPost](), dict[object, int]()
    for each in lines:
        same = by_name.get((each.name, each.unit.id), [])
        if not each.login and len(same) > 1:
            what, do = say("这个单位有几位“{name}”。", name=each.name), say("请填写账号。")
            reading.complain(each.row, "account", what, do)
            continue
        held = by_account.get((each.login, each.unit.id)) if each.login else next(iter(same), None)
        key = held[0].id if held else (each.login or each.name, each.unit.id, not each.login)
        if named.setdefault(key, each.row) != each.row:
            what, do = say("与第 {row} 行是同一个岗位。", row=named[key]), say("请删去其中一行。")
            reading.complain(each.row, "account", what, do)
        elif held:
            changes = _changes(each, held[0])
            _check_change(reading, staff, each, held[0], changes)
            if changes:
                changed.append(ChangedPost(each.row, held, changes))
        else:
            new.append(_new(each, users.get(each.login)))
    _check_new(reading, staff, new)
    unchanged = len(lines) - len(new) - len(changed)
    unnamed = len({member.id for member, _, _ in staff.held} - named.keys())
    return PeoplePlan(tuple(new), tuple(changed), unchanged, unnamed)


def _check_change(
    reading: Reading, staff: Staff, each: Line, member: Member, changes: Mapping[str, tuple[Any, Any]]
) -> None:
    # Whoever manages members may not lock themselves out.
    admin = "tenant_admin" in each.given.get("roles", member.roles)
    if member.id == staff.own and (not admin or "active" in changes):
        what, do = say("不能取消自己的管理员身份。"), say("请由另一位管理员办理。")
        reading.complain(each.row, "active" if admin else "roles", what, do)
    if changes.get("active", (None, None))[1] and not each.unit.active:
        what, do = say("单位已停用。"), say("请换一个单位，或先恢复它。")
        reading.complain(each.row, "unit", what, do)


def _new(each: Line, user: User | None) -> NewPost:
    given = each.given
    return NewPost(
        each.row, each.login, user, each.name, each.unit, given.get("title", ""), tuple(given.get("posts", ())),
        tuple(given.get("roles") or ("staff",)), given.get("active", True),
    )  # fmt: skip


def _changes(each: Line, member: Member) -> dict[str, tuple[Any, Any]]:
    changes = {}
    for key, value in each.given.items():
        before = getattr(member, key)
        if (sorted(before) if isinstance(before, list) else before) != value:
            changes[key] = (before, value)
    return changes


def _check_new(reading: Reading, staff: Staff, new: Sequence[NewPost]) -> None:
    fresh = {post.login for post in new if post.login and post.user is None}
    taken, names = staff.taken(fresh), dict[str, str]()
    for post in new:
        if not post.unit.active:
            reading.complain(post.row, "unit", say("单位已停用。"), say("请换一个单位，或先恢复它。"))
        if post.login in taken:
            reading.complain(
                post.row,
                "account",
                say("登录名“{login}”已被使用。", login=post.login),
                say("请换一个登录名。"),
            )
        elif post.login and post.user is None and names.setdefault(post.login, post.name) != post.name:
            reading.complain(
                post.row, "name", say("同一个账号写了两个姓名。"), say("请改成同一个姓名，或换一个账号。")
            )


def _with_logins(staff: Staff, new: Sequence[NewPost]) -> list[NewPost]:
    """Return the new posts with a login for everybody: after the unit's code where that can be typed, numbered."""
    used = {post.login for post in new if post.login} | {user.login for _, _, user in staff.held}
    found = {post.row: post for post in new}
    numbers = Counter[str]()
    while waiting := [post for post in found.values() if not post.login]:
        wished: dict[str, NewPost] = {}
        for post in waiting:
            base = _login(staff.slug, post.unit)
            numbers[base] += 1
            wished[base if numbers[base] == 1 else f"{base}.{numbers[base]}"] = post
        taken = staff.taken(wished) | used
        for login, post in wished.items():
            if login not in taken:
                found[post.row] = replace(post, login=login)
    return list(found.values())


def _login(slug: str, unit: Unit) -> str:
    code = unit.code.lower()
    if _LOGIN.fullmatch(code) and len(slug) + len(code) < 56:
        return f"{slug}.{code}"
    return f"{slug}.{unit.id.hex[-6:]}"
