"""Who is in it besides the one who owes a duty: everybody who receives it, each with a receipt of their own, and everybody who
does it or signs it together. A process takes them one by one: its activities are done for each of `recipients` or `partners`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from engine.actors import Units
from engine.lineage import U
from engine.rows import AnyUnit
from engine.running import Running
from engine.selection import Tree, near, picked
from tenants.base import id_in
from tenants.db import Work
from workflows.elements import Duty
from workflows.package import Package
from workflows.whom import is_relative

RECIPIENTS, PARTNERS = "recipients", "partners"


def company(
    tree: Units, running: Running, duty: str, unit: AnyUnit | None, about: AnyUnit | None
) -> dict[str, Any]:
    """Return both lists as processes read them: {id, name, kind, actor}."""
    known = running.duties.get(duty)
    if known is None:
        return {RECIPIENTS: [], PARTNERS: []}
    return {
        RECIPIENTS: _told(tree, running, known.to, about or unit),
        PARTNERS: partners(tree, running, known, unit),
    }


def partners(tree: Units, running: Running, duty: Duty, unit: AnyUnit | None) -> list[dict[str, Any]]:
    """Return who does a duty together with a unit: those that the notice names, and those that the tenant has added."""
    found = {one["id"]: one for one in _told(tree, running, duty.partners, unit)}
    chosen = (running.campaign.choices.get("duties") or {}).get(duty.id) or {}
    for unit_id in map(id_in, chosen.get("with") or ()):
        one = tree.find(unit_id) if unit_id is not None else None
        if one is not None and (unit is None or one.id != unit.id):
            found.setdefault(str(one.id), _shown(one, ""))
    return list(found.values())


def _told(
    tree: Units, running: Running, names: tuple[str, ...], subject: AnyUnit | None
) -> list[dict[str, Any]]:
    package = running.package
    return [_shown(one, package.actors[name].title) for name, one in meant(tree, package, names, subject)]


def _shown(unit: AnyUnit, actor: str) -> dict[str, Any]:
    return {"id": str(unit.id), "name": unit.name, "kind": unit.kind, "actor": actor}


def meant(tree: Tree[U], package: Package, names: Iterable[str], subject: U | None) -> list[tuple[str, U]]:
    """Return every unit that the actors mean as seen from `subject`, each once and without itself: one above it, one that acts
    for the tenant in a post, else all that an actor means."""
    found: dict[UUID, tuple[str, U]] = {}
    for name in names:
        if name not in package.actors:
            continue
        pick = near(tree, package, name, subject)
        unit = (pick.unit or tree.home_of(pick.post)) if pick else None
        alone = unit is not None or is_relative(package.actors, name)
        others = () if alone else picked(tree, package, [name], tree.units())
        for one in [unit] if unit else [one.unit for one in others if one.unit]:
            if subject is None or one.id != subject.id:
                found.setdefault(one.id, (name, one))
    return list(found.values())


def recipient(work: Work, running: Running, duty: Duty, subject: AnyUnit | None) -> UUID | None:
    """Return the id of the one unit that receives the duty's report, where it is resolved from the subject; else None."""
    for name in duty.to:
        if running.package.actors[name].kind in ("above", "marked"):
            pick = near(Units(work), running.package, name, subject)
            if pick and pick.unit:
                return pick.unit.id
    return None
