"""Rows of this package: what was filed, what is still being written, and the files that belong to it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Dialect, Index, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column
from sqlalchemy.types import TypeDecorator

from forms.answers import canonical
from tenants.base import Short, TenantOwned, tenant_fk


class CanonicalJson(TypeDecorator[dict[str, Any]]):
    """Answers as the very text that was hashed: a database's own JSON type would reorder and respell it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> str | None:
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any] | None:
        found: dict[str, Any] | None = None if value is None else orjson.loads(value)
        return found


class Submission(TenantOwned):
    """The answers given to one form, once and for all. A correction is a new row that names the one it takes the place of.

    form: id of the form in the package with this hash. subject: what was filed for, an instance as a rule. version: from 1 within
    the subject and form. part: of the subject, where several file the same form side by side. answers_hash: SHA-256 over the
    canonical text. unit_id: whose submission it is.
    """

    __tablename__ = "submission"
    __table_args__ = (
        tenant_fk("unit", "unit_id"),
        tenant_fk("member", "made_by"),
        tenant_fk("submission", "supersedes_id"),
        UniqueConstraint("tenant_id", "subject_kind", "subject_id", "form", "version"),
    )
    form: Mapped[str] = mapped_column(Short)
    package_hash: Mapped[str] = mapped_column(Short)
    subject_kind: Mapped[str] = mapped_column(Short)
    subject_id: Mapped[UUID]
    unit_id: Mapped[UUID | None]
    part: Mapped[str] = mapped_column(default="")
    version: Mapped[int]
    supersedes_id: Mapped[UUID | None]
    answers: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)
    answers_hash: Mapped[str] = mapped_column(Short)
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]
    made_name: Mapped[str]


class ProtectedAnswers(TenantOwned):
    """All answers of a submission to a form with fields that only some may read; the submission itself holds the rest.

    Whatever reads submissions (processes, ledgers, indicators, exports) therefore never meets what is protected.
    """

    __tablename__ = "protected_answers"
    __table_args__ = (
        tenant_fk("submission", "submission_id"),
        UniqueConstraint("tenant_id", "submission_id"),
    )
    submission_id: Mapped[UUID]
    answers: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)


class Draft(TenantOwned):
    """What a member has written so far for a task; it need not be right. revision counts from 1, for stale pages."""

    __tablename__ = "draft"
    __table_args__ = (tenant_fk("member", "member_id"), UniqueConstraint("tenant_id", "task_id", "member_id"))
    task_id: Mapped[UUID]
    member_id: Mapped[UUID]
    answers: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)
    revision: Mapped[int]
    saved_at: Mapped[datetime]


class Attachment(TenantOwned):
    """A file that was uploaded. Its bytes lie in the store under their hash; what the user called it is only a datum.

    kind: photo or document; media_type and extension follow from the bytes. submission_id: the first submission that names it;
    without one the file can be swept. kept: what else it is kept for, such as a notice; such a file is never swept, and whoever
    keeps it says who may see it.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        tenant_fk("unit", "unit_id"),
        tenant_fk("member", "uploaded_by"),
        tenant_fk("submission", "submission_id"),
        Index("attachment_content", "tenant_id", "sha256"),
        Index("attachment_task", "tenant_id", "task_id"),
        Index("attachment_unbound", "tenant_id", "submission_id", "uploaded_at"),
    )
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(Short)
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(Short)
    unit_id: Mapped[UUID | None]
    task_id: Mapped[UUID | None]
    submission_id: Mapped[UUID | None]
    kept: Mapped[str | None] = mapped_column(Short)
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[UUID | None]


class WrittenOnce(RuntimeError):
    """The program tried to change or remove a submission: a defect, never a user's mistake."""


@event.listens_for(Submission, "before_update")
@event.listens_for(Submission, "before_delete")
@event.listens_for(ProtectedAnswers, "before_update")
@event.listens_for(ProtectedAnswers, "before_delete")
def _written_once(mapper: Mapper[Any], connection: Any, row: Submission | ProtectedAnswers) -> None:
    """The first of two guards; the second is a trigger in the database (`tenants.walls`)."""
    raise WrittenOnce(f"submission {row.id} is written once")
