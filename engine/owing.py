"""Who owes what when units change: a mine that stops is let go, one that begins or resumes owes what is open for others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from engine import actors
from engine.births import open_all
from engine.duties import openings_for, pairs
from engine.lineage import above
from engine.models import Campaign, DutyOccurrence, Instance, Task
from engine.opening import Opening
from engine.releasing import OPEN, release
from engine.rows import AnyUnit
from engine.running import Running, running
from engine.selection import Doubts
from tenants import access, directory
from tenants.db import Work
from tenants.models import Unit
from tenants.text import say

# So many units are named in a statement by their paths; of more all are read and looked at here.
_FEW = 20


@dataclass(frozen=True)
class Owed:
    """One instance that a change of a unit lets go or opens, as a preview names it."""

    title: str
    unit: str
    campaign: str
    due: date | None
    words: str


@dataclass(frozen=True)
class Effects:
    """What a change of a unit does to running campaigns: what falls away, and what arises."""

    falls: tuple[Owed, ...]
    arises: tuple[Owed, ...]


@dataclass(frozen=True)
class _Change:
    gone: list[Instance]
    fresh: list[tuple[Running, DutyOccurrence, list[Opening]]]
    effects: Effects


def change_unit(work: Work, unit_id: UUID, **changes: Any) -> Effects:
    """Change a unit and let go what it and those below it owe no more; open what they owe anew. Returns both.

    What was due before today stays owed, and what lies with somebody else already goes on there; ledger items stay.
    Without changes it opens what a new unit owes.
    """
    unit = directory.unit(work, unit_id)
    return change_units(work, [unit], lambda: [directory.change_unit(work, unit_id, **changes)])


def change_units(work: Work, units: Sequence[Unit], carry_out: Callable[[], Sequence[Unit]]) -> Effects:
    """Do as `change_unit` with many units at once. carry_out: changes them, and returns them with those that are new."""
    change = _changed(work, units, carry_out)
    release(work, change.gone, str(say("单位情况变化，不再承担")))
    for live, occurrence, openings in change.fresh:
        open_all(work, live, openings)
        occurrence.picked = sorted({*occurrence.picked, *(str(o.unit.id) for o in openings if o.unit)})
    return change.effects


def preview_change(work: Work, unit_id: UUID, **changes: Any) -> Effects:
    """Return what a change would let go and open, changing nothing."""
    access.require(work.viewer, "units.manage")
    unit = directory.unit(work, unit_id)
    return preview_changes(work, [unit], lambda: [directory.change_unit(work, unit_id, **changes)])


def preview_changes(work: Work, units: Sequence[Unit], carry_out: Callable[[], Sequence[Unit]]) -> Effects:
    """Return what `change_units` would let go and open, changing nothing."""
    with work.session.begin_nested() as trial:
        effects = _changed(work, units, carry_out).effects
        trial.rollback()
    return effects


def _changed(work: Work, units: Sequence[Unit], carry_out: Callable[[], Sequence[Unit]]) -> _Change:
    """Carry out the change and return what follows from it, nothing of which is done yet."""
    lives: dict[UUID, Running] = {}
    held = _held(work, lives, _Roots.of(units)) if units else []
    before = _meant(work, lives, held)
    roots = _Roots.of(carry_out())
    after = _meant(work, lives, held)
    gone = [
        (instance, name)
        for instance, name in held
        if _means_no_more(before[_key(instance)], after[_key(instance)], _pair(instance, lives))
        and not _lies_elsewhere(work, instance, roots)
    ]
    fresh = _newly_owed(work, lives, roots)
    falls = (Owed(i.title, name, lives[i.campaign_id].campaign.title, i.due, i.words) for i, name in gone)
    arises = (
        Owed(o.title, one.name, live.campaign.title, o.due, o.words)
        for live, _, openings in fresh
        for o in openings
        if (one := o.about or o.unit)
    )
    return _Change([instance for instance, _ in gone], fresh, Effects(tuple(falls), tuple(arises)))


@dataclass(frozen=True)
class _Roots:
    """Units that change, each with all below it. paths: None when they are so many that a statement cannot name them."""

    ids: frozenset[str]
    paths: tuple[str, ...] | None

    @staticmethod
    def of(units: Sequence[Unit]) -> _Roots:
        paths = tuple(unit.path for unit in units) if len(units) <= _FEW else None
        return _Roots(frozenset(unit.id.hex for unit in units), paths)

    def hold(self, path: str | None) -> bool:
        """Tell whether a unit with that path is one of them or below one."""
        return path is not None and not self.ids.isdisjoint(path.split("/"))

    def within(self, column: type[Unit]) -> ColumnElement[bool]:
        """Return a condition for the units that they hold, at least; `hold` then decides."""
        if self.paths is None:
            return column.path.is_not(None)
        return or_(*(column.path.startswith(path, autoescape=True) for path in self.paths))


@dataclass(frozen=True)
class _Meant:
    """Whom a duty means: (who, about whom), and the units for which that cannot be worked out."""

    pairs: frozenset[tuple[UUID | None, UUID | None]]
    doubtful: frozenset[UUID]


def _means_no_more(before: _Meant, after: _Meant, pair: tuple[UUID | None, UUID | None]) -> bool:
    """Tell whether a pair was meant and is no more. For whom nobody can tell it, it is not let go."""
    return pair in before.pairs and pair not in after.pairs and after.doubtful.isdisjoint(filter(None, pair))


def _held(work: Work, lives: dict[UUID, Running], roots: _Roots) -> list[tuple[Instance, str]]:
    """Return what the units and those below them owe today, or what is owed about them, each with the name of that unit."""
    owner, about = aliased(Unit), aliased(Unit)
    query = (
        select(Instance, owner.path, owner.name, about.path, about.name)
        .outerjoin(owner, owner.id == Instance.unit_id)
        .outerjoin(about, about.id == Instance.about_id)
        .where(
            Instance.state.in_(OPEN),
            Instance.duty != "",
            or_(Instance.due.is_(None), Instance.due >= work.today),
            or_(roots.within(owner), roots.within(about)),
        )
        .order_by(Instance.id)
        .with_for_update(of=Instance)
    )
    found = []
    for instance, path, name, about_path, subject in work.session.execute(query):
        if roots.hold(path) or roots.hold(about_path):
            _live(work, lives, instance.campaign_id)
            found.append((instance, name if roots.hold(path) else subject))
    return found


def _live(work: Work, lives: dict[UUID, Running], campaign_id: UUID) -> Running:
    if campaign_id not in lives:
        lives[campaign_id] = running(work, campaign_id)
    return lives[campaign_id]


def _key(instance: Instance) -> tuple[UUID, str]:
    return instance.campaign_id, instance.duty


def _pair(instance: Instance, lives: dict[UUID, Running]) -> tuple[UUID | None, UUID | None]:
    """Return for whom an instance stands among those that its duty means: a demand's subject is chosen, not meant."""
    duty = lives[instance.campaign_id].duties.get(instance.duty)
    return instance.unit_id, instance.about_id if duty is not None and duty.about else None


def _meant(
    work: Work, lives: dict[UUID, Running], held: Iterable[tuple[Instance, str]]
) -> dict[tuple[UUID, str], _Meant]:
    """Return for each duty whom its actors mean now."""
    units = actors.all_units(work)
    found: dict[tuple[UUID, str], _Meant] = {}
    for instance, _ in held:
        key = _key(instance)
        if key not in found:
            live = lives[instance.campaign_id]
            duty = live.duties.get(instance.duty)
            left_out: Doubts[AnyUnit] = []
            meant = pairs(work, live, duty, units, left_out) if duty else []
            found[key] = _Meant(
                frozenset((who.id if who else None, of.id if of else None) for who, of in meant),
                _lines_of([doubt.unit for doubt in left_out], units),
            )
    return found


def _lines_of(doubtful: Sequence[AnyUnit], units: Sequence[AnyUnit]) -> frozenset[UUID]:
    """Return the units, all below and all above them: those that may be meant by way of them."""
    roots = {unit.id for unit in doubtful}
    lines = {one for unit in doubtful for one in above(unit)} | roots
    return frozenset(lines | {unit.id for unit in units if roots and not roots.isdisjoint(above(unit))})


def _lies_elsewhere(work: Work, instance: Instance, roots: _Roots) -> bool:
    """Tell whether an instance was handed in and now waits for others only: those may finish what they have begun."""
    if instance.filed_at is None:
        return False
    query = (
        select(Unit.path)
        .join(Task, Unit.id == Task.desk_id)
        .where(Task.instance_id == instance.id, Task.state == "open")
    )
    return not any(roots.hold(path) for path in work.session.scalars(query))


def _newly_owed(
    work: Work, lives: dict[UUID, Running], roots: _Roots
) -> list[tuple[Running, DutyOccurrence, list[Opening]]]:
    """Return what is open for others and now also concerns these units and those below them."""
    query = (
        select(DutyOccurrence, Campaign.state)
        .join(Campaign, DutyOccurrence.campaign_id == Campaign.id)
        .where(
            DutyOccurrence.state == "open",
            or_(DutyOccurrence.due.is_(None), DutyOccurrence.due >= work.today),
        )
        .order_by(DutyOccurrence.id)
    )
    units = actors.all_units(work)
    served = _served(work, roots)
    found = []
    for occurrence, state in work.session.execute(query).all():
        live = _live(work, lives, occurrence.campaign_id)
        duty = live.duties.get(occurrence.duty)
        if duty is None or (state != "running" and not duty.standing):
            continue
        # Who is left out is noted by its next occurrence.
        fresh = [
            opening
            for opening in openings_for(work, live, duty, units, occurrence)
            if any(one is not None and roots.hold(one.path) for one in (opening.unit, opening.about))
            and (occurrence.id, *_ids(opening)) not in served
        ]
        if fresh:
            found.append((live, occurrence, fresh))
    return found


def _ids(opening: Opening) -> tuple[UUID | None, UUID | None]:
    return opening.unit.id if opening.unit else None, opening.about.id if opening.about else None


def _served(work: Work, roots: _Roots) -> set[tuple[UUID | None, UUID | None, UUID | None]]:
    """Return (occurrence, whose, about whom) of what the units and those below them have been given and were not let go of."""
    owner, about = aliased(Unit), aliased(Unit)
    query = (
        select(Instance.occurrence_id, Instance.unit_id, Instance.about_id)
        .outerjoin(owner, owner.id == Instance.unit_id)
        .outerjoin(about, about.id == Instance.about_id)
        .where(
            Instance.occurrence_id.is_not(None),
            Instance.state != "released",
            or_(roots.within(owner), roots.within(about)),
        )
    )
    return {(row.occurrence_id, row.unit_id, row.about_id) for row in work.session.execute(query)}
