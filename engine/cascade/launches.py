"""A package that was handed down is launched, as it is or as what was made of it here: the superior is told."""

from __future__ import annotations

from sqlalchemy import select

from engine.cascade.models import HandedPackage
from engine.models import Campaign
from tenants import outbox
from tenants.db import Work
from workflows.models import PackageVersion

# The kind of job that tells it.
LAUNCHED = "package_launched"


def launched(work: Work, campaign: Campaign) -> None:
    """Tell the superior that a package which it handed down, or what was made of it here, was launched."""
    named = select(PackageVersion.package).where(PackageVersion.hash == campaign.package_hash)
    query = (
        select(HandedPackage)
        .where(
            HandedPackage.side == "in", HandedPackage.package == work.session.scalar(named),
            HandedPackage.state.in_(("arrived", "taken")),
        )
        .with_for_update()
    )  # fmt: skip
    for row in work.session.scalars(query):
        row.state, row.launched_at = "launched", work.now
        outbox.later(work, LAUNCHED, row.id)
