"""Changes of a tenant's days and seasons under a running campaign: looked at, carried out, and what became of the dates."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from engine import recalendar
from engine.models import DutyOccurrence
from tenants.models import Job
from tenants.own_days import DayChange, SeasonChange
from tests.engine.story import ZONE, begun
from tests.engine.workday_package import files

# A Monday and the Friday before it.
OFF = [DayChange(date(2024, 11, 4), "off", "停电检修")]
WINTER = [SeasonChange("冬防", None, date(2024, 11, 13), date(2024, 12, 11))]


def in_winter(open_work):
    """Launch the campaign in a county that has said when its winter is."""
    told = begun(open_work, open_work.clock, files())
    change(told, WINTER)
    told.launch()
    assert not told.errors
    return told.package, told.launched


def preview(story, changes):
    with story.open_work("yangcheng", "admin", reads=True) as work:
        return recalendar.preview(work, changes)


def change(story, changes):
    """Look at what a change does, confirm it, and let the house do the rest; return what was shown."""
    shown = preview(story, changes)
    with story.open_work("yangcheng", "admin") as work:
        done = recalendar.apply(work, changes, shown.seal)
    assert done == shown
    story.ring()
    return shown


def lines(effects, what, duty=""):
    """Return (period, old, new, how many) of the lines of a kind."""
    return [
        (line.period, line.old, line.new, line.count)
        for moves in effects.campaigns
        for line in moves.lines
        if line.what == what and duty in ("", line.duty)
    ]


def dues(story, duty):
    """Return the planned and open due dates of a duty, in order."""
    query = select(DutyOccurrence).where(
        DutyOccurrence.duty == duty, DutyOccurrence.state.in_(["planned", "open"])
    )
    found = story.rows(query.order_by(DutyOccurrence.number))
    return [one.due for one in found]


def reminders(story, duty="plan"):
    """Return when the armed timers of a duty ring."""
    ids = [one.id for one in story.instances(duty)]
    query = select(Job).where(Job.kind == "timer", Job.subject_id.in_(ids), Job.state == "waiting")
    return sorted(job.due_at.astimezone(ZONE) for job in story.rows(query))
