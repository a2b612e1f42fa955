"""What several have answered to the same check table about one unit: side by side, item by item, differences first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from engine import checktables
from engine.models import Instance, Task
from engine.progress import PLACE
from engine.protected import readable
from engine.running import Running
from forms.datasets import DataSet, rows_by_key
from forms.models import Submission
from forms.validation import form_of
from tenants import access
from tenants.db import Work
from tenants.models import Unit
from workflows.elements import Form


@dataclass(frozen=True)
class Sheet:
    """The newest answers of one step to a check table. own: given by the unit concerned itself."""

    instance_id: UUID
    task_id: UUID
    title: str
    who: str
    desk_id: UUID | None
    at: datetime
    own: bool
    form: Form
    data: DataSet
    answers: Mapping[str, Any]
    field: str

    @cached_property
    def rows(self) -> Mapping[str, Mapping[str, Any]]:
        return rows_by_key(self.data.key, self.answers.get(self.field))

    @property
    def judged(self) -> str:
        """Return the field whose choice says how an item was found: the first of a row with choices."""
        table = form_of(self.form.schema).fields
        rows = (
            path[2]
            for path, one in table.items()
            if len(path) == 3 and path[0] == self.field and one.get("enum")
        )
        return next(rows, "")

    def result(self, key: str) -> Any:
        """Return how an item was found; None when it was not answered."""
        return self.rows.get(key, {}).get(self.judged)


@dataclass(frozen=True)
class Line:
    """One item on both sides. differs: both answered, and not the same; one_sided: only one has answered or has the item."""

    key: str
    area: str
    text: str
    left: Mapping[str, Any] | None
    right: Mapping[str, Any] | None
    differs: bool
    one_sided: bool


def units(work: Work, live: Running, table: str) -> list[tuple[Unit, int, int]]:
    """Return (unit, answers of its own, answers of others) of those about which a table was answered, as far as one sees."""
    query = (
        select(Instance.id, Instance.unit_id, Instance.about_id)
        .join(Submission, (Submission.subject_id == Instance.id) & (Submission.subject_kind == "instance"))
        .where(*_asked(work, live, table))
        .distinct()
    )
    counts: dict[UUID, list[int]] = {}
    for _id, unit_id, about_id in work.session.execute(query):
        concerned = about_id or unit_id
        if concerned is not None:
            counts.setdefault(concerned, [0, 0])[about_id is not None and about_id != unit_id] += 1
    query_units = select(Unit).where(Unit.id.in_(counts)).order_by(Unit.path)
    found: list[Unit] = list(work.session.scalars(query_units)) if counts else []
    return [(unit, *counts[unit.id]) for unit in found]  # type: ignore[misc]


def sheets(work: Work, live: Running, table: str, unit_id: UUID) -> list[Sheet]:
    """Return what was answered about a unit, as far as the viewer may read it, the newest of each step, its own first."""
    query = (
        select(Submission, Instance, Task)
        .join(Instance, (Submission.subject_id == Instance.id) & (Submission.subject_kind == "instance"))
        .join(Task, Task.submission_id == Submission.id)
        .where(
            *_asked(work, live, table),
            or_(Instance.about_id == unit_id, (Instance.unit_id == unit_id) & Instance.about_id.is_(None)),
        )
        .order_by(Submission.made_at.desc(), Submission.id.desc())
        .limit(60)
    )  # fmt: skip
    found: dict[tuple[str, str, bool], Sheet] = {}
    for made, instance, task in work.session.execute(query):
        own = instance.about_id is None or task.desk_id == unit_id
        sheet = _sheet(work, live, table, made, instance, task, own)
        if sheet is not None:
            found.setdefault((instance.duty, made.form, own), sheet)
    return sorted(found.values(), key=lambda one: not one.own)


def compare(left: Sheet, right: Sheet) -> list[Line]:
    """Return every item of either side: those that differ first, then those only one has answered, then the rest."""
    keys = dict.fromkeys((*left.data.items, *right.data.items))
    lines = [_line(left, right, key) for key in keys]
    return sorted(lines, key=lambda one: (not one.differs, not one.one_sided))


def counted(lines: Iterable[Line]) -> tuple[int, int, int]:
    """Return how many items differ, how many only one side has answered, and how many there are."""
    found = list(lines)
    return sum(one.differs for one in found), sum(one.one_sided for one in found), len(found)


def _line(left: Sheet, right: Sheet, key: str) -> Line:
    item = left.data.items.get(key) or right.data.items.get(key) or {}
    one, other = left.result(key), right.result(key)
    return Line(
        key, item.get(left.data.area, ""), item.get(left.data.text, ""), left.rows.get(key), right.rows.get(key),
        differs=one is not None and other is not None and one != other,
        one_sided=(one is None) != (other is None),
    )  # fmt: skip


def _sheet(
    work: Work, live: Running, table: str, made: Submission, instance: Instance, task: Task, own: bool
) -> Sheet | None:
    form = live.form_filed(task, made.form)
    listed = [one for one in form_of(form.schema).listed if one.table == table] if form else []
    if form is None or not listed:
        return None
    sets = checktables.shown(work, live, listed, None, instance.id)
    if table not in sets:
        return None
    return Sheet(
        instance.id, task.id, instance.title, made.made_name, task.desk_id, made.made_at, own, form, sets[table],
        readable(work, live, instance, task, form, made), listed[0].field,
    )  # fmt: skip


def _asked(work: Work, live: Running, table: str) -> Sequence[ColumnElement[bool]]:
    forms = [
        form.id
        for form in live.package.forms.values()
        if any(one.table == table for one in form_of(form.schema).listed)
    ]
    return (
        Instance.campaign_id == live.campaign.id, Submission.form.in_(forms), access.visible(work.viewer, PLACE),
    )  # fmt: skip
