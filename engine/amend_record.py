"""Writes down that a campaign goes on under an amended plan: what is planned and what is open."""

from __future__ import annotations

from sqlalchemy import select, update

from engine import collected
from engine.amend_gather import Draft
from engine.models import Campaign, DutyOccurrence
from engine.recalendar_record import plan_anew, set_dates
from engine.running import Running
from tenants.db import Work


def record_plan(work: Work, made: Draft) -> Running:
    """Let a campaign go on under its new plan; its instances stay where they are. Returns the campaign under it."""
    campaign, after = made.live.campaign, made.after.campaign
    campaign.former = known(campaign, made.live.package.hash, but=after.package_hash)
    campaign.package_hash, campaign.version, campaign.title = after.package_hash, after.version, after.title
    campaign.start, campaign.end = made.period
    work.session.flush()
    live = Running(work, campaign, made.after.package)
    for found in made.duties.values():
        plan_anew(work, live, found)
    _occurrences(work, made)
    work.session.flush()
    work.session.expire_all()
    return live


def known(campaign: Campaign, *more: str, but: str = "") -> list[str]:
    """Return the versions under which instances of a campaign have answered, besides the one in force: each once, in order."""
    return [one for one in dict.fromkeys((*(campaign.former or []), *more)) if one != but]


def _occurrences(work: Work, made: Draft) -> None:
    """Give open occurrences their new dates: who is asked later for the same, and what pages show, goes by them."""
    for found in made.duties.values():
        set_dates(work, [shift for shift in found.shifts if shift.row.state == "open"])
    gone = [key for key in made.live.package.duties if key not in made.after.package.duties]
    query = update(DutyOccurrence).where(
        DutyOccurrence.campaign_id == made.live.campaign.id, DutyOccurrence.duty.in_(gone), DutyOccurrence.state == "planned"
    )  # fmt: skip
    if gone:
        work.session.execute(query.values(state="dropped"))
    # What the new plan collects may be open already.
    row = DutyOccurrence
    still = select(row.id, row.duty, row.period, row.due).where(
        row.campaign_id == made.live.campaign.id,
        row.state == "open",
        row.duty.in_(made.after.package.collected),
    )
    if made.after.package.collected:
        live = Running(work, made.live.campaign, made.after.package)
        collected.expect(work, live, [one._tuple() for one in work.session.execute(still)])
