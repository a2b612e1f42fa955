"""What a notice leaves open and the tenant settles: who an actor is, who receives a report, who else joins in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _

from engine import appointing, bindings
from engine.running import Running
from tenants.base import id_in
from tenants.db import Work
from tenants.models import Unit
from web.entry import done, form_page, wants_posted
from web.views import tongue
from web.views.campaigns import campaigns
from web.views.kind_words import Kinds, kind_word, kinds_here
from web.views.package_shapes import who
from web.views.shapes import campaign_title
from web.views.units import effect_words


@form_page(campaigns, "/campaigns/<uuid:campaign_id>/settle", "settle.html", may="campaign.steer")
def settle(work: Work, campaign_id: UUID) -> Any:
    """Settle what the notice leaves open."""
    live = tongue.running(work, campaign_id)
    if wants_posted():
        return _settled(work, campaign_id, request.form.get("what", ""), request.form.get("key", ""))
    units = appointing.candidates(work, None)
    kinds = kinds_here(work)
    return {
        "campaign": {"id": campaign_id, "title": campaign_title(live)},
        "actors": [
            {
                "key": actor.id, "title": actor.title, "clause": "、".join(actor.clauses),
                **_shown(kinds, appointing.candidates(work, actor), bindings.chosen_ids(live.campaign, actor.id)),
            }
            for actor in live.package.actors.values()
            if actor.kind == "chosen"
        ],
        "reports": [_report(live, duty.id) for duty in live.package.unsettled],
        "lists": [
            {
                "key": one.id, "title": one.title, "clause": "、".join(one.clauses),
                "values": (live.campaign.choices.get("lists") or {}).get(one.id) or list(one.default),
            }
            for one in live.package.choices.values()
        ],
        "partners": [
            {
                "key": duty.id, "title": duty.title, "with": who(live.package, duty.partners), "clause": "、".join(duty.clauses),
                **_shown(kinds, units, [one for one in map(id_in, _chosen(live, duty.id).get("with") or ()) if one]),
            }
            for duty in live.package.duties.values()
            if duty.others
        ],
    }  # fmt: skip


def _settled(work: Work, campaign_id: UUID, what: str, key: str) -> Any:
    ids = [one for one in map(id_in, request.form.getlist("units")) if one is not None]
    words = _("已保存。")
    if what == "actor":
        words += effect_words(appointing.choose_units(work, campaign_id, key, ids))
    elif what == "report":
        appointing.choose_recipients(
            work, campaign_id, key, [one for one in request.form.getlist("to") if one]
        )
    elif what == "list":
        appointing.choose_list(work, campaign_id, key, request.form.get("values", "").splitlines())
    else:
        appointing.choose_partners(work, campaign_id, key, ids)
    return done(words, "campaigns.settle", campaign_id=campaign_id)


def _report(live: Running, key: str) -> dict[str, Any]:
    duty, to = live.package.duties[key], _chosen(live, key).get("to") or []
    options = [
        {"id": actor.id, "name": actor.title, "on": actor.id in to}
        for actor in live.package.actors.values()
        if actor.id not in duty.by
    ]
    return {
        "key": key, "title": duty.title, "clause": "、".join(duty.clauses),
        "chosen": [one["name"] for one in options if one["on"]], "groups": [{"kind": "", "options": options}],
    }  # fmt: skip


def _chosen(live: Running, duty: str) -> dict[str, Any]:
    return (live.campaign.choices.get("duties") or {}).get(duty) or {}


def _shown(kinds: Kinds, units: list[Unit], chosen: list[UUID]) -> dict[str, Any]:
    """Return the units to choose from, by their kinds, and the names of those that are chosen."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for unit in units:
        one = {"id": unit.id, "name": unit.name, "on": unit.id in chosen}
        groups.setdefault(kind_word(kinds, unit.kind), []).append(one)
    return {
        "chosen": [unit.name for unit in units if unit.id in chosen],
        "groups": [
            {"kind": kind if len(groups) > 1 else "", "options": sorted(options, key=lambda one: not one["on"])}
            for kind, options in groups.items()
        ],
    }  # fmt: skip
