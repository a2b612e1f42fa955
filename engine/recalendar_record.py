"""Writes down what a changed calendar does to a campaign: a few statements for each date that moves, whatever hangs on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import undefer

from engine import collected, timers
from engine.campaigns import OPEN_OCCURRENCE, occurrence_row
from engine.models import DutyOccurrence, Instance, Task
from engine.recalendar_draft import Draft, LaterMove
from engine.recalendar_gather import owed_steps
from engine.recalendar_plan import Replanned, Shift
from engine.recalendar_steps import OPEN, StepMove
from engine.running import Running, day_end, day_start, running
from tenants import outbox
from tenants.audit import record, record_all
from tenants.base import batches
from tenants.db import Work
from tenants.models import Job
from workflows.schedule import Occurrence

# The kind of job that lets the timers of a batch of instances follow.
FOLLOW = "follow_calendar"
# So many instances are moved in the command itself; of more, each so many have a job of their own.
AT_ONCE, BATCH = 500, 100


def record_draft(work: Work, made: Draft) -> None:
    """Move the dates of one campaign. The calendar itself has been changed already."""
    moves = made.moves
    if moves is None:
        return
    campaign = made.live.campaign
    if made.period != (campaign.start, campaign.end):
        campaign.start, campaign.end = made.period
        work.session.flush()
    for found in made.duties.values():
        plan_anew(work, made.live, found)
    for shift in made.shifts("open"):
        _open(work, made, shift)
    moved = (shift for shift in made.shifts("open") if shift.moves)
    collected.expect(work, made.live, [(one.row.id, one.row.duty, one.row.period, one.due) for one in moved])
    _events(work, made)
    _steps(work, made.steps)
    for one in made.later:
        _later(work, one)
    work.session.flush()
    work.session.expire_all()
    _follow(work, made)
    if moves.any:
        record(
            work, "campaign.recalendar", "campaign", campaign.id, count=len(moves.lines), timers=moves.timers,
        )  # fmt: skip


def follow(work: Work, job: Job) -> None:
    """Let the timers of a batch of instances follow a calendar that has changed."""
    _rearm(work, UUID(job.payload["campaign"]), [UUID(key) for key in job.payload["instances"]])


def plan_anew(work: Work, live: Running, found: Replanned) -> None:
    """Move, drop and add what is still to come of one duty."""
    shifts = [shift for shift in found.shifts if shift.row.state == "planned"]
    set_dates(work, shifts)
    moved = [shift for shift in shifts if shift.opens != shift.row.opens]
    outbox.move_all(
        work, OPEN_OCCURRENCE, [(one.row.id, max(day_start(work, one.opens), work.now)) for one in moved]
    )
    gone = [row.id for row in found.falls]
    for some in batches(gone):
        work.session.execute(
            update(DutyOccurrence).where(DutyOccurrence.id.in_(some)).values(state="dropped")
        )
    outbox.drop_all(work, gone, OPEN_OCCURRENCE)
    set_dates(work, found.back, state="planned")
    jobs = [(one.row.id, one.opens) for one in found.back] + _arise(work, live, found.arises)
    outbox.later_all(
        work, OPEN_OCCURRENCE, [(key, max(day_start(work, opens), work.now)) for key, opens in jobs]
    )
    told = [(one.row.id, None, _told(one)) for one in shifts if one.moves]
    record_all(work, "occurrence.move", "duty_occurrence", told)
    record_all(
        work, "occurrence.fall", "duty_occurrence",
        [(row.id, None, {"duty": row.duty, "period": row.period}) for row in found.falls],
    )  # fmt: skip


def set_dates(work: Work, shifts: Sequence[Shift], **more: object) -> None:
    """Give occurrences their new dates."""
    for shift in shifts:
        work.session.execute(
            update(DutyOccurrence)
            .where(DutyOccurrence.id == shift.row.id)
            .values(opens=shift.opens, due=shift.due, estimated=shift.estimated, **more)
        )


def _arise(work: Work, live: Running, arises: Sequence[Occurrence]) -> list[tuple[UUID, date]]:
    """Plan what is to come besides, after all that was ever planned; what is planned is put in the order of its dates anew."""
    if not arises:
        return []
    where = (DutyOccurrence.campaign_id == live.campaign.id, DutyOccurrence.duty == arises[0].duty)
    last = work.session.scalar(select(func.max(DutyOccurrence.number)).where(*where)) or 0
    planned = work.session.execute(
        select(DutyOccurrence.id, DutyOccurrence.due, DutyOccurrence.number).where(
            *where, DutyOccurrence.state == "planned"
        )
    )
    fresh = [occurrence_row(work, live.campaign, one) for one in arises]
    own = {row["id"]: row for row in fresh}
    order = [(row.due or date.max, row.number, row.id) for row in planned]
    order += [(row["due"] or date.max, last + row["number"], row["id"]) for row in fresh]
    for number, (_due, _number, key) in enumerate(sorted(order), last + 1):
        if key in own:
            own[key]["number"] = number
        else:
            work.session.execute(update(DutyOccurrence).where(DutyOccurrence.id == key).values(number=number))
    work.session.execute(insert(DutyOccurrence), fresh)
    record_all(
        work, "occurrence.arise", "duty_occurrence",
        [(row["id"], None, {"duty": row["duty"], "period": row["period"]}) for row in fresh],
    )  # fmt: skip
    return [(row["id"], row["opens"]) for row in fresh]


def _open(work: Work, made: Draft, shift: Shift) -> None:
    """Move an open occurrence with the instances and tasks that have its date and were not handed in."""
    if not shift.moves:
        set_dates(work, [shift])
        return
    old = shift.row.due
    hang = (
        Instance.occurrence_id == shift.row.id, Instance.state.in_(OPEN), Instance.filed_at.is_(None),
        Instance.due.is_not_distinct_from(old),
    )  # fmt: skip
    held = work.session.execute(
        select(Instance.id, Instance.unit_id).where(*hang).order_by(Instance.id)
    ).all()
    move_due(work, made.live, [row.id for row in held], old, shift.due)
    set_dates(work, [shift])
    record(work, "occurrence.move", "duty_occurrence", shift.row.id, count=len(held), **_told(shift))
    record_all(
        work, "instance.move", "instance", [(row.id, row.unit_id, _days(old, shift.due)) for row in held]
    )


def _events(work: Work, made: Draft) -> None:
    days: dict[tuple[date | None, date | None], list[UUID]] = {}
    for one in made.events:
        days.setdefault((one.old, one.new), []).append(one.instance_id)
    for (old, new), ids in days.items():
        move_due(work, made.live, ids, old, new)
    record_all(
        work, "instance.move", "instance",
        [(one.instance_id, one.unit_id, _days(one.old, one.new)) for one in made.events],
    )  # fmt: skip


def move_due(work: Work, live: Running, ids: Sequence[UUID], old: date | None, new: date | None) -> None:
    """Give instances a due date, and those of their open tasks that have it from them."""
    for some in batches(ids):
        theirs = (
            select(Task.id)
            .join(Instance, Instance.id == Task.instance_id)
            .where(
                Task.tenant_id == work.tenant.id, Instance.tenant_id == work.tenant.id, Instance.id.in_(some),
                Task.state == "open", Task.due.is_not_distinct_from(old), owed_steps(live),
            )
        )  # fmt: skip
        work.session.execute(
            update(Task)
            .where(Task.id.in_(theirs))
            .values(due=new, due_at=day_end(work, new))
            .execution_options(synchronize_session=False)
        )
        work.session.execute(
            update(Instance)
            .where(Instance.id.in_(some))
            .values(due=new)
            .execution_options(synchronize_session=False)
        )


def _steps(work: Work, steps: Sequence[StepMove]) -> None:
    days: dict[tuple[str, date | None], list[UUID]] = {}
    for one in steps:
        days.setdefault((one.which, one.new), []).append(one.task_id)
    for (which, day), ids in days.items():
        values: dict[str, Any] = (
            {"follow_up": day} if which == "follow_up" else {"due": day, "due_at": day_end(work, day)}
        )
        for some in batches(ids):
            work.session.execute(
                update(Task)
                .where(Task.id.in_(some), Task.state == "open")
                .values(**values)
                .execution_options(synchronize_session=False)
            )
    record_all(
        work, "task.move", "instance",
        [(one.instance_id, one.unit_id, {"task": one.node, **_days(one.old, one.new)}) for one in steps],
    )  # fmt: skip


def _later(work: Work, one: LaterMove) -> None:
    payload = {**one.payload, "due": one.due.isoformat() if one.due else None}
    work.session.execute(update(Job).where(Job.id == one.job_id).values(payload=payload))
    outbox.move(work, [one.job_id], max(day_start(work, one.opens), work.now))


def _follow(work: Work, made: Draft) -> None:
    """Let the processes of instances follow; of very many, in jobs that become due at once."""
    ids, campaign = made.follow.ids, made.live.campaign.id
    if len(ids) <= AT_ONCE:
        _rearm(work, campaign, ids)
        return
    for some in batches(ids, BATCH):
        outbox.later(work, FOLLOW, campaign=str(campaign), instances=[str(key) for key in some])


def _rearm(work: Work, campaign_id: UUID, ids: Sequence[UUID]) -> None:
    live = None
    for some in batches(ids):
        query = (
            select(Instance)
            .where(Instance.id.in_(some), Instance.state.in_(OPEN))
            .order_by(Instance.id)
            .with_for_update()
            .options(undefer(Instance.compact))
            .execution_options(populate_existing=True)
        )
        found = list(work.session.scalars(query))
        live = live or running(work, campaign_id)
        for instance in found:
            timers.rearm(work, live, instance, calendar=True)


def _told(shift: Shift) -> dict[str, Any]:
    return {"duty": shift.row.duty, "period": shift.row.period, **_days(shift.row.due, shift.due)}


def _days(old: date | None, new: date | None) -> dict[str, object]:
    return {"before": old.isoformat() if old else None, "due": new.isoformat() if new else None}
