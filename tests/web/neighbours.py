"""A county among others: its superior, a town below it and a county that it has nothing to do with, each with things of its own.

One report of the county was delivered to its superior, and a package was handed down to it: that they share, and nothing else.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from uuid import UUID

from engine import campaigns
from engine.cascade import down
from tenants import accounts, directory
from tenants.db import system_work
from tenants.models import Member
from tests.engine.story import Story, begun
from tests.engine.test_deliveries import carry, upward
from tests.web.county import County, set_going
from tests.world import PASSWORD, Door, World
from workflows.publish import publish

# login of its administrator -> (its tenant, level, whose child it is, its mine)
STRANGERS = {
    "city-admin": ("jincheng", "city", "", "citypit"),
    "town-admin": ("beiliu", "township", "yangcheng", "townpit"),
    "far-admin": ("faraway", "county", "", "farpit"),
}
# The package that the superior made, handed down and launched; it leaves open who an actor is.
OWN_PACKAGE = "city-winter"
PICKED = "  picked: {title: 牵头单位, chosen: true, unit: \"kind == 'mine'\"}\n"


@dataclass(frozen=True)
class Neighbours:
    """victim: whose things nobody else may find. strangers: login -> what that administrator's own authority has.

    delivered: what the victim sent to its superior.
    """

    world: World
    victim: County
    strangers: dict[str, County]
    delivered: UUID


def played(open_work: Door) -> Neighbours:
    """Let each of them have a campaign in its midst."""
    door = replace(open_work, world=copy.deepcopy(open_work.world))
    for login, (tenant, level, parent, mine) in STRANGERS.items():
        _found(door, login, tenant, level, parent, mine)
    victim = set_going(door, door.clock, door.world, "yangcheng", "pine", "pine", "admin")
    strangers = {
        login: set_going(door, door.clock, door.world, tenant, mine, mine, login)
        for login, (tenant, _level, _parent, mine) in STRANGERS.items()
    }
    delivered = _deliver(door)
    return Neighbours(door.world, victim, strangers, delivered)


def _found(door: Door, login: str, tenant: str, level: str, parent: str, mine: str) -> None:
    """Found an authority, unless it is there, with a bureau and a mine and somebody in each."""
    world = door.world
    with system_work() as session:
        if tenant not in world.tenants:
            above = directory.tenant_by_id(session, world.tenants[parent]) if parent else None
            world.tenants[tenant] = directory.add_tenant(
                session, tenant, f"{tenant}局", level, parent=above
            ).id
        for one in (login, mine):
            world.users[one] = accounts.add_user(session, one, one, PASSWORD, must_change=False).id
    with door(tenant) as work:
        for code, kind, status in (("bureau", "bureau", ""), (mine, "mine", "生产")):
            attributes = {"mandate": "all"} if kind == "bureau" else {"method": "井工", "output": 90}
            row = directory.add_unit(
                work, code, f"{tenant}{code}", kind, status=status, attributes=attributes
            )
            world.units[tenant, code] = row.id
        for one, unit, posts, roles in (
            (login, "bureau", (), ("tenant_admin", "author", "staff")),
            (mine, mine, ("mine_head",), ("staff",)),
        ):
            member = directory.add_member(
                work, world.users[one], world.units[tenant, unit], one, posts=posts, roles=roles
            )
            world.members[one] = (tenant, member.id)


def _deliver(door: Door) -> UUID:
    """Let the county report to its superior, which hands a package down to it; let the jobs run."""
    story = _reported(door)
    with door("jincheng", "city-admin") as work:
        handed = publish(work, _named(OWN_PACKAGE, PICKED)).hash
        down.hand_down(work, handed, [door.world.tenants["yangcheng"]])
        campaigns.launch(work, handed, {})
        me = work.session.get_one(Member, (work.tenant.id, door.world.member("city-admin")))
        directory.change_member(work, me.id, posts=[*me.posts, "leading_group"])
    # Each county has one job that is broken on purpose.
    wrong = [error for error in carry(story, door) if "'ring'" not in error]
    assert wrong == []
    (instance,) = story.instances("upward")
    return instance.id


def _reported(door: Door) -> Story:
    story = begun(door, door.clock, _named("own-winter"))
    story.launch()
    story.demand("clerk", "upward")
    story.do("clerk", "upward", "fill", {"正文": "雨季三防已落实。"})
    return story


def _named(package: str, actors: str = "") -> dict[str, bytes]:
    """Return the package with a report to the superior, under another name and with more actors."""
    files = upward()
    text = files["campaign.yaml"].decode().replace("id: winter-2024", f"id: {package}")
    return {**files, "campaign.yaml": text.replace("phases:\n", f"{actors}phases:\n", 1).encode()}
