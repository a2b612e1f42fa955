"""Campaigns: the list, one campaign from its six sides, its close."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, request
from flask_babel import gettext as _

from engine import actors, amend, amend_listing, dossiers, ledgers, progress
from engine import campaigns as running_campaigns
from engine import duties as demanded
from engine.candidates import elsewhere
from engine.models import Campaign
from engine.rows import AnyUnit
from engine.running import Running, under
from engine.selection import Doubt
from tenants import access
from tenants.db import Work
from tenants.models import Unit
from web.entry import command, done, page
from web.views import tongue
from web.views.clause_words import beside_campaign
from web.views.indicator_shapes import indicators_shape, looked_through
from web.views.package_shapes import who
from web.views.phase_shapes import now_titles, phases_shape
from web.views.shapes import campaign_title, due_shape, people_of, state_tone, told_by, when_words
from web.words import plural, said
from workflows import whom
from workflows.elements import Duty

campaigns = Blueprint("campaigns", __name__)

TABS = ("overview", "duties", "ledgers", "indicators", "rules", "people")
_MISSING_SHOWN = 30
# An actor with more units than this is shown folded.
_FOLDED = 10


@page(campaigns, "/campaigns", "campaigns.html", may="work.see")
def index(work: Work) -> dict[str, Any]:
    """Show the tenant's campaigns."""
    state = "closed" if request.args.get("state") == "closed" else "active"
    shown = []
    for campaign in running_campaigns.listed(work):
        if (campaign.state == "running") != (state == "active"):
            continue
        live = tongue.running(work, campaign.id)
        now = now_titles(work, live.package, live.phases)
        totals = progress.totals(work, live)
        shown.append(
            {
                **head_shape(work, live), "phase": "、".join(now), "counts": sum_shape(live, totals.values()),
                "status": "active" if campaign.state == "running" else "closed",
            }
        )  # fmt: skip
    return {"state": state, "campaigns": shown, "lists": bool(dossiers.lists(work))}


@page(campaigns, "/campaigns/<uuid:campaign_id>", "campaign.html", may="work.see")
def show(work: Work, campaign_id: UUID) -> dict[str, Any]:
    """Show a campaign: where it stands, who is missing, its duties, ledgers, indicators, rules and people."""
    live = tongue.running(work, campaign_id)
    tab = request.args.get("tab", "overview")
    tab = tab if tab in TABS else "overview"
    totals = progress.totals(work, live) if tab in ("overview", "duties") else {}
    missing, count = progress.missing(work, live, _MISSING_SHOWN) if tab == "overview" else ([], 0)
    numbers = indicators_shape(work, live) if tab == "indicators" else []
    contacts = people_of(work, [row.unit_id for row in missing if row.unit_id])
    return {
        "tab": tab,
        "campaign": head_shape(work, live) | {
            "notice_url": beside_campaign(work, live.campaign), "may_amend": _may_amend(work, live.campaign),
            "amending": _amending(work, live.campaign),
        },
        "close_key": uuid4().hex,
        "period": {"start": live.campaign.start, "end": live.campaign.end},
        "phases": phases_shape(work, live.package, live.phases),
        "counts": sum_shape(live, totals.values()),
        "missing": [
            {
                "unit": row.unit, "unit_id": row.unit_id, "duty": duty_title(live, row.duty), "duty_key": row.duty,
                "period": row.period, "due": due_shape(work, row.due, row.words),
                "own": row.own, "contact": contacts.get(row.unit_id, "") if row.unit_id else "",
            }
            for row in missing
        ],
        "missing_total": count,
        "groups": groups_shape(work, live, totals) if tab == "duties" else [],
        "ledgers": _ledgers(work, live) if tab == "ledgers" else [],
        "tables": _tables(live) if tab == "ledgers" else [],
        "indicators": numbers, "looked_through": looked_through(numbers),
        "rules": rules_shape(live) if tab == "rules" else [],
        "people": people_shape(work, live) if tab == "people" else [],
    }  # fmt: skip


@command(campaigns, "/campaigns/<uuid:campaign_id>/close", may="campaign.steer")
def close(work: Work, campaign_id: UUID) -> Response:
    """End a campaign."""
    released = running_campaigns.close(work, campaign_id)
    return done(
        plural("行动已结束，撤销了%(n)s项未办任务。", released), "campaigns.show", campaign_id=campaign_id
    )


def _may_amend(work: Work, campaign: Campaign) -> bool:
    """Tell whether there is a version by which the plan may be replaced, for those who may do so."""
    return (
        campaign.state == "running"
        and access.may(work.viewer, "campaign.steer")
        and bool(amend.candidates(work, campaign))
    )


def _amending(work: Work, campaign: Campaign) -> dict[str, Any] | None:
    """Return how far the run is in which open matters go over to another version, for those who steer it; None when none is."""
    found = amend_listing.at_work(work, campaign.id) if access.may(work.viewer, "campaign.steer") else None
    if found is None:
        return None
    how = amend_listing.progress(work, found)
    return {
        "id": found.id,
        "version": found.version,
        "paused": found.state == "paused",
        "done": how.done,
        "total": how.total,
    }


def duty_title(live: Running, key: str) -> str:
    """Return a duty's title."""
    if key in live.duties:
        return live.duties[key].title
    former = (tongue.package_words(under(live, one).package) for one in reversed(live.campaign.former or []))
    return next((package.duties[key].title for package in former if key in package.duties), key)


def duty_shape(work: Work, live: Running, duty: Duty, own: Unit | None) -> dict[str, Any]:
    """Return what every page says of a duty."""
    about = duty.on.about if duty.on else ""
    return {
        "key": duty.id, "title": duty.title, "who": who(live.package, duty.by), "recipient": who(live.package, duty.to),
        "words": when_words(live.setting, duty), "clause": "、".join(duty.clauses), "added": duty.added, "reason": duty.reason,
        "disputed": bool(duty.disputed), "hidden": bool(duty.hidden), "about_words": who(live.package, (about,)) if about else "",
        "report": duty.is_report, "may_start": live.campaign.state == "running" and demanded.may_demand(work, live, duty, own),
    }  # fmt: skip


def own_unit(work: Work) -> Unit | None:
    """Return the unit of the acting post."""
    return work.session.get(Unit, (work.tenant.id, work.actor.unit_id)) if work.actor.unit_id else None


_COUNTS = ("expected", "filed", "returned", "accepted", "missing", "overdue", "tasks", "done")


def counts_shape(duty: Duty | None, counted: Mapping[str, int]) -> dict[str, int]:
    """Return counts as pages show them. Reports are expected, filed, accepted or missing; tasks are done or overdue.

    expected, filed, accepted: of this duty, whichever it is. tasks, done: how many of them are plain tasks.
    """
    late, owed, done = (counted.get(key, 0) for key in ("missing", "owed", "accepted"))
    report = duty is not None and duty.is_report
    return {
        "expected": owed, "filed": counted.get("filed", 0), "returned": counted.get("returned", 0), "accepted": done,
        "missing": late if report else 0, "overdue": 0 if report else late,
        "tasks": 0 if report else owed, "done": 0 if report else done,
    }  # fmt: skip


def head_shape(work: Work, live: Running) -> dict[str, Any]:
    campaign: Campaign = live.campaign
    notice = live.package.notice
    open_ = campaign.state == "running"
    return {
        "id": campaign.id, "title": campaign_title(live), "notice": f"{notice.issuer} {notice.number}".strip(),
        "start": campaign.start, "end": campaign.end, "status": "active" if open_ else "closed",
        "package_hash": campaign.package_hash, "package": f"{live.package.id} {campaign.version}",
        "may_add": open_ and access.may(work.viewer, "campaign.steer"),
        "may_settle": open_ and access.may(work.viewer, "campaign.steer") and live.package.leaves_open,
        "may_close": open_ and access.may(work.viewer, "campaign.steer"),
    }  # fmt: skip


def sum_shape(live: Running, totals: Any) -> dict[str, int]:
    """Return the counts of a whole campaign: what was expected, filed and accepted are reports only."""
    result = dict.fromkeys(_COUNTS, 0)
    for total in totals:
        counts = counts_shape(live.duties.get(total.duty), total.counts)
        if counts["tasks"]:
            counts |= dict.fromkeys(("expected", "filed", "returned", "accepted"), 0)
        for key, value in counts.items():
            result[key] += value
    return result


def groups_shape(work: Work, live: Running, totals: Mapping[str, progress.Total]) -> list[dict[str, Any]]:
    coming = progress.coming(work, live)
    own = own_unit(work)
    groups: dict[str, list[dict[str, Any]]] = {}
    for duty in live.duties.values():
        current = coming.get(duty.id)
        total = totals.get(duty.id)
        shape = duty_shape(work, live, duty, own)
        shape |= {
            "occurrence": current.period if current else "",
            "next_due": due_shape(work, current.due, current.words, estimated=current.estimated)
            if current and (current.estimated or not told_by(shape["words"], current.due))
            else None,
            "past": current is not None and current.state == "past",
            "counts": counts_shape(duty, total.counts if total else {}),
        }
        groups.setdefault(_group_of(live, duty), []).append(shape)
    order = [*(phase.title for phase in live.package.phases.values()), _("全程"), _("随时发起")]
    return [{"title": title, "duties": groups[title]} for title in order if title in groups]


def _group_of(live: Running, duty: Duty) -> str:
    if duty.on is not None and duty.on.kind == "collected":
        return _("全程")
    if duty.on is not None and duty.on.kind != "phase":
        return _("随时发起")
    if duty.every is None:
        for when in (duty.due, duty.start):
            for key, phase in live.package.phases.items():
                if when and (
                    f"phases.{key}." in when.text
                    or (when.day and phase.start and live.phases[key].covers(when.day))
                ):
                    return phase.title
    return _("全程")


def _ledgers(work: Work, live: Running) -> list[dict[str, Any]]:
    shown = []
    for ledger in live.package.ledgers.values():
        counted = ledgers.statuses(work, live, ledger.id)
        shown.append(
            {
                "key": ledger.id, "title": ledger.title, "total": sum(counted.values()),
                "counts": [
                    (tongue.term(live.package, state), n, state_tone(ledger, state)) for state, n in counted.items()
                ],
                "clause": "、".join(ledger.clauses),
            }
        )  # fmt: skip
    return shown


def _tables(live: Running) -> list[dict[str, Any]]:
    return [
        {"key": table.id, "title": table.title, "version": table.version, "clause": "、".join(table.clauses)}
        for table in live.package.tables.values()
    ]


def rules_shape(live: Running) -> list[dict[str, Any]]:
    return [
        {
            "title": rule.title, "when": rule.condition, "then": _("；").join(rule.then), "clause": "、".join(rule.clauses),
        }
        for rule in (*live.package.rules.values(), *live.package.sanctions.values())
    ]  # fmt: skip


def people_shape(work: Work, live: Running) -> list[dict[str, Any]]:
    units = actors.all_units(work)
    seen = work.viewer.units
    shown = []
    for actor in live.package.actors.values():
        doubts: list[Doubt[AnyUnit]] = []
        picks = [p.unit for p in actors.picked(work, live.package, [actor.id], units, doubts) if p.unit]
        mine = [unit for unit in picks if seen is None or unit.id in seen]
        names = people_of(work, [unit.id for unit in mine], post=actor.post)
        shown.append(
            {
                "actor": actor.id, "title": actor.title,
                "folded": len(mine) > _FOLDED,
                "relative": whom.is_relative(live.package.actors, actor.id), "along": elsewhere(actors.Units(work), actor),
                "left_out": [
                    {"unit": one.unit.name, "why": said(one.why.what)} for one in doubts
                    if seen is None or one.unit.id in seen
                ],
                "picked": [
                    {"unit": u.name, "unit_id": u.id, "members": names.get(u.id, "")} for u in mine
                ],
            }
        )  # fmt: skip
    return shown
