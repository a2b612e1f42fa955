"""A database of the house made ready to be measured on: one county, its mines, a clerk at one of them, a campaign."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Engine, NullPool, bindparam, create_engine, insert, select

from engine import campaigns
from engine.bench import course
from engine.births import open_all
from engine.models import Task
from engine.opening import Opening
from engine.running import running
from tenants import accounts, directory
from tenants.base import new_id, table_of
from tenants.clock import FixedClock
from tenants.db import Work, db, system_work, unit_of_work
from tenants.models import Unit
from tenants.prepared import Prepared
from workflows.publish import publish

TENANT = "bench"
# Mines in the county; each has a company above it that has ten.
MINES = 200
NOW = datetime(2024, 11, 1, 1, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Ground:
    """Where it is measured. tenant, member, mine: the county, the clerk who works and the unit they work for."""

    store: Path
    owner_url: str
    tenant: UUID
    member: UUID
    mine: UUID
    campaign: UUID

    @property
    def engine(self) -> Engine:
        return db.engine

    @property
    def is_postgresql(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    def as_clerk(self, *, reads: bool = False) -> AbstractContextManager[Work]:
        """Open a unit of work as the clerk, as a request of theirs does."""
        return unit_of_work(TENANT, self.member, clock=FixedClock(NOW), store=self.store, reads=reads)

    def as_house(self, *, reads: bool = False) -> AbstractContextManager[Work]:
        return _as_house(self.store, reads=reads)

    def settle(self) -> None:
        """Let the database look at what has been filled in, as it does by itself in time."""
        owner = create_engine(self.owner_url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        raw = owner.connect()
        raw.connection.cursor().execute("ANALYZE")
        raw.close()

    def begin(self) -> UUID:
        """Start one instance for the clerk's mine and return its id."""
        with self.as_house() as work:
            live = running(work, self.campaign)
            mine = work.session.get_one(Unit, (self.tenant, self.mine))
            (instance,) = open_all(work, live, [Opening(course.PROCESS, "性能测试", mine, duty=course.ONE)])
            return instance.id

    def waiting(self, instance: UUID) -> UUID:
        """Return the first open task of an instance."""
        with self.as_house(reads=True) as work:
            found = _WAITING.row(work.session, instance=instance)
            return found[0] if found else instance


_T = table_of(Task)
# Looked for between any two completions that are timed: it must not be a command of its own that sweeps the caches.
_WAITING = Prepared(
    select(_T.c.id)
    .where(
        _T.c.tenant_id == bindparam("tenant"), _T.c.instance_id == bindparam("instance"), _T.c.state == "open"
    )
    .order_by(_T.c.id)
)


def prepare(owner_url: str, store: Path, *, mines: int = MINES) -> Ground:
    """Fill a database that has its tables; an application context must be open.

    owner_url: the database as the owner of its tables reaches it. store: a folder for files.
    """
    with system_work() as session:
        directory.add_tenant(session, TENANT, "性能测试县", "county", code="000000")
        user = accounts.add_user(session, "bench", "测试经办", "correct-horse-7", must_change=False).id
    with _as_house(store) as work:
        bureau = directory.add_unit(work, "bureau", "应急管理局", "bureau", attributes={"mandate": "all"})
        directory.add_unit(work, "office", "煤矿安全监管股", "office", parent_id=bureau.id)
        rows = _mines(work, mines)
        work.session.execute(insert(Unit), rows)
        mine = rows[-1]["id"]
        member = directory.add_member(work, user, mine, "测试经办", posts=("mine_head",))
        package = publish(work, course.files()).hash
        campaign = campaigns.launch(work, package).id
        return Ground(store, owner_url, work.tenant.id, member.id, mine, campaign)


def _mines(work: Work, number: int) -> list[dict[str, Any]]:
    """Return rows of companies and their mines, ten to each."""
    companies = [_unit(work, f"c{n}", "company", None) for n in range(-(-number // 10))]
    return companies + [_unit(work, f"m{n}", "mine", companies[n // 10]) for n in range(number)]


def _unit(work: Work, code: str, kind: str, above: dict[str, Any] | None) -> dict[str, Any]:
    key = new_id()
    return {
        "tenant_id": work.tenant.id, "id": key, "parent_id": above["id"] if above else None,
        "path": f"{above['path'] if above else '/'}{key.hex}/", "code": code, "name": code, "kind": kind, "status": "",
        "attributes": {}, "active": True,
    }  # fmt: skip


def _as_house(store: Path, *, reads: bool = False) -> AbstractContextManager[Work]:
    return unit_of_work(TENANT, None, clock=FixedClock(NOW), store=store, reads=reads, as_house=True)


def later(hours: int) -> datetime:
    return NOW + timedelta(hours=hours)
