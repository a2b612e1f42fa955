"""A package handed down to those below, and where each of them stands with it."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _

from engine.cascade import down, overview
from tenants.base import id_in
from tenants.db import Work
from web.entry import command, done, form_page
from web.views.handed_shapes import STATES, handed_shape
from web.views.packages import head_shape, packages, published
from web.words import said


@form_page(packages, "/packages/<package_hash>/hand-down", "hand_down.html", may="campaign.launch")
def hand_down(work: Work, package_hash: str) -> Any:
    """Show who is below and where they stand with a package; hand it down to those that are chosen."""
    package, row = published(work, package_hash)
    if request.method == "POST":
        to = [key for key in map(id_in, request.form.getlist("to")) if key is not None]
        given = down.hand_down(work, package_hash, to, request.form.get("note", ""))
        return done(_("已下达给%(n)s个单位。", n=len(given)), "packages.hand_down", package_hash=package_hash)
    found = overview.standing(work, package.id)
    has = {one.other_id for one in found if one.package_hash == package_hash}
    return {
        "package": head_shape(package, row, {}),
        "children": [
            {"id": one.id, "name": one.name, "code": one.code or "", "has": one.id in has} for one in down.below(work)
        ],
        "handed": [handed_shape(one) for one in found],
        "counts": [
            (said(words), n, tone)
            for state, (words, tone) in STATES.items()
            if (n := Counter(one.state for one in found)[state])
        ],
    }  # fmt: skip


@command(packages, "/packages/handed/<uuid:handed_id>/urge", may="campaign.launch")
def urge(work: Work, handed_id: UUID) -> Any:
    """Ask after a package that was handed down."""
    row = down.urge(work, handed_id)
    return done(
        _("已催办：%(name)s。", name=row.other_name), "packages.hand_down", package_hash=row.package_hash
    )
