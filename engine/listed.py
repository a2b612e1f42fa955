"""A task as a line of a list tells it, read with the names that it shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, cast
from uuid import UUID

from sqlalchemy import BindParameter, Column, and_, bindparam, select

from engine.models import Campaign, Task
from tenants.base import batches, table_of
from tenants.db import Work
from tenants.models import Unit
from tenants.prepared import Prepared

PAGE = 30


class Listed(NamedTuple):
    """A task as in `engine.models.Task`, as far as lists read it."""

    id: UUID
    instance_id: UUID
    campaign_id: UUID
    node: str
    process: str
    place: str
    item: str
    name: str
    form: str
    title: str
    duty: str
    ledger: str
    unit_id: UUID | None
    about_id: UUID | None
    desk_id: UUID | None
    post: str | None
    due: date | None
    words: str
    state: str
    claimed_by: UUID | None
    claimed_name: str | None
    done_at: datetime | None
    done_name: str | None


class Row(NamedTuple):
    """One line of the inbox. overdue_days: 0 = not overdue; days_left: None = it has no date, or is not open."""

    task: Task
    campaign: str
    unit: str
    about: str
    overdue_days: int
    days_left: int | None


_T, _C, _U = table_of(Task), table_of(Campaign), table_of(Unit)


def _one_of(column: Column[UUID]) -> list[BindParameter[UUID]]:
    """Return so many places, to be filled up with the last id: one statement whatever their number."""
    return [bindparam(f"id{number}", type_=column.type) for number in range(PAGE)]


_PAGE_OF = Prepared(
    select(*(_T.c[name] for name in Listed._fields), _C.c.title)
    .join_from(_T, _C, and_(_C.c.tenant_id == _T.c.tenant_id, _C.c.id == _T.c.campaign_id))
    .where(_T.c.tenant_id == bindparam("tenant"), _T.c.id.in_(_one_of(_T.c.id)))
)
_NAMES = Prepared(
    select(_U.c.id, _U.c.name).where(_U.c.tenant_id == bindparam("tenant"), _U.c.id.in_(_one_of(_U.c.id)))
)


def rows(work: Work, ids: Sequence[UUID]) -> list[Row]:
    """Return the lines of a page, in the order of the ids."""
    if not ids:
        return []
    found = {row[0]: (Listed._make(row[:-1]), row[-1]) for row in _PAGE_OF.rows(work.session, **_filled(ids))}
    names = _names(work, {key for task, _ in found.values() for key in (task.unit_id, task.about_id)})
    today = work.today
    return [_row(today, names, *found[key]) for key in ids if key in found]


def _names(work: Work, ids: Iterable[UUID | None]) -> Mapping[UUID | None, str]:
    """Return what units are called. The actor's own is known, which most tasks of a mine are for."""
    names: dict[UUID | None, str] = {None: "", work.actor.unit_id: work.actor.unit_name}
    for some in batches([key for key in ids if key is not None and key not in names], PAGE):
        names.update(_NAMES.rows(work.session, **_filled(some)))
    return names


def _filled(ids: Sequence[UUID]) -> dict[str, UUID]:
    return {f"id{number}": ids[min(number, len(ids) - 1)] for number in range(PAGE)}


def _row(today: date, names: Mapping[UUID | None, str], task: Listed, campaign: str) -> Row:
    left = (task.due - today).days if task.due and task.state == "open" else None
    return Row(
        cast(Task, task),  # it has what lists read of one
        campaign,
        names.get(task.unit_id, ""),
        names.get(task.about_id, ""),
        max(0, -left) if left else 0,
        left,
    )
