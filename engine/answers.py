"""Answers to a task's form, held against what surrounds it: the unit, the dates, who there is and the files at hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import actors, checktables, drawn
from engine.rows import AnyUnit
from engine.running import Running
from forms import attachments
from forms.validation import Context, form_of, validate
from tenants.db import Work
from tenants.errors import Invalid
from tenants.models import Member, Unit
from tenants.text import say
from workflows.package import Form


def check_answers(
    work: Work, form: Form | None, answers: Mapping[str, Any], context: Context
) -> dict[str, Any]:
    """Return the answers as they are to be kept, none where nothing is asked; raise Invalid with every problem."""
    if form is None:
        return {}
    checked = validate(form.schema, answers, context=context)
    if checked.problems:
        raise Invalid(
            say("有 {count} 处需要改正，内容已保留。", count=len(checked.problems)), problems=checked.problems
        )
    return checked.answers


def context_of(
    work: Work,
    live: Running,
    form: Form | None,
    *,
    unit: AnyUnit | None,
    about: AnyUnit | None,
    due: object,
    task_id: UUID,
    instance_id: UUID,
) -> Context:
    """Return what surrounds the answers. Only what the form can refer to is looked up.

    An instance that answers a check table for the first time is kept to its version.
    """
    if form is None:
        return Context()
    ready = form_of(form.schema)
    named = ready.places
    return Context(
        names=live.known(ready.reads, unit, about, {"due": due}) if ready.reads else {},
        functions=live.given if ready.computed else {},
        known={key: _ids(work, key) for key in ("unit", "member") if key in named} if named else {},
        files=attachments.usable(work, task_id, instance_id) if "attachment" in named else {},
        actors=actor_units(work, live, ready.actors) if ready.actors else {},
        fixed=drawn.fixed_at(work, form, task_id, instance_id) if ready.drawn else {},
        tables=checktables.begin(work, live, ready.listed, about or unit, instance_id)
        if ready.listed
        else None,
    )


def actor_units(work: Work, live: Running, names: Collection[str]) -> dict[str, frozenset[str]]:
    """Return actor -> ids of the units that it means today; an actor that is not there means nobody."""
    units = actors.all_units(work)
    return {
        name: frozenset(
            str(pick.unit.id) for pick in actors.picked(work, live.package, [name], units) if pick.unit
        )
        if name in live.package.actors
        else frozenset()
        for name in names
    }


def _ids(work: Work, kind: str) -> frozenset[str]:
    found = select(Unit.id).where(Unit.active.is_(True)) if kind == "unit" else select(Member.id)
    return frozenset(str(row) for row in work.session.scalars(found))
