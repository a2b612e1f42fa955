"""What a notice leaves open, settled by a program; check tables: their items, a new version, a draft changed by rows."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from engine import appointing, checktables, drafting
from engine import tasks as doing
from forms.changes import read_changes
from forms.validation import form_of
from tenants.db import Work
from tenants.errors import Invalid
from tenants.text import say
from web.api.campaigns import campaigns
from web.api.fields import Answer, Asks, Body, Choice, Flag, Id, Many, Open, Part, Said, Text, Whole
from web.api.operation import operation
from web.api.tables import SheetBody
from web.api.tasks import DraftShape, tasks
from web.views.checklist_shapes import checklists
from workflows.datasets import LIMITS

_CAMPAIGN = "/campaigns/<uuid:campaign_id>"


class SettleBody(Body):
    """What is settled. actor: units; report: actors; partners: units; list: values. All of them, as they are to be."""

    what = Choice("actor", "report", "partners", "list", required=True)
    key = Text(64, required=True, metadata={"description": str(say("责任主体、任务或选项的编号"))})
    units = Many(Id(), load_default=list)
    actors = Many(Text(64), load_default=list)
    values = Many(Text(200), load_default=list)


class SettledShape(Answer):
    """What a choice of units has opened and let go of."""

    arises = fields.Integer()
    falls = fields.Integer()


class VersionAsks(Asks):
    """For which variant, and what the issuer calls it. anyway: also when the numbers are not those of the notice."""

    variant = Text(64, load_default="")
    version = Text(60, required=True)
    anyway = Flag(load_default=False)


class TableAddedShape(Answer):
    """The version that was added."""

    version = Said()
    areas = fields.Integer()
    items = fields.Integer()


class DraftChangesBody(Body):
    """What changed since the draft of that revision. rows: field -> id of an item -> the row, null = emptied."""

    changed = Open(data_key="set", load_default=dict)
    rows = Open(load_default=dict)
    revision = Whole(required=True)
    tables = Open(load_default=dict, metadata={"description": str(say("检查表编号 -> 所依据版本的 token"))})


class ListShape(Answer):
    """The items that one field of a form asks about. own: which of the columns a row keeps."""

    field = Said()
    table = Said()
    version = Said()
    variant = Said()
    token = Said()
    key = Said()
    columns = Many(Said())
    items = Many(Many(Said()))


class ListsShape(Answer):
    """The check tables of a task's form; one that has not arrived is not there."""

    lists = Many(Part(ListShape))


@operation(
    campaigns, "PUT", f"{_CAMPAIGN}/settled", may="campaign.steer", summary=say("确定通知没有写明的事项"), answer=SettledShape,
    body=SettleBody, does=("campaigns.settle",),
)  # fmt: skip
def settle(work: Work, sent: dict[str, Any], campaign_id: UUID) -> Any:
    """Settle who an actor is, who receives a report, who joins in, or what may be chosen."""
    key = sent["key"]
    if sent["what"] == "actor":
        effects = appointing.choose_units(work, campaign_id, key, sent["units"])
        return {"arises": len(effects.arises), "falls": len(effects.falls)}
    if sent["what"] == "report":
        appointing.choose_recipients(work, campaign_id, key, sent["actors"])
    elif sent["what"] == "partners":
        appointing.choose_partners(work, campaign_id, key, sent["units"])
    else:
        appointing.choose_list(work, campaign_id, key, sent["values"])
    return {"arises": 0, "falls": 0}


@operation(
    campaigns, "POST", f"{_CAMPAIGN}/tables/<table>", may="campaign.steer", summary=say("为检查表加入新版本"),
    answer=TableAddedShape, asks=VersionAsks, file=SheetBody, status=201, does=("campaigns.check_table",),
    note=say("新开始填写的用新版本，已经开始的不变。有问题时一次列出全部，精确到行和列。"),
)  # fmt: skip
def add_table(work: Work, asked: dict[str, Any], sent: dict[str, Any], campaign_id: UUID, table: str) -> Any:
    """Add a version of a check table to a running campaign."""
    file = sent["file"]
    given = (
        campaign_id,
        table,
        asked["variant"],
        file.stream.read(LIMITS.bytes + 1),
        file.filename or "",
        asked["version"],
    )
    draft = checktables.examine(work, *given)
    if draft.problems and not asked["anyway"]:
        raise Invalid(say("与通知写明的数不符，没有加入。"), problems=draft.problems)
    return checktables.add(work, *given)


@operation(
    tasks,
    "GET",
    "/tasks/<uuid:task_id>/lists",
    may="work.see",
    summary=say("待办表单所用检查表的各项"),
    answer=ListsShape,
)
def lists(work: Work, task_id: UUID) -> Any:
    """Show the items that a task's form asks about."""
    desk = doing.gather(work, task_id)
    asked = form_of(desk.form.schema).listed if desk.form else ()
    sets = checktables.shown(work, desk.running, asked, desk.about or desk.unit, desk.instance.id)
    return {"lists": [{"field": name, **one} for name, one in checklists(asked, sets).items() if one]}


@operation(
    tasks, "POST", "/tasks/<uuid:task_id>/draft/changes", may="task.work", summary=say("保存草稿的改动"), answer=DraftShape,
    body=DraftChangesBody, does=("tasks.draft_changes",), note=say("只送改动的栏和检查表里改动的行。"),
)  # fmt: skip
def change_draft(work: Work, sent: dict[str, Any], task_id: UUID) -> Any:
    """Keep what changed since the draft was last saved."""
    changes = read_changes({"set": sent["changed"], "rows": sent["rows"]})
    seen = {key: text for key, text in sent["tables"].items() if isinstance(text, str)}
    return drafting.change(work, task_id, changes, sent["revision"], seen)
