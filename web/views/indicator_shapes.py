"""Indicators as pages show them: what they come to, what was asked, whether it is met."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import request
from flask_babel import gettext as _

from engine import indicators
from engine.measures import Reading, worst_first
from engine.running import Running
from tenants.db import Work
from tenants.text import say
from web.views.shapes import page_number, page_shape
from web.words import period_words as people_say
from web.words import said
from workflows.elements import Indicator
from workflows.parts import Target

# How many units stand on one page.
_PAGE = 50
_STRENGTHS = {"必须": say("必须"), "力争": say("力争"), "预期": say("预期"), "原则上": say("原则上")}


def indicators_shape(work: Work, live: Running) -> list[dict[str, Any]]:
    """Return the indicators, those that ask for different things of one number next to each other."""
    shown = {one.indicator.id: _indicator(live, one) for one in indicators.readings(work, live)}
    places = {key: place for place, key in enumerate(shown)}
    return sorted(
        shown.values(), key=lambda one: (places.get(one["pair"], places[one["key"]]), places[one["key"]])
    )


def looked_through(indicators: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the indicator that was asked for with one page of the units that each have to meet it; None when none was."""
    found = next(
        (one for one in indicators if one["parts"] and one["key"] == request.args.get("indicator")), None
    )
    if found is None:
        return None
    pages = page_shape(page_number(), len(found["parts"]), _PAGE)
    first = (pages["page"] - 1) * _PAGE
    return {**found, "parts": found["parts"][first : first + _PAGE], "pages": pages}


def _indicator(live: Running, reading: Reading) -> dict[str, Any]:
    one = reading.indicator
    other = live.package.indicators.get(one.beside)
    goals = {"falling": _("逐期下降"), "rising": _("逐期上升")}
    met = None if reading.early and reading.met is False else reading.met
    return {
        "key": one.id, "title": one.title, "value": number_words(reading.value), "unit": one.unit,
        "month": period_words(one, reading.month), "trouble": said(reading.trouble),
        "target": goals.get(one.trend) or target_words(one.target),
        "met": met, "early": reading.early and not reading.met, "by": reading.by, "years": _("、").join(map(str, one.years)),
        "before": number_words(reading.before) if reading.before is not None else "",
        "strength": _STRENGTHS[one.strength].render(_) if one.strength else "", "level": one.level,
        "clause": "、".join(one.clauses), "beside": other.title if other else "", "pair": one.beside,
        "each": live.package.actors[one.each].title if one.each in live.package.actors else "",
        "parts": [
            {"name": name, "value": number_words(part.value), "met": part.met, "month": period_words(one, part.month)}
            for name, part in worst_first(reading.units)
        ],
        "good": sum(part.met is True for _name, part in reading.units),
    }  # fmt: skip


def period_words(indicator: Indicator, period: str) -> str:
    """Return what a period is called: a 旬 by its month, the others as people say them."""
    if indicator.per != "ten_days" or len(period) < 10:
        return people_say(period)
    month, day = period[:7], int(period[8:10])
    if day == 10:
        return _("%(month)s上旬", month=month)
    return _("%(month)s中旬", month=month) if day == 20 else _("%(month)s下旬", month=month)


def number_words(value: Decimal | int | None) -> str:
    """Return a number as people write it, without needless zeros; a dash when there is none."""
    if value is None:
        return "—"
    exact = Decimal(value).quantize(Decimal("0.01")).normalize()
    return f"{exact:,f}"


def target_words(target: Target | None) -> str:
    """Return a target as people write it: ≥ 2, 1—2."""
    if target is None:
        return ""
    if target.op == "..":
        span = f"{number_words(target.value)}—{number_words(target.upper)}"
        return _("%(span)s，多者不限", span=span) if target.uncapped else span
    signs = {"==": "＝", "!=": "≠", "<=": "≤", ">=": "≥"}
    return f"{signs.get(target.op, target.op)} {number_words(target.value)}"
