"""What an instance bears when it ends: ledger items and duties from the rows of its forms, and duties on a thrown event.

Rows bear only at the end, from the last answers given: a report that was returned for rework bears nothing twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from engine import carried, milestones, series, waits
from engine.actors import first_near, home_of
from engine.addressees import REPLY
from engine.bearing import bearing_rows, brought_up_to_date, concerned, item_title, last_answers, unborn
from engine.company import recipient
from engine.models import LedgerItem
from engine.opening import Opening, Started, open_instances
from engine.process import ProcessStuck, Step
from engine.rows import AnyInstance, AnyUnit, InstanceRow
from engine.running import Running, day_start, in_force, lock_numbers
from forms.expression import plain, shared
from tenants import outbox
from tenants.audit import record, record_all
from tenants.db import Work
from tenants.models import Unit
from tenants.text import say
from workflows.elements import Duty, Ledger
from workflows.moving import event_kept
from workflows.received import is_received
from workflows.schedule import due_after, opens_after

# A thrown event may open an instance that throws one in turn: so many generations in one command and no more.
GENERATIONS = 8
# What the conditions, titles and dates of all that a step bears may do between them, about a second.
STEPS = 3_000_000
# Kinds of jobs: one opens a duty whose `start` lies after what started it, one lets go what an accepted document has settled as
# well, one gives units which an accepted answer names what is open for them.
OPEN_LATER, SERVE, NAMED = "open_duty", "serve", "units_named"


@shared(STEPS)
def after_step(work: Work, running: Running, instance: InstanceRow, step: Step, generation: int = 0) -> None:
    """Record what follows from a step: duties on the events it threw, and, when it was the last, what the instance bears.

    Raises ProcessStuck when events and instances go on opening each other, EvaluationError when the conditions, titles and dates
    of all that is born take too long together.
    """
    if generation >= GENERATIONS:
        raise ProcessStuck(say("流程之间互相触发，超过 {n} 层。", n=GENERATIONS))
    unit = _unit(work, instance.about_id or instance.unit_id)
    for (name, payload), (kind, _) in zip(step.thrown, step.sent, strict=True):
        _happen(work, running, instance, unit, kind, name, payload, generation)
    if step.ended:
        _after_end(work, running, instance, unit, generation)


def happen(
    work: Work, running: Running, instance: AnyInstance, name: str, payload: Mapping[str, Any]
) -> None:
    """Let an event happen to an instance from outside of its process: duties wait for it, and other instances for the signal."""
    unit = _unit(work, instance.about_id or instance.unit_id)
    _happen(work, running, instance, unit, "signal", name, payload, 0)


def _happen(
    work: Work,
    running: Running,
    instance: AnyInstance,
    unit: AnyUnit | None,
    kind: str,
    name: str,
    payload: Mapping[str, Any],
    generation: int,
) -> None:
    series.stop(work, running, unit, name)
    born = [d for d in running.duties.values() if d.on and d.on.kind == "event" and d.on.event == name]
    for duty in born:
        open_duty(work, running, duty, unit, data=payload, source=instance, generation=generation)
    heard = waits.send(work, running, instance, kind, name, generation)
    if not heard and all(duty.hidden for duty in born):
        record(work, "signal.unheard", "instance", instance.id, unit_id=instance.unit_id, name=name)


def open_all(
    work: Work, running: Running, openings: Sequence[Opening], *, generation: int = 0, told: bool = False
) -> list[InstanceRow]:
    """Open instances, and record what follows where one has thrown an event or ended at once. told: see `open_instances`."""
    started = open_instances(work, running, openings, told=told)
    milestones.arm(work, running, [instance for instance, _ in started])
    _follow(work, running, started, generation)
    return [instance for instance, _ in started]


def _follow(work: Work, running: Running, started: Sequence[Started], generation: int) -> None:
    for instance, step in started:
        if step.ended or step.thrown:
            after_step(work, running, instance, step, generation + 1)


def _after_end(
    work: Work, running: Running, instance: InstanceRow, unit: AnyUnit | None, generation: int
) -> None:
    answers = last_answers(work, instance, running.campaign.former)
    for ledger in running.package.ledgers.values():
        rows = unborn(work, instance, ledger, answers)
        if rows:
            bear_items(work, running, ledger, rows, unit=unit, source=instance, generation=generation)
        whole = [given for form in ledger.from_forms for given in answers.get(form, ())]
        named = concerned(work, whole[-1:], ledger.unit_field, unit)
        if whole and not brought_up_to_date(work, running, ledger, whole[-1], named[0]):
            keeper = _unit(work, instance.unit_id) if instance.hidden else None
            bear_items(
                work,
                running,
                ledger,
                whole[-1:],
                unit=unit,
                source=instance,
                generation=generation,
                keeper=keeper,
            )
    for duty in running.duties.values():
        if duty.on is not None and duty.on.kind == "rows":
            rows = bearing_rows(work, instance, duty.id, duty.on.sources, answers)
            field = duty.on.unit_field
            for row, whose in zip(rows, concerned(work, rows, field, unit), strict=True):
                about = whose if field else None
                open_duty(
                    work, running, duty, whose, about=about, data=row, source=instance, generation=generation
                )
    if any(actor.named_by and actor.named_by.form in answers for actor in running.package.actors.values()):
        outbox.later(work, NAMED, instance.id)
    if (own := running.duties.get(instance.duty)) is not None and own.serves:
        outbox.later(work, SERVE, instance.id)
    if is_received(running.package.id):
        outbox.later(work, REPLY, instance.id)
    if instance.ledger:
        _close_item(work, instance)


def bear_items(
    work: Work,
    running: Running,
    ledger: Ledger,
    rows: Sequence[Mapping[str, Any]],
    *,
    unit: AnyUnit | None,
    source: AnyInstance | None,
    generation: int = 0,
    keeper: AnyUnit | None = None,
) -> list[LedgerItem]:
    """Add one line to the ledger for each row, and start its life. It concerns the unit that the row names, where the ledger has
    a field for that, else the one that the source concerns; a keeper has it instead, and whom it concerns does not see it."""
    running = in_force(running, "ledgers", ledger.id, ledger.process)
    ledger = running.package.ledgers[ledger.id]
    first = _next_number(work, running, ledger)
    source_id = source.id if source else None
    titles = [item_title(ledger, row, number) for number, row in enumerate(rows, first)]
    whose = concerned(work, rows, ledger.unit_field, unit)
    openings = [
        Opening(
            ledger.process, title, keeper or one, about=one if keeper else None, hidden=keeper is not None, ledger=ledger.id,
            data=row, source_id=source_id,
        )
        for title, row, one in zip(titles, rows, whose, strict=True)
    ]  # fmt: skip
    started = open_instances(work, running, openings)
    items = [
        LedgerItem(
            campaign_id=running.campaign.id, ledger=ledger.id, number=first + index, title=title, instance_id=instance.id,
            source_id=source_id, row=first + index, unit_id=instance.about_id or instance.unit_id, data=dict(row),
            status=instance.status or (ledger.states[0] if ledger.states else ""), born_at=work.now, changed_at=work.now,
            closed=False,
        )
        for index, ((instance, _), title, row) in enumerate(zip(started, titles, rows, strict=True))
    ]  # fmt: skip
    work.session.add_all(items)
    work.session.flush()
    record_all(
        work, "item.born", "ledger_item",
        [(item.id, item.unit_id, {"ledger": ledger.id, "title": item.title}) for item in items],
    )  # fmt: skip
    carried.note(work, running, ledger.id, [item.id for item in items])
    _follow(work, running, started, generation)
    return items


def _next_number(work: Work, running: Running, ledger: Ledger) -> int:
    """Return the next number of a ledger. Two who file at once wait for each other, so that no number is given twice."""
    lock_numbers(work, running.campaign.id)
    last = select(func.max(LedgerItem.number)).where(
        LedgerItem.campaign_id == running.campaign.id, LedgerItem.ledger == ledger.id
    )
    return (work.session.scalar(last) or 0) + 1


def open_duty(
    work: Work,
    running: Running,
    duty: Duty,
    unit: AnyUnit | None,
    *,
    about: AnyUnit | None = None,
    data: Mapping[str, Any] | None = None,
    source: AnyInstance | None = None,
    generation: int = 0,
) -> InstanceRow | None:
    """Open one instance of a duty that something other than the calendar starts.

    Returns None when its `start` says a later day, or it comes again and again: jobs open it then.
    Raises ImpossibleDate, EvaluationError, ProcessStuck.
    """
    running = in_force(running, "duties", duty.id, duty.process)
    duty = running.duties[duty.id]
    if duty.every is not None:
        series.begin(work, running, duty, unit, about=about, data=data or {}, source=source)
        return None
    event = {"at": work.now, **(data or {})}
    due, opens = due_after(running.setting, duty, event), opens_after(running.setting, duty, event)
    kept = event_kept(duty, event)
    if opens is not None and min(opens, due or opens) > work.today:
        _put_off(work, running, duty, min(opens, due or opens), due, unit, about, data or {}, source, kept)
        return None
    return open_now(
        work, running, duty, unit, due=due, about=about, data=data, source=source, event=kept, generation=generation
    )  # fmt: skip


def _put_off(
    work: Work,
    running: Running,
    duty: Duty,
    opens: date,
    due: date | None,
    unit: AnyUnit | None,
    about: AnyUnit | None,
    data: Mapping[str, Any],
    source: AnyInstance | None,
    event: Mapping[str, Any] | None,
) -> None:
    """Write down what is to be opened on a later day; of the data only what the process reads."""
    reads = running.model(duty.process).reads
    kept = {key: plain(value) for key, value in data.items() if key in reads}
    rows = {"unit": unit, "about": about, "source": source}
    ids: dict[str, Any] = {key: str(row.id) if row else None for key, row in rows.items()}
    outbox.later(
        work, OPEN_LATER, at=day_start(work, opens), campaign=str(running.campaign.id), duty=duty.id, data=kept,
        due=due.isoformat() if due else None, starter=str(work.actor.member_id) if work.actor.member_id else None,
        event=event, **ids,
    )  # fmt: skip
    # In the trail of what started it, unless its readers may not know of the duty.
    told = source is not None and not duty.hidden
    kind, subject = ("instance", source.id) if source and told else ("campaign", running.campaign.id)
    whose = unit.id if unit and not duty.hidden else None
    record(work, "duty.put_off", kind, subject, unit_id=whose, duty=duty.id, opens=opens.isoformat())


def open_now(
    work: Work,
    running: Running,
    duty: Duty,
    unit: AnyUnit | None,
    *,
    due: date | None,
    about: AnyUnit | None = None,
    data: Mapping[str, Any] | None = None,
    source: AnyInstance | None = None,
    starter_id: UUID | None = None,
    event: Mapping[str, Any] | None = None,
    period: str = "",
    generation: int = 0,
) -> InstanceRow:
    """Open one instance of a duty today, for whoever its actor means as seen from `unit`."""
    actor = first_near(work, running.package, duty.by, unit, about)
    by = actor.unit if actor and actor.unit else unit
    if actor is not None and actor.unit is None and source is not None:
        # What comes from a mine and is for an office is the office's, about the mine.
        by, about = home_of(work, actor.post) or unit, about or unit
    title = f"{duty.title}（{period}）" if period else duty.title
    opening = Opening(
        duty.process, title, by, about=about, duty=duty.id, desk_id=recipient(work, running, duty, about or by),
        hidden=duty.hidden == "about", due=due, words=duty.words, source_id=source.id if source else None, data=data or {},
        starter_id=starter_id, event=event,
    )  # fmt: skip
    return open_all(work, running, [opening], generation=generation)[0]


def _close_item(work: Work, instance: InstanceRow) -> None:
    item = work.session.scalar(select(LedgerItem).where(LedgerItem.instance_id == instance.id))
    if item is not None:
        item.closed, item.changed_at = True, work.now


def _unit(work: Work, unit_id: Any) -> Unit | None:
    return work.session.get(Unit, (work.tenant.id, unit_id)) if unit_id else None
