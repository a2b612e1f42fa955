"""How complete and how timely reports are: for each period, unit and level what was owed, handed in, in time, accepted, missing.

Counted by the database, in a number of statements that does not grow with units, periods or duties. What authorities below see
one by one comes as numbers with the reports that they send up (`engine.rollup.levels`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Subquery, and_, case, cast, extract, func, or_, select

from engine.models import DutyOccurrence, Instance
from engine.overdue import handed_in_late, past_due
from engine.progress import PLACE
from engine.rollup import levels
from engine.running import Running
from tenants import access
from tenants.db import Work
from tenants.models import Unit

# So many periods side by side, the last ones; so many units on a page; so many names of the missing of one level.
PERIODS, PAGE, NAMES = 8, 50, 100
_COUNTS = ("expected", "filed", "on_time", "accepted", "missing")
# Under this key stands what has no date.
UNDATED = ""


@dataclass(frozen=True)
class Counts:
    """How many reports. filed: handed in; on_time: of these in time, undated ones always; missing: past due and not handed in."""

    expected: int = 0
    filed: int = 0
    on_time: int = 0
    accepted: int = 0
    missing: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, key) + getattr(other, key) for key in _COUNTS))


@dataclass(frozen=True)
class Period:
    """A column. key: month such as 2024-11, or of one duty the id of its occurrence; due: of the latter."""

    key: str
    label: str
    due: date | None = None


@dataclass(frozen=True)
class Row:
    """A unit with its counts by period."""

    unit_id: UUID | None
    unit: str
    total: Counts
    cells: Mapping[str, Counts]


@dataclass(frozen=True)
class Level:
    """All units of one kind. missing: names of those that miss anything, at most NAMES; more: how many others do. below: they are
    units of authorities below, counted by these."""

    kind: str
    title: str
    counts: Counts
    missing: tuple[str, ...] = ()
    more: int = 0
    below: bool = False


@dataclass(frozen=True)
class Overview:
    """A page of it. totals: by period."""

    periods: tuple[Period, ...]
    rows: tuple[Row, ...]
    units: int
    totals: Mapping[str, Counts]
    total: Counts
    levels: tuple[Level, ...]


@dataclass(frozen=True)
class Asked:
    """What the reader asked for. page: 1, 2 …; 0 = all units."""

    duty: str = ""
    q: str = ""
    page: int = 1


def overview(work: Work, live: Running, asked: Asked) -> Overview:
    """Return how reports stand, as far as the viewer may see."""
    duties = [asked.duty] if asked.duty in live.duties else reports(live)
    periods, dues = _periods(work, live, duties, asked.duty in live.duties)
    each = _each(work, live, duties, periods, dues, asked).subquery()
    totals: dict[str, Counts] = {}
    by_kind: dict[str, Counts] = {}
    query = (
        select(each.c.period, Unit.kind, *_sums(each))
        .outerjoin(Unit, Unit.id == each.c.whose)
        .group_by(each.c.period, Unit.kind)
    )
    for row in work.session.execute(query):
        key, kind = _key(row.period), row.kind or ""
        totals[key] = totals.get(key, Counts()) + _counts(row)
        by_kind[kind] = by_kind.get(kind, Counts()) + _counts(row)
    rows, found = _rows(work, each, asked.page)
    total = sum(totals.values(), Counts())
    names = _missing(work, each)
    own = tuple(
        Level(kind, kind, counts, names.get(kind, ((), 0))[0], names.get(kind, ((), 0))[1])
        for kind, counts in by_kind.items()
    )
    below = tuple(
        Level(
            one.kind,
            one.title,
            Counts(one.expected, one.filed, one.on_time, one.accepted, one.missing),
            one.names,
            one.more,
            True,
        )
        for one in levels.below(work, live, duties, dues, NAMES)
    )
    return Overview(tuple(periods), rows, found, totals, total, (*own, *below))


def reports(live: Running) -> list[str]:
    """Return the duties that are reports."""
    return [key for key, duty in live.duties.items() if duty.is_report]


def _periods(
    work: Work, live: Running, duties: Sequence[str], one: bool
) -> tuple[list[Period], tuple[date, date] | None]:
    """Return the columns, and from when to when they are due: months, or of one duty its occurrences; the last ones."""
    where = (
        DutyOccurrence.campaign_id == live.campaign.id, DutyOccurrence.duty.in_(duties), DutyOccurrence.state == "open",
    )  # fmt: skip
    if one:
        query = select(DutyOccurrence).where(*where).order_by(DutyOccurrence.number.desc()).limit(PERIODS)
        rows = list(work.session.scalars(query))[::-1]
        return [
            Period(str(row.id), row.period or (row.due.isoformat() if row.due else ""), row.due)
            for row in rows
        ], None
    year, month = _month(Instance.due)
    found = select(year, month).where(*_whose(work, live, duties)).distinct()
    months = sorted((int(y), int(m)) for y, m in work.session.execute(found) if y is not None)
    shown = months[-PERIODS:]
    columns = [Period(f"{y:04}-{m:02}", f"{y:04}-{m:02}") for y, m in shown]
    undated = select(Instance.id).where(*_whose(work, live, duties), Instance.due.is_(None)).limit(1)
    columns += [Period(UNDATED, "")] if work.session.scalar(undated) is not None else []
    if not shown:
        return columns, None
    (y, m), (last, end) = shown[0], shown[-1]
    return columns, (date(y, m, 1), date(last + end // 12, end % 12 + 1, 1))


def _each(
    work: Work,
    live: Running,
    duties: Sequence[str],
    periods: Sequence[Period],
    dues: tuple[date, date] | None,
    asked: Asked,
) -> Select[Any]:
    """Return a row for each report that is owed, even where a unit was let go and owes it anew."""
    accepted = Instance.state == "done"
    handed = func.coalesce(Instance.filed_at, case((accepted, Instance.ended_at)))
    late = handed_in_late(work, live, handed)
    whose = func.coalesce(Instance.about_id, Instance.unit_id)
    where = [*_whose(work, live, duties)]
    if asked.duty in live.duties:
        period: Any = Instance.occurrence_id
        where.append(Instance.occurrence_id.in_([UUID(one.key) for one in periods]))
    else:
        year, month = _month(Instance.due)
        period = year * 100 + month
        if dues is not None:
            where.append(or_(Instance.due.is_(None), and_(Instance.due >= dues[0], Instance.due < dues[1])))
    if words := asked.q.replace("\0", "").strip()[:100]:
        named = select(Unit.id).where(
            Unit.tenant_id == work.tenant.id, Unit.name.contains(words, autoescape=True)
        )
        where.append(whose.in_(named))
    occurrence = func.coalesce(Instance.occurrence_id, Instance.id)
    return (
        select(
            whose.label("whose"), period.label("period"), _any(handed.is_not(None)).label("filed"),
            _any(and_(handed.is_not(None), or_(Instance.due.is_(None), ~late))).label("on_time"),
            _any(accepted).label("accepted"),
            _all(and_(handed.is_(None), Instance.due.is_not(None), past_due(work, live))).label("missing"),
        )
        .where(*where)
        .group_by(Instance.duty, occurrence, Instance.unit_id, Instance.about_id, period)
    )  # fmt: skip


def _whose(work: Work, live: Running, duties: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return (
        Instance.tenant_id == work.tenant.id, Instance.campaign_id == live.campaign.id, Instance.duty.in_(duties),
        Instance.state != "released", access.visible(work.viewer, PLACE),
    )  # fmt: skip


def _rows(work: Work, each: Subquery, page: int) -> tuple[tuple[Row, ...], int]:
    """Return a page of units with their counts, in the order of the tree, and how many there are."""
    count = work.session.scalar(select(func.count()).select_from(select(each.c.whose).distinct().subquery()))
    query = (
        select(each.c.whose, Unit.name, *_sums(each))
        .outerjoin(Unit, Unit.id == each.c.whose)
        .group_by(each.c.whose, Unit.name, Unit.path)
        .order_by(Unit.path, Unit.name)
    )
    if page:
        query = query.limit(PAGE).offset((page - 1) * PAGE)
    shown = {
        row.whose: Row(row.whose, row.name or work.tenant.name, _counts(row), {}) for row in work.session.execute(query)
    }  # fmt: skip
    cells: dict[UUID | None, dict[str, Counts]] = {}
    ids = [key for key in shown if key is not None]
    mine = or_(each.c.whose.in_(ids), each.c.whose.is_(None))
    query = select(each.c.whose, each.c.period, *_sums(each)).group_by(each.c.whose, each.c.period)
    for row in work.session.execute(query.where(mine) if page else query):
        cells.setdefault(row.whose, {})[_key(row.period)] = _counts(row)
    return tuple(replace(row, cells=cells.get(key, {})) for key, row in shown.items()), int(count or 0)


def _missing(work: Work, each: Subquery) -> dict[str, tuple[tuple[str, ...], int]]:
    """Return kind -> names of units that miss anything, and how many more there are."""
    query = (
        select(Unit.kind, Unit.name, func.row_number().over(partition_by=Unit.kind, order_by=Unit.path).label("place"))
        .select_from(each)
        .join(Unit, Unit.id == each.c.whose)
        .where(each.c.missing == 1, Unit.tenant_id == work.tenant.id)
        .group_by(Unit.kind, Unit.name, Unit.path)
        .subquery()
    )  # fmt: skip
    found: dict[str, list[str]] = {}
    counted = select(query.c.kind, func.count().label("n")).group_by(query.c.kind)
    many = {row.kind: int(row.n) for row in work.session.execute(counted)}
    names = select(query.c.kind, query.c.name).where(query.c.place <= NAMES).order_by(query.c.place)
    for row in work.session.execute(names):
        found.setdefault(row.kind, []).append(row.name)
    return {kind: (tuple(names), many[kind] - len(names)) for kind, names in found.items()}


def _month(day: Any) -> tuple[ColumnElement[int], ColumnElement[int]]:
    return cast(extract("year", day), Integer), cast(extract("month", day), Integer)


def _sums(each: Subquery) -> list[ColumnElement[Any]]:
    return [func.count().label("expected"), *(func.sum(each.c[key]).label(key) for key in _COUNTS[1:])]


def _counts(row: Any) -> Counts:
    return Counts(*(int(getattr(row, key) or 0) for key in _COUNTS))


def _key(period: Any) -> str:
    if period is None:
        return UNDATED
    return str(period) if isinstance(period, UUID) else f"{int(period) // 100:04}-{int(period) % 100:02}"


def _any(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.max(case((condition, 1), else_=0))


def _all(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.min(case((condition, 1), else_=0))
