"""Packages: look at them, check an upload, publish, export."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from tenants.db import Work
from tenants.errors import Invalid
from tenants.text import say
from web.api.fields import Answer, Body, Day, File, Instant, Many, Open, Part, ProblemShape, Said, Text
from web.api.operation import Noun, operation
from web.api.shapes import FormShape, PhaseShape
from web.views import package_tabs as tabs
from web.views import packages as page
from web.views import tongue
from web.views.merge_shapes import upstream_shape
from web.views.package_shapes import duty_groups, form_title, package_shape, setting_of
from web.views.phase_shapes import phases_shape
from web.words import problem_words
from workflows import pending
from workflows.archive import MAX_BYTES

packages = Noun("packages", say("方案包"))
_PACKAGE = "/packages/<package_hash>"


class PackageCounts(Answer):
    """How much is in it."""

    duties = fields.Integer()
    ledgers = fields.Integer()
    forms = fields.Integer()
    clauses = fields.Integer()


class HeadOfPackage(Answer):
    """A package."""

    hash = Said()
    id = Said()
    version = Said()
    title = Said()
    notice = Said()
    counts = Part(PackageCounts)


class PublishedShape(HeadOfPackage):
    """A published package."""

    published = Instant()
    by = Said()


class OfferShape(HeadOfPackage):
    """A built-in package that may be published."""

    name = Said()


class PackagesShape(Answer):
    """The packages of the tenant, and those that come with the house."""

    packages = Many(Part(PublishedShape))
    offers = Many(Part(OfferShape))


class PackageDuty(Answer):
    """A duty of a package."""

    key = Said()
    title = Said()
    who = Said()
    recipient = Said()
    words = Said()
    clause = Said()
    form = Said(allow_none=True)
    added = fields.Boolean()


class ClauseShape(Answer):
    """A clause of the notice and the elements that carry it."""

    path = Said()
    gist = Said()
    kind = Said()
    elements = Many(Said())


class PeriodShape(Answer):
    """From when until when."""

    start = Day(allow_none=True)
    end = Day(allow_none=True)


class NamedForm(Answer):
    """A form by key and title."""

    id = Said()
    title = Said()


class UsedShape(Answer):
    """A package that another one calls, as package@version with its hash."""

    key = Said()
    hash = Said()


class NewerVersion(Answer):
    """A version that has come in."""

    hash = Said()
    version = Said()
    at = Instant()


class UpstreamShape(Answer):
    """Where a package came from. changed: it is not as it came. newer: what has come in since, which may be merged."""

    origin = Said(attribute="from")
    changed = fields.Boolean()
    newer = Part(NewerVersion, allow_none=True)
    may_merge = fields.Boolean()


class PackagePage(PublishedShape):
    """What a package asks of whom."""

    period = Part(PeriodShape)
    phases = Many(Part(PhaseShape))
    duties = Many(Part(PackageDuty))
    forms = Many(Part(NamedForm))
    processes = Many(Said())
    clauses = Many(Part(ClauseShape))
    files = Many(Said())
    upstream = Part(UpstreamShape, allow_none=True)
    uses = Many(Part(UsedShape), metadata={"description": str(say("流程里调用的别的方案，导出时不含"))})


class FormPage(FormShape):
    """A form with its example."""

    title = Said()
    example = Open()


class CheckedShape(Answer):
    """What is wrong with an upload. upload: with it the package is published, within the hour; null when it cannot be."""

    sound = fields.Boolean()
    package = Part(HeadOfPackage, allow_none=True)
    problems = Many(Part(ProblemShape))
    upload = Said(allow_none=True)
    same_as = Said(allow_none=True, metadata={"description": str(say("内容相同、已经发布的版本"))})
    changes = Many(Said())


class PackageFileBody(Body):
    """A package as a zip."""

    file = File(required=True)


class PublishBody(Body):
    """What to publish: an upload that was checked, or a built-in package."""

    upload = Text(32, load_default="")
    builtin = Text(100, load_default="")


@operation(packages, "GET", "/packages", may="package.read", summary=say("方案包列表"), answer=PackagesShape)
def listed(work: Work) -> Any:
    """List the published packages and the built-in ones."""
    return page.index(work)


@operation(
    packages, "POST", "/packages/check", may="package.publish", summary=say("检查方案包，一次列出全部问题"), answer=CheckedShape,
    file=PackageFileBody, reads=True, does=("packages.upload",), note=say("还不发布。没有错误时得到 upload，凭它发布。"),
)  # fmt: skip
def check(work: Work, sent: dict[str, Any]) -> Any:
    """Check an uploaded package."""
    file = sent["file"]
    data = file.stream.read(MAX_BYTES + 1)
    package, problems = page.examined(work, data, (file.filename or "")[:200])
    sound = package is not None and not any(one.level == "error" for one in problems)
    same = page.same_as(work, package) if package and sound else None
    return {
        "sound": sound, "package": package_shape(package) if package else None,
        "problems": [problem_words(one) for one in problems],
        "upload": pending.keep(work, data) if sound and not same else None, "same_as": same,
        "changes": page.changes_since(work, package) if package and sound and not same else [],
    }  # fmt: skip


@operation(
    packages, "POST", "/packages", may="package.publish", summary=say("发布方案包"), answer=PublishedShape, body=PublishBody,
    status=201, does=("packages.publish",), note=say("upload 和 builtin 二者写一个。"),
)  # fmt: skip
def publish(work: Work, sent: dict[str, Any]) -> Any:
    """Publish an upload that was checked, or a built-in package."""
    if bool(sent["upload"]) == bool(sent["builtin"]):
        raise Invalid(say("请说明发布什么。"), say("upload 和 builtin 写其中一个。"))
    row = page.publish_package(work, sent["upload"], sent["builtin"])
    return page.head_shape(tongue.load(work, row.hash), row, page.names_of(work))


@operation(
    packages, "GET", _PACKAGE, may="package.read", summary=say("一个方案包要谁做什么"), answer=PackagePage
)
def show(work: Work, package_hash: str) -> Any:
    """Show a package."""
    package, row = page.published(work, package_hash)
    phases = tabs.spans_of(work, package)
    groups = duty_groups(package, setting_of(work, package))
    return {
        **page.head_shape(package, row, page.names_of(work)), "period": tabs.period_of(package, phases),
        "phases": phases_shape(work, package, phases),
        "duties": [duty for group in groups for duty in group["duties"]],
        "forms": [{"id": form, "title": form_title(package, form)} for form in package.forms],
        "processes": sorted(package.processes), "clauses": tabs.clauses_shape(package), "files": sorted(package.files),
        "uses": page.uses_shape(row), "upstream": upstream_shape(work, row),
    }  # fmt: skip


@operation(
    packages,
    "GET",
    f"{_PACKAGE}/export",
    may="package.read",
    summary=say("导出方案包原件"),
    content="application/zip",
)
def export(work: Work, package_hash: str) -> Response:
    """Hand out a package as a zip of its exact files."""
    return page.export(work, package_hash)


@operation(
    packages, "GET", f"{_PACKAGE}/forms/<form>", may="package.read", summary=say("一张表单"), answer=FormPage
)
def form(work: Work, package_hash: str, form: str) -> Any:
    """Show a form with its example."""
    props = page.form(work, package_hash, form)
    shown = props["props"]
    return {
        "title": props["form"]["title"], "schema": shown["schema"], "ui": shown["ui"], "example": shown["answers"],
    }  # fmt: skip


@operation(
    packages,
    "GET",
    f"{_PACKAGE}/processes/<process>",
    may="package.read",
    summary=say("一张流程图"),
    content="application/xml",
)
def drawing(work: Work, package_hash: str, process: str) -> Response:
    """Hand out the drawing of one process."""
    return page.drawing(work, package_hash, process)
