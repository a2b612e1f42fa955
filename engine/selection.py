"""Whom a selector means: pure functions over a tree of units. The database is one such tree, a rehearsal's cast another."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from uuid import UUID

from forms.expression import EvaluationError
from tenants.base import id_in
from workflows.bpmn import Node
from workflows.elements import Actor, Duty
from workflows.package import Package

# Stands in `above:` for the unit that the instance concerns.
SUBJECT = "subject"
# Kinds of actors that are nobody until somebody has said so.
BOUND = frozenset({"chosen", "named"})
# What a step may name besides actors: who owes the duty, who receives it, whom it is about, who started it.
BY, TO, ABOUT, STARTER = "by", "to", "about", "starter"
NOTHING: Mapping[str, Any] = MappingProxyType({})
# What a selector may do with one unit, a millisecond: there may be thousands of units.
_FACTS_STEPS = 5_000


class Place(Protocol):
    """What selectors see of a unit. path: the ids from the root down to it, each 32 hex digits, between slashes."""

    @property
    def id(self) -> Any: ...
    @property
    def path(self) -> Any: ...
    @property
    def attributes(self) -> Any: ...
    def facts(self) -> Mapping[str, Any]: ...


U = TypeVar("U", bound=Place)


class Tree(Protocol[U]):
    """The units of one tenant."""

    def units(self) -> Sequence[U]:
        """Return the active units, parents before children."""

    def ancestors(self, unit: U) -> list[U]:
        """Return the unit and all above it, nearest first."""

    def find(self, unit_id: UUID) -> U | None:
        """Return the active unit of that id."""

    def home_of(self, post: str | None) -> U | None:
        """Return the unit that acts for the tenant in this post; None when nobody holds it."""

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
    """Return (actor, who owes it, whom it is about) for each instance that an occurrence of the duty opens."""
    about: list[U | None] = [None]
    if duty.about:
        about = [pick.unit for pick in picked(tree, package, [duty.about], units, doubts) if pick.unit]
    owing = cast(tree, package, duty.by, units, doubts)
    return [(name, pick.unit, one) for name, pick in owing for one in about]


def _picked(
    tree: Tree[U], package: Package, actor: Actor, units: Sequence[U], doubts: Doubts[U]
) -> Iterator[Pick[U]]:
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
    elif actor.kind == "below":
        over = {p.unit.id for p in picked(tree, package, actor.below, units, doubts) if p.unit}
        within = (unit for unit in units if not over.isdisjoint(above(unit)))
        yield from (Pick(unit) for unit in fitting(actor, within, doubts))
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
    if actor.kind in BOUND:
        bound = tree.bound(package, actor)
        bases = [near(tree, package, of, subject, held=held) for of in actor.of]
        whose = [pick.unit.id for pick in bases if pick and pick.unit] if actor.of else [None]
        units = [unit for one in whose for unit in bound.get(one, ()) if fits(actor, unit)]
        # Of several the one of the subject's own line; chosen on purpose, any of them may be meant.
        mine = next((unit for unit in units if unit.id in {above.id for above in chain}), None)
        return Pick(mine or units[0]) if units else None
    if actor.kind in ("unit", "below"):
        found = _nearest(actor, chain) or (subject if name in held else None)
        return Pick(found) if found else _authority(tree, package, name)
    return None


def named_in(node: Node) -> tuple[str, ...]:
    """Return whom a step names, the first to be asked first."""
    return (*((node.assignee,) if node.assignee else ()), *node.candidates)


def owed(node: Node) -> bool:
    """Tell whether a step is for the one who owes the duty, and not for somebody who receives or checks it."""
    named = named_in(node)
    return not named or BY in named


def addressed(
    tree: Tree[U],
    package: Package,
    duty: Duty | None,
    node: Node,
    subject: U | None,
    about: U | None,
    data: Mapping[str, Any] = NOTHING,
) -> list[tuple[str, Pick[U]]]:
    """Return whom a step is addressed to, the first candidate first, each with the actor (or `by`, `about`) as which it is.

    duty: what the instance is for; None for a ledger's item. data: what the step's expressions may read; a candidate that is no
    actor may be a path in it, to one unit or a list of them. Without a candidate it is whom the instance is for.
    """
    found: list[tuple[str, Pick[U]]] = []
    for name in named_in(node) or (BY,):
        one = _named(tree, package, duty, name, subject, about)
        if one is not None:
            found.append(one)
        elif name not in package.actors:
            found += [(BY, Pick(unit)) for unit in _units(tree, data, name)]
    return found or [(BY, Pick(subject))]


def value_at(data: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a dotted path, such as `row.责任单位`; None when nothing does."""
    value: Any = data
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _units(tree: Tree[U], data: Mapping[str, Any], path: str) -> list[U]:
    value = value_at(data, path)
    ids = [id_in(one) for one in (value if isinstance(value, list) else [value])]
    found = (tree.find(unit_id) for unit_id in ids if unit_id is not None)
    return [unit for unit in found if unit is not None]


def _named(
    tree: Tree[U], package: Package, duty: Duty | None, name: str, subject: U | None, about: U | None
) -> tuple[str, Pick[U]] | None:
    if name in (BY, STARTER):
        post = _post_of(package, duty, subject)
        return (BY, Pick(subject, post)) if subject or post else None
    if name == ABOUT:
        return (ABOUT, Pick(about or subject)) if about or subject else None
    held = base_actors(package, duty.by) if duty and about is None else frozenset()
    names = (duty.to if duty else ()) if name == TO else (name,)
    for one in names:
        pick = near(tree, package, one, about or subject, held=held) if one in package.actors else None
        if pick is not None:
            return one, pick
    return None


def _post_of(package: Package, duty: Duty | None, subject: Place | None) -> str | None:
    """Return the post that owes the duty; None when the unit as a whole does."""
    actors = [package.actors[name] for name in duty.by if name in package.actors] if duty else []
    post = next((actor.post for actor in actors if actor.post), None)
    if post and any(one.kind != "post" and subject is not None and fits(one, subject) for one in actors):
        return None
    return post


def base_actors(package: Package, names: Iterable[str]) -> frozenset[str]:
    """Return the actors and those that their posts belong to: everything a unit picked by them was picked as."""
    found: set[str] = set()
    for name in names:
        found |= {name, *base_actors(package, package.actors[name].of)} if name in package.actors else set()
    return frozenset(found)


def fits(actor: Actor, unit: Place) -> bool:
    """Tell whether the actor's condition holds for the unit."""
    return actor.unit is None or actor.unit.evaluate(unit.facts(), steps=_FACTS_STEPS) is True


def fitting(actor: Actor, units: Iterable[U], doubts: Doubts[U]) -> Iterator[U]:
    """Yield the units for which the actor's condition holds, which is asked once for all that are alike in what it reads; put
    those for which it cannot be worked out among the doubts."""
    if actor.unit is None:
        yield from units
        return
    known: dict[str, bool | EvaluationError] = {}
    reads = sorted(actor.unit.names)
    for unit in units:
        facts = unit.facts()
        kind = repr([facts.get(name) for name in reads])
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


def above(unit: Place) -> tuple[UUID, ...]:
    """Return the ids of the units above one, the topmost first."""
    return _ids_in(unit.path[:-33])  # without its own: 32 digits and a slash


@lru_cache(maxsize=4096)
def _ids_in(path: str) -> tuple[UUID, ...]:
    return tuple(UUID(part) for part in path.split("/") if part)


def authority(units: Iterable[U]) -> dict[UUID, U]:
    """Return those of the units that are the authority itself: those with a mandate over everything, and what is below."""
    found = list(units)
    ours = {unit.id for unit in found if unit.attributes.get("mandate") == "all"}
    return {unit.id: unit for unit in found if not ours.isdisjoint([unit.id, *above(unit)])}


def _authority(tree: Tree[U], package: Package, name: str) -> Pick[U] | None:
    """Return a unit of the authority itself that the actor means. Beside the subject's own line no other unit may be meant:
    what concerns one mine never goes to its neighbour because that one happens to fit."""
    units = tree.units()
    ours = authority(units)
    found = picked(tree, package, [name], units)
    return next((pick for pick in found if pick.unit and pick.unit.id in ours), None)


def _nearest(actor: Actor, chain: Iterable[U]) -> U | None:
    return next((unit for unit in chain if fits(actor, unit)), None)


def meant(tree: Tree[U], package: Package, names: Iterable[str], subject: U | None) -> list[tuple[str, U]]:
    """Return every unit that the actors mean as seen from `subject`, each once and without itself: one above it, one that acts
    for the tenant in a post, else all that an actor means."""
    found: dict[UUID, tuple[str, U]] = {}
    for name in names:
        if name not in package.actors:
            continue
        pick = near(tree, package, name, subject)
        unit = (pick.unit or tree.home_of(pick.post)) if pick else None
        units = (
            [unit] if unit else [one.unit for one in picked(tree, package, [name], tree.units()) if one.unit]
        )
        for one in units:
            if subject is None or one.id != subject.id:
                found.setdefault(one.id, (name, one))
    return list(found.values())
