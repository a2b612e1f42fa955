"""Campaigns: preview, launch, the tenant's own duties, and the close."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from engine import actors
from engine.candidates import is_unreceived
from engine.cascade import launches
from engine.doubts import told
from engine.duties import overtaken, pairs
from engine.models import Campaign, DutyOccurrence, Instance
from engine.releasing import OPEN, release
from engine.rows import AnyUnit
from engine.running import Running, day_start, running
from engine.selection import Doubts
from forms.expression import EvaluationError
from tenants import access, outbox
from tenants.audit import record
from tenants.base import new_id
from tenants.db import Work
from tenants.errors import Conflict, Invalid
from tenants.text import Message, say
from workflows.elements import Duty
from workflows.models import PackageVersion
from workflows.package import Package
from workflows.publish import load, require_choices
from workflows.received import DUTY
from workflows.schedule import ImpossibleDate, Occurrence, Span, expected

OPEN_OCCURRENCE = "open_occurrence"


@dataclass(frozen=True)
class PlannedDuty:
    """One duty of a plan: whom it would pick today, and when it falls due. kinds: kind of unit -> how many. unreceived: it is a
    report, and nobody is there to receive it."""

    duty: Duty
    units: tuple[str, ...]
    kinds: Mapping[str, int]
    occurrences: tuple[Occurrence, ...]
    unreceived: bool = False

    @property
    def tasks(self) -> int:
        return len(self.units) * sum(not one.past for one in self.occurrences)


@dataclass(frozen=True)
class Plan:
    """What a launch would create. weeks: Monday -> tasks that fall due in that week; undated ones are not in it.

    left_out: units for which it cannot be worked out whether they are meant, in words.
    """

    package: Package
    start: date
    end: date | None
    phases: Mapping[str, Span]
    duties: tuple[PlannedDuty, ...]
    weeks: Mapping[date, int]
    left_out: tuple[Message, ...] = ()

    @property
    def tasks(self) -> int:
        return sum(planned.tasks for planned in self.duties)


def preview(work: Work, package_hash: str, choices: Mapping[str, Any] | None = None) -> Plan:
    """Return what a launch would create for whom and when; nothing is recorded. Raises Invalid for impossible dates."""
    access.require(work.viewer, "campaign.launch")
    live = _draft(work, package_hash, choices or {})
    return _plan(work, live)


def launch(work: Work, package_hash: str, choices: Mapping[str, Any] | None = None) -> Campaign:
    """Launch a package in this tenant: the plan is written down, and what is due opens at once."""
    access.require(work.viewer, "campaign.launch")
    # Two who launch at once wait for each other here.
    version = select(PackageVersion.id).where(PackageVersion.hash == package_hash)
    work.session.scalar(version.with_for_update(key_share=True))
    live = _draft(work, package_hash, choices or {})
    same = select(Campaign.id).where(Campaign.package_hash == package_hash, Campaign.state == "running")
    if work.session.scalar(same):
        raise Conflict(say("这个方案正在运行。"), say("请先结束正在运行的行动，或发布新版本后再启动。"))
    plan = _plan(work, live)

    campaign = live.campaign
    work.session.add(campaign)
    work.session.flush()
    _write_down(work, campaign, [one for planned in plan.duties for one in planned.occurrences])
    record(
        work, "campaign.launch", "campaign", campaign.id, title=campaign.title, version=campaign.version,
        package=package_hash, tasks=plan.tasks,
    )  # fmt: skip
    launches.launched(work, campaign)
    return campaign


def add_duty(
    work: Work,
    campaign_id: UUID,
    *,
    title: str,
    by: str,
    form: str,
    due: date | None,
    reason: str,
    to: str = "",
) -> Duty:
    """Add a duty of the tenant's own to a running campaign; it is marked as not in the notice.

    by, to: actors of the package; form: one of its forms. Raises Invalid naming everything that does not fit.
    """
    access.require(work.viewer, "campaign.steer")
    live = running(work, campaign_id, lock="change")
    _require_running(live.campaign)
    check_added(live, title=title, by=by, form=form, reason=reason, to=to, due=due, today=work.today)
    number = len(live.campaign.added) + 1
    key = next(key for key in (f"own_{n}" for n in count(number)) if key not in live.duties)
    row = {
        "key": key, "title": title.strip(), "by": [by], "to": [to] if to else [], "form": form, "reason": reason.strip(),
        "process": "report" if to else "duty", "due": due.isoformat() if due else None,
    }  # fmt: skip
    live.campaign.added = [*live.campaign.added, row]
    work.session.flush()
    duty = Running(work, live.campaign, live.package).duties[key]
    once = Occurrence(key, 1, work.today, due, "", "", "tenant")
    _write_down(work, live.campaign, [once])
    record(work, "duty.add", "campaign", live.campaign.id, duty=key, title=title, reason=reason)
    return duty


def check_added(
    live: Running, *, title: str, by: str, form: str, reason: str, to: str, due: date | None, today: date
) -> None:
    """Raise Invalid unless a tenant's own duty would work."""
    process = "report" if to else "duty"
    if not title.strip() or not reason.strip():
        raise Invalid(say("任务名称和增设理由都必须填写。"), say("请补全后提交。"))
    if by not in live.package.actors or (to and to not in live.package.actors):
        raise Invalid(say("请选择由谁办理。"), say("请从本方案的责任主体中选择。"))
    if form not in live.package.forms:
        raise Invalid(say("请选择填写的表单。"), say("请从本方案的表单中选择。"))
    if process not in live.package.processes:
        raise Invalid(say("本方案没有可用的通用流程“{name}”。", name=process), say("请在方案中加入该流程。"))
    if due is not None and due < today:
        raise Invalid(say("截止日期早于今天。"), say("请选择今天或以后的日期。"))


def close(work: Work, campaign_id: UUID) -> int:
    """End a campaign: what is still open is let go, standing duties and lasting ledgers go on. Returns how many were let go."""
    access.require(work.viewer, "campaign.steer")
    # Instances before their campaign, as every step locks them; then once more, for what was opened in between.
    _open_instances(work, campaign_id)
    live = running(work, campaign_id, lock="change")
    _require_running(live.campaign)
    ends = [one for one in _open_instances(work, campaign_id) if not _goes_on(live, one)]

    live.campaign.state, live.campaign.closed_at = "closed", work.now
    release(work, ends, str(say("专项行动已结束")))
    _drop_planned(work, live)
    record(work, "campaign.close", "campaign", campaign_id, released=len(ends))
    return len(ends)


def _open_instances(work: Work, campaign_id: UUID) -> list[Instance]:
    query = select(Instance).where(Instance.campaign_id == campaign_id, Instance.state.in_(OPEN))
    return list(work.session.scalars(query.order_by(Instance.id).with_for_update()))


def _goes_on(live: Running, instance: Instance) -> bool:
    duty, ledger = live.duties.get(instance.duty), live.package.ledgers.get(instance.ledger)
    # What another authority sent waits for its answer, whichever campaign it belongs to.
    elsewhere = instance.duty == DUTY and instance.package_hash != live.package.hash
    return bool((duty and duty.standing) or (ledger and ledger.outlives) or elsewhere)


def _drop_planned(work: Work, live: Running) -> None:
    """Drop what was still to come, but for standing duties."""
    standing = [duty.id for duty in live.duties.values() if duty.standing]
    coming = (
        DutyOccurrence.campaign_id == live.campaign.id, DutyOccurrence.state == "planned",
        DutyOccurrence.duty.not_in(standing),
    )  # fmt: skip
    ids = list(work.session.scalars(select(DutyOccurrence.id).where(*coming)))
    work.session.execute(update(DutyOccurrence).where(*coming).values(state="dropped"))
    outbox.drop_all(work, ids, OPEN_OCCURRENCE)


def listed(work: Work) -> list[Campaign]:
    """Return the tenant's campaigns, running ones first, newest first."""
    return list(work.session.scalars(select(Campaign).order_by(Campaign.state.desc(), Campaign.id.desc())))


def _draft(work: Work, package_hash: str, choices: Mapping[str, Any]) -> Running:
    package = load(work, package_hash)
    campaign = Campaign(
        tenant_id=work.tenant.id, id=new_id(), package_hash=package_hash,
        title=str(choices.get("title") or package.title), version=package.version,
        start=work.today, end=None, choices=dict(choices), added=[], former=[], state="running", launched_at=work.now,
        launched_by=work.actor.name,
    )  # fmt: skip
    require_choices(work, package_hash, choices)
    try:
        campaign.start, campaign.end = _period(Running(work, campaign, package))
    except ImpossibleDate as wrong:
        raise Invalid(wrong.what, wrong.do) from wrong
    # The calendar's years depend on the period, which is known only now.
    return Running(work, campaign, package)


def _period(draft: Running) -> tuple[date, date | None]:
    return draft.dates.start(), draft.dates.period("end")


def _plan(work: Work, live: Running) -> Plan:
    units = actors.all_units(work)
    duties, weeks, left_out = [], Counter[date](), list[Message]()
    try:
        for duty in live.duties.values():
            found = tuple(_within(live, duty, work.today))
            if not found:
                continue
            # The unit that it is about is whom people look for in a plan; who does it is the same for all.
            doubts: Doubts[AnyUnit] = []
            owed = pairs(work, live, duty, units, doubts)
            meant = [about or by for by, about in owed]
            left_out += told(duty.title, doubts)
            kinds = Counter(unit.kind if unit else "" for unit in meant)
            names = tuple(unit.name if unit else work.tenant.name for unit in meant)
            lost = bool(owed) and is_unreceived(actors.Units(work), live.package, duty, *owed[0])
            duties.append(PlannedDuty(duty, names, kinds, found, lost))
            for one in found:
                if one.due is not None and not one.past:
                    weeks[one.due - timedelta(days=one.due.weekday())] += len(meant)
        phases = live.phases
    except (ImpossibleDate, EvaluationError) as wrong:
        raise Invalid(wrong.what, wrong.do) from wrong
    return Plan(
        live.package,
        live.campaign.start,
        live.campaign.end,
        phases,
        tuple(duties),
        dict(sorted(weeks.items())),
        tuple(left_out),
    )


def _within(live: Running, duty: Duty, today: date) -> list[Occurrence]:
    """Return what is to be opened from today on. What a late launch has missed gives way to what follows it."""
    found = [_backdated(live, one) for one in expected(live.setting, duty)]
    if duty.every is not None:
        found = [one for one in found if not one.past]
    newest = max((one.number for one in found if one.opens <= today), default=0)
    return [one for one in found if one.number >= newest or not overtaken(duty, one.due, today)]


def _backdated(live: Running, one: Occurrence) -> Occurrence:
    """Return what was over before the notice was issued without a date where the tenant wants it all the same: nobody is late
    for it."""
    if one.past and live.campaign.choices.get("past") == "open":
        return replace(one, due=None, past=False)
    return one


def _write_down(work: Work, campaign: Campaign, planned: Iterable[Occurrence]) -> None:
    rows = [occurrence_row(work, campaign, one) for one in planned]
    if not rows:
        return
    work.session.execute(insert(DutyOccurrence), rows)
    coming = [row for row in rows if row["state"] == "planned"]
    outbox.later_all(
        work, OPEN_OCCURRENCE, [(row["id"], max(day_start(work, row["opens"]), work.now)) for row in coming]
    )


def occurrence_row(work: Work, campaign: Campaign, one: Occurrence) -> dict[str, Any]:
    """Return the row of a planned occurrence."""
    return {
        "tenant_id": work.tenant.id, "id": new_id(), "campaign_id": campaign.id, "duty": one.duty,
        "number": one.number, "period": one.period, "opens": one.opens, "due": one.due, "words": one.words,
        "basis": one.basis, "disputed": one.disputed, "estimated": one.estimated,
        "state": "past" if one.past else "planned", "picked": [],
    }  # fmt: skip


def _require_running(campaign: Campaign) -> None:
    if campaign.state != "running":
        raise Conflict(say("这项专项行动已经结束。"), say("请返回行动列表。"))
