"""A recurrence that something starts for one unit, and stops again: from the resumption of work on, every ten days.

The calendar alone does not know of it, so that nothing is planned at the launch. One job waits for the next turn and opens it;
then another waits for the one after. What happened is kept with the job, so that the turns can be worked out again each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.rows import AnyInstance, AnyUnit
from engine.running import Running, day_start
from forms.expression import plain
from tenants import outbox
from tenants.audit import record
from tenants.db import Work
from tenants.models import Job
from workflows.elements import Duty
from workflows.moving import event_again
from workflows.schedule import Occurrence, turns_after

# The kind of job that opens the next turn.
KIND = "series"


def begin(
    work: Work,
    live: Running,
    duty: Duty,
    unit: AnyUnit | None,
    *,
    about: AnyUnit | None,
    data: Mapping[str, Any],
    source: AnyInstance | None,
) -> bool:
    """Let a recurrence begin at a unit; one that runs there already begins anew. Returns whether it has any turn at all.

    data: what the event carried. Raises ImpossibleDate.
    """
    _drop(work, live, duty, unit)
    event = {"at": work.now, **data}
    payload = {
        "campaign": str(live.campaign.id), "duty": duty.id, "event": {key: _kept(value) for key, value in event.items()},
        **{key: str(row.id) if row else None for key, row in (("unit", unit), ("about", about), ("source", source))},
        "starter": str(work.actor.member_id) if work.actor.member_id else None,
    }  # fmt: skip
    first = next(iter(turns_after(live.setting, duty, event)), None)
    if first is not None:
        _await(work, live, payload, first)
    return first is not None


def stop(work: Work, live: Running, unit: AnyUnit | None, event: str) -> None:
    """Let the recurrences of a unit end that an event stops. What is open already stays owed."""
    for duty in live.duties.values():
        if duty.every is not None and duty.every.until == event and _drop(work, live, duty, unit):
            told = unit.id if unit and not duty.hidden else None
            record(work, "duty.stop", "campaign", live.campaign.id, unit_id=told, duty=duty.id)


def due_turns(work: Work, live: Running, duty: Duty, job: Job) -> tuple[Occurrence | None, Occurrence | None]:
    """Return the turn that a job opens, and the next one, for which another has to wait.

    Of several that were missed the newest is opened, unless the duty asks for each.
    """
    found = [
        one
        for one in turns_after(live.setting, duty, event_again(job.payload["event"]))
        if one.number >= int(job.payload["number"])
    ]
    assert duty.every is not None
    ready = [one for one in found if one.opens <= work.today]
    if not ready:
        return None, next(iter(found), None)
    if duty.every.missed == "each":
        return ready[0], next(iter(found[1:]), None)
    live_ones = [one for one in ready[:-1] if one.due is not None and one.due >= work.today]
    chosen = (live_ones or ready[-1:])[0]
    return chosen, next((one for one in found if one.number > chosen.number), None)


def go_on(work: Work, live: Running, job: Job, following: Occurrence | None) -> None:
    """Let a job wait for the turn that follows."""
    if following is not None:
        _await(work, live, dict(job.payload), following)


def _await(work: Work, live: Running, payload: Mapping[str, Any], turn: Occurrence) -> None:
    unit = UUID(payload["unit"]) if payload["unit"] else live.campaign.id
    given = {**payload, "number": turn.number}
    opens = min(turn.opens, turn.due or date.max)
    outbox.later(work, KIND, unit, at=max(day_start(work, opens), work.now), **given)


def _drop(work: Work, live: Running, duty: Duty, unit: AnyUnit | None) -> bool:
    """Drop what waits at a unit for the next turn of a duty; return whether anything did."""
    subject = unit.id if unit else live.campaign.id
    query = select(Job).where(Job.kind == KIND, Job.subject_id == subject, Job.state == "waiting")
    mine = (str(live.campaign.id), duty.id)
    ids = [
        job.id
        for job in work.session.scalars(query)
        if (job.payload["campaign"], job.payload["duty"]) == mine
    ]
    if ids:
        outbox.drop_jobs(work, ids)
    return bool(ids)


def _kept(value: object) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else plain(value)
