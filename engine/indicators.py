"""Indicators: numbers computed from ledgers and accepted answers, held against their targets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from engine import actors, counting
from engine.lineage import above
from engine.measures import OWED, Fact, Facts, Reading, measured, of_each
from engine.models import Instance, LedgerItem
from engine.progress import PLACE
from engine.running import Running
from forms.expression import together
from forms.models import Submission
from tenants import access
from tenants.db import Work
from tenants.models import Unit
from workflows.counts import duties_read
from workflows.dates import ImpossibleDate
from workflows.elements import Form, Indicator

# What all indicators of a campaign may do between them, about a second: a page waits for them.
STEPS = 3_000_000


def readings(work: Work, live: Running) -> list[Reading]:
    """Return every indicator of the campaign with its value, over what the viewer may see: a mine's number is its own.

    Cost grows with ledger items and accepted submissions, and where each of several units is measured with their number.
    """
    if not live.package.indicators:
        return []
    facts = _facts(work, live) | _owed(work, live)
    units = actors.all_units(work) if any(one.each for one in live.package.indicators.values()) else []
    with together(STEPS):
        return [_reading(work, live, one, facts, units) for one in live.package.indicators.values()]


def _reading(
    work: Work, live: Running, indicator: Indicator, facts: Mapping[str, list[Fact]], units: Sequence[Unit]
) -> Reading:
    if indicator.each:
        found = of_each(indicator, _parts(work, live, indicator.each, facts, units))
    else:
        found = measured(indicator, facts)
    day = None
    if indicator.by is not None:
        try:
            day = live.dates.resolve(indicator.by, f"indicators.{indicator.id}.by")
        except ImpossibleDate:
            day = None
    return replace(found, by=day, early=day is not None and work.today <= day)


def _parts(
    work: Work, live: Running, actor: str, facts: Mapping[str, list[Fact]], units: Sequence[Unit]
) -> Iterator[tuple[str, Facts]]:
    """Yield each unit that an actor means, as far as the viewer may see it, with what it and those below it have brought."""
    within: dict[UUID, frozenset[UUID]] = {unit.id: frozenset((unit.id, *above(unit))) for unit in units}
    seen = work.viewer.units
    for pick in actors.picked(work, live.package, [actor], units):
        unit = pick.unit
        if unit is not None and (seen is None or unit.id in seen):
            yield (
                unit.name,
                {
                    key: [
                        one for one in rows if one.unit_id and unit.id in within.get(one.unit_id, frozenset())
                    ]
                    for key, rows in facts.items()
                },
            )


def _owed(work: Work, live: Running) -> dict[str, list[Fact]]:
    """Return what was owed by the duties that indicators read; nothing is asked for where none does."""
    reading = [one for one in live.package.indicators.values() if duties_read(one.value)]
    wanted = frozenset[str]().union(*(duties_read(one.value) for one in reading))
    if not wanted:
        return {}
    by_unit, by_day = any(one.each for one in reading), any(one.per for one in reading)
    return {OWED: counting.owed(work, live, wanted, by_unit=by_unit, by_day=by_day)}


def _facts(work: Work, live: Running) -> dict[str, list[Fact]]:
    """Return ledger id -> items with 状态, form id -> latest answers of each instance that has ended, each with its time."""
    package = live.package
    names: dict[str, list[Fact]] = {key: [] for key in (*package.ledgers, *package.forms)}
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
        when = _when(work, item.data, of_ledger.get(item.ledger, ()), item.born_at)
        line = {**item.data, "状态": item.status, "编号": item.number}
        names.setdefault(item.ledger, []).append(Fact(when, line, item.unit_id))
    accepted = (
        select(
            Submission.form, Submission.subject_id, Submission.part, Submission.answers, Submission.made_at, Instance.unit_id,
            Instance.about_id,
        )
        .join(Instance, Instance.id == Submission.subject_id)
        .where(
            *seen, Instance.state == "done", Submission.subject_kind == "instance",
            or_(Submission.package_hash == Instance.package_hash, Submission.package_hash.in_(live.campaign.former)),
        )
        .order_by(Submission.version)
    )  # fmt: skip
    latest: dict[tuple[str, Any, str], tuple[datetime, Mapping[str, Any], UUID | None]] = {}
    for row in work.session.execute(accepted):
        # A correction stays in the month in which it was first filed.
        key = (row.form, row.subject_id, row.part)
        filed = latest[key][0] if key in latest else row.made_at
        latest[key] = filed, row.answers, row.about_id or row.unit_id
    for (form, _, _), (filed, answers, whose) in latest.items():
        when = _when(work, answers, fields.get(form, ()), filed)
        names.setdefault(form, []).append(Fact(when, answers, whose))
    return names


def _month_fields(form: Form) -> tuple[str, ...]:
    """Return the fields of a form in which somebody says for which month or year it is."""
    properties = form.schema.get("properties")
    found = properties.items() if isinstance(properties, Mapping) else ()
    return tuple(
        key for key, part in found if isinstance(part, Mapping) and part.get("format") in ("month", "year")
    )


def _when(work: Work, answers: Mapping[str, Any], fields: Iterable[str], at: datetime) -> str:
    """Return for when answers count: the month or year that they say themselves, else the day on which they were filed here."""
    said = next((answers[key] for key in fields if answers.get(key)), None)
    return str(said) if said else at.astimezone(work.zone).date().isoformat()
