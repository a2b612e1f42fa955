"""What the notice says in a clause, beside the duty that comes from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import url_for

from engine import notices as kept
from engine.models import Campaign
from engine.notices import Reading
from engine.running import Running
from tenants.db import Work
from workflows.notice_text import words

# Of a clause shown beside a duty, so many characters; the whole stands on the notice's own page.
_SHOWN = 1_200


def beside_campaign(work: Work, campaign: Campaign) -> str:
    """Return the address of a campaign's notice; empty when there is none."""
    found = kept.of_campaign(work, campaign)
    return url_for("campaigns.campaign_notice", campaign_id=campaign.id) if found else ""


def clause_words(work: Work, live: Running, clauses: Sequence[str]) -> list[dict[str, Any]]:
    """Return what the notice says in clauses, to be opened beside a duty; empty when no notice stands beside the campaign."""
    version = kept.of_campaign(work, live.campaign) if clauses else None
    if version is None or version.document.trouble:
        return []
    reading = kept.read(work, version)
    here = url_for("campaigns.campaign_notice", campaign_id=live.campaign.id)
    return [_clause(reading, path, here) for path in clauses]


def _clause(reading: Reading, path: str, here: str) -> dict[str, Any]:
    places = reading.places(path)
    shown: list[str] = []
    cut = False
    for one in words(reading.paragraphs, places[0]) if len(places) == 1 else []:
        if shown and sum(map(len, shown)) + len(one.text) > _SHOWN:
            cut = True
            break
        shown.append(one.text)
    return {
        "path": path,
        "paragraphs": shown,
        "cut": cut,
        "places": len(places),
        "href": clause_link(here, path),
    }


def clause_link(here: str, path: str) -> str:
    """Return the address of a clause in a notice; here: the address of the notice."""
    return f"{here}?{urlencode({'clause': path})}"
