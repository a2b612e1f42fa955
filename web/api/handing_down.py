"""Packages handed down to those below, by a program."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from engine.cascade import down, overview
from tenants.db import Work
from tenants.text import say
from web.api.fields import Answer, Body, Id, Instant, Many, Part, Said, Text
from web.api.operation import operation
from web.api.packages import packages
from web.views.packages import published


class HandedShape(Answer):
    """Where a package stands at an authority below. state: sent, arrived, taken, declined, launched."""

    id = Id()
    name = Said(attribute="other_name")
    version = Said()
    state = Said()
    note = Said()
    reason = Said()
    sent_at = Instant()
    arrived_at = Instant(allow_none=True)
    answered_at = Instant(allow_none=True)
    launched_at = Instant(allow_none=True)
    urged = fields.Integer()


class HandedListShape(Answer):
    """All to whom any version of the package was handed down."""

    handed = Many(Part(HandedShape))


class HandDownBody(Body):
    """To which authorities below."""

    to = Many(Id(), required=True)
    note = Text(down.MAX_NOTE, load_default="")


@operation(
    packages, "GET", "/packages/<package_hash>/handed", may="campaign.launch", summary=say("方案下达给了谁，各办到哪一步"),
    answer=HandedListShape,
)  # fmt: skip
def handed(work: Work, package_hash: str) -> Any:
    """Tell where those below stand with a package."""
    package, _row = published(work, package_hash)
    return {"handed": overview.standing(work, package.id)}


@operation(
    packages, "POST", "/packages/<package_hash>/handed", may="campaign.launch", summary=say("把方案下达给下级"),
    answer=HandedListShape, body=HandDownBody, status=201, does=("packages.hand_down",),
    note=say("已有这个版本的不再下达；答复里只有这次新下达的。"),
)  # fmt: skip
def hand_down(work: Work, sent: dict[str, Any], package_hash: str) -> Any:
    """Hand a package down."""
    return {"handed": down.hand_down(work, package_hash, sent["to"], sent["note"])}


@operation(
    packages, "POST", "/handed/<uuid:handed_id>/urge", may="campaign.launch", summary=say("催办已下达的方案"),
    answer=HandedShape, does=("packages.urge",), note=say("半天之内只能催一次。"),
)  # fmt: skip
def urge(work: Work, handed_id: UUID) -> Any:
    """Ask after a package that was handed down."""
    return down.urge(work, handed_id)
