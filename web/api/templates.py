"""The gallery for programs: templates found, looked at, cloned; a package given to others, and taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields

from tenants.db import Work
from tenants.text import say
from web.api.fields import Answer, Asked, Asks, Body, Choice, Instant, Many, Part, Said, Text
from web.api.operation import Noun, operation
from web.api.packages import (
    ClauseShape,
    FormPage,
    NamedForm,
    PackageCounts,
    PackageDuty,
    PeriodShape,
    PublishedShape,
)
from web.api.shapes import PagesShape, PhaseShape, pages
from web.views import package_tabs as tabs
from web.views import packages as published
from web.views import templates as page
from web.views.package_shapes import duty_groups, form_title, setting_of
from web.views.phase_shapes import phases_shape
from web.views.template_shapes import built_ins, template_shape
from web.words import said
from workflows import giveaway
from workflows import templates as giving
from workflows.template_search import MOST_CLONED, NEWEST, PAGE, Wanted, search
from workflows.template_terms import AUDIENCES, MAX_DESCRIPTION, MAX_FIELD, MAX_WORDS, Terms

templates = Noun("templates", say("模板库"))
_TEMPLATE = "/templates/<template_id>"


class TemplateShape(Answer):
    """A template. template_id: a UUID, or the name of one that comes with the system. clones, published: null for those.

    publisher: empty for those that come with the system. audience: who may see it, in words; only its publisher is told.
    """

    template_id = Said()
    hash = Said()
    id = Said()
    version = Said()
    title = Said()
    notice = Said()
    publisher = Said()
    own = fields.Boolean()
    description = Said()
    field = Said()
    keywords = Many(Said())
    level = Said()
    audience = Said()
    clones = fields.Integer(allow_none=True)
    published = Instant(allow_none=True)


class TemplatesShape(Answer):
    """Those that come with the system, on the first page, and a page of those that authorities have published."""

    built_in = Many(Part(TemplateShape))
    templates = Many(Part(TemplateShape))
    pages = Part(PagesShape)


class TemplatePage(TemplateShape):
    """What a template asks of whom. here: this version is among the authority's packages already."""

    counts = Part(PackageCounts)
    period = Part(PeriodShape)
    phases = Many(Part(PhaseShape))
    duties = Many(Part(PackageDuty))
    forms = Many(Part(NamedForm))
    processes = Many(Said())
    clauses = Many(Part(ClauseShape))
    files = Many(Said())
    here = fields.Boolean()


class TemplatesAsked(Asks):
    """What is looked for. own: only what this authority has published."""

    q = Text(100, load_default="")
    level = Text(20, load_default="")
    sort = Choice(NEWEST, MOST_CLONED, load_default=NEWEST)
    own = Choice("yes", "no", load_default="no")
    page = Asked(load_default=1)


class CloneBody(Body):
    """seen: hash of the version that was looked at; another one is not cloned then."""

    seen = Text(64, load_default="")


class TermsBody(Body):
    """What is said of the template, and to whom it is given."""

    description = Text(MAX_DESCRIPTION, 1, required=True)
    audience = Choice(*AUDIENCES, required=True)
    level = Text(20, 1, required=True)
    field = Text(MAX_FIELD, load_default="")
    keywords = Text(MAX_WORDS, load_default="")


class GivenFileShape(Answer):
    """A file that is given away. package: id@version of another package that goes with it; empty for the own one."""

    package = Said()
    path = Said()
    size = fields.Integer()


class DoubtShape(Answer):
    """Something that may be meant for nobody else."""

    what = Said()
    text = Said()
    places = Many(Said())


class GivenShape(Answer):
    """What would be given away."""

    files = Many(Part(GivenFileShape))
    doubts = Many(Part(DoubtShape))


@operation(
    templates, "GET", "/templates", may="package.read", summary=say("查找模板"), answer=TemplatesShape, asks=TemplatesAsked,
    note=say("每个词都要出现在名称、说明、行业、关键词、发文单位、发布单位或任务里，中文英文都可以。"),
)  # fmt: skip
def listed(work: Work, asked: dict[str, Any]) -> Any:
    """Find templates."""
    wanted = Wanted(asked["q"], asked["level"], asked["sort"], asked["own"] == "yes", asked["page"])
    found = search(work, wanted)
    return {
        "built_in": built_ins(wanted), "templates": [template_shape(work, row) for row in found.rows],
        "pages": pages(wanted.page, found.total, PAGE),
    }  # fmt: skip


@operation(
    templates, "GET", _TEMPLATE, may="package.read", summary=say("一个模板的内容"), answer=TemplatePage
)
def show(work: Work, template_id: str) -> Any:
    """Show a template without cloning it."""
    shape, package = page.opened(work, template_id)
    phases = tabs.spans_of(work, package)
    groups = duty_groups(package, setting_of(work, package))
    return {
        **shape, "here": page.standing(work, shape)["here"] is not None, "period": tabs.period_of(package, phases),
        "phases": phases_shape(work, package, phases), "duties": [duty for group in groups for duty in group["duties"]],
        "forms": [{"id": form, "title": form_title(package, form)} for form in package.forms],
        "processes": sorted(package.processes), "clauses": tabs.clauses_shape(package), "files": sorted(package.files),
    }  # fmt: skip


@operation(
    templates,
    "GET",
    f"{_TEMPLATE}/export",
    may="package.read",
    summary=say("导出模板原件"),
    content="application/zip",
)
def export(work: Work, template_id: str) -> Response:
    """Hand out a template as a zip of its exact files."""
    return page.export(work, template_id)


@operation(
    templates,
    "GET",
    f"{_TEMPLATE}/forms/<form>",
    may="package.read",
    summary=say("模板的一张表单"),
    answer=FormPage,
)
def form(work: Work, template_id: str, form: str) -> Any:
    """Show a form of a template with its example."""
    found = page.form(work, template_id, form)
    shown = found["props"]
    return {
        "title": found["form"]["title"], "schema": shown["schema"], "ui": shown["ui"], "example": shown["answers"],
    }  # fmt: skip


@operation(
    templates, "GET", f"{_TEMPLATE}/processes/<process>", may="package.read", summary=say("模板的一张流程图"),
    content="application/xml",
)  # fmt: skip
def drawing(work: Work, template_id: str, process: str) -> Response:
    """Hand out the drawing of one process of a template."""
    return page.drawing(work, template_id, process)


@operation(
    templates, "POST", f"{_TEMPLATE}/clone", may="package.publish", summary=say("把模板克隆到本单位"), answer=PublishedShape,
    body=CloneBody, status=201, does=("templates.clone",),
    note=say("克隆下来的方案记得来自哪个模板。已经有这个版本时答复 409、code 为 already_here。"),
)  # fmt: skip
def clone(work: Work, sent: dict[str, Any], template_id: str) -> Any:
    """Make a template a package of this authority's own."""
    row = page.cloned(work, template_id, sent["seen"])
    return published.head_shape(*published.published(work, row.hash), published.names_of(work))


@operation(
    templates, "GET", "/packages/<package_hash>/template", may="template.publish", summary=say("发布为模板会给出什么"),
    answer=GivenShape,
)  # fmt: skip
def given(work: Work, package_hash: str) -> Any:
    """Show what would be given away with a package."""
    found = giveaway.given(work, giving.version_to_give(work, package_hash))
    return {
        "files": found.files,
        "doubts": [{"what": said(one.what), "text": one.text, "places": one.places} for one in found.doubts],
    }


@operation(
    templates, "POST", "/packages/<package_hash>/template", may="template.publish", summary=say("把方案发布为模板"),
    answer=TemplateShape, body=TermsBody, status=201, does=("templates.give",),
    note=say("只给出方案包的文件。请先看会给出什么；同一方案再次发布，换成这个版本。"),
)  # fmt: skip
def give(work: Work, sent: dict[str, Any], package_hash: str) -> Any:
    """Give a package to others."""
    return template_shape(work, giving.publish_template(work, package_hash, Terms(**sent)))


@operation(
    templates, "POST", "/templates/<uuid:template_id>/withdraw", may="template.publish", summary=say("撤回模板"),
    answer=TemplateShape, does=("templates.withdraw",),
)  # fmt: skip
def withdraw(work: Work, template_id: UUID) -> Any:
    """Take a template back; what was cloned stays."""
    return template_shape(work, giving.withdraw(work, template_id))
