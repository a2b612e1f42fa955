"""Actors that nobody is until somebody says so: units that the tenant has chosen, units that an accepted answer names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.models import Campaign, Instance
from forms.models import Submission
from tenants.base import id_in
from tenants.db import Work
from tenants.models import Unit
from workflows.elements import Actor
from workflows.package import Package

Bound = Mapping[UUID | None, Sequence[Unit]]


def bound(work: Work, package: Package, actor: Actor) -> Bound:
    """Return whose (None = of nobody in particular) -> the units that were chosen or named."""
    ids = _named(work, package, actor) if actor.kind == "named" else {None: _chosen(work, package, actor)}
    wanted = {unit_id for some in ids.values() for unit_id in some}
    if not wanted:
        return {}
    rows = work.session.scalars(select(Unit).where(Unit.id.in_(wanted), Unit.active.is_(True)))
    units = {unit.id: unit for unit in rows}
    return {whose: [units[unit_id] for unit_id in some if unit_id in units] for whose, some in ids.items()}


def chosen_ids(campaign: Campaign, actor: str) -> list[UUID]:
    """Return the ids of the units that the tenant has chosen for an actor."""
    return named_in((campaign.choices.get("actors") or {}).get(actor) or [])


def named_in(answer: Any) -> list[UUID]:
    """Return the ids that an answer names: one, or several in a list."""
    some = answer if isinstance(answer, list) else [answer]
    return [one for one in map(id_in, some) if one is not None]


def _chosen(work: Work, package: Package, actor: Actor) -> list[UUID]:
    """The newest campaign of this package counts: standing duties of an earlier one go with it."""
    newest = (
        select(Campaign).where(Campaign.package_hash == package.hash).order_by(Campaign.id.desc()).limit(1)
    )
    campaign = work.session.scalar(newest)
    return chosen_ids(campaign, actor.id) if campaign is not None else []


def _named(work: Work, package: Package, actor: Actor) -> dict[UUID | None, list[UUID]]:
    source = actor.named_by
    if source is None:
        return {}
    query = (
        select(Instance.unit_id, Submission.answers)
        .join(Submission, (Submission.subject_id == Instance.id) & (Submission.subject_kind == "instance"))
        .join(Campaign, Campaign.id == Instance.campaign_id)
        .where(
            Campaign.package_hash == package.hash, Submission.form == source.form, Instance.state == "done"
        )
        .order_by(Instance.ended_at, Submission.made_at, Submission.id)
    )
    found: dict[UUID | None, list[UUID]] = {}
    for unit_id, answers in work.session.execute(query):
        found[unit_id] = found[None] = named_in(answers.get(source.field))
    return found
