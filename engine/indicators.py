"""Indicators: numbers computed from ledgers and accepted answers, held against their targets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from engine.models import Instance, LedgerItem
from engine.progress import PLACE
from engine.running import Running
from forms.expression import EvaluationError
from forms.models import Submission
from tenants import access
from tenants.db import Work
from workflows.elements import Indicator


@dataclass(frozen=True)
class Reading:
    """An indicator's value now. value: None = nothing to compute it from yet; met: None = no target or no value."""

    indicator: Indicator
    value: Decimal | int | None
    met: bool | None


def readings(work: Work, live: Running) -> list[Reading]:
    """Return every indicator of the campaign with its value, over what the viewer may see: a mine's number is its own.

    Cost grows with ledger items and accepted submissions.
    """
    if not live.package.indicators:
        return []
    names = _names(work, live)
    return [_read(indicator, names) for indicator in live.package.indicators.values()]


def _read(indicator: Indicator, names: Mapping[str, Any]) -> Reading:
    value: Any = None
    if indicator.value is not None:
        try:
            value = indicator.value.evaluate(names)
        except EvaluationError:
            value = None
    if not isinstance(value, Decimal | int) or isinstance(value, bool):
        value = None
    return Reading(indicator, value, indicator.target.met(value) if indicator.target else None)


def _names(work: Work, live: Running) -> dict[str, Any]:
    """Return ledger id -> items with 状态, form id -> latest answers of each instance that has ended."""
    package = live.package
    names: dict[str, Any] = {key: [] for key in (*package.ledgers, *package.forms)}
    seen = (Instance.campaign_id == live.campaign.id, access.visible(work.viewer, PLACE))
    items = (
        select(LedgerItem)
        .join(Instance, Instance.id == LedgerItem.instance_id)
        .where(*seen)
        .order_by(LedgerItem.number)
    )
    for item in work.session.scalars(items):
        names.setdefault(item.ledger, []).append({**item.data, "状态": item.status, "编号": item.number})
    accepted = (
        select(Submission.form, Submission.subject_id, Submission.answers)
        .join(Instance, Instance.id == Submission.subject_id)
        .where(*seen, Instance.state == "done", Submission.subject_kind == "instance")
        .order_by(Submission.version)
    )
    latest: dict[tuple[str, Any], Mapping[str, Any]] = {}
    for row in work.session.execute(accepted):
        latest[row.form, row.subject_id] = row.answers
    for (form, _), answers in latest.items():
        names.setdefault(form, []).append(answers)
    return names
