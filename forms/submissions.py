"""Submissions: the answers given to one form, immutable once made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError

from forms import attachments
from forms.answers import canonical, digest
from forms.dialect import Schema
from forms.models import Submission
from forms.validation import form_of, references
from tenants import audit
from tenants.base import new_id, table_of
from tenants.db import Work
from tenants.errors import Conflict
from tenants.prepared import Prepared
from tenants.text import say


class FiledTwice(Conflict):
    """Two people filed the same form at the same moment."""

    code = "filed_twice"


@dataclass(frozen=True)
class Filed:
    """What was filed just now. supersedes_id: the version in whose place it stands."""

    id: UUID
    version: int
    supersedes_id: UUID | None
    answers: dict[str, Any]
    answers_hash: str


_S = table_of(Submission)
_ADD = Prepared(insert(_S))
_NEWEST = (
    select(_S.c.id, _S.c.version, _S.c.part)
    .where(
        _S.c.tenant_id == bindparam("tenant"), _S.c.subject_kind == bindparam("kind"),
        _S.c.subject_id == bindparam("subject"), _S.c.form == bindparam("form"),
    )
    .order_by(_S.c.version.desc())
    .limit(1)
)  # fmt: skip
_LAST, _LAST_OF_PART = Prepared(_NEWEST), Prepared(_NEWEST.where(_S.c.part == bindparam("part")))


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
    held: bool = False,
) -> Filed:
    """File answers that `forms.validation.validate` found acceptable, and bind the attachments they name.

    A subject has one chain of versions for each form: what is filed again takes the place of what was filed before, which stays.
    part: of the subject, where several file the same form for it side by side; what one files takes nobody else's place.
    held: the caller holds the subject, so that nobody else files for it.
    Only what the form declares is kept, whatever is handed in. Raises FiledTwice when somebody else was faster.
    """
    of = {"kind": subject_kind, "subject": subject_id, "form": form}
    before, version, its_part = _LAST.row(work.session, **of) or (None, 0, part)
    if its_part != part:
        before, *_ = _LAST_OF_PART.row(work.session, **of, part=part) or (None,)

    kept = form_of(schema).possible(dict(answers))
    row = Filed(new_id(), version + 1, before, kept, digest(canonical(kept)))

    try:
        _ADD.write(
            work.session,
            [
                {
                    "tenant_id": work.tenant.id,
                    "id": row.id,
                    "form": form,
                    "package_hash": package_hash,
                    "subject_kind": subject_kind,
                    "subject_id": subject_id,
                    "unit_id": unit_id,
                    "part": part,
                    "version": row.version,
                    "supersedes_id": before,
                    "answers": kept,
                    "answers_hash": row.answers_hash,
                    "made_at": work.now,
                    "made_by": work.actor.member_id,
                    "made_name": work.actor.name,
                }
            ],
            now=not held,
        )
    except IntegrityError:
        raise FiledTwice(
            say("这份表单刚刚已由他人提交。"), say("请刷新页面，查看已提交的内容；您的草稿还在。")
        ) from None
    attachments.bind(work, references(schema, kept, "attachment"), row.id)
    audit.record(
        work, "submission.make", subject_kind, subject_id, unit_id=unit_id,
        submission=str(row.id), form=form, version=row.version, hash=row.answers_hash,
    )  # fmt: skip
    return row
