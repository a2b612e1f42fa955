"""An instance hears a signal or message that another one of its campaign has thrown: a job of its own, in its own transaction."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from engine import at_hand
from engine.births import after_step
from engine.holding import hold_instance
from engine.process import signal
from engine.running import running_of
from engine.stepping import record_step
from engine.waits import HEAR
from tenants.audit import record
from tenants.db import Work
from tenants.models import Job, Unit

KIND = HEAR


def hear(work: Work, job: Job) -> None:
    """Let an instance go on with what it has waited for. One that waits no more hears nothing, and the trail says so.

    Nothing of the sender is said: it may be hidden from the readers of this instance.
    """
    instance = hold_instance(work, job.subject_id)
    if instance is None:
        return
    live = running_of(work, instance)
    subject = work.session.get(Unit, (work.tenant.id, instance.unit_id)) if instance.unit_id else None
    name: str = job.payload["name"]
    given = at_hand.given_to(work, live, instance)
    step = signal(live.model(instance.process), instance.compact, name, {}, live.now, given)
    follow = partial(after_step, generation=job.payload["generation"] + 1)
    action = "signal.late" if name in step.unheard else "signal.hear"
    record(work, action, "instance", instance.id, unit_id=instance.unit_id, name=name)
    others = replace(step, unheard=tuple(one for one in step.unheard if one != name))
    record_step(work, live, instance, others, subject=subject, then=follow)
