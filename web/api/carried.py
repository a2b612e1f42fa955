"""Items of ledgers of authorities below, which are kept up to date here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from engine import carried_listing
from tenants.db import Work
from tenants.errors import NotFound
from tenants.text import say
from web.api.fields import Answer, Anything, Asked, Asks, Choice, Id, Instant, Many, Part, Said, Text
from web.api.instances import ledger_noun
from web.api.operation import operation
from web.views import tongue
from web.views.carried import item_shape


class CarriedShape(Answer):
    """An item. of: the authority that tells of it; chosen: it stands on the list still."""

    id = Id()
    number = fields.Integer()
    title = Said()
    of = Said()
    unit = Said()
    state = Said()
    closed = fields.Boolean()
    chosen = fields.Boolean()
    data = Anything()
    born_at = Instant(attribute="born")
    changed_at = Instant(attribute="changed")


class CarriedListShape(Answer):
    """A page of them."""

    items = Many(Part(CarriedShape))
    total = fields.Integer()


class CarriedAsks(Asks):
    """Which of them. all: also those that do not meet the condition any more."""

    q = Text(100, load_default="")
    state = Text(64, load_default="")
    of = Text(64, load_default="")
    all = Choice("", "1", load_default="")
    page = Asked(load_default=1, metadata={"default": 1})


@operation(
    ledger_noun, "GET", "/campaigns/<uuid:campaign_id>/ledgers/<ledger>/carried", may="work.see",
    summary=say("下级机关随时报来的条目（挂牌督办）"), answer=CarriedListShape, asks=CarriedAsks,
)  # fmt: skip
def carried(work: Work, asked: dict[str, Any], campaign_id: UUID, ledger: str) -> Any:
    """List the items that authorities below keep this one up to date about."""
    live = tongue.running(work, campaign_id)
    if ledger not in live.package.ledgers:
        raise NotFound(say("没有找到这本台账。"))
    query = carried_listing.Query(asked["q"], asked["state"], asked["of"], not asked["all"], asked["page"])
    items, total = carried_listing.items(work, live, ledger, query)
    return {"items": [item_shape(live, one) for one in items], "total": total}
