"""A new version of the notice for a running campaign: which, what becomes of each open matter and why, and then carried out."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import g, request, url_for
from flask_babel import gettext as _

from engine import amend
from engine.amend import Effects
from engine.amend_plan import Group
from engine.recalendar_plan import Line
from tenants.db import Work
from tenants.text import Message, say
from web.entry import done, form_page
from web.views import tongue
from web.views.campaigns import campaigns
from web.views.shapes import campaign_title
from web.words import said
from workflows.publish import versions

_FATES: dict[str, tuple[Message, str]] = {
    "blocked": (say("接不上，按原方案办完"), "bad"), "stays": (say("按原方案办完"), "warn"), "moves": (say("改按新方案"), "ok"),
}  # fmt: skip
# So many names of units are shown at once; the rest are folded.
_SHOWN = 8


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
        return done(words, "campaigns.show", campaign_id=campaign_id)
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
        "chosen": chosen, "preview": _preview(found) if found else None,
        "former": [former.get(key, key[:12]) for key in live.campaign.former or []],
        "left": amend.left_behind(work, live.campaign), "key": uuid4().hex,
    }  # fmt: skip


def _preview(effects: Effects) -> dict[str, Any]:
    titles = {**effects.former.duties, **effects.package.duties}
    names = _spoken(effects)
    lines = [line for line in effects.lines if line.what != "open"]
    return {
        "seal": effects.seal, "counts": {what: effects.count(what) for what in _FATES},
        "groups": [_group(one, names) for one in effects.groups],
        "dropped": [names.get(one, one) for one in effects.dropped], "added": [names.get(one, one) for one in effects.added],
        "wider": [(names.get(title, title), n) for title, n in effects.wider],
        "period": effects.period if effects.period[0] != effects.period[1] else None,
        "lines": [_line(line, names.get(titles[line.duty].title, line.duty)) for line in lines if line.duty in titles],
    }  # fmt: skip


def _spoken(effects: Effects) -> dict[str, str]:
    """Return what duties and ledgers are called in the reader's language, by their titles."""
    found: dict[str, str] = {}
    for package in (effects.former, effects.package):
        spoken = tongue.package_words(package)
        for own, theirs in ((package.duties, spoken.duties), (package.ledgers, spoken.ledgers)):
            found |= {element.title: theirs[key].title for key, element in own.items()}
    return found


def _group(one: Group, names: dict[str, str]) -> dict[str, Any]:
    words, tone = _FATES[one.what]
    units = list(one.units)
    return {
        "what": one.what, "words": said(words), "tone": tone, "title": names.get(one.title, one.title), "n": len(one.units),
        "why": [said(why) for why in one.why], "notes": [said(note) for note in one.notes],
        "names": units[:_SHOWN], "more": units[_SHOWN:],
    }  # fmt: skip


def _line(line: Line, title: str) -> dict[str, Any]:
    return {"what": line.what, "title": title, "period": line.period, "old": line.old, "new": line.new}
