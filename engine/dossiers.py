"""All that concerns one unit, across campaigns: its items in every ledger, what it owed and handed in, its files. And lists that
several campaigns keep together, such as a blacklist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from engine.models import Campaign, Instance, LedgerItem
from engine.progress import PLACE
from engine.running import Running, running
from forms.models import Attachment, Submission
from tenants import access
from tenants.db import Work
from tenants.errors import NotFound
from tenants.models import Unit
from tenants.text import say
from workflows.elements import Ledger

# So many of each are shown; more are found in the campaign itself.
MOST = 200


@dataclass
class Part:
    """What one campaign has to say of a unit. items: ledger -> its lines. work: what it owes or owed, newest first."""

    live: Running
    items: dict[str, list[LedgerItem]] = field(default_factory=dict)
    work: list[Instance] = field(default_factory=list)


@dataclass(frozen=True)
class Dossier:
    """One unit's file. parts: by campaign, running ones first. files: what was handed in with it."""

    unit: Unit
    parts: tuple[Part, ...]
    files: tuple[Attachment, ...]


def of_unit(work: Work, unit_id: UUID) -> Dossier:
    """Return what the viewer may see of a unit. Raises NotFound for one of which they may see nothing at all."""
    unit = work.session.get(Unit, (work.tenant.id, unit_id))
    seen = work.viewer.units
    instances = list(
        work.session.scalars(
            select(Instance)
            .where(_concerns(unit_id), access.visible(work.viewer, PLACE))
            .order_by(Instance.opened_at.desc(), Instance.id.desc())
            .limit(MOST * 4)
        )
    )
    if unit is None or (seen is not None and unit_id not in seen and not instances):
        raise NotFound(say("没有找到这个单位。"))
    lines = work.session.scalars(
        select(LedgerItem)
        .join(Instance, Instance.id == LedgerItem.instance_id)
        .where(_concerns(unit_id), access.visible(work.viewer, PLACE))
        .order_by(LedgerItem.ledger, LedgerItem.closed, LedgerItem.number)
        .limit(MOST * 4)
    )
    parts: dict[UUID, Part] = {}
    for line in lines:
        part = _part(work, parts, line.campaign_id)
        part.items.setdefault(line.ledger, []).append(line)
    for instance in instances:
        if not instance.ledger:
            _part(work, parts, instance.campaign_id).work.append(instance)
    ordered = sorted(
        parts.values(),
        key=lambda one: (one.live.campaign.state != "running", -one.live.campaign.start.toordinal()),
    )
    return Dossier(unit, tuple(ordered), tuple(_files(work, instances)))


def lists(work: Work) -> Mapping[str, list[tuple[Running, Ledger]]]:
    """Return the lists that campaigns of the tenant keep together: name -> the ledgers that make it up, newest campaign first."""
    found: dict[str, list[tuple[Running, Ledger]]] = {}
    for campaign in work.session.scalars(select(Campaign).order_by(Campaign.id.desc())):
        live = running(work, campaign.id)
        for ledger in live.package.ledgers.values():
            if ledger.shared:
                found.setdefault(ledger.shared, []).append((live, ledger))
    return found


def lines_of(
    work: Work, parts: Iterable[tuple[Running, Ledger]], *, open_only: bool = False
) -> list[tuple[LedgerItem, str]]:
    """Return the lines of a list that campaigns keep together with the names of their units, open ones first, newest first."""
    which = [
        (LedgerItem.campaign_id == live.campaign.id) & (LedgerItem.ledger == ledger.id)
        for live, ledger in parts
    ]
    if not which:
        return []
    query = (
        select(LedgerItem, Unit.name)
        .join(Instance, Instance.id == LedgerItem.instance_id)
        .outerjoin(Unit, Unit.id == LedgerItem.unit_id)
        .where(
            or_(*which),
            access.visible(work.viewer, PLACE),
            *([LedgerItem.closed.is_(False)] if open_only else []),
        )
        .order_by(LedgerItem.closed, LedgerItem.born_at.desc())
        .limit(MOST)
    )
    return [(row[0], row[1] or "") for row in work.session.execute(query)]


def _concerns(unit_id: UUID) -> ColumnElement[bool]:
    return or_(Instance.about_id == unit_id, (Instance.unit_id == unit_id) & Instance.about_id.is_(None))


def _part(work: Work, parts: dict[UUID, Part], campaign_id: UUID) -> Part:
    if campaign_id not in parts:
        parts[campaign_id] = Part(running(work, campaign_id))
    return parts[campaign_id]


def _files(work: Work, instances: Iterable[Instance]) -> list[Attachment]:
    ids = [one.id for one in instances][:MOST]
    query = (
        select(Attachment)
        .join(Submission, Submission.id == Attachment.submission_id)
        .where(Submission.subject_kind == "instance", Submission.subject_id.in_(ids))
        .order_by(Attachment.uploaded_at.desc())
        .limit(MOST)
    )
    return list(work.session.scalars(query)) if ids else []
