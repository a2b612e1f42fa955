"""Units: the tree, and what changes when one stops, resumes or goes."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import Any
from uuid import UUID

import orjson
from marshmallow import ValidationError, fields
from sqlalchemy import select

from engine import owing
from engine.rosters import published_kinds, published_traits
from tenants import directory
from tenants.db import Work
from tenants.errors import Invalid, Problem
from tenants.models import Member, Unit
from tenants.roster.units import KINDS, STATUSES
from tenants.text import say
from web.api.fields import Answer, Anything, Asks, Body, Choice, Day, Flag, Id, Many, Open, Part, Said, Text
from web.api.operation import Noun, operation, require_match, tagged
from workflows.traits import STATUS, Trait

units = Noun("units", say("单位"))
_UNIT = "/units/<uuid:unit_id>"
_LONGEST, _MOST = 200, 50


class UnitAsks(Asks):
    """Which units."""

    q = Text(100, load_default="")
    active = Choice("", "true", "false", load_default="")


class UnitShape(Answer):
    """A unit. attributes: what selectors may read besides, such as method, output, shifts, mandate."""

    id = Id()
    parent_id = Id(allow_none=True)
    code = Said()
    name = Said()
    kind = Said()
    status = Said()
    attributes = Open()
    active = fields.Boolean()
    members = fields.Integer()


class UnitsShape(Answer):
    """Units, those above before those below."""

    units = Many(Part(UnitShape))


class Attribute(Anything):
    """What a selector can compare: a text, a number, true or false."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **options: Any) -> Any:
        text = isinstance(value, str) and len(value) <= _LONGEST
        number = isinstance(value, int | float) and abs(value) < 1e9
        if not text and not number:
            raise self.make_error("invalid")
        return value


def _few(found: dict[str, Any]) -> None:
    if len(found) > _MOST:
        raise ValidationError("length")


def _attributes(**options: Any) -> Open:
    return Open(
        keys=Text(64, 1), values=Attribute(metadata={"type": ["string", "number", "boolean"]}),
        validate=_few, metadata={"maxProperties": _MOST}, **options,
    )  # fmt: skip


class UnitBody(Body):
    """A new unit."""

    name = Text(_LONGEST, required=True)
    kind = Text(
        64,
        required=True,
        metadata={"description": str(say("类别，例如 company、mine，或已发布的方案带来的"))},
    )
    code = Text(64, load_default="", metadata={"description": str(say("不写则自动编号；定下后不变"))})
    parent_id = Id(load_default=None, allow_none=True)
    status = Text(64, load_default="")
    attributes = _attributes(load_default=dict)


class ChangeBody(Body):
    """What changes of a unit; what is left out stays. attributes: all of them, as they are to be."""

    name = Text(_LONGEST)
    kind = Text(64, 1)
    parent_id = Id(allow_none=True)
    status = Text(64)
    attributes = _attributes()


class ActiveBody(ChangeBody):
    """The same, for a preview, also of giving the unit up."""

    active = Flag()


class OwedShape(Answer):
    """One instance that falls away or arises."""

    title = Said()
    unit = Said()
    campaign = Said()
    due = Day(allow_none=True)
    words = Said()


class EffectsShape(Answer):
    """What a change does to running campaigns."""

    falls = Many(Part(OwedShape))
    arises = Many(Part(OwedShape))


class ChangedShape(EffectsShape):
    """A unit as it is now, and what the change did."""

    unit = Part(UnitShape)


@operation(
    units,
    "GET",
    "/units",
    may="units.manage",
    summary=say("单位列表，上级在前"),
    answer=UnitsShape,
    asks=UnitAsks,
)
def listed(work: Work, asked: dict[str, Any]) -> Any:
    """List the units."""
    people = Counter(work.session.scalars(select(Member.unit_id).where(Member.active.is_(True))))
    found = [
        unit
        for unit in directory.units(work, active=False)
        if asked["q"] in unit.name or asked["q"] == unit.code
        if asked["active"] in ("", str(unit.active).lower())
    ]
    return {"units": [_shape(unit, people[unit.id]) for unit in found]}


@operation(units, "GET", _UNIT, may="units.manage", summary=say("一个单位"), answer=UnitShape)
def show(work: Work, unit_id: UUID) -> Any:
    """Show a unit."""
    unit = directory.unit(work, unit_id)
    return tagged(_counted(work, unit), _tag(unit))


@operation(
    units, "POST", "/units", may="units.manage", summary=say("增加单位"), answer=ChangedShape, body=UnitBody, status=201,
    does=("units.new",),
)  # fmt: skip
def add(work: Work, sent: dict[str, Any]) -> Any:
    """Add a unit, and open what it owes."""
    _require_kind(work, sent["kind"])
    _require_status(work, sent["status"])
    code = sent["code"].strip() or directory.free_code(work, sent["kind"])
    unit = directory.add_unit(
        work, code, sent["name"].strip(), sent["kind"], parent_id=sent["parent_id"], status=sent["status"],
        attributes=sent["attributes"],
    )  # fmt: skip
    return _changed(work, unit, owing.change_unit(work, unit.id))


@operation(
    units, "POST", f"{_UNIT}/preview", may="units.manage", summary=say("改动前看会撤销、下达什么"), answer=EffectsShape,
    body=ActiveBody, does=("units.edit",), note=say("什么都不记录。"),
)  # fmt: skip
def preview(work: Work, sent: dict[str, Any], unit_id: UUID) -> Any:
    """Show what a change of a unit would do."""
    return owing.preview_change(work, unit_id, **_changes(work, directory.unit(work, unit_id), sent))


@operation(
    units, "PATCH", _UNIT, may="units.manage", summary=say("修改单位，正在进行的任务随之调整"), answer=ChangedShape,
    body=ChangeBody, does=("units.edit",), matches=True,
)  # fmt: skip
def change(work: Work, sent: dict[str, Any], unit_id: UUID) -> Any:
    """Change a unit, and let go and open what follows from it."""
    unit = directory.unit(work, unit_id, lock=True)
    require_match(_tag(unit))
    effects = owing.change_unit(work, unit_id, **_changes(work, unit, sent))
    return _changed(work, unit, effects)


@operation(
    units, "POST", f"{_UNIT}/deactivate", may="units.manage", summary=say("停用单位"), answer=ChangedShape,
    does=("units.deactivate",), matches=True,
)  # fmt: skip
def deactivate(work: Work, unit_id: UUID) -> Any:
    """Deactivate a unit that has no active unit below it."""
    unit = directory.unit(work, unit_id, lock=True)
    require_match(_tag(unit))
    directory.require_none_below(work, unit)
    return _changed(work, unit, owing.change_unit(work, unit_id, active=False))


def _require_kind(work: Work, kind: str) -> None:
    if kind not in KINDS and kind not in published_kinds(work):
        what, do = say("请选择类别和状态。"), say("请从列表中选择。")
        raise Invalid(what, do, problems=[Problem(what, do, where="/kind")])


def _require_status(work: Work, status: str) -> None:
    if status and status not in STATUSES and status not in published_traits(work).get(STATUS, Trait()).values:
        what, do = say("请选择类别和状态。"), say("请从列表中选择。")
        raise Invalid(what, do, problems=[Problem(what, do, where="/status")])


def _changes(work: Work, unit: Unit, sent: dict[str, Any]) -> dict[str, Any]:
    """Return what is new. A kind or status that is none of ours may stay, but not come."""
    found = {name: value for name, value in sent.items() if value != getattr(unit, name)}
    if found.get("kind", unit.kind) != unit.kind:
        _require_kind(work, found["kind"])
    _require_status(work, found.get("status", ""))
    return found | ({"name": found["name"].strip()} if "name" in found else {})


def _changed(work: Work, unit: Unit, effects: owing.Effects) -> Any:
    return tagged(
        {"unit": _counted(work, unit), "falls": effects.falls, "arises": effects.arises}, _tag(unit)
    )


def _counted(work: Work, unit: Unit) -> dict[str, Any]:
    held = select(Member.id).where(Member.unit_id == unit.id, Member.active.is_(True))
    return _shape(unit, len(work.session.scalars(held).all()))


def _shape(unit: Unit, members: int) -> dict[str, Any]:
    return {
        "id": unit.id, "parent_id": unit.parent_id, "code": unit.code, "name": unit.name, "kind": unit.kind,
        "status": unit.status, "attributes": unit.attributes, "active": unit.active, "members": members,
    }  # fmt: skip


def _tag(unit: Unit) -> str:
    shape = {**_shape(unit, 0), "path": unit.path}
    return sha256(orjson.dumps(shape, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
