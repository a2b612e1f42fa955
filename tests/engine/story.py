"""Tells a campaign day by day: what the house does by itself, and what people do at their desks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import event, func, select

from engine import campaigns, duties, history, inbox, jobs, tasks
from engine.models import Instance, LedgerItem, Task
from engine.running import running
from tenants import outbox
from tenants.db import Work, system_work
from tenants.models import Job, Wakeup
from tests.engine.package import files
from tests.world import Door, HandClock
from workflows.publish import publish

ZONE = ZoneInfo("Asia/Shanghai")
PLAN = {"正文": "已安排。"}
MINOR = {"描述": "巷道积水", "级别": "一般"}
MAJOR = {"描述": "瓦斯超限", "级别": "重大"}
ACCEPTED = {"结论": "接收"}


@dataclass
class Story:
    """A published package and, once launched, its campaign. errors: what jobs raised, as a worker would log it."""

    open_work: Door
    clock: HandClock
    package: str
    campaign: UUID | None = None
    errors: list[str] = field(default_factory=list)

    def launch(self, on: str = "2024-11-01", **choices: Any) -> UUID:
        """Launch at nine in the morning of a day, and let the house open what is due."""
        self.at(on)
        with self.open_work("yangcheng", "admin") as work:
            self.campaign = campaigns.launch(work, self.package, choices).id
        self.ring()
        return self.campaign

    def at(self, day: str, hour: int = 9) -> None:
        """Let the clock show an hour of a local day; nothing else happens."""
        self.clock.at = datetime.combine(date.fromisoformat(day), time(hour), ZONE)

    def day(self, day: str, hour: int = 9) -> None:
        """Live through the days until then, as a service that is never down does: every morning what is due is done."""
        last = datetime.combine(date.fromisoformat(day), time(hour), ZONE)
        while (last - self.clock.at) > timedelta(days=1):
            self.clock.move(days=1)
            self.ring()
        self.clock.at = last
        self.ring()

    def due_jobs(self) -> list[UUID]:
        """Return the jobs that the scheduler would ring for now."""
        tenant = self.open_work.world.tenants["yangcheng"]
        with system_work(reads=True) as session:
            return [job for owner, job in outbox.due(session, self.clock.now(), 10_000) if owner == tenant]

    def run(self, job: UUID) -> bool:
        """Run one job as a worker does; return whether it went well."""
        try:
            jobs.run(partial(self.open_work, "yangcheng"), job)
        except Exception as error:
            self.errors.append(f"{type(error).__name__}: {error}")
            return False
        return True

    def ring(self) -> None:
        """Run everything that is due, and what becomes due by it."""
        tried: set[UUID] = set()
        while fresh := [job for job in self.due_jobs() if job not in tried]:
            for job in fresh:
                tried.add(job)
                self.run(job)

    def todo(self, login: str, **filters: Any) -> list[Task]:
        """Return the first page of somebody's inbox."""
        with self.open_work("yangcheng", login, reads=True) as work:
            return [row.task for row in inbox.page(work, inbox.Filters(**filters)).rows]

    def find(self, login: str, duty: str = "", name: str = "", *, ledger: str = "", unit: str = "") -> Task:
        """Return the one task in somebody's inbox that is meant."""
        wanted = self.open_work.world.unit(unit) if unit else None
        (found,) = [
            task
            for tab in ("todo", "claimable")
            for page in range(1, 6)
            for task in self.todo(login, tab=tab, page=page)
            if duty in ("", task.duty) and name in ("", task.name) and ledger in ("", task.ledger)
            and wanted in (None, task.unit_id)
        ]  # fmt: skip
        return found

    def do(
        self, login: str, duty: str = "", name: str = "", answers: Mapping[str, Any] = PLAN, **which: str
    ) -> Task:
        """Complete the one task in somebody's inbox that is meant."""
        return self.complete(login, self.find(login, duty, name, **which).id, answers)

    def complete(self, login: str, task: UUID, answers: Mapping[str, Any] = PLAN) -> Task:
        with self.open_work("yangcheng", login) as work:
            return tasks.complete(work, task, answers)

    def demand(self, login: str, duty: str, about: str = "") -> UUID:
        """Start a duty that somebody asks for and that opens at once; return the instance."""
        with self.open_work("yangcheng", login) as work:
            target = self.open_work.world.unit(about) if about else None
            opened = duties.start_on_demand(work, self.launched, duty, about_id=target)
            assert opened is not None
            return opened.id

    @property
    def launched(self) -> UUID:
        assert self.campaign is not None
        return self.campaign

    def instances(self, duty: str = "", ledger: str = "", unit: str = "") -> list[Instance]:
        """Return instances as the house knows them, oldest first."""
        query = select(Instance).order_by(Instance.opened_at, Instance.id)
        if duty or ledger:
            query = query.where(Instance.duty == duty, Instance.ledger == ledger)
        if unit:
            query = query.where(Instance.unit_id == self.open_work.world.unit(unit))
        return self.rows(query)

    def items(self, ledger: str = "hazards") -> list[LedgerItem]:
        return self.rows(select(LedgerItem).where(LedgerItem.ledger == ledger).order_by(LedgerItem.number))

    def rows(self, query: Any) -> list[Any]:
        with self.open_work("yangcheng") as work:
            return list(work.session.scalars(query))

    def count(self, what: Any, *where: Any) -> int:
        with self.open_work("yangcheng") as work:
            return int(work.session.scalar(select(func.count()).select_from(what).where(*where)) or 0)

    def rounds(self, instance: UUID) -> list[history.Round]:
        with self.open_work("yangcheng") as work:
            of = history.instance(work, instance)
            return history.rounds(work, running(work, of.campaign_id), of)

    def wakeups(self) -> set[UUID]:
        with system_work(reads=True) as session:
            return set(session.scalars(select(Wakeup.job_id)))

    def job_states(self) -> dict[UUID, str]:
        return {job.id: job.state for job in self.rows(select(Job))}


def begun(open_work: Door, clock: HandClock, changed: Mapping[str, bytes] | None = None) -> Story:
    """Publish the package in the county."""
    with open_work("yangcheng", "admin") as work:
        return Story(open_work, clock, publish(work, changed or files()).hash)


def self_check(story: Story, *hazards: Mapping[str, Any], login: str = "pine") -> UUID:
    """Let a mine hand in its self-check and sign it; return the instance."""
    filled = story.do(login, "self_check", "fill", {"hazards": list(hazards)})
    story.do(login, "self_check", "sign", ACCEPTED)
    return filled.instance_id


@contextmanager
def statements(work: Work) -> Iterator[list[str]]:
    """Collect the statements that run inside the block."""
    seen: list[str] = []
    engine = work.session.connection().engine

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        seen.append(" ".join(statement.split()))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
