"""Durable timers: what a process waits for stands as a job with a due instant, and is dropped when it waits no more."""

from __future__ import annotations

from sqlalchemy import select

from engine.models import Instance
from engine.process import Model, Step
from tenants import outbox
from tenants.db import Work
from tenants.models import Job

KIND = "timer"


def arm(work: Work, model: Model, instance: Instance, step: Step, *, fresh: bool = False) -> None:
    """Make the waiting timer jobs of an instance equal to the timers that its step has armed.

    fresh: the instance is new, so that nothing of it can be waiting yet.
    """
    if not any(node.timer for node in model.drawing.nodes.values()):
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
