"""A province to measure on, all of it invented: its cities, their counties, the counties' mines, somebody at each desk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import NullPool, create_engine, insert
from sqlalchemy.orm import Session

from engine import jobs
from tenants import accounts, directory, outbox, stand_ins
from tenants.base import new_id
from tenants.db import Work, system_work, unit_of_work
from tenants.models import Member, Posting, Tenant, Unit, User

NOW = datetime(2024, 11, 1, 1, 0, tzinfo=UTC)
TOP = "province"
_PACKAGE = Path(__file__).parent / "package"
# What an account that nobody signs in with has for a password.
_NO_PASSWORD = "!"


@dataclass(frozen=True)
class Scale:
    """How large a province is."""

    cities: int
    counties: int
    mines: int
    months: int = 3

    @property
    def authorities(self) -> int:
        return 1 + self.cities + self.counties


FULL = Scale(11, 100, 4000)
# A tenth of it is a province with one city.
QUARTER = Scale(3, 30, 300, months=1)


def tenth(scale: Scale) -> Scale:
    """Return the same at a tenth of the size; a city and a county there are at least."""
    cities, counties, mines = (max(1, round(one / 10)) for one in (scale.cities, scale.counties, scale.mines))
    return Scale(cities, counties, mines, scale.months)


@dataclass
class MovingClock:
    """Stands still until it is moved."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at

    def next_month(self) -> None:
        """Let it be the first of the next month, at the same hour."""
        self.at = (self.at.replace(day=1) + timedelta(days=32)).replace(day=1)


@dataclass(frozen=True)
class Province:
    """What was built. slugs: by level. clerks: slug -> who does everything there. mines: county's slug -> (unit, member)."""

    store: Path
    owner_url: str
    scale: Scale
    clock: MovingClock = field(default_factory=MovingClock)
    slugs: dict[str, list[str]] = field(default_factory=dict)
    ids: dict[UUID, str] = field(default_factory=dict)
    clerks: dict[str, UUID] = field(default_factory=dict)
    mines: dict[str, list[tuple[UUID, UUID]]] = field(default_factory=dict)

    def everywhere(self) -> Iterator[str]:
        """Yield all authorities, superiors first."""
        for level in ("province", "city", "county"):
            yield from self.slugs.get(level, ())

    def act(
        self, slug: str, member: UUID | None = None, *, reads: bool = False
    ) -> AbstractContextManager[Work]:
        """Open a unit of work of somebody there; of the clerk when nobody is named."""
        return unit_of_work(
            slug, member or self.clerks[slug], clock=self.clock, store=self.store, reads=reads
        )

    def house(self, slug: str) -> AbstractContextManager[Work]:
        return unit_of_work(slug, None, clock=self.clock, store=self.store, as_house=True)

    def ring(self) -> int:
        """Do what is due in all authorities until nothing is, and return how many jobs it were."""
        done = 0
        while True:
            with system_work(reads=True) as session:
                due = outbox.due(session, self.clock.now(), 5_000)
            if not due:
                return done
            for owner, job in due:
                jobs.run(partial(self.house, self.ids[owner]), job, lambda other: self.house(self.ids[other]))
            done += len(due)

    def settle(self) -> None:
        """Let the database look at what has been filled in, as it does by itself in time."""
        owner = create_engine(self.owner_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with owner.connect() as raw:
            raw.connection.cursor().execute("ANALYZE")


def files() -> dict[str, bytes]:
    """Return the package's files, by their paths."""
    found = (path for path in _PACKAGE.rglob("*") if path.is_file())
    return {path.relative_to(_PACKAGE).as_posix(): path.read_bytes() for path in found}


def found(owner_url: str, store: Path, *, scale: Scale) -> Province:
    """Found all authorities with their units and people in a database that has its tables; an application context is open."""
    made = Province(store, owner_url, scale)
    with system_work() as session:
        top = directory.add_tenant(session, TOP, "性能测试省", "province", code="990000")
        cities = [_below(session, top, "city", number) for number in range(scale.cities)]
        shared = islice(cycle(cities), scale.counties)
        counties = [_below(session, above, "county", number) for number, above in enumerate(shared)]
        for one in (top, *cities, *counties):
            made.slugs.setdefault(one.level, []).append(one.slug)
            made.ids[one.id] = one.slug
    for slug in made.everywhere():
        _open_office(made, slug)
    for number, slug in enumerate(made.slugs["county"]):
        mines = scale.mines // scale.counties + (number < scale.mines % scale.counties)
        _open_mines(made, slug, mines)
    return made


def _below(session: Session, above: Tenant, level: str, number: int) -> Tenant:
    slug = f"{level}-{number:03}"
    return directory.add_tenant(
        session, slug, f"{level} {number:03}", level, parent=above, code=f"99{number:04}"
    )


def _open_office(made: Province, slug: str) -> None:
    user = _users([slug])[0]
    with made.house(slug) as work:
        about = {"mandate": "all", "level": work.tenant.level}
        office = directory.add_unit(work, "office", work.tenant.name, "bureau", attributes=about)
        roles = ("staff", "tenant_admin", "author")
        made.clerks[slug] = directory.add_member(work, user, office.id, slug, roles=roles).id
        stand_ins.complete(work)


def _open_mines(made: Province, slug: str, number: int) -> None:
    """Add the mines below the county's own unit, with a person at each."""
    users = _users([f"{slug}-mine-{one}" for one in range(number)])
    with made.house(slug) as work:
        (office,) = (unit for unit in directory.units(work) if unit.code == "office")
        units = [_mine(work, office, one) for one in range(number)]
        members: list[dict[str, Any]] = [
            {
                "tenant_id": work.tenant.id, "id": new_id(), "user_id": user, "unit_id": unit["id"], "name": "矿上",
                "title": "", "posts": [], "roles": ["staff"], "active": True,
            }
            for user, unit in zip(users, units, strict=True)
        ]  # fmt: skip
        work.session.execute(insert(Unit), units)
        work.session.execute(insert(Member), members)
        posts = [
            {"id": new_id(), "user_id": m["user_id"], "tenant_id": work.tenant.id, "member_id": m["id"]}
            for m in members
        ]
        work.session.execute(insert(Posting), posts)
        made.mines[slug] = [(unit["id"], member["id"]) for unit, member in zip(units, members, strict=True)]


def _mine(work: Work, above: Unit, number: int) -> dict[str, Any]:
    key = new_id()
    return {
        "tenant_id": work.tenant.id, "id": key, "parent_id": above.id, "path": f"{above.path}{key.hex}/",
        "code": f"mine-{number}", "name": f"煤矿 {number:03}", "kind": "mine", "status": "生产", "attributes": {}, "active": True,
    }  # fmt: skip


def _users(logins: list[str]) -> list[UUID]:
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(), "login": login, "name": login, "password_hash": _NO_PASSWORD, "must_change": False,
            "stamp": accounts.new_stamp(),
        }
        for login in logins
    ]  # fmt: skip
    with system_work() as session:
        session.execute(insert(User), rows)
    return [row["id"] for row in rows]
