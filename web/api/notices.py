"""The notice itself beside a campaign or a package: its text, its file; putting one there, taking it away."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Response, g
from marshmallow import fields

from engine import notices as kept
from engine.notices import Beside, Version
from tenants.db import Work
from tenants.text import say
from web.api.fields import Answer, Body, File, Id, Instant, Many, Part, Said
from web.api.operation import Noun, operation
from web.handing import BYTES, handed
from web.views import tongue

notices = Noun("notices", say("通知原文"))
_CAMPAIGN, _PACKAGE = "/campaigns/<uuid:campaign_id>/notice", "/packages/<package_hash>/notice"


class NoticeBody(Body):
    """The notice as TXT, DOCX or PDF."""

    file = File(required=True)


class VersionShape(Answer):
    """A file that stands, or stood, there; its content is at /notices/{id}. trouble: why its text could not be read."""

    id = Id()
    name = Said()
    size = fields.Integer()
    number = fields.Integer()
    state = Said(metadata={"enum": ["current", "replaced", "removed"]})
    trouble = Said(metadata={"enum": ["", "unreadable", "no_text", "too_long", "too_slow"]})
    added_at = Instant()
    added_by = Said()


class ParagraphShape(Answer):
    """A paragraph. level: of its heading, 1 the highest; 0 = it is none."""

    number = fields.Integer()
    text = Said()
    level = fields.Integer()


class PlaceShape(Answer):
    """The first and last paragraph of a clause."""

    first = fields.Integer()
    last = fields.Integer()


class ClausePlaces(Answer):
    """Where a clause stands: nowhere, at one place, or at several."""

    path = Said()
    places = Many(Part(PlaceShape))


class NoticeShape(Answer):
    """The notice. current: null when none stands there. of_package: it stands beside the campaign's package."""

    current = Part(VersionShape, allow_none=True)
    of_package = fields.Boolean()
    paragraphs = Many(Part(ParagraphShape))
    clauses = Many(Part(ClausePlaces))
    earlier = Many(Part(VersionShape))


@operation(
    notices,
    "GET",
    _CAMPAIGN,
    may="work.see",
    summary=say("行动所依据的通知原文，条款在第几段"),
    answer=NoticeShape,
)
def of_campaign(work: Work, campaign_id: UUID) -> Any:
    """Show the notice of a campaign: its own, else that of its package."""
    live = tongue.running(work, campaign_id)
    version = kept.of_campaign(work, live.campaign)
    return _shape(work, Beside(campaign_id=campaign_id), version, live.package.clauses)


@operation(
    notices, "GET", _PACKAGE, may="package.read", summary=say("方案包所依据的通知原文"), answer=NoticeShape
)
def of_package(work: Work, package_hash: str) -> Any:
    """Show the notice beside a package version."""
    package = tongue.load(work, package_hash)
    return _shape(
        work, Beside(package_hash=package_hash), kept.of_package(work, package_hash), package.clauses
    )


def _taken(work: Work, sent: dict[str, Any], **ids: Any) -> AbstractContextManager[kept.Taken]:
    """Take the file in before anything is written."""
    file = sent["file"]
    return kept.taken_in(work, Beside(**ids), cast(BinaryIO, file.stream), (file.filename or "")[:200])


@operation(
    notices, "POST", _CAMPAIGN, may="campaign.steer", summary=say("给行动附上通知原文，替换现有的"), answer=VersionShape,
    file=NoticeBody, status=201, does=("campaigns.campaign_notice",), prepare=_taken,
)  # fmt: skip
def attach_to_campaign(work: Work, sent: dict[str, Any], campaign_id: UUID) -> Any:
    """Put a file beside a campaign."""
    return _attach(work, Beside(campaign_id=campaign_id))


@operation(
    notices, "POST", _PACKAGE, may="campaign.launch", summary=say("给方案包附上通知原文，替换现有的"), answer=VersionShape,
    file=NoticeBody, status=201, does=("packages.package_notice",), prepare=_taken,
)  # fmt: skip
def attach_to_package(work: Work, sent: dict[str, Any], package_hash: str) -> Any:
    """Put a file beside a package version."""
    return _attach(work, Beside(package_hash=package_hash))


@operation(
    notices, "DELETE", f"{_CAMPAIGN}/<uuid:document_id>", may="campaign.steer", summary=say("移除行动的通知原文"),
    answer=NoticeShape, does=("campaigns.campaign_notice",), note=say("原件仍保留在往次文件中。"),
)  # fmt: skip
def remove_from_campaign(work: Work, campaign_id: UUID, document_id: UUID) -> Any:
    """Take the file away that stands beside a campaign."""
    kept.remove(work, Beside(campaign_id=campaign_id), document_id)
    return of_campaign(work, campaign_id)


@operation(
    notices, "DELETE", f"{_PACKAGE}/<uuid:document_id>", may="campaign.launch", summary=say("移除方案包的通知原文"),
    answer=NoticeShape, does=("packages.package_notice",), note=say("原件仍保留在往次文件中。"),
)  # fmt: skip
def remove_from_package(work: Work, package_hash: str, document_id: UUID) -> Any:
    """Take the file away that stands beside a package version."""
    kept.remove(work, Beside(package_hash=package_hash), document_id)
    return of_package(work, package_hash)


@operation(
    notices, "GET", "/notices/<uuid:document_id>", may="work.see", summary=say("下载通知原件"),
    content=BYTES,
)  # fmt: skip
def download(work: Work, document_id: UUID) -> Response:
    """Hand out the file of a notice, as it was uploaded."""
    stored = kept.file(work, document_id)
    return handed(stored.path, BYTES, stored.name)


def _attach(work: Work, beside: Beside) -> dict[str, Any]:
    document = kept.attach(work, beside, g.prepared)
    version = kept.of_package(work, beside.package_hash) if beside.package_hash else None
    if version is None:
        live = tongue.running(work, cast(UUID, beside.campaign_id))
        version = kept.of_campaign(work, live.campaign)
    assert version is not None and version.document.id == document.id
    return _version(version)


def _shape(work: Work, beside: Beside, version: Version | None, clauses: Any) -> dict[str, Any]:
    reading = kept.read(work, version) if version else None
    paths = [one.path for one in clauses] if reading and reading.paragraphs else []
    found = kept.clauses_found(reading, paths) if reading else {}
    return {
        "current": _version(version) if version else None,
        "of_package": version is not None and beside.campaign_id is not None and version.document.campaign_id is None,
        "paragraphs": reading.paragraphs if reading else [],
        "clauses": [{"path": path, "places": places} for path, places in found.items()],
        "earlier": [_version(one) for one in kept.earlier(work, beside)],
    }  # fmt: skip


def _version(version: Version) -> dict[str, Any]:
    document, file = version.document, version.file
    return {
        "id": document.id, "name": file.name, "size": file.size, "number": document.number, "state": document.state,
        "trouble": document.trouble or "", "added_at": document.added_at, "added_by": document.added_name,
    }  # fmt: skip
