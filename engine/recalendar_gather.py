"""What a changed calendar does to one campaign: its rows read, the plans under both calendars compared. Nothing is written."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, false, func, or_, select

from engine.births import OPEN_LATER
from engine.candidates import owed
from engine.models import DutyOccurrence, Instance, Task
from engine.recalendar_draft import Draft, EventMove, LaterMove, Opened, moves_of
from engine.recalendar_plan import Moves, Replanned, Standing, replan
from engine.recalendar_steps import OPEN, Side, followers, step_moves
from engine.running import Running
from tenants.db import Work
from tenants.errors import Invalid
from tenants.models import Job, Unit
from tenants.text import say
from workflows.dates import Dates
from workflows.elements import Duty
from workflows.moving import event_again, may_move
from workflows.schedule import (
    ImpossibleDate,
    NoSeason,
    Occurrence,
    due_after,
    expected,
    known_phases,
    occurrences,
    opens_after,
)


def draft(work: Work, before: Running, after: Running) -> Draft:
    """Return what becomes of a campaign. Raises Invalid when its dates cannot be worked out under the new calendar."""
    if not _works(before):
        # Nothing could be worked out under the old calendar, so nothing rests on it; the new one may well put it right.
        stands = (before.campaign.start, before.campaign.end)
        return Draft(before, after, stands, moves=Moves(before.campaign.id, before.campaign.title))
    try:
        made = Draft(before, after, _period(before, after))
        kept = _replan(work, made)
        kept += _events(work, made)
        _put_off(work, made)
        sides = (
            Side(before, (before.campaign.start, before.campaign.end)),
            Side(after, made.period),
        )
        new_due = _new_due(made)
        made.steps, unexplained = step_moves(work, *sides, new_due)
        made.follow = followers(work, *sides, new_due)
        made.moves = moves_of(made, kept + unexplained)
    except ImpossibleDate as wrong:
        what = say("改动后，“{title}”的日期无法推算：{why}。", title=before.campaign.title, why=wrong.what)
        raise Invalid(what, wrong.do) from wrong
    return made


def owed_steps(live: Running) -> Any:
    """Return the condition under which a task has its instance's due date: it is the ower's, and has no date of its own."""
    ways = [
        and_(Instance.process == key, Task.process == "", Task.node.in_(nodes))
        for key, drawing in live.package.processes.items()
        if (nodes := sorted(node.id for node in drawing.nodes.values() if not node.due and owed(node)))
    ]
    return or_(false(), *ways)


def _works(live: Running) -> bool:
    """Tell whether the campaign's own dates can be worked out."""
    try:
        known_phases(live.setting)
    except ImpossibleDate:
        return False
    return True


def _period(before: Running, after: Running) -> tuple[date, date | None]:
    """Return the campaign's period under the new calendar; as it stands, where the old one does not explain it."""
    stands = (before.campaign.start, before.campaign.end)
    try:
        was = (Dates(before.setting).start(), Dates(before.setting).period("end"))
    except ImpossibleDate:
        return stands
    now = Dates(after.setting)
    return (now.start(), now.period("end")) if was == stands else stands


def _replan(work: Work, made: Draft) -> int:
    campaign = made.live.campaign
    columns = (
        DutyOccurrence.id, DutyOccurrence.duty, DutyOccurrence.number, DutyOccurrence.period, DutyOccurrence.opens,
        DutyOccurrence.due, DutyOccurrence.estimated, DutyOccurrence.state,
    )  # fmt: skip
    query = select(*columns).where(DutyOccurrence.campaign_id == campaign.id).order_by(DutyOccurrence.number)
    rows: dict[str, list[Standing]] = {}
    for row in work.session.execute(query):
        rows.setdefault(row.duty, []).append(Standing(*row))
    kept = 0
    for duty in made.live.package.duties.values():
        if not _leans(made, duty):
            continue
        try:
            was, now = _plans(made, duty)
        except _Unplanned:
            continue  # nobody could plan it before: there is nothing to move
        found = replan(rows.get(duty.id, []), was, now, work.today)
        if campaign.state != "running" and not duty.standing:
            found = Replanned(found.shifts, kept=found.kept)
        kept += found.kept
        made.duties[duty.id] = found
    kept += _open(work, made)
    return kept


class _Unplanned(Exception):
    """The old calendar gives no plan of a duty at all."""


def _plans(made: Draft, duty: Duty) -> tuple[list[Occurrence], list[Occurrence]]:
    """Return what the old and the new calendar give. A season that dates rest on may come, but not go."""
    plan = occurrences
    try:
        was = list(plan(made.live.setting, duty))
    except NoSeason:
        plan = expected
        was = list(plan(made.live.setting, duty))
    except ImpossibleDate as wrong:
        raise _Unplanned from wrong
    return was, list(plan(made.after.setting, duty))


def _leans(made: Draft, duty: Duty) -> bool:
    """Tell whether a calendar may move the planned dates of a duty. What something else starts has none."""
    if duty.on is not None and duty.on.kind != "phase":
        return False
    written = [duty.start, duty.due, *((duty.every.start, duty.every.end) if duty.every else ())]
    rules = [when.rule for when in written if when is not None and when.rule is not None]
    if duty.every is not None and duty.every.opens is not None:
        rules.append(duty.every.opens)
    if duty.every is not None and duty.every.due is not None:
        rules.append(duty.every.due)
    stands = (made.live.campaign.start, made.live.campaign.end)
    seasons = duty.every is not None and bool(duty.every.seasons)
    rolls = duty.every is not None and (
        duty.every.roll != "none" or bool((made.live.campaign.choices.get("duties") or {}).get(duty.id))
    )
    return (
        rolls
        or seasons
        or duty.on is not None
        or made.period != stands
        or any(may_move(rule) for rule in rules)
    )


def _open(work: Work, made: Draft) -> int:
    """Count what hangs on open occurrences that move. One of which nothing is open any more, and that is over, stays."""
    due = {shift.row.id: shift for shift in made.shifts("open") if shift.moves}
    if not due:
        return 0
    where = (Instance.occurrence_id.in_(sorted(due)), Instance.state.in_(OPEN), Instance.filed_at.is_(None))
    counted = (
        select(
            Instance.occurrence_id, Instance.due, func.count().label("n"), func.min(Unit.name).label("unit")
        )
        .outerjoin(Unit, Unit.id == func.coalesce(Instance.about_id, Instance.unit_id))
        .where(*where)
        .group_by(Instance.occurrence_id, Instance.due)
    )
    kept = 0
    for row in work.session.execute(counted):
        if row.due == due[row.occurrence_id].row.due:
            made.opened[row.occurrence_id] = Opened(row.n, 0, row.unit or work.tenant.name)
        else:
            kept += row.n
    tasks = (
        select(Instance.occurrence_id, func.count().label("n"))
        .join(Task, Task.instance_id == Instance.id)
        .where(
            *where, Task.state == "open", Task.due.is_not_distinct_from(Instance.due), owed_steps(made.live)
        )
        .group_by(Instance.occurrence_id)
    )
    for occurrence, n in work.session.execute(tasks).tuples():
        if occurrence in made.opened:
            known = made.opened[occurrence]
            made.opened[occurrence] = Opened(known.instances, n, known.example)
    for key, shift in due.items():
        over = all(day is not None and day < work.today for day in (shift.row.due, shift.due))
        if over and key not in made.opened:
            found = made.duties[shift.row.duty]
            rest = tuple(one for one in found.shifts if one is not shift)
            made.duties[shift.row.duty] = Replanned(rest, found.falls, found.arises, found.back, found.kept)
    return kept


def _events(work: Work, made: Draft) -> int:
    """Find open instances that an event started and that get another due date; return how many cannot be explained."""
    query = (
        select(Instance.id, Instance.unit_id, Instance.duty, Instance.due, Instance.event, Unit.name.label("unit"))
        .outerjoin(Unit, Unit.id == func.coalesce(Instance.about_id, Instance.unit_id))
        .where(
            Instance.campaign_id == made.live.campaign.id, Instance.state.in_(OPEN), Instance.occurrence_id.is_(None),
            Instance.duty != "", Instance.filed_at.is_(None), Instance.event.is_not(None),
        )
        .order_by(Instance.id)
    )  # fmt: skip
    kept = 0
    for row in work.session.execute(query):
        duty = made.live.package.duties.get(row.duty)
        if duty is None or not row.event:
            continue
        event = event_again(row.event)
        try:
            old = due_after(made.live.setting, duty, event)
        except ImpossibleDate:
            kept += 1
            continue
        new = due_after(made.after.setting, duty, event)
        if old != row.due:
            kept += 1
        elif old != new:
            made.events.append(
                EventMove(row.id, row.unit_id, row.duty, old, new, row.unit or work.tenant.name)
            )
    return kept


def _put_off(work: Work, made: Draft) -> None:
    """Find duties that were put off to a later day and get other dates."""
    query = select(Job.id, Job.payload, Job.due_at).where(Job.kind == OPEN_LATER, Job.state == "waiting")
    for row in work.session.execute(query.order_by(Job.id)):
        given = row.payload
        duty = made.live.package.duties.get(str(given.get("duty")))
        if given.get("campaign") != str(made.live.campaign.id) or duty is None or not given.get("event"):
            continue
        event = event_again(given["event"])
        (was, opened), (due, opens) = (
            (due_after(side.setting, duty, event), opens_after(side.setting, duty, event))
            for side in (made.live, made.after)
        )
        stands = date.fromisoformat(given["due"]) if given["due"] else None
        if was != stands or opened is None or opens is None:
            continue
        first, then = min(opened, was or opened), min(opens, due or opens)
        if (first, was) != (then, due):
            made.later.append(LaterMove(row.id, duty.id, given, first, then, due))


def _new_due(made: Draft) -> Any:
    """Return what tells an instance's due date under the new calendar. What was handed in keeps the date it was measured by."""
    moved = {shift.row.id: shift for shift in made.shifts("open") if shift.moves}
    events = {one.instance_id: one.new for one in made.events}

    def new_due(
        instance: UUID, occurrence: UUID | None, due: date | None, filed: datetime | None
    ) -> date | None:
        if filed is not None:
            return due
        if instance in events:
            return events[instance]
        shift = moved.get(occurrence) if occurrence else None
        return shift.due if shift is not None and shift.row.due == due else due

    return new_due
