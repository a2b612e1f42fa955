"""挂牌督办: items of ledgers of authorities below, which are kept up to date here, to read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _

from engine import carried_listing
from engine.carried_listing import Query
from engine.rollup.models import CarriedItem
from engine.running import Running
from tenants.db import Work
from tenants.errors import NotFound
from tenants.text import say
from web.entry import page
from web.views import tongue
from web.views.campaigns import campaigns
from web.views.instances import titles_of
from web.views.shapes import campaign_title, page_number, page_shape, state_tone


@page(campaigns, "/campaigns/<uuid:campaign_id>/ledgers/<ledger>/carried", "carried.html", may="work.see")
def carried(work: Work, campaign_id: UUID, ledger: str) -> dict[str, Any]:
    """Show the items of a ledger that authorities below keep this one up to date about."""
    live = tongue.running(work, campaign_id)
    known = live.package.ledgers.get(ledger)
    if known is None:
        raise NotFound(say("没有找到这本台账。"))
    asked = query_of(page_number())
    items, total = carried_listing.items(work, live, ledger, asked)
    return {
        "campaign": {"id": live.campaign.id, "title": campaign_title(live)},
        "ledger": {"key": ledger, "title": known.title},
        "filters": {"q": asked.q, "state": asked.status, "of": asked.of, "all": "" if asked.chosen else "1"},
        "states": [(state, tongue.term(live.package, state)) for state in known.states],
        "authorities": carried_listing.authorities(work, live, ledger),
        "items": [item_shape(live, one) for one in items],
        "pages": page_shape(asked.page, total, carried_listing.PAGE),
    }  # fmt: skip


def query_of(number: int) -> Query:
    """Return what the address asks for."""
    args = request.args
    return Query(
        args.get("q", "")[:100],
        args.get("state", "")[:64],
        args.get("of", "")[:64],
        not args.get("all"),
        number,
    )


def item_shape(live: Running, one: CarriedItem) -> dict[str, Any]:
    """Return an item as pages and the API tell it."""
    known = live.package.ledgers.get(one.ledger)
    titles = titles_of(live, one.ledger)
    return {
        "id": one.id, "title": one.title, "number": one.number, "of": one.other_name, "unit": one.unit,
        "state": tongue.term(live.package, one.status), "tone": state_tone(known, one.status) if known else "",
        "closed": one.closed, "chosen": one.chosen, "born": one.born_at, "changed": one.changed_at,
        "data": one.data,
        "cells": [(titles.get(key, key), _said(value)) for key, value in one.data.items() if value not in (None, "")],
    }  # fmt: skip


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return str(value)
