"""Drawing lots by a program, and the draws of a matter: enough of each to do it again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from engine import draws, history
from engine import tasks as doing
from engine.running import running_of
from tenants.db import Work
from tenants.text import say
from web.api.fields import Answer, Body, Id, Instant, Many, Part, Said, Text
from web.api.instances import instances
from web.api.operation import operation
from web.api.tasks import tasks
from web.views import draw_shapes


class DrawBody(Body):
    """What is drawn. reason: of a further draw."""

    field = Text(200, required=True, metadata={"description": str(say("要抽取的一栏"))})
    reason = Text(1000, load_default="", metadata={"description": str(say("重抽的理由，第一次不用写"))})


class GroupShape(Answer):
    """A group of the list: how many there are, how many of them are included anyway, how many of the others are drawn."""

    name = Said()
    size = fields.Integer()
    kept = fields.Integer()
    number = fields.Integer()


class LotShape(Answer):
    """One that was drawn. key: what its lot is made of. kept: it had to be included."""

    key = Said()
    name = Said()
    group = Said()
    kept = fields.Boolean()


class DrawShape(Answer):
    """One draw. hash: SHA-256 of the list and the numbers; list: address of the whole list with its lots."""

    id = Id()
    field = Said()
    title = Said()
    number = fields.Integer()
    seed = Said()
    hash = Said()
    size = fields.Integer()
    reason = Said()
    at = Instant()
    who = Said()
    groups = Many(Part(GroupShape))
    drawn = Many(Part(LotShape))
    list = Said()


class DrawsShape(Answer):
    """The draws of a matter, newest first."""

    draws = Many(Part(DrawShape))


@operation(
    tasks, "POST", "/tasks/<uuid:task_id>/draws", may="task.work", summary=say("抽取"), answer=DrawShape, body=DrawBody,
    status=201, does=("tasks.draw",), note=say("名单、个数和种子随即存档，不能改。再抽要写理由，原来的结果保留。"),
)  # fmt: skip
def draw(work: Work, sent: dict[str, Any], task_id: UUID) -> Any:
    """Draw lots for a field of a task."""
    made = draws.draw(work, task_id, sent["field"], sent["reason"])
    desk = doing.gather(work, task_id)
    return draw_shapes.draw_shape(work, desk.running, desk.instance, made)


@operation(
    instances, "GET", "/instances/<uuid:instance_id>/draws", may="work.see", summary=say("一个实例的抽取记录"), answer=DrawsShape
)  # fmt: skip
def listed(work: Work, instance_id: UUID) -> Any:
    """Show the draws of an instance."""
    found = history.instance(work, instance_id)
    return {"draws": draw_shapes.of_instance(work, running_of(work, found), found)}
