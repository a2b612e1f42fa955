"""Who waits to hear what: the names of signals and messages, and whom one that is thrown reaches.

What a step waits for is process state; so that nobody has to read all states to find the listeners, the names stand in a small
table as well. Each listener hears by a job of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select

from engine.lineage import above
from engine.models import Instance, InstanceWait
from engine.process import Model, Step
from engine.rows import AnyInstance, InstanceRow
from engine.running import Running
from tenants import outbox
from tenants.base import new_id
from tenants.db import Work
from tenants.models import Unit

HEAR = "signal"


def begin(work: Work, started: Iterable[tuple[InstanceRow, Step]]) -> None:
    """Write down what new instances wait for, in one statement."""
    rows = [
        _row(work, instance, kind, name)
        for instance, step in started
        if not step.ended
        for kind, name in step.waits
    ]
    if rows:
        work.session.execute(insert(InstanceWait), rows)


def keep(work: Work, model: Model, instance: InstanceRow, step: Step) -> None:
    """Make what stands written down equal to what the instance waits for after a step."""
    if not (step.waits or step.expected) or not listens(model):
        return
    own = InstanceWait.instance_id == instance.id
    query = select(InstanceWait.kind, InstanceWait.name).where(own)
    known = {(row.kind, row.name) for row in work.session.execute(query)}
    wanted = set() if step.ended else set(step.waits)
    for kind, name in sorted(known - wanted):
        work.session.execute(
            delete(InstanceWait).where(own, InstanceWait.kind == kind, InstanceWait.name == name)
        )
    if fresh := sorted(wanted - known):
        work.session.execute(insert(InstanceWait), [_row(work, instance, kind, name) for kind, name in fresh])


def forget(work: Work, instance_ids: Collection[UUID]) -> None:
    """Remove what instances that are let go have waited for."""
    work.session.execute(delete(InstanceWait).where(InstanceWait.instance_id.in_(instance_ids)))


def listens(model: Model, kind: str = "", name: str = "") -> bool:
    """Tell whether a process waits anywhere for a signal or message, or for this one."""
    return any(kind in ("", of) and name in ("", named) for of, named in model.hears)


def send(work: Work, running: Running, sender: AnyInstance, kind: str, name: str, generation: int) -> bool:
    """Let the listeners in the sender's campaign hear a name: of a signal all, of a message one. No data travel with it.

    generation: how many instances have set off one another before this one. Returns whether anybody waits for it, as far as
    the sender's readers may know: a listener that is hidden hears it, but does not count.
    """
    found = _listeners(work, sender, kind, name)
    if kind == "message":
        found = _one(work, sender, found)
        # It is given to one: the next message of that name is for somebody else.
        work.session.execute(delete(InstanceWait).where(InstanceWait.id.in_([row.id for row in found])))
    outbox.later_all(
        work, HEAR, [(row.instance_id, work.now) for row in found], name=name, generation=generation
    )
    own = kind == "signal" and listens(running.model(sender.process), kind, name)
    return own or any(not row.hidden for row in found)


def _listeners(work: Work, sender: AnyInstance, kind: str, name: str) -> list[Any]:
    """Return who waits for a name, the longest waiting first; the sender's own have heard it, if they may."""
    query = (
        select(
            InstanceWait.id, InstanceWait.instance_id, Instance.hidden, Instance.unit_id, Instance.about_id
        )
        .join(Instance, Instance.id == InstanceWait.instance_id)
        .where(
            InstanceWait.campaign_id == sender.campaign_id,
            InstanceWait.name == name,
            InstanceWait.kind == kind,
            InstanceWait.instance_id != sender.id,
        )
        .order_by(InstanceWait.since, InstanceWait.id)
    )
    if kind == "message":
        # Two that send at once do not give it to the same one.
        query = query.with_for_update(of=InstanceWait, skip_locked=True)
    return list(work.session.execute(query))


def _one(work: Work, sender: AnyInstance, found: list[Any]) -> list[Any]:
    """Return the listener that concerns the same unit as the sender; else the first that is no stranger to it."""
    subject = sender.about_id or sender.unit_id
    same = [row for row in found if subject is not None and subject in (row.about_id, row.unit_id)]
    if same or subject is None:
        return (same or found)[:1]
    ours = work.session.get(Unit, (work.tenant.id, subject))
    for row in found:
        of = row.about_id or row.unit_id
        theirs = work.session.get(Unit, (work.tenant.id, of)) if of else None
        if ours is None or theirs is None or not _strangers(work, ours, theirs):
            return [row]
    return []


def _strangers(work: Work, one: Unit, other: Unit) -> bool:
    """Tell whether two units have nothing to do with each other: what concerns one mine never goes to its neighbour."""
    if one.path.startswith(other.path) or other.path.startswith(one.path):
        return False
    return not any(_of_authority(work, unit) for unit in (one, other))


def _of_authority(work: Work, unit: Unit) -> bool:
    line = (work.session.get(Unit, (work.tenant.id, unit_id)) for unit_id in (unit.id, *above(unit)))
    return any(found is not None and found.attributes.get("mandate") == "all" for found in line)


def _row(work: Work, instance: InstanceRow, kind: str, name: str) -> dict[str, Any]:
    return {
        "tenant_id": work.tenant.id, "id": new_id(), "campaign_id": instance.campaign_id, "instance_id": instance.id,
        "kind": kind, "name": name, "since": work.now,
    }  # fmt: skip
