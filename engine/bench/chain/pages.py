"""What the province's people look at while a campaign runs: everything that these pages read."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import select

from engine import progress
from engine.cascade.overview import overview
from engine.models import Campaign
from engine.running import running
from tenants.db import Work


def _handed(work: Work) -> object:
    return overview(work, "bench-chain")


def _progress(work: Work) -> object:
    live = running(
        work, work.session.scalars(select(Campaign.id).where(Campaign.title.contains("逐级"))).one()
    )
    return progress.totals(work, live), progress.missing(work, live, 20), progress.coming(work, live)


PAGES: Mapping[str, Callable[[Work], object]] = {
    "who has launched": _handed,
    "progress, who is missing": _progress,
}
