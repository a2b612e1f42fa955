"""A task and its instance, held for one step: read in one journey, changed here, written in another.

The instance is locked before its task is read, so that of two who are at the same instance the second sees what the first did.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from itertools import accumulate
from typing import Any, cast
from uuid import UUID

from sqlalchemy import BindParameter, and_, bindparam, select, update

from engine import addressees
from engine.models import Campaign, Instance, Task
from engine.rows import CampaignRow, InstanceRow, TaskRow, UnitRow, columns
from engine.running import Running
from forms.models import Draft
from tenants import access
from tenants.access import Placing
from tenants.base import table_of
from tenants.db import Work
from tenants.errors import NotFound
from tenants.models import Unit
from tenants.prepared import Prepared
from tenants.text import say
from workflows.models import PackageVersion
from workflows.package import Form
from workflows.publish import load, recall

_I, _T, _C, _D, _P = map(table_of, (Instance, Task, Campaign, Draft, PackageVersion))
_WHOSE, _ABOUT = table_of(Unit).alias("whose"), table_of(Unit).alias("about")
_TENANT: BindParameter[UUID] = bindparam("tenant")


def _beside(table: Any, *on: Any) -> Any:
    """Return what joins a table of the same tenant to the task."""
    return and_(table.c.tenant_id == _T.c.tenant_id, *on)


_HOLD = Prepared(
    select(*columns(InstanceRow, _I))
    .where(_I.c.tenant_id == _TENANT, _I.c.id == bindparam("instance"))
    .with_for_update(key_share=True)
)
# The instance first, the task after it: in this order they are locked, and read anew where somebody was there before.
_HOLD_TASK = Prepared(
    select(
        *columns(TaskRow, _T), *columns(CampaignRow, _C), *columns(UnitRow, _WHOSE), *columns(UnitRow, _ABOUT),
        _P.c.uses, _D.c.id, *columns(InstanceRow, _I),
    )
    .select_from(_I)
    .join(_T, _beside(_I, _I.c.id == _T.c.instance_id))
    .join(_C, _beside(_C, _C.c.id == _T.c.campaign_id))
    .outerjoin(_P, _beside(_P, _P.c.hash == _I.c.package_hash))
    .outerjoin(_WHOSE, _beside(_WHOSE, _WHOSE.c.id == _T.c.unit_id))
    .outerjoin(_ABOUT, _beside(_ABOUT, _ABOUT.c.id == _T.c.about_id))
    .outerjoin(_D, _beside(_D, _D.c.task_id == _T.c.id, _D.c.member_id == bindparam("member")))
    .where(_T.c.tenant_id == _TENANT, _T.c.id == bindparam("task"))
    .with_for_update(of=[_I, _T], key_share=True)
)  # fmt: skip
# Which columns belong to which kind of row, in the order in which they are asked for.
_KINDS = (TaskRow, CampaignRow, UnitRow, UnitRow)
_ENDS = tuple(accumulate(len(fields(kind)) for kind in _KINDS))
_SLICES = tuple(
    (kind, slice(first, last)) for kind, first, last in zip(_KINDS, (0, *_ENDS), _ENDS, strict=False)
)
_REST = slice(_ENDS[-1], _ENDS[-1] + 2)
_ONE = (_I.c.tenant_id == _TENANT, _I.c.id == bindparam("instance"))
_STEPPED = ("compact", "revision", "status", "filed_at")
_STEP = Prepared(update(_I).where(*_ONE), *_STEPPED)
# States stand in indices, which are written anew only where one has changed.
_MOVE = Prepared(update(_I).where(*_ONE), *_STEPPED, "state", "ended_at", "end_node", "open_to_all")
_STICK = Prepared(update(_I).where(*_ONE), "state")
_DONE = Prepared(
    update(_T).where(_T.c.tenant_id == _TENANT, _T.c.id == bindparam("task")),
    "state", "done_at", "done_by", "done_name", "submission_id",
)  # fmt: skip


@dataclass(frozen=True)
class Held:
    """A task with what surrounds it, its instance held. drafted: the actor has a draft for it."""

    task: TaskRow
    instance: InstanceRow
    running: Running
    unit: UnitRow | None
    about: UnitRow | None
    form: Form | None
    drafted: bool


def hold(work: Work, task_id: UUID, *, as_house: bool = False) -> Held:
    """Return a task that the actor may see, its instance held until the transaction ends. Raises NotFound.

    as_house: whatever the actor may see; the caller has asked for another permission.
    """
    found = _HOLD_TASK.row(work.session, task=task_id, member=work.actor.member_id)
    if found is None:
        raise NotFound(say("没有找到这项任务。"))
    task, campaign, whose, about, uses, draft = _parts(found)
    if not as_house and not _sees(work, task):
        raise NotFound(say("没有找到这项任务。"))
    instance = _held(found[_REST.stop :])
    # Without a row of it the tenant has lost its package; `load` says so.
    version = instance.package_hash
    package = recall(work, version, uses) if uses is not None else load(work, version)
    live = Running(work, cast(Campaign, campaign), package)  # a step reads no more of it
    form = live.form(task.duty, task.form, task.process) if task.form else None
    return Held(task, instance, live, whose, about, form, draft is not None)


def hold_instance(
    work: Work, instance_id: UUID | None, states: Collection[str] = ("running", "stuck")
) -> InstanceRow | None:
    """Return an instance that is in one of these states, held until the transaction ends."""
    row = _HOLD.row(work.session, instance=instance_id)
    found = _held(row) if row else None
    return found if found is not None and found.state in states else None


def keep(work: Work, instance: InstanceRow) -> None:
    """Write down what a step has changed in an instance."""
    values: dict[str, object] = {
        "instance": instance.id, "compact": instance.compact, "revision": instance.revision, "status": instance.status,
        "filed_at": instance.filed_at,
    }  # fmt: skip
    if instance.state == instance.stood:
        _STEP.write(work.session, [values])
    else:
        values |= {
            "state": instance.state, "ended_at": instance.ended_at, "end_node": instance.end_node,
            "open_to_all": instance.open_to_all,
        }  # fmt: skip
        _MOVE.write(work.session, [values])
        instance.stood = instance.state
    work.session.read_anew(Instance, instance.id)


def stick(work: Work, instance: InstanceRow) -> None:
    """Write down that an instance is stuck where it stands."""
    _STICK.write(work.session, [{"instance": instance.id, "state": "stuck"}])
    work.session.read_anew(Instance, instance.id)


def keep_done(work: Work, task: TaskRow) -> None:
    """Write down that a task is done."""
    values = {
        "task": task.id, "state": task.state, "done_at": task.done_at, "done_by": task.done_by, "done_name": task.done_name,
        "submission_id": task.submission_id,
    }  # fmt: skip
    _DONE.write(work.session, [values])
    work.session.read_anew(Task, task.id)


def _held(row: tuple[Any, ...]) -> InstanceRow:
    found = InstanceRow(*row)
    found.stood = found.state
    return found


def _parts(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return the rows that stand side by side in one; None for one that an outer join has not found."""
    found = [None if row[part.start] is None else kind(*row[part]) for kind, part in _SLICES]
    return (*found, *row[_REST])


def _sees(work: Work, task: TaskRow) -> bool:
    """Tell whether the actor may see the task, by its place or by one beside it. The same rule as `tasks.gather`."""
    place = Placing(task.unit_id, task.about_id, task.hidden, task.desk_id, task.post)
    return access.may_see(work.viewer, place) or (task.others and addressees.may_take(work, task))
