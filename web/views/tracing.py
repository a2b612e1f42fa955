"""The notice on the left, the configuration on the right: which clause asks, by which words, and what carries it out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import gettext as _

from engine import notices as kept
from engine.notices import Version
from tenants.db import Work
from tenants.text import Message, say
from web.entry import page
from web.views import tongue
from web.views.campaigns import campaigns
from web.views.packages import packages
from web.views.shapes import campaign_title
from web.words import said
from workflows.elements import Element, Package
from workflows.notice_trace import Trace, Traced, trace_notice
from workflows.trace import elements

_SECTIONS: dict[str, Message] = {
    "phases": say("阶段"), "duties": say("任务"), "ledgers": say("台账"), "indicators": say("指标"),
    "tables": say("检查表"), "rules": say("规定"), "sanctions": say("处罚"),
}  # fmt: skip


@page(packages, "/packages/<package_hash>/trace", "trace.html", may="package.read")
def package_trace(work: Work, package_hash: str) -> dict[str, Any]:
    """Hold the notice that stands beside a package version against the package."""
    package = tongue.load(work, package_hash)
    links = {
        "up": url_for("packages.show", package_hash=package_hash),
        "notice": url_for("packages.package_notice", package_hash=package_hash),
        "here": url_for("packages.package_trace", package_hash=package_hash),
    }
    return _shown(work, package, kept.of_package(work, package_hash), package.title, links)


@page(campaigns, "/campaigns/<uuid:campaign_id>/trace", "trace.html", may="package.read")
def campaign_trace(work: Work, campaign_id: UUID) -> dict[str, Any]:
    """Hold a campaign's notice against its package."""
    live = tongue.running(work, campaign_id)
    links = {
        "up": url_for("campaigns.show", campaign_id=campaign_id),
        "notice": url_for("campaigns.campaign_notice", campaign_id=campaign_id),
        "here": url_for("campaigns.campaign_trace", campaign_id=campaign_id),
    }
    return _shown(work, live.package, kept.of_campaign(work, live.campaign), campaign_title(live), links)


def _shown(
    work: Work, package: Package, version: Version | None, subject: str, links: dict[str, str]
) -> dict[str, Any]:
    paragraphs = kept.read(work, version).paragraphs if version and not version.document.trouble else ()
    found = trace_notice(package, paragraphs) if paragraphs else None
    only = request.args.get("only") == "bare"
    return {
        "subject": subject, **links, "has_notice": found is not None, "only_bare": only,
        "clauses": _clauses(found, package, only) if found else [], "sections": _sections(found, package) if found else [],
        "strangers": found.strangers if found else (),
        "counts": {
            "clauses": len(found.clauses), "asking": len(found.asking), "bare": len(found.bare), "loose": len(found.loose),
            "share": _percent(found.coverage),
        } if found else {},
    }  # fmt: skip


def _percent(share: float) -> str:
    """Return a share in percent; never 100 % as long as one is missing."""
    return "100" if share == 1 else f"{min(share * 100, 99.9):.1f}"


def _clauses(found: Trace, package: Package, only_bare: bool) -> list[dict[str, Any]]:
    titles = {path: element.title for path, element in elements(package)}
    numbers = _numbers(package)
    depths: dict[str, int] = {"": -1}
    for one in found.clauses:
        depths[one.path] = depths.get(one.clause.within, -1) + 1
    return [
        {
            "n": number, "path": one.path, "depth": min(depths[one.path], 4), "asks": one.asks, "bare": not one.covered,
            "exempt": one.exempt if not one.elements else "", "gist": one.gist, "paragraphs": _paragraphs(one),
            "elements": [{"n": numbers[path], "path": path, "title": titles[path]} for path in one.elements],
        }
        for number, one in enumerate(found.clauses, 1)
        if not only_bare or not one.covered
    ]  # fmt: skip


def _paragraphs(one: Traced) -> list[list[tuple[str, bool]]]:
    """Return a clause's own words, paragraph by paragraph, in parts: each with whether it is what asks."""
    text = one.clause.text
    marked = [False] * len(text)
    for cue in one.cues:
        marked[cue.start : cue.end] = [True] * (cue.end - cue.start)
    paragraphs: list[list[tuple[str, bool]]] = [[]]
    for sign, asks in zip(text, marked, strict=True):
        if sign == "\n":
            paragraphs.append([])
        elif paragraphs[-1] and paragraphs[-1][-1][1] == asks:
            paragraphs[-1][-1] = (paragraphs[-1][-1][0] + sign, asks)
        else:
            paragraphs[-1].append((sign, asks))
    return [parts for parts in paragraphs if parts]


def _sections(found: Trace, package: Package) -> list[dict[str, Any]]:
    loose = {one.path for one in found.loose}
    carried: dict[str, list[dict[str, Any]]] = {}
    for number, one in enumerate(found.clauses, 1):
        for path in one.elements:
            carried.setdefault(path, []).append({"n": number, "path": one.path})
    numbers = _numbers(package)
    sections: dict[str, list[dict[str, Any]]] = {}
    for path, element in elements(package):
        shape = _element(path, element, numbers[path], carried.get(path, []), path in loose)
        sections.setdefault(path.partition(".")[0], []).append(shape)
    return [
        {"title": said(_SECTIONS[key]) if key in _SECTIONS else key, "elements": shapes}
        for key, shapes in sections.items()
    ]


def _element(path: str, element: Element, number: int, clauses: Sequence[Any], loose: bool) -> dict[str, Any]:
    named = _("、").join(element.clauses)
    return {
        "n": number, "path": path, "title": element.title, "words": element.words, "clauses": clauses, "loose": loose,
        "reason": element.reason or (_("通知里没有这一条：%(paths)s", paths=named) if loose else ""),
    }  # fmt: skip


def _numbers(package: Package) -> dict[str, int]:
    return {path: number for number, (path, _element) in enumerate(elements(package), 1)}
