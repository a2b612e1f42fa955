"""Packages handed down to those below, and those that were handed down to here, by a program."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from engine.cascade import down, taking
from engine.cascade.choosing import MAX_SELECTOR, Choice
from engine.cascade.models import HandedPackage, HandOrder
from engine.cascade.overview import Overview, overview
from tenants.db import Work
from tenants.text import say
from web.api.fields import Answer, Body, Flag, Id, Instant, Many, Part, Said, Text
from web.api.operation import operation
from web.api.packages import packages
from web.views.packages import published

_MANY = 5_000


class FurtherShape(Answer):
    """Where somebody further below stands, as the authority in between tells it. above: who handed it the package."""

    name = Said()
    level = Said()
    above = Said()
    version = Said()
    state = Said()
    reason = Said()
    changed_at = Instant()


class HandedShape(Answer):
    """Where a package stands at an authority below. state: sent, arrived, taken, declined, launched, gone (below no more).

    through: down to which level it is passed on. replaced: another version came after it. turn: how often it was asked.
    """

    id = Id()
    name = Said(attribute="other_name")
    level = Said()
    version = Said()
    state = Said()
    changed_at = Instant(allow_none=True)
    note = Said()
    reason = Said()
    through = Said()
    turn = fields.Integer()
    sent_at = Instant()
    arrived_at = Instant(allow_none=True)
    answered_at = Instant(allow_none=True)
    answered_by = Said(attribute="answered_name", allow_none=True)
    launched_at = Instant(allow_none=True)
    replaced_at = Instant(allow_none=True)
    urged = fields.Integer()


class BelowShape(HandedShape):
    """The same, with those further below."""

    further = Many(Part(FurtherShape))


class OrderShape(Answer):
    """What is handed to those who come later, too. levels or selector: whom it means."""

    id = Id()
    version = Said()
    levels = Many(fields.String())
    selector = Said()
    through = Said()
    sent_at = Instant()


class StandingCount(Answer):
    """How many of a level stand in a state."""

    level = Said()
    state = Said()
    number = fields.Integer()


class HandedListShape(Answer):
    """All to whom a version of the package was handed down."""

    handed = Many(Part(HandedShape))


class OverviewShape(Answer):
    """Where all stand. counts: further below included. former: versions that were replaced, authorities that have left.

    missing: names of those below who were handed no version.
    """

    handed = Many(Part(BelowShape))
    former = Many(Part(HandedShape))
    counts = Many(Part(StandingCount))
    orders = Many(Part(OrderShape))
    missing = Many(fields.String())


class ReceivedShape(HandedShape):
    """What the superior handed down to here. name: of the superior; origin: who began it, where that is somebody else."""

    package = Said()
    hash = Said(attribute="package_hash")
    title = Said()
    origin = Said()


class ReceivedListShape(Answer):
    """All that was handed down to here, newest first."""

    received = Many(Part(ReceivedShape))


class HandDownBody(Body):
    """To which authorities below: one of `to`, `levels`, `selector`. Levels and selectors count for those who come later, too."""

    to = Many(Id(), most=_MANY, load_default=list)
    levels = Many(Text(20), most=10, load_default=list)
    selector = Text(MAX_SELECTOR, load_default="")
    through = Text(20, load_default="")
    note = Text(down.MAX_NOTE, load_default="")


class UrgeBody(Body):
    """further: ask also after those further below who have not answered."""

    further = Flag(load_default=False)


class AgainBody(Body):
    """What there is to say to one that declined."""

    note = Text(down.MAX_NOTE, required=True)


class NumberShape(Answer):
    """How many were asked."""

    asked = fields.Integer()


@operation(
    packages, "GET", "/packages/<package_hash>/handed", may="campaign.launch", summary=say("方案下达给了谁，各办到哪一步"),
    answer=OverviewShape,
)  # fmt: skip
def handed(work: Work, package_hash: str) -> Any:
    """Tell where those below stand with a package."""
    package, _row = published(work, package_hash)
    return _told(overview(work, package.id))


@operation(
    packages, "POST", "/packages/<package_hash>/handed", may="campaign.launch", summary=say("把方案下达给下级"),
    answer=HandedListShape, body=HandDownBody, status=201, does=("packages.hand_down",),
    note=say("已有这个版本的不再下达；答复里只有这次新下达的。to、levels、selector 三者取一。"),
)  # fmt: skip
def hand_down(work: Work, sent: dict[str, Any], package_hash: str) -> Any:
    """Hand a package down."""
    choice = Choice(tuple(sent["levels"]), sent["selector"], tuple(sent["to"]))
    return {"handed": down.hand_down(work, package_hash, choice, sent["note"], through=sent["through"])}


@operation(
    packages, "POST", "/packages/<package_hash>/handed/urge", may="campaign.launch", summary=say("催办全部未启动的下级"),
    answer=NumberShape, does=("packages.urge_all",), note=say("半天之内催过的不再催。"),
)  # fmt: skip
def urge_all(work: Work, package_hash: str) -> Any:
    """Ask after a package with all who have neither launched nor declined it."""
    package, _row = published(work, package_hash)
    return {"asked": down.urge_all(work, package.id)}


@operation(
    packages, "POST", "/packages/<package_hash>/handed/rest", may="campaign.launch", summary=say("把方案补发给还没有的下级"),
    answer=HandedListShape, status=201, does=("packages.catch_up",),
)  # fmt: skip
def catch_up(work: Work, package_hash: str) -> Any:
    """Hand a package to all below who have no version of it."""
    package, _row = published(work, package_hash)
    return {"handed": down.catch_up(work, package.id)}


@operation(
    packages, "POST", "/handed/<uuid:handed_id>/urge", may="campaign.launch", summary=say("催办已下达的方案"),
    answer=HandedShape, body=UrgeBody, does=("packages.urge",), note=say("半天之内只能催一次。"),
)  # fmt: skip
def urge(work: Work, sent: dict[str, Any], handed_id: UUID) -> Any:
    """Ask after a package that was handed down."""
    return down.urge(work, handed_id, further=sent["further"])


@operation(
    packages, "POST", "/handed/<uuid:handed_id>/again", may="campaign.launch", summary=say("重新下达给不承担的下级"),
    answer=HandedShape, body=AgainBody, does=("packages.ask_again",),
)  # fmt: skip
def ask_again(work: Work, sent: dict[str, Any], handed_id: UUID) -> Any:
    """Hand a package once more to one that declined it."""
    return down.ask_again(work, handed_id, sent["note"])


@operation(
    packages, "POST", "/hand-orders/<uuid:order_id>/stop", may="campaign.launch", summary=say("不再自动下达给新设的下级"),
    answer=OrderShape, does=("packages.stop_order",),
)  # fmt: skip
def stop_order(work: Work, order_id: UUID) -> Any:
    """Hand a package no longer to those who come later."""
    return _order(down.stop(work, order_id))


@operation(
    packages, "GET", "/received-packages", may="package.read", summary=say("上级下达的方案"), answer=ReceivedListShape,
)  # fmt: skip
def received(work: Work) -> Any:
    """Tell what was handed down to here."""
    return {"received": taking.handed(work)}


def _told(found: Overview) -> dict[str, Any]:
    counts = [
        {"level": level, "state": state, "number": number}
        for level, states in found.counts.items()
        for state, number in states.items()
    ]
    names = HandedPackage.__table__.columns.keys()
    return {
        "handed": [
            {name: getattr(one.row, name) for name in names} | {"further": one.further} for one in found.current
        ],
        "former": [one.row for one in found.former], "counts": counts, "orders": [_order(one) for one in found.orders],
        "missing": [one.name for one in found.missing],
    }  # fmt: skip


def _order(order: HandOrder) -> dict[str, Any]:
    said = {name: order.choice.get(name, none) for name, none in (("levels", []), ("selector", ""))}
    return {
        "id": order.id,
        "version": order.version,
        "through": order.through,
        "sent_at": order.sent_at,
        **said,
    }
