"""Answers that only the holders of an actor may read: put back for them, and for nobody else, whatever their mandate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from engine import actors
from engine.models import Instance
from engine.running import Running
from forms.dialect import Schema
from forms.models import ProtectedAnswers, Submission
from forms.protected import readers, unprotected
from tenants import access
from tenants.db import Work
from tenants.models import Unit


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
