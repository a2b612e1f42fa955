"""How a campaign stands: for each occurrence who has filed, whose report is accepted, who is missing, who is late."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import aliased

from engine.actors import all_units
from engine.candidates import owed
from engine.lineage import authority
from engine.models import DutyOccurrence, Instance, Task
from engine.overdue import hour_of, past_due, today_of
from engine.running import Running
from tenants import access
from tenants.db import Work
from tenants.models import Unit
from workflows.hours import day_counted

PLACE = {
    "unit_id": Instance.unit_id, "about_id": Instance.about_id, "hidden": Instance.hidden,
    "desk_id": Instance.desk_id, "open_to_all": Instance.open_to_all,
}  # fmt: skip

# accepted: ended. filed: handed in, not yet accepted. returned: handed in, and sent back to the one who owes it.
# missing: past due and not handed in. open: not yet due. released: owes nothing further.
CELLS = ("accepted", "filed", "returned", "missing", "open", "released", "stuck")


@dataclass(frozen=True)
class Cell:
    """Where one unit stands with one occurrence. late: handed in after the due day. about: the unit it is about.
    path: of that unit, for the order of the tree."""

    instance_id: UUID
    unit_id: UUID | None
    unit: str
    state: str
    late: bool
    filed_at: datetime | None
    about: str = ""
    path: str = ""


@dataclass(frozen=True)
class Column:
    """One occurrence of a duty with everybody who owes it (as far as the viewer may see them)."""

    occurrence: DutyOccurrence
    cells: tuple[Cell, ...]
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def missing(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.state == "missing"]


@dataclass(frozen=True)
class Total:
    """How many instances of a duty stand where."""

    duty: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Missing:
    """A unit that has not done what was due. own: it is one of the authority's own."""

    unit_id: UUID | None
    unit: str
    duty: str
    period: str
    due: date
    words: str
    own: bool = False


def totals(work: Work, live: Running, *, duty: str = "") -> dict[str, Total]:
    """Return duty -> where its instances stand, counted by the database: one query, however many there are."""
    where = _state_of(work, live)
    query = (
        select(Instance.duty, where.label("place"), func.count().label("n"))
        .where(*_seen(work, live), Instance.duty != "")
        .group_by(Instance.duty, "place")
    )
    if duty:
        query = query.where(Instance.duty == duty)
    found: dict[str, dict[str, int]] = {}
    for row in work.session.execute(query):
        counts = found.setdefault(row.duty, dict.fromkeys(CELLS, 0) | {"owed": 0})
        counts[row.place] += row.n
        counts["owed"] += row.n if row.place != "released" else 0
    return {key: Total(key, counts) for key, counts in found.items()}


def missing(work: Work, live: Running, limit: int) -> tuple[list[Missing], int]:
    """Return who owes a report that was due, and how many there are in all: the longest overdue first, those below the
    authority before its own."""
    ours = authority(all_units(work))
    reports = [key for key, duty in live.duties.items() if duty.is_report]
    conditions = (*_seen(work, live), Instance.duty.in_(reports), _state_of(work, live) == "missing")
    count = work.session.scalar(select(func.count()).select_from(Instance).where(*conditions)) or 0
    below = and_(Instance.unit_id.is_not(None), Instance.unit_id.not_in(list(ours)))
    query = (
        select(
            Instance.unit_id, Unit.name, Instance.duty, DutyOccurrence.period, Instance.due, Instance.words
        )
        .outerjoin(Unit, Unit.id == Instance.unit_id)
        .outerjoin(DutyOccurrence, DutyOccurrence.id == Instance.occurrence_id)
        .where(*conditions)
        .order_by(case((below, 0), else_=1), Instance.due, Unit.path)
        .limit(limit)
    )
    rows = [
        Missing(
            row.unit_id, row.name or work.tenant.name, row.duty, row.period or "", row.due, row.words,
            row.unit_id is None or row.unit_id in ours,
        )
        for row in work.session.execute(query)
    ]  # fmt: skip
    return rows, count


def coming(work: Work, live: Running) -> dict[str, DutyOccurrence]:
    """Return duty -> its occurrence that falls due next; of undated ones the last that has opened; where all was
    over before the notice, the last of these."""
    query = (
        select(DutyOccurrence)
        .where(
            DutyOccurrence.campaign_id == live.campaign.id,
            DutyOccurrence.state.in_(["planned", "open", "past"]),
            DutyOccurrence.due.is_(None)
            | (DutyOccurrence.due >= work.today)
            | (DutyOccurrence.state == "past"),
        )
        .order_by(DutyOccurrence.duty, DutyOccurrence.number)
    )
    found: dict[str, DutyOccurrence] = {}
    unseen = _unseen(work, live)
    for occurrence in work.session.scalars(query):
        known = found.get(occurrence.duty)
        # Of what comes again without a date the one that has opened last.
        undated = known is not None and known.due is None and occurrence.opens <= work.today
        newer = undated or (known is not None and known.state == "past")
        if occurrence.duty not in unseen and (known is None or newer):
            found[occurrence.duty] = occurrence
    return found


def loose(work: Work, live: Running, duty: str, limit: int = 100) -> list[Cell]:
    """Return the instances of a duty that no calendar started, newest first."""
    query = _cell_query(work, live).where(Instance.duty == duty, Instance.occurrence_id.is_(None))
    rows = work.session.execute(query.order_by(Instance.opened_at.desc(), Instance.id.desc()).limit(limit))
    return [_cell(work, live, row) for row in rows]


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
    unseen = _unseen(work, live)
    for occurrence in found:
        own = tuple(sorted(_standing(cells.get(occurrence.id, [])), key=lambda cell: (cell.path, cell.unit)))
        if own or occurrence.duty not in unseen:
            result.setdefault(occurrence.duty, []).append(Column(occurrence, own, counted(own)))
    return result


def _unseen(work: Work, live: Running) -> frozenset[str]:
    """Return the duties of which the viewer must not even know when they take place, unless they have a part in them."""
    if work.viewer.units is None:
        return frozenset()
    return frozenset(key for key, duty in live.duties.items() if duty.hidden)


def _standing(cells: list[Cell]) -> list[Cell]:
    """Return one cell for each unit: one that was let go counts no more once the unit owes the same anew."""
    newest: dict[tuple[UUID | None, str], Cell] = {}
    for cell in cells:
        key = (cell.unit_id, cell.about)
        if key not in newest or newest[key].state == "released":
            newest[key] = cell
    return list(newest.values())


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
        found.setdefault(row.occurrence_id, []).append(_cell(work, live, row))
    return found


def _cell_query(work: Work, live: Running) -> Select[Any]:
    about = aliased(Unit)
    return (
        select(
            Instance.id, Instance.occurrence_id, Instance.unit_id, Instance.state, Instance.filed_at, Instance.due,
            Instance.duty, Instance.title,
            Unit.name, Unit.path, about.name.label("about"), about.path.label("about_path"),
            case((_back(work, live), True), else_=False).label("back"),
        )
        .outerjoin(Unit, Unit.id == Instance.unit_id)
        .outerjoin(about, about.id == Instance.about_id)
        .where(*_seen(work, live))
    )  # fmt: skip


def _cell(work: Work, live: Running, row: Any) -> Cell:
    hour = hour_of(live, row.duty, row.title)
    filed = day_counted(row.filed_at.astimezone(work.zone), hour) if row.filed_at else None
    state = cell_state(row.state, filed, row.due, today_of(work, hour), bool(row.back))
    late = bool(row.due and filed and filed > row.due)
    return Cell(
        row.id, row.unit_id, row.name or work.tenant.name, state, late, row.filed_at, row.about or "",
        row.about_path or row.path or "",
    )  # fmt: skip


def _seen(work: Work, live: Running) -> tuple[ColumnElement[bool], ...]:
    return (Instance.campaign_id == live.campaign.id, access.visible(work.viewer, PLACE))


def _state_of(work: Work, live: Running) -> ColumnElement[str]:
    """Return where an instance stands, as the database says it. The same rule as `cell_state`."""
    return case(
        (Instance.state == "released", "released"),
        (Instance.state == "stuck", "stuck"),
        (Instance.state == "done", "accepted"),
        (_back(work, live), "returned"),
        (Instance.filed_at.is_not(None), "filed"),
        (and_(Instance.due.is_not(None), past_due(work, live)), "missing"),
        else_="open",
    )


def _back(work: Work, live: Running) -> ColumnElement[bool]:
    """Return the condition under which what was handed in was sent back: a step of the one who owes it is open again."""
    again, before = aliased(Task), aliased(Task)
    # Each state is said together with the step as one value, so that tasks are found by their instance and not by their state.
    node = case((and_(again.state == "open", again.process == ""), again.node))
    theirs = [
        and_(Instance.process == key, node.in_(steps))
        for key, drawing in live.package.processes.items()
        if (
            steps := sorted(
                node.id for node in drawing.nodes.values() if node.kind == "userTask" and owed(node)
            )
        )
    ]
    done = exists().where(
        before.tenant_id == work.tenant.id, before.instance_id == again.instance_id,
        case((before.state == "done", before.node)) == again.node, before.process == "", before.item == again.item,
    )  # fmt: skip
    open_again = exists().where(
        again.tenant_id == work.tenant.id, again.instance_id == Instance.id, or_(false(), *theirs), done
    )
    return and_(Instance.state == "running", Instance.filed_at.is_not(None), open_again)


def cell_state(state: str, filed: date | None, due: date | None, today: date, back: bool = False) -> str:
    """Return where an instance stands, in the words of `CELLS`. An undated one is never missing."""
    if state in ("released", "stuck"):
        return state
    if state == "done":
        return "accepted"
    if filed:
        return "returned" if back else "filed"
    return "missing" if due is not None and due < today else "open"
