"""A newer version of what a package was made of, by a program: begin to merge it, choose, publish or give it up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from tenants.db import Work
from tenants.text import say
from web.api.fields import Answer, Body, Choice, Instant, Many, Part, ProblemShape, Said, Text, Whole
from web.api.operation import operation
from web.api.packages import PublishedShape, packages
from web.views import packages as page
from web.views import tongue
from web.views.merge_shapes import merge_shape
from web.views.merges import outlook
from workflows import merges
from workflows.merge import Choice as Chosen
from workflows.merging import Merging

_MERGE = "/merges/<uuid:merge_id>"


class MergeSide(Answer):
    """One side of a conflict. text: as it stands in the file, and as an edited version is to be written; null = not there."""

    key = Said(metadata={"enum": ["base", "mine", "theirs"]})
    text = Said(allow_none=True)


class MergeConflict(Answer):
    """A place that both sides changed. take: how it is settled; empty = not yet."""

    id = Said()
    file = Said()
    place = fields.List(Said())
    what = Said()
    kind = Said()
    take = Said(metadata={"enum": ["", "mine", "theirs", "edit"]})
    text = Said()
    unread = Part(ProblemShape, allow_none=True)
    sides = Many(Part(MergeSide))


class MergeChange(Answer):
    """What one side changed. asked: the other did, too."""

    file = Said()
    what = Said()
    kind = Said()
    before = Said()
    after = Said()
    asked = fields.Boolean()


class MergeVersion(Answer):
    """One of the three versions."""

    hash = Said()
    version = Said()
    at = Instant()


class MergeFates(Answer):
    """How many open matters share a fate."""

    moves = fields.Integer()
    stays = fields.Integer()
    blocked = fields.Integer()


class MergeEffect(Answer):
    """What would become of a running campaign."""

    campaign = Said()
    version = Said()
    counts = Part(MergeFates)
    problem = Part(ProblemShape, allow_none=True)


class MergeShape(Answer):
    """A merge as it stands."""

    id = fields.UUID()
    revision = fields.Integer()
    state = Said(metadata={"enum": ["open", "done", "dropped"]})
    version = Said()
    ready = fields.Boolean()
    stale = fields.Boolean()
    left = fields.Integer()
    by = Said()
    at = Instant()
    base = Part(MergeVersion)
    mine = Part(MergeVersion)
    theirs = Part(MergeVersion)
    conflicts = Many(Part(MergeConflict))
    upstream = Many(Part(MergeChange))
    local = Many(Part(MergeChange))
    problems = Many(Part(ProblemShape))
    effects = Many(Part(MergeEffect))


class MergeChoice(Body):
    """How one conflict is settled. take: none = not settled again. text: of an edited version."""

    conflict = Text(1000, required=True)
    take = Choice("mine", "theirs", "edit", "none", required=True)
    text = Text(merges.MAX_TEXT, load_default="")


class MergeChoices(Body):
    """Choices, and what the merged version is to be called. revision: as it was read."""

    revision = Whole(required=True)
    choices = Many(Part(MergeChoice), most=500, load_default=list)
    version = Text(20, load_default=None, allow_none=True)


class MergeRevision(Body):
    """revision: as it was read."""

    revision = Whole(required=True)


@operation(
    packages, "POST", "/packages/<package_hash>/merge", may="package.publish", summary=say("开始合并新版，或继续"),
    answer=MergeShape, status=201, does=("packages.begin_merge",), note=say("方案要是本级改过的最新一版，并且收到了更新的版本。"),
)  # fmt: skip
def begin_merge(work: Work, package_hash: str) -> Any:
    """Begin a merge, or return the one that is under way."""
    return _shape(work, merges.look(work, merges.begin(work, package_hash).id))


@operation(packages, "GET", _MERGE, may="package.publish", summary=say("一次合并"), answer=MergeShape)
def look_at_merge(work: Work, merge_id: UUID) -> Any:
    """Show a merge as it stands."""
    return _shape(work, merges.look(work, merge_id))


@operation(
    packages, "POST", f"{_MERGE}/choices", may="package.publish", summary=say("处理冲突"), answer=MergeShape, body=MergeChoices,
    does=("packages.merging",), note=say("改写的内容读不出来也会保存，unread 里说明。revision 与现在的不同就不保存。"),
)  # fmt: skip
def settle_conflicts(work: Work, sent: dict[str, Any], merge_id: UUID) -> Any:
    """Settle conflicts."""
    choices = {
        one["conflict"]: None if one["take"] == "none" else Chosen(one["take"], one["text"] if one["take"] == "edit" else "")
        for one in sent["choices"]
    }  # fmt: skip
    merges.choose(work, merge_id, sent["revision"], choices, sent["version"])
    return _shape(work, merges.look(work, merge_id))


@operation(
    packages, "POST", f"{_MERGE}/publish", may="package.publish", summary=say("发布合并的结果"), answer=PublishedShape,
    body=MergeRevision, status=201, does=("packages.merging",),
)  # fmt: skip
def publish_merge(work: Work, sent: dict[str, Any], merge_id: UUID) -> Any:
    """Publish what was merged as a new version."""
    row = merges.finish(work, merge_id, sent["revision"])
    return page.head_shape(tongue.load(work, row.hash), row, page.names_of(work))


@operation(
    packages, "POST", f"{_MERGE}/drop", may="package.publish", summary=say("放弃合并"), answer=MergeShape, body=MergeRevision,
    does=("packages.merging",),
)  # fmt: skip
def drop_merge(work: Work, sent: dict[str, Any], merge_id: UUID) -> Any:
    """Give a merge up; nothing else changes."""
    return _shape(work, merges.look(work, merges.drop(work, merge_id, sent["revision"]).id))


def _shape(work: Work, found: Merging) -> dict[str, Any]:
    stale, effects = outlook(work, found)
    return merge_shape(found, effects, stale=stale)
