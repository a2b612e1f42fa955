"""Opening instances: one for each unit that a duty picks, one for each row that a form bears.

The first of a batch is really started; where nothing in it depends on the unit the others are stamped from it with fresh
tokens, which is many times cheaper. All rows of a batch go to the database in a few statements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import insert

from engine import at_hand, incidents, rulings, waits
from engine.actors import Units
from engine.addressees import NewTask, write
from engine.candidates import NOTHING
from engine.company import PARTNERS, RECIPIENTS, company
from engine.desks import Desks
from engine.models import Instance
from engine.process import Step, held, stamp, start
from engine.rows import AnyUnit, InstanceRow, columns
from engine.running import Running
from engine.stamping import Mould, mould_of
from engine.stepping import is_for_all, last_status, note_uncaught, task_rows
from engine.timers import arm
from tenants.audit import record_alike, record_all
from tenants.base import new_id, table_of
from tenants.db import Work
from tenants.prepared import Prepared
from tenants.text import Message
from workflows.bpmn.cycles import EVERY_MISSED


class Opening(NamedTuple):
    """One instance to be opened."""

    process: str
    title: str
    unit: AnyUnit | None
    about: AnyUnit | None = None
    duty: str = ""
    ledger: str = ""
    desk_id: UUID | None = None
    hidden: bool = False
    due: date | None = None
    words: str = ""
    occurrence_id: UUID | None = None
    source_id: UUID | None = None
    starter_id: UUID | None = None
    data: Mapping[str, Any] = NOTHING
    event: Mapping[str, Any] | None = None  # as `workflows.moving.event_kept` returns it


# Under these names the trail tells that one was opened, and that an occurrence was for all whom it means.
OPENED, FOR_ALL = "instance.open", "occurrence.open"
# An instance with the step that began it; of one that was stamped that of the first, but for its state and tokens the same.
Started = tuple[InstanceRow, Step]
_ADD = Prepared(insert(table_of(Instance)))
_NAMES = tuple(column.name for column in columns(InstanceRow, table_of(Instance)))
# What openings for different units have in common.
_MATTER = attrgetter(*(name for name in Opening._fields if name not in ("unit", "about", "desk_id")))


@dataclass(frozen=True)
class _Draft:
    """What is decided of a batch before its first row is written. begun: by their places those that were worked out one by one,
    rows: all their columns; stuck: those that could not begin, with the reason; moulds: what others are stamped from."""

    begun: dict[int, Started] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    tasks: list[NewTask] = field(default_factory=list)
    stuck: list[tuple[InstanceRow, Message]] = field(default_factory=list)
    moulds: list[Mould] = field(default_factory=list)


def open_instances(
    work: Work, running: Running, openings: Sequence[Opening], *, told: bool = False
) -> list[Started]:
    """Start all of them and write down their rows; return each with its first step. Cost grows with their number.

    told: the caller records once for all that they were opened (`history.trail` tells it of each); else each is recorded.

    A process in which nobody has to do anything ends at once: what follows from that is for `engine.births`. One that cannot
    start is held: it is stuck by itself, with an incident, and the others start.
    """
    draft = _drafted(work, running, openings)
    began = list(draft.begun.values())
    _ADD.write(work.session, draft.rows)
    write(work, draft.tasks)
    for instance, step in began:
        arm(work, running.model(instance.process), instance, step, fresh=True)
    waits.begin(work, began)
    rulings.note(work, began)
    note_uncaught(work, began)
    incidents.open_for_starts(work, draft.stuck)
    started = dict(draft.begun)
    for mould in draft.moulds:
        stamped = list(mould.write(work)) if mould.pressed else []
        started.update((place, (instance, mould.step)) for place, instance in stamped)
        if not told:
            found = [instance for _, instance in stamped]
            ids, units = [one.id for one in found], [one.unit_id for one in found]
            record_alike(work, OPENED, "instance", _facts(mould.instance), ids, units)
    if not told:
        record_all(work, OPENED, "instance", [(i.id, i.unit_id, _facts(i)) for i, _ in began])
    return [started[place] for place in range(len(openings))]


def _drafted(work: Work, running: Running, openings: Sequence[Opening]) -> _Draft:
    desks = Desks(work, [unit for opening in openings for unit in (opening.unit, opening.about) if unit])
    tree, draft = Units(work), _Draft()
    stamps: dict[tuple[str, str], Step] = {}
    matter, mould = None, None
    for place, opening in enumerate(openings):
        subject, about = opening.unit, opening.about
        try:
            if mould is not None and _MATTER(opening) == matter and not _is_away(opening):
                mould.press(tree, desks, place, opening)
                continue
            step = _first_step(work, running, opening, stamps)
            instance = _instance(work, running, opening, step)
            tasks = task_rows(work, running, instance, step, subject=subject, about=about, desks=desks)
        except incidents.STUCK as reason:
            model = running.model(opening.process)
            step, tasks = held(model, begun_with(running, opening), running.now), []
            instance = _instance(work, running, opening, step)
            instance.state, instance.revision = "stuck", 0
            draft.stuck.append((instance, incidents.told(reason, model)))
        row = _values(work, instance, opening)
        draft.begun[place] = (instance, step)
        draft.rows.append(row)
        draft.tasks.extend(tasks)
        if instance.state == "running":
            matter, mould = _MATTER(opening), mould_of(running, instance, step, row, tasks)
            draft.moulds.extend([mould] if mould else [])
    return draft


def _is_away(opening: Opening) -> bool:
    """Tell whether another authority may have a part in it, so that its tasks are worked out one by one."""
    return any(unit is not None and unit.authority_id is not None for unit in (opening.unit, opening.about))


def _facts(instance: InstanceRow) -> dict[str, object]:
    due = instance.due.isoformat() if instance.due else None
    return {"title": instance.title, "process": instance.process, "due": due}


def _first_step(work: Work, running: Running, opening: Opening, stamps: dict[tuple[str, str], Step]) -> Step:
    data = begun_with(running, opening)
    key = (opening.process, repr(sorted(data.items())))
    known = stamps.get(key)
    if known is not None and not (known.timers or known.ended or known.closed or known.unheard):
        return stamp(known)
    given = at_hand.given(work, running, opening.process, opening.unit, opening.about)
    step = start(running.model(opening.process), data, running.now, given)
    if not at_hand.ledgers_read(running, opening.process):
        stamps[key] = step
    return step


def begun_with(running: Running, opening: Opening) -> dict[str, Any]:
    """Return what a process is given at its start, as far as it reads it."""
    reads = running.model(opening.process).reads
    names = running.known(reads, opening.unit, opening.about, {"due": opening.due, **opening.data})
    if RECIPIENTS in reads or PARTNERS in reads:
        names |= company(Units(running.work), running, opening.duty, opening.unit, opening.about)
    if EVERY_MISSED in reads:
        names[EVERY_MISSED] = running.missed(opening.duty)
    return {key: value for key, value in names.items() if key in reads}


def _values(work: Work, instance: InstanceRow, opening: Opening) -> dict[str, Any]:
    event = dict(opening.event) if opening.event is not None else None
    return {
        **{name: getattr(instance, name) for name in _NAMES}, "occurrence_id": opening.occurrence_id,
        "source_id": opening.source_id, "desk_id": opening.desk_id, "opened_at": work.now, "event": event,
    }  # fmt: skip


def _instance(work: Work, running: Running, opening: Opening, step: Step) -> InstanceRow:
    instance = InstanceRow(
        id=new_id(), campaign_id=running.campaign.id, package_hash=running.package.hash, process=opening.process,
        duty=opening.duty, ledger=opening.ledger, title=opening.title, unit_id=opening.unit.id if opening.unit else None,
        about_id=opening.about.id if opening.about else None, hidden=opening.hidden,
        open_to_all=False, starter_id=opening.starter_id or work.actor.member_id, due=opening.due, words=opening.words,
        status=last_status(running, opening.process, step.entered), state="done" if step.ended else "running",
        revision=1, filed_at=None, ended_at=work.now if step.ended else None,
        end_node=step.end_nodes[-1] if step.ended and step.end_nodes else None, compact=step.state,
    )  # fmt: skip
    instance.open_to_all = step.ended and is_for_all(running, instance)
    instance.stood = instance.state
    return instance
