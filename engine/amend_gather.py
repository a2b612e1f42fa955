"""What an amended plan does to a running campaign: both plans compared, each open instance judged. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, cast
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from engine import actors
from engine.amend_plan import Group, Standing, Verdict, grouped, judge, titles_of, without_alarms
from engine.duties import pairs
from engine.models import Campaign, DutyOccurrence, Instance, Task
from engine.process import Fit, ProcessStuck, fit
from engine.process import state as states
from engine.recalendar_plan import Replanned, replan
from engine.recalendar_plan import Standing as Planned
from engine.recalendar_steps import OPEN
from engine.rows import CampaignRow
from engine.running import Running, under
from forms.expression import EvaluationError
from tenants.db import Work
from tenants.errors import Invalid
from tenants.models import Unit
from tenants.text import say
from workflows.dates import Dates
from workflows.elements import Duty
from workflows.package import Package
from workflows.schedule import ImpossibleDate, Occurrence, known_phases, occurrences


@dataclass
class Draft:
    """All that is to be done to one campaign. live, after: under the plan that runs, and under the amended one.

    duties: what becomes of the planned occurrences. verdicts: of each open instance. groups: the same, as people read it.
    wider: duty -> one of its open occurrences, and how many units the new plan means besides those that have it.
    """

    live: Running
    after: Running
    period: tuple[date, date | None]
    duties: dict[str, Replanned] = field(default_factory=dict)
    verdicts: list[tuple[Standing, Verdict]] = field(default_factory=list)
    groups: tuple[Group, ...] = ()
    wider: dict[str, tuple[UUID, int]] = field(default_factory=dict)

    def due_of(self, occurrence: UUID | None, due: date | None) -> date | None:
        """Return the due date that an instance of an open occurrence gets; its own where nothing moves it."""
        return self._moved.get((occurrence, due), due)

    @cached_property
    def _moved(self) -> Mapping[tuple[UUID | None, date | None], date | None]:
        return {
            (shift.row.id, shift.row.due): shift.due
            for found in self.duties.values()
            for shift in found.shifts
            if shift.row.state == "open" and shift.moves
        }


def draft(work: Work, live: Running, package: Package, *, only: Iterable[UUID] | None = None) -> Draft:
    """Return what becomes of a campaign under an amended plan. only: judge these instances alone, and no occurrence.

    Raises Invalid when the new plan's dates cannot be worked out, or when it has no room for a duty of the tenant's own.
    """
    after = _after(work, live, package)
    try:
        made = Draft(live, after, (after.campaign.start, after.campaign.end))
        if only is None:
            _own_duties_fit(live, package)
            made.duties = _replanned(work, live, after)
            made.wider = _wider(work, made)
            _ = known_phases(after.setting)
    except ImpossibleDate as wrong:
        raise Invalid(say("新方案的日期无法推算：{why}。", why=wrong.what), wrong.do) from wrong
    made.verdicts = list(_judged(work, made, only))
    made.groups = grouped(made.verdicts, titles_of(live, package))
    return made


def _after(work: Work, live: Running, package: Package) -> Running:
    """Return the campaign as it will be: its own row stays untouched."""
    now = live.campaign
    row = CampaignRow(
        now.id, package.hash, package.title, package.version, now.start, now.end, now.choices, now.added,
        [*(now.former or []), live.package.hash], now.state,
    )  # fmt: skip
    there = Running(work, cast(Campaign, row), package)
    try:
        dates = Dates(there.setting)
        row.start, row.end = dates.start(), dates.period("end")
    except ImpossibleDate as wrong:
        raise Invalid(say("新方案的日期无法推算：{why}。", why=wrong.what), wrong.do) from wrong
    # The calendar's years depend on the period, which is known only now.
    return Running(work, cast(Campaign, row), package)


def _own_duties_fit(live: Running, package: Package) -> None:
    """A duty that the tenant added stays; the new plan must have what it is made of."""
    for key, duty in live.duties.items():
        if key in live.package.duties:
            continue
        lost = [name for name in (*duty.by, *duty.to) if name not in package.actors]
        if lost or duty.process not in package.processes or (duty.form and duty.form not in package.forms):
            what = say("新方案里没有本级增设的任务“{title}”用到的责任主体、流程或表单。", title=duty.title)
            raise Invalid(what, say("请在新方案中补上，再改。"))


def _replanned(work: Work, live: Running, after: Running) -> dict[str, Replanned]:
    columns = (
        DutyOccurrence.id, DutyOccurrence.duty, DutyOccurrence.number, DutyOccurrence.period, DutyOccurrence.opens,
        DutyOccurrence.due, DutyOccurrence.estimated, DutyOccurrence.state,
    )  # fmt: skip
    rows: dict[str, list[Planned]] = {}
    query = (
        select(*columns).where(DutyOccurrence.campaign_id == live.campaign.id).order_by(DutyOccurrence.number)
    )
    for row in work.session.execute(query):
        rows.setdefault(row.duty, []).append(Planned(*row))
    found = {}
    for key in dict.fromkeys((*live.package.duties, *after.package.duties)):
        was, now = _plan(live, live.package.duties.get(key)), _plan(after, after.package.duties.get(key))
        found[key] = without_alarms(replan(rows.get(key, []), was, now, work.today), work.today)
    return found


def _plan(live: Running, duty: Duty | None) -> list[Occurrence]:
    if duty is None:
        return []
    try:
        return [one for one in occurrences(live.setting, duty) if not one.past]
    except ImpossibleDate:
        return []  # nobody could plan it: nothing of it is planned


def _wider(work: Work, made: Draft) -> dict[str, tuple[UUID, int]]:
    """Find open duties that the new plan asks of more units than have them, where it says otherwise whom it means."""
    old, new = made.live.package, made.after.package
    other = [key for key in new.duties if key in old.duties and _whom(old, key) != _whom(new, key)]
    query = select(DutyOccurrence).where(
        DutyOccurrence.campaign_id == made.live.campaign.id, DutyOccurrence.duty.in_(other), DutyOccurrence.state == "open",
        (DutyOccurrence.due.is_(None)) | (DutyOccurrence.due >= work.today),
    )  # fmt: skip
    found: dict[str, tuple[UUID, int]] = {}
    for occurrence in work.session.scalars(query.order_by(DutyOccurrence.id)):
        meant = meant_by(work, made.after, new.duties[occurrence.duty])
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


def _judged(work: Work, made: Draft, only: Iterable[UUID] | None) -> Iterator[tuple[Standing, Verdict]]:
    fits: dict[tuple[str, str, bytes], Fit | None] = {}
    lives: dict[str, Running] = {}
    meant = _Meant(work, made.after)
    for one, occurrence, compact, revision in _standing(work, made, only):
        live = lives.setdefault(one.package_hash, under(made.live, one.package_hash))
        if live.package.hash == made.after.package.hash:
            continue
        key = (one.package_hash, one.process, states.places(compact))
        if key not in fits:
            fits[key] = _fit(live, made.after, one.process, compact, held=revision == 0)
        one = replace(one, meant=meant.of(one))
        due = one.due if one.filed else made.due_of(occurrence, one.due)
        added = [key for key in made.live.duties if key not in made.live.package.duties]
        yield one, judge(live.package, made.after.package, added, one, fits[key], due)


def _fit(live: Running, after: Running, process: str, compact: bytes, *, held: bool) -> Fit | None:
    """Return how an instance fits the new drawing; None = there is no such process. held: it has not begun, and fits any."""
    try:
        old, new = live.model(process), after.model(process)
    except KeyError:
        return None
    try:
        return Fit() if held else fit(old, new, compact, live.now)
    except ProcessStuck:
        return None  # a state that nobody can read stays with the version that it came from


def _standing(
    work: Work, made: Draft, only: Iterable[UUID] | None
) -> Iterator[tuple[Standing, UUID | None, bytes, int]]:
    query = (
        select(Instance, Unit.name)
        .outerjoin(Unit, Unit.id == _concerns())
        .where(Instance.campaign_id == made.live.campaign.id, Instance.state.in_(OPEN))
        .where(Instance.package_hash != made.after.package.hash)
        .order_by(Instance.id)
        .options(undefer(Instance.compact))
    )
    if only is not None:
        query = query.where(Instance.id.in_(list(only)))
    found = work.session.execute(query.execution_options(populate_existing=True)).tuples().all()
    forms = _forms(work, made, only)
    for instance, name in found:
        one = Standing(
            instance.id, instance.unit_id, name or work.tenant.name, instance.duty, instance.ledger, instance.process,
            instance.package_hash, instance.due, instance.filed_at is not None, tuple(forms.get(instance.id, ())),
        )  # fmt: skip
        yield one, instance.occurrence_id, instance.compact, instance.revision


def _concerns() -> Any:
    return func.coalesce(Instance.about_id, Instance.unit_id)


def _forms(work: Work, made: Draft, only: Iterable[UUID] | None) -> dict[UUID, list[tuple[str, str]]]:
    query = (
        select(Task.instance_id, Task.form, Task.process)
        .where(Task.campaign_id == made.live.campaign.id, Task.state == "open", Task.form != "")
        .distinct()
    )
    if only is not None:
        query = query.where(Task.instance_id.in_(list(only)))
    found: dict[UUID, list[tuple[str, str]]] = {}
    for row in work.session.execute(query):
        found.setdefault(row.instance_id, []).append((row.form, row.process))
    return found


class _Meant:
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
