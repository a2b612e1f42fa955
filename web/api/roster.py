"""Rosters: tables of units and people, checked and taken over. What is there comes as JSON from /units and /members."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from marshmallow import fields

from engine import rosters
from tenants import directory
from tenants.db import Work
from tenants.roster import people, units
from tenants.roster.tree import Tree
from tenants.sheets import LIMITS, Sheet
from tenants.text import say
from web.api.fields import Answer, Body, File, Many, Part, Said, Text
from web.api.members import SlipShape, members
from web.api.operation import operation
from web.api.units import OwedShape
from web.api.units import units as unit_noun
from web.views.kind_words import kinds_here
from web.views.roster_shapes import people_shape, units_shape
from workflows import pending


class TableBody(Body):
    """A table as XLSX or CSV."""

    file = File(required=True)


class TakeBody(Body):
    """The table that was checked."""

    upload = Text(
        32, 1, required=True, metadata={"description": str(say("核对时得到的 upload，一小时内有效"))}
    )
    mark = Text(
        128, 1, required=True, metadata={"description": str(say("核对时得到的 mark；其间有了变化则不导入"))}
    )
    name = Text(100, load_default="", metadata={"description": str(say("文件名，写进操作记录"))})


class CountsOfTable(Answer):
    """How much of it is new, changed, as it was, or not named."""

    new = fields.Integer()
    changed = fields.Integer()
    unchanged = fields.Integer()
    unnamed = fields.Integer()


class NewRow(Answer):
    """A row that brings something new."""

    row = fields.Integer()
    title = Said()
    code = Said()


class ChangedField(Answer):
    """A field that changes."""

    label = Said()
    before = Said()
    after = Said()


class ChangedRow(NewRow):
    """A row that changes what is there. stops: it is given up."""

    stops = fields.Boolean()
    fields_ = Many(Part(ChangedField), data_key="fields", attribute="fields")


class CheckedTable(Answer):
    """What a table would change. upload: null when that is nothing. new, changed: the first 200 of each."""

    counts = Part(CountsOfTable)
    new = Many(Part(NewRow))
    changed = Many(Part(ChangedRow))
    falls = Many(Part(OwedShape))
    arises = Many(Part(OwedShape))
    upload = Said(allow_none=True)
    mark = Said()


class TakenUnits(Answer):
    """What was done, and what followed from it."""

    new = fields.Integer()
    changed = fields.Integer()
    falls = Many(Part(OwedShape))
    arises = Many(Part(OwedShape))


class TakenPeople(Answer):
    """What was done. slips: how those with new accounts sign in, given this once."""

    new = fields.Integer()
    changed = fields.Integer()
    slips = Many(Part(SlipShape))


_NOTE = say("什么都不导入。有错时一次列出全部，写明行和列。")


@operation(
    unit_noun, "POST", "/units/import/check", may="units.manage", summary=say("核对单位表会改什么"), answer=CheckedTable,
    file=TableBody, does=("roster.check_units",), note=_NOTE,
)  # fmt: skip
def check_units(work: Work, sent: dict[str, Any]) -> Any:
    """Say what a table of units would change."""
    data, sheet = _read(sent, units.read)
    plan = rosters.plan_units(work, sheet)
    # Before the effects are tried out: undoing that forgets what was read of the units.
    shown = units_shape(plan, Tree(directory.units(work, active=False)), kinds_here(work))
    effects = rosters.preview_units(work, plan)
    return _checked(work, data, plan, shown) | {"falls": effects.falls, "arises": effects.arises}


@operation(
    members, "POST", "/members/import/check", may="members.manage", summary=say("核对人员表会改什么"), answer=CheckedTable,
    file=TableBody, reads=True, does=("roster.check_people",), note=_NOTE,
)  # fmt: skip
def check_people(work: Work, sent: dict[str, Any]) -> Any:
    """Say what a table of people would change."""
    data, sheet = _read(sent, people.read)
    plan = rosters.plan_people(work, sheet)
    names = rosters.post_names(work, directory.members(work, active=False))
    return _checked(work, data, plan, people_shape(plan, names)) | {"falls": [], "arises": []}


@operation(
    unit_noun, "POST", "/units/import", may="units.manage", summary=say("导入核对过的单位表"), answer=TakenUnits, body=TakeBody,
    does=("roster.take_units",), note=say("全部导入，或一个也不导入。"),
)  # fmt: skip
def take_units(work: Work, sent: dict[str, Any]) -> Any:
    """Take a table of units over that was checked."""
    sheet = units.read(pending.take(work, sent["upload"]), sent["name"])
    plan, effects = rosters.import_units(work, sheet, sent["mark"])
    pending.drop(work, sent["upload"])
    return {
        "new": len(plan.new), "changed": len(plan.changed), "falls": effects.falls, "arises": effects.arises,
    }  # fmt: skip


@operation(
    members, "POST", "/members/import", may="members.manage", summary=say("导入核对过的人员表"), answer=TakenPeople,
    body=TakeBody, does=("roster.take_people",), secret=True, note=say("全部导入，或一个也不导入。登录码只在这次答复里。"),
)  # fmt: skip
def take_people(work: Work, sent: dict[str, Any]) -> Any:
    """Take a table of people over that was checked."""
    sheet = people.read(pending.take(work, sent["upload"]), sent["name"])
    plan, slips = rosters.import_people(work, sheet, sent["mark"])
    pending.drop(work, sent["upload"])
    return {"new": len(plan.new), "changed": len(plan.changed), "slips": slips}


def _read(sent: dict[str, Any], read: Callable[[bytes, str], Sheet]) -> tuple[bytes, Sheet]:
    file = sent["file"]
    data = file.stream.read(LIMITS.bytes + 1)
    return data, read(data, (file.filename or "")[:100])


def _checked(work: Work, data: bytes, plan: Any, shown: dict[str, Any]) -> dict[str, Any]:
    return {**shown, "mark": plan.mark, "upload": None if plan.empty else pending.keep(work, data)}
