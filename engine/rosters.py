"""Rosters taken over: many units or people at once, in one transaction, with what follows for running campaigns.

What a table means is decided in `tenants.roster`, and shown before; here it is carried out by the same plan. Statements grow with
what changes by hundreds of rows each, never one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from engine import owing, posts
from tenants import access, accounts, audit, directory
from tenants import members as staff
from tenants.base import batches, new_id
from tenants.db import Work
from tenants.errors import Conflict
from tenants.models import Member, Posting, Tenant, Unit, User
from tenants.roster import people, people_plan, unit_plan
from tenants.roster.people_plan import NewPost, PeoplePlan
from tenants.roster.unit_plan import UnitPlan
from tenants.roster.units import KINDS
from tenants.sheets import Sheet
from tenants.text import say
from workflows import publish
from workflows.traits import STATUS, Trait, kinds_of, merged, traits


def plan_units(work: Work, sheet: Sheet) -> UnitPlan:
    """Return what a table of units would do here. Raises Invalid with all its problems."""
    access.require(work.viewer, "units.manage")
    statuses = published_traits(work).get(STATUS, Trait()).values
    return unit_plan.plan(sheet, directory.units(work, active=False), published_kinds(work), statuses)


def published_kinds(work: Work) -> dict[str, str]:
    """Return the kinds of units that the tenant's published packages know besides the usual, with their titles."""
    found: dict[str, str] = {}
    for row in publish.versions(work):
        found = {**kinds_of(publish.load(work, row.hash)), **found}
    return {kind: title for kind, title in found.items() if kind not in KINDS}


def published_traits(work: Work) -> dict[str, Trait]:
    """Return what the tenant's published packages read of units: attribute -> its values and kinds, the status among them."""
    return merged(traits(publish.load(work, row.hash)) for row in publish.versions(work))


def preview_units(work: Work, plan: UnitPlan) -> owing.Effects:
    """Return what the plan would let go and open in running campaigns, changing nothing."""
    access.require(work.viewer, "units.manage")
    if plan.empty:
        return owing.Effects((), ())
    return owing.preview_changes(work, [one.unit for one in plan.changed], lambda: _set_units(work, plan))


def import_units(work: Work, sheet: Sheet, mark: str = "") -> tuple[UnitPlan, owing.Effects]:
    """Take a table of units over; return what was done and what followed from it.

    mark: of the plan that was shown; raises Conflict when it would be another one by now.
    """
    access.require(work.viewer, "units.manage")
    _alone(work)
    plan = plan_units(work, sheet)
    _same(plan, mark)
    if plan.empty:
        return plan, owing.Effects((), ())
    effects = owing.change_units(work, [one.unit for one in plan.changed], lambda: _set_units(work, plan))
    stopped = sum(one.stops for one in plan.changed)
    audit.record(
        work, "unit.import", "tenant", work.tenant.id, file=sheet.name, added=len(plan.new), changed=len(plan.changed),
        stopped=stopped,
    )  # fmt: skip
    return plan, effects


def _alone(work: Work) -> None:
    """Wait for other imports into this tenant: two at once would both find the same names free."""
    work.session.scalars(select(Tenant).where(Tenant.id == work.tenant.id).with_for_update()).one()


def _same(plan: UnitPlan | PeoplePlan, mark: str) -> None:
    if mark and plan.mark != mark:
        raise Conflict(say("从核对到确认，单位或人员有了变化，没有导入。"), say("请重新上传，核对后再确认。"))


def _set_units(work: Work, plan: UnitPlan) -> list[Unit]:
    """Add and change the units of a plan and return them."""
    units = {unit.code: unit for unit in work.session.scalars(select(Unit).with_for_update())}
    new = _add_units(work, plan, units)
    changed = []
    for one in plan.changed:
        unit = units[one.unit.code]
        changed.append(unit)
        for key, (_, after) in one.changes.items():
            if key == "parent":
                unit.parent_id = units[after].id if after else None
            else:
                setattr(unit, key, after)
    if any("parent" in one.changes for one in plan.changed):
        _set_paths(units.values())
    work.session.flush()
    audit.record_all(work, "unit.add", "unit", [(u.id, u.id, {"name": u.name, "kind": u.kind}) for u in new])
    told = [
        (one.unit.id, one.unit.id, {
            "before": _told(one.changes, 0, units), "after": _told(one.changes, 1, units),
        })
        for one in plan.changed
    ]  # fmt: skip
    audit.record_all(work, "unit.change", "unit", told)
    return [*new, *changed]


def _told(changes: Mapping[str, tuple[Any, Any]], side: int, units: Mapping[str, Unit]) -> dict[str, Any]:
    """Return one side of a change as the trail tells it: superiors by their ids."""
    told = {key: values[side] for key, values in changes.items() if key != "parent"}
    if "parent" in changes:
        code = changes["parent"][side]
        told["parent_id"] = str(units[code].id) if code else None
    return told


def _add_units(work: Work, plan: UnitPlan, units: dict[str, Unit]) -> list[Unit]:
    """Add the new units, superiors first, so that each finds its own; they join `units`."""
    new = []
    for one in plan.new:
        made, above = new_id(), units[one.parent] if one.parent else None
        unit = Unit(
            tenant_id=work.tenant.id, id=made, parent_id=above.id if above else None, code=one.code, name=one.name,
            kind=one.kind, status=one.status, active=one.active, attributes=dict(one.attributes),
            path=f"{above.path if above else '/'}{made.hex}/",
        )  # fmt: skip
        units[one.code] = unit
        new.append(unit)
    work.session.add_all(new)
    return new


def _set_paths(units: Collection[Unit]) -> None:
    """Give every unit the path that its superiors make."""
    by_id = {unit.id: unit for unit in units}
    for unit in units:
        ids = [unit.id.hex]
        above = unit.parent_id
        while above is not None:
            ids.append(above.hex)
            above = by_id[above].parent_id
        path = f"/{'/'.join(reversed(ids))}/"
        if path != unit.path:
            unit.path = path


# --- people --------------------------------------------------------------------------------------------------------------


def known_posts(work: Work) -> dict[str, str]:
    """Return the posts that published packages speak of, and what they are called there."""
    found: dict[str, str] = {}
    for version in publish.versions(work):
        for actor in publish.load(work, version.hash).actors.values():
            if actor.post:
                found.setdefault(actor.post, actor.title)
    return found


def plan_people(work: Work, sheet: Sheet) -> PeoplePlan:
    """Return what a table of people would do here. Raises Invalid with all its problems."""
    access.require(work.viewer, "members.manage")
    held = directory.members(work, active=False)
    names = post_names(work, held)
    return people_plan.plan(
        sheet,
        people.Staff(
            work.tenant.slug, directory.units(work, active=False), held, names,
            lambda logins: accounts.taken(work.session, logins), work.actor.member_id,
        ),
    )  # fmt: skip


def post_names(work: Work, held: Iterable[people.Held]) -> dict[str, str]:
    """Return every post that may be given here, and what it is called: those of packages, and those that are held."""
    return {post: post for member, _, _ in held for post in member.posts} | known_posts(work)


def import_people(work: Work, sheet: Sheet, mark: str = "") -> tuple[PeoplePlan, list[staff.Slip]]:
    """Take a table of people over; return what was done, and the slips of the accounts that were made, to be shown once.

    mark: of the plan that was shown; raises Conflict when it would be another one by now.
    """
    access.require(work.viewer, "members.manage")
    _alone(work)
    plan = plan_people(work, sheet)
    _same(plan, mark)
    fresh = {post.login: post.name for post in plan.new if post.user is None}
    users, given = accounts.add_users(work.session, fresh.items())
    by_login = {user.login: user for user in users}
    made = _give_posts(work, plan.new, by_login)
    _change_posts(work, plan)
    if not plan.empty:
        stopped = sum(one.stops for one in plan.changed)
        audit.record(
            work, "member.import", "tenant", work.tenant.id, file=sheet.name, added=len(plan.new), changed=len(plan.changed),
            stopped=stopped, accounts=len(users),
        )  # fmt: skip
    told = [
        (member, post.unit, by_login[post.login])
        for member, post in zip(made, plan.new, strict=True)
        if post.login in by_login
    ]
    return plan, staff.slips(sorted(told, key=lambda one: (one[1].path, one[0].name, one[0].id)), given)


def _give_posts(work: Work, new: Sequence[NewPost], by_login: dict[str, User]) -> list[Member]:
    members = [
        Member(
            tenant_id=work.tenant.id, id=new_id(), user_id=(post.user or by_login[post.login]).id, unit_id=post.unit.id,
            name=post.name, title=post.title, posts=sorted(post.posts), roles=sorted(post.roles), active=post.active,
        )
        for post in new
    ]  # fmt: skip
    work.session.add_all(members)
    work.session.flush()
    _post(work, [member for member in members if member.active])
    audit.record_all(
        work, "member.add", "member",
        [(one.id, one.unit_id, {"roles": one.roles, "posts": one.posts}) for one in members],
    )  # fmt: skip
    return members


def _change_posts(work: Work, plan: PeoplePlan) -> None:
    ids = [one.held[0].id for one in plan.changed]
    held: dict[UUID, Member] = {}
    for some in batches(ids):
        query = select(Member).where(Member.id.in_(some)).with_for_update()
        held |= {member.id: member for member in work.session.scalars(query)}
    told: list[tuple[UUID, UUID | None, dict[str, Any]]] = []
    for one in plan.changed:
        member = held[one.held[0].id]
        for key, (_, after) in one.changes.items():
            setattr(member, key, after)
        before = {key: before for key, (before, _) in one.changes.items()}
        after = {key: after for key, (_, after) in one.changes.items()}
        told.append((member.id, member.unit_id, {"before": before, "after": after}))
    work.session.flush()
    _post(work, [held[one.held[0].id] for one in plan.changed if one.changes.get("active", (0, 0))[1]])
    posts.give_up(work, [one.held[0].id for one in plan.changed if one.stops])
    audit.record_all(work, "member.change", "member", told)


def _post(work: Work, members: Sequence[Member]) -> None:
    """Tell the house which accounts have posts here."""
    rows = [
        {"id": new_id(), "user_id": member.user_id, "tenant_id": work.tenant.id, "member_id": member.id}
        for member in members
    ]
    if rows:
        work.session.execute(insert(Posting), rows)
