"""Actors, picked from the tenant's own units: which of them a selector means today, and whom it means as seen from one.

What a selector means is decided in `engine.selection`; here the units come from the database.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Text, bindparam, cast, or_, select

from engine import bindings, selection
from engine.lineage import above
from engine.rows import AnyUnit, UnitRow, columns
from tenants import lines
from tenants.base import table_of
from tenants.db import Work, json_text
from tenants.directory import LEVELS
from tenants.models import Member, Unit
from tenants.prepared import Prepared
from workflows.elements import Actor
from workflows.package import Package
from workflows.whom import is_relative

Pick = selection.Pick[AnyUnit]
# So many units of one name are looked at for the one that has it as its code.
_SAME_NAME = 100
_U = table_of(Unit)
_UNITS = Prepared(
    select(*columns(UnitRow, _U))
    .where(_U.c.tenant_id == bindparam("tenant"), _U.c.active.is_(True))
    .order_by(_U.c.path)
)


@dataclass(frozen=True)
class Units:
    """The tree of a tenant's units, read from the database as it is asked for."""

    work: Work

    def units(self) -> Sequence[AnyUnit]:
        return all_units(self.work)

    def ancestors(self, unit: AnyUnit) -> list[AnyUnit]:
        return ancestors(self.work, unit)

    def find(self, unit_id: UUID) -> AnyUnit | None:
        found = self.work.session.get(Unit, (self.work.tenant.id, unit_id))
        return found if found is not None and found.active else None

    def called(self, word: str) -> AnyUnit | None:
        return called(self.work, word)

    def home_of(self, post: str | None) -> AnyUnit | None:
        return home_of(self.work, post)

    def elsewhere(self, level: str) -> bool:
        here = self.work.tenant
        above = LEVELS.index(level) < LEVELS.index(here.level)
        return above and level in lines.superiors(self.work.session, here.id)

    def bound(self, package: Package, actor: Actor) -> Mapping[UUID | None, Sequence[AnyUnit]]:
        return bindings.bound(self.work, package, actor)


def all_units(work: Work) -> list[Unit]:
    """Return the tenant's active units, parents before children. Selection is the house's, so no viewer's limit applies."""
    found = list(work.session.scalars(select(Unit).where(Unit.active.is_(True)).order_by(Unit.path)))
    _known(work).update((unit.id, unit) for unit in found)
    return found


def unit_rows(work: Work) -> list[UnitRow]:
    """Return the same as plain rows, for a command that changes none of them: they do not change with what it does."""
    found = [UnitRow(*row) for row in _UNITS.rows(work.session)]
    _known(work).update((unit.id, unit) for unit in found)
    return found


def picked(
    work: Work,
    package: Package,
    actors: Sequence[str],
    units: Sequence[AnyUnit],
    doubts: selection.Doubts[AnyUnit] | None = None,
) -> list[Pick]:
    """Return whom the actors mean today, each unit once, in the order of the tree. Cost grows with the units.

    doubts: where units are put for which it cannot be worked out; see `engine.doubts`.
    """
    return selection.picked(Units(work), package, actors, units, doubts)


def near(
    work: Work, package: Package, name: str, subject: AnyUnit | None, *, held: Collection[str] = ()
) -> Pick | None:
    """Return whom the actor means as seen from `subject`; see `engine.selection.near`.

    Costs a query or two, however many units there are.
    """
    return selection.near(Units(work), package, name, subject, held=held)


def first_near(
    work: Work, package: Package, names: Sequence[str], unit: AnyUnit | None, about: AnyUnit | None
) -> Pick | None:
    """Return whom the first of the actors that is anybody means as seen from `unit`; one that may be another for each unit
    concerned is looked for from the one it is about. Where one of several is `unit` itself, that is the one: whoever asks for
    a duty that many may ask for owes it."""
    subject = about or unit
    views = ((name, subject if is_relative(package.actors, name) else unit) for name in names)
    picks = (near(work, package, name, view) for name, view in views)
    if len(names) == 1 or unit is None:
        return next((pick for pick in picks if pick is not None), None)
    found = [pick for pick in picks if pick is not None]
    itself = (pick for pick in found if pick.unit is not None and pick.unit.id == unit.id)
    return next(itself, found[0] if found else None)


def ancestors(work: Work, unit: AnyUnit) -> list[AnyUnit]:
    """Return the unit and all above it, nearest first. Units are read once for a command."""
    known = _known(work)
    known.setdefault(unit.id, unit)
    ids = [*above(unit), unit.id]
    missing = [unit_id for unit_id in ids if unit_id not in known]
    if missing:
        query = select(Unit).where(Unit.id.in_(missing))
        known.update((found.id, found) for found in work.session.scalars(query))
    return [known[unit_id] for unit_id in reversed(ids)]


def _known(work: Work) -> dict[UUID, AnyUnit]:
    """Return the units that this command has met. Those of its session
    change with their rows."""
    found: dict[UUID, AnyUnit] = work.session.info.setdefault("units", {})
    return found


def called(work: Work, word: str) -> AnyUnit | None:
    """Return the active unit of that code, else the only one of that name. Asked once for a command, as long as it is true."""
    known: dict[str, AnyUnit] = work.session.info.setdefault("units_called", {})
    unit = known.get(word)
    if unit is not None and unit.active and word in (unit.code, unit.name):
        return unit
    query = select(Unit).where(Unit.active.is_(True), or_(Unit.code == word, Unit.name == word))
    found = list(work.session.scalars(query.limit(_SAME_NAME)))
    exact = [one for one in found if one.code == word] or found
    if len(exact) != 1:
        return None
    known[word] = exact[0]
    return exact[0]


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
