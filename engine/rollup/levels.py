"""Completeness level by level: what a report that goes up tells of those below its sender, as numbers and names of the missing.

Counts come recursively: a county counts its mines, a city its counties and what their reports tell of the mines. Nobody above
reads a row of theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, delete, func, insert, or_, select

from engine.collected import kept_of
from engine.models import Instance
from engine.overdue import handed_in_late
from engine.progress import PLACE
from engine.rollup.models import LevelCount, Rollup
from engine.rows import AnyInstance
from engine.running import Running
from tenants import access
from tenants.base import new_id, table_of
from tenants.db import Work
from tenants.models import Unit
from tenants.roster.authorities import LEVELS
from tenants.roster.units import KINDS

# So many names of the missing of one level travel; the rest are counted.
MOST_NAMES = 500
# So many kinds of units one report may tell of.
MOST_LEVELS = 20
# Units that stand for authorities are of the kind of their level.
_WORDS = {**LEVELS, **KINDS}
_NUMBERS = ("expected", "filed", "on_time", "accepted")


@dataclass(frozen=True)
class Below:
    """All units of one kind at authorities below. names: of the missing, each with its authority; more: how many others."""

    kind: str
    title: str
    expected: int
    filed: int
    on_time: int
    accepted: int
    missing: int
    names: tuple[str, ...]
    more: int


def sealed(work: Work, live: Running, of: AnyInstance) -> list[dict[str, Any]]:
    """Return what a report that goes up tells of what it collects, by kind of unit; [] of one that collects nothing."""
    occurrences = kept_of(work, of, live.duties.get(of.duty))
    if not occurrences:
        return []
    handed = func.coalesce(Instance.filed_at, case((Instance.state == "done", Instance.ended_at)))
    late = handed_in_late(work, live, handed)
    whose = func.coalesce(Instance.about_id, Instance.unit_id)
    query = (
        select(
            Unit.kind, Unit.name, case((handed.is_not(None), 1), else_=0).label("filed"),
            case((and_(handed.is_not(None), or_(Instance.due.is_(None), ~late)), 1), else_=0).label("on_time"),
            case((Instance.state == "done", 1), else_=0).label("accepted"),
        )
        .join(Unit, Unit.id == whose)
        .where(Instance.occurrence_id.in_(occurrences), Instance.state != "released", Instance.hidden.is_(False))
        .order_by(Unit.path, Instance.id)
    )  # fmt: skip
    found: dict[str, dict[str, Any]] = {}
    for row in work.session.execute(query):
        level = _level(
            found, row.kind, live.package.kinds.get(row.kind) or str(_WORDS.get(row.kind, row.kind))
        )
        level["expected"] += 1
        for key in _NUMBERS[1:]:
            level[key] += getattr(row, key)
        if not row.filed and row.name not in level["missing"]:
            level["missing"].append(row.name)
    lower = (
        select(LevelCount, Unit.name)
        .join(Instance, Instance.id == LevelCount.instance_id)
        .join(Unit, Unit.id == whose)
        .where(Instance.occurrence_id.in_(occurrences), Instance.state != "released")
        .order_by(Unit.path, LevelCount.id)
    )
    for one, name in work.session.execute(lower):
        level = _level(found, one.kind, one.title)
        for key in _NUMBERS:
            level[key] += getattr(one, key)
        level["missing"] += [f"{name}/{each}" for each in one.missing]
    return [{**one, "missing": one["missing"][:MOST_NAMES]} for one in list(found.values())[:MOST_LEVELS]]


def told(work: Work, live: Running, of: AnyInstance) -> dict[str, Any]:
    """Return what the copy of a report that goes up says besides its papers: of each level below, and whose reports are missing
    in it. {} of one that collects nothing."""
    duty = live.duties.get(of.duty)
    if duty is None or not duty.sources:
        return {}
    query = select(Rollup.missing).where(Rollup.instance_id == of.id, Rollup.state != "superseded")
    return {"levels": sealed(work, live, of), "missing": list(work.session.scalar(query) or ())[:MOST_NAMES]}


def of_instance(work: Work, instance_id: UUID) -> list[Below]:
    """Return what came along with a report of another authority; the caller may see the report."""
    query = select(LevelCount).where(LevelCount.instance_id == instance_id).order_by(LevelCount.id)
    return [
        Below(
            one.kind, one.title, one.expected, one.filed, one.on_time, one.accepted, one.expected - one.filed, tuple(one.missing),
            0,
        )
        for one in work.session.scalars(query)
    ]  # fmt: skip


def take_in(work: Work, instance_id: UUID, told: object) -> None:
    """Keep what came along with a report of another authority; what it told before gives way."""
    rows = [
        row
        for one in (told if isinstance(told, list) else [])[:MOST_LEVELS]
        if (row := _row(work, instance_id, one))
    ]
    work.session.execute(delete(LevelCount).where(LevelCount.instance_id == instance_id))
    if rows:
        by_kind = {row["kind"]: row for row in rows}
        work.session.execute(insert(table_of(LevelCount)), list(by_kind.values()))


def below(
    work: Work, live: Running, duties: Sequence[str], dues: tuple[date, date] | None, most: int
) -> list[Below]:
    """Return what the reports of authorities below tell of theirs, by kind, as far as the viewer may see these reports."""
    whose = func.coalesce(Instance.about_id, Instance.unit_id)
    where = [
        Instance.campaign_id == live.campaign.id, Instance.duty.in_(duties), Instance.state != "released",
        access.visible(work.viewer, PLACE),
    ]  # fmt: skip
    if dues is not None:
        where.append(or_(Instance.due.is_(None), and_(Instance.due >= dues[0], Instance.due < dues[1])))
    query = (
        select(LevelCount, Unit.name)
        .join(Instance, Instance.id == LevelCount.instance_id)
        .join(Unit, Unit.id == whose)
        .where(*where)
        .order_by(Unit.path, LevelCount.id)
    )
    found: dict[str, dict[str, Any]] = {}
    for one, name in work.session.execute(query):
        level = _level(found, one.kind, one.title)
        for key in _NUMBERS:
            level[key] += getattr(one, key)
        level["missing"] += [f"{name}/{each}" for each in one.missing]
    return [
        Below(
            one["kind"], one["title"], one["expected"], one["filed"], one["on_time"], one["accepted"],
            missing=one["expected"] - one["filed"], names=tuple(one["missing"][:most]), more=max(0, len(one["missing"]) - most),
        )
        for one in found.values()
    ]  # fmt: skip


def _level(found: dict[str, dict[str, Any]], kind: str, title: str) -> dict[str, Any]:
    empty = {"kind": kind, "title": title, **dict.fromkeys(_NUMBERS, 0), "missing": []}
    return found.setdefault(kind, empty)


def _row(work: Work, instance_id: UUID, told: object) -> dict[str, Any] | None:
    """Return a line of what was told as it is kept; None for what is no such line."""
    if not isinstance(told, Mapping) or not isinstance(told.get("kind"), str) or not told["kind"][:60]:
        return None
    numbers = {key: told.get(key) for key in _NUMBERS}
    names = told.get("missing")
    if not all(isinstance(one, int) and 0 <= one < 2**31 for one in numbers.values()):
        return None
    kept = [str(one)[:200] for one in names[:MOST_NAMES]] if isinstance(names, list) else []
    return {
        "tenant_id": work.tenant.id, "id": new_id(), "instance_id": instance_id, "kind": told["kind"][:60],
        "title": str(told.get("title") or told["kind"])[:60], **numbers, "missing": kept,
    }  # fmt: skip
