"""Two counties in the middle of a campaign, with something of every kind in each, marked so that it can be told apart."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import select, update

from engine import campaigns, jobs, notices
from engine import tasks as doing
from engine.amend_models import AmendedInstance, Amendment
from engine.cascade.models import HandedPackage, HandOrder
from engine.deliveries.models import Delivery
from engine.draw_models import LotDraw
from engine.models import Campaign, Incident, Instance, LedgerItem, Task
from engine.notices import Beside
from engine.opening import Opening, open_instances
from engine.running import running
from forms import attachments, drafts
from tenants import directory, outbox
from tenants.db import Work, system_work
from tenants.models import Unit
from tests import checklists
from tests.workflows import copied
from tests.workflows.small import bpmn
from tests.world import HandClock, World
from workflows import builtin, copies, merges, publish, templates
from workflows.package import Package
from workflows.template_terms import OWN, Terms

# The built-in package that the counties run.
BUILT_IN = "yangcheng-2024-hundred-days"
# A duty of every mine that asks about a check table, and its form.
LISTED = "listed"
OpenWork = Callable[..., AbstractContextManager[Work]]
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


# A sealed copy with nothing in it.
COPY = (
    b'{"from": {"name": "x", "unit": "x"}, "campaign": "x", "step": {"name": "x"}, "package": {"version": "1.0.0"}, "papers": [], '
    b'"files": [], "notice": {"number": ""}}'
)


@dataclass(frozen=True)
class County:
    """What a tenant has. values: route parameter -> the value that leads to the mine's own thing."""

    tenant: str
    mine: str
    canary: str
    values: dict[str, str]


def set_going(
    open_work: OpenWork, clock: HandClock, world: World, tenant: str, mine: str, login: str, admin: str
) -> County:
    """Publish a built-in package, launch it, let the jobs run, and add what else a county has. `login` works in `mine`."""
    package = builtin.built_in(BUILT_IN)
    _give_posts(open_work, world, tenant, admin, package)
    with open_work(tenant, admin) as work:
        version = publish.publish(work, with_table(package))
    with open_work(tenant, admin) as work:
        campaign = campaigns.launch(work, version.hash)
    run_jobs(open_work, clock, tenant, world.tenants[tenant])
    canary = f"canary{tenant}{mine}"
    values = {"package_hash": version.hash, "campaign_id": str(campaign.id)}
    values |= _things(open_work, world, tenant, mine, login, campaign.id, canary)
    with open_work(tenant, admin) as work:
        terms = Terms(canary, OWN, "county", canary, canary)
        values["template_id"] = str(templates.publish_template(work, version.hash, terms).id)
    values["merge_id"] = _begun_merge(open_work, tenant, admin, canary)
    demanded = [duty.id for duty in package.duties.values() if duty.on and duty.on.kind == "demand"]
    return County(
        tenant, mine, canary, {**values, "process": next(iter(package.processes)), "start_duty": demanded[0]}
    )


def with_table(package: Package) -> dict[str, bytes]:
    """Return the package's files with a small check table that each mine answers."""
    campaign = package.files["campaign.yaml"].decode()
    why = "added: true, reason: 检查表也要有"
    duty = f"{LISTED}: {{title: 对照检查表自查, by: mine, form: {LISTED}, start: notice.issued, {why}}}"
    campaign = campaign.replace("\nledgers:\n", f"\n  {duty}\n\nledgers:\n", 1)
    ledger = f"{{title: 名单, process: instant, form: {LISTED}, from_rows: [{LISTED}.检查结果], shared: blacklist, {why}}}"
    campaign = campaign.replace("\nledgers:\n", f"\nledgers:\n  blacklist: {ledger}\n", 1)
    campaign += f"\ntables:\n  mine_check: {{title: 检查表, version: '1', {why}}}\n"
    return {
        **package.files, "campaign.yaml": campaign.encode(), f"forms/{LISTED}/schema.json": checklists.form().encode(),
        "processes/instant.bpmn": bpmn("instant", []).encode(), "tables/mine_check.csv": checklists.table(1, 1).encode(),
    }  # fmt: skip


def _begun_merge(open_work: OpenWork, tenant: str, admin: str, canary: str) -> str:
    """Take over a package, change it, receive the next, and begin to merge it; return the merge's id."""
    own = {
        **copied.OWN, "campaign.yaml": copied.OWN["campaign.yaml"].replace("title: 自查自改".encode(), f"title: {canary}".encode())
    }  # fmt: skip
    with open_work(tenant, admin) as work:
        copies.adopt(work, copied.FIRST, origin=copied.handed())
        mine = publish.publish(work, own).hash
        copies.adopt(work, copied.SECOND, origin=copied.handed("2"))
        return str(merges.begin(work, mine).id)


def run_jobs(open_work: OpenWork, clock: HandClock, tenant: str, tenant_id: UUID) -> None:
    """Run everything that is due in a tenant, as the worker would."""
    while True:
        with system_work(reads=True) as session:
            due = [job for owner, job in outbox.due(session, clock.now(), 10_000) if owner == tenant_id]
        if not due:
            return
        for job in due:
            jobs.run(lambda: open_work(tenant), job)


def _give_posts(open_work: OpenWork, world: World, tenant: str, admin: str, package: Package) -> None:
    """Give the posts that the package speaks of anywhere in the tenant to its administrator, who then works, too."""
    posts = sorted({actor.post for actor in package.actors.values() if actor.post and not actor.of})
    with open_work(tenant) as work:
        directory.change_member(work, world.member(admin), posts=posts, roles=["staff", "tenant_admin"])


def _things(
    open_work: OpenWork, world: World, tenant: str, mine: str, login: str, campaign_id: UUID, canary: str
) -> dict[str, str]:
    unit_id = world.unit(mine, tenant)
    with open_work(tenant, login) as work:
        task = work.session.scalars(
            select(Task)
            .where(
                Task.unit_id == unit_id, Task.desk_id == unit_id, Task.state == "open", Task.duty != LISTED
            )
            .order_by(Task.id)
        ).first()
        assert task is not None, "the campaign gave the mine nothing to do"
        for table in (Task, Instance):
            where = table.instance_id == task.instance_id if table is Task else table.id == task.instance_id
            work.session.execute(update(table).where(where).values(title=f"{canary}任务"))
        drafts.save(work, task.id, {"说明": canary}, 0)
        file = attachments.store(
            work, io.BytesIO(PDF + canary.encode()), f"{canary}.pdf", unit_id=unit_id, task_id=task.id
        )
        wanted = (Task.unit_id == unit_id, Task.duty == LISTED, Task.state == "open")
        listed = work.session.scalars(select(Task).where(*wanted)).one()
        said = {"编号": "A01-001", "结果": "不合格", "问题描述": canary}
        doing.complete(work, listed.id, {"检查日期": "2024-11-01", "检查结果": [said]})
    with open_work(tenant) as work:
        live = running(work, campaign_id)
        ledger = next(one for one in live.package.ledgers.values() if one.from_rows and not one.shared)
        unit = work.session.get_one(Unit, (work.tenant.id, unit_id))
        opening = Opening(
            ledger.process, f"{canary}隐患", unit, ledger=ledger.id, data={"隐患内容": canary, "级别": "一般"}
        )
        [(instance, *_steps)] = open_instances(work, live, [opening])
        item = LedgerItem(
            campaign_id=campaign_id, ledger=ledger.id, number=900, title=f"{canary}隐患", instance_id=instance.id,
            row=0, unit_id=unit_id, data={"隐患内容": canary}, born_at=work.now, changed_at=work.now,
        )  # fmt: skip
        broken = Incident(
            at=work.now, kind="job", title=f"{canary}异常", message=canary, campaign_id=campaign_id,
            job_id=outbox.later(work, "ring", key=f"broken-{uuid4()}"),
        )  # fmt: skip
        lots = LotDraw(
            instance_id=task.instance_id, form="none", field="名单", part="", number=1, seed="0", made_at=work.now, reason=canary,
            frame=[{"key": "1", "label": canary, "group": "", "kept": True, "row": {}}], numbers={"": 0}, made_name=canary,
        )  # fmt: skip
        down = HandedPackage(
            side="out", other_id=uuid4(), other_name=f"{canary}镇", level="township", package=live.package.id, version="1.0.0", note=canary,
            package_hash=live.package.hash, title=canary, state="arrived", sent_at=work.now, sent_name=canary, arrived_at=None,
            answered_at=None, answered_name=None, launched_at=None, instance_id=None, urged_at=None,
        )  # fmt: skip
        said = {
            "package": live.package.id, "version": "1.0.0", "package_hash": live.package.hash, "title": canary, "note": canary,
            "sent_at": work.now, "sent_name": canary,
        }  # fmt: skip
        came = HandedPackage(**said, side="in", other_id=uuid4(), other_name=f"{canary}市", state="arrived")
        order = HandOrder(**said, choice={"levels": ["township"]}, standing=True)
        run = Amendment(
            campaign_id=campaign_id, former_hash=live.package.hash, former_version="1", package_hash=live.package.hash, version="2",
            whole=True, direction="back", state="done", started_at=work.now, started_name=canary,
            groups={"k": {"what": "moves", "title": canary, "why": [], "notes": []}},
        )  # fmt: skip
        sent = Delivery(
            side="out", other_id=uuid4(), other_name=f"{canary}局", campaign_id=campaign_id, instance_id=task.instance_id,
            task_id=task.id, title=canary, content=COPY, content_hash="0" * 64, state="arrived", sent_at=work.now,
            arrived_at=work.now, answered_at=None, answered_name=None, hops=[],
        )  # fmt: skip
        work.session.add_all([item, broken, lots, down, came, order, run, sent])
        work.session.flush()
        moved = AmendedInstance(
            amendment_id=run.id, instance_id=task.instance_id, state="kept", kin="k", former_hash=live.package.hash, changed_at=work.now,
        )  # fmt: skip
        work.session.add(moved)
        beside = Beside(campaign_id=campaign_id)
        with notices.taken_in(work, beside, io.BytesIO("一、目标。".encode()), "通知.txt") as taken:
            document = notices.attach(work, beside, taken)
        asked = live.form(task.duty, "form")
        duty = next(one for one in live.duties.values() if one.due or one.every)
        return {
            "table": "mine_check", "shared": "blacklist", "task_id": str(task.id), "instance_id": str(task.instance_id), "file_id": str(file.id), "item_id": str(item.id),
            "draw_id": str(lots.id), "amendment_id": str(run.id), "handed_id": str(down.id), "delivery_id": str(sent.id), "received_id": str(came.id), "order_id": str(order.id), "document_id": str(document.id), "incident_id": str(broken.id), "unit_id": str(unit_id), "member_id": str(world.member(login)),
            "ledger": ledger.id, "duty": duty.id, "form": asked.id if asked else next(iter(live.package.forms)),
        }  # fmt: skip


def campaign_of(work: Work) -> Campaign:
    """Return the one campaign of the tenant."""
    return work.session.scalars(select(Campaign)).one()
