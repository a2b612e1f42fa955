"""Which deliveries there are, for their readers: of one instance, all that one may see, one by itself."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from engine import addressees
from engine.deliveries import forwarding, turning
from engine.deliveries.models import Delivery
from engine.models import Instance, Task
from engine.progress import PLACE
from engine.rows import AnyInstance
from engine.running import running_of
from tenants import access
from tenants.db import Work
from tenants.errors import NotFound
from tenants.models import Tenant
from tenants.text import say
from workflows import received

PAGE = 30
STATES = ("sealed", "arrived", "forwarded", "returned", "answered", "withdrawn")


@dataclass(frozen=True)
class Choices:
    """What the reader may do with a delivery. onward: to whom it may be sent on; elsewhere: to whom instead."""

    onward: Sequence[Tenant] = ()
    may_forward: bool = False
    may_give_back: bool = False
    elsewhere: Sequence[Tenant] = ()
    may_turn: bool = False


def of_instance(work: Work, instance: AnyInstance) -> list[Delivery]:
    """Return what was sent from an instance, or what it was opened for, oldest first; the caller may see the instance."""
    query = (
        select(Delivery).where(Delivery.instance_id == instance.id).order_by(Delivery.sent_at, Delivery.id)
    )
    return list(work.session.scalars(query))


def at_task(work: Work, task: Task) -> Delivery | None:
    """Return what has arrived for a task that the actor may work off, while it may be sent on or given back; else None."""
    query = select(Delivery).where(
        Delivery.task_id == task.id, Delivery.side == "in", Delivery.state == "arrived"
    )
    return work.session.scalar(query.limit(1)) if task.state == "open" else None


def page(work: Work, side: str, state: str = "", number: int = 1) -> tuple[list[Delivery], int]:
    """Return one page of what was sent from here (`out`) or has arrived (`in`), newest first, and how many there are.

    Of instances that the actor may see. state: only those in it.
    """
    seen = [
        Delivery.side == side,
        access.visible(work.viewer, PLACE),
        *([Delivery.state == state] if state else []),
    ]
    of = Instance.id == Delivery.instance_id
    total = work.session.scalar(select(func.count(Delivery.id)).join(Instance, of).where(*seen)) or 0
    rows = (
        select(Delivery).join(Instance, of).where(*seen).order_by(Delivery.sent_at.desc(), Delivery.id.desc())
    )
    return list(work.session.scalars(rows.limit(PAGE).offset((number - 1) * PAGE))), total


def one(work: Work, key: UUID) -> Delivery:
    """Return a delivery of an instance that the actor may see. Raises NotFound."""
    query = (
        select(Delivery)
        .join(Instance, Instance.id == Delivery.instance_id)
        .where(Delivery.id == key, access.visible(work.viewer, PLACE))
    )
    found = work.session.scalar(query)
    if found is None:
        raise NotFound(say("没有找到这次送达。"))
    return found


def sealed(row: Delivery) -> dict[str, Any]:
    """Return what the sealed copy says: from, package, notice, step, papers, files; see `sealing`."""
    found: dict[str, Any] = json.loads(row.content)
    return found


def choices(work: Work, row: Delivery) -> Choices:
    """Return what the actor may do with a delivery as it stands."""
    task = work.session.scalar(select(Task).where(Task.id == row.task_id)) if row.task_id else None
    if task is None or task.state != "open":
        return Choices()
    if row.side == "in":
        here = (
            row.state == "arrived"
            and access.may(work.viewer, "task.work")
            and addressees.may_take(work, task)
        )
        if not here or task.claimed_by not in (None, work.actor.member_id):
            return Choices()
        of = work.session.get_one(Instance, (work.tenant.id, row.instance_id))
        alone = received.is_received(running_of(work, of).package.id)
        onward = forwarding.targets(work, row)
        return Choices(onward=onward, may_forward=bool(onward), may_give_back=alone)
    turns = row.state in turning.TURNABLE and turning.is_latest(work, row) and turning.may_turn(work, row)
    return Choices(elsewhere=turning.targets(work, row), may_turn=True) if turns else Choices()
