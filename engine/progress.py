"""How a campaign stands: for each occurrence who has filed, whose report is accepted, who is missing, who is late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, select
from sqlalchemy.orm import aliased

from engine.models import DutyOccurrence, Instance
from engine.running import Running
from tenants import access
from tenants.db import Work
from tenants.models import Unit

PLACE = {
    "unit_id": Instance.unit_id, "about_id": Instance.about_id, "hidden": Instance.hidden,
    "desk_id": Instance.desk_id, "open_to_all": Instance.open_to_all,
}  # fmt: skip

# accepted: ended. filed: handed in, not yet accepted. missing: past due and not handed in. open: not yet due. released: owes
# nothing further.
CELLS = ("accepted", "filed", "missing", "open", "released", "stuck")


@dataclass(frozen=True)
class Cell:
    """Where one unit stands with one occurrence. late: handed in after the due day. about: the unit it is about."""

    instance_id: UUID
    unit_id: UUID | None
    unit: str
    state: str
    late: bool
    filed_at: datetime | None
    about: str = ""


@dataclass(frozen=True)
class Column:
    """One occurrence of a duty with everybody who owes it (as far as the viewer may see them)."""

    occurrence: DutyOccurrence
    cells: tuple[Cell, ...]
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def missing(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.state == "missing"]


def columns(
    work: Work, live: Running, *, duty: str = "", until: date | None = None
) -> dict[str, list[Column]]:
    """Return duty -> its opened and coming occurrences in order, each with its cells.

    until: occurrences that open later are left out. Two queries, however many units there are.
    """
    query = select(DutyOccurrence).where(
        DutyOccurrence.campaign_id == live.campaign.id, DutyOccurrence.state != "dropped"
    )
    if duty:
        query = query.where(DutyOccurrence.duty == duty)
    if until:
        query = query.where(DutyOccurrence.opens <= until)
    found = list(work.session.scalars(query.order_by(DutyOccurrence.duty, DutyOccurrence.number)))
    cells = _cells(work, live, duty)
    result: dict[str, list[Column]] = {}
    for occurrence in found:
        own = tuple(sorted(cells.get(occurrence.id, ()), key=lambda cell: cell.unit))
        result.setdefault(occurrence.duty, []).append(Column(occurrence, own, counted(own)))
    return result


def counted(cells: Iterable[Cell]) -> dict[str, int]:
    """Return how many cells stand where, and how many were late."""
    totals = dict.fromkeys(CELLS, 0) | {"late": 0, "owed": 0}
    for cell in cells:
        totals[cell.state] += 1
        totals["late"] += cell.late
        totals["owed"] += cell.state != "released"
    return totals


def _cells(work: Work, live: Running, duty: str) -> dict[UUID, list[Cell]]:
    query = _cell_query(work, live).where(Instance.occurrence_id.is_not(None))
    if duty:
        query = query.where(Instance.duty == duty)
    found: dict[UUID, list[Cell]] = {}
    for row in work.session.execute(query):
        found.setdefault(row.occurrence_id, []).append(_cell(work, row))
    return found


def _cell_query(work: Work, live: Running) -> Select[Any]:
    about = aliased(Unit)
    return (
        select(
            Instance.id, Instance.occurrence_id, Instance.unit_id, Instance.state, Instance.filed_at, Instance.due,
            Unit.name, about.name.label("about"),
        )
        .outerjoin(Unit, Unit.id == Instance.unit_id)
        .outerjoin(about, about.id == Instance.about_id)
        .where(*_seen(work, live))
    )  # fmt: skip


def _cell(work: Work, row: Any) -> Cell:
    filed = row.filed_at.astimezone(work.zone).date() if row.filed_at else None
    state = cell_state(row.state, filed, row.due, work.today)
    late = bool(row.due and filed and filed > row.due)
    return Cell(row.id, row.unit_id, row.name or work.tenant.name, state, late, row.filed_at, row.about or "")


def _seen(work: Work, live: Running) -> tuple[ColumnElement[bool], ...]:
    return (Instance.campaign_id == live.campaign.id, access.visible(work.viewer, PLACE))


def _state_of(work: Work) -> ColumnElement[str]:
    """Return where an instance stands, as the database says it. The same rule as `cell_state`."""
    return case(
        (Instance.state == "released", "released"),
        (Instance.state == "stuck", "stuck"),
        (Instance.state == "done", "accepted"),
        (Instance.filed_at.is_not(None), "filed"),
        (and_(Instance.due.is_not(None), Instance.due < work.today), "missing"),
        else_="open",
    )


def cell_state(state: str, filed: date | None, due: date | None, today: date) -> str:
    """Return where an instance stands, in the words of `CELLS`. An undated one is never missing."""
    if state in ("released", "stuck"):
        return state
    if state == "done":
        return "accepted"
    if filed:
        return "filed"
    return "missing" if due is not None and due < today else "open"
