"""Whom an amended plan means: who is meant besides by what is open, and whether it still means one who has it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from engine import actors
from engine.amend_plan import Standing
from engine.duties import pairs
from engine.models import DutyOccurrence, Instance
from engine.running import Running
from forms.expression import EvaluationError
from tenants.db import Work
from workflows.elements import Duty
from workflows.package import Package


def wider(work: Work, live: Running, after: Running) -> dict[str, tuple[UUID, int]]:
    """Find open duties that the new plan asks of more units than have them, where it says otherwise whom it means.

    Returns duty -> one of its open occurrences, and how many units are meant besides. live, after: under both plans.
    """
    old, new = live.package, after.package
    other = [key for key in new.duties if key in old.duties and _whom(old, key) != _whom(new, key)]
    query = select(DutyOccurrence).where(
        DutyOccurrence.campaign_id == live.campaign.id, DutyOccurrence.duty.in_(other), DutyOccurrence.state == "open",
        (DutyOccurrence.due.is_(None)) | (DutyOccurrence.due >= work.today),
    )  # fmt: skip
    found: dict[str, tuple[UUID, int]] = {}
    for occurrence in work.session.scalars(query.order_by(DutyOccurrence.id)):
        meant = meant_by(work, after, new.duties[occurrence.duty])
        served = select(Instance.unit_id, Instance.about_id).where(
            Instance.occurrence_id == occurrence.id, Instance.state != "released"
        )
        fresh = len(
            (meant or frozenset()) - {(row.unit_id, row.about_id) for row in work.session.execute(served)}
        )
        if fresh:
            found[occurrence.duty] = occurrence.id, fresh + found.get(occurrence.duty, (None, 0))[1]
    return found


def _whom(package: Package, key: str) -> object:
    """Return all that says whom a duty means, as it is written."""
    duty = package.duties[key]
    todo, said = [*duty.by, *([duty.about] if duty.about else [])], {}
    while todo:
        actor = package.actors.get(todo.pop())
        if actor is not None and actor.id not in said:
            said[actor.id] = (
                actor.kind,
                actor.unit.source if actor.unit else "",
                actor.post,
                actor.of,
                actor.above,
                actor.below,
            )
            todo += [*actor.of, *actor.above, *actor.below]
    return duty.by, duty.about, said


def meant_by(work: Work, live: Running, duty: Duty) -> frozenset[tuple[UUID | None, UUID | None]] | None:
    """Return whom a duty means today; None where that cannot be worked out."""
    try:
        meant = pairs(work, live, duty, actors.all_units(work))
    except EvaluationError:
        return None
    return frozenset((who.id if who else None, of.id if of else None) for who, of in meant)


class Meant:
    """Whom the new plan's actors mean today, worked out once for each duty and only when somebody asks."""

    def __init__(self, work: Work, after: Running) -> None:
        self._work, self._after = work, after
        self._found: dict[str, frozenset[tuple[UUID | None, UUID | None]] | None] = {}

    def of(self, one: Standing) -> bool | None:
        """Tell whether the new plan means whom an instance is for; None where that is nobody's plan, or cannot be told."""
        duty = self._after.duties.get(one.duty)
        if duty is None or one.ledger or one.filed or (duty.on is not None and duty.on.kind != "phase"):
            return None
        if duty.id not in self._found:
            self._found[duty.id] = meant_by(self._work, self._after, duty)
        found = self._found[duty.id]
        return None if found is None else any(who == one.unit_id for who, _ in found)
