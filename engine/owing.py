"""Who owes what when units change: a mine that stops is let go, one that begins or resumes owes what is open for others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.orm import aliased

from engine import actors, addressees, incidents, timers, waits
from engine.births import open_all
from engine.duties import openings_for, pairs
from engine.models import Campaign, DutyOccurrence, Instance, Task
from engine.opening import Opening
from engine.running import Running, running
from forms.expression import EvaluationError
from tenants import access, directory, outbox
from tenants.audit import record_all
from tenants.db import Work
from tenants.models import Unit
from tenants.text import say

OPEN = ("running", "stuck")
# So many ids go into one statement.
_MANY = 500
_Pairs = frozenset[tuple[UUID | None, UUID | None]]


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
    change = _changed(work, unit_id, changes)
    release(work, change.gone, str(say("单位情况变化，不再承担")))
    for live, occurrence, openings in change.fresh:
        open_all(work, live, openings)
        occurrence.picked = sorted({*occurrence.picked, *(str(o.unit.id) for o in openings if o.unit)})
    return change.effects


def preview_change(work: Work, unit_id: UUID, **changes: Any) -> Effects:
    """Return what a change would let go and open, changing nothing."""
    access.require(work.viewer, "units.manage")
    with work.session.begin_nested() as trial:
        effects = _changed(work, unit_id, changes).effects
        trial.rollback()
    return effects


def release(work: Work, instances: Sequence[Instance], reason: str) -> None:
    """Let instances go: their open tasks are withdrawn, their timers dropped, their incidents closed."""
    for first in range(0, len(instances), _MANY):
        some = instances[first : first + _MANY]
        ids = [instance.id for instance in some]
        work.session.execute(
            update(Instance).where(Instance.id.in_(ids)).values(state="released", ended_at=work.now)
        )
        addressees.withdraw(work, Task.instance_id.in_(ids))
        outbox.drop_all(work, ids, timers.KIND)
        waits.forget(work, ids)
        incidents.drop(work, ids)
        record_all(
            work, "instance.release", "instance", [(one.id, one.unit_id, {"reason": reason}) for one in some]
        )


def _changed(work: Work, unit_id: UUID, changes: dict[str, Any]) -> _Change:
    """Carry out the change and return what follows from it, nothing of which is done yet."""
    lives: dict[UUID, Running] = {}
    held = _held(work, lives, directory.unit(work, unit_id))
    before = _meant(work, lives, held)
    unit = directory.change_unit(work, unit_id, **changes)
    after = _meant(work, lives, held)
    gone = [
        (instance, name)
        for instance, name in held
        if _means_no_more(before[_key(instance)], after[_key(instance)], _pair(instance, lives))
        and not _lies_elsewhere(work, instance, unit)
    ]
    fresh = _newly_owed(work, lives, unit)
    falls = (Owed(i.title, name, lives[i.campaign_id].campaign.title, i.due, i.words) for i, name in gone)
    arises = (
        Owed(o.title, (o.about or o.unit or unit).name, live.campaign.title, o.due, o.words)
        for live, _, openings in fresh
        for o in openings
    )
    return _Change([instance for instance, _ in gone], fresh, Effects(tuple(falls), tuple(arises)))


def _means_no_more(
    before: _Pairs | None, after: _Pairs | None, pair: tuple[UUID | None, UUID | None]
) -> bool:
    """Tell whether a pair was meant and is no more. Where nobody can tell whom an actor means, nobody is let go."""
    return before is not None and after is not None and pair in before and pair not in after


def _held(work: Work, lives: dict[UUID, Running], unit: Unit) -> list[tuple[Instance, str]]:
    """Return what the unit and those below it owe today, or what is owed about them, each with the name of that unit."""
    owner, about = aliased(Unit), aliased(Unit)
    query = (
        select(Instance, owner.path, owner.name, about.name)
        .outerjoin(owner, owner.id == Instance.unit_id)
        .outerjoin(about, about.id == Instance.about_id)
        .where(
            Instance.state.in_(OPEN),
            Instance.duty != "",
            or_(Instance.due.is_(None), Instance.due >= work.today),
            or_(_within(owner, unit), _within(about, unit)),
        )
        .order_by(Instance.id)
        .with_for_update(of=Instance)
    )
    found = []
    for instance, path, name, subject in work.session.execute(query):
        _live(work, lives, instance.campaign_id)
        found.append((instance, name if path and path.startswith(unit.path) else subject))
    return found


def _live(work: Work, lives: dict[UUID, Running], campaign_id: UUID) -> Running:
    if campaign_id not in lives:
        lives[campaign_id] = running(work, campaign_id)
    return lives[campaign_id]


def _within(column: Any, unit: Unit) -> ColumnElement[bool]:
    return and_(column.path.is_not(None), column.path.startswith(unit.path, autoescape=True))


def _key(instance: Instance) -> tuple[UUID, str]:
    return instance.campaign_id, instance.duty


def _pair(instance: Instance, lives: dict[UUID, Running]) -> tuple[UUID | None, UUID | None]:
    """Return for whom an instance stands among those that its duty means: a demand's subject is chosen, not meant."""
    duty = lives[instance.campaign_id].duties.get(instance.duty)
    return instance.unit_id, instance.about_id if duty is not None and duty.about else None


def _meant(
    work: Work, lives: dict[UUID, Running], held: Iterable[tuple[Instance, str]]
) -> dict[tuple[UUID, str], _Pairs | None]:
    """Return for each duty whom its actors mean now; None where that cannot be worked out."""
    units = actors.all_units(work)
    found: dict[tuple[UUID, str], _Pairs | None] = {}
    for instance, _ in held:
        key = _key(instance)
        if key not in found:
            live = lives[instance.campaign_id]
            duty = live.duties.get(instance.duty)
            try:
                meant = pairs(work, live, duty, units) if duty else []
                found[key] = frozenset((who.id if who else None, of.id if of else None) for who, of in meant)
            except EvaluationError:
                found[key] = None
    return found


def _lies_elsewhere(work: Work, instance: Instance, unit: Unit) -> bool:
    """Tell whether an instance was handed in and now waits for others only: those may finish what they have begun."""
    if instance.filed_at is None:
        return False
    query = (
        select(Task.id)
        .join(Unit, Unit.id == Task.desk_id)
        .where(Task.instance_id == instance.id, Task.state == "open", _within(Unit, unit))
    )
    return work.session.scalar(query.limit(1)) is None


def _newly_owed(
    work: Work, lives: dict[UUID, Running], unit: Unit
) -> list[tuple[Running, DutyOccurrence, list[Opening]]]:
    """Return what is open for others and now also concerns this unit and those below it."""
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
    served = _served(work, unit)
    found = []
    for occurrence, state in work.session.execute(query).all():
        live = _live(work, lives, occurrence.campaign_id)
        duty = live.duties.get(occurrence.duty)
        if duty is None or (state != "running" and not duty.standing):
            continue
        try:
            openings = openings_for(work, live, duty, units, occurrence)
        except EvaluationError:
            continue  # its next occurrence says so as an incident
        fresh = [
            opening
            for opening in openings
            if any(
                one is not None and one.path.startswith(unit.path) for one in (opening.unit, opening.about)
            )
            and (occurrence.id, *_ids(opening)) not in served
        ]
        if fresh:
            found.append((live, occurrence, fresh))
    return found


def _ids(opening: Opening) -> tuple[UUID | None, UUID | None]:
    return opening.unit.id if opening.unit else None, opening.about.id if opening.about else None


def _served(work: Work, unit: Unit) -> set[tuple[UUID | None, UUID | None, UUID | None]]:
    """Return (occurrence, whose, about whom) of what the unit and those below it have been given and were not let go of."""
    owner, about = aliased(Unit), aliased(Unit)
    query = (
        select(Instance.occurrence_id, Instance.unit_id, Instance.about_id)
        .outerjoin(owner, owner.id == Instance.unit_id)
        .outerjoin(about, about.id == Instance.about_id)
        .where(
            Instance.occurrence_id.is_not(None),
            Instance.state != "released",
            or_(_within(owner, unit), _within(about, unit)),
        )
    )
    return {(row.occurrence_id, row.unit_id, row.about_id) for row in work.session.execute(query)}
