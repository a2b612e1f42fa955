"""To whom a step of a process is addressed: its candidates, as seen from the unit that an instance is for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from engine.lineage import Place, U
from engine.selection import BOUND, Pick, Tree, fits, near
from tenants.base import id_in
from workflows.bpmn import Node
from workflows.elements import Actor, Duty
from workflows.package import Package

# What a step may name besides actors: who owes the duty, who receives it, whom it is about, who started it.
BY, TO, ABOUT, STARTER = "by", "to", "about", "starter"
NOTHING: Mapping[str, Any] = MappingProxyType({})


def named_in(node: Node) -> tuple[str, ...]:
    """Return whom a step names, the first to be asked first."""
    return (*((node.assignee,) if node.assignee else ()), *node.candidates)


def elsewhere(tree: Tree[U], actor: Actor | None) -> bool:
    """Tell whether an actor is another authority, along a line or above this one."""
    return actor is not None and (actor.kind == "line" or (actor.at != "" and tree.elsewhere(actor.at)))


def beyond(tree: Tree[U], package: Package, duty: Duty | None, node: Node) -> Actor | None:
    """Return as whom another authority does a step; None when it is for somebody here, or might be."""
    names = [one for name in named_in(node) for one in ((duty.to if duty else ()) if name == TO else (name,))]
    actors = [package.actors.get(name) for name in names]
    return actors[0] if actors and all(elsewhere(tree, actor) for actor in actors) else None


def reports_itself(package: Package, duty: Duty | None, name: str) -> bool:
    """Tell whether an authority that a step is for works it off in a campaign of its own: what it owes by the calendar of a
    package that is in force at several levels. name: as whom it is meant. What somebody asks for, or an item brings, is here
    alone."""
    planned = duty is not None and (duty.on is None or duty.on.kind in ("phase", "collected"))
    return name == BY and planned and any(actor.at for actor in package.actors.values())


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


def is_unreceived(
    tree: Tree[U], package: Package, duty: Duty, subject: U | None, about: U | None = None
) -> bool:
    """Tell whether a report that somebody has to receive has nobody who does, as seen from one who owes it: then its author would
    receive it. Whom the tenant still has to choose, and another authority, are somebody."""
    drawing = package.processes.get(duty.process)
    if not duty.to or drawing is None or not any(TO in named_in(node) for node in drawing.nodes.values()):
        return False
    some = [package.actors[name] for name in duty.to if name in package.actors]
    return not any(
        elsewhere(tree, actor) or actor.kind in BOUND or near(tree, package, actor.id, about or subject)
        for actor in some
    )


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
