"""An amended notice for a running campaign, by a program: what becomes of each open matter, and carrying it out."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from engine import amend
from engine.amend import Effects
from tenants.db import Work
from tenants.text import say
from web.api.campaigns import campaigns
from web.api.fields import Answer, Asks, Body, Many, Part, Said, Text
from web.api.operation import operation
from web.views import tongue
from web.words import said

_AMENDMENT = "/campaigns/<uuid:campaign_id>/amendment"


class AmendmentAsks(Asks):
    """By which published version."""

    package = Text(64, required=True, metadata={"description": str(say("方案版本的指纹"))})


class AmendmentBody(Body):
    """By which published version; seal: of the preview that was looked at."""

    package = Text(64, required=True)
    seal = Text(64, required=True)


class FateShape(Answer):
    """Open matters of one kind that share a fate, and why. number: of all; units: names of those that the post may see."""

    what = Said(metadata={"enum": ["moves", "stays", "blocked"]})
    title = Said()
    units = fields.List(Said())
    number = fields.Integer()
    why = fields.List(Said())
    notes = fields.List(Said())


class AmendmentShape(Answer):
    """What an amendment does, or has done. dropped, added: titles of duties."""

    seal = Said()
    moves = fields.Integer()
    stays = fields.Integer()
    blocked = fields.Integer()
    groups = Many(Part(FateShape))
    dropped = fields.List(Said())
    added = fields.List(Said())


@operation(
    campaigns, "GET", _AMENDMENT, may="campaign.steer", summary=say("看改按新方案会怎样"), answer=AmendmentShape,
    asks=AmendmentAsks, note=say("什么都不记录。"),
)  # fmt: skip
def look_at_amendment(work: Work, asked: dict[str, Any], campaign_id: UUID) -> Any:
    """Say what would become of each open matter under another version."""
    tongue.load(work, asked["package"])
    return _shape(amend.preview(work, campaign_id, asked["package"]))


@operation(
    campaigns, "POST", _AMENDMENT, may="campaign.steer", summary=say("改按新方案"), answer=AmendmentShape,
    body=AmendmentBody, does=("campaigns.amendment",), note=say("指纹与预览时不同，就不执行，请重新预览。"),
)  # fmt: skip
def amend_campaign(work: Work, sent: dict[str, Any], campaign_id: UUID) -> Any:
    """Let a running campaign go on under another version."""
    tongue.load(work, sent["package"])
    return _shape(amend.apply(work, campaign_id, sent["package"], sent["seal"]))


def _shape(found: Effects) -> dict[str, Any]:
    return {
        "seal": found.seal, "moves": found.count("moves"), "stays": found.count("stays"), "blocked": found.count("blocked"),
        "groups": [
            {
                "what": one.what, "title": one.title, "units": [unit for unit in one.units if unit],
                "number": len(one.units), "why": [said(why) for why in one.why],
                "notes": [said(note) for note in one.notes],
            }
            for one in found.groups
        ],
        "dropped": list(found.dropped), "added": list(found.added),
    }  # fmt: skip
