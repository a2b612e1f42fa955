"""Opens a report that collects others, for each who receives them: once all that is owed for one day has been handed in, at
the latest when that day is over; without a date, once all of it has been.

A job looks (`engine.collected` says when), with the occurrences locked that belong together: of several that look at once the
first opens it, the others see that it is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import actors, selection
from engine.births import open_all
from engine.collected import KEPT
from engine.company import recipient
from engine.models import DutyOccurrence, Instance
from engine.opening import Opening
from engine.overdue import hour_of, today_of
from engine.rollup import stale
from engine.rows import AnyUnit
from engine.running import Running, running
from tenants.audit import record
from tenants.base import batches
from tenants.db import Work
from tenants.models import Job
from workflows.collected import period_of
from workflows.elements import Duty
from workflows.schedule import due_after


def look(work: Work, job: Job) -> None:
    """Look whether what a report waits for is complete, or its day over, and open it then for whom it is."""
    key = job.subject_id
    instance = work.session.get(Instance, (work.tenant.id, key))
    query = select(DutyOccurrence).where(DutyOccurrence.id == (instance.occurrence_id if instance else key))
    known = work.session.scalar(query)
    if known is None:
        return
    live = running(work, known.campaign_id, lock="keep")
    stale.after(work, live, known.id, known.duty)
    # Whoever moves dates holds the campaign: from here on they stand.
    one = work.session.scalars(query.execution_options(populate_existing=True)).one()
    for duty in live.duties.values():
        collects = duty.on is not None and one.duty in duty.on.duties
        if collects and (live.campaign.state == "running" or duty.standing):
            _look(work, live, duty, one)


def _look(work: Work, live: Running, upper: Duty, one: DutyOccurrence) -> None:
    group = _together(work, live, upper, one)
    over = _over(work, live, group)
    owed = _owed(work, group)
    kept = _collected(work, live, upper)
    openings = []
    for unit in _collectors(work, live, upper):
        key = unit.id if unit else None
        rest = [row for row in group if str(row.id) not in kept.get(key, ())]
        ids = {row.id for row in rest}
        theirs = [row for row in owed if row.occurrence_id in ids and row.desk_id in (None, key)]
        complete = all(row.state == "open" for row in rest) and all(
            row.filed_at is not None or row.state == "done" for row in theirs
        )
        if one.id in ids and theirs and (over or complete):
            openings.append(_opening(work, live, upper, unit, rest))
    for opened in open_all(work, live, openings) if openings else ():
        record(work, "duty.open", "instance", opened.id, unit_id=opened.unit_id, duty=upper.id)


def _together(work: Work, live: Running, upper: Duty, one: DutyOccurrence) -> list[DutyOccurrence]:
    """Lock and return what is collected together with an occurrence: what is due on the same day, of undated ones what is for
    the same period."""
    assert upper.on is not None
    where = [
        DutyOccurrence.campaign_id == live.campaign.id, DutyOccurrence.duty.in_(upper.on.duties),
        DutyOccurrence.state.in_(["planned", "open"]), DutyOccurrence.due.is_not_distinct_from(one.due),
    ]  # fmt: skip
    if one.due is None:
        where.append(DutyOccurrence.period == one.period)
    query = select(DutyOccurrence).where(*where).order_by(DutyOccurrence.id).with_for_update()
    return list(work.session.scalars(query.execution_options(populate_existing=True)))


def _over(work: Work, live: Running, group: Sequence[DutyOccurrence]) -> bool:
    return all(
        row.due is not None and today_of(work, hour_of(live, row.duty, f"（{row.period}）")) > row.due
        for row in group
    )


def _owed(work: Work, group: Sequence[DutyOccurrence]) -> list[Any]:
    found: list[Any] = []
    for some in batches([row.id for row in group]):
        query = select(Instance.occurrence_id, Instance.desk_id, Instance.state, Instance.filed_at).where(
            Instance.occurrence_id.in_(some), Instance.state != "released"
        )
        found += work.session.execute(query)
    return found


def _collected(work: Work, live: Running, upper: Duty) -> Mapping[UUID | None, set[str]]:
    """Return by unit what has been collected already. One that was let go collects nothing."""
    query = select(Instance.unit_id, Instance.event).where(
        Instance.campaign_id == live.campaign.id, Instance.duty == upper.id, Instance.state != "released"
    )
    found: dict[UUID | None, set[str]] = {}
    for row in work.session.execute(query):
        found.setdefault(row.unit_id, set()).update((row.event or {}).get(KEPT, ()))
    return found


def _collectors(work: Work, live: Running, upper: Duty) -> list[AnyUnit | None]:
    """Return whom the report is owed by. Raises EvaluationError where nobody is and somebody may be meant."""
    doubts: selection.Doubts[AnyUnit] = []
    found = selection.pairs(actors.Units(work), live.package, upper, actors.unit_rows(work), doubts)
    if doubts and not found:
        raise doubts[0].why
    return [unit for _actor, unit, _about in found]


def _opening(
    work: Work, live: Running, upper: Duty, unit: AnyUnit | None, rest: Sequence[DutyOccurrence]
) -> Opening:
    day = rest[0].due
    period = period_of([row.period for row in rest], day)
    event = {"at": work.now, "due": day, "period": period}
    kept = {
        "at": work.now.isoformat(), "due": day.isoformat() if day else None, "period": period,
        KEPT: [str(row.id) for row in rest],
    }  # fmt: skip
    title = f"{upper.title}（{period}）" if period else upper.title
    return Opening(
        upper.process, title, unit, duty=upper.id, desk_id=recipient(work, live, upper, unit), words=upper.words,
        due=due_after(live.setting, upper, event), event=kept,
    )  # fmt: skip
