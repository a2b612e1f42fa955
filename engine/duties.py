"""Duties at work: occurrences open on their day for whoever their actor picks that day; units come and go in between."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from engine import actors
from engine.births import open_duty, recipient
from engine.models import Campaign, DutyOccurrence, Instance, Task
from engine.opening import Opening, open_instances
from engine.running import Running, running
from tenants import access, directory
from tenants.audit import record
from tenants.db import Work
from tenants.errors import Conflict, Forbidden, Invalid, NotFound
from tenants.models import Job, Unit
from tenants.text import say
from workflows.elements import Duty


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


def open_occurrence(work: Work, job: Job) -> None:
    """Open a planned occurrence: pick whom it concerns today, freeze the pick, start an instance for each."""
    query = select(DutyOccurrence).where(DutyOccurrence.id == job.subject_id).with_for_update()
    occurrence = work.session.scalar(query)
    if occurrence is None or occurrence.state != "planned":
        return
    live = running(work, occurrence.campaign_id)
    duty = live.duties.get(occurrence.duty)
    if duty is None or (live.campaign.state != "running" and not duty.standing):
        occurrence.state = "dropped"
        return
    if _overtaken(work, occurrence, duty):
        occurrence.state = "skipped"
        record(
            work, "occurrence.skip", "duty_occurrence", occurrence.id, duty=duty.id, period=occurrence.period
        )
        return
    units = actors.all_units(work)
    openings = openings_for(work, live, duty, units, occurrence)
    occurrence.state = "open"
    occurrence.picked = [str(opening.unit.id) for opening in openings if opening.unit]
    open_instances(work, live, openings)
    record(
        work, "occurrence.open", "duty_occurrence", occurrence.id, duty=duty.id, period=occurrence.period,
        count=len(openings),
    )  # fmt: skip


def openings_for(
    work: Work, live: Running, duty: Duty, units: Sequence[Unit], occurrence: DutyOccurrence
) -> list[Opening]:
    """Return what an occurrence opens today: one instance for each unit picked, or for each unit it is about."""
    picks = actors.picked(work, live.package, duty.by, units)
    about: Iterable[Unit | None] = [None]
    if duty.about:
        about = [pick.unit for pick in actors.picked(work, live.package, [duty.about], units) if pick.unit]
    title = f"{duty.title}（{occurrence.period}）" if occurrence.period else duty.title
    return [
        Opening(
            duty.process, title, pick.unit, about=subject, duty=duty.id, due=occurrence.due, words=occurrence.words,
            desk_id=recipient(work, live, duty, subject or pick.unit), hidden=duty.hidden == "about",
            occurrence_id=occurrence.id,
        )
        for pick in picks
        for subject in about
    ]  # fmt: skip


def start_on_demand(
    work: Work, campaign_id: UUID, duty_id: str, *, about_id: UUID | None = None, key: str = ""
) -> Instance:
    """Start a duty that waits for somebody to ask for it, such as an unannounced inspection of a mine."""
    live = running(work, campaign_id)
    duty = live.duties.get(duty_id)
    if duty is None or duty.on is None or duty.on.kind != "demand":
        raise NotFound(say("没有找到这项任务。"))
    if live.campaign.state != "running":
        raise Conflict(say("这项专项行动已经结束。"))
    own = work.session.get(Unit, (work.tenant.id, work.actor.unit_id)) if work.actor.unit_id else None
    if not may_demand(work, live, duty, own):
        raise Forbidden(say("您的岗位不能发起“{title}”。", title=duty.title))
    about = None
    if duty.on.about:
        about = next((unit for unit in subjects(work, live, duty) if unit.id == about_id), None)
        if about is None:
            raise Invalid(say("请选择“{title}”的对象。", title=duty.title), say("请从列表中选择一个单位。"))
    instance = open_duty(work, live, duty, own, about=about)
    record(work, "duty.demand", "instance", instance.id, unit_id=instance.unit_id, duty=duty.id)
    return instance


def may_demand(work: Work, live: Running, duty: Duty, own: Unit | None) -> bool:
    """Tell whether the acting member is one of those who may start the duty."""
    if duty.on is None or duty.on.kind != "demand" or not access.may(work.viewer, "task.work"):
        return False
    pick = (
        actors.near(work, live.package, duty.on.actor, own) if duty.on.actor in live.package.actors else None
    )
    if pick is None:
        return False
    if pick.post is not None and pick.post not in work.viewer.posts:
        return False
    return pick.unit is None or pick.unit.id == work.actor.unit_id


def subjects(work: Work, live: Running, duty: Duty) -> list[Unit]:
    """Return the units that a duty on demand may be about."""
    if duty.on is None or not duty.on.about:
        return []
    found = actors.picked(work, live.package, [duty.on.about], actors.all_units(work))
    return [pick.unit for pick in found if pick.unit]


def change_unit(work: Work, unit_id: UUID, **changes: Any) -> Effects:
    """Change a unit and let go what its new state no longer owes; open what it owes anew. Returns both.

    What was due before today stays owed; ledger items stay.
    """
    directory.change_unit(work, unit_id, **changes)
    unit = directory.unit(work, unit_id)
    effects = _effects(work, unit)
    for instance, _ in _no_longer_owed(work, unit):
        release(work, instance, str(say("单位情况变化，不再承担")))
    _adopt(work, unit)
    return effects


def preview_change(work: Work, unit_id: UUID, **changes: Any) -> Effects:
    """Return what a change would let go and open, changing nothing."""
    access.require(work.viewer, "units.manage")
    with work.session.begin_nested() as trial:
        directory.change_unit(work, unit_id, **changes)
        effects = _effects(work, directory.unit(work, unit_id))
        trial.rollback()
    return effects


def _effects(work: Work, unit: Unit) -> Effects:
    titles = {campaign.id: campaign.title for campaign in work.session.scalars(select(Campaign))}
    falls = tuple(
        Owed(i.title, owner, titles[i.campaign_id], i.due, i.words)
        for i, owner in _no_longer_owed(work, unit)
    )
    arises = tuple(
        Owed(o.title, o.unit.name if o.unit else "", live.campaign.title, o.due, o.words)
        for live, _, openings in _newly_owed(work, unit)
        for o in openings
    )
    return Effects(falls, arises)


def release(work: Work, instance: Instance, reason: str) -> None:
    """Let an instance go: its open tasks are withdrawn, its timers dropped."""
    instance.state, instance.ended_at = "released", work.now
    work.session.execute(
        update(Task)
        .where(Task.instance_id == instance.id, Task.state == "open")
        .values(state="withdrawn", done_at=work.now)
    )
    work.session.execute(
        update(Job)
        .where(Job.subject_id == instance.id, Job.state == "waiting")
        .values(state="dropped", done_at=work.now)
    )
    record(work, "instance.release", "instance", instance.id, unit_id=instance.unit_id, reason=reason)


def _no_longer_owed(work: Work, unit: Unit) -> list[tuple[Instance, str]]:
    """Return the running instances of the unit and those below it whose actor picks their unit no more."""
    query = (
        select(Instance, Unit)
        .join(Unit, Instance.unit_id == Unit.id)
        .where(
            Instance.state == "running", Instance.duty != "", Unit.path.startswith(unit.path, autoescape=True)
        )
    )
    units = actors.all_units(work)
    picked: dict[tuple[UUID, str], set[UUID]] = {}
    lives: dict[UUID, Running] = {}
    gone = []
    for instance, owner in work.session.execute(query):
        live = lives.setdefault(instance.campaign_id, running(work, instance.campaign_id))
        key = (instance.campaign_id, instance.duty)
        if key not in picked:
            duty = live.duties[instance.duty]
            picked[key] = {p.unit.id for p in actors.picked(work, live.package, duty.by, units) if p.unit}
        past = instance.due is not None and instance.due < work.today
        if owner.id not in picked[key] and not past:
            gone.append((instance, owner.name))
    return gone


def _adopt(work: Work, unit: Unit) -> None:
    for live, occurrence, fresh in _newly_owed(work, unit):
        open_instances(work, live, fresh)
        occurrence.picked = sorted({*occurrence.picked, *(str(o.unit.id) for o in fresh if o.unit)})


def _newly_owed(work: Work, unit: Unit) -> list[tuple[Running, DutyOccurrence, list[Opening]]]:
    """Return what is open for others and now also concerns this unit and those below it: it began or resumed production."""
    query = (
        select(DutyOccurrence)
        .join(Campaign, DutyOccurrence.campaign_id == Campaign.id)
        .where(DutyOccurrence.state == "open", Campaign.state == "running")
    )
    units = actors.all_units(work)
    found = []
    for occurrence in work.session.scalars(query).all():
        if occurrence.due is not None and occurrence.due < work.today:
            continue
        live = running(work, occurrence.campaign_id)
        duty = live.duties.get(occurrence.duty)
        if duty is None:
            continue
        held = select(Instance.unit_id).where(
            Instance.occurrence_id == occurrence.id, Instance.state != "released"
        )
        served = set(work.session.scalars(held))
        fresh = [
            opening
            for opening in openings_for(work, live, duty, units, occurrence)
            if opening.unit and opening.unit.path.startswith(unit.path) and opening.unit.id not in served
        ]
        if fresh:
            found.append((live, occurrence, fresh))
    return found


def _overtaken(work: Work, occurrence: DutyOccurrence, duty: Duty) -> bool:
    """Tell whether a missed occurrence is coalesced into a later one: past due, and the next has opened as well."""
    if (
        duty.every is None
        or duty.every.missed == "each"
        or occurrence.due is None
        or occurrence.due >= work.today
    ):
        return False
    later = select(DutyOccurrence.id).where(
        DutyOccurrence.campaign_id == occurrence.campaign_id, DutyOccurrence.duty == occurrence.duty,
        DutyOccurrence.number > occurrence.number, DutyOccurrence.opens <= work.today,
    )  # fmt: skip
    return work.session.scalar(later.limit(1)) is not None


def names_of(duties: Mapping[str, Duty]) -> dict[str, str]:
    """Return duty id -> title."""
    return {key: duty.title for key, duty in duties.items()}
