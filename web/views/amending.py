"""A new version of the notice for a running campaign: which, what becomes of each open matter and why, and then carried out."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import g, request, url_for
from flask_babel import gettext as _

from engine import amend, amend_listing
from engine.amend import Effects
from engine.recalendar_plan import Line
from tenants.db import Work
from web.entry import done, form_page
from web.views import tongue
from web.views.amend_shapes import FATES, group_shape, progress_shape, run_shape, spoken
from web.views.campaigns import campaigns
from web.views.shapes import campaign_title, page_number, page_shape
from workflows.publish import versions


@form_page(campaigns, "/campaigns/<uuid:campaign_id>/amend", "amend.html", may="campaign.steer")
def amendment(work: Work, campaign_id: UUID) -> Any:
    """Choose the version that replaces the plan, look at what it does, and confirm."""
    live = tongue.running(work, campaign_id)
    chosen = request.values.get("to", "")
    if request.method == "POST" and g.get("refusal") is None:
        effects = amend.apply(work, campaign_id, chosen, request.form.get("seal", ""))
        words = _(
            "已改按 %(version)s 版：%(moved)s项改按新方案，%(left)s项按原方案办完。", version=effects.package.version,
            moved=effects.count("moves"), left=effects.count("stays") + effects.count("blocked"),
        )  # fmt: skip
        newest = next(one for one in amend_listing.runs(work, campaign_id) if one.whole)
        return done(words, "campaigns.run", amendment_id=newest.id)
    rows = amend.candidates(work, live.campaign)
    known = {row.hash for row in rows}
    found = amend.preview(work, campaign_id, chosen) if chosen in known else None
    former = {row.hash: row.version for row in versions(work)}
    return {
        "subject": campaign_title(live), "up": url_for("campaigns.show", campaign_id=campaign_id),
        "here": url_for("campaigns.amendment", campaign_id=campaign_id),
        "now": f"{live.package.id} {live.campaign.version}",
        "versions": [
            {
                "hash": row.hash, "name": f"{row.package} {row.version}", "title": tongue.load(work, row.hash).title,
                "at": row.published_at, "chosen": row.hash == chosen,
                "url": f"{url_for('campaigns.amendment', campaign_id=campaign_id)}?to={row.hash}",
            }
            for row in rows
        ],
        "chosen": chosen, "preview": _preview(found) if found else None, "runs": _runs(work, campaign_id),
        "former": [former.get(key, key[:12]) for key in live.campaign.former or []],
        "left": amend.left_behind(work, live.campaign), "key": uuid4().hex,
    }  # fmt: skip


def _runs(work: Work, campaign_id: UUID) -> list[dict[str, Any]]:
    """Return the last runs: whole ones with how far they are, single ones with whose they are."""
    found = amend_listing.runs(work, campaign_id)
    single = amend_listing.singles(work, [one.id for one in found if not one.whole])
    return [
        {
            **run_shape(one), "progress": progress_shape(amend_listing.progress(work, one)) if one.whole else None,
            "single": single.get(one.id),
        }
        for one in found
    ]  # fmt: skip


def _preview(effects: Effects) -> dict[str, Any]:
    titles = {**effects.former.duties, **effects.package.duties}
    packages = (effects.former, effects.package)
    names = spoken(*packages)
    chosen = next((one for one in effects.groups if one.key == request.args.get("kin", "")), None)
    number = page_number()
    first = (number - 1) * amend_listing.SIZE
    known = [pair for pair in zip(chosen.ids, chosen.units, strict=True) if pair[1]] if chosen else []
    lines = [line for line in effects.lines if line.what != "open"]
    return {
        "seal": effects.seal, "counts": {what: effects.count(what) for what in FATES},
        "groups": [group_shape(one, names, *packages) for one in effects.groups],
        "chosen": group_shape(chosen, names, *packages) if chosen else None,
        "members": [{"id": key, "unit": unit} for key, unit in known[first : first + amend_listing.SIZE]],
        "pages": page_shape(number, len(known), amend_listing.SIZE),
        "dropped": [names.get(one, one) for one in effects.dropped], "added": [names.get(one, one) for one in effects.added],
        "wider": [(names.get(title, title), n) for title, n in effects.wider],
        "period": effects.period if effects.period[0] != effects.period[1] else None,
        "lines": [_line(line, names.get(titles[line.duty].title, line.duty)) for line in lines if line.duty in titles],
    }  # fmt: skip


def _line(line: Line, title: str) -> dict[str, Any]:
    return {"what": line.what, "title": title, "period": line.period, "old": line.old, "new": line.new}
