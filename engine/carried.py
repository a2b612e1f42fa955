"""Ledger items that another authority is kept up to date about (挂牌督办): carried as they change, the last state wins.

Whatever changes an item writes down a job; the job carries how the item stands then. So what is carried late is never old, and
each change that comes to the same is carried once. `carries` on a ledger says to whom and which.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.carriers import Carrier, NotForUs
from engine.deliveries import portable
from engine.models import Instance, LedgerItem
from engine.rollup.models import CarriedItem
from engine.running import Running, running_of
from forms.expression import EvaluationError
from forms.fields import ROW
from forms.validation import form_of, references
from tenants import lines, outbox
from tenants.audit import record
from tenants.base import new_id
from tenants.db import Work
from tenants.models import Job, Member, Unit
from tenants.text import say
from workflows.elements import Ledger

# The kind of job that carries an item. Its subject is the item.
KIND = "item_carry"


@dataclass(frozen=True)
class Parcel:
    """How an item stands. of, to: from which authority, and to which."""

    of: UUID
    to: UUID
    item: UUID
    revision: int
    content: Mapping[str, Any]


def note(work: Work, live: Running, ledger: str, items: Iterable[UUID]) -> None:
    """Let somebody carry items of a ledger, after they were born or changed."""
    known = live.package.ledgers.get(ledger)
    if known is not None and known.carries is not None:
        outbox.later_all(work, KIND, [(key, work.now) for key in items])


def changed(work: Work, live: Running, instance_id: UUID, ledger: str) -> None:
    """The same for the item whose life an instance is."""
    known = live.package.ledgers.get(ledger)
    if known is not None and known.carries is not None:
        found = work.session.scalars(select(LedgerItem.id).where(LedgerItem.instance_id == instance_id))
        note(work, live, ledger, list(found))


def _taken(work: Work, job: Job) -> Parcel | None:
    """Read how an item stands; None when it is to be carried nowhere, or stands there already as it is."""
    item = work.session.scalar(select(LedgerItem).where(LedgerItem.id == job.subject_id).with_for_update())
    if item is None:
        return None
    instance = work.session.get_one(Instance, (work.tenant.id, item.instance_id))
    live = running_of(work, instance)
    ledger = live.package.ledgers.get(item.ledger)
    carries = ledger.carries if ledger is not None else None
    actor = live.package.actors.get(carries.to) if carries is not None else None
    other = lines.reached(work.session, work.tenant.id, actor.along, actor.at) if actor is not None else None
    if ledger is None or other is None:
        return None
    query = select(CarriedItem).where(
        CarriedItem.side == "out", CarriedItem.other_id == other.id, CarriedItem.item_id == item.id
    )
    row = work.session.scalar(query)
    whose = work.session.get(Unit, (work.tenant.id, item.unit_id)) if item.unit_id else None
    unit = whose.name if whose is not None else work.tenant.name
    chosen = not instance.hidden and _is_chosen(ledger, item, unit)
    if row is None and not chosen:
        return None
    told = _told(work, live, ledger, item, unit, chosen, row)
    mark = hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
    if row is None:
        row = CarriedItem(
            id=new_id(), side="out", other_id=other.id, other_name=other.name, item_id=item.id, package=live.package.id,
            ledger=item.ledger, number=item.number, revision=0, arrived=0, content_hash="", born_at=item.born_at,
        )  # fmt: skip
        work.session.add(row)
    if row.content_hash != mark:
        row.revision, row.content_hash = row.revision + 1, mark
        _write(row, told, item.changed_at)
    elif row.arrived == row.revision:
        return None
    content = {**told, "born_at": item.born_at.isoformat(), "changed_at": row.changed_at.isoformat()}
    work.session.flush()
    return Parcel(work.tenant.id, other.id, item.id, row.revision, content)


def _write(row: CarriedItem, told: Mapping[str, Any], changed_at: datetime) -> None:
    for key in ("title", "unit", "status", "closed", "chosen", "data"):
        setattr(row, key, told[key])
    row.changed_at = changed_at


def _is_chosen(ledger: Ledger, item: LedgerItem, unit: str) -> bool:
    """Tell whether an item meets the condition; one for which that cannot be worked out does."""
    assert ledger.carries is not None
    if ledger.carries.when is None:
        return True
    try:
        return ledger.carries.when.holds(
            {**item.data, "状态": item.status, "编号": item.number, "单位": unit}
        )
    except EvaluationError:
        return True


def _told(
    work: Work,
    live: Running,
    ledger: Ledger,
    item: LedgerItem,
    unit: str,
    chosen: bool,
    row: CarriedItem | None,
) -> dict[str, Any]:
    """Return what is told of an item. Of one that is chosen no more only that, and where it stands."""
    told = {
        "item": str(item.id), "package": live.package.id, "ledger": item.ledger, "number": item.number, "status": item.status,
        "closed": item.closed, "chosen": chosen,
    }  # fmt: skip
    if not chosen and row is not None:
        return {**told, "title": row.title, "unit": row.unit, "data": row.data}
    return {**told, "title": item.title, "unit": unit, "data": _data(work, live, ledger, item)}


def _data(work: Work, live: Running, ledger: Ledger, item: LedgerItem) -> dict[str, Any]:
    """Return the fields of an item that may leave: those that its forms ask for, words instead of ids, no files."""
    forms = [ledger.form, *(one.form for one in ledger.from_rows), *ledger.from_forms]
    found: dict[str, Any] = {}
    for key in forms:
        form = live.package.forms.get(key or "")
        if form is None:
            continue
        schema = form.schema
        for source in ledger.from_rows:
            rows = form_of(schema).fields.get((source.field, ROW)) if source.form == key else None
            schema = rows.schemas[0] if rows is not None else schema
        asked = form_of(schema)
        names = _names(work, schema, item.data)
        kept = portable.answers(schema, item.data, names)
        for name, value in kept.items():
            field = asked.fields.get((name,))
            if (
                field is not None
                and field.get("format") != "attachment"
                and not isinstance(value, list | dict)
            ):
                found.setdefault(name, value)
    return found


def _names(work: Work, schema: Mapping[str, Any], data: Mapping[str, Any]) -> dict[str, str]:
    names: dict[str, str] = {}
    for kind, table in (("unit", Unit), ("member", Member)):
        ids = [UUID(one) for one in references(schema, data, kind)]
        if ids:
            rows = work.session.execute(select(table.id, table.name).where(table.id.in_(ids)))
            names.update((str(row.id), row.name) for row in rows)
    return names


def _brought(work: Work, parcel: Parcel) -> None:
    """Take in how an item of another authority stands; what is no newer than what is known changes nothing."""
    above = {one.id for one in lines.superiors(work.session, parcel.of).values()}
    if work.tenant.id not in above and not lines.leads(work.session, parcel.of, work.tenant.id):
        raise NotForUs(say("没有从那里到本单位的报送线。"), say("请由系统管理员核对报送关系。"))
    sender = lines.tenant(work.session, parcel.of)
    told = parcel.content
    query = select(CarriedItem).where(
        CarriedItem.side == "in", CarriedItem.other_id == parcel.of, CarriedItem.item_id == parcel.item
    )
    row = work.session.scalar(query.with_for_update())
    if row is not None and row.revision >= parcel.revision:
        return
    if row is None:
        row = CarriedItem(
            id=new_id(), side="in", other_id=parcel.of, item_id=parcel.item, package=told["package"], ledger=told["ledger"],
            number=told["number"], content_hash="", born_at=datetime.fromisoformat(told["born_at"]),
        )  # fmt: skip
        work.session.add(row)
    row.other_name = sender.name if sender is not None else ""
    _write(row, told, datetime.fromisoformat(told["changed_at"]))
    row.revision = row.arrived = parcel.revision
    record(
        work, "item.receive", "carried_item", row.id, name=row.other_name, title=row.title, status=row.status, ledger=row.ledger
    )  # fmt: skip
    work.session.flush()


def _arrived(work: Work, parcel: Parcel) -> None:
    query = select(CarriedItem).where(
        CarriedItem.side == "out", CarriedItem.other_id == parcel.to, CarriedItem.item_id == parcel.item
    )
    row = work.session.scalars(query.with_for_update()).one()
    if parcel.revision <= row.arrived:
        return
    row.arrived = parcel.revision
    record(
        work, "item.carry", "ledger_item", row.item_id, to=row.other_name, title=row.title, status=row.status, ledger=row.ledger
    )  # fmt: skip


CARRIERS: Mapping[str, Carrier] = {KIND: Carrier(_taken, _brought, _arrived)}
