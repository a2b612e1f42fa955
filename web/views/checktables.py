"""Check tables of a campaign: their versions, a new one added, and what the mine and the inspector said side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _

from engine import checktables, comparison
from engine.comparison import Line, Sheet
from engine.running import Running
from forms.validation import references
from tenants import access
from tenants.base import id_in
from tenants.db import Work
from tenants.errors import Invalid, NotFound
from tenants.text import say
from web.entry import done, form_page, page, uploaded, wants_posted
from web.views import tongue
from web.views.campaigns import campaigns
from web.views.papers import file_shapes
from web.views.shapes import campaign_title, unit_name
from workflows.datasets import LIMITS
from workflows.elements import Table


@form_page(campaigns, "/campaigns/<uuid:campaign_id>/tables/<table>", "check_table.html", may="work.see")
def check_table(work: Work, campaign_id: UUID, table: str) -> Any:
    """Show a check table: its versions and who has answered it; add a version."""
    live = tongue.running(work, campaign_id)
    known = _known(live, table)
    if wants_posted():
        access.require(work.viewer, "campaign.steer")
        return _add(work, campaign_id, known)
    return {
        "campaign": {"id": campaign_id, "title": campaign_title(live)},
        "table": {"key": table, "title": known.title, "clause": "、".join(known.clauses), "awaited": known.awaited},
        "variants": [_variant(work, live, known, one) for one in known.variants],
        "may_add": live.campaign.state == "running" and access.may(work.viewer, "campaign.steer"),
        "units": [
            {"id": unit.id, "name": unit.name, "own": own, "others": others}
            for unit, own, others in comparison.units(work, live, table)
        ],
        "typed": {"variant": request.form.get("variant", ""), "version": request.form.get("version", "")},
    }  # fmt: skip


@page(
    campaigns, "/campaigns/<uuid:campaign_id>/tables/<table>/units/<uuid:unit_id>", "check_compare.html", may="work.see"
)  # fmt: skip
def check_compare(work: Work, campaign_id: UUID, table: str, unit_id: UUID) -> dict[str, Any]:
    """Show two answers to a check table about one unit, item by item, what differs first."""
    live = tongue.running(work, campaign_id)
    known = _known(live, table)
    sheets = comparison.sheets(work, live, table, unit_id)
    if not sheets:
        raise NotFound(say("还没有这个单位的检查表。"))
    left, right = _pair(sheets)
    lines = comparison.compare(left, right) if right else []
    differing, one_sided, total = comparison.counted(lines)
    return {
        "campaign": {"id": campaign_id, "title": campaign_title(live)},
        "table": {"key": table, "title": known.title},
        "unit": {"id": unit_id, "name": unit_name(work, unit_id)},
        "sheets": [_head(work, live, sheet) for sheet in sheets],
        "left": _head(work, live, left), "right": _head(work, live, right) if right else None,
        "counts": {"differing": differing, "one_sided": one_sided, "total": total},
        "groups": [
            {"title": title, "tone": tone, "open": tone != "ok", "lines": some}
            for title, tone, some in (
                (_("结果不同"), "bad", [_line(work, left, right, one) for one in lines if one.differs]),
                (_("只有一方填写"), "warn", [_line(work, left, right, one) for one in lines if one.one_sided]),
                (_("结果相同"), "ok", [
                    _line(work, left, right, one) for one in lines if not one.differs and not one.one_sided
                ]),
            )
            if some
        ] if right else [],
    }  # fmt: skip


def _known(live: Running, table: str) -> Table:
    if table not in live.package.tables:
        raise NotFound(say("本方案没有这张检查表。"))
    return live.package.tables[table]


def _add(work: Work, campaign_id: UUID, table: Table) -> Any:
    variant, version = request.form.get("variant", ""), request.form.get("version", "")
    found = uploaded()
    raw = found.stream.read(LIMITS.bytes + 1)
    draft = checktables.examine(work, campaign_id, table.id, variant, raw, found.filename or "", version)
    if draft.problems and not request.form.get("anyway"):
        raise Invalid(
            say("与通知写明的数不符，没有加入。"),
            say("确认无误的，请勾选“仍然加入”再上传。"),
            problems=draft.problems,
        )
    row = checktables.add(work, campaign_id, table.id, variant, raw, found.filename or "", version)
    words = _(
        "已加入%(version)s：%(items)s项，新增%(added)s、删去%(gone)s、改动%(changed)s",
        version=row.version, items=row.items, added=len(draft.added), gone=len(draft.gone), changed=len(draft.changed),
    )  # fmt: skip
    return done(words, "campaigns.check_table", campaign_id=campaign_id, table=table.id)


def _variant(work: Work, live: Running, table: Table, variant: str) -> dict[str, Any]:
    one = table.variants[variant]
    used = checktables.used_by(work, live, table.id, variant)
    packed = live.package.datasets.get(table.id, {}).get(variant)
    rows = [
        {
            "version": row.version, "areas": row.areas, "items": row.items, "at": row.added_at, "who": row.added_name,
            "file": row.file, "used": used.get(row.token, 0),
        }
        for row in checktables.versions(work, live, table.id, variant)
    ]  # fmt: skip
    if packed is not None:
        rows.append({
            "version": packed.version, "areas": len(packed.areas), "items": len(packed.items), "at": live.campaign.launched_at,
            "who": _("随方案"), "file": "", "used": used.get(packed.token, 0),
        })  # fmt: skip
    return {
        "key": variant, "title": tongue.term(live.package, one.title), "versions": rows,
        "wanted": _("应有%(areas)s个分区%(items)s项", areas=one.areas, items=one.items) if one.areas and one.items else "",
    }  # fmt: skip


def _pair(sheets: list[Sheet]) -> tuple[Sheet, Sheet | None]:
    """Return which two are compared: those asked for, else the unit's own and the newest of others."""
    by_task = {sheet.task_id: sheet for sheet in sheets}
    left = by_task.get(id_in(request.args.get("left")) or sheets[0].task_id, sheets[0])
    others = [sheet for sheet in sheets if sheet is not left]
    newest = max(others, key=lambda one: (one.own != left.own, one.at), default=None)
    return left, by_task.get(id_in(request.args.get("right")) or left.task_id, left) if _asked(
        sheets, left
    ) else newest


def _asked(sheets: list[Sheet], left: Sheet) -> bool:
    wanted = id_in(request.args.get("right"))
    return any(sheet.task_id == wanted and sheet is not left for sheet in sheets)


def _head(work: Work, live: Running, sheet: Sheet) -> dict[str, Any]:
    results: dict[str, int] = {}
    for key in sheet.data.items:
        results[str(sheet.result(key) or "")] = results.get(str(sheet.result(key) or ""), 0) + 1
    labels = _labels(sheet, sheet.judged)
    return {
        "task": sheet.task_id, "instance": sheet.instance_id, "title": tongue.named(live.package, sheet.title),
        "unit": unit_name(work, sheet.desk_id), "who": sheet.who, "at": sheet.at, "own": sheet.own,
        "version": sheet.data.version, "variant": tongue.term(live.package, sheet.data.variant_title),
        "results": [(labels.get(value, value) if value else _("未填"), n) for value, n in results.items()],
    }  # fmt: skip


def _line(work: Work, left: Sheet, right: Sheet | None, line: Line) -> dict[str, Any]:
    return {
        "key": line.key, "area": line.area, "text": line.text,
        "left": _cell(work, left, line.left), "right": _cell(work, right, line.right) if right else None,
    }  # fmt: skip


def _cell(work: Work, sheet: Sheet, row: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what one side says of an item: its result, whatever else was answered, and the files."""
    answers = {key: value for key, value in (row or {}).items() if key not in sheet.data.columns}
    result = answers.pop(sheet.judged, None)
    named = references(sheet.form.schema, {sheet.field: [row]}, "attachment") if row else frozenset()
    texts = [
        str(_labels(sheet, key).get(value, value))
        for key, value in answers.items()
        if isinstance(value, str | int | float) and value not in named
    ]
    return {
        "result": _labels(sheet, sheet.judged).get(result, result) or "", "texts": texts,
        "files": list(file_shapes(work, named).values()) if named else [],
    }  # fmt: skip


def _labels(sheet: Sheet, name: str) -> dict[Any, str]:
    asked: Any = sheet.form.schema.get("properties") or {}
    items = asked.get(sheet.field, {}).get("items") or {}
    found = (items.get("properties") or {}).get(name, {}).get("x-labels")
    return dict(found) if isinstance(found, dict) else {}
