"""Attachments: files beside the answers. The bytes lie outside the web root under their own hash; the row says what they are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import and_, delete, or_, select, update

from forms.filetypes import FileType
from forms.incoming import Incoming, incoming, settle
from forms.models import Attachment, Draft, Submission
from forms.validation import FileFacts
from tenants import access, audit
from tenants.access import Placing
from tenants.db import Work
from tenants.errors import NotFound
from tenants.text import say

# How long an uploaded file waits for its submission.
WAITING = timedelta(days=7)
MAX_NAME = 120
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufffe\uffff]"
)
_SEPARATORS = re.compile(r'[\\/:*?"<>|]+')


@dataclass(frozen=True)
class StoredFile:
    """A file to hand out, always as a download: never shown inside a page of ours. path: on this machine."""

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    path: Path


def store(
    work: Work,
    stream: BinaryIO,
    name: str,
    *,
    unit_id: UUID | None,
    task_id: UUID | None = None,
) -> Attachment:
    """Take in a file, at most 20 MB (photos 10 MB), and return its row; it waits for a submission to name it.

    stream: read in small pieces and no further than the limit. name: as the user called it, kept as data only.
    Raises TooLarge, UnwantedFile, StoreFull; then nothing is left behind.
    """
    with taken_in(work, stream) as found:
        return keep(work, found, name, unit_id=unit_id, task_id=task_id)


def taken_in(
    work: Work, stream: BinaryIO, kinds: Collection[str] | None = None
) -> AbstractContextManager[Incoming]:
    """Take in a file that `keep` may give a row later, in another unit of work; see `forms.incoming.incoming`."""
    return incoming(_folder(work) / "incoming", stream, kinds)


def keep(
    work: Work,
    found: Incoming,
    name: str,
    *,
    unit_id: UUID | None,
    task_id: UUID | None = None,
    kept: str | None = None,
) -> Attachment:
    """Keep a file that was taken in, and return its row.

    kept: what it is for other than a submission, such as a notice: then it waits for nothing and is never swept.
    """
    known = found.known
    settle(found.path, _place(work, found.sha256), work.now.timestamp())
    row = Attachment(
        name=clean_name(name, known),
        kind=known.kind,
        media_type=known.media_type,
        size=found.size,
        sha256=found.sha256,
        unit_id=unit_id,
        task_id=task_id,
        kept=kept,
        uploaded_at=work.now,
        uploaded_by=work.actor.member_id,
    )
    work.session.add(row)
    work.session.flush()
    audit.record(
        work,
        "attachment.store",
        "attachment",
        row.id,
        unit_id=unit_id,
        kind=known.kind,
        size=found.size,
        sha256=found.sha256,
    )
    return row


def copy_from(work: Work, tenant_id: UUID, sha256: str, name: str, *, unit_id: UUID | None) -> Attachment:
    """Take in the bytes of a file that another authority has sealed, from its folder. Raises NotFound when they are gone."""
    there = work.store / str(tenant_id) / sha256[:2] / sha256
    if not there.is_file():
        raise NotFound(say("附件的内容已丢失。"), say("请由发送单位重新报送。"))
    with there.open("rb") as stream:
        return store(work, stream, name, unit_id=unit_id)


def open(work: Work, attachment_id: UUID, *, seen: Callable[[str, UUID], bool] | None = None) -> StoredFile:
    """Return a file that the actor may have: uploaded by a unit they see, or filed with something they see.

    seen(subject_kind, subject_id): tells whether the actor may see what the file was filed for; the packages above know.
    Raises NotFound, alike for a file that is not there and one that is not for the actor.
    """
    row = work.session.scalar(select(Attachment).where(Attachment.id == attachment_id))
    if row is None or not _may_see(work, row, seen):
        raise NotFound(say("没有找到这个附件。"))
    return _stored(work, row)


def kept_file(work: Work, attachment_id: UUID, kept: str) -> StoredFile:
    """Return a file that is kept for something else than a submission; the caller has seen to it that the actor may have it.

    Raises NotFound, also for a file that is kept for another thing.
    """
    row = work.session.scalar(
        select(Attachment).where(Attachment.id == attachment_id, Attachment.kept == kept)
    )
    if row is None:
        raise NotFound(say("没有找到这个附件。"))
    return _stored(work, row)


def _stored(work: Work, row: Attachment) -> StoredFile:
    path = _place(work, row.sha256)
    if not path.is_file():
        raise NotFound(say("附件的内容已丢失。"), say("请联系系统管理员从备份恢复。"))
    return StoredFile(row.id, row.name, row.media_type, row.size, row.sha256, path)


def usable(work: Work, task_id: UUID, subject_id: UUID) -> dict[str, FileFacts]:
    """Return the files that answers to a task may name: id -> facts.

    Those uploaded for this task, those already filed with its subject, and those of the actor's own unit that still wait for
    a submission.
    """
    filed = (
        select(Submission.id)
        .where(Submission.tenant_id == work.tenant.id, Submission.subject_id == subject_id)
        .scalar_subquery()
    )
    own = and_(
        Attachment.unit_id == work.actor.unit_id,
        Attachment.submission_id.is_(None),
        Attachment.kept.is_(None),
    )
    query = select(Attachment.id, Attachment.kind, Attachment.size).where(
        or_(Attachment.task_id == task_id, Attachment.submission_id.in_(filed), own)
    )
    return {str(row.id): FileFacts(row.kind, row.size) for row in work.session.execute(query)}


def bind(work: Work, ids: Iterable[str], submission_id: UUID) -> None:
    """Bind files to the first submission that names them; from then on they are kept as long as it is."""
    wanted = [UUID(text) for text in sorted(ids)]
    if wanted:
        work.session.execute(
            update(Attachment)
            .where(Attachment.id.in_(wanted), Attachment.submission_id.is_(None))
            .values(submission_id=submission_id)
        )


def sweep(work: Work) -> int:
    """Remove files that waited seven days for a submission, and bytes that no row names; return how many rows went.

    Bytes go a sweep later than their rows: when this transaction is rolled back, nothing is missing. A file that a
    draft may still name stays.
    """
    _remove_unnamed(work)
    gone = work.session.execute(
        delete(Attachment)
        .where(
            Attachment.submission_id.is_(None),
            Attachment.kept.is_(None),
            Attachment.uploaded_at < work.now - WAITING,
            or_(
                Attachment.task_id.is_(None),
                Attachment.task_id.not_in(select(Draft.task_id).where(Draft.tenant_id == work.tenant.id)),
            ),
        )
        .execution_options(synchronize_session=False)
    )
    return int(gone.rowcount)  # type: ignore[attr-defined]


def clean_name(name: str, known: FileType) -> str:
    """Return the user's name for a file, fit to be shown and offered as a download; its ending follows the content."""
    name = _UNSEEN.sub("", unicodedata.normalize("NFC", name))
    name = _SEPARATORS.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).strip(" .")
    stem, dot, ending = name.rpartition(".")
    same = {known.extension, "jpeg" if known.extension == "jpg" else known.extension}
    if not dot or ending.lower() not in same:
        stem = name
    return f"{(stem or '附件')[:MAX_NAME]}.{known.extension}"


def _may_see(work: Work, row: Attachment, seen: Callable[[str, UUID], bool] | None) -> bool:
    if access.may_see(work.viewer, Placing(unit_id=row.unit_id)):
        return True
    if row.submission_id is None or seen is None:
        return False
    filed = work.session.get_one(Submission, (work.tenant.id, row.submission_id))
    return seen(filed.subject_kind, filed.subject_id)


def _folder(work: Work) -> Path:
    return work.store / str(work.tenant.id)


def _place(work: Work, digest: str) -> Path:
    return _folder(work) / digest[:2] / digest


def _remove_unnamed(work: Work) -> None:
    """Remove bytes that no row names, except young ones, whose row may just be on its way."""
    folder = _folder(work)
    young = (work.now - timedelta(days=1)).timestamp()
    named = set(work.session.scalars(select(Attachment.sha256)))
    for path in folder.glob("*/*"):
        if path.name not in named and path.stat().st_mtime < young:
            path.unlink(missing_ok=True)
