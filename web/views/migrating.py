"""Instances go over to another version: how far a run is and what hinders it; one instance by itself; and back again."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import Response, request, url_for
from flask_babel import gettext as _

from engine import amend, amend_fleet, amend_listing, amend_one
from engine import running as engine_running
from engine.amend_listing import WHICH
from engine.amend_models import Amendment
from engine.amend_one import Outlook
from engine.models import Instance
from tenants import access
from tenants.db import Work
from web.entry import command, done, form_page, page, wants_posted
from web.views import tongue
from web.views.amend_shapes import (
    FATES,
    STATES,
    kin_shape,
    line_shape,
    progress_shape,
    run_shape,
    spoken,
    task_change_shape,
)
from web.views.campaigns import campaigns
from web.views.shapes import campaign_title, page_number, page_shape, title_parts, unit_name
from web.words import plural, said
from workflows.publish import load


@page(campaigns, "/amendments/<uuid:amendment_id>", "amendment.html", may="campaign.steer")
def run(work: Work, amendment_id: UUID) -> dict[str, Any]:
    """Show how far a run is, who stands where and why."""
    row = amend_listing.run_of(work, amendment_id)
    live = tongue.running(work, row.campaign_id)
    former, package = load(work, row.former_hash), load(work, row.package_hash)
    found, names = amend_listing.progress(work, row), spoken(former, package)
    which = request.args.get("which", "")
    which, kin = which if which in WHICH else "", request.args.get("kin", "")
    number = page_number()
    lines, seen, hidden = (
        amend_listing.lines(work, row, which, kin, page=number) if which or kin else ([], 0, 0)
    )
    why_not = amend.no_return(row, live.campaign)
    free, touched = amend_listing.returnable(work, row) if why_not is None else (0, 0)
    return {
        "campaign": {"id": live.campaign.id, "title": campaign_title(live)}, "run": run_shape(row),
        "progress": progress_shape(found), "kins": [kin_shape(one, names, former, package) for one in found.kins],
        "tallies": [
            (key, said(words), found.counts[key], tone) for key, (words, tone) in STATES.items() if found.counts.get(key)
        ],
        "which": which, "kin": kin, "asked": _asked(which, kin, names, row),
        "lines": [line_shape(one, former, package) for one in lines], "hidden": hidden,
        "pages": page_shape(number, seen, amend_listing.SIZE),
        "back": {
            "may": why_not is None, "why": said(why_not) if why_not is not None else "", "free": free, "touched": touched,
            "waiting": found.counts.get("waiting", 0), "born": amend_listing.born_since(work, row) if why_not is None else 0,
        },
        "key": uuid4().hex,
    }  # fmt: skip


@command(campaigns, "/amendments/<uuid:amendment_id>/pause", may="campaign.steer")
def pause(work: Work, amendment_id: UUID) -> Response:
    """Let a run wait."""
    amend_fleet.pause(work, amendment_id)
    return done(_("已暂停，正在办的一批办完就停。"), "campaigns.run", amendment_id=amendment_id)


@command(campaigns, "/amendments/<uuid:amendment_id>/resume", may="campaign.steer")
def resume(work: Work, amendment_id: UUID) -> Response:
    """Let a paused run go on."""
    amend_fleet.resume(work, amendment_id)
    return done(_("已继续。"), "campaigns.run", amendment_id=amendment_id)


@command(campaigns, "/amendments/<uuid:amendment_id>/again", may="campaign.steer")
def again(work: Work, amendment_id: UUID) -> Response:
    """Try once more what failed."""
    number = amend_fleet.again(work, amendment_id)
    return done(plural("正在重试%(n)s项。", number), "campaigns.run", amendment_id=amendment_id)


@command(campaigns, "/amendments/<uuid:amendment_id>/take-back", may="campaign.steer")
def take_back(work: Work, amendment_id: UUID) -> Response:
    """Let a campaign and all that nobody has gone on with go back to the plan before."""
    row = amend.take_back(work, amendment_id)
    words = _("行动又按 %(version)s 版进行，没有接着办的各项正在退回。", version=row.former_version)
    return done(words, "campaigns.run", amendment_id=amendment_id)


@form_page(campaigns, "/instances/<uuid:instance_id>/version", "instance_version.html", may="campaign.steer")
def version(work: Work, instance_id: UUID) -> Any:
    """Choose the version by which one instance is to go on, look at what that does, and confirm."""
    chosen = request.values.get("to", "")
    if wants_posted():
        moved = amend_one.apply(work, instance_id, chosen, request.form.get("seal", ""))
        words = _("已迁移到 %(version)s 版；下一步办理之前可以退回。", version=moved.after.version)
        return done(words, "campaigns.instance", instance_id=instance_id)
    one = amend_one.seen(work, instance_id)
    live = engine_running.running_of(work, one)
    rows = amend_one.targets(work, one)
    known = {row.hash for row in rows}
    found = amend_one.preview(work, instance_id, chosen, tongue.package_words) if chosen in known else None
    here = url_for("campaigns.version", instance_id=instance_id)
    return {
        "instance": instance_head(work, one), "here": here, "now": f"{live.package.id} {live.package.version}",
        "versions": [
            {
                "hash": row.hash, "name": f"{row.package} {row.version}", "title": tongue.load(work, row.hash).title,
                "at": row.published_at, "chosen": row.hash == chosen, "url": f"{here}?to={row.hash}",
                "in_force": row.hash == live.campaign.package_hash,
            }
            for row in rows
        ],
        "chosen": chosen, "preview": _outlook(found) if found is not None else None, "last": last_shape(work, one),
        "is_open": one.state in ("running", "stuck"), "key": uuid4().hex,
    }  # fmt: skip


@command(campaigns, "/instances/<uuid:instance_id>/version/take-back", may="campaign.steer")
def version_back(work: Work, instance_id: UUID) -> Response:
    """Let one instance go back to what it was before it went over."""
    amend_one.take_back(work, instance_id)
    return done(_("已退回原方案，恢复迁移前的样子。"), "campaigns.instance", instance_id=instance_id)


def instance_head(work: Work, one: Instance) -> dict[str, Any]:
    """Return what the head of a page says of an instance."""
    live = tongue.running_of(work, one)
    title, period = title_parts(live, one.title)
    return {
        "id": one.id, "title": title, "period": period, "campaign": campaign_title(live), "campaign_id": one.campaign_id,
        "unit": unit_name(work, one.about_id or one.unit_id) or work.tenant.name,
    }  # fmt: skip


def migration_shape(work: Work, one: Instance) -> dict[str, Any] | None:
    """Return what the page of an instance offers to who steers its campaign; None for others, or when there is nothing."""
    if not access.may(work.viewer, "campaign.steer"):
        return None
    offered = bool(amend_one.targets(work, one))
    last = last_shape(work, one)
    return {"may": offered, "last": last} if offered or last else None


def last_shape(work: Work, one: Instance) -> dict[str, Any] | None:
    """Return the last time that an instance went over and has not gone back, and why it may not."""
    found = amend_one.last(work, one)
    if found is None:
        return None
    packages = (load(work, found.run.former_hash), load(work, found.run.package_hash))
    return {
        **run_shape(found.run), "moved_at": found.row.moved_at, "may": found.why_not is None,
        "former": load(work, found.row.former_hash).version,
        "why": said(tongue.message(found.why_not, *packages)) if found.why_not is not None else "",
    }  # fmt: skip


def _outlook(found: Outlook) -> dict[str, Any]:
    words, tone = FATES[found.verdict.what]
    packages = (found.before, found.after)
    return {
        "what": found.verdict.what, "words": said(words), "tone": tone, "version": found.after.version, "seal": found.seal,
        "why": [said(tongue.message(one, *packages)) for one in found.verdict.why], "nothing": found.nothing_changes,
        "due": (found.instance.due, found.verdict.due), "tasks": [task_change_shape(one) for one in found.tasks],
        "beside": [said(tongue.message(one, *packages)) for one in found.verdict.beside],
    }  # fmt: skip


def _asked(which: str, kin: str, names: dict[str, str], row: Amendment) -> str:
    """Return what the list below shows, in words."""
    extra = {"free": _("可以退回"), "touched": _("之后又办过，不能退回")}
    words = extra.get(which) or (said(STATES[which][0]) if which in STATES else _("全部"))
    title = str(row.groups.get(kin, {}).get("title", ""))
    return f"{names.get(title, title)} · {words}" if title else words
