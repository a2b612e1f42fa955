"""Instances that go over to another version, by a program: how far a run is, pausing and taking it back; one instance alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from engine import amend, amend_fleet, amend_listing, amend_one
from engine.amend_models import Amendment
from engine.amend_one import Outlook
from tenants.db import Work
from tenants.text import say
from web.api.amending import AmendmentAsks, AmendmentBody
from web.api.campaigns import campaigns
from web.api.fields import Answer, Choice, Day, Flag, Id, Instant, Many, Part, Said, Text
from web.api.instances import instances
from web.api.operation import operation
from web.api.shapes import Paged, PagesShape, pages
from web.views import tongue
from web.views.amend_shapes import line_shape, progress_shape, run_shape, task_change_shape
from web.words import said
from workflows.publish import load

_RUN = "/amendments/<uuid:amendment_id>"
_VERSION = "/instances/<uuid:instance_id>/version"


class RunShape(Answer):
    """One run. done, total: of those that are to go over, or back. counts: state -> how many. free: how many may go back."""

    id = Id()
    former = Said()
    version = Said()
    whole = Flag()
    state = Said(metadata={"enum": ["running", "paused", "done", "returning", "returned"]})
    started_at = Instant()
    ended_at = Instant(allow_none=True)
    done = fields.Integer()
    total = fields.Integer()
    failed = fields.Integer()
    counts = fields.Dict(keys=Said(), values=fields.Integer())
    free = fields.Integer()


class RunsShape(Answer):
    """The last runs of a campaign, newest first."""

    runs = Many(Part(RunShape))


class RunLinesAsks(Paged):
    """Which instances of a run."""

    which = Choice("", *amend_listing.WHICH, load_default="")
    kin = Text(64, load_default="")


class RunLineShape(Answer):
    """One instance of a run."""

    id = Id()
    unit = Said()
    title = Said()
    state = Said()
    why = fields.List(Said())


class RunLinesShape(Answer):
    """A page of the instances of a run. hidden: how many the token's post may not see."""

    instances = Many(Part(RunLineShape))
    pages = Part(PagesShape)
    hidden = fields.Integer()


class ChangedFieldShape(Answer):
    """A field that is asked for otherwise."""

    field = Said()
    how = Said()


class TaskChangeShape(Answer):
    """What becomes of one open task. added, removed, changed: fields of its form. kept, lost: what drafts hold."""

    before = Said()
    after = Said()
    due_before = Day(allow_none=True)
    due_after = Day(allow_none=True)
    form_changes = Flag()
    added = fields.List(Said())
    removed = fields.List(Said())
    changed = Many(Part(ChangedFieldShape))
    kept = fields.List(Said())
    lost = fields.List(Said())


class OutlookShape(Answer):
    """What becomes of one instance under another version, or has become."""

    what = Said(metadata={"enum": ["moves", "stays", "blocked"]})
    why = fields.List(Said())
    notes = fields.List(Said())
    due = Day(allow_none=True)
    tasks = Many(Part(TaskChangeShape))
    seal = Said()


class InstanceVersionShape(Answer):
    """The version by which an instance goes on, and its date. package: the version's hash."""

    package = Said()
    version = Said()
    due = Day(allow_none=True)


@operation(
    campaigns, "GET", "/campaigns/<uuid:campaign_id>/amendments", may="campaign.steer", summary=say("行动的历次迁移"),
    answer=RunsShape,
)  # fmt: skip
def runs(work: Work, campaign_id: UUID) -> Any:
    """List the last runs of a campaign."""
    tongue.running(work, campaign_id)
    return {"runs": [_run(work, one) for one in amend_listing.runs(work, campaign_id)]}


@operation(campaigns, "GET", _RUN, may="campaign.steer", summary=say("一次迁移的进度"), answer=RunShape)
def run(work: Work, amendment_id: UUID) -> Any:
    """Tell how far a run is."""
    return _run(work, amend_listing.run_of(work, amendment_id))


@operation(
    campaigns, "GET", f"{_RUN}/instances", may="campaign.steer", summary=say("一次迁移里的各项，办到哪里、为什么"),
    answer=RunLinesShape, asks=RunLinesAsks,
)  # fmt: skip
def run_lines(work: Work, asked: dict[str, Any], amendment_id: UUID) -> Any:
    """List the instances of a run."""
    row = amend_listing.run_of(work, amendment_id)
    packages = (load(work, row.former_hash), load(work, row.package_hash))
    page = asked["page"]
    found, seen, hidden = amend_listing.lines(work, row, asked["which"], asked["kin"], page=page)
    return {
        "instances": [line_shape(one, *packages) for one in found], "hidden": hidden,
        "pages": pages(page, seen, amend_listing.SIZE),
    }  # fmt: skip


@operation(
    campaigns,
    "POST",
    f"{_RUN}/pause",
    may="campaign.steer",
    summary=say("暂停迁移"),
    answer=RunShape,
    does=("campaigns.pause",),
)
def pause(work: Work, amendment_id: UUID) -> Any:
    """Let a run wait."""
    return _run(work, amend_fleet.pause(work, amendment_id))


@operation(
    campaigns,
    "POST",
    f"{_RUN}/resume",
    may="campaign.steer",
    summary=say("继续迁移"),
    answer=RunShape,
    does=("campaigns.resume",),
)
def resume(work: Work, amendment_id: UUID) -> Any:
    """Let a paused run go on."""
    return _run(work, amend_fleet.resume(work, amendment_id))


@operation(
    campaigns, "POST", f"{_RUN}/again", may="campaign.steer", summary=say("重试迁移失败的各项"), answer=RunShape,
    does=("campaigns.again",),
)  # fmt: skip
def again(work: Work, amendment_id: UUID) -> Any:
    """Try once more what failed."""
    amend_fleet.again(work, amendment_id)
    return _run(work, amend_listing.run_of(work, amendment_id))


@operation(
    campaigns, "POST", f"{_RUN}/take-back", may="campaign.steer", summary=say("撤回一次迁移"), answer=RunShape,
    does=("campaigns.take_back",), note=say("行动又按原来的版本进行；没有接着办的各项恢复迁移前的样子，其余的留在新版本。"),
)  # fmt: skip
def take_back(work: Work, amendment_id: UUID) -> Any:
    """Let a campaign and all that nobody has gone on with go back."""
    return _run(work, amend.take_back(work, amendment_id))


@operation(
    instances, "GET", _VERSION, may="campaign.steer", summary=say("看一项迁移到另一版本会怎样"), answer=OutlookShape,
    asks=AmendmentAsks, note=say("什么都不记录。"),
)  # fmt: skip
def look_at_version(work: Work, asked: dict[str, Any], instance_id: UUID) -> Any:
    """Say what would become of one instance under another version."""
    return _outlook(amend_one.preview(work, instance_id, asked["package"], tongue.package_words))


@operation(
    instances, "POST", _VERSION, may="campaign.steer", summary=say("把一项迁移到另一版本"), answer=OutlookShape,
    body=AmendmentBody, does=("campaigns.version",), note=say("行动和其他各项不变。指纹与预览时不同，就不执行，请重新预览。"),
)  # fmt: skip
def change_version(work: Work, sent: dict[str, Any], instance_id: UUID) -> Any:
    """Let one instance go over."""
    return _outlook(amend_one.apply(work, instance_id, sent["package"], sent["seal"]))


@operation(
    instances, "POST", f"{_VERSION}/take-back", may="campaign.steer", summary=say("把一项退回迁移前的版本"),
    answer=InstanceVersionShape, does=("campaigns.version_back",), note=say("下一步办理之后不能再退回。"),
)  # fmt: skip
def version_back(work: Work, instance_id: UUID) -> Any:
    """Let one instance go back."""
    amend_one.take_back(work, instance_id)
    one = amend_one.seen(work, instance_id)
    return {"package": one.package_hash, "version": load(work, one.package_hash).version, "due": one.due}


def _run(work: Work, row: Amendment) -> dict[str, Any]:
    found = amend_listing.progress(work, row)
    free = amend_listing.returnable(work, row)[0] if row.direction == "over" else 0
    return {**run_shape(row), **progress_shape(found), "free": free}


def _outlook(found: Outlook) -> dict[str, Any]:
    packages = (found.before, found.after)
    return {
        "what": found.verdict.what, "why": [said(tongue.message(one, *packages)) for one in found.verdict.why],
        "notes": [said(tongue.message(one, *packages)) for one in found.verdict.notes], "due": found.verdict.due,
        "tasks": [_task(task_change_shape(one)) for one in found.tasks], "seal": found.seal,
    }  # fmt: skip


def _task(one: dict[str, Any]) -> dict[str, Any]:
    form = one["form"] or {"added": [], "removed": [], "changed": []}
    changed = [{"field": label, "how": how} for label, how in form["changed"]]
    return {
        **one,
        "form_changes": one["form"] is not None,
        "added": form["added"],
        "removed": form["removed"],
        "changed": changed,
    }
