"""What another authority answered to a copy that was sent there: kept as it came, then the step here is done with it.

The answer is taken in first and worked off by a job of this authority: when the step refuses it, because the form was amended
meanwhile, that is an incident here, with the answer kept, and no matter of whoever answered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import tasks
from engine.deliveries.awaited import at_home
from engine.deliveries.files import copied, ids_of
from engine.deliveries.hops import merged, settled
from engine.deliveries.models import Delivery
from engine.deliveries.portable import renamed
from engine.deliveries.sealing import packed
from engine.models import Instance, Task
from engine.running import running_of
from tenants import audit, outbox
from tenants.db import Actor, Work
from tenants.models import Job
from workflows.package import Form

# The kind of job that does the step here with an answer.
TAKE = "delivery_take"


def answer(work: Work, row: Delivery, reply: Mapping[str, Any]) -> None:
    """Keep what was answered to a copy that was sent from here; a job does the step with it.

    reply: `answers`, the `files` that they name, `name`: who answered, as they are called there, and `hops`. A second answer
    changes nothing; one that comes after the copy was withdrawn leaves a line in the trail.
    """
    if row.state == "answered":
        return
    if row.state in ("withdrawn", "returned"):
        _late(work, row, reply["name"])
        return
    row.state, row.answered_at, row.answered_name = "answered", work.now, reply["name"]
    row.hops = settled(merged(row.hops, reply.get("hops", ()), str(row.id)), row.id, "answered", work.now)
    row.reply = packed(reply)
    work.session.flush()
    outbox.later(work, TAKE, row.task_id, delivery=str(row.id))
    audit.record(
        work, "delivery.answered", "instance", row.instance_id, unit_id=unit_of(work, row), name=reply["name"], title=row.title
    )  # fmt: skip


def take(work: Work, job: Job) -> None:
    """Do the step that waits with the answer that was kept. Raises Invalid when the answer does not fit the form as it stands
    here by now, NotForUs when a file is gone."""
    row = work.session.get_one(Delivery, (work.tenant.id, UUID(job.payload["delivery"])))
    reply = json.loads(row.reply or b"{}")
    if work.session.scalar(select(Task.state).where(Task.id == row.task_id)) != "open" or row.task_id is None:
        _late(work, row, reply["name"])
        return
    files = copied(work, row.other_id, reply["files"], None)
    # Whoever acts from elsewhere has no unit here: what came along is the step's own to name.
    for one in files.values():
        one.task_id = row.task_id
    work.session.flush()
    there = replace(work, actor=Actor(reply["name"], work.viewer))
    answers, form = renamed(reply["answers"], ids_of(files)), _form(work, row)
    tasks.complete_for(there, row.task_id, answers if form is None else at_home(work, form, answers))


def _form(work: Work, row: Delivery) -> Form | None:
    """Return the form of the step that waits, as it stands here."""
    task = work.session.get_one(Task, (work.tenant.id, row.task_id))
    live = running_of(work, work.session.get_one(Instance, (work.tenant.id, task.instance_id)))
    return live.form(task.duty, task.form, task.process) if task.form else None


def unit_of(work: Work, row: Delivery) -> UUID | None:
    """Return the unit whose matter a delivery is, for whose eyes the trail is."""
    return work.session.scalar(select(Instance.unit_id).where(Instance.id == row.instance_id))


def _late(work: Work, row: Delivery, name: str) -> None:
    audit.record(
        work,
        "delivery.late",
        "instance",
        row.instance_id,
        unit_id=unit_of(work, row),
        name=name,
        title=row.title,
    )
