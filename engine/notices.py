"""The notice itself beside a campaign, or beside a package version before its launch: the file, its text, its clauses.

What stands beside the package is shown beside its campaigns, too, unless they have one of their own. Earlier files are kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import undefer

from engine.models import Campaign, NoticeDocument
from engine.running import running
from forms import attachments
from forms.attachments import StoredFile
from forms.incoming import Incoming
from forms.models import Attachment
from tenants import access
from tenants.audit import record
from tenants.db import Work
from tenants.errors import Conflict, NotFound
from tenants.text import say
from workflows.models import PackageVersion
from workflows.notice_file import KINDS, NoticeText, read_notice
from workflows.notice_outline import Paragraph, outline
from workflows.notice_parts import Place
from workflows.notice_text import find
from workflows.publish import load

# For what an attachment is kept that is a notice.
KEPT = "notice"


@dataclass(frozen=True)
class Beside:
    """What a notice stands beside: a campaign, or a package version."""

    campaign_id: UUID | None = None
    package_hash: str | None = None

    def where(self) -> ColumnElement[bool]:
        if self.campaign_id is not None:
            return NoticeDocument.campaign_id == self.campaign_id
        return NoticeDocument.package_hash == self.package_hash


@dataclass(frozen=True)
class Taken:
    """A file that came in and was read. name: as the user called it."""

    file: Incoming
    name: str
    text: NoticeText


@dataclass(frozen=True)
class Version:
    """One file that stands, or stood, beside a campaign or package."""

    document: NoticeDocument
    file: Attachment


@dataclass(frozen=True)
class Reading:
    """A notice to read: its file and its paragraphs, none where they could not be read."""

    version: Version
    paragraphs: tuple[Paragraph, ...]

    def places(self, clause: str) -> tuple[Place, ...]:
        """Return every place at which a clause may stand; see `workflows.notice_text.find`."""
        return find(self.paragraphs, clause)


@contextmanager
def taken_in(work: Work, beside: Beside, stream: BinaryIO, name: str) -> Iterator[Taken]:
    """Take in a file that `attach` may put beside a campaign or package, and read its text as well as can be.

    It takes seconds, so it has a unit of work of its own that only reads: nobody waits for it. The file is there until the block
    ends. Raises NotFound, Forbidden, TooLarge, UnwantedFile.
    """
    _require(work, beside)
    with attachments.taken_in(work, stream, KINDS) as file:
        yield Taken(file, name, read_notice(file.path, file.known.extension))


def attach(work: Work, beside: Beside, taken: Taken) -> NoticeDocument:
    """Put a file beside a campaign or package, in the place of what is there.

    Raises NotFound, Forbidden. A file that could not be read is kept, with a `trouble` that says so.
    """
    _require(work, beside)
    _lock(work, beside)
    file, text = attachments.keep(work, taken.file, taken.name, unit_id=None, kept=KEPT), taken.text
    before = _current(work, beside)
    if before is not None:
        _end(work, before, "replaced")
    last = work.session.scalar(select(func.max(NoticeDocument.number)).where(beside.where())) or 0
    document = NoticeDocument(
        campaign_id=beside.campaign_id, package_hash=beside.package_hash, number=last + 1, attachment_id=file.id,
        paragraphs=list(text.paragraphs), trouble=text.trouble, state="current", added_at=work.now,
        added_by=work.actor.member_id, added_name=work.actor.name,
    )  # fmt: skip
    work.session.add(document)
    work.session.flush()
    _record(work, "notice.attach", beside, name=file.name, sha256=file.sha256, number=document.number)
    return document


def remove(work: Work, beside: Beside, document_id: UUID) -> None:
    """Take the file away that stands there now; it is kept among the earlier ones. Raises NotFound, Forbidden, Conflict."""
    _require(work, beside)
    _lock(work, beside)
    current = _current(work, beside)
    if current is None or current.id != document_id:
        raise Conflict(say("通知原文已被替换或移除。"), say("请刷新页面，查看最新情况。"))
    _end(work, current, "removed")
    _record(work, "notice.remove", beside, number=current.number)


def of_campaign(work: Work, campaign: Campaign) -> Version | None:
    """Return the notice of a campaign: its own, else that of its package."""
    access.require(work.viewer, "work.see")
    own = _version(work, Beside(campaign_id=campaign.id))
    return own or _version(work, Beside(package_hash=campaign.package_hash))


def of_package(work: Work, package_hash: str) -> Version | None:
    """Return the notice that stands beside a package version."""
    load(work, package_hash)
    return _version(work, Beside(package_hash=package_hash))


def read(work: Work, version: Version) -> Reading:
    """Return a notice with its text."""
    query = select(NoticeDocument).where(NoticeDocument.id == version.document.id)
    document = work.session.scalars(
        query.options(undefer(NoticeDocument.paragraphs)).execution_options(populate_existing=True)
    ).one()
    return Reading(version, outline([str(text) for text in document.paragraphs]))


def earlier(work: Work, beside: Beside) -> list[Version]:
    """Return what stood there before, newest first."""
    query = (
        select(NoticeDocument, Attachment)
        .join(Attachment, Attachment.id == NoticeDocument.attachment_id)
        .where(beside.where(), NoticeDocument.state != "current")
        .order_by(NoticeDocument.number.desc())
    )
    return [Version(document, file) for document, file in work.session.execute(query).tuples()]


def file(work: Work, document_id: UUID) -> StoredFile:
    """Return the file of a notice, present or earlier; raise NotFound.

    Whoever sees the campaign may have it; what only stands beside a package, whoever may read packages or sees its campaign.
    """
    document = work.session.scalar(select(NoticeDocument).where(NoticeDocument.id == document_id))
    if document is None or not _may_have(work, document):
        raise NotFound(say("没有找到这份通知。"))
    return attachments.kept_file(work, document.attachment_id, KEPT)


def clauses_found(reading: Reading, paths: Sequence[str]) -> dict[str, tuple[Place, ...]]:
    """Return clause -> where it may stand: nowhere, at one place, or at several."""
    return {path: reading.places(path) for path in paths}


def _may_have(work: Work, document: NoticeDocument) -> bool:
    if document.campaign_id is not None or access.may(work.viewer, "package.read"):
        return True
    used = select(Campaign.id).where(Campaign.package_hash == document.package_hash)
    return document.state == "current" and work.session.scalar(used.limit(1)) is not None


def _require(work: Work, beside: Beside) -> None:
    if beside.campaign_id is not None:
        running(work, beside.campaign_id)
        access.require(work.viewer, "campaign.steer")
    else:
        load(work, beside.package_hash or "")
        access.require(work.viewer, "campaign.launch")


def _lock(work: Work, beside: Beside) -> None:
    """Two who put a file at the same place wait for each other here."""
    if beside.campaign_id is not None:
        running(work, beside.campaign_id, lock="change")
        return
    query = select(PackageVersion.id).where(PackageVersion.hash == beside.package_hash)
    work.session.scalar(query.with_for_update(key_share=True))


def _current(work: Work, beside: Beside) -> NoticeDocument | None:
    return work.session.scalar(
        select(NoticeDocument).where(beside.where(), NoticeDocument.state == "current")
    )


def _version(work: Work, beside: Beside) -> Version | None:
    document = _current(work, beside)
    if document is None:
        return None
    kept = work.session.get_one(Attachment, (work.tenant.id, document.attachment_id))
    return Version(document, kept)


def _end(work: Work, document: NoticeDocument, state: str) -> None:
    document.state, document.ended_at, document.ended_name = state, work.now, work.actor.name
    work.session.flush()


def _record(work: Work, action: str, beside: Beside, **facts: object) -> None:
    kind, subject = ("campaign", beside.campaign_id) if beside.campaign_id else ("package_version", None)
    if subject is None and beside.package_hash is not None:
        query = select(PackageVersion.id).where(PackageVersion.hash == beside.package_hash)
        subject = work.session.scalar(query)
    record(work, action, kind, subject, unit_id=None, **facts)
