"""Indicators: numbers computed from ledgers and accepted answers, held against their targets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from engine import actors, counting
from engine.brought import Brought
from engine.measures import OWED, Fact, Facts, Reading, measured, of_each
from engine.models import Instance, LedgerItem
from engine.progress import PLACE
from engine.rows import AnyUnit
from engine.running import Running
from forms.expression import together
from forms.models import Submission
from tenants import access
from tenants.db import Work
from workflows.counts import duties_read
from workflows.dates import ImpossibleDate
from workflows.elements import Form, Indicator

# What all indicators of a campaign may do between them, about a second: a page waits for them.
STEPS = 3_000_000


def readings(work: Work, live: Running) -> list[Reading]:
    """Return every indicator of the campaign with its value, over what the viewer may see: a mine's number is its own.

    Cost grows with the items and accepted answers that any of them reads, in as many statements whatever the number of units;
    one that each of several units has to meet costs a short evaluation for each besides.
    """
    asked = list(live.package.indicators.values())
    if not asked:
        return []
    facts = _facts(work, live, _read_by(asked)) | _owed(work, live)
    units = actors.unit_rows(work) if any(one.each for one in asked) else []
    # Who they are is no part of what indicators may do: without a step left, units would be left out in silence.
    meant = {one.each: _meant(work, live, one.each, units) for one in asked if one.each}
    brought = Brought(facts, units)
    with together(STEPS):
        return [
            _dated(
                work,
                live,
                of_each(one, _parts(one, meant[one.each], brought)) if one.each else measured(one, facts),
            )
            for one in asked
        ]


def _dated(work: Work, live: Running, found: Reading) -> Reading:
    """Return a reading with the day by which its target is to be met."""
    indicator = found.indicator
    if indicator.by is None:
        return found
    try:
        day = live.dates.resolve(indicator.by, f"indicators.{indicator.id}.by")
    except ImpossibleDate:
        return found
    return replace(found, by=day, early=day is not None and work.today <= day)


def _meant(work: Work, live: Running, actor: str, units: Sequence[AnyUnit]) -> list[AnyUnit]:
    """Return the units that an actor means, as far as the viewer may see them."""
    seen = work.viewer.units
    picks = actors.picked(work, live.package, [actor], units)
    return [pick.unit for pick in picks if pick.unit is not None and (seen is None or pick.unit.id in seen)]


def _parts(indicator: Indicator, units: Iterable[AnyUnit], brought: Brought) -> Iterator[tuple[str, Facts]]:
    """Yield each unit's name with what it and those below it have brought of what the indicator reads."""
    keys = (*_read_by([indicator]), OWED)
    return ((unit.name, brought.part(unit.id, keys)) for unit in units)


def _read_by(several: Iterable[Indicator]) -> frozenset[str]:
    """Return the ledgers and forms that any of them reads."""
    return frozenset[str]().union(*(one.value.names for one in several if one.value is not None))


def _owed(work: Work, live: Running) -> dict[str, list[Fact]]:
    """Return what was owed by the duties that indicators read; nothing is asked for where none does."""
    reading = [one for one in live.package.indicators.values() if duties_read(one.value)]
    wanted = frozenset[str]().union(*(duties_read(one.value) for one in reading))
    if not wanted:
        return {}
    by_unit, by_day = any(one.each for one in reading), any(one.per for one in reading)
    return {OWED: counting.owed(work, live, wanted, by_unit=by_unit, by_day=by_day)}


def _facts(work: Work, live: Running, read: Collection[str]) -> dict[str, list[Fact]]:
    """Return ledger id -> items with 状态, form id -> latest answers of each instance that has ended, each with its time.

    read: the ledgers and forms that are asked for; there is nothing of the others.
    """
    package = live.package
    names: dict[str, list[Fact]] = {key: [] for key in (*package.ledgers, *package.forms)}
    fields = {key: _month_fields(form) for key, form in package.forms.items()}
    of_ledger = {key: fields.get(ledger.form or "", ()) for key, ledger in package.ledgers.items()}
    seen = (Instance.campaign_id == live.campaign.id, access.visible(work.viewer, PLACE))
    items = (
        select(
            LedgerItem.ledger, LedgerItem.data, LedgerItem.status, LedgerItem.number, LedgerItem.born_at, LedgerItem.unit_id,
        )
        .join(Instance, Instance.id == LedgerItem.instance_id)
        .where(*seen, LedgerItem.ledger.in_(sorted(read)))
        .order_by(LedgerItem.number)
    )  # fmt: skip
    for item in work.session.execute(items):
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
            *seen, Instance.state == "done", Submission.subject_kind == "instance", Submission.form.in_(sorted(read)),
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
