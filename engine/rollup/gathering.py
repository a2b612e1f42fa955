"""The reports that an upper report collects, as they stand now: whoever owes it receives them, and all of them count.

What a reader may see of them one by one is another matter (`engine.rollup.showing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from engine.collected import kept_of, last_said
from engine.models import Instance
from engine.rollup.adding import Fields, Report
from engine.rows import AnyInstance
from engine.running import Running
from forms.fields import ROW
from forms.validation import form_of
from tenants.db import Work
from tenants.models import Unit
from workflows.elements import Duty
from workflows.package import Form


@dataclass(frozen=True)
class Gathered:
    """Reports in the order of the tree; submissions: of which answers each accepted one consists."""

    reports: tuple[Report, ...]
    submissions: Mapping[UUID, tuple[UUID, ...]]

    def facts(self) -> dict[UUID, tuple[str, frozenset[UUID]]]:
        """Return report -> how it stands, what it says: whether these are the same tells whether anything has changed."""
        return {one.id: (one.standing, frozenset(self.submissions.get(one.id, ()))) for one in self.reports}


def rolls_up(live: Running, of: AnyInstance) -> Duty | None:
    """Return the duty of an instance whose form is filled from other reports; None for any other."""
    duty = live.duties.get(of.duty)
    return duty if duty is not None and duty.rollup and duty.sources else None


def gather(work: Work, live: Running, of: AnyInstance, upper: Duty) -> Gathered:
    """Return the reports behind an upper report, in three statements for any number of them."""
    whose = func.coalesce(Instance.about_id, Instance.unit_id)
    query = (
        select(Instance.id, Instance.duty, Instance.state, Instance.filed_at, Instance.ended_at, Unit.name)
        .outerjoin(Unit, Unit.id == whose)
        .where(
            Instance.occurrence_id.in_(kept_of(work, of, upper)), Instance.state != "released", Instance.hidden.is_(False),
            _received(live, of, upper),
        )
        .order_by(Unit.path, Instance.opened_at, Instance.id)
    )  # fmt: skip
    rows = list(work.session.execute(query))
    said = last_said(work, live, {row.id: row.duty for row in rows if row.state == "done"})
    found = []
    for row in rows:
        standing = "accepted" if row.state == "done" else "filed" if row.filed_at else "missing"
        given = tuple(answers for _, answers in said.get(row.id, ()))
        found.append(Report(row.id, row.duty, row.name or work.tenant.name, standing, given, row.ended_at))
    return Gathered(tuple(found), {key: tuple(one for one, _ in parts) for key, parts in said.items()})


def fields_of(form: Form) -> Fields:
    """Return what has to be known of an upper form's fields."""
    known = form_of(form.schema).fields
    columns: dict[str, set[str]] = {}
    for path in known:
        if len(path) == 3 and path[1] == ROW:
            columns.setdefault(path[0], set()).add(path[2])
    percent = frozenset(path[0] for path, one in known.items() if len(path) == 1 and one.get("x-unit") == "%")
    return Fields(percent, {key: frozenset(names) for key, names in columns.items()})


def _received(live: Running, of: AnyInstance, upper: Duty) -> ColumnElement[bool]:
    """Return the condition for reports that go to whoever owes the upper one: to its own desk, or, where the report says no
    desk, by the plan."""
    lower = [live.duties[key] for key in upper.sources if key in live.duties]
    theirs = [one.id for one in lower if one.open_to or set(one.to) & set(upper.by)]
    mine = Instance.desk_id == of.unit_id if of.unit_id is not None else false()
    names = [one.id for one in lower]
    return and_(
        Instance.duty.in_(names), or_(mine, and_(Instance.desk_id.is_(None), Instance.duty.in_(theirs)))
    )


def missing(reports: Sequence[Report]) -> list[str]:
    """Return the names of the units that have not handed in all that they owe."""
    return list(dict.fromkeys(one.unit for one in reports if one.standing == "missing"))
