"""The notice itself: to read beside its campaign or package, to search, to download; putting a file there, taking it away."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, BinaryIO, cast
from uuid import UUID, uuid4

from flask import Response, g, redirect, request, url_for
from flask_babel import gettext as _

from engine import notices as kept
from engine.notices import Beside, Version
from tenants import access
from tenants.base import id_in
from tenants.db import Work
from tenants.errors import Conflict
from tenants.text import Message, say
from web.entry import done, form_page, page, uploaded
from web.handing import handed
from web.views import tongue
from web.views.campaigns import campaigns
from web.views.clause_words import clause_link
from web.views.packages import packages
from web.views.shapes import campaign_title
from web.words import said
from workflows.elements import Clause
from workflows.notice_outline import Paragraph

_TROUBLE: dict[str, tuple[Message, Message]] = {
    "unreadable": (say("文件已保存，但读不出文字。"), say("可下载原件查看；或另存为 DOCX、PDF、TXT 后重新上传。")),
    "no_text": (say("文件里没有文字，可能是扫描件。"), say("可下载原件查看；有电子文本时请换上，以便对照条款。")),
    "too_long": (say("文件太长，没有读取文字。"), say("请只上传通知正文；附件可另行下发。")),
    "too_slow": (say("读取文件用时太长，已停止。"), say("可下载原件查看；或另存为 TXT 后重新上传。")),
}  # fmt: skip
_LONGEST_QUERY = 40


# Who may change what stands beside a campaign, and beside a package.
_CHANGE = {"campaign_id": "campaign.steer", "package_hash": "campaign.launch"}


def _taken(work: Work, **values: Any) -> AbstractContextManager[Any]:
    """Take in the file of a form that brings one, before anything is written; only of one who may put it there."""
    access.require(work.viewer, _CHANGE["campaign_id" if "campaign_id" in values else "package_hash"])
    if request.form.get("step") == "remove":
        return nullcontext()
    sent = uploaded()
    return kept.taken_in(work, Beside(**values), cast(BinaryIO, sent.stream), (sent.filename or "")[:200])


@form_page(campaigns, "/campaigns/<uuid:campaign_id>/notice", "notice.html", may="work.see", prepare=_taken)
def campaign_notice(work: Work, campaign_id: UUID) -> Any:
    """Read the notice of a campaign; put a file there, take it away."""
    live = tongue.running(work, campaign_id)
    beside = Beside(campaign_id=campaign_id)
    here = url_for("campaigns.campaign_notice", campaign_id=campaign_id)
    if request.method == "POST" and g.get("refusal") is None:
        access.require(work.viewer, _CHANGE["campaign_id"])
        return _change(work, beside, "campaigns.campaign_notice", campaign_id=campaign_id)
    version = kept.of_campaign(work, live.campaign)
    context = {
        "subject": campaign_title(live), "up": url_for("campaigns.show", campaign_id=campaign_id), "here": here,
        "may_change": access.may(work.viewer, _CHANGE["campaign_id"]),
        "of_package": version is not None and version.document.campaign_id is None,
        "trace": url_for("campaigns.campaign_trace", campaign_id=campaign_id) if access.may(work.viewer, "package.read") else "",
    }  # fmt: skip
    return _shown(work, beside, version, live.package.clauses, here, context)


@form_page(packages, "/packages/<package_hash>/notice", "notice.html", may="package.read", prepare=_taken)
def package_notice(work: Work, package_hash: str) -> Any:
    """Read the notice that stands beside a package version; put a file there, take it away."""
    package = tongue.load(work, package_hash)
    beside = Beside(package_hash=package_hash)
    here = url_for("packages.package_notice", package_hash=package_hash)
    if request.method == "POST" and g.get("refusal") is None:
        access.require(work.viewer, _CHANGE["package_hash"])
        return _change(work, beside, "packages.package_notice", package_hash=package_hash)
    context = {
        "subject": package.title, "up": url_for("packages.show", package_hash=package_hash), "here": here,
        "may_change": access.may(work.viewer, _CHANGE["package_hash"]), "of_package": False,
        "trace": url_for("packages.package_trace", package_hash=package_hash),
    }  # fmt: skip
    return _shown(work, beside, kept.of_package(work, package_hash), package.clauses, here, context)


@page(campaigns, "/notices/<uuid:document_id>", "", may="work.see")
def notice_file(work: Work, document_id: UUID) -> Response:
    """Hand out the file of a notice, as it was uploaded."""
    stored = kept.file(work, document_id)
    return handed(stored.path, stored.media_type, stored.name)


def _change(work: Work, beside: Beside, endpoint: str, **values: Any) -> Response:
    if request.form.get("step") == "remove":
        kept.remove(work, beside, _document(request.form.get("document", "")))
        return done(_("已移除通知原文，原件仍保留在往次文件中。"), endpoint, **values)
    document = kept.attach(work, beside, g.prepared)
    if document.trouble:
        what, do = _TROUBLE[document.trouble]
        return done(f"{said(what)}{said(do)}", endpoint, category="warn", **values)
    return done(_("已附上通知原文。"), endpoint, **values)


def _document(text: str) -> UUID:
    found = id_in(text)
    if found is None:
        raise Conflict(say("通知原文已被替换或移除。"), say("请刷新页面，查看最新情况。"))
    return found


def _shown(
    work: Work,
    beside: Beside,
    version: Version | None,
    clauses: Sequence[Clause],
    here: str,
    context: dict[str, Any],
) -> Any:
    reading = kept.read(work, version) if version else None
    paragraphs = reading.paragraphs if reading else ()
    found = kept.clauses_found(reading, [one.path for one in clauses]) if paragraphs and reading else {}
    clause = request.args.get("clause", "")[:60]
    places = reading.places(clause) if reading and clause else ()
    if len(places) == 1 and "p" not in request.args:
        # The browser goes to where it stands.
        return redirect(f"{clause_link(here, clause)}&p={places[0].first}#p{places[0].first}")
    query = request.args.get("q", "").strip()[:_LONGEST_QUERY]
    begins: dict[int, list[str]] = {}
    for path, where in found.items():
        if len(where) == 1:
            begins.setdefault(where[0].first, []).append(path)
    hits = {number for place in places for number in range(place.first, place.last + 1)}
    trouble = _TROUBLE.get(version.document.trouble) if version else None
    return context | {
        "notice": _version(version) if version else None,
        "trouble": [said(part) for part in trouble] if trouble else None,
        "paragraphs": [_paragraph(one, query, hits, begins) for one in paragraphs],
        "toc": [
            {"n": one.number, "text": _short(one.text), "level": one.level} for one in paragraphs if one.level in (1, 2)
        ],
        "clauses": [
            {"path": one.path, "gist": one.gist, "places": [place.first for place in found.get(one.path, ())]} for one in clauses
        ] if paragraphs else [],
        "clause": clause, "clause_places": [place.first for place in places], "q": query,
        "found": sum(query.lower() in one.text.lower() for one in paragraphs) if query else 0,
        "earlier": [_version(one) for one in kept.earlier(work, beside)], "key": uuid4().hex, "errors": {},
    }  # fmt: skip


def _paragraph(one: Paragraph, query: str, hits: set[int], begins: dict[int, list[str]]) -> dict[str, Any]:
    return {
        "n": one.number, "level": one.level, "parts": _parts(one.text, query), "hit": one.number in hits,
        "clauses": begins.get(one.number, []), "long": len(one.text) > 40,
    }  # fmt: skip


def _parts(text: str, query: str) -> list[tuple[str, bool]]:
    """Return the text in parts, each with whether it is what was searched for."""
    if not query:
        return [(text, False)]
    found, rest, lower = [], 0, text.lower()
    wanted = query.lower()
    # Where lower case is of another length, places would be wrong: then nothing is marked.
    if len(lower) != len(text):
        return [(text, False)]
    while (at := lower.find(wanted, rest)) >= 0:
        found += [(text[rest:at], False), (text[at : at + len(wanted)], True)]
        rest = at + len(wanted)
    return [part for part in [*found, (text[rest:], False)] if part[0]]


def _short(text: str) -> str:
    head = text.split("。")[0]
    return head if len(head) <= 30 else f"{head[:29]}…"


def _version(version: Version) -> dict[str, Any]:
    document, file = version.document, version.file
    return {
        "id": document.id, "name": file.name, "size": file.size, "number": document.number, "state": document.state,
        "added_at": document.added_at, "added_by": document.added_name, "ended_at": document.ended_at,
        "ended_by": document.ended_name or "", "url": url_for("campaigns.notice_file", document_id=document.id),
    }  # fmt: skip
