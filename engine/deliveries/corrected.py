"""A report that was accepted already comes once more: it supersedes the first, here as there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from engine import corrections
from engine.deliveries.models import Delivery
from engine.holding import hold_instance
from engine.models import Instance
from engine.running import running_of
from tenants.base import id_in
from tenants.db import Work
from tenants.models import Unit
from tenants.text import say


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
