"""What crossed the border to another authority, by a program."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from engine.deliveries import forwarding, listing, turning
from engine.deliveries.models import Delivery
from tenants.db import Work
from tenants.text import say
from web.api.fields import Answer, Body, Choice, Flag, Id, Instant, Many, Part, Said, Text
from web.api.operation import Noun, operation
from web.api.shapes import Paged, PagesShape, pages

deliveries = Noun("deliveries", say("送达"))
_DELIVERY = "/deliveries/<uuid:delivery_id>"


class HopShape(Answer):
    """One hop of the way. state: sealed, arrived, forwarded, returned, answered, withdrawn; until: since when it is that."""

    of = Said(attribute="of_name")
    to = Said(attribute="to_name")
    at = Said()
    by = Said()
    note = Said()
    state = Said()
    until = Said(allow_none=True)


class DeliveryShape(Answer):
    """A sealed copy. side: out = sent from here, in = has arrived. other: at the other end of this hop. hash: SHA-256."""

    id = Id()
    side = Said()
    other = Said(attribute="other_name")
    title = Said()
    state = Said()
    hash = Said(attribute="content_hash")
    sent_at = Instant()
    arrived_at = Instant(allow_none=True)
    answered_at = Instant(allow_none=True)
    answered_by = Said(attribute="answered_name", allow_none=True)
    instance_id = Id()
    task_id = Id(allow_none=True)
    hops = Many(Part(HopShape))


class DeliveriesShape(Answer):
    """One page of them, newest first."""

    deliveries = Many(Part(DeliveryShape))
    pages = Part(PagesShape)


class RecipientShape(Answer):
    """An authority to which it may go."""

    id = Id()
    name = Said()


class WholeShape(DeliveryShape):
    """One delivery with what its copy says, and what one may do with it."""

    sender = Said()
    campaign = Said()
    step = Said()
    form_version = Said()
    papers = fields.Integer()
    files = Many(Said())
    may_return = Flag()
    may_turn = Flag()
    onward = Many(Part(RecipientShape))
    elsewhere = Many(Part(RecipientShape))


class DeliveryAsks(Paged):
    """Which deliveries."""

    side = Choice("in", "out", load_default="in")
    state = Choice(*listing.STATES, load_default="")


class ForwardBody(Body):
    """To whom, and why."""

    to = Id(required=True)
    note = Text(forwarding.MAX_NOTE, load_default="")


class ReturnBody(Body):
    """Why it is given back."""

    reason = Text(forwarding.MAX_NOTE, required=True)


class TakeBackBody(Body):
    """Why it is taken back."""

    reason = Text(forwarding.MAX_NOTE, load_default="")


class ResendBody(TakeBackBody):
    """To whom instead."""

    to = Id(required=True)


@operation(
    deliveries, "GET", "/deliveries", may="work.see", summary=say("送往外单位和外单位送来的材料，新的在前"),
    answer=DeliveriesShape, asks=DeliveryAsks,
)  # fmt: skip
def listed(work: Work, asked: dict[str, Any]) -> Any:
    """List what has arrived, or what was sent."""
    rows, total = listing.page(work, asked["side"], asked["state"], asked["page"])
    return {"deliveries": rows, "pages": pages(asked["page"], total, listing.PAGE)}


@operation(
    deliveries, "GET", _DELIVERY, may="work.see", summary=say("一次送达和它经过的各站"), answer=WholeShape
)
def read(work: Work, delivery_id: UUID) -> Any:
    """Show one delivery."""
    row = listing.one(work, delivery_id)
    copy, may = listing.sealed(row), listing.choices(work, row)
    return {
        **_shape(row), "sender": copy["from"]["name"], "campaign": copy["campaign"], "step": copy["step"]["name"],
        "form_version": copy["package"]["version"], "papers": len(copy["papers"]),
        "files": [one["name"] for one in copy["files"]], "may_return": may.may_give_back, "may_turn": may.may_turn,
        "onward": may.onward, "elsewhere": may.elsewhere,
    }  # fmt: skip


@operation(
    deliveries, "POST", f"{_DELIVERY}/forward", may="task.work", summary=say("转送另一单位"), answer=DeliveryShape,
    body=ForwardBody, status=201, does=("deliveries.forward",),
    note=say("原样送往报送线另一端的单位，答复按原路返回；已经过的单位不能再送。答复的是新的一站。"),
)  # fmt: skip
def forward(work: Work, sent: dict[str, Any], delivery_id: UUID) -> Any:
    """Send what lies here on."""
    return forwarding.forward(work, delivery_id, sent["to"], sent["note"])


@operation(
    deliveries, "POST", f"{_DELIVERY}/return", may="task.work", summary=say("退件，写明理由"), answer=DeliveryShape,
    body=ReturnBody, does=("deliveries.give_back",),
)  # fmt: skip
def give_back(work: Work, sent: dict[str, Any], delivery_id: UUID) -> Any:
    """Give what lies here back."""
    return forwarding.give_back(work, delivery_id, sent["reason"])


@operation(
    deliveries, "POST", f"{_DELIVERY}/withdraw", may="delivery.turn", summary=say("撤回，由本单位办理"), answer=DeliveryShape,
    body=TakeBackBody, does=("deliveries.withdraw",),
)  # fmt: skip
def withdraw(work: Work, sent: dict[str, Any], delivery_id: UUID) -> Any:
    """Take back what was sent."""
    return turning.do_here(work, delivery_id, sent["reason"])


@operation(
    deliveries, "POST", f"{_DELIVERY}/resend", may="delivery.turn", summary=say("改送另一单位，或再送同一单位"),
    answer=DeliveryShape, body=ResendBody, does=("deliveries.resend",),
    note=say("答复的是撤回的那一次；新的一次封存后在列表中。"),
)  # fmt: skip
def resend(work: Work, sent: dict[str, Any], delivery_id: UUID) -> Any:
    """Send what waits elsewhere."""
    turning.send_elsewhere(work, delivery_id, sent["to"], sent["reason"])
    return listing.one(work, delivery_id)


def _shape(row: Delivery) -> dict[str, Any]:
    return {
        name: getattr(row, name)
        for name in (
            "id", "side", "other_name", "title", "state", "content_hash", "sent_at", "arrived_at", "answered_at", "answered_name",
            "instance_id", "task_id", "hops",
        )
    }  # fmt: skip
