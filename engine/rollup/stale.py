"""Whether an upper report still says what the reports behind it say: what came late, was corrected, sent back or let go.

A job looks, after each step of a report that is collected and after each upper report, with the roll-up locked: of several that
look at once the last sees what all of them did, and looking twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.collected import kept_of
from engine.models import DutyOccurrence, Instance
from engine.rollup.adding import add_up
from engine.rollup.gathering import Gathered, fields_of, gather, missing, rolls_up
from engine.rollup.keeping import differs
from engine.rollup.models import Rollup, RollupSource
from engine.running import Running, running_of, under
from tenants.audit import record
from tenants.db import Work
from tenants.models import Job
from workflows.collected import may_take_in


def look(work: Work, job: Job) -> None:
    """Look at one upper report."""
    instance = work.session.get(Instance, (work.tenant.id, job.subject_id))
    if instance is not None:
        _look(work, running_of(work, instance), instance)


def after(work: Work, live: Running, occurrence_id: UUID, duty: str) -> None:
    """Look at the upper reports that have collected an occurrence of a duty."""
    uppers = [one.id for one in live.duties.values() if one.rollup and duty in one.sources]
    if not uppers:
        return
    period = (
        work.session.scalar(select(DutyOccurrence.period).where(DutyOccurrence.id == occurrence_id)) or ""
    )
    query = (
        select(Instance, DutyOccurrence.period)
        .join(Rollup, Rollup.instance_id == Instance.id)
        .outerjoin(DutyOccurrence, DutyOccurrence.id == Instance.occurrence_id)
        .where(
            Instance.campaign_id == live.campaign.id, Instance.duty.in_(uppers), Rollup.state != "superseded"
        )
        .order_by(Instance.id)
    )
    for instance, upper in work.session.execute(query).all():
        known = live.duties.get(instance.duty)
        if known is not None and known.collects and not may_take_in(upper or "", period):
            continue
        if occurrence_id in kept_of(work, instance, known):
            _look(work, under(live, instance.package_hash), instance)


def _look(work: Work, live: Running, instance: Instance) -> None:
    query = select(Rollup).where(Rollup.instance_id == instance.id, Rollup.state != "superseded")
    kept = work.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    upper = rolls_up(live, instance)
    form = live.package.forms.get(upper.form or "") if upper is not None else None
    if kept is None or upper is None or form is None:
        return
    now = gather(work, live, instance, upper)
    filled = add_up(upper.rollup, now.reports, fields_of(form))
    would = {
        name: [kept.computed.get(name), one.value]
        for name, one in filled.items()
        if differs(kept.computed.get(name), one.value)
    }
    lacking = missing(now.reports)
    why = list(_why(work, kept, now)) if would or lacking != kept.missing else []
    state = "stale" if why else "current"
    if (state, why, would if why else {}) == (kept.state, kept.why, kept.would):
        return
    kept.stale_at = (kept.stale_at or work.now) if why else None
    kept.state, kept.why, kept.would = state, why, would if why else {}
    if why:
        units = list(dict.fromkeys(one["unit"] for one in why))
        record(
            work, "rollup.stale", "instance", instance.id, unit_id=instance.unit_id, units="、".join(units),
            fields="、".join(sorted(would)),
        )  # fmt: skip
    work.session.flush()


def _why(work: Work, kept: Rollup, now: Gathered) -> Iterable[dict[str, Any]]:
    """Yield what has become of the reports behind an upper one since it was handed in."""
    rows = work.session.scalars(select(RollupSource).where(RollupSource.rollup_id == kept.id))
    then: dict[UUID, tuple[str, set[UUID]]] = {}
    units: dict[UUID, str] = {}
    for row in rows:
        found = then.setdefault(row.instance_id, (row.standing, set()))
        found[1].update({row.submission_id} - {None})  # type: ignore[arg-type]
        units[row.instance_id] = row.unit
    facts = now.facts()
    for one in now.reports:
        was, had = then.get(one.id, ("", set()))
        stands, has = facts[one.id]
        what = (
            "owed" if not was
            else "late" if was == "missing" and stands != "missing"
            else "returned" if was == "accepted" and stands != "accepted"
            else "accepted" if was == "filed" and stands == "accepted"
            else "corrected" if was == "accepted" and had != has
            else ""
        )  # fmt: skip
        if what:
            yield {"unit": one.unit, "what": what}
    for key in then.keys() - facts.keys():
        yield {"unit": units[key], "what": "released"}
