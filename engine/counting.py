"""How much was owed by which duties, and what became of it, as far as the viewer may see: what indicators count.

One for each who owes it, each unit it is about, and each occurrence; of what no calendar started, one for each time. What was let
go is owed no more, what has not opened yet is not owed yet. workflows/README.md says what each number counts.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select

from engine.measures import Fact
from engine.models import Instance
from engine.overdue import handed_in_late, past_due
from engine.progress import PLACE
from engine.running import Running
from tenants import access
from tenants.db import Work


def owed(
    work: Work, live: Running, duties: Collection[str], *, by_unit: bool = False, by_day: bool = False
) -> list[Fact]:
    """Return facts with `duty` and its counts, in one statement whatever the number of duties, units and occurrences.

    by_unit: one for each unit whom it concerns, else one for all. by_day: one for each day on which it is due, of what has no
    date on which it opened; else one for all, which has no day.
    """
    found = []
    for row in work.session.execute(_counted(work, live, duties, by_unit=by_unit, by_day=by_day)):
        day = ""
        if by_day:
            day = (row.due or row.opened.astimezone(work.zone).date()).isoformat()
        counts = {key: int(getattr(row, key)) for key in ("owed", "filed", "accepted", "late")}
        found.append(Fact(day, {"duty": row.duty, **counts}, row.whose if by_unit else None))
    return found


def _counted(
    work: Work, live: Running, duties: Collection[str], *, by_unit: bool, by_day: bool
) -> Select[Any]:
    each = _one_each(work, live, duties).subquery()
    opened = case((each.c.due.is_(None), each.c.opened))
    parts = [each.c.duty, *([each.c.whose] if by_unit else []), *([each.c.due, opened] if by_day else [])]
    return select(
        each.c.duty, *([each.c.whose] if by_unit else []), *([each.c.due, opened.label("opened")] if by_day else []),
        func.count().label("owed"), *(func.sum(each.c[key]).label(key) for key in ("filed", "accepted", "late")),
    ).group_by(*parts)  # fmt: skip


def _one_each(work: Work, live: Running, duties: Collection[str]) -> Select[Any]:
    """Return a row for each that is owed, even where a unit was let go and owes it anew."""
    occurrence = func.coalesce(Instance.occurrence_id, Instance.id)
    accepted = Instance.state == "done"
    handed = func.coalesce(Instance.filed_at, case((accepted, Instance.ended_at)))
    late = or_(handed_in_late(work, live, handed), and_(handed.is_(None), past_due(work, live)))
    return (
        select(
            Instance.duty, func.coalesce(Instance.about_id, Instance.unit_id).label("whose"),
            func.max(Instance.due).label("due"), func.max(Instance.opened_at).label("opened"),
            _any(handed.is_not(None)).label("filed"), _any(accepted).label("accepted"),
            _any(and_(Instance.due.is_not(None), late)).label("late"),
        )
        .where(
            Instance.tenant_id == work.tenant.id, Instance.campaign_id == live.campaign.id, access.visible(work.viewer, PLACE),
            Instance.duty.in_(sorted(duties)), Instance.state != "released",
        )
        .group_by(Instance.duty, occurrence, Instance.unit_id, Instance.about_id)
    )  # fmt: skip


def _any(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.max(case((condition, 1), else_=0))
