"""A package handed down to those below, where each of them stands with it, and where it stands that was handed down to here."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _

from engine.cascade import down, taking
from engine.cascade.choosing import Child, Choice, meant
from engine.cascade.overview import Overview, overview
from tenants.base import id_in
from tenants.db import Work
from tenants.errors import Refusal
from tenants.roster.authorities import LEVELS
from web.entry import command, done, form_page, page, wants_posted
from web.views.handed_shapes import below_shape, counted, in_steps, order_shape, tabs
from web.views.packages import head_shape, packages, published
from web.words import plural, refused, said

# So many names are told of those whom a condition means.
_NAMED = 30


@form_page(packages, "/packages/<package_hash>/hand-down", "hand_down.html", may="campaign.launch")
def hand_down(work: Work, package_hash: str) -> Any:
    """Show who is below and where they stand with a package; hand it down to those that are chosen."""
    package, row = published(work, package_hash)
    if wants_posted():
        given = down.hand_down(
            work,
            package_hash,
            _choice(),
            request.form.get("note", ""),
            through=request.form.get("through", ""),
        )
        words = plural("已下达给%(n)s个单位。", len(given)) if given else _("所选的单位都已有这个版本。")
        return done(words, "packages.hand_down", package_hash=package_hash)
    found = overview(work, package.id)
    return {
        "package": head_shape(package, row, {}),
        **_shown(found, package_hash),
        **_choices(found.children, work),
    }


@page(packages, "/packages/<package_hash>/hand-down/meant", "hand_meant.html", may="campaign.launch")
def meant_by(work: Work, package_hash: str) -> dict[str, Any]:
    """Show whom a condition means, while it is being written."""
    published(work, package_hash)
    text = request.args.get("selector", "")
    if not text.strip():
        return {"names": None, "more": 0, "doubts": [], "refusal": None}
    try:
        found = meant(Choice(selector=text), down.below(work))
    except Refusal as refusal:
        return {"names": None, "more": 0, "doubts": [], "refusal": refused(refusal)}
    names = [one.name for one in found.children]
    doubts = [(one.name, said(why)) for one, why in found.doubts[:_NAMED]]
    return {"names": names[:_NAMED], "more": max(len(names) - _NAMED, 0), "doubts": doubts, "refusal": None}


@command(packages, "/packages/handed/<uuid:handed_id>/urge", may="campaign.launch")
def urge(work: Work, handed_id: UUID) -> Any:
    """Ask after a package that was handed down; also of those further below, when that is asked."""
    row = down.urge(work, handed_id, further=bool(request.form.get("further")))
    return done(
        _("已催办：%(name)s。", name=row.other_name), "packages.hand_down", package_hash=row.package_hash
    )


@command(packages, "/packages/<package_hash>/hand-down/urge", may="campaign.launch")
def urge_all(work: Work, package_hash: str) -> Any:
    """Ask after a package with all that have neither launched nor declined it, further below, too."""
    package, _row = published(work, package_hash)
    number = down.urge_all(work, package.id)
    return done(plural("已催办%(n)s个单位。", number), "packages.hand_down", package_hash=package_hash)


@command(packages, "/packages/handed/<uuid:handed_id>/again", may="campaign.launch")
def ask_again(work: Work, handed_id: UUID) -> Any:
    """Hand a package down once more to one that declined it."""
    row = down.ask_again(work, handed_id, request.form.get("note", ""))
    return done(
        _("已重新下达：%(name)s。", name=row.other_name), "packages.hand_down", package_hash=row.package_hash
    )


@command(packages, "/packages/<package_hash>/hand-down/rest", may="campaign.launch")
def catch_up(work: Work, package_hash: str) -> Any:
    """Hand a package to all below who have no version of it."""
    package, _row = published(work, package_hash)
    rows = down.catch_up(work, package.id)
    return done(plural("已下达给%(n)s个单位。", len(rows)), "packages.hand_down", package_hash=package_hash)


@command(packages, "/packages/orders/<uuid:order_id>/stop", may="campaign.launch")
def stop_order(work: Work, order_id: UUID) -> Any:
    """Hand a package no longer to those who come later."""
    order = down.stop(work, order_id)
    return done(_("以后新设的下级不再自动收到。"), "packages.hand_down", package_hash=order.package_hash)


@page(packages, "/packages/handed/<uuid:received_id>", "handed.html", may="package.read")
def received_one(work: Work, received_id: UUID) -> dict[str, Any]:
    """Show what the superior handed down to here, and how far one is with it, step by step."""
    return in_steps(work, taking.received_one(work, received_id))


def _choice() -> Choice:
    """Return what was chosen on the page; only what stands under the way that is ticked counts."""
    way = request.form.get("whom", "")
    if way == "level":
        return Choice(levels=tuple(request.form.getlist("level")))
    if way == "selector":
        return Choice(selector=request.form.get("selector", ""))
    return Choice(listed=tuple(key for key in map(id_in, request.form.getlist("to")) if key is not None))


def _shown(found: Overview, package_hash: str) -> dict[str, Any]:
    """Return the table of those below, as far as it is asked for."""
    state, words = request.args.get("state", ""), request.args.get("q", "").strip()
    rows = found.former if state == "former" else found.current
    chosen = [
        one for one in rows
        if (state in ("", "former") or one.row.state == state or any(far.state == state for far in one.further))
        and (not words or words in one.row.other_name or any(words in far.name for far in one.further))
    ]  # fmt: skip
    waits = [one for one in found.current if one.row.state in down.WAITING]
    return {
        "handed": [below_shape(one, state) for one in chosen], "any": bool(found.current or found.former),
        "counts": counted(found.counts), "tabs": tabs(found, package_hash), "state": state, "q": words,
        "orders": [order_shape(one) for one in found.orders], "missing": [one.name for one in found.missing],
        "waits": len(waits),
    }  # fmt: skip


def _choices(children: tuple[Child, ...] | Any, work: Work) -> dict[str, Any]:
    """Return between what there is to choose."""
    levels = [level for level in LEVELS if any(one.level == level for one in children)]
    deeper = list(LEVELS)[list(LEVELS).index(levels[0]) + 1 :] if levels else []
    typed = request.form
    return {
        "children": [{"id": str(one.id), "name": one.name, "code": one.code} for one in children],
        "levels": [(key, said(LEVELS[key]), sum(one.level == key for one in children)) for key in levels],
        "deeper": [(key, _("逐级下达到%(level)s", level=said(LEVELS[key]))) for key in deeper],
        "names": sorted({name for one in children for name in one.facts}),
        "typed": {
            "whom": typed.get("whom", "level"), "levels": typed.getlist("level") or levels, "to": typed.getlist("to"),
            "selector": typed.get("selector", ""), "through": typed.get("through", ""), "note": typed.get("note", ""),
        },
    }  # fmt: skip
