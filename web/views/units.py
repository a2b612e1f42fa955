"""Units: the tree, and what changes when one stops, resumes or goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext as _
from sqlalchemy import select

from engine import owing
from tenants import directory
from tenants.base import id_in
from tenants.db import Work
from tenants.errors import Invalid
from tenants.models import Member, Unit
from tenants.roster.units import ATTRIBUTES, STATUSES
from tenants.text import say
from web.entry import command, done, form_page, page, wants_posted
from web.views.kind_words import Kinds, kind_word, kinds_here
from web.views.shapes import due_shape
from web.views.unit_fields import attributes_posted, fields_of, options, statuses_here
from web.words import plural, said

units = Blueprint("units", __name__)

_TONES = {"生产": "ok", "建设": "ok", "停产": "warn", "关闭": ""}
_SHOWN = 100


@page(units, "/units", "units.html", may="units.manage")
def index(work: Work) -> dict[str, Any]:
    """Show the tree of units."""
    q = request.args.get("q", "").strip()[:100]
    found = directory.units(work, active=False)
    query = select(Member.unit_id).where(Member.active.is_(True))
    people = Counter(work.session.scalars(query))
    nodes: dict[UUID, dict[str, Any]] = {}
    tree: list[dict[str, Any]] = []
    kinds = kinds_here(work)
    kept = (
        _with_ancestors(found, [unit for unit in found if q in unit.name or q == unit.code]) if q else found
    )
    for unit in kept:
        node = nodes[unit.id] = _node(unit, people[unit.id], kinds)
        above = nodes.get(unit.parent_id) if unit.parent_id else None
        (above["children"] if above else tree).append(node)
    return {"q": q, "tree": tree, "total": len(found)}


@form_page(units, "/units/new", "unit_edit.html", may="units.manage")
def new(work: Work) -> Any:
    """Add a unit."""
    if wants_posted():
        kind = _choice("kind", kinds_here(work))
        unit = directory.add_unit(
            work, directory.free_code(work, kind), request.form.get("name", "").strip()[:200], kind,
            parent_id=_parent(), status=_choice("status", statuses_here(work), empty=True),
            attributes=attributes_posted(work, None),
        )  # fmt: skip
        effects = owing.change_unit(work, unit.id)
        return done(_("已增加“%(name)s”。", name=unit.name) + effect_words(effects), "units.index")
    return _page(work, None)


@form_page(units, "/units/<uuid:unit_id>", "unit_edit.html", may="units.manage")
def edit(work: Work, unit_id: UUID) -> Any:
    """Change a unit; when running campaigns are touched, first show how, and carry it out when that is confirmed."""
    unit = directory.unit(work, unit_id)
    if not wants_posted():
        return _page(work, unit)
    changes = _changes(work, unit)
    if request.form.get("step") != "save":
        effects = owing.preview_change(work, unit_id, **changes)
        if effects.falls or effects.arises:
            return _page(work, unit) | {"preview": effects_shape(work, effects)}
    effects = owing.change_unit(work, unit_id, **changes)
    return done(_("已保存。") + effect_words(effects), "units.edit", unit_id=unit_id)


@command(units, "/units/<uuid:unit_id>/deactivate", may="units.manage")
def deactivate(work: Work, unit_id: UUID) -> Response:
    """Deactivate a unit that has no active unit below it."""
    unit = directory.unit(work, unit_id)
    directory.require_none_below(work, unit)
    effects = owing.change_unit(work, unit_id, active=False)
    return done(_("已停用“%(name)s”。", name=unit.name) + effect_words(effects), "units.index")


def _page(work: Work, unit: Unit | None) -> dict[str, Any]:
    members = select(Member).where(Member.unit_id == (unit.id if unit else None), Member.active.is_(True))
    return {
        "unit": {"id": unit.id, "name": unit.name, "active": unit.active} if unit else None,
        "form": request.form.to_dict() if request.method == "POST" else _form(unit),
        "kinds": options(kinds_here(work), unit.kind if unit else ""),
        "statuses": options(statuses_here(work), unit.status if unit else ""),
        "parents": _parents(work, unit),
        "attributes": fields_of(work, unit),
        "errors": {},
        "children": directory.below(work, unit) if unit else 0,
        "members": [{"id": m.id, "name": m.name, "post": m.title} for m in work.session.scalars(members)]
        if unit
        else [],
        "preview": None,
    }


def _form(unit: Unit | None) -> dict[str, Any]:
    if unit is None:
        return {"parent": request.args.get("parent", ""), "kind": "", "name": "", "status": ""}
    return {"name": unit.name, "kind": unit.kind, "parent": unit.parent_id or "", "status": unit.status}


def _changes(work: Work, unit: Unit) -> dict[str, Any]:
    wanted = {
        "name": request.form.get("name", "").strip()[:200], "kind": _choice("kind", kinds_here(work), unit.kind),
        "status": _choice("status", statuses_here(work), unit.status, empty=True), "parent_id": _parent(),
        "attributes": attributes_posted(work, unit),
    }  # fmt: skip
    return {name: value for name, value in wanted.items() if value != getattr(unit, name)}


def _choice(name: str, choices: Mapping[str, Any], present: str = "", *, empty: bool = False) -> str:
    given = request.form.get(name, "")
    if given in choices or (given == present and (given or empty)) or (empty and not given):
        return given
    raise Invalid(say("请选择类别和状态。"), say("请从列表中选择。"))


def _parent() -> UUID | None:
    given = request.form.get("parent", "")
    found = id_in(given)
    if given and found is None:
        raise Invalid(say("没有找到上级单位。"), say("请从列表中选择。"))
    return found


def _parents(work: Work, unit: Unit | None) -> list[tuple[str, str]]:
    """Return the units that this one may hang below, as a tree."""
    found = [one for one in directory.units(work) if unit is None or not one.path.startswith(unit.path)]
    return [(str(one.id), "　" * (one.path.count("/") - 2) + one.name) for one in found]


def _node(unit: Unit, members: int, kinds: Kinds) -> dict[str, Any]:
    held = unit.attributes
    notes = [_note(name, held[name]) for name in ATTRIBUTES if held.get(name) not in (None, "")]
    return {
        "id": unit.id, "name": unit.name, "kind": kind_word(kinds, unit.kind), "active": unit.active,
        "status": said(STATUSES.get(unit.status, unit.status)), "tone": _TONES.get(unit.status, ""),
        "notes": " · ".join(notes), "members": members, "children": [],
    }  # fmt: skip


def _note(name: str, value: object) -> str:
    known = ATTRIBUTES[name]
    if known.choices:
        return said(known.choices.get(str(value), str(value)))
    return f"{said(known.label)} {value}" if name == "shifts" else f"{value} {said(known.of)}"


def _with_ancestors(units: Iterable[Unit], found: list[Unit]) -> list[Unit]:
    wanted = {UUID(part) for unit in found for part in unit.path.strip("/").split("/")}
    return [unit for unit in units if unit.id in wanted]


def effects_shape(work: Work, effects: owing.Effects) -> dict[str, Any]:
    """Return what a change does to running campaigns, as pages show it."""

    def shapes(owed: Iterable[owing.Owed]) -> list[dict[str, Any]]:
        return [
            {
                "title": f"{one.unit} · {one.title}",
                "campaign": one.campaign,
                "due": due_shape(work, one.due, one.words),
            }
            for one in owed
        ]

    return {
        "falls": shapes(effects.falls[:_SHOWN]), "arises": shapes(effects.arises[:_SHOWN]),
        "n_falls": len(effects.falls), "n_arises": len(effects.arises),
    }  # fmt: skip


def effect_words(effects: owing.Effects) -> str:
    """Return the same in a sentence; empty when nothing follows."""
    words = ""
    if effects.falls:
        words += plural("撤销了%(n)s项任务。", len(effects.falls))
    if effects.arises:
        words += plural("下达了%(n)s项任务。", len(effects.arises))
    return words
