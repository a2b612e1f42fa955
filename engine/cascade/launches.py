"""A package that was handed down is launched, as it is or as what was made of it here: the superior is told."""

from __future__ import annotations

from sqlalchemy import or_, select

from engine.cascade.models import HandedPackage
from engine.models import Campaign
from tenants import outbox
from tenants.db import Work
from workflows.models import PackageVersion

# The kind of job that tells it.
LAUNCHED = "package_launched"


def launched(work: Work, campaign: Campaign) -> None:
    """Tell the superior that a package which it handed down, or what was made of it here, was launched."""
    base = work.session.scalar(
        select(PackageVersion.base_hash).where(PackageVersion.hash == campaign.package_hash)
    )
    waiting = select(HandedPackage).where(
        HandedPackage.side == "in", HandedPackage.state.in_(("arrived", "taken", "declined"))
    )
    # Not what merely has its name: a package of one's own from before need say nothing of what the superior asks.
    made_of = HandedPackage.package_hash.in_([campaign.package_hash, base or ""])
    for row in work.session.scalars(waiting.where(made_of).with_for_update()):
        row.state, row.launched_at, row.changed_at = "launched", work.now, work.now
        outbox.later(work, LAUNCHED, row.id)


def is_running(work: Work, row: HandedPackage) -> bool:
    """Tell whether what was handed down, or what was made of it here, runs already."""
    query = (
        select(Campaign.id)
        .join(PackageVersion, PackageVersion.hash == Campaign.package_hash)
        .where(
            Campaign.state == "running",
            or_(PackageVersion.hash == row.package_hash, PackageVersion.base_hash == row.package_hash),
        )
    )
    return work.session.scalar(query.limit(1)) is not None
