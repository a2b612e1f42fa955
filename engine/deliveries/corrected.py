"""A report that was accepted already comes once more: it supersedes the first, here as there.

One that its sender takes back is awaited anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import collected, corrections
from engine.deliveries.models import Delivery
from engine.holding import hold_instance
from engine.models import Instance, Task
from engine.running import running_of
from tenants.base import id_in
from tenants.db import Work
from tenants.models import Unit
from tenants.text import say
from workflows.received import is_received


def superseded(work: Work, sender: UUID, copy: Mapping[str, Any]) -> Instance | None:
    """Return the instance here of the report that a copy supersedes, begun once more; None when there is none that has ended.

    Only a copy that the sender brought itself is superseded, for the same duty, of the unit that stands for the sender.
    """
    key = id_in(copy.get("supersedes"))
    before = work.session.get(Delivery, (work.tenant.id, key)) if key else None
    if before is None or (before.side, before.other_id) != ("in", sender):
        return None
    held = hold_instance(work, before.instance_id, ("done",))
    unit = (
        work.session.get(Unit, (work.tenant.id, held.unit_id)) if held is not None and held.unit_id else None
    )
    if held is None or unit is None or unit.authority_id != sender or held.duty != copy["duty"]["id"]:
        return None
    live = running_of(work, held, lock="keep")
    if live.campaign.state != "running":
        return None
    corrections.again(work, live, held, str(say("{name}报来更正", name=before.other_name)))
    return work.session.get_one(Instance, (work.tenant.id, held.id), populate_existing=True)


def taken_back(work: Work, delivery: Delivery, reason: str) -> bool:
    """Begin a report once more that its sender has taken back, where it is owed here; False when it came as a paper of its own.

    Whoever owes it still does: a report that was never answered counts as not handed in.
    """
    held = hold_instance(work, delivery.instance_id)
    live = running_of(work, held, lock="keep") if held is not None else None
    if held is None or live is None or is_received(live.package.id):
        return False
    if work.session.scalar(select(Task.state).where(Task.id == delivery.task_id)) != "open":
        return True
    before = select(Delivery.id).where(
        Delivery.instance_id == held.id, Delivery.side == "in", Delivery.state == "answered"
    )
    if work.session.scalar(before.limit(1)) is None:
        held.filed_at = None
    corrections.again(work, live, held, reason)
    collected.let_go(
        work, [work.session.get_one(Instance, (work.tenant.id, held.id), populate_existing=True)]
    )
    return True
