"""A newer version of what a package was made of: begin to merge it, choose conflict by conflict, publish."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from flask import Response, request, url_for
from flask_babel import gettext as _

from engine.foreseen import Foreseen, foreseen
from tenants import access
from tenants.db import Work
from tenants.errors import Invalid
from tenants.text import say
from web.entry import command, done, form_page, wants_posted
from web.views.merge_shapes import merge_shape
from web.views.packages import packages
from workflows import merges
from workflows.merge import Choice
from workflows.merging import Merging, newer_than


@command(packages, "/packages/<package_hash>/merge", may="package.publish")
def begin_merge(work: Work, package_hash: str) -> Response:
    """Begin to bring the newer version into the tenant's own, or go on where somebody began."""
    row = merges.begin(work, package_hash)
    return done(_("已打开合并；每一步都会保存。"), "packages.merging", merge_id=row.id)


@form_page(packages, "/merges/<uuid:merge_id>", "merge.html", may="package.publish")
def merging(work: Work, merge_id: UUID) -> Any:
    """Show a merge; take in a choice, publish or give it up."""
    if wants_posted():
        return _carried_out(work, merge_id)
    found = merges.look(work, merge_id)
    stale, effects = outlook(work, found)
    return {
        "merge": merge_shape(found, effects, stale=stale), "key": uuid4().hex,
        "here": url_for("packages.merging", merge_id=merge_id),
        "again": url_for("packages.begin_merge", package_hash=found.own[1].hash),
    }  # fmt: skip


def outlook(work: Work, found: Merging) -> tuple[bool, list[Foreseen]]:
    """Return whether a newer version has come, and, of a merge that may be published, what would become of what is under way."""
    stale = found.row.state == "open" and newer_than(work, found)
    sees = found.ready and found.package is not None and found.row.state == "open"
    if not sees or found.package is None or not access.may(work.viewer, "campaign.steer"):
        return stale, []
    return stale, foreseen(work, found.package)


def _carried_out(work: Work, merge_id: UUID) -> Response:
    form = request.form
    revision = (
        int(form.get("revision", ""))
        if form.get("revision", "").isascii() and form.get("revision", "").isdigit()
        else -1
    )
    do = form.get("do", "")
    if do == "publish":
        merges.choose(work, merge_id, revision, {}, form.get("version"))
        row = merges.finish(work, merge_id, revision + 1)
        return done(
            _("已合并，发布为 %(version)s 版。", version=row.version), "packages.show", package_hash=row.hash
        )
    if do == "drop":
        dropped = merges.drop(work, merge_id, revision)
        return done(_("已放弃合并，本级方案没有变。"), "packages.show", package_hash=dropped.mine_hash)
    rest = form.get("rest", "")
    if rest in ("mine", "theirs"):
        merges.choose(work, merge_id, revision, {}, rest=rest)
    else:
        merges.choose(work, merge_id, revision, _choices(), form.get("version"))
    # At the conflict just settled, so that its outcome is seen.
    n = form.get("n", "")
    anchor = f"conflict-{n}" if n.isascii() and n.isdigit() and len(n) < 5 else "publish"
    return done(_("已保存。"), "packages.merging", merge_id=merge_id, _anchor=anchor)


def _choices() -> dict[str, Choice | None]:
    """Return what was chosen for a conflict."""
    form = request.form
    take = form.get("take", "")
    if form.get("do") == "version":
        return {}
    if take == "none":
        return {form.get("conflict", ""): None}
    if take == "edit":
        return {form.get("conflict", ""): Choice("edit", form.get("text", "").replace("\r\n", "\n"))}
    if take not in ("mine", "theirs"):
        raise Invalid(say("没有选择怎样处理。"), say("请选择用本级的、用新版的，或改写。"))
    return {form.get("conflict", ""): Choice("mine" if take == "mine" else "theirs")}
