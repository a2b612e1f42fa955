"""A tenant's days and seasons change under running campaigns: what would move is shown first, then moved in one command.

`preview` and `apply` gather and decide alike; `apply` is told by its seal which preview was looked at, and refuses when anything
that decides about dates has changed since. Who has handed in meanwhile does not matter: what is done is moved by nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from engine.models import Campaign, DutyOccurrence, Instance
from engine.recalendar_draft import Draft
from engine.recalendar_gather import draft
from engine.recalendar_plan import Moves, lines_seal, seal
from engine.recalendar_record import record_draft
from engine.recalendar_steps import OPEN
from engine.running import Running
from tenants import access, own_days, workdays
from tenants.db import Work
from tenants.errors import Conflict
from tenants.own_days import Change, Own
from tenants.text import say
from workflows.publish import load


@dataclass(frozen=True)
class Effects:
    """What a change of the calendar does. seal: by which `apply` knows that it was this that somebody looked at."""

    campaigns: tuple[Moves, ...]
    seal: str

    @property
    def any(self) -> bool:
        """Tell whether any date moves."""
        return any(moves.any for moves in self.campaigns)


def preview(work: Work, changes: Sequence[Change]) -> Effects:
    """Return which dates of which campaigns would move; nothing is recorded. Raises Invalid for a change that makes no sense."""
    access.require(work.viewer, "units.manage")
    return _effects(_decided(work, changes, lock=False), workdays.gather(work), changes)


def apply(work: Work, changes: Sequence[Change], seen: str = "") -> Effects:
    """Change the calendar, and all dates that rest on it.

    seen: the seal of the preview that was confirmed; empty = none was shown, which will do when nothing moves. Raises Conflict
    when it is not this that was looked at, Invalid as `preview` does.
    """
    access.require(work.viewer, "units.manage")
    drafts = _decided(work, changes, lock=True)
    effects = _effects(drafts, workdays.gather(work), changes)
    if (seen or effects.any) and seen != effects.seal:
        raise Conflict(say("预览之后，日历或行动有了变化，没有执行。"), say("请重新预览，核对后再确认。"))
    workdays.record(work, changes)
    for made in drafts:
        record_draft(work, made)
    return effects


def _decided(work: Work, changes: Sequence[Change], *, lock: bool) -> list[Draft]:
    campaigns = _campaigns(work, lock=lock)
    own = workdays.gather(work)
    changed = own_days.changed(own, changes)
    found = []
    for campaign in campaigns:
        live = Running(work, campaign, load(work, campaign.package_hash))
        before, after = (own_days.calendar(one, *live.years) for one in (own, changed))
        if before != after:
            found.append(
                draft(
                    work,
                    Running(work, campaign, live.package, before),
                    Running(work, campaign, live.package, after),
                )
            )
    return found


def _campaigns(work: Work, *, lock: bool) -> list[Campaign]:
    """Return the campaigns that may have dates to move: those that run, and closed ones of which something goes on.

    lock: nobody else moves them until this transaction ends. Instances are locked before their campaign, as everywhere.
    """
    going = or_(
        Campaign.state == "running",
        Campaign.id.in_(
            select(DutyOccurrence.campaign_id).where(
                DutyOccurrence.tenant_id == work.tenant.id, DutyOccurrence.state == "planned"
            )
        ),
        Campaign.id.in_(
            select(Instance.campaign_id).where(Instance.tenant_id == work.tenant.id, Instance.state.in_(OPEN))
        ),
    )
    if lock:
        open_ones = select(Instance.id).where(Instance.state.in_(OPEN)).order_by(Instance.id)
        work.session.execute(open_ones.with_for_update()).all()
    query = select(Campaign).where(going).order_by(Campaign.id)
    if lock:
        query = query.with_for_update(key_share=True).execution_options(populate_existing=True)
    return list(work.session.scalars(query))


def _effects(drafts: Sequence[Draft], own: Own, changes: Sequence[Change]) -> Effects:
    moves = [made.moves for made in drafts if made.moves is not None]
    parts: list[object] = [
        sorted(own.days.items()), sorted(own.yearly.items()), sorted((k, sorted(v.items())) for k, v in own.seasons.items()),
        sorted(own.settled), list(changes),
    ]  # fmt: skip
    for made in drafts:
        campaign = made.live.campaign
        parts += [campaign.id, campaign.package_hash, campaign.state, campaign.choices, made.period]
    parts += [(one.campaign_id, lines_seal(one.lines), one.phases) for one in moves]
    return Effects(tuple(moves), seal(parts))
