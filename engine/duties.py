"""Duties at work: occurrences open on their day for whoever their actor picks that day; others on demand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy import or_, select

from engine import actors, collected, doubts, incidents, selection, series
from engine.births import open_all, open_duty, open_now
from engine.company import recipient
from engine.models import DutyOccurrence, Instance
from engine.opening import FOR_ALL, Opening
from engine.rows import AnyUnit, InstanceRow
from engine.running import Running, running
from forms.expression import EvaluationError
from tenants import access
from tenants.audit import record
from tenants.db import Work
from tenants.errors import Conflict, Forbidden, Invalid, NotFound
from tenants.models import Job, Unit
from tenants.text import say
from workflows.elements import Duty
from workflows.schedule import ImpossibleDate

_Row = TypeVar("_Row", Unit, Instance)


def open_occurrence(work: Work, job: Job) -> None:
    """Open a planned occurrence: pick whom it concerns today, freeze the pick, start an instance for each."""
    planned = work.session.scalar(select(DutyOccurrence).where(DutyOccurrence.id == job.subject_id))
    if planned is None:
        return
    # The campaign first: whoever closes it holds it before it looks at what is planned.
    live = running(work, planned.campaign_id, lock="keep")
    query = select(DutyOccurrence).where(DutyOccurrence.id == job.subject_id).with_for_update()
    occurrence = work.session.scalars(query.execution_options(populate_existing=True)).one()
    if occurrence.state != "planned":
        return
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
    open_for_all(work, live, duty, occurrence)


def open_for_all(work: Work, live: Running, duty: Duty, occurrence: DutyOccurrence) -> None:
    """Open an occurrence for whomever its duty means today. The caller has locked it."""
    left_out: selection.Doubts[AnyUnit] = []
    meant = openings_for(work, live, duty, actors.unit_rows(work), occurrence, left_out)
    occurrence.state = "open"
    occurrence.picked = [opening.unit.id for opening in meant if opening.unit]  # JSON spells them as texts
    early = _served(work, occurrence) if live.package.crosses else set()
    openings = [one for one in meant if (_id(one.unit), _id(one.about)) not in early]
    # Said once for all of them, and before what they do.
    record(
        work, FOR_ALL, "duty_occurrence", occurrence.id, duty=duty.id, period=occurrence.period, count=len(openings)
    )  # fmt: skip
    collected.begun(work, live, occurrence, open_all(work, live, openings, told=True))
    _note(work, live, duty, occurrence, left_out)


def open_for_rest(work: Work, occurrence_id: UUID) -> None:
    """Open what is open of a duty for those as well for whom it could not be worked out whether they are meant, and can be by
    now. For whom it still cannot is noted anew."""
    first = work.session.scalars(select(DutyOccurrence).where(DutyOccurrence.id == occurrence_id)).one()
    live = running(work, first.campaign_id, lock="keep")
    duty = live.duties.get(first.duty)
    if duty is None or (live.campaign.state != "running" and not duty.standing):
        return
    query = select(DutyOccurrence).where(
        DutyOccurrence.campaign_id == first.campaign_id, DutyOccurrence.duty == first.duty, DutyOccurrence.state == "open",
        or_(DutyOccurrence.due.is_(None), DutyOccurrence.due >= work.today),
    )  # fmt: skip
    units = actors.unit_rows(work)
    for occurrence in work.session.scalars(query.order_by(DutyOccurrence.id).with_for_update()).all():
        left_out: selection.Doubts[AnyUnit] = []
        openings = openings_for(work, live, duty, units, occurrence, left_out)
        served = _served(work, occurrence)
        fresh = [one for one in openings if (_id(one.unit), _id(one.about)) not in served]
        open_all(work, live, fresh)
        occurrence.picked = sorted({*occurrence.picked, *(str(one.unit.id) for one in fresh if one.unit)})
        _note(work, live, duty, occurrence, left_out)


def open_early(work: Work, live: Running, occurrence_id: UUID, unit_id: UUID) -> InstanceRow | None:
    """Open a planned occurrence before its day for one unit that has handed in already; None when it is not meant, or none has to
    hand it in by now."""
    query = select(DutyOccurrence).where(DutyOccurrence.id == occurrence_id).with_for_update()
    occurrence = work.session.scalars(query.execution_options(populate_existing=True)).one()
    duty = live.duties.get(occurrence.duty)
    if duty is None or occurrence.state != "planned":
        return None
    found = openings_for(work, live, duty, actors.unit_rows(work), occurrence)
    served = _served(work, occurrence)
    mine = [one for one in found if _id(one.unit) == unit_id and (unit_id, _id(one.about)) not in served]
    return open_all(work, live, mine[:1])[0] if mine else None


def _note(
    work: Work, live: Running, duty: Duty, occurrence: DutyOccurrence, left_out: selection.Doubts[AnyUnit]
) -> None:
    """Make an incident of whoever was left out when an occurrence opened."""
    for message in doubts.told(duty.title, left_out):
        incidents.open_for_doubt(work, live.campaign.id, duty.title, message, occurrence.id)


def _id(unit: AnyUnit | None) -> UUID | None:
    return unit.id if unit else None


def _served(work: Work, occurrence: DutyOccurrence) -> set[tuple[UUID | None, UUID | None]]:
    query = select(Instance.unit_id, Instance.about_id).where(
        Instance.occurrence_id == occurrence.id, Instance.state != "released"
    )
    return {(row.unit_id, row.about_id) for row in work.session.execute(query)}


def open_later(work: Work, job: Job) -> None:
    """Open a duty that was started on an earlier day, for whoever its actor means today."""
    given = job.payload
    live = running(work, UUID(given["campaign"]), lock="keep")
    duty = live.duties.get(given["duty"])
    if duty is None or (live.campaign.state != "running" and not duty.standing):
        return
    unit, about = (_row(work, Unit, given[key]) for key in ("unit", "about"))
    instance = open_now(
        work, live, duty, unit, about=about, data=given["data"], source=_row(work, Instance, given["source"]),
        due=date.fromisoformat(given["due"]) if given["due"] else None,
        starter_id=UUID(given["starter"]) if given["starter"] else None, event=given.get("event"),
    )  # fmt: skip
    record(work, "duty.open", "instance", instance.id, unit_id=instance.unit_id, duty=duty.id)


def open_turn(work: Work, job: Job) -> None:
    """Open the next turn of a recurrence that something began for one unit, and wait for the one after."""
    given = job.payload
    live = running(work, UUID(given["campaign"]), lock="keep")
    duty = live.duties.get(given["duty"])
    if duty is None or duty.every is None or (live.campaign.state != "running" and not duty.standing):
        return
    turn, following = series.due_turns(work, live, duty, job)
    unit, about = (_row(work, Unit, given[key]) for key in ("unit", "about"))
    # A unit that is let go meanwhile owes nothing; it may come back.
    if turn is not None and actors.first_near(work, live.package, duty.by, unit, about):
        instance = open_now(
            work, live, duty, unit, about=about, data=given["event"], source=_row(work, Instance, given["source"]),
            due=turn.due, period=turn.period, starter_id=UUID(given["starter"]) if given["starter"] else None,
        )  # fmt: skip
        record(work, "duty.open", "instance", instance.id, unit_id=instance.unit_id, duty=duty.id)
    series.go_on(work, live, job, following)


def _row(work: Work, kind: type[_Row], key: str | None) -> _Row | None:
    return work.session.get(kind, (work.tenant.id, UUID(key))) if key else None


def pairs(
    work: Work,
    live: Running,
    duty: Duty,
    units: Sequence[AnyUnit],
    left_out: selection.Doubts[AnyUnit] | None = None,
) -> list[tuple[AnyUnit | None, AnyUnit | None]]:
    """Return (who owes it, whom it is about) for each instance that an occurrence of the duty would open today.

    left_out: where units are put for which that cannot be worked out.
    """
    found = selection.pairs(actors.Units(work), live.package, duty, units, left_out)
    return [(unit, about) for _actor, unit, about in found]


def openings_for(
    work: Work,
    live: Running,
    duty: Duty,
    units: Sequence[AnyUnit],
    occurrence: DutyOccurrence,
    left_out: selection.Doubts[AnyUnit] | None = None,
) -> list[Opening]:
    """Return what an occurrence opens today: one instance for each unit picked, or for each unit it is about."""
    title = f"{duty.title}（{occurrence.period}）" if occurrence.period else duty.title
    noted: selection.Doubts[AnyUnit] = [] if left_out is None else left_out
    due, words, key, hidden = occurrence.due, occurrence.words, occurrence.id, duty.hidden == "about"
    found = []
    for unit, subject in pairs(work, live, duty, units, noted):
        try:
            desk_id = recipient(work, live, duty, subject or unit)
        except EvaluationError as why:
            if one := subject or unit:
                noted.append(selection.Doubt(one, live.package.actors[duty.to[0]], why))
            continue
        found.append(
            Opening(
                duty.process, title, unit, subject, duty.id, "", desk_id, hidden, due, words, key
            )
        )  # fmt: skip
    return found


def start_on_demand(
    work: Work, campaign_id: UUID, duty_id: str, *, about_id: UUID | None = None
) -> InstanceRow | None:
    """Start a duty that waits for somebody to ask for it, such as an unannounced inspection of a mine.

    Returns None when its `start` says that it opens on a later day. Raises NotFound, Conflict (also where the process cannot
    begin: whoever asks is told, and nothing is kept), Forbidden, Invalid.
    """
    live = running(work, campaign_id, lock="keep")
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
    try:
        instance = open_duty(work, live, duty, own, about=about)
    except (ImpossibleDate, EvaluationError) as wrong:
        raise Invalid(wrong.what, wrong.do) from wrong
    if instance is not None and instance.state == "stuck":
        what = say(
            "“{title}”现在不能发起：{reason}", title=duty.title, reason=incidents.reason(work, instance) or ""
        )
        raise Conflict(what, say("请联系管理员排除原因后再试。"))
    if instance is not None:
        record(work, "duty.demand", "instance", instance.id, unit_id=instance.unit_id, duty=duty.id)
    return instance


def may_demand(work: Work, live: Running, duty: Duty, own: Unit | None) -> bool:
    """Tell whether the acting member is one of those who may start the duty."""
    if duty.on is None or duty.on.kind != "demand" or not access.may(work.viewer, "task.work"):
        return False
    return any(_means_me(work, live, name, own) for name in duty.on.actors if name in live.package.actors)


def _means_me(work: Work, live: Running, name: str, own: Unit | None) -> bool:
    try:
        pick = actors.near(work, live.package, name, own)
    except EvaluationError:  # a selector that cannot be worked out means nobody
        return False
    if pick is None:
        return False
    if pick.post is not None and pick.post not in work.viewer.posts:
        return False
    return pick.unit is None or pick.unit.id == work.actor.unit_id


def subjects(work: Work, live: Running, duty: Duty) -> list[AnyUnit]:
    """Return the units that a duty on demand may be about."""
    if duty.on is None or not duty.on.about:
        return []
    found = actors.picked(work, live.package, [duty.on.about], actors.all_units(work))
    return [pick.unit for pick in found if pick.unit]


def overtaken(duty: Duty, due: date | None, today: date) -> bool:
    """Tell whether a missed occurrence gives way to a later one that has opened as well: it is past due, or was for a period
    without a date of its own, and one is enough."""
    every = duty.every
    if every is None or every.missed != "once":
        return False
    return every.undated if due is None else due < today


def _overtaken(work: Work, occurrence: DutyOccurrence, duty: Duty) -> bool:
    if not overtaken(duty, occurrence.due, work.today):
        return False
    later = select(DutyOccurrence.id).where(
        DutyOccurrence.campaign_id == occurrence.campaign_id, DutyOccurrence.duty == occurrence.duty,
        DutyOccurrence.number > occurrence.number, DutyOccurrence.opens <= work.today,
    )  # fmt: skip
    return work.session.scalar(later.limit(1)) is not None
