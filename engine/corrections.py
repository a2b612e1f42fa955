"""Corrections: a report that was handed in goes its way once more, as a new version that supersedes the first.

Its process begins again in the same instance: one report for each unit and period, with all its versions, its trail and its
number in the statistics. What it bore before stays; rows that are new bear.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from engine import addressees, at_hand, collected, history, incidents, timers, waits
from engine.births import after_step
from engine.holding import hold_instance
from engine.models import Instance, Task
from engine.opening import Opening, begun_with
from engine.process import start
from engine.rows import InstanceRow
from engine.running import Running, running_of
from engine.stepping import record_step
from tenants import access, outbox
from tenants.audit import record
from tenants.db import Work
from tenants.errors import Conflict, Forbidden, Invalid
from tenants.models import Unit
from tenants.text import say
from workflows.elements import Duty

LONGEST = 1_000
_STATES = ("running", "done")


def may_correct(work: Work, live: Running, instance: Instance) -> bool:
    """Tell whether the actor may have a report handed in once more: whoever owes it, and whoever has received it."""
    duty = live.duties.get(instance.duty)
    if duty is None or not _correctable(live, duty, instance) or not access.may(work.viewer, "task.work"):
        return False
    subject = _unit(work, instance.unit_id)
    if subject is not None and subject.authority_id is not None:
        return False  # another authority reports by itself
    if instance.state == "running" and _waits(work, instance):
        return False
    if instance.unit_id is not None and access.may_work(work.viewer, instance.unit_id, None):
        return True
    if instance.desk_id is not None and access.may_work(work.viewer, instance.desk_id, None):
        return instance.state == "done"
    mine = duty.to if instance.state == "done" else ()
    owing = duty.by if instance.unit_id is None else ()
    return any(collected.means_me(work, live, name) for name in (*mine, *owing))


def begin_again(work: Work, instance_id: UUID, reason: str) -> Instance:
    """Let a report go its way once more, from its first step. Raises NotFound, Forbidden, Invalid, Conflict."""
    found = history.instance(work, instance_id)
    live = running_of(work, found)
    if not may_correct(work, live, found):
        raise Forbidden(say("这份材料不能由您发起更正。"), say("由填报单位或接收单位发起。"))
    if not (reason := reason.strip()) or len(reason) > LONGEST:
        raise Invalid(say("没有写明更正的理由，或写得太长。"), say("请写明理由，不超过 {n} 字。", n=LONGEST))
    held = hold_instance(work, instance_id, _STATES)
    if held is None or held.revision != found.revision:
        raise Conflict(say("这份材料刚刚有了变化。"), say("请刷新页面，查看最新情况。"))
    again(work, live, held, reason)
    return work.session.get_one(Instance, (work.tenant.id, instance_id), populate_existing=True)


def again(work: Work, live: Running, instance: InstanceRow, reason: str) -> None:
    """Let an instance that is held begin once more; what waits in it is withdrawn."""
    addressees.withdraw(work, Task.instance_id == instance.id)
    outbox.drop_all(work, [instance.id], timers.KIND)
    waits.forget(work, [instance.id])
    incidents.drop(work, [instance.id])
    unit, about = _unit(work, instance.unit_id), _unit(work, instance.about_id)
    opening = Opening(instance.process, instance.title, unit, about, instance.duty, due=instance.due)
    given = at_hand.given(work, live, instance.process, unit, about)
    step = start(live.model(instance.process), begun_with(live, opening), live.now, given)
    instance.state, instance.ended_at, instance.end_node = "running", None, None
    record(work, "instance.again", "instance", instance.id, unit_id=instance.unit_id, reason=reason)
    record_step(work, live, instance, step, subject=unit, then=after_step)


def _correctable(live: Running, duty: Duty, instance: Instance) -> bool:
    """Tell whether a report can begin again: with nothing but what the campaign gives, which is there still."""
    by_itself = duty.on is None or duty.on.kind in ("phase", "collected")
    open_ = live.campaign.state == "running" or duty.standing
    return (
        open_
        and by_itself
        and bool(duty.form)
        and instance.state in _STATES
        and instance.filed_at is not None
    )


def _waits(work: Work, instance: Instance) -> bool:
    """Tell whether a report lies with whoever owes it anyhow, or with another authority, which has to answer first."""
    query = select(Task.desk_id, Task.away_id).where(Task.instance_id == instance.id, Task.state == "open")
    return any(
        row.away_id is not None or (row.desk_id is not None and row.desk_id == instance.unit_id)
        for row in work.session.execute(query)
    )


def _unit(work: Work, unit_id: UUID | None) -> Unit | None:
    return work.session.get(Unit, (work.tenant.id, unit_id)) if unit_id else None
