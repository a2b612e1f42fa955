"""Actors, picked: which units and posts a selector means today, and whom it means as seen from one unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from tenants.db import Work
from tenants.models import Member, Unit
from workflows.elements import Actor
from workflows.package import Package

# Stands in `above:` for the unit that the instance concerns.
SUBJECT = "subject"


@dataclass(frozen=True)
class Pick:
    """One unit or post that an actor means. No unit: the post anywhere in the tenant."""

    unit: Unit | None
    post: str | None = None


def all_units(work: Work) -> list[Unit]:
    """Return the tenant's active units, parents before children. Selection is the house's, so no viewer's limit applies."""
    return list(work.session.scalars(select(Unit).where(Unit.active.is_(True)).order_by(Unit.path)))


def picked(work: Work, package: Package, actors: Sequence[str], units: Sequence[Unit]) -> list[Pick]:
    """Return whom the actors mean today, each unit once, in the order of the tree. Cost grows with the units."""
    found: dict[tuple[UUID | None, str | None], Pick] = {}
    for name in actors:
        for pick in _picked(work, package, package.actors[name], units):
            found.setdefault((pick.unit.id if pick.unit else None, pick.post), pick)
    return list(found.values())


def _picked(work: Work, package: Package, actor: Actor, units: Sequence[Unit]) -> Iterator[Pick]:
    if actor.kind == "unit":
        yield from (Pick(unit) for unit in units if fits(actor, unit))
    elif actor.kind == "post" and not actor.of:
        yield Pick(_home_of(work, actor.post), actor.post)
    elif actor.kind == "post":
        for pick in picked(work, package, actor.of, units):
            yield Pick(pick.unit, actor.post)
    elif actor.kind == "below":
        over = [p.unit.path for p in picked(work, package, actor.below, units) if p.unit]
        for unit in units:
            if fits(actor, unit) and any(unit.path.startswith(path) and unit.path != path for path in over):
                yield Pick(unit)
    elif actor.kind == "above" and SUBJECT not in actor.above:
        for pick in picked(work, package, actor.above, units):
            nearest = _nearest(actor, _chain(units, pick.unit)[1:]) if pick.unit else None
            if nearest:
                yield Pick(nearest)


def near(work: Work, package: Package, name: str, subject: Unit | None) -> Pick | None:
    """Return whom the actor means as seen from `subject`: itself, what stands above it, or a post of the tenant.

    None when nobody fits. Costs one or two queries, however many units there are.
    """
    actor = package.actors[name]
    chain = ancestors(work, subject) if subject else []
    if actor.kind == "post":
        if not actor.of:
            return Pick(None, actor.post)
        # A post of the mine or its company: the mine's, when the mine is concerned.
        homes = (near(work, package, of, subject) for of in actor.of)
        home = max((h.unit for h in homes if h and h.unit), key=lambda unit: len(unit.path), default=None)
        return Pick(home, actor.post) if home else None
    if actor.kind == "above":
        # As seen from the unit concerned that unit may itself be the one; above another actor it is not.
        if SUBJECT not in actor.above:
            bases = (near(work, package, name, subject) for name in actor.above)
            base = next((pick for pick in bases if pick and pick.unit), None)
            chain = ancestors(work, base.unit)[1:] if base and base.unit else []
        nearest = _nearest(actor, chain)
        return Pick(nearest) if nearest else None
    if actor.kind in ("unit", "below"):
        nearest = _nearest(actor, chain)
        if nearest is None:
            anywhere = picked(work, package, [name], all_units(work))
            return anywhere[0] if anywhere else None
        return Pick(nearest)
    return None


def fits(actor: Actor, unit: Unit) -> bool:
    """Tell whether the actor's condition holds for the unit."""
    return actor.unit is None or actor.unit.evaluate(unit.facts()) is True


def ancestors(work: Work, unit: Unit) -> list[Unit]:
    """Return the unit and all above it, nearest first."""
    ids = [UUID(part) for part in unit.path.strip("/").split("/")]
    return list(work.session.scalars(select(Unit).where(Unit.id.in_(ids)).order_by(Unit.path.desc())))


def _nearest(actor: Actor, chain: Iterable[Unit]) -> Unit | None:
    return next((unit for unit in chain if fits(actor, unit)), None)


def _chain(units: Sequence[Unit], unit: Unit) -> list[Unit]:
    above = [other for other in units if unit.path.startswith(other.path)]
    return sorted(above, key=lambda other: -len(other.path))


def _home_of(work: Work, post: str | None) -> Unit | None:
    """Return the unit of the first active member who holds the post: the office that acts for the tenant."""
    rows = work.session.execute(
        select(Unit, Member.posts)
        .join(Member, Member.unit_id == Unit.id)
        .where(Member.active.is_(True), Unit.active.is_(True))
        .order_by(Unit.path)
    )
    return next((unit for unit, posts in rows if post in posts), None)
