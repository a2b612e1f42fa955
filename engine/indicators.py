"""Indicators: numbers computed from ledgers and accepted answers, held against their targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from engine.models import Instance, LedgerItem
from engine.progress import PLACE
from engine.running import Running
from forms.expression import EvaluationError, together
from forms.models import Submission
from tenants import access
from tenants.db import Work
from tenants.text import Message
from workflows.elements import Form, Indicator
from workflows.parts import Target


@dataclass(frozen=True)
class Reading:
    """An indicator's value now. value: None = nothing to compute it from yet; met: None = no target or no value.

    month: of one that is computed for each month, the worst against its target (2024-11); without a target the newest.
    trouble: why it cannot be computed.
    """

    indicator: Indicator
    value: Decimal | int | None
    met: bool | None
    month: str = ""
    trouble: Message | None = None


# What all indicators of a campaign may do between them, about a second: a page waits for them.
STEPS = 3_000_000

# Ledger or form -> (month, item or answers).
Facts = Mapping[str, list[tuple[str, Mapping[str, Any]]]]


def readings(work: Work, live: Running) -> list[Reading]:
    """Return every indicator of the campaign with its value, over what the viewer may see: a mine's number is its own.

    Cost grows with ledger items and accepted submissions.
    """
    if not live.package.indicators:
        return []
    facts = _facts(work, live)
    names = {key: [row for _, row in rows] for key, rows in facts.items()}
    with together(STEPS):
        return [
            of_worst_month(indicator, facts) if indicator.per else _read(indicator, names)
            for indicator in live.package.indicators.values()
        ]


def _read(indicator: Indicator, names: Mapping[str, Any], month: str = "") -> Reading:
    value: Any = None
    if indicator.value is not None:
        try:
            value = indicator.value.evaluate(names)
        except EvaluationError as why:
            return Reading(indicator, None, None, month, why.what)
    if not isinstance(value, Decimal | int) or isinstance(value, bool):
        value = None
    return Reading(indicator, value, indicator.target.met(value) if indicator.target else None, month)


def of_worst_month(indicator: Indicator, facts: Facts) -> Reading:
    """Return the reading of the month that is furthest from the target. A month of which nothing is known has none."""
    read = indicator.value.names if indicator.value else frozenset()
    months = sorted({month for key in read for month, _ in facts.get(key, ())})
    found = [_read(indicator, _within(facts, month), month) for month in months]
    if troubled := next((reading for reading in found if reading.trouble), None):
        return troubled  # whether another month is worse nobody knows
    valued = [(reading, reading.value) for reading in found if reading.value is not None]
    if not valued:
        return Reading(indicator, None, None)
    return max(valued, key=lambda one: (_distance(indicator.target, one[1]), one[0].month))[0]


def _within(facts: Facts, month: str) -> dict[str, Any]:
    return {key: [row for of, row in rows if of == month] for key, rows in facts.items()}


def _distance(target: Target | None, value: Decimal | int) -> Decimal:
    """Return how bad a value is: the higher, the further on the wrong side."""
    if target is None:
        return Decimal(0)
    off = value - target.value
    match target.op:
        case "<" | "<=":
            return off
        case ">" | ">=":
            return -off
        case "!=":
            return -abs(off)
        case ".." if target.upper is not None:
            return max(-off, value - target.upper)
    return abs(off)


def _facts(work: Work, live: Running) -> Facts:
    """Return ledger id -> items with 状态, form id -> latest answers of each instance that has ended, each with its month."""
    package = live.package
    names: dict[str, list[tuple[str, Mapping[str, Any]]]] = {
        key: [] for key in (*package.ledgers, *package.forms)
    }
    fields = {key: _month_fields(form) for key, form in package.forms.items()}
    of_ledger = {key: fields.get(ledger.form or "", ()) for key, ledger in package.ledgers.items()}
    seen = (Instance.campaign_id == live.campaign.id, access.visible(work.viewer, PLACE))
    items = (
        select(LedgerItem)
        .join(Instance, Instance.id == LedgerItem.instance_id)
        .where(*seen)
        .order_by(LedgerItem.number)
    )
    for item in work.session.scalars(items):
        month = _month(work, item.data, of_ledger.get(item.ledger, ()), item.born_at)
        line = {**item.data, "状态": item.status, "编号": item.number}
        names.setdefault(item.ledger, []).append((month, line))
    accepted = (
        select(Submission.form, Submission.subject_id, Submission.part, Submission.answers, Submission.made_at)
        .join(Instance, Instance.id == Submission.subject_id)
        .where(
            *seen, Instance.state == "done", Submission.subject_kind == "instance",
            Submission.package_hash == Instance.package_hash,
        )
        .order_by(Submission.version)
    )  # fmt: skip
    latest: dict[tuple[str, Any, str], tuple[datetime, Mapping[str, Any]]] = {}
    for row in work.session.execute(accepted):
        # A correction stays in the month in which it was first filed.
        key = (row.form, row.subject_id, row.part)
        filed, _ = latest.get(key, (row.made_at, None))
        latest[key] = filed, row.answers
    for (form, _, _), (filed, answers) in latest.items():
        names.setdefault(form, []).append((_month(work, answers, fields.get(form, ()), filed), answers))
    return names


def _month_fields(form: Form) -> tuple[str, ...]:
    """Return the fields of a form in which somebody says for which month it is."""
    properties = form.schema.get("properties")
    found = properties.items() if isinstance(properties, Mapping) else ()
    return tuple(key for key, part in found if isinstance(part, Mapping) and part.get("format") == "month")


def _month(work: Work, answers: Mapping[str, Any], fields: Iterable[str], at: datetime) -> str:
    """Return the month that answers are for: what they say themselves, else the month in which they were filed here."""
    said = next((answers[key] for key in fields if answers.get(key)), None)
    return str(said) if said else at.astimezone(work.zone).strftime("%Y-%m")
