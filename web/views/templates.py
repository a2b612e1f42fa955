"""The gallery: templates to be found, looked at and cloned; a package given to others, and taken back."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _

from tenants.base import id_in
from tenants.db import Work
from tenants.errors import Conflict, Invalid, Refusal
from tenants.text import say
from web.entry import command, done, form_page, page, wants_posted
from web.handing import handed
from web.views import tongue
from web.views.package_shapes import package_shape
from web.views.package_tabs import drawn, filled, tabbed
from web.views.rehearsal import asked_stage, told
from web.views.shapes import page_number, page_shape
from web.views.template_shapes import (
    audience_options,
    built_in_shape,
    built_ins,
    level_options,
    template_shape,
)
from web.words import refused, said
from workflows import archive, giveaway
from workflows import templates as giving
from workflows.models import PackageVersion
from workflows.package import Package
from workflows.template_search import MOST_CLONED, NEWEST, PAGE, Wanted, search
from workflows.template_terms import BELOW, Terms

templates = Blueprint("templates", __name__)

_FILES_SHOWN = 200


@page(templates, "/templates", "gallery.html", may="package.read")
def index(work: Work) -> dict[str, Any]:
    """Show the templates that are looked for: those of the house, then a page of those that authorities have published."""
    asked = request.args
    wanted = Wanted(
        asked.get("q", "").strip(), asked.get("level", ""), MOST_CLONED if asked.get("sort") == MOST_CLONED else NEWEST,
        asked.get("own") == "yes", page_number(),
    )  # fmt: skip
    found = search(work, wanted)
    return {
        "q": wanted.text[:100], "level": wanted.level, "sort": wanted.sort, "own": "yes" if wanted.own else "",
        "levels": level_options(), "built_in": built_ins(wanted), "found": [template_shape(work, row) for row in found.rows],
        "pages": page_shape(wanted.page, found.total, PAGE), "total": found.total,
    }  # fmt: skip


@page(templates, "/templates/<template_id>", "template.html", may="package.read")
def show(work: Work, template_id: str) -> dict[str, Any]:
    """Show a template without cloning it: what it asks of whom and when, its flows, forms, clauses and files."""
    shape, package = opened(work, template_id)
    tab = request.args.get("tab", "read")
    parts = [
        partial(url_for, f"templates.{name}", template_id=template_id) for name in ("show", "drawing", "form")
    ]
    context: dict[str, Any] = {
        "template": shape, "package": package_shape(package), "calendar": True, "key": uuid4().hex, "refusal": None,
        **standing(work, shape), **tabbed(work, package, tab, *parts),
    }  # fmt: skip
    if tab != "calendar":
        return context
    context |= {"tab": tab, "told": None, "form": dict(request.args)}
    try:
        return context | {"told": told(work, asked_stage(work, package))}
    except Refusal as refusal:
        return context | {"refusal": refused(refusal)}


@page(templates, "/templates/<template_id>/processes/<process>.bpmn", "", may="package.read")
def drawing(work: Work, template_id: str, process: str) -> Response:
    """Hand out the drawing of one process of a template."""
    return drawn(opened(work, template_id)[1], process)


@page(templates, "/templates/<template_id>/forms/<form>", "package_form.html", may="package.read")
def form(work: Work, template_id: str, form: str) -> dict[str, Any]:
    """Show a form of a template as whoever fills it in will see it, with its example."""
    _shape, package = opened(work, template_id)
    there = url_for("templates.show", template_id=template_id, tab="forms")
    return filled(work, package, form) | {
        "crumbs": [(_("模板库"), url_for("templates.index")), (package.title, there)]
    }


@page(templates, "/templates/<template_id>/export.zip", "", may="package.read")
def export(work: Work, template_id: str) -> Response:
    """Hand out a template as a zip of its exact files."""
    key = id_in(template_id)
    if key is None:
        package = giving.built_in(template_id).package
        return handed(archive.pack(package.files), "application/zip", f"{package.id}-{package.version}.zip")
    row, data = giving.zipped(work, key)
    return handed(data, "application/zip", f"{row.package}-{row.version}.zip")


@command(templates, "/templates/<template_id>/clone", may="package.publish")
def clone(work: Work, template_id: str) -> Any:
    """Make a template a package of this authority's own."""
    try:
        version = cloned(work, template_id, request.form.get("seen", "")[:64])
    except giving.AlreadyHere as here:
        return done(said(here.what), "packages.show", category="info", package_hash=here.facts["hash"])
    return done(_("已克隆到本单位。"), "packages.show", package_hash=version.hash, new="yes")


@command(templates, "/templates/<uuid:template_id>/withdraw", may="template.publish")
def withdraw(work: Work, template_id: UUID) -> Response:
    """Take a template back."""
    row = giving.withdraw(work, template_id)
    return done(
        _("已撤回模板“%(title)s”，已经克隆的不受影响。", title=row.title), "templates.index", own="yes"
    )


@form_page(templates, "/packages/<package_hash>/template", "template_give.html", may="template.publish")
def give(work: Work, package_hash: str) -> Any:
    """Show what would be given away with a package, and give it to others when that is confirmed."""
    version = giving.version_to_give(work, package_hash)
    if wants_posted():
        sent = request.form
        if sent.get("sure") != "yes":
            raise Invalid(say("还没有确认看过将给出的文件。"), say("请看过文件清单后勾选确认。"))
        terms = Terms(
            sent.get("description", ""), sent.get("audience", ""), sent.get("level", ""), sent.get("field", ""),
            sent.get("keywords", ""),
        )  # fmt: skip
        row = giving.publish_template(work, package_hash, terms)
        return done(_("已发布到模板库。"), "templates.show", template_id=row.id)
    before = giving.own(work, version.package)
    given = giveaway.given(work, version)
    said_before = {
        "description": before.description, "audience": before.audience, "level": before.level, "field": before.field,
        "keywords": before.keywords,
    } if before else {"audience": BELOW, "level": version.level}  # fmt: skip
    return {
        "package": package_shape(tongue.package_words(given.package)),
        "before": template_shape(work, before) if before else None,
        "audiences": audience_options(), "levels": level_options(), "files": given.files[:_FILES_SHOWN],
        "more": max(len(given.files) - _FILES_SHOWN, 0), "size": sum(one.size for one in given.files), "count": len(given.files),
        "doubts": [{"what": said(one.what), "text": one.text, "places": one.places} for one in given.doubts],
        "key": uuid4().hex, **({} if request.method == "POST" else {"form": said_before}),
    }  # fmt: skip


def opened(work: Work, template_id: str) -> tuple[dict[str, Any], Package]:
    """Return a template as pages show it, with its package in the reader's language. Raises NotFound."""
    key = id_in(template_id)
    if key is None:
        offer = giving.built_in(template_id)
        shape, package = built_in_shape(offer), offer.package
    else:
        row, package = giving.opened(work, key)
        shape = template_shape(work, row)
    package = tongue.package_words(package)
    # Locks of what comes with the house are meant for whoever takes it over, and bind nobody.
    kinds = Counter() if key is None else Counter(package.locks.values())
    counts = package_shape(package)["counts"]
    return shape | {"counts": counts, "fixed": kinds["mandatory"], "tightened": kinds["tighten"]}, package


def cloned(work: Work, template_id: str, seen: str) -> PackageVersion:
    """Clone a template, of the house or of an authority."""
    key = id_in(template_id)
    return giving.take_built_in(work, template_id) if key is None else giving.clone(work, key, seen)


def standing(work: Work, shape: dict[str, Any]) -> dict[str, Any]:
    """Return whether the version is here already (its hash), and what stands in the way of cloning it."""
    try:
        giving.require_room(work, shape["id"], shape["hash"])
    except giving.AlreadyHere as already:
        return {"here": already.facts["hash"], "clash": None}
    except Conflict as clash:
        return {"here": None, "clash": refused(clash)}
    return {"here": None, "clash": None}
