"""Instances and ledgers: one occurrence of a duty or one item with its life, and the tables of items."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from engine import indicators, ledgers
from tenants.db import Work
from tenants.text import say
from web.api.fields import Answer, Anything, Day, Id, Instant, Many, Number, Open, Part, Said, Text
from web.api.operation import Noun, operation
from web.api.shapes import (
    DueShape,
    EventShape,
    FileShape,
    PagesShape,
    PaperShape,
    RoundShape,
    Searched,
    StepShape,
    pages,
    paper,
)
from web.views import instances as page
from web.views import tongue
from web.views.shapes import due_shape, unit_name
from web.words import said
from workflows.elements import Indicator

instances = Noun("instances", say("流程实例"))
ledger_noun = Noun("ledgers", say("台账和指标"))


class HeadShape(Answer):
    """Whose it is and where it stands."""

    id = Id()
    title = Said()
    duty_key = Said()
    campaign = Said()
    campaign_id = Id()
    unit = Said()
    period = Said()
    due = Part(DueShape)
    status = Said(metadata={"enum": ["active", "done", "withdrawn", "incident"]})
    opened_at = Instant()
    done_at = Instant(allow_none=True)


class BornShape(Answer):
    """An item that came of it."""

    id = Id()
    title = Said()
    state = Said()
    ledger = Said()


class InstanceShape(Answer):
    """One occurrence of a duty, from its beginning to now."""

    instance = Part(HeadShape)
    papers = Many(Part(PaperShape))
    rounds = Many(Part(RoundShape))
    tasks = Many(Part(StepShape))
    items = Many(Part(BornShape))
    trail = Many(Part(EventShape))


@operation(
    instances, "GET", "/instances/<uuid:instance_id>", may="work.see", summary=say("一个实例和它的经过"), answer=InstanceShape
)  # fmt: skip
def show(work: Work, instance_id: UUID) -> Any:
    """Show an instance with its answers, rounds and trail."""
    found = page.instance(work, instance_id)
    return {**found, "papers": [paper(one) for one in found["papers"]]}


@operation(
    instances, "GET", "/instances/<uuid:instance_id>/drawing", may="work.see", summary=say("实例的流程图"),
    content="application/xml",
)  # fmt: skip
def drawing(work: Work, instance_id: UUID) -> Response:
    """Hand out the drawing of an instance's process."""
    return page.instance_drawing(work, instance_id)


class CountShape(Answer):
    """How many items are in a state."""

    state = Said()
    count = fields.Integer()


class LedgerShape(Answer):
    """A ledger of a campaign."""

    key = Said()
    title = Said()
    total = fields.Integer()
    counts = Many(Part(CountShape))
    clause = Said()
    outlives = fields.Boolean(metadata={"description": str(say("行动结束后继续"))})


class LedgersShape(Answer):
    """The ledgers of a campaign."""

    ledgers = Many(Part(LedgerShape))


class ItemShape(Answer):
    """A line of a ledger. data: what it was born with, by the fields of its form."""

    id = Id()
    number = fields.Integer()
    title = Said()
    state = Said()
    closed = fields.Boolean()
    unit = Said()
    unit_id = Id(allow_none=True)
    due = Part(DueShape)
    data = Open()
    born_at = Instant()
    changed_at = Instant()
    instance_id = Id()


class LinesShape(Answer):
    """One page of a ledger."""

    items = Many(Part(ItemShape))
    pages = Part(PagesShape)


class LedgerAsks(Searched):
    """What of a ledger."""

    state = Text(64, load_default="")
    unit = Id(load_default=None)


class ItemPage(ItemShape):
    """One item with its life."""

    ledger = Said()
    campaign_id = Id()
    papers = Many(Part(PaperShape))
    tasks = Many(Part(StepShape))
    files = Many(Part(FileShape))
    trail = Many(Part(EventShape))


class UnitReadingShape(Answer):
    """An indicator's value for one of several units."""

    name = Said()
    value = Number(allow_none=True)
    met = fields.Boolean(allow_none=True)


class ReadingShape(Answer):
    """An indicator's value now."""

    key = Said()
    title = Said()
    value = Number(allow_none=True)
    unit = Said()
    month = Said()
    trouble = Said(metadata={"description": str(say("为什么算不出来；能算时为空"))})
    met = fields.Boolean(allow_none=True)
    strength = Said()
    clause = Said()
    target = Anything(
        allow_none=True,
        metadata={"description": str(say("op 和 value；.. 是区间，另有 upper；falling、rising 是逐期升降"))},
    )
    before = Number(allow_none=True, metadata={"description": str(say("逐期升降的：上一期的值"))})
    by = Day(allow_none=True, metadata={"description": str(say("到哪天要达到"))})
    early = fields.Boolean(metadata={"description": str(say("还没有到期"))})
    units = Many(Part(UnitReadingShape))


class ReadingsShape(Answer):
    """The indicators of a campaign."""

    indicators = Many(Part(ReadingShape))


_CAMPAIGN = "/campaigns/<uuid:campaign_id>"


@operation(
    ledger_noun, "GET", f"{_CAMPAIGN}/ledgers", may="work.see", summary=say("行动的台账"), answer=LedgersShape
)
def listed(work: Work, campaign_id: UUID) -> Any:
    """List the ledgers of a campaign with how many items stand where."""
    live = tongue.running(work, campaign_id)
    shown = []
    for ledger in live.package.ledgers.values():
        counted = ledgers.statuses(work, live, ledger.id)
        shown.append(
            {
                "key": ledger.id, "title": ledger.title, "total": sum(counted.values()),
                "counts": [{"state": state, "count": n} for state, n in counted.items()],
                "clause": "、".join(ledger.clauses), "outlives": ledger.outlives,
            }
        )  # fmt: skip
    return {"ledgers": shown}


@operation(
    ledger_noun, "GET", f"{_CAMPAIGN}/ledgers/<ledger>", may="work.see", summary=say("台账里的各项，看得到的"),
    answer=LinesShape, asks=LedgerAsks,
)  # fmt: skip
def lines(work: Work, asked: dict[str, Any], campaign_id: UUID, ledger: str) -> Any:
    """List the lines of a ledger."""
    live = tongue.running(work, campaign_id)
    query = ledgers.Query(asked["state"], asked["unit"], asked["q"], {}, asked["page"])
    found, total = ledgers.lines(work, live, ledger, query)
    items = [_item(work, line.item) | {"due": due_shape(work, line.due)} for line in found]
    return {"items": items, "pages": pages(asked["page"], total, ledgers.PAGE)}


@operation(
    ledger_noun,
    "GET",
    "/items/<uuid:item_id>",
    may="work.see",
    summary=say("台账里的一项和它的经过"),
    answer=ItemPage,
)
def item(work: Work, item_id: UUID) -> Any:
    """Show one item of a ledger with its life."""
    row, life, _live = ledgers.item(work, item_id)
    shown = page.item(work, item_id)
    return {
        **_item(work, row), "due": shown["item"]["due"], "ledger": row.ledger, "campaign_id": life.campaign_id,
        "papers": [paper(one) for one in shown["papers"]], "tasks": shown["tasks"],
        "files": list(shown["files"].values()), "trail": shown["trail"],
    }  # fmt: skip


@operation(
    ledger_noun, "GET", f"{_CAMPAIGN}/indicators", may="work.see", summary=say("指标现在的值"), answer=ReadingsShape,
    note=say("只按看得到的算：一座矿看到的是自己的数。"),
)  # fmt: skip
def readings(work: Work, campaign_id: UUID) -> Any:
    """Compute the indicators of a campaign."""
    live = tongue.running(work, campaign_id)
    return {
        "indicators": [
            {
                "key": one.indicator.id, "title": one.indicator.title, "value": one.value, "unit": one.indicator.unit or "",
                "month": one.month, "trouble": said(one.trouble), "met": one.met, "strength": one.indicator.strength or "",
                "clause": "、".join(one.indicator.clauses), "target": _target(one.indicator),
                "before": one.before, "by": one.by, "early": one.early,
                "units": [{"name": name, "value": part.value, "met": part.met} for name, part in one.units],
            }
            for one in indicators.readings(work, live)
        ]
    }  # fmt: skip


def _target(indicator: Indicator) -> dict[str, Any] | None:
    target = indicator.target
    if indicator.trend:
        return {"op": indicator.trend}
    if target is None:
        return None
    upper = {"upper": float(target.upper)} if target.upper is not None else {}
    return {"op": target.op, "value": float(target.value), **upper}


def _item(work: Work, item: Any) -> dict[str, Any]:
    return {
        "id": item.id, "number": item.number, "title": item.title, "state": item.status, "closed": item.closed,
        "unit": unit_name(work, item.unit_id), "unit_id": item.unit_id, "data": item.data, "born_at": item.born_at,
        "changed_at": item.changed_at, "instance_id": item.instance_id,
    }  # fmt: skip
