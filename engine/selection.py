"""Whom a selector means: pure functions over a tree of units. The database is one such tree, a rehearsal's cast another."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, Generic, NamedTuple, Protocol
from uuid import UUID

from engine.lineage import Place, U, above, authority
from forms.expression import EvaluationError
from workflows.elements import Actor, Duty
from workflows.package import Package
from workflows.whom import SUBJECT, is_relative

# Kinds of actors that are nobody until somebody has said so.
BOUND = frozenset({"chosen", "named"})
# What a selector may do with one unit, a millisecond: there may be thousands of units.
_FACTS_STEPS = 5_000
# Facts that are texts of a unit's own, whatever its attributes are called.
_PLAIN = frozenset({"kind", "status", "name", "code"})


class Tree(Protocol[U]):
    """The units of one tenant."""

    def units(self) -> Sequence[U]:
        """Return the active units, parents before children."""

    def ancestors(self, unit: U) -> list[U]:
        """Return the unit and all above it, nearest first."""

    def find(self, unit_id: UUID) -> U | None:
        """Return the active unit of that id."""

    def called(self, word: str) -> U | None:
        """Return the active unit of that code, else the only one of that name; None when there is none or no telling which."""

    def home_of(self, post: str | None) -> U | None:
        """Return the unit that acts for the tenant in this post; None when nobody holds it."""

    def elsewhere(self, level: str) -> bool:
        """Tell whether what is found at that level is found in a superior of this tenant."""

    def bound(self, package: Package, actor: Actor) -> Mapping[UUID | None, Sequence[U]]:
        """Return whose (None = of nobody in particular) -> the units chosen for an actor, or named by an answer."""


class Pick(NamedTuple, Generic[U]):
    """One unit or post that an actor means. No unit: the post anywhere in the tenant."""

    unit: U | None
    post: str | None = None


class Doubt(NamedTuple, Generic[U]):
    """A unit for which an actor's condition cannot be worked out. It is left out; all others are judged."""

    unit: U
    actor: Actor
    why: EvaluationError


Doubts = list[Doubt[U]]


def picked(
    tree: Tree[U],
    package: Package,
    actors: Sequence[str],
    units: Sequence[U],
    doubts: Doubts[U] | None = None,
) -> list[Pick[U]]:
    """Return whom the actors mean, each unit once, in the order of the tree. Cost grows with the units.

    doubts: where units are put for which it cannot be worked out; without it they are left out in silence.
    """
    return [pick for _name, pick in cast(tree, package, actors, units, doubts)]


def cast(
    tree: Tree[U],
    package: Package,
    actors: Sequence[str],
    units: Sequence[U],
    doubts: Doubts[U] | None = None,
) -> list[tuple[str, Pick[U]]]:
    """Return whom the actors mean, each unit once, with the actor as which it is meant first."""
    found: dict[tuple[UUID | None, str | None], tuple[str, Pick[U]]] = {}
    noted: Doubts[U] = [] if doubts is None else doubts
    for name in actors:
        for pick in _picked(tree, package, package.actors[name], units, noted):
            found.setdefault((pick.unit.id if pick.unit else None, pick.post), (name, pick))
    return list(found.values())


def pairs(
    tree: Tree[U], package: Package, duty: Duty, units: Sequence[U], doubts: Doubts[U] | None = None
) -> list[tuple[str, U | None, U | None]]:
    """Return (actor, who owes it, whom it is about) for each instance that an occurrence of the duty opens.

    Who an actor is may depend on whom it is about: then that one owes it alone, else all of them do.
    """
    if not duty.about:
        return [(name, pick.unit, None) for name, pick in cast(tree, package, duty.by, units, doubts)]
    noted: Doubts[U] = [] if doubts is None else doubts
    about = [pick.unit for pick in picked(tree, package, [duty.about], units, noted) if pick.unit]
    seen = [name for name in duty.by if is_relative(package.actors, name)]
    fixed = cast(tree, package, [name for name in duty.by if name not in seen], units, noted)
    found = {
        (pick.unit.id if pick.unit else None, one.id): (name, pick.unit, one)
        for name, pick in fixed
        for one in about
    }
    for one in about if seen else ():
        for name, unit in _seen_from(tree, package, seen, one, noted):
            found.setdefault((unit.id, one.id), (name, unit, one))
    return list(found.values())


def _seen_from(
    tree: Tree[U], package: Package, names: Sequence[str], subject: U, doubts: Doubts[U]
) -> Iterator[tuple[str, U]]:
    for name in names:
        try:
            pick = near(tree, package, name, subject)
        except EvaluationError as why:
            doubts.append(Doubt(subject, package.actors[name], why))
            continue
        unit = (pick.unit or tree.home_of(pick.post)) if pick else None
        if unit is not None:
            yield name, unit


def _picked(
    tree: Tree[U], package: Package, actor: Actor, units: Sequence[U], doubts: Doubts[U]
) -> Iterator[Pick[U]]:
    if actor.at and tree.elsewhere(actor.at):
        return
    if actor.kind == "unit":
        yield from (Pick(unit) for unit in fitting(actor, units, doubts))
    elif actor.kind == "post" and not actor.of:
        yield Pick(tree.home_of(actor.post), actor.post)
    elif actor.kind == "post":
        for pick in picked(tree, package, actor.of, units, doubts):
            yield Pick(pick.unit, actor.post)
    elif actor.kind in BOUND:
        bound, bases = tree.bound(package, actor), picked(tree, package, actor.of, units, doubts)
        whose = [pick.unit.id for pick in bases if pick.unit] if actor.of else [None]
        named = (unit for one in whose for unit in bound.get(one, ()))
        yield from (Pick(unit) for unit in fitting(actor, named, doubts))
    elif actor.kind == "marked":
        within = picked(tree, package, actor.of, units, doubts) if actor.of else [Pick(one) for one in units]
        for base in within:
            # Without `of` each unit that has the attribute itself stands for all below it.
            chain = tree.ancestors(base.unit) if actor.of and base.unit else filter(None, [base.unit])
            marked = _marked(tree, actor, chain)
            if marked is not None:
                yield from (Pick(unit) for unit in fitting(actor, [marked], doubts))
    elif actor.kind == "below":
        over = {p.unit.id for p in picked(tree, package, actor.below, units, doubts) if p.unit}
        lower = (unit for unit in units if not over.isdisjoint(above(unit)))
        yield from (Pick(unit) for unit in fitting(actor, lower, doubts))
    elif actor.kind == "above" and SUBJECT not in actor.above:
        for pick in picked(tree, package, actor.above, units, doubts):
            if pick.unit is None:
                continue
            try:
                nearest = _nearest(actor, tree.ancestors(pick.unit)[1:])
            except EvaluationError as why:
                doubts.append(Doubt(pick.unit, actor, why))
                continue
            if nearest:
                yield Pick(nearest)


def near(
    tree: Tree[U], package: Package, name: str, subject: U | None, *, held: Collection[str] = ()
) -> Pick[U] | None:
    """Return whom the actor means as seen from `subject`: itself, what stands above it, or a post of the tenant.

    held: actors that the subject was picked as; it stays one of them when it fits no more (a mine that stopped production
    signs what it still owes). None when nobody fits.
    """
    actor = package.actors[name]
    if actor.at and tree.elsewhere(actor.at):
        return None
    if actor.kind == "post":
        if not actor.of:
            return Pick(None, actor.post)
        # A post of the mine or its company: the mine's, when the mine is concerned.
        homes = (near(tree, package, of, subject, held=held) for of in actor.of)
        home = max((h.unit for h in homes if h and h.unit), key=lambda unit: len(unit.path), default=None)
        return Pick(home, actor.post) if home else None
    chain = tree.ancestors(subject) if subject else []
    if actor.kind == "above":
        # As seen from the unit concerned that unit may itself be the one; above another actor it is not.
        if SUBJECT not in actor.above:
            bases = (near(tree, package, of, subject, held=held) for of in actor.above)
            base = next((pick for pick in bases if pick and pick.unit), None)
            chain = tree.ancestors(base.unit)[1:] if base and base.unit else []
        nearest = _nearest(actor, chain)
        return Pick(nearest) if nearest else None
    if actor.kind == "marked":
        if actor.of:
            over = (near(tree, package, of, subject, held=held) for of in actor.of)
            chain = next((tree.ancestors(pick.unit) for pick in over if pick and pick.unit), [])
        marked = _marked(tree, actor, chain)
        return Pick(marked) if marked is not None and fits(actor, marked) else None
    if actor.kind in BOUND:
        bound = tree.bound(package, actor)
        owners = [near(tree, package, of, subject, held=held) for of in actor.of]
        whose = [pick.unit.id for pick in owners if pick and pick.unit] if actor.of else [None]
        units = [unit for one in whose for unit in bound.get(one, ()) if fits(actor, unit)]
        # Of several the one of the subject's own line; chosen on purpose, any of them may be meant.
        mine = next((unit for unit in units if unit.id in {above.id for above in chain}), None)
        return Pick(mine or units[0]) if units else None
    if actor.kind in ("unit", "below"):
        found = _nearest(actor, chain) or (subject if name in held else None)
        return Pick(found) if found else _authority(tree, package, name)
    return None


def fits(actor: Actor, unit: Place) -> bool:
    """Tell whether the actor's condition holds for the unit."""
    return actor.unit is None or actor.unit.evaluate(unit.facts(), steps=_FACTS_STEPS) is True


def fitting(actor: Actor, units: Iterable[U], doubts: Doubts[U]) -> Iterator[U]:
    """Yield the units for which the actor's condition holds, which is asked once for all that are alike in what it reads; put
    those for which it cannot be worked out among the doubts."""
    if actor.unit is None:
        yield from units
        return
    known: dict[Any, bool | EvaluationError] = {}
    read = _reading(actor.unit.names)
    for unit in units:
        kind = read(unit)
        if kind not in known:
            try:
                known[kind] = fits(actor, unit)
            except EvaluationError as why:
                known[kind] = why
        judged = known[kind]
        if isinstance(judged, EvaluationError):
            doubts.append(Doubt(unit, actor, judged))
        elif judged:
            yield unit


def _reading(names: frozenset[str]) -> Callable[[Place], Any]:
    """Return what gives that of a unit by which units are alike for somebody who reads these names."""
    if names and names <= _PLAIN:
        return attrgetter(*names)
    wanted = sorted(names)

    def read(unit: Place) -> str:
        facts = unit.facts()
        return repr([facts.get(name) for name in wanted])

    return read


def _authority(tree: Tree[U], package: Package, name: str) -> Pick[U] | None:
    """Return a unit of the authority itself that the actor means. Beside the subject's own line no other unit may be meant:
    what concerns one mine never goes to its neighbour because that one happens to fit."""
    units = tree.units()
    ours = authority(units)
    found = picked(tree, package, [name], units)
    return next((pick for pick in found if pick.unit and pick.unit.id in ours), None)


def _marked(tree: Tree[U], actor: Actor, chain: Iterable[U]) -> U | None:
    """Return the unit whose code or name the nearest of these that has the attribute writes there."""
    values = (one.attributes.get(actor.attribute) for one in chain)
    word = next((str(value).strip() for value in values if value not in (None, "")), "")
    return tree.called(word) if word else None


def _nearest(actor: Actor, chain: Iterable[U]) -> U | None:
    return next((unit for unit in chain if fits(actor, unit)), None)
