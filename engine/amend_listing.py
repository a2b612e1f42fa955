"""Runs in which instances went over to another version, to be read: how far they are, who stands where and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, not_, or_, select

from engine import amend_fleet
from engine.amend_models import AmendedInstance, Amendment
from engine.models import Instance
from engine.progress import PLACE
from engine.recalendar_steps import OPEN
from tenants import access
from tenants.db import Work
from tenants.errors import NotFound
from tenants.models import Unit
from tenants.text import Message, unpacked

# States in which an instance goes on under the former version, for whatever reason.
LEFT = ("stays", "blocked", "failed", "left")
# What may be asked for: states, and besides them those that have moved and may go back, or not.
WHICH = ("waiting", "moved", "stays", "blocked", "failed", "over", "back", "kept", "left", "free", "touched")
SIZE = 50


@dataclass(frozen=True)
class Kin:
    """Instances of a run that share a fate for the same reasons. states: how many stand where."""

    key: str
    what: str
    title: str
    why: tuple[Message, ...]
    notes: tuple[Message, ...]
    states: Mapping[str, int]

    @property
    def number(self) -> int:
        return sum(self.states.values())


@dataclass(frozen=True)
class Progress:
    """How far a run is. counts: state -> how many. done, total: of those that are to go over, or back."""

    run: Amendment
    counts: Mapping[str, int]
    kins: tuple[Kin, ...]

    @property
    def total(self) -> int:
        """Return how many it is about: who stays from the start is none of them."""
        if self.run.direction == "back":
            return sum(self.counts.get(one, 0) for one in ("moved", "back", "kept", "failed"))
        return sum(n for kin in self.kins if kin.what == "moves" for n in kin.states.values())

    @property
    def waiting(self) -> int:
        """Return how many have not had their turn yet."""
        return self.counts.get("waiting" if self.run.direction == "over" else "moved", 0)

    @property
    def done(self) -> int:
        return self.total - self.waiting


@dataclass(frozen=True)
class Line:
    """One instance of a run. unit: whom it concerns. why: its own reason, or that of its kin."""

    instance_id: UUID
    unit: str
    title: str
    state: str
    why: tuple[Message, ...]
    kin: str


def run_of(work: Work, amendment_id: UUID) -> Amendment:
    """Return a run. Raises NotFound, Forbidden."""
    access.require(work.viewer, "campaign.steer")
    found = work.session.get(Amendment, (work.tenant.id, amendment_id))
    if found is None:
        raise NotFound()
    return found


def runs(work: Work, campaign_id: UUID, *, limit: int = 20) -> Sequence[Amendment]:
    """Return the last runs of a campaign, newest first."""
    query = select(Amendment).where(Amendment.campaign_id == campaign_id)
    return work.session.scalars(
        query.order_by(Amendment.started_at.desc(), Amendment.id.desc()).limit(limit)
    ).all()


def singles(work: Work, amendment_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, str, str]]:
    """Return of runs of one alone: run -> (instance, title, state), as far as the viewer may see it."""
    query = (
        select(AmendedInstance.amendment_id, Instance.id, Instance.title, AmendedInstance.state)
        .join(Instance, Instance.id == AmendedInstance.instance_id)
        .where(
            AmendedInstance.amendment_id.in_(amendment_ids), AmendedInstance.tenant_id == work.tenant.id,
            Instance.tenant_id == work.tenant.id, access.visible(work.viewer, PLACE),
        )
    )  # fmt: skip
    return {run: (key, title, state) for run, key, title, state in work.session.execute(query).tuples()}


def at_work(work: Work, campaign_id: UUID) -> Amendment | None:
    """Return the run of a campaign that is not done."""
    query = select(Amendment).where(
        Amendment.campaign_id == campaign_id, Amendment.whole, Amendment.state != "done"
    )
    return work.session.scalar(query.limit(1))


def progress(work: Work, run: Amendment) -> Progress:
    """Return how far a run is, in one statement however many instances it is about."""
    row = AmendedInstance
    query = (
        select(row.kin, row.state, func.count())
        .where(row.amendment_id == run.id)
        .group_by(row.kin, row.state)
    )
    states: dict[str, dict[str, int]] = {}
    counts: dict[str, int] = {}
    for kin, state, number in work.session.execute(query).tuples():
        states.setdefault(kin, {})[state] = number
        counts[state] = counts.get(state, 0) + number
    kins = [_kin(key, told, states.get(key, {})) for key, told in run.groups.items()]
    order = ("blocked", "stays", "moves")
    return Progress(
        run, counts, tuple(sorted(kins, key=lambda one: (order.index(one.what), one.title, one.key)))
    )


def returnable(work: Work, run: Amendment) -> tuple[int, int]:
    """Return how many that went over may go back, and how many somebody has gone on with since."""
    query = (
        select(func.count().filter(_untouched()), func.count())
        .select_from(AmendedInstance)
        .join(Instance, Instance.id == AmendedInstance.instance_id)
        .where(*_own(work, run), AmendedInstance.state == "moved")
    )
    free, moved = work.session.execute(query).tuples().one()
    return free, moved - free


def born_since(work: Work, run: Amendment) -> int:
    """Return how many open instances have begun under the new version."""
    known = select(AmendedInstance.instance_id).where(
        AmendedInstance.tenant_id == work.tenant.id, AmendedInstance.instance_id == Instance.id
    )
    query = select(func.count()).select_from(Instance).where(
        Instance.campaign_id == run.campaign_id, Instance.package_hash == run.package_hash, Instance.state.in_(OPEN),
        ~known.exists(), Instance.opened_at >= run.started_at,
    )  # fmt: skip
    return work.session.scalar(query) or 0


def lines(
    work: Work, run: Amendment, which: str, kin: str = "", *, page: int = 1, size: int = SIZE
) -> tuple[list[Line], int, int]:
    """Return a page of instances, how many there are that the viewer may see, and how many besides.

    which: one of WHICH; empty = all. kin: of these only.
    """
    row = AmendedInstance
    where = [*_own(work, run)]
    if which in ("free", "touched"):
        where += [row.state == "moved", _untouched() if which == "free" else not_(_untouched())]
    elif which:
        where.append(row.state == which)
    if kin:
        where.append(row.kin == kin)
    joined = select(func.count().filter(access.visible(work.viewer, PLACE)), func.count()).select_from(row)
    seen, all_ = (
        work.session.execute(joined.join(Instance, Instance.id == row.instance_id).where(*where))
        .tuples()
        .one()
    )
    concerns = func.coalesce(Instance.about_id, Instance.unit_id)
    query = (
        select(row, Instance.title, Unit.name)
        .join(Instance, Instance.id == row.instance_id)
        .outerjoin(Unit, and_(Unit.id == concerns, Unit.tenant_id == work.tenant.id))
        .where(*where, access.visible(work.viewer, PLACE))
        .order_by(row.kin, row.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    found = [
        _line(run, one, title, name or work.tenant.name) for one, title, name in work.session.execute(query)
    ]
    return found, seen, all_ - seen


def _own(work: Work, run: Amendment) -> tuple[ColumnElement[bool], ...]:
    return (
        AmendedInstance.amendment_id == run.id, AmendedInstance.tenant_id == work.tenant.id,
        Instance.tenant_id == work.tenant.id,
    )  # fmt: skip


def _untouched() -> ColumnElement[bool]:
    """Return the condition under which nobody has gone on with an instance since: the same rule as `amend_moving.touched`."""
    row = AmendedInstance
    return and_(
        Instance.revision == row.revision, Instance.state == row.stood, Instance.state.in_(OPEN),
        or_(Instance.due.is_not_distinct_from(row.due_after), Instance.due.is_not_distinct_from(row.due_before)),
    )  # fmt: skip


def _kin(key: str, told: Mapping[str, Any], states: Mapping[str, int]) -> Kin:
    why, notes = (tuple(unpacked(one) for one in told[name]) for name in ("why", "notes"))
    return Kin(key, told["what"], told["title"], why, notes, states)


def _line(run: Amendment, row: AmendedInstance, title: str, unit: str) -> Line:
    own = tuple(amend_fleet.reasons(row))
    shared = tuple(unpacked(one) for one in run.groups.get(row.kin, {}).get("why", ()))
    return Line(row.instance_id, unit, title, row.state, own or shared, row.kin)
