"""A small world for the tests: a province, two counties that are strangers, and in each a bureau, companies and mines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from tenants import accounts, directory
from tenants.db import Work, system_work, unit_of_work
from tenants.models import Tenant

PASSWORD = "correct-horse-7"
BEGINNING = datetime(2024, 11, 1, 1, 0, tzinfo=UTC)  # 9 o'clock in the county

# tenant -> (code, name, kind, code above, status, attributes)
UNITS: Mapping[str, list[tuple[str, str, str, str, str, Mapping[str, Any]]]] = {
    "yangcheng": [
        ("bureau", "阳城县应急管理局", "bureau", "", "", {"mandate": "all"}),
        ("safety", "煤矿安全监管股", "office", "bureau", "", {}),
        ("north", "北山煤业公司", "company", "", "", {}),
        ("pine", "松岭煤矿", "mine", "north", "生产", {"method": "井工", "output": 90, "shifts": 3}),
        ("pine-dig", "松岭煤矿采煤队", "section", "pine", "", {}),
        ("creek", "石溪煤矿", "mine", "north", "停产", {"method": "井工", "output": 60, "shifts": 2}),
        ("south", "南坪煤业公司", "company", "", "", {}),
        ("plain", "南坪露天煤矿", "mine", "south", "生产", {"method": "露天", "output": 300, "shifts": 2}),
    ],
    "qinshui": [
        ("bureau", "沁水县应急管理局", "bureau", "", "", {"mandate": "all"}),
        ("willow", "柳湾煤矿", "mine", "", "生产", {"method": "井工", "output": 120, "shifts": 3}),
    ],
}
# tenant -> (login, name, unit's code, posts, roles)
MEMBERS: Mapping[str, list[tuple[str, str, str, Iterable[str], Iterable[str]]]] = {
    "yangcheng": [
        ("admin", "管理员甲", "bureau", (), ("tenant_admin",)),
        ("author", "编制人乙", "safety", (), ("author", "staff")),
        ("clerk", "经办人丙", "safety", ("leading_group",), ("staff",)),
        ("auditor", "审计员丁", "bureau", (), ("auditor",)),
        ("reader", "只读戊", "bureau", (), ("readonly",)),
        ("north", "公司安全部长", "north", ("safety_head",), ("staff",)),
        ("pine", "松岭矿长", "pine", ("mine_head",), ("staff",)),
        ("pine-dig", "采煤队长", "pine-dig", (), ("staff",)),
        ("creek", "石溪矿长", "creek", ("mine_head",), ("staff",)),
        ("plain", "南坪矿长", "plain", ("mine_head",), ("staff",)),
    ],
    "qinshui": [
        ("qs-admin", "沁水管理员", "bureau", (), ("tenant_admin", "author", "staff")),
        ("willow", "柳湾矿长", "willow", ("mine_head",), ("staff",)),
    ],
}


@dataclass
class HandClock:
    """A clock that goes only when it is told to."""

    at: datetime = BEGINNING

    def now(self) -> datetime:
        return self.at

    def move(self, **span: float) -> datetime:
        """Move by days=, hours=, minutes=… and return the new instant."""
        self.at += timedelta(**span)
        return self.at


@dataclass(frozen=True)
class World:
    """Who there is. units: (tenant, code) -> id. members: login -> (tenant, member id). users: login -> id."""

    tenants: dict[str, UUID] = field(default_factory=dict)
    units: dict[tuple[str, str], UUID] = field(default_factory=dict)
    members: dict[str, tuple[str, UUID]] = field(default_factory=dict)
    users: dict[str, UUID] = field(default_factory=dict)

    def unit(self, code: str, tenant: str = "yangcheng") -> UUID:
        return self.units[tenant, code]

    def member(self, login: str) -> UUID:
        return self.members[login][1]


@dataclass(frozen=True)
class Door:
    """Opens units of work: `open_work("yangcheng", "clerk")`; without a login the house itself acts."""

    world: World
    clock: HandClock
    store: Path

    def __call__(
        self, tenant: str = "yangcheng", login: str | None = None, *, reads: bool = False
    ) -> AbstractContextManager[Work]:
        member = self.world.member(login) if login else None
        return unit_of_work(
            tenant, member, clock=self.clock, store=self.store, reads=reads, as_house=login is None
        )


def whole_province(slug: str = "yangcheng") -> None:
    """Let an authority be a province without a superior, which holds the whole chain by itself."""
    with system_work() as session:
        row = session.scalars(select(Tenant).where(Tenant.slug == slug)).one()
        row.level, row.parent_id = "province", None


def make_world(store: Path) -> World:
    """Fill an empty database; an application context must be open."""
    world = World()
    clock = HandClock()
    with system_work() as session:
        shanxi = directory.add_tenant(session, "shanxi", "山西省", "province", code="140000")
        city = directory.add_tenant(session, "jincheng", "晋城市", "city", parent=shanxi, code="140500")
        yangcheng = directory.add_tenant(session, "yangcheng", "阳城县", "county", parent=city, code="140522")
        qinshui = directory.add_tenant(session, "qinshui", "沁水县", "county", parent=city, code="140521")
        world.tenants.update({tenant.slug: tenant.id for tenant in (shanxi, city, yangcheng, qinshui)})
        people = [row for rows in MEMBERS.values() for row in rows]
        for login, name, *_ in people:
            world.users[login] = accounts.add_user(session, login, name, PASSWORD, must_change=False).id
        root = accounts.add_user(
            session, "root", "系统管理员", PASSWORD, must_change=False, system_admin=True
        )
        world.users["root"] = root.id
    for tenant, units in UNITS.items():
        with unit_of_work(tenant, None, clock=clock, store=store, as_house=True) as work:
            for code, name, kind, above, status, attributes in units:
                row = directory.add_unit(
                    work, code, name, kind, status=status, attributes=attributes,
                    parent_id=world.units[tenant, above] if above else None,
                )  # fmt: skip
                world.units[tenant, code] = row.id
            for login, name, unit, posts, roles in MEMBERS[tenant]:
                member = directory.add_member(
                    work, world.users[login], world.units[tenant, unit], name, posts=posts, roles=roles
                )
                world.members[login] = (tenant, member.id)
    return world
