"""A date that the tenant sets itself for a duty that has none: from then on it may be late, and the trail says who decided so."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import collected, timers
from engine.models import DutyOccurrence, Instance
from engine.recalendar_record import move_due
from engine.recalendar_steps import OPEN
from engine.running import Running, running
from tenants import access
from tenants.audit import record, record_all
from tenants.db import Work
from tenants.errors import Conflict, Invalid, NotFound
from tenants.text import say
from workflows.elements import Duty


def may_date(live: Running, duty: Duty) -> bool:
    """Tell whether the tenant may set a date: the notice gives none, and it does not come again."""
    return (
        live.campaign.state == "running" and duty.due is None and duty.every is None and not duty.milestones
    )


def own_date(live: Running, duty: Duty) -> date | None:
    """Return the date that the tenant has set; None when there is none."""
    chosen = ((live.campaign.choices.get("duties") or {}).get(duty.id) or {}).get("due")
    return date.fromisoformat(str(chosen)) if chosen else None


def set_due(work: Work, campaign_id: UUID, duty_id: str, due: date | None, reason: str) -> int:
    """Set the date of an undated duty, change it, or take it back (None); return for how many open instances.

    What was handed in keeps the date that it was measured by. Raises NotFound, Conflict, Invalid.
    """
    access.require(work.viewer, "campaign.steer")
    held = _open(work, campaign_id, duty_id)
    live = running(work, campaign_id, lock="change")
    duty = live.duties.get(duty_id)
    if duty is None:
        raise NotFound(say("没有找到这项任务。"))
    if not may_date(live, duty):
        raise Conflict(say("“{title}”的期限由通知决定，不能另定。", title=duty.title))
    if not reason.strip():
        raise Invalid(say("请写明理由。"), say("责任单位和检查人员都能看到。"))
    if due is not None and due < work.today:
        raise Invalid(say("截止日期早于今天。"), say("请选择今天或以后的日期。"))
    old = own_date(live, duty)
    _choose(live, duty, due)
    occurrences = [row for row in _occurrences(work, live, duty) if row.due == old]
    for row in occurrences:
        row.due, row.basis = due, "tenant" if due else "notice"
    work.session.flush()
    dated = [(row.id, row.duty, row.period, row.due) for row in occurrences if row.state == "open"]
    collected.expect(work, live, dated)
    moved = [one for one in held if one.due == old]
    move_due(work, live, [one.id for one in moved], old, due)
    told: dict[str, Any] = {
        "before": old.isoformat() if old else None,
        "due": due.isoformat() if due else None,
    }
    facts: dict[str, Any] = {"duty": duty_id, **told, "reason": reason.strip()[:500]}
    record(work, "duty.date", "campaign", campaign_id, count=len(moved), **facts)
    record_all(work, "instance.date", "instance", [(one.id, one.unit_id, facts) for one in moved])
    for one in moved:
        work.session.refresh(one)
        timers.rearm(work, live, one)
    return len(moved)


def _choose(live: Running, duty: Duty, due: date | None) -> None:
    choices = dict(live.campaign.choices)
    duties = {key: dict(value) for key, value in (choices.get("duties") or {}).items()}
    own = duties.setdefault(duty.id, {})
    own.pop("due", None)
    if due is not None:
        own["due"] = due.isoformat()
    live.campaign.choices = {**choices, "duties": duties}


def _open(work: Work, campaign_id: UUID, duty: str) -> list[Instance]:
    """Lock the open instances of a duty that were not handed in; before their campaign, as every step does."""
    query = (
        select(Instance)
        .where(
            Instance.campaign_id == campaign_id, Instance.duty == duty, Instance.state.in_(OPEN),
            Instance.filed_at.is_(None),
        )
        .order_by(Instance.id)
        .with_for_update()
    )  # fmt: skip
    return list(work.session.scalars(query))


def _occurrences(work: Work, live: Running, duty: Duty) -> list[DutyOccurrence]:
    query = select(DutyOccurrence).where(
        DutyOccurrence.campaign_id == live.campaign.id, DutyOccurrence.duty == duty.id,
        DutyOccurrence.state.in_(["planned", "open"]),
    )  # fmt: skip
    return list(work.session.scalars(query.with_for_update()))
