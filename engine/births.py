"""What an instance bears when it ends: ledger items and duties from the rows of its forms, and duties on a thrown event.

Rows bear only at the end, from the last answers given: a report that was returned for rework bears nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from sqlalchemy import func, select

from engine.actors import near
from engine.models import Instance, LedgerItem
from engine.opening import Opening, open_instances
from engine.process import Step
from engine.running import Running
from forms.expression import EvaluationError
from forms.models import Submission
from tenants.audit import record
from tenants.db import Work
from tenants.models import Unit
from workflows.elements import Duty, Ledger, RowSource
from workflows.schedule import due_after


def after_end(work: Work, running: Running, instance: Instance, step: Step) -> None:
    """Record what follows from an instance that ended normally."""
    unit = _unit(work, instance.about_id or instance.unit_id)
    answers = _last_answers(work, instance)
    for ledger in running.package.ledgers.values():
        for source in ledger.from_rows:
            rows = _rows(answers, source)
            bear_items(work, running, ledger, rows, unit=unit, source=instance)
    for duty in running.duties.values():
        on = duty.on
        if on is not None and on.kind == "rows":
            for _, row in chain.from_iterable(_rows(answers, source) for source in on.sources):
                open_duty(work, running, duty, unit, data=row, source=instance)
    for name, payload in step.thrown:
        for duty in running.duties.values():
            if duty.on is not None and duty.on.kind == "event" and duty.on.event == name:
                open_duty(work, running, duty, unit, data=payload, source=instance)
    if instance.ledger:
        _close_item(work, instance)
    duty_of = running.duties.get(instance.duty)
    if duty_of and any(running.package.actors[to].kind in ("unit", "below") for to in duty_of.to):
        # What goes to whole kinds of units (a bulletin) is theirs to read once it is out.
        instance.open_to_all = True


def bear_items(
    work: Work,
    running: Running,
    ledger: Ledger,
    rows: Iterator[tuple[int, Mapping[str, Any]]],
    *,
    unit: Unit | None,
    source: Instance | None,
) -> list[LedgerItem]:
    """Add one line to the ledger for each row, and start its life. The unit is the one that the source concerns."""
    count = select(func.coalesce(func.max(LedgerItem.number), 0)).where(
        LedgerItem.campaign_id == running.campaign.id, LedgerItem.ledger == ledger.id
    )
    number = work.session.scalar(count) or 0
    openings, lines = [], []
    for index, row in rows:
        number += 1
        title = item_title(ledger, row, number)
        openings.append(
            Opening(
                ledger.process,
                title,
                unit,
                about=None,
                ledger=ledger.id,
                data=row,
                source_id=source.id if source else None,
            )
        )
        lines.append((number, title, index, row))
    if not openings:
        return []
    instances = open_instances(work, running, openings)
    items = [
        LedgerItem(
            campaign_id=running.campaign.id, ledger=ledger.id, number=number, title=title, instance_id=instance.id,
            source_id=source.id if source else None, row=index, unit_id=instance.unit_id, data=dict(row),
            status=instance.status or (ledger.states[0] if ledger.states else ""), born_at=work.now, changed_at=work.now,
            closed=instance.state == "done",
        )
        for instance, (number, title, index, row) in zip(instances, lines, strict=True)
    ]  # fmt: skip
    work.session.add_all(items)
    work.session.flush()
    for item in items:
        record(
            work,
            "item.born",
            "ledger_item",
            item.id,
            unit_id=item.unit_id,
            ledger=ledger.id,
            title=item.title,
        )
    return items


def open_duty(
    work: Work,
    running: Running,
    duty: Duty,
    unit: Unit | None,
    *,
    about: Unit | None = None,
    data: Mapping[str, Any] | None = None,
    source: Instance | None = None,
) -> Instance:
    """Open one instance of a duty that something other than the calendar starts."""
    due = due_after(running.setting, duty, {"at": work.now, **(data or {})})
    actor = None
    if unit is not None and duty.by:
        picks = (near(work, running.package, name, unit) for name in duty.by)
        actor = next((pick for pick in picks if pick is not None), None)
    by = actor.unit if actor and actor.unit else unit
    opening = Opening(
        duty.process, duty.title, by, about=about, duty=duty.id, desk_id=recipient(work, running, duty, about or by),
        hidden=duty.hidden == "about", due=due, words=duty.words, source_id=source.id if source else None, data=data or {},
    )  # fmt: skip
    return open_instances(work, running, [opening])[0]


def recipient(work: Work, running: Running, duty: Duty, subject: Unit | None) -> Any:
    """Return the id of the one unit that receives the duty's report, where it is resolved from the subject; else None."""
    for name in duty.to:
        if running.package.actors[name].kind == "above":
            pick = near(work, running.package, name, subject)
            if pick and pick.unit:
                return pick.unit.id
    return None


def item_title(ledger: Ledger, row: Mapping[str, Any], number: int) -> str:
    """Return what an item is called in lists."""
    if ledger.item_title is not None:
        try:
            title = ledger.item_title.evaluate(row)
            if title:
                return str(title)[:200]
        except EvaluationError:
            pass
    return f"{ledger.title} {number}"


def _rows(
    answers: Mapping[str, Mapping[str, Any]], source: RowSource
) -> Iterator[tuple[int, Mapping[str, Any]]]:
    found = answers.get(source.form, {}).get(source.field)
    for index, row in enumerate(found if isinstance(found, list) else []):
        if isinstance(row, dict) and (source.when is None or source.when.evaluate(row) is True):
            yield index, row


def _last_answers(work: Work, instance: Instance) -> dict[str, Mapping[str, Any]]:
    query = (
        select(Submission.form, Submission.answers)
        .where(Submission.subject_kind == "instance", Submission.subject_id == instance.id)
        .order_by(Submission.version)
    )
    return {row.form: row.answers for row in work.session.execute(query)}


def _close_item(work: Work, instance: Instance) -> None:
    item = work.session.scalar(select(LedgerItem).where(LedgerItem.instance_id == instance.id))
    if item is not None:
        item.closed, item.changed_at = True, work.now


def _unit(work: Work, unit_id: Any) -> Unit | None:
    return work.session.get(Unit, (work.tenant.id, unit_id)) if unit_id else None
