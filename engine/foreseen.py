"""What a package that is not published yet would do to the campaigns that run under a version of it. Nothing is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from engine.amend import replaces
from engine.amend_gather import draft
from engine.amend_plan import Group
from engine.models import Campaign
from engine.running import running
from tenants import access
from tenants.db import Work
from tenants.errors import Problem, Refusal
from workflows.models import PackageVersion
from workflows.package import Package


@dataclass(frozen=True)
class Foreseen:
    """One running campaign. groups: of its open matters, by what would become of them. problem: why that cannot be told."""

    campaign_id: UUID
    title: str
    version: str
    groups: tuple[Group, ...] = ()
    problem: Problem | None = None

    @property
    def counts(self) -> Mapping[str, int]:
        """Return how many open matters share a fate: moves, stays, blocked."""
        found = dict.fromkeys(("moves", "stays", "blocked"), 0)
        for group in self.groups:
            found[group.what] += len(group.units)
        return found


def foreseen(work: Work, package: Package) -> list[Foreseen]:
    """Return what would become of each campaign that runs under another version of this package. Raises Forbidden."""
    access.require(work.viewer, "campaign.steer")
    query = (
        select(Campaign.id)
        .join(PackageVersion, PackageVersion.hash == Campaign.package_hash)
        .where(
            Campaign.tenant_id == work.tenant.id, PackageVersion.tenant_id == work.tenant.id,
            Campaign.state == "running", PackageVersion.package == package.id,
        )
        .order_by(Campaign.launched_at, Campaign.id)
    )  # fmt: skip
    return [_one(work, key, package) for key in work.session.scalars(query)]


def _one(work: Work, campaign_id: UUID, package: Package) -> Foreseen:
    live = running(work, campaign_id)
    about = (campaign_id, live.campaign.title, live.campaign.version)
    if not replaces(package, live.package):
        return Foreseen(*about)
    try:
        return Foreseen(*about, draft(work, live, package).groups)
    except Refusal as refusal:
        return Foreseen(*about, problem=Problem(refusal.what, refusal.do))
