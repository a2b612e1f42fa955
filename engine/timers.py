"""Durable timers: what a process waits for stands as a job with a due instant, and is dropped when it waits no more."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from engine import incidents, process
from engine.models import Instance
from engine.process import Model, Step
from engine.rows import AnyInstance
from engine.running import Running
from tenants import outbox
from tenants.db import Work
from tenants.models import Job, Unit

KIND = "timer"
# What a campaign may move under a running instance, and timers read.
_MOVABLE = frozenset({"due", "phases", "period"})
# What the campaign gives to a process, as it stands when somebody looks.
KNOWN = _MOVABLE | {"unit", "about", "notice"}


def arm(work: Work, model: Model, instance: AnyInstance, step: Step, *, fresh: bool = False) -> None:
    """Make the waiting timer jobs of an instance equal to the timers that its step has armed.

    fresh: the instance is new, so that nothing of it can be waiting yet.
    """
    if not (model.timed and (step.timers or step.expected)):
        return
    wanted = {f"{instance.id}/{timer.token}/{timer.at.isoformat()}": timer for timer in step.timers}
    waiting: set[str] = set()
    if not fresh:
        query = select(Job.key).where(Job.subject_id == instance.id, Job.kind == KIND, Job.state == "waiting")
        waiting = set(work.session.scalars(query))
    gone = sorted(waiting - wanted.keys())
    if gone:
        outbox.drop(work, instance.id, KIND, gone)
    for key in sorted(wanted.keys() - waiting):
        outbox.later(work, KIND, instance.id, at=wanted[key].at, key=key)


def rearm(work: Work, running: Running, instance: Instance, *, calendar: bool = False) -> bool:
    """Let the armed timers of an instance follow its due date, and the campaign's phases, as they stand now.

    The caller has locked the instance and changed `instance.due`. Nothing fires here: a moment that has passed rings at once,
    a timer that has fired has fired. Returns whether anything changed. Where a timer has no moment any more and the process
    cannot do without, the instance is stuck, with an incident; it stands as it stood. calendar: the tenant's days have changed.
    """
    try:
        return follow(work, running, instance, calendar=calendar)
    except incidents.STUCK as stuck:
        instance.state = "stuck"
        incidents.open_for_timer(work, instance, incidents.told(stuck, running.model(instance.process)))
        return True


def known_now(work: Work, running: Running, instance: AnyInstance, wanted: Collection[str]) -> dict[str, Any]:
    """Return what the campaign gives to the process of an instance, as it stands by now."""
    ids = (instance.unit_id if "unit" in wanted else None, instance.about_id if "about" in wanted else None)
    unit, about = (work.session.get(Unit, (work.tenant.id, key)) if key else None for key in ids)
    return running.known(wanted, unit, about, {"due": instance.due})


def follow(
    work: Work, running: Running, instance: AnyInstance, *, calendar: bool = False, afresh: bool = False
) -> bool:
    """As `rearm`, for one who sees to what cannot go on. Raises what `incidents.STUCK` names.

    afresh: before a retry; what is known of the units by now counts as well, for that may be what was put right.
    """
    model = running.model(instance.process)
    wanted = model.reads.intersection(KNOWN if afresh else _MOVABLE)
    if not (wanted or calendar) or instance.state not in ("running", "stuck") or instance.revision == 0:
        return False  # one that is held looks at all of this when it begins
    names = known_now(work, running, instance, wanted)
    step = process.rearm(model, instance.compact, names, running.now, running.given, calendar=calendar)
    if step.state == instance.compact:
        return False
    instance.compact = step.state
    instance.revision += 1
    arm(work, model, instance, step)
    return True
