"""Draws, as pages and programs are told of them: what was drawn from, how, and who it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from engine import drawn, draws
from engine.draw_models import LotDraw
from engine.models import Instance
from engine.running import Running
from engine.standing import part_of
from engine.tasks import Desk
from forms.lots import Lot, groups_of
from forms.validation import form_of
from tenants.db import Work
from web.views import tongue
from web.words import said


def at_task(work: Work, desk: Desk, workable: bool) -> list[dict[str, Any]]:
    """Return the fields that a task draws, each with its draws so far, newest first; `ask` where it may be drawn now."""
    if desk.form is None or not form_of(desk.form.schema).drawn:
        return []
    return [
        {
            "field": one.rule.field, "title": one.rule.title, "ask": workable,
            "groups": _groups(desk.running, one.frame.lots, one.frame.numbers) if one.frame else [],
            "size": len(one.frame.lots) if one.frame else 0,
            "names": [lot.label for lot in one.frame.lots] if one.frame else [],
            "trouble": f"{said(one.trouble.what)}{said(one.trouble.do)}" if one.trouble else "",
            "before": [draw_shape(work, desk.running, desk.instance, row, one.rule.title) for row in one.before][::-1],
        }
        for one in draws.prospects(work, desk)
    ]  # fmt: skip


def of_instance(work: Work, live: Running, of: Instance) -> list[dict[str, Any]]:
    """Return all draws of a matter, newest first, for whoever may read it."""
    return [draw_shape(work, live, of, row) for row in drawn.made(work, of)][::-1]


def beside(work: Work, desk: Desk) -> list[dict[str, Any]]:
    """Return the draws that other steps of a task's matter rest on."""
    own = desk.form.id if desk.form else ""
    rows = drawn.made(work, desk.instance, part_of(desk.task.place))
    return [draw_shape(work, desk.running, desk.instance, row) for row in rows if row.form != own][::-1]


def draw_shape(work: Work, live: Running, of: Instance, row: LotDraw, title: str = "") -> dict[str, Any]:
    """Return one draw to read."""
    found = drawn.list_of(row)
    taken = drawn.result(row)
    return {
        "id": row.id, "form": row.form, "field": row.field, "title": title or _title(live, row), "number": row.number,
        "seed": row.seed, "hash": drawn.frame_hash(row), "size": len(found), "reason": row.reason, "at": row.made_at,
        "who": row.made_name, "groups": _groups(live, found, row.numbers),
        "drawn": [
            {"key": lot.key, "name": lot.label, "group": tongue.term(live.package, lot.group), "kept": lot.kept}
            for lot in taken
        ],
        "list": url_for("campaigns.draw_list", instance_id=of.id, draw_id=row.id),
    }  # fmt: skip


def _groups(live: Running, found: Sequence[Lot], numbers: Mapping[str, int]) -> list[dict[str, Any]]:
    return [
        {
            "name": tongue.term(live.package, group), "size": size, "kept": kept, "others": size - kept,
            "number": numbers.get(group, 0),
        }
        for group, (size, kept) in groups_of(found).items()
    ]  # fmt: skip


def _title(live: Running, row: LotDraw) -> str:
    form = live.package.forms.get(row.form)
    properties: Mapping[str, Any] = form.schema["properties"] if form else {}  # type: ignore[assignment]
    return str((properties.get(row.field) or {}).get("title") or row.field)
