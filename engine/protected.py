"""What of somebody's answers a reader may read: all but what is sensitive, and what only the holders of an actor may read, put
back for them and for nobody else, whatever their mandate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine import actors
from engine.models import Instance, Task
from engine.running import Running
from forms.dialect import Schema
from forms.models import ProtectedAnswers, Submission
from forms.protected import readers, unprotected
from forms.sensitive import holds_back, without_sensitive
from tenants import access
from tenants.db import Work
from tenants.models import Unit
from workflows.package import Form


def readable(
    work: Work, live: Running, of: Instance, task: Task, form: Form, made: Submission
) -> Mapping[str, Any]:
    """Return what the viewer may read of the answers given at a task of an instance that they may see.

    What is sensitive only the desk or post reads that wrote it; what is protected only the holders of the actors that the form
    names.
    """
    answers = opened(work, live, of, form.schema, made)
    if not holds_back(form.schema):
        return answers
    mine = task.done_by is not None and task.done_by == work.actor.member_id
    if mine or access.may_work(work.viewer, task.desk_id, task.post):
        return answers
    return without_sensitive(form.schema, answers)


def opened(work: Work, live: Running, of: Instance, schema: Schema, made: Submission) -> Mapping[str, Any]:
    """Return the answers of a submission with those protected fields that the viewer may read.

    Costs nothing where the form protects nothing or the viewer holds none of its actors.
    """
    held = [name for name in sorted(readers(schema)) if holds(work, live, of, name)]
    if not held:
        return made.answers
    query = select(ProtectedAnswers).where(ProtectedAnswers.submission_id == made.id)
    whole = work.session.scalar(query)
    return unprotected(schema, whole.answers, held) if whole is not None else made.answers


def holds(work: Work, live: Running, of: Instance, actor: str) -> bool:
    """Tell whether the viewer is who the actor means as seen from whoever owes the instance: the very desk or post.

    Nobody stands in for it: a task nobody can take falls to the desk above, a secret does not.
    """
    if actor not in live.package.actors:
        return False
    subject_id = of.unit_id or of.about_id
    subject = work.session.get(Unit, (work.tenant.id, subject_id)) if subject_id else None
    pick = actors.near(work, live.package, actor, subject)
    if pick is None:
        return False
    return access.may_work(work.viewer, pick.unit.id if pick.unit else None, pick.post)
