"""One document for two duties of the same day, where the tenant says so: what was accepted for the one settles the other."""

from __future__ import annotations

from sqlalchemy import select

from engine.models import Instance
from engine.releasing import OPEN, release
from engine.running import Running, running
from tenants.db import Work
from tenants.models import Job
from tenants.text import say


def serve(work: Work, job: Job) -> None:
    """Let go what the same unit owes for the same day by the duty that an accepted instance serves as well.

    What was handed in already for the other stays: somebody has to receive it.
    """
    done = work.session.get(Instance, (work.tenant.id, job.subject_id))
    if done is None or done.state != "done":
        return
    live = running(work, done.campaign_id, lock="keep")
    other = served(live, done.duty)
    if not other or done.due is None:
        return
    query = (
        select(Instance)
        .where(
            Instance.campaign_id == done.campaign_id, Instance.duty == other, Instance.due == done.due,
            Instance.unit_id.is_not_distinct_from(done.unit_id), Instance.about_id.is_not_distinct_from(done.about_id),
            Instance.state.in_(OPEN), Instance.filed_at.is_(None),
        )
        .order_by(Instance.id)
        .with_for_update()
    )  # fmt: skip
    title = live.duties[done.duty].title
    release(work, list(work.session.scalars(query)), str(say("由“{title}”一并报送", title=title)))


def served(live: Running, duty: str) -> str:
    """Return the duty that another one serves as well in this campaign; empty when none, or when the tenant did not say so."""
    known = live.duties.get(duty)
    chosen = (live.campaign.choices.get("one_document") or {}).get(duty)
    return known.serves if known is not None and known.serves in live.duties and chosen == "yes" else ""
