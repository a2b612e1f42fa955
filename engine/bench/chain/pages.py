"""What the province's people look at while a campaign runs: everything that these pages read."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import select

from engine import progress, reporting
from engine.cascade.overview import overview
from engine.models import Campaign
from engine.running import Running, running
from tenants.db import Work
from workflows.models import PackageVersion

PACKAGE = "bench-chain"


def _handed(work: Work) -> object:
    return overview(work, PACKAGE)


def _progress(work: Work) -> object:
    live = _live(work)
    return progress.totals(work, live), progress.missing(work, live, 20), progress.coming(work, live)


def _reporting(work: Work) -> object:
    return reporting.overview(work, _live(work), reporting.Asked())


def _live(work: Work) -> Running:
    named = select(Campaign.id).join(PackageVersion, PackageVersion.hash == Campaign.package_hash)
    return running(work, work.session.scalars(named.where(PackageVersion.package == PACKAGE)).one())


PAGES: Mapping[str, Callable[[Work], object]] = {
    "who has launched": _handed,
    "progress, who is missing": _progress,
    "how complete and how timely reports are": _reporting,
}
