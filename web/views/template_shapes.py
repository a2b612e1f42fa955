"""How templates are shown: those that authorities publish, and those that come with the house."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from tenants.db import Work
from tenants.models import Template
from tenants.roster.authorities import LEVELS
from web.views import tongue
from web.views.package_shapes import package_shape
from web.words import english, said
from workflows import builtin, template_search, templates
from workflows.bases import FILE, GALLERY, LIBRARY, origin_of
from workflows.models import PackageVersion
from workflows.template_terms import AUDIENCES


def level_options() -> list[tuple[str, str]]:
    """Return the levels of authorities, as pages offer them."""
    return [(key, said(words)) for key, words in LEVELS.items()]


def audience_options() -> list[tuple[str, str]]:
    return [(key, said(words)) for key, words in AUDIENCES.items()]


def built_in_shape(offer: builtin.Offer) -> dict[str, Any]:
    """Return a template that comes with the house."""
    package = tongue.package_words(offer.package)
    return {
        **package_shape(package), "template_id": offer.name, "publisher": "", "built_in": True, "own": False,
        "description": offer.said.get("en" if english() else "zh", ""), "field": "", "keywords": [],
        "level": _level(package.level),
        "audience": "", "clones": None, "published": None, "href": url_for("templates.show", template_id=offer.name),
    }  # fmt: skip


def template_shape(work: Work, row: Template) -> dict[str, Any]:
    """Return a template that an authority has published; to whom is told to itself alone."""
    own = row.publisher_id == work.tenant.id
    return {
        "template_id": str(row.id), "hash": row.hash, "id": row.package, "version": row.version,
        "title": row.title_en if english() and row.title_en else row.title, "notice": row.issuer, "publisher": row.publisher,
        "built_in": False, "own": own, "description": row.description, "field": row.field, "keywords": row.keywords.split(),
        "level": _level(row.level), "audience": said(AUDIENCES[row.audience]) if own else "", "clones": row.clones,
        "published": row.published_at, "href": url_for("templates.show", template_id=row.id),
    }  # fmt: skip


def origin_shape(work: Work, row: PackageVersion) -> dict[str, Any] | None:
    """Return where a version, or what it was made of, came from; of a template also where that is and whether it has gone on."""
    origin = origin_of(row)
    if origin is None:
        return None
    as_it_is = row.base_hash == row.hash
    if origin.kind == LIBRARY:
        return {
            "words": _("随系统提供。") if as_it_is else _("由随系统提供的方案改成。"),
            "href": "",
            "newer": "",
        }
    if origin.kind == FILE:
        words = (
            _("%(name)s的方案，随导入的文件带来。")
            if as_it_is
            else _("由%(name)s的方案改成，原版随导入的文件带来。")
        )
        return {"words": words % {"name": origin.name}, "href": "", "newer": ""}
    if origin.kind != GALLERY:
        words = _("%(name)s下达。") if as_it_is else _("由%(name)s下达的方案改成。")
        return {"words": words % {"name": origin.name}, "href": "", "newer": ""}
    words = _("克隆自%(name)s发布的模板。") if as_it_is else _("由%(name)s发布的模板改成。")
    known = templates.cloned_from(work, origin.key)
    gone_on = known is not None and not templates.is_here(work, known.hash)
    return {
        "words": words % {"name": origin.name}, "newer": known.version if known and gone_on else "",
        "href": url_for("templates.show", template_id=known.id) if known else "",
    }  # fmt: skip


def built_ins(wanted: template_search.Wanted) -> list[dict[str, Any]]:
    """Return the templates of the house that are looked for. They stand before all others, on the first page."""
    if wanted.own or wanted.page > 1:
        return []
    return [
        built_in_shape(offer)
        for offer in builtin.offers()
        if (not wanted.level or offer.package.level == wanted.level)
        and template_search.says("\n".join(_said_of(offer)), wanted.text)
    ]


def _said_of(offer: builtin.Offer) -> Iterable[str]:
    """Yield all that is searched of a package of the house, in both languages."""
    package = offer.package
    spoken = tongue.package_words(package)
    yield from (
        package.title,
        template_search.english_title(package),
        package.notice.issuer,
        package.notice.number,
        package.id,
    )
    yield from (duty.title for one in (package, spoken) for duty in one.duties.values())
    yield from offer.said.values()


def _level(level: str) -> str:
    return said(LEVELS.get(level, level))
