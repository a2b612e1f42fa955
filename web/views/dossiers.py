"""One unit's file (一矿一档), and lists that several campaigns keep together (黑名单)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, request, url_for
from flask_babel import gettext as _

from engine import comparison, dossiers
from engine.dossiers import Part
from engine.running import Running
from tenants.db import Work
from tenants.errors import NotFound
from tenants.models import Unit
from tenants.roster.units import STATUSES
from tenants.text import say
from web.entry import page
from web.views import tongue
from web.views.kind_words import kind_word, kinds_here
from web.views.shapes import campaign_title, due_shape, people_of, state_tone, title_parts
from web.views.unit_fields import attribute_words, fields_of
from web.words import said
from workflows.package import Package

dossier = Blueprint("dossier", __name__)

_STATUS = {"running": "active", "done": "done", "released": "withdrawn", "stuck": "incident"}


@page(dossier, "/units/<uuid:unit_id>/file", "dossier.html", may="work.see")
def show(work: Work, unit_id: UUID) -> dict[str, Any]:
    """Show all that concerns one unit."""
    found = dossiers.of_unit(work, unit_id)
    unit = found.unit
    return {
        "unit": {
            "id": unit.id, "name": unit.name, "kind": kind_word(kinds_here(work), unit.kind), "code": unit.code,
            "status": said(STATUSES.get(unit.status, unit.status)),
        },
        "facts": _facts(work, unit) if work.viewer.units is None or unit.id in work.viewer.units else [],
        "parts": [_part(work, part, unit_id) for part in found.parts],
        "files": [
            {
                "name": one.name, "size": one.size, "at": one.uploaded_at, "url": url_for("files.download", file_id=one.id),
            }
            for one in found.files
        ],
    }  # fmt: skip


@page(dossier, "/lists", "lists.html", may="work.see")
def lists(work: Work) -> dict[str, Any]:
    """Show the lists that campaigns keep together."""
    return {
        "lists": [
            {
                "key": name, "title": parts[0][1].title, "campaigns": [campaign_title(live) for live, _ledger in parts],
                "open": len(dossiers.lines_of(work, parts, open_only=True)),
            }
            for name, parts in _lists(work).items()
        ]
    }  # fmt: skip


@page(dossier, "/lists/<shared>", "shared_list.html", may="work.see")
def shared(work: Work, shared: str) -> dict[str, Any]:
    """Show a list that several campaigns keep together."""
    parts = _lists(work).get(shared)
    if parts is None:
        raise NotFound(say("没有这份名单。"))
    known = {(live.campaign.id, ledger.id): (live, ledger) for live, ledger in parts}
    words = request.args.get("q", "").strip()[:100]
    lines = []
    for item, unit in dossiers.lines_of(work, parts):
        live, ledger = known[item.campaign_id, item.ledger]
        if words and words not in item.title and words not in unit:
            continue
        lines.append({
            "id": item.id, "title": item.title, "unit": unit, "unit_id": item.unit_id, "campaign": campaign_title(live),
            "state": tongue.term(live.package, item.status), "tone": state_tone(ledger, item.status), "born": item.born_at,
        })  # fmt: skip
    return {"list": {"key": shared, "title": parts[0][1].title}, "items": lines, "q": words}


def _facts(work: Work, unit: Unit) -> list[tuple[str, str]]:
    """Return what is known of the unit itself: what is above it, who is there, its attributes."""
    above = work.session.get(Unit, (work.tenant.id, unit.parent_id)) if unit.parent_id else None
    shown = [
        (one["label"] + (_("（%(unit)s）", unit=one["unit"]) if one["unit"] else ""), attribute_words(one))
        for one in fields_of(work, unit)
        if one["value"] not in ("", None)
    ]
    people = people_of(work, [unit.id]).get(unit.id, "")
    facts = [(_("上级单位"), above.name if above else ""), *shown, (_("人员"), people)]
    return [(title, words) for title, words in facts if words]


def _lists(work: Work) -> dict[str, list[tuple[Running, Any]]]:
    found = dossiers.lists(work)
    spoken = {
        name: [(tongue.spoken(live), ledger.id) for live, ledger in parts] for name, parts in found.items()
    }
    return {
        name: [(live, live.package.ledgers[key]) for live, key in parts] for name, parts in spoken.items()
    }


def _part(work: Work, part: Part, unit_id: UUID) -> dict[str, Any]:
    live = tongue.spoken(part.live)
    package = live.package
    ledgers = [
        {
            "key": ledger.id, "title": ledger.title, "pair": _title(package, ledger.pair),
            "items": [
                {
                    "id": item.id, "title": item.title, "state": tongue.term(package, item.status),
                    "tone": state_tone(ledger, item.status), "born": item.born_at,
                }
                for item in part.items[ledger.id]
            ],
        }
        for ledger in package.ledgers.values()
        if ledger.id in part.items
    ]  # fmt: skip
    return {
        "id": live.campaign.id, "title": campaign_title(live), "running": live.campaign.state == "running", "ledgers": ledgers,
        "work": [
            {
                "id": one.id, "title": title_parts(live, one.title)[0], "period": title_parts(live, one.title)[1],
                "status": _STATUS[one.state], "due": due_shape(work, one.due, one.words, is_open=one.state == "running"),
                "filed": one.filed_at,
            }
            for one in part.work[: dossiers.MOST]
        ],
        "tables": [
            {"key": table.id, "title": table.title}
            for table in package.tables.values()
            if comparison.sheets(work, live, table.id, unit_id)
        ],
    }  # fmt: skip


def _title(package: Package, ledger: str) -> str:
    return package.ledgers[ledger].title if ledger in package.ledgers else ""
