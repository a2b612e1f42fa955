"""A rehearsal before the launch: the campaign in virtual time, with the tenant's own units and calendar."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from engine.rehearsal import Rehearsal, TimeUp
from tenants.db import Work
from tenants.text import say
from web.api.campaigns import ChoicesBody, campaigns, choices_of
from web.api.fields import Answer, Day, Many, Open, Part, Said, Text
from web.api.operation import operation
from web.views import tongue
from web.views.rehearsal import stage_of, until
from web.words import said

# What is told takes no longer and is no more than this; `luoshi rehearse` has no such limit.
_SECONDS = 5.0
_MOST = 20_000


class RehearsalBody(ChoicesBody):
    """What the tenant would decide at the launch, and what happens meanwhile."""

    events = Open(
        keys=Text(64), values=Many(Day(), 20), load_default=dict,
        metadata={"description": str(say("事件名和发生的日子"))},
    )  # fmt: skip


class LineOfRehearsal(Answer):
    """A phase, report or task, as `luoshi rehearse --json` tells it."""

    kind = Said(metadata={"enum": ["phase", "report", "task"]})
    id = Said()
    title = Said()
    actor = Said(allow_none=True)
    unit = Said(allow_none=True)
    to = Said(allow_none=True)
    source = Said(allow_none=True, data_key="from", attribute="from")
    due = Said(allow_none=True, metadata={"format": "date"})
    words = Said(allow_none=True)
    clause = Said(allow_none=True)
    disputed = fields.Boolean()
    basis = Said(allow_none=True)
    opens = Said(allow_none=True, metadata={"format": "date"})
    period = Said(allow_none=True)
    about = Said(allow_none=True)
    estimated = fields.Boolean()


class LoadShape(Answer):
    """A role's tasks in a week."""

    role = Said()
    monday = Day()
    tasks = fields.Integer()


class RehearsalShape(Answer):
    """What was told. cut: there is more than could be told in time; see `luoshi rehearse`."""

    lines = Many(Part(LineOfRehearsal))
    weeks = Many(Part(LoadShape))
    remarks = Many(Said())
    cut = fields.Boolean()


@operation(
    campaigns, "POST", "/campaigns/rehearsal", may="campaign.launch", summary=say("启动前按日历预演一遍"),
    answer=RehearsalShape, body=RehearsalBody, reads=True, note=say("什么都不记录。最多 20000 行、5 秒。"),
)  # fmt: skip
def rehearse(work: Work, sent: dict[str, Any]) -> Any:
    """Rehearse a package with the tenant's own units and calendar."""
    package = tongue.load(work, sent["package"])
    events = {name: tuple(days) for name, days in sent["events"].items() if days}
    stage = stage_of(work, package, choices_of(sent), events)
    played = Rehearsal(stage, patience=until(_SECONDS))
    lines: list[dict[str, Any]] = []
    cut = False
    try:
        for line in played.lines():
            if len(lines) >= _MOST:
                cut = True
                break
            lines.append(line.row())
    except TimeUp:
        cut = True
    return {
        "lines": lines, "cut": cut, "remarks": [said(one.what) for one in played.remarks()],
        "weeks": [
            {"role": role, "monday": monday, "tasks": tasks}
            for role in played.load.roles
            for monday, tasks in sorted(played.load.weeks.get(role, {}).items())
        ],
    }  # fmt: skip
