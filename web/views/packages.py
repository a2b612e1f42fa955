"""Packages: look at them, check an upload, publish, export."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select

from engine.cascade import taking
from engine.models import Campaign
from tenants import access
from tenants.db import Work
from tenants.errors import NotFound, Problem
from tenants.models import Member
from tenants.text import say
from web.entry import command, done, page, uploaded
from web.handing import handed
from web.views import tongue
from web.views.handed_shapes import handed_shape
from web.views.merge_shapes import upstream_shape
from web.views.package_shapes import (
    package_shape,
)
from web.views.package_tabs import drawn, filled, tabbed
from web.views.template_shapes import origin_shape
from web.words import problem_words
from workflows import ancestry, builtin, manifest, pending
from workflows import publish as publishing
from workflows.archive import MAX_BYTES, unpack_all
from workflows.bases import LIBRARY, Origin
from workflows.check import examine
from workflows.copies import adopt, outdated
from workflows.models import PackageVersion
from workflows.package import Package

packages = Blueprint("packages", __name__)


@page(packages, "/packages", "packages.html", may="package.read")
def index(work: Work) -> dict[str, Any]:
    """Show the published packages, and the built-in ones that may still be published."""
    query = select(Campaign.package_hash, func.count()).where(Campaign.state == "running")
    running = dict(work.session.execute(query.group_by(Campaign.package_hash)).tuples().all())
    found = publishing.versions(work)
    names = names_of(work)
    built_in = {offer.package.hash for offer in builtin.offers()}
    hashes = {version.hash for version in found}
    behind = outdated(work, found)
    offers = [
        package_shape(tongue.package_words(offer.package)) | {"name": offer.name}
        for offer in builtin.offers()
        if offer.package.hash not in hashes
    ]
    return {
        "packages": [
            head_shape(tongue.load(work, row.hash), row, names)
            | {
                "builtin": row.hash in built_in,
                "running": running.get(row.hash, 0),
                "newer": row.hash in behind,
            }
            for row in found
        ],
        "handed": [handed_shape(one) for one in taking.handed(work)],
        "offers": offers if access.may(work.viewer, "package.publish") else [],
        "key": uuid4().hex,
        "refusal": None,
    }


@command(packages, "/packages/check", may="package.publish", reads=True)
def upload(work: Work) -> Any:
    """Check an uploaded package and say everything that is wrong with it; nothing is published yet."""
    sent = uploaded()
    name = (sent.filename or "")[:200]
    data = sent.stream.read(MAX_BYTES + 1)
    package, problems = examined(work, data, name)
    errors = sum(one.level == "error" for one in problems)
    published = same_as(work, package) if package and not errors else None
    sound = package is not None and not errors
    shown = {
        "name": name,
        "package": package_shape(package) if package else None,
        "problems": [problem_words(one) for one in problems], "errors": errors, "warnings": len(problems) - errors,
        "token": pending.keep(work, data) if sound and not published else None, "same_as": published,
        "changes": changes_since(work, package) if package and sound and not published else [], "key": uuid4().hex,
    }  # fmt: skip
    return render_template("package_check.html", **shown), 200 if sound else 422


@command(packages, "/packages/publish", may="package.publish")
def publish(work: Work) -> Response:
    """Publish an upload that was checked, or a built-in package."""
    row = publish_package(work, request.form.get("upload", ""), request.form.get("builtin", ""))
    return done(_("已发布，可以启动。"), "packages.show", package_hash=row.hash)


@page(packages, "/packages/<package_hash>", "package.html", may="package.read")
def show(work: Work, package_hash: str) -> dict[str, Any]:
    """Show a package: what it asks of whom, its flows, forms, the notice's clauses, its files."""
    package, row = published(work, package_hash)
    names = names_of(work)
    return {
        "package": head_shape(package, row, names), "uses": uses_shape(row), "origin": origin_shape(work, row),
        "upstream": upstream_shape(work, row),
        "built_in": any(offer.package.hash == package_hash for offer in builtin.offers()),
        **tabbed(work, package, request.args.get("tab", "read"), partial(url_for, "packages.show", package_hash=package_hash),
                 partial(url_for, "packages.drawing", package_hash=package_hash),
                 partial(url_for, "packages.form", package_hash=package_hash)),
    }  # fmt: skip


@page(packages, "/packages/<package_hash>/export.zip", "", may="package.read")
def export(work: Work, package_hash: str) -> Response:
    """Hand out a package as a zip of its exact files."""
    package, _row = published(work, package_hash)
    data = ancestry.export_copy(work, package_hash)
    return handed(data, "application/zip", f"{package.id}-{package.version}.zip")


@page(packages, "/packages/<package_hash>/processes/<process>.bpmn", "", may="package.read")
def drawing(work: Work, package_hash: str, process: str) -> Response:
    """Hand out the drawing of one process."""
    return drawn(published(work, package_hash)[0], process)


@page(packages, "/packages/<package_hash>/forms/<form>", "package_form.html", may="package.read")
def form(work: Work, package_hash: str, form: str) -> dict[str, Any]:
    """Show a form as whoever fills it in will see it, with its example."""
    package, _row = published(work, package_hash)
    here = url_for("packages.show", package_hash=package_hash, tab="forms")
    return filled(work, package, form) | {"crumbs": [(package.title, here)]}


def examined(work: Work, data: bytes, name: str) -> tuple[Package | None, list[Problem]]:
    """Return the package in an upload, as far as it can be read, and everything that is wrong with it."""
    files, problems = unpack_all(data, name)
    if files is None:
        return None, list(problems)
    find = publishing.finder(work)
    _ancestor, strange = ancestry.taken(files)
    calls, unread = manifest.taken(files)
    package, found = examine(files, find, published=True)
    # A package whose own tests fail can still be compared with what it was made of: all that is wrong is told at once.
    sound = package is not None and not any(
        one.level == "error" and not one.file.startswith("tests/") for one in found
    )
    _made_of, held = publishing.locks_broken(work, package) if package is not None and sound else (None, [])
    return package, [*problems, *strange, *unread, *manifest.problems(calls, find), *found, *held]


def publish_package(work: Work, token: str, name: str) -> PackageVersion:
    """Publish the built-in package of that name, else the upload with that token."""
    if name:
        return adopt(work, dict(builtin.built_in(name).files), origin=Origin(LIBRARY))
    files, _problems = unpack_all(pending.take(work, token))
    if files is None:
        raise NotFound(say("上传的文件已经过期。"), say("请重新上传并检查。"))
    ancestor, _strange = ancestry.taken(files)
    manifest.taken(files)
    row = ancestry.publish_copy(work, files, ancestor)
    pending.drop(work, token)
    return row


def published(work: Work, package_hash: str) -> tuple[Package, PackageVersion]:
    package = tongue.load(work, package_hash)
    query = select(PackageVersion).where(PackageVersion.hash == package_hash)
    return package, work.session.scalars(query).one()


def names_of(work: Work) -> dict[Any, str]:
    """Return member id -> name of all who hold or held a post here."""
    return dict(work.session.execute(select(Member.id, Member.name)).tuples().all())


def head_shape(package: Package, row: PackageVersion, names: dict[Any, str]) -> dict[str, Any]:
    return package_shape(package) | {"published": row.published_at, "by": names.get(row.published_by, "")}


def uses_shape(row: PackageVersion) -> list[dict[str, str]]:
    """Return the packages whose processes one calls: they are not in its export."""
    return [{"key": key, "hash": content} for key, content in sorted(row.uses.items())]


def same_as(work: Work, package: Package) -> str | None:
    return next((row.hash for row in publishing.versions(work, package.id) if row.hash == package.hash), None)


def changes_since(work: Work, package: Package) -> list[str]:
    """Return which files differ from the version published last, in words."""
    earlier = publishing.versions(work, package.id)
    if not earlier:
        return []
    old, new = publishing.load(work, earlier[0].hash).files, package.files
    found = [_("增加 %(path)s", path=path) for path in sorted(new.keys() - old.keys())]
    found += [
        _("修改 %(path)s", path=path) for path in sorted(new.keys() & old.keys()) if new[path] != old[path]
    ]
    return found + [_("去掉 %(path)s", path=path) for path in sorted(old.keys() - new.keys())]
