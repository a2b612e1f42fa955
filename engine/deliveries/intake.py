"""Where it is worked off what arrives from another authority and belongs to no campaign of ours."""

from __future__ import annotations

from uuid import uuid5

from engine.actors import all_units
from engine.lineage import authority
from engine.models import Campaign
from engine.running import Running, running
from tenants import audit
from tenants.db import Work
from tenants.models import Unit
from workflows import received
from workflows.publish import publish


def intake(work: Work) -> Running:
    """Return the campaign that is there for whatever belongs to no other; it begins with the first that arrives, and again after
    it was closed."""
    # One for each authority: of two that arrive first at the same moment one is refused, and comes again.
    key = uuid5(work.tenant.id, "received")
    known = work.session.get(Campaign, (work.tenant.id, key), with_for_update=True)
    if known is not None and known.state != "running":
        known.state, known.closed_at = "running", None
        audit.record(work, "campaign.launch", "campaign", key, title=known.title)
        work.session.flush()
    elif known is None:
        package = publish(work, received.intake(work.tenant.name, work.tenant.level, work.today.isoformat()))
        work.session.add(
            Campaign(
                id=key, package_hash=package.hash, title=package.title, version=package.version, start=work.today, end=None,
                choices={}, added=[], former=[], state="running", launched_at=work.now, launched_by=work.actor.name,
            )
        )  # fmt: skip
        work.session.flush()
    return running(work, key, lock="keep")


def desk(work: Work) -> Unit | None:
    """Return the authority's own unit, the topmost, for which whatever arrives is."""
    ours = authority(all_units(work))
    top = min(ours.values(), key=lambda unit: (len(unit.path), unit.id), default=None)
    return work.session.get(Unit, (work.tenant.id, top.id)) if top is not None else None
