"""Packages on their way down: who is below, and the rows that are made alike whether a person, a standing order or the house of
an authority in between hands it on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from engine.cascade.choosing import Child
from engine.cascade.models import HandedPackage, HandOrder
from engine.cascade.upwards import changed
from tenants import lines, outbox
from tenants.base import new_id
from tenants.db import Work
from tenants.directory import LEVELS
from tenants.models import Tenant, Unit
from workflows.models import PackageVersion

# The kind of job that carries one package to one authority.
HAND = "package_hand"


@dataclass(frozen=True)
class Sent:
    """What became of handing something down: rows that are on their way now, and rows of other versions that they replace."""

    rows: list[HandedPackage]
    replaced: list[HandedPackage]


def children(work: Work) -> list[Child]:
    """Return the authorities directly below, by their codes, with what a condition may read of them: two statements.

    Besides name, code and level that is whatever stands with the unit that stands for one here.
    """
    query = select(Unit).where(Unit.authority_id.is_not(None), Unit.active.is_(True))
    units = {unit.authority_id: unit.facts() for unit in work.session.scalars(query)}
    return [_child(one, units.get(one.id, {})) for one in lines.below(work.session, work.tenant.id)]


def _child(one: Tenant, facts: dict[str, object]) -> Child:
    known = {key: value for key, value in facts.items() if key != "id"}
    code = one.code or ""
    own = {"name": one.name, "code": code, "level": one.level}
    return Child(one.id, one.name, one.level, code, {**known, **own})


def send(work: Work, order: HandOrder, to: Sequence[Child], *, source: HandedPackage | None = None) -> Sent:
    """Hand a package to authorities below as an order says; one that has this very version already is left out.

    What they have of other versions is replaced by it. source: what was handed down to here and is passed on by this: its sender
    is told where they stand. A number of statements that does not grow with them.
    """
    lock(work, order.package)
    query = select(HandedPackage).where(HandedPackage.side == "out", HandedPackage.package == order.package)
    wanted = {one.id for one in to}
    known = [row for row in work.session.scalars(query) if row.other_id in wanted]
    same = {row.other_id: row for row in known if row.package_hash == order.package_hash}
    back = [row for row in same.values() if row.state == "gone"]
    fresh = [_row(work, order, one, source) for one in to if one.id not in same]
    reached = {row.other_id for row in (*fresh, *back)}
    older = [
        row for row in known if row.package_hash != order.package_hash and row.other_id in reached
        and row.replaced_at is None
    ]  # fmt: skip
    for row in older:
        row.replaced_at = work.now
    for row in back:
        ask_anew(work, row, order.note)
        row.order_id, row.source_id = order.id, source.id if source and passes(source, row.level) else None
    work.session.add_all(fresh)
    work.session.flush()
    changed(work, [*fresh, *back, *older])
    carry(work, [*fresh, *back])
    return Sent([*fresh, *back], older)


def ask_anew(work: Work, row: HandedPackage, note: str) -> None:
    """Let a package be on its way once more, to one that declined it or came back."""
    row.state, row.changed_at, row.turn, row.note = "sent", work.now, row.turn + 1, note
    row.sent_at, row.sent_name, row.replaced_at, row.reason = work.now, work.actor.name, None, ""
    row.arrived_at, row.answered_at, row.answered_name = None, None, None


def carry(work: Work, rows: Iterable[HandedPackage]) -> None:
    """Let the house carry them there."""
    outbox.later_all(work, HAND, [(row.id, work.now) for row in rows])


def lock(work: Work, package: str) -> None:
    """Of two who hand down the same package at the same moment, one waits for the other."""
    query = select(PackageVersion.id).where(PackageVersion.package == package).order_by(PackageVersion.id)
    work.session.scalars(query.with_for_update()).all()


def passes(source: HandedPackage, level: str) -> bool:
    """Tell whether what was handed down to here is meant to be passed on to authorities of a level."""
    return bool(source.through) and LEVELS.index(level) <= LEVELS.index(source.through)


def received_here(work: Work, package: str) -> HandedPackage | None:
    """Return what the superior handed down to here of a package, the version that counts; None when there is none."""
    query = select(HandedPackage).where(
        HandedPackage.side == "in", HandedPackage.package == package, HandedPackage.replaced_at.is_(None),
        HandedPackage.other_id == work.tenant.parent_id,
    )  # fmt: skip
    return work.session.scalar(query.order_by(HandedPackage.sent_at.desc(), HandedPackage.id).limit(1))


def _row(work: Work, order: HandOrder, to: Child, source: HandedPackage | None) -> HandedPackage:
    deeper = order.through if order.through and LEVELS.index(to.level) < LEVELS.index(order.through) else ""
    source_id: UUID | None = source.id if source is not None and passes(source, to.level) else None
    return HandedPackage(
        id=new_id(), side="out", other_id=to.id, other_name=to.name, level=to.level, package=order.package,
        version=order.version, package_hash=order.package_hash, title=order.title, note=order.note, through=deeper,
        origin=order.origin, turn=1, order_id=order.id, source_id=source_id, revision=0, state="sent", changed_at=work.now,
        replaced_at=None, sent_at=work.now, sent_name=order.sent_name, arrived_at=None, answered_at=None, answered_name=None,
        reason="", launched_at=None, instance_id=None, urged=0, urged_at=None, urged_below=0,
    )  # fmt: skip
