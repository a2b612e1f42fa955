"""Submissions: the answers given to one form, immutable once made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from forms import attachments
from forms.answers import canonical, digest
from forms.declared import possible
from forms.dialect import Schema
from forms.models import Submission
from forms.validation import references
from tenants import audit
from tenants.db import Work
from tenants.errors import Conflict
from tenants.text import say


class FiledTwice(Conflict):
    """Two people filed the same form at the same moment."""

    code = "filed_twice"


def make(
    work: Work,
    *,
    form: str,
    schema: Schema,
    answers: Mapping[str, Any],
    package_hash: str,
    subject_kind: str,
    subject_id: UUID,
    unit_id: UUID | None,
    part: str = "",
) -> Submission:
    """File answers that `forms.validation.validate` found acceptable, and bind the attachments they name.

    A subject has one chain of versions for each form: what is filed again takes the place of what was filed before, which stays.
    part: of the subject, where several file the same form for it side by side; what one files takes nobody else's place.
    Only what the form declares is kept, whatever is handed in. Raises FiledTwice when somebody else was faster.
    """
    last = _newest(work, subject_kind, subject_id, form)
    before = (
        last if last is None or last.part == part else _newest(work, subject_kind, subject_id, form, part)
    )

    kept = possible(schema, dict(answers))
    version = last.version + 1 if last else 1

    row = Submission(
        form=form,
        package_hash=package_hash,
        subject_kind=subject_kind,
        subject_id=subject_id,
        unit_id=unit_id,
        part=part,
        version=version,
        supersedes_id=before.id if before else None,
        answers=kept,
        answers_hash=digest(canonical(kept)),
        made_at=work.now,
        made_by=work.actor.member_id,
        made_name=work.actor.name,
    )
    try:
        with work.session.begin_nested():
            work.session.add(row)
    except IntegrityError:
        raise FiledTwice(
            say("这份表单刚刚已由他人提交。"), say("请刷新页面，查看已提交的内容；您的草稿还在。")
        ) from None
    attachments.bind(work, references(schema, kept, "attachment"), row.id)
    audit.record(
        work, "submission.make", subject_kind, subject_id, unit_id=unit_id,
        submission=str(row.id), form=form, version=version, hash=row.answers_hash,
    )  # fmt: skip
    return row


def latest(work: Work, subject_kind: str, subject_id: UUID, form: str) -> dict[str, Any] | None:
    """Return the answers that count: those of the newest version; None when nothing was filed.

    Whether the actor may see the subject is for the caller to know.
    """
    row = _newest(work, subject_kind, subject_id, form)
    return row.answers if row else None


def history(work: Work, subject_kind: str, subject_id: UUID) -> list[Submission]:
    """Return everything that was filed for a subject, the oldest first. The caller knows whether it may be seen."""
    query = (
        select(Submission)
        .where(Submission.subject_kind == subject_kind, Submission.subject_id == subject_id)
        .order_by(Submission.made_at, Submission.form, Submission.version)
    )
    return list(work.session.scalars(query))


def is_genuine(row: Submission) -> bool:
    """Tell whether the answers are still those that were hashed when they were filed."""
    return digest(canonical(row.answers)) == row.answers_hash


def _newest(
    work: Work, subject_kind: str, subject_id: UUID, form: str, part: str | None = None
) -> Submission | None:
    query = (
        select(Submission)
        .where(
            Submission.subject_kind == subject_kind,
            Submission.subject_id == subject_id,
            Submission.form == form,
        )
        .order_by(Submission.version.desc())
        .limit(1)
    )
    if part is not None:
        query = query.where(Submission.part == part)
    return work.session.scalar(query)
