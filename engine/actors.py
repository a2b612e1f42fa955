"""Actors, picked: which units and posts a selector means today, and whom it means as seen from one unit."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Text, cast, or_, select

from tenants.db import Work, json_text
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
    found = list(work.session.scalars(select(Unit).where(Unit.active.is_(True)).order_by(Unit.path)))
    _known(work).update((unit.id, unit) for unit in found)
    return found


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
        yield Pick(home_of(work, actor.post), actor.post)
    elif actor.kind == "post":
        for pick in picked(work, package, actor.of, units):
            yield Pick(pick.unit, actor.post)
    elif actor.kind == "below":
        over = {p.unit.id for p in picked(work, package, actor.below, units) if p.unit}
        for unit in units:
            if not over.isdisjoint(above(unit)) and fits(actor, unit):
                yield Pick(unit)
    elif actor.kind == "above" and SUBJECT not in actor.above:
        for pick in picked(work, package, actor.above, units):
            nearest = _nearest(actor, ancestors(work, pick.unit)[1:]) if pick.unit else None
            if nearest:
                yield Pick(nearest)


def near(
    work: Work, package: Package, name: str, subject: Unit | None, *, held: Collection[str] = ()
) -> Pick | None:
    """Return whom the actor means as seen from `subject`: itself, what stands above it, or a post of the tenant.

    held: actors that the subject was picked as; it stays one of them when it fits no more (a mine that stopped production
    signs what it still owes). None when nobody fits. Costs a query or two, however many units there are.
    """
    actor = package.actors[name]
    if actor.kind == "post":
        if not actor.of:
            return Pick(None, actor.post)
        # A post of the mine or its company: the mine's, when the mine is concerned.
        homes = (near(work, package, of, subject, held=held) for of in actor.of)
        home = max((h.unit for h in homes if h and h.unit), key=lambda unit: len(unit.path), default=None)
        return Pick(home, actor.post) if home else None
    chain = ancestors(work, subject) if subject else []
    if actor.kind == "above":
        # As seen from the unit concerned that unit may itself be the one; above another actor it is not.
        if SUBJECT not in actor.above:
            bases = (near(work, package, of, subject, held=held) for of in actor.above)
            base = next((pick for pick in bases if pick and pick.unit), None)
            chain = ancestors(work, base.unit)[1:] if base and base.unit else []
        nearest = _nearest(actor, chain)
        return Pick(nearest) if nearest else None
    if actor.kind in ("unit", "below"):
        found = _nearest(actor, chain) or (subject if name in held else None)
        return Pick(found) if found else _authority(work, package, name)
    return None


def base_actors(package: Package, names: Iterable[str]) -> frozenset[str]:
    """Return the actors and those that their posts belong to: everything a unit picked by them was picked as."""
    found: set[str] = set()
    for name in names:
        found |= {name, *base_actors(package, package.actors[name].of)} if name in package.actors else set()
    return frozenset(found)


def fits(actor: Actor, unit: Unit) -> bool:
    """Tell whether the actor's condition holds for the unit."""
    return actor.unit is None or actor.unit.evaluate(unit.facts()) is True


def ancestors(work: Work, unit: Unit) -> list[Unit]:
    """Return the unit and all above it, nearest first. Units are read once for a command."""
    known = _known(work)
    known.setdefault(unit.id, unit)
    ids = [*above(unit), unit.id]
    missing = [unit_id for unit_id in ids if unit_id not in known]
    if missing:
        query = select(Unit).where(Unit.id.in_(missing))
        known.update((found.id, found) for found in work.session.scalars(query))
    return [known[unit_id] for unit_id in reversed(ids)]


def above(unit: Unit) -> list[UUID]:
    """Return the ids of the units above one, the topmost first."""
    return [UUID(part) for part in unit.path.strip("/").split("/")[:-1]]


def authority(units: Iterable[Unit]) -> dict[UUID, Unit]:
    """Return those of the units that are the authority itself: those with a mandate over everything, and what is below."""
    found = list(units)
    ours = {unit.id for unit in found if unit.attributes.get("mandate") == "all"}
    return {unit.id: unit for unit in found if not ours.isdisjoint([unit.id, *above(unit)])}


def _known(work: Work) -> dict[UUID, Unit]:
    """Return the units that this command has met. Their rows belong to its session, so a change of one is seen here too."""
    found: dict[UUID, Unit] = work.session.info.setdefault("units", {})
    return found


def _authority(work: Work, package: Package, name: str) -> Pick | None:
    """Return a unit of the authority itself that the actor means. Beside the subject's own line no other unit may be meant:
    what concerns one mine never goes to its neighbour because that one happens to fit."""
    units = all_units(work)
    ours = authority(units)
    return next(
        (pick for pick in picked(work, package, [name], units) if pick.unit and pick.unit.id in ours), None
    )


def _nearest(actor: Actor, chain: Iterable[Unit]) -> Unit | None:
    return next((unit for unit in chain if fits(actor, unit)), None)


def holders(post: str) -> ColumnElement[bool]:
    """Return the condition under which a member may hold a post; whether they do, their `posts` say."""
    # Posts are a JSON list; as text it is the same on every database, but for how it spells what is not ASCII.
    text = cast(Member.posts, Text)
    return or_(*(text.contains(word, autoescape=True) for word in {json_text(post), json.dumps(post)}))


def home_of(work: Work, post: str | None) -> Unit | None:
    """Return the unit of the first active member who holds the post: the office that acts for the tenant."""
    if not post:
        return None
    rows = work.session.execute(
        select(Unit, Member.posts)
        .join(Member, Member.unit_id == Unit.id)
        .where(Member.active.is_(True), Unit.active.is_(True), holders(post))
        .order_by(Unit.path)
    )
    return next((unit for unit, posts in rows if post in posts), None)
