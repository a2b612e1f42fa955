"""When something is past due: the day after, or on its day at the hour that its duty or shift says."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, extract, literal, or_

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


def handed_in_late(work: Work, live: Running, handed: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition under which a moment lies after the time until which an instance was in time; unknown without either.

    The same rule as `workflows.hours.day_counted`, as the database reckons it: in seconds.
    """
    closes = extract("epoch", Instance.due) + _length(live) - _ahead(work, live)
    return extract("epoch", handed) >= closes


def _length(live: Running) -> ColumnElement[int]:
    """Return after how many seconds of its due day an instance is late."""
    whens: list[tuple[ColumnElement[bool], int]] = []
    for duty in live.duties.values():
        shifts = shifted(duty.every.shifts) if duty.every else {}
        whens += [
            (
                and_(Instance.duty == duty.id, Instance.title.endswith(f" {name}）", autoescape=True)),
                _seconds(hour),
            )
            for name, (_, hour) in shifts.items()
        ]
        if duty.hour is not None:
            whens.append((Instance.duty == duty.id, _seconds(duty.hour)))
    return case(*whens, else_=_seconds(None)) if whens else literal(_seconds(None))


def _seconds(hour: time | None) -> int:
    return 86_400 if hour is None else hour.hour * 3600 + hour.minute * 60


def _ahead(work: Work, live: Running) -> ColumnElement[int]:
    """Return by how many seconds the tenant's clocks are ahead of Greenwich at the end of the due day."""
    day, last = (date(live.years[place], month, 1) for place, month in ((0, 1), (1, 12)))
    found: list[tuple[date, int]] = []
    while day <= last:
        offset = datetime.combine(day + timedelta(days=1), time(0), tzinfo=work.zone).utcoffset()
        ahead = int(offset.total_seconds()) if offset else 0
        if not found or found[-1][1] != ahead:
            found.append((day, ahead))
        day += timedelta(days=1)
    (_, first), *changes = found
    whens = [(Instance.due >= since, ahead) for since, ahead in reversed(changes)]
    return case(*whens, else_=first) if whens else literal(first)


def hour_of(live: Running, duty: str, title: str) -> time | None:
    """Return the hour until which an instance is in time on its day; None = to the end of it. title: of the instance."""
    known = live.duties.get(duty)
    return known.hour_of(title) if known else None


def today_of(work: Work, hour: time | None) -> date:
    """Return the day that it is for something with that hour: after it, the next one."""
    return day_counted(work.now.astimezone(work.zone), hour)
