"""What was drawn, told from what was kept of each draw: for the form that asks for it, and for whoever reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine.draw_models import LotDraw
from engine.models import Instance, Task
from engine.standing import part_of
from forms import lots
from forms.answers import canonical
from forms.lots import Lot
from forms.validation import form_of
from tenants.db import Work
from tenants.errors import Invalid
from tenants.text import say
from workflows.package import Form


def fixed(work: Work, form: Form, instance_id: UUID, place: str) -> dict[str, Any]:
    """Return field -> the rows that were drawn for it last; [] where nothing was drawn yet."""
    found: dict[str, Any] = {rule.field: [] for rule in lots.rules(form.schema)}
    for row in draws_for(work, instance_id, form.id, part_of(place)) if found else ():
        if row.field in found:
            found[row.field] = [dict(lot.row) for lot in result(row)]
    return found


def fixed_for(work: Work, form: Form, task: Task, instance_id: UUID) -> dict[str, Any]:
    """Return the same for a task; most forms draw nothing."""
    return fixed(work, form, instance_id, task.place) if form_of(form.schema).drawn else {}


def fixed_at(work: Work, form: Form, task_id: UUID, instance_id: UUID) -> Mapping[str, Any]:
    """Return the same for whoever hands in a task. Raises Invalid when something was not drawn yet."""
    place = work.session.scalar(select(Task.place).where(Task.id == task_id)) or ""
    found = fixed(work, form, instance_id, place)
    for rule in lots.rules(form.schema):
        if not found[rule.field]:
            raise Invalid(say("“{field}”还没有抽取。", field=rule.title), say("请先在表单上方抽取，再提交。"))
    return found


def made(work: Work, of: Instance, part: str | None = None) -> list[LotDraw]:
    """Return the draws of a matter, oldest first. part: only those that whoever is asked there may read."""
    found = work.session.scalars(
        select(LotDraw).where(LotDraw.instance_id == of.id).order_by(LotDraw.made_at, LotDraw.id)
    )
    return [row for row in found if part is None or row.part in ("", part)]


def result(row: LotDraw) -> list[Lot]:
    """Return who was drawn, worked out anew from what was kept."""
    return lots.drawn(row.seed, list_of(row), row.numbers)


def list_of(row: LotDraw) -> list[Lot]:
    """Return the list that was drawn from, in its order."""
    return [Lot(one["key"], one["label"], one["group"], one["kept"], one["row"]) for one in row.frame]


def frame_hash(row: LotDraw) -> str:
    """Return the SHA-256 of the list and the numbers, as the trail keeps it."""
    return sha256(canonical({"list": row.frame, "numbers": row.numbers}).encode()).hexdigest()


def draws_for(work: Work, instance_id: UUID, form: str, part: str, field: str | None = None) -> list[LotDraw]:
    query = select(LotDraw).where(
        LotDraw.instance_id == instance_id, LotDraw.form == form, LotDraw.part == part
    )
    if field is not None:
        query = query.where(LotDraw.field == field)
    found: Iterable[LotDraw] = work.session.scalars(query.order_by(LotDraw.field, LotDraw.number))
    return list(found)
