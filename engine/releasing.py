"""Instances that are let go: nobody owes them any more. What was handed in stays, what waits for them is told."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import update

from engine import addressees, collected, incidents, timers, waits
from engine.models import Instance, Task
from tenants import outbox
from tenants.audit import record_all
from tenants.base import batches
from tenants.db import Work

OPEN = ("running", "stuck")


def release(work: Work, instances: Sequence[Instance], reason: str) -> None:
    """Let instances go: their open tasks are withdrawn, their timers dropped, their incidents closed."""
    for some in batches(instances):
        ids = [instance.id for instance in some]
        let_go = update(Instance).where(Instance.id.in_(ids)).values(state="released", ended_at=work.now)
        work.session.execute(let_go)
        addressees.withdraw(work, Task.instance_id.in_(ids))
        outbox.drop_all(work, ids, timers.KIND)
        waits.forget(work, ids)
        incidents.drop(work, ids)
        record_all(
            work, "instance.release", "instance", [(one.id, one.unit_id, {"reason": reason}) for one in some]
        )
        collected.let_go(work, some)
