"""Submissions: the answers given to one form, immutable once made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, bindparam, func, insert, select
from sqlalchemy.exc import IntegrityError

from forms import attachments
from forms.answers import canonical, digest
from forms.dialect import Schema
from forms.models import ProtectedAnswers, Submission
from forms.protected import unprotected
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
    """What was filed just now."""

    id: UUID
    form: str
    answers: dict[str, Any]
    answers_hash: str


_S = table_of(Submission)
_BEFORE = (
    _S.c.tenant_id == bindparam("tenant"), _S.c.subject_kind == bindparam("subject_kind"),
    _S.c.subject_id == bindparam("subject_id"), _S.c.form == bindparam("form"),
)  # fmt: skip
_LAST = select(func.coalesce(func.max(_S.c.version), 0)).where(*_BEFORE).scalar_subquery()
_LAST_OF_PART = (
    select(_S.c.id)
    .where(*_BEFORE, _S.c.part == bindparam("part"))
    .order_by(_S.c.version.desc())
    .limit(1)
    .scalar_subquery()
)
# Its number is found where it is written: nothing is waited for in between, and of two at once one is refused.
_ADD = Prepared(
    insert(_S).values(
        {
            **{column.name: bindparam(column.name) for column in _S.columns},
            "answers": bindparam("text", type_=Text()),
            "version": _LAST + 1,
            "supersedes_id": _LAST_OF_PART,
        }
    )
)

_PROTECT = Prepared(insert(table_of(ProtectedAnswers)))


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
) -> Filed:
    """File answers that `forms.validation.validate` found acceptable, bind the attachments they name, and tell the trail.

    A subject has one chain of versions for each form: what is filed again takes the place of what was filed before, which stays.
    part: of the subject, where several file the same form for it side by side; what one files takes nobody else's place.
    Only what the form declares is kept, whatever is handed in. Raises FiledTwice when somebody else was faster.
    """
    filed = file(
        work, form=form, schema=schema, answers=form_of(schema).possible(dict(answers)), package_hash=package_hash,
        subject_kind=subject_kind, subject_id=subject_id, unit_id=unit_id, part=part, now=True,
    )  # fmt: skip
    audit.add(work, [told(filed, subject_kind, subject_id, unit_id)])
    return filed


def file(
    work: Work,
    *,
    form: str,
    schema: Schema,
    answers: dict[str, Any],
    package_hash: str,
    subject_kind: str,
    subject_id: UUID,
    unit_id: UUID | None,
    part: str = "",
    now: bool = False,
) -> Filed:
    """As `make`, for a caller that tells the trail itself (`told`) and hands in what `validate` kept and nothing else.

    What only some may read is kept apart from the rest. now: another may file for the same subject at the same moment, and is
    told here; else the caller holds the subject.
    """
    kept = unprotected(schema, answers)
    text = canonical(kept)
    row = Filed(new_id(), form, kept, digest(text))
    values = {
        "id": row.id, "form": form, "package_hash": package_hash, "subject_kind": subject_kind, "subject_id": subject_id,
        "unit_id": unit_id, "part": part, "text": text, "answers_hash": row.answers_hash, "made_at": work.now,
        "made_by": work.actor.member_id, "made_name": work.actor.name,
    }  # fmt: skip
    try:
        _ADD.write(work.session, [values], now=now)
    except IntegrityError:
        raise FiledTwice(
            say("这份表单刚刚已由他人提交。"), say("请刷新页面，查看已提交的内容；您的草稿还在。")
        ) from None
    if kept != answers:
        _PROTECT.write(work.session, [{"id": new_id(), "submission_id": row.id, "answers": answers}])
    attachments.bind(work, references(schema, answers, "attachment"), row.id)
    return row


def told(filed: Filed, subject_kind: str, subject_id: UUID, unit_id: UUID | None) -> audit.Entry:
    """Return what the trail tells of it."""
    facts = {"submission": str(filed.id), "form": filed.form, "hash": filed.answers_hash}
    return audit.Entry("submission.make", subject_kind, subject_id, unit_id, facts)
