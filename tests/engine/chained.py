"""One campaign at three levels: a county with mines, its city, its province, each with the same package in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from engine import campaigns, inbox, tasks
from engine.models import Instance, Task
from tenants import accounts, directory, stand_ins
from tenants.db import system_work
from tests.engine import carrying
from tests.engine.package import CAMPAIGN, files
from tests.world import PASSWORD, UNITS, Door
from workflows.publish import publish

# From the top to the bottom.
LEVELS = {"shanxi": "province", "jincheng": "city", "yangcheng": "county", "qinshui": "county"}
CLERKS = {"shanxi": "p-clerk", "jincheng": "c-clerk", "yangcheng": "y-clerk", "qinshui": "q-clerk"}
ACTORS = """\
  province: {title: 省厅, at: province, unit: "level == 'province'"}
  city: {title: 市局, at: city, unit: "level == 'city'"}
  county: {title: 县局, at: county, unit: "level == 'county'"}
"""
DUTIES = """\
  progress:
    title: 报送月度进展
    by: county
    to: city
    form: figures
    every: {rule: "FREQ=MONTHLY;BYMONTHDAY=-1", start: 2024-11-01, end: 2025-01-31, opens: month_start(due)}
    clause: 一
  summary: {title: 报送总结, by: city, to: province, form: figures, start: 2024-11-01, due: 2025-01-20, clause: 一}
"""
FIGURES = b"""{"type": "object", "required": ["\xe6\xad\xa3\xe6\x96\x87"], "properties": {
  "\xe6\xad\xa3\xe6\x96\x87": {"type": "string", "title": "\xe6\xad\xa3\xe6\x96\x87"},
  "\xe9\x9a\x90\xe6\x82\xa3\xe6\x95\xb0": {"type": "integer", "title": "\xe9\x9a\x90\xe6\x82\xa3\xe6\x95\xb0", "minimum": 0},
  "\xe7\x85\xa7\xe7\x89\x87": {"type": "string", "title": "\xe7\x85\xa7\xe7\x89\x87", "format": "attachment"}}}"""


def chain_files(more: str = "", form: bytes = FIGURES) -> dict[str, bytes]:
    """Return the package; more: further duties."""
    head, _, _ = CAMPAIGN.partition("duties:\n")
    head = head.replace("phases:\n", f"{ACTORS}phases:\n", 1)
    kept = ("clauses.yaml", "CHANGELOG.md", "processes/report.bpmn", "forms/verdict/")
    return {
        **{path: data for path, data in files().items() if path.startswith(kept)},
        "campaign.yaml": f"{head}duties:\n{DUTIES}{more}".encode(),
        "forms/figures/schema.json": form, "forms/figures/ui.json": b"{}",
    }  # fmt: skip


@dataclass
class Chain:
    """The authorities and what runs in them. campaigns: tenant -> its campaign."""

    open_work: Door
    campaigns: dict[str, UUID] = field(default_factory=dict)

    def launch(self, tenant: str, package: Mapping[str, bytes], **choices: Any) -> None:
        with self.open_work(tenant) as work:
            self.campaigns[tenant] = campaigns.launch(work, publish(work, package).hash, choices).id

    def day(self, day: str, hour: int = 9) -> None:
        """Let it be that day everywhere, and let the houses do what is due."""
        self.open_work.clock.at = datetime.combine(
            date.fromisoformat(day), time(hour), ZoneInfo("Asia/Shanghai")
        )
        assert self.carry() == []

    def carry(self) -> list[str]:
        """Run what is due in all authorities until nothing is; return what went wrong."""
        errors: list[str] = []
        tried: set[tuple[str, UUID]] = set()
        while fresh := [one for one in carrying.due(self.open_work) if one not in tried]:
            tried.update(fresh)
            errors += carrying.run_each(self.open_work, fresh)
        return errors

    def inbox(self, tenant: str) -> list[Task]:
        with self.open_work(tenant, CLERKS[tenant], reads=True) as work:
            tabs = [inbox.page(work, inbox.Filters(tab=tab)).rows for tab in ("todo", "claimable")]
            return [row.task for rows in tabs for row in rows]

    def do(self, tenant: str, duty: str, step: str, answers: Mapping[str, Any]) -> None:
        """Work off the first open step of a duty at the clerk's desk, and let the houses carry what follows."""
        task = next(one for one in self.inbox(tenant) if (one.duty, one.node) == (duty, step))
        with self.open_work(tenant, CLERKS[tenant]) as work:
            tasks.complete(work, task.id, answers)
        assert self.carry() == []

    def instances(self, tenant: str, duty: str) -> list[Instance]:
        with self.open_work(tenant, reads=True) as work:
            query = select(Instance).where(Instance.duty == duty).order_by(Instance.opened_at, Instance.id)
            return list(work.session.scalars(query))


def founded(open_work: Door) -> Chain:
    """Give each authority a bureau of its level with a clerk, and each superior stand-ins for those below."""
    world = open_work.world
    with system_work() as session:
        users = {
            login: accounts.add_user(session, login, f"{slug}的经办人", PASSWORD, must_change=False).id
            for slug, login in CLERKS.items()
        }
    for slug, level in LEVELS.items():
        with open_work(slug) as work:
            about = {"mandate": "all", "level": level}
            if slug in UNITS:
                bureau = directory.change_unit(work, world.units[slug, "bureau"], attributes=about)
            else:
                bureau = directory.add_unit(
                    work, "bureau", f"{work.tenant.name}应急管理局", "bureau", attributes=about
                )
            member = directory.add_member(
                work, users[CLERKS[slug]], bureau.id, f"{work.tenant.name}经办人",
                posts=("leading_group",), roles=("staff", "tenant_admin"),
            )  # fmt: skip
            world.members[CLERKS[slug]] = (slug, member.id)
            stand_ins.complete(work)
    return Chain(open_work)
