"""When something is past due: the day after, or on its day at the hour that its duty or shift says."""

from __future__ import annotations

from datetime import date, time

from sqlalchemy import ColumnElement, and_, or_

from engine.models import Instance
from engine.running import Running
from tenants.db import Work
from workflows.hours import day_counted, shifted


def past_due(work: Work, live: Running) -> ColumnElement[bool]:
    """Return the condition under which an instance is past due: the day before, or today at an hour that is over."""
    now = work.now.astimezone(work.zone).time()
    over: list[ColumnElement[bool]] = []
    for duty in live.duties.values():
        shifts = shifted(duty.every.shifts) if duty.every else {}
        over += [
            and_(Instance.duty == duty.id, Instance.title.endswith(f" {name}）", autoescape=True))
            for name, (_, hour) in shifts.items()
            if hour is not None and hour <= now
        ]
        if duty.hour is not None and duty.hour <= now and not shifts:
            over.append(Instance.duty == duty.id)
    past = Instance.due < work.today
    return or_(past, and_(Instance.due == work.today, or_(*over))) if over else past


def hour_of(live: Running, duty: str, title: str) -> time | None:
    """Return the hour until which an instance is in time on its day; None = to the end of it. title: of the instance."""
    known = live.duties.get(duty)
    return known.hour_of(title) if known else None


def today_of(work: Work, hour: time | None) -> date:
    """Return the day that it is for something with that hour: after it, the next one."""
    return day_counted(work.now.astimezone(work.zone), hour)
