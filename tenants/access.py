"""Who may do what, and who sees what. Pure: one rule, asked for one thing (`may_see`) or for a list (`visible`).

Two tenants never meet here (the wall in `db` sees to that). Inside one tenant units are strangers too: two competing mines
are units of one county. A member sees what belongs to their own unit and the units below it, what is about those units
unless it is hidden from them, what is addressed to their post, and, with a mandate, everything of the tenant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, true

from tenants.errors import Forbidden
from tenants.text import Message, say, together

ROLES: Mapping[str, Message] = {
    "system_admin": say("系统管理员"),
    "tenant_admin": say("本级管理员"),
    "author": say("方案编制"),
    "staff": say("经办人员"),
    "auditor": say("审计人员"),
    "readonly": say("只读人员"),
}

# action -> roles that may do it. What is not named here nobody may do.
GRANTS: Mapping[str, frozenset[str]] = {
    "task.work": frozenset({"staff"}),
    "work.see": frozenset({"staff", "tenant_admin", "author", "readonly", "auditor"}),
    "delivery.turn": frozenset({"staff", "tenant_admin", "author"}),
    "campaign.launch": frozenset({"tenant_admin", "author"}),
    "campaign.steer": frozenset({"tenant_admin", "author"}),
    "package.read": frozenset({"tenant_admin", "author", "auditor", "readonly"}),
    "package.publish": frozenset({"tenant_admin", "author"}),
    "template.publish": frozenset({"tenant_admin"}),
    "units.manage": frozenset({"tenant_admin"}),
    "members.manage": frozenset({"tenant_admin"}),
    "incidents.manage": frozenset({"tenant_admin"}),
    "audit.read": frozenset({"auditor"}),
    "tenants.manage": frozenset({"system_admin"}),
}


class Reach(Set[UUID]):
    """A unit and all units below it. Those below are read when somebody asks for another than the unit itself."""

    def __init__(self, own: UUID, read: Callable[[], Iterable[UUID]]) -> None:
        self._own, self._read = own, read

    @cached_property
    def _all(self) -> frozenset[UUID]:
        return frozenset((self._own, *self._read()))

    def __contains__(self, unit: object) -> bool:
        return unit is not None and (unit == self._own or unit in self._all)

    def __iter__(self) -> Iterator[UUID]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)


@dataclass(frozen=True)
class Viewer:
    """The one who looks.

    units: ids of the member's own unit and all below it; None = a mandate over every unit of the tenant.
    """

    member_id: UUID | None
    unit_id: UUID | None
    posts: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    units: Set[UUID] | None = frozenset()


SYSTEM = Viewer(member_id=None, unit_id=None, roles=frozenset({"system"}), units=None)


@dataclass(frozen=True)
class Placing:
    """Where a thing stands inside its tenant.

    unit_id: whose it is. about_id: the unit it is about. hidden: the unit it is about must not know of it.
    desk_id, post: to which unit's desk or post it is addressed. open_to_all: meant for everybody in the tenant.
    """

    unit_id: UUID | None = None
    about_id: UUID | None = None
    hidden: bool = False
    desk_id: UUID | None = None
    post: str | None = None
    open_to_all: bool = False


def may(viewer: Viewer, action: str) -> bool:
    """Tell whether the viewer's roles grant the action; an unknown action is granted to nobody."""
    return "system" in viewer.roles or bool(viewer.roles & GRANTS.get(action, frozenset()))


def require(viewer: Viewer, action: str) -> None:
    """Raise Forbidden unless the viewer's roles grant the action."""
    if not may(viewer, action):
        needed = [ROLES[role] for role in sorted(GRANTS.get(action, ()))]
        raise Forbidden(
            say("您的岗位没有办理此事的权限。"),
            say("此事由{roles}办理。", roles=together(needed)) if needed else None,
            action=action,
        )


def may_see(viewer: Viewer, placing: Placing) -> bool:
    """Tell whether the viewer may see a thing that stands there. The same rule as `visible`."""
    if viewer.units is None or placing.open_to_all:
        return True
    if placing.unit_id in viewer.units or placing.desk_id in viewer.units:
        return True
    if placing.about_id in viewer.units and not placing.hidden:
        return True
    return placing.post is not None and placing.desk_id is None and placing.post in viewer.posts


def visible(viewer: Viewer, columns: Mapping[str, Any]) -> ColumnElement[bool]:
    """Return the condition under which rows are seen. The same rule as `may_see`.

    columns: names of Placing -> column; one that a table lacks is left out and never grants anything.
    """
    if viewer.units is None:
        return true()
    units = sorted(viewer.units)
    ways: list[ColumnElement[bool]] = [
        columns[name].in_(units) for name in ("unit_id", "desk_id") if name in columns
    ]
    if "about_id" in columns:
        about = columns["about_id"].in_(units)
        ways.append(and_(about, columns["hidden"].is_(False)) if "hidden" in columns else about)
    if "post" in columns and viewer.posts:
        addressed = columns["post"].in_(sorted(viewer.posts))
        ways.append(and_(addressed, columns["desk_id"].is_(None)) if "desk_id" in columns else addressed)
    if "open_to_all" in columns:
        ways.append(columns["open_to_all"].is_(True))
    return or_(*ways) if ways else ~true()


def may_work(viewer: Viewer, desk_id: UUID | None, post: str | None) -> bool:
    """Tell whether a task at that desk and post is the viewer's to work off.

    A task is addressed to a desk (any staff there), to a post at a desk, or to a post anywhere in the tenant.
    """
    if not may(viewer, "task.work"):
        return False
    if desk_id is not None and desk_id != viewer.unit_id:
        return False
    if post is not None and post not in viewer.posts:
        return False
    return desk_id is not None or post is not None


def workable(viewer: Viewer, desk: Any, post: Any) -> ColumnElement[bool]:
    """Return the condition under which tasks are the viewer's to work off. The same rule as `may_work`.

    desk, post: the columns of the task table.
    """
    ways = ways_to_work(viewer, desk, post)
    return or_(*ways) if ways else ~true()


def ways_to_work(viewer: Viewer, desk: Any, post: Any) -> list[ColumnElement[bool]]:
    """Return the conditions of which one must hold, each by itself fit for an index: a database finds few rows by either,
    but reads all of them for both in one."""
    if not may(viewer, "task.work"):
        return []
    posts, ways = sorted(viewer.posts), []
    if viewer.unit_id is not None:
        ways.append(and_(desk == viewer.unit_id, or_(post.is_(None), post.in_(posts))))
    if posts:
        ways.append(and_(post.in_(posts), desk.is_(None)))
    return ways
