"""Roll-ups: what a report came to, from which reports, and what has changed since; a report handed in once more."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from engine import corrections, history
from tenants.db import Work
from tenants.errors import NotFound
from tenants.text import say
from web.api.fields import Answer, Anything, Body, Id, Instant, Many, Part, Said, Text
from web.api.instances import instances
from web.api.operation import operation
from web.views import rollup_shapes, tongue

_INSTANCE = "/instances/<uuid:instance_id>"


class BehindShape(Answer):
    """A report behind a number, and what it brought."""

    id = Id(allow_none=True)
    unit = Said()
    value = Anything()


class SummedShape(Answer):
    """One field. computed: what it came to; given: what stands in the report; now: what it would come to now."""

    name = Said()
    title = Said()
    unit = Said()
    computed = Anything(attribute="exact")
    given = Anything(attribute="exact_given")
    changed = fields.Boolean()
    moved = fields.Boolean()
    now = Anything(attribute="exact_now")
    behind = Many(Part(BehindShape), attribute="parts")
    unseen = fields.Integer(metadata={"description": str(say("还有几份材料看不到"))})
    blank = Many(Said(), metadata={"description": str(say("没有填这一项的单位"))})


class BecauseShape(Answer):
    """What has become of a report behind it. what: late, corrected, returned, accepted, released, owed."""

    unit = Said()
    what = Said()


class RollupShape(Answer):
    """A roll-up as it was handed in last. state: current or stale."""

    lines = Many(Part(SummedShape))
    missing = Many(Said(), metadata={"description": str(say("缺报的单位"))})
    counted = fields.Integer()
    owed = fields.Integer()
    state = Said(metadata={"enum": ["current", "stale"]})
    stale_at = Instant(allow_none=True)
    why = Many(Part(BecauseShape))


class CorrectBody(Body):
    """Why it is handed in once more."""

    reason = Text(corrections.LONGEST, required=True)


class AgainShape(Answer):
    """It begins once more."""

    id = Id()
    revision = fields.Integer()


@operation(
    instances, "GET", f"{_INSTANCE}/rollup", may="work.see", summary=say("一份汇总：每个数由哪些材料得来"), answer=RollupShape,
)  # fmt: skip
def rollup(work: Work, instance_id: UUID) -> Any:
    """Tell what a report came to, and from what."""
    found = history.instance(work, instance_id)
    shown = rollup_shapes.of_instance(work, tongue.running_of(work, found), found)
    if shown is None:
        raise NotFound(say("这份材料不是汇总出来的，或者还没有报。"))
    return shown


@operation(
    instances, "POST", f"{_INSTANCE}/correct", may="task.work", summary=say("更正：从头再办一次"), answer=AgainShape,
    body=CorrectBody, does=("campaigns.correct",),
)  # fmt: skip
def correct(work: Work, sent: dict[str, Any], instance_id: UUID) -> Any:
    """Let a report be handed in once more."""
    begun = corrections.begin_again(work, instance_id, sent["reason"])
    return {"id": begun.id, "revision": begun.revision}
