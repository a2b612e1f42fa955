"""报送情况: how complete and how timely reports are, by unit and period, and level by level."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Response, request
from flask_babel import gettext as _

from engine import reporting
from engine.reporting import Asked, Counts, Overview, Period
from engine.running import Running
from tenants.db import Work
from tenants.sheets import Value, write_xlsx
from web.entry import page
from web.handing import handed
from web.views import rollup_shapes, tongue
from web.views.campaigns import campaigns
from web.views.kind_words import kinds_here, level_word
from web.views.shapes import campaign_title, page_number, page_shape
from web.words import date_words

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@page(campaigns, "/campaigns/<uuid:campaign_id>/reporting", "reporting.html", may="work.see")
def reporting_page(work: Work, campaign_id: UUID) -> dict[str, Any]:
    """Show how complete reports are and how timely."""
    live = tongue.running(work, campaign_id)
    asked = _asked(live, page_number())
    found = reporting.overview(work, live, asked)
    return {
        "campaign": {"id": live.campaign.id, "title": campaign_title(live)},
        "filters": {"q": asked.q, "duty": asked.duty},
        "duties": [(key, live.duties[key].title) for key in reporting.reports(live)],
        **reporting_shape(work, found),
        "stale": rollup_shapes.stale_of(work, live),
        "pages": page_shape(asked.page, found.units, reporting.PAGE),
    }  # fmt: skip


@page(campaigns, "/campaigns/<uuid:campaign_id>/reporting.xlsx", "", may="work.see")
def reporting_sheet(work: Work, campaign_id: UUID) -> Response:
    """Hand it out as a table, all units of it."""
    live = tongue.running(work, campaign_id)
    found = reporting.overview(work, live, _asked(live, 0))
    heads = [
        _("单位"),
        *(head for one in found.periods for head in _heads(period_words(one))),
        *_heads(_("合计")),
    ]
    rows: list[Sequence[Value]] = [
        [row.unit, *_numbers([row.cells.get(one.key, Counts()) for one in found.periods]), *_numbers([row.total])]
        for row in found.rows
    ]  # fmt: skip
    rows.append(
        [
            _("合计"),
            *_numbers([found.totals.get(one.key, Counts()) for one in found.periods]),
            *_numbers([found.total]),
        ]
    )
    return handed(write_xlsx(heads, rows, title=_("报送情况")), _XLSX, f"{_('报送情况')}.xlsx")


def reporting_shape(work: Work, found: Overview) -> dict[str, Any]:
    """Return it as pages and the API tell it."""
    kinds = kinds_here(work)
    return {
        "periods": [{"key": one.key, "label": period_words(one), "due": one.due} for one in found.periods],
        "rows": [
            {
                "unit_id": row.unit_id, "unit": row.unit, "total": counts_shape(row.total),
                "cells": [counts_shape(row.cells.get(one.key, Counts())) for one in found.periods],
            }
            for row in found.rows
        ],
        "totals": [counts_shape(found.totals.get(one.key, Counts())) for one in found.periods],
        "total": counts_shape(found.total),
        "levels": [
            {
                "kind": one.kind,
                "title": level_word(kinds, one.kind, one.title) if one.kind else work.tenant.name,
                **counts_shape(one.counts), "names": list(one.missing), "more": one.more, "below": one.below,
            }
            for one in found.levels
        ],
    }  # fmt: skip


def counts_shape(counts: Counts) -> dict[str, Any]:
    """Return counts with what of them they mean: none, missing, late, open, filed, accepted."""
    late = counts.filed - counts.on_time
    sign = (
        "none" if not counts.expected
        else "missing" if counts.missing
        else "late" if late
        else "open" if counts.filed < counts.expected
        else "accepted" if counts.accepted == counts.expected
        else "filed"
    )  # fmt: skip
    return {
        "expected": counts.expected, "filed": counts.filed, "on_time": counts.on_time, "late": late,
        "accepted": counts.accepted, "missing": counts.missing, "sign": sign,
        "complete": _share(counts.filed, counts.expected), "timely": _share(counts.on_time, counts.expected),
    }  # fmt: skip


def period_words(one: Period) -> str:
    """Return what a period is called."""
    if one.label:
        return one.label
    return date_words(one.due) if one.due else _("没有期限")


def _share(part: int, whole: int) -> float | None:
    """Return a share in per cent, with one decimal."""
    return round(100 * part / whole, 1) if whole else None


def _asked(live: Running, number: int) -> Asked:
    duty = request.args.get("duty", "")
    return Asked(duty if duty in reporting.reports(live) else "", request.args.get("q", "")[:100], number)


def _heads(period: str) -> list[str]:
    return [f"{period} {words}" for words in (_("应报"), _("已报"), _("按时"), _("已收"), _("缺报"))]


def _numbers(counts: Sequence[Counts]) -> list[Value]:
    return [
        number
        for one in counts
        for number in (one.expected, one.filed, one.on_time, one.accepted, one.missing)
    ]
