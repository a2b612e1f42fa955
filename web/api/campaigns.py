"""Campaigns: the list, one of them, its launch with a preview, its close."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from marshmallow import fields

from engine import campaigns as running_campaigns
from engine import progress
from engine.campaigns import Plan
from tenants.db import Work
from tenants.text import say
from web.api.fields import Answer, Asks, Body, Choice, Day, Id, Many, Open, Part, Said, Text
from web.api.operation import Noun, operation
from web.api.shapes import CountsShape, DueShape, PhaseShape
from web.views import campaigns as page
from web.views import tongue
from web.views.phase_shapes import phases_shape
from web.views.shapes import due_shape
from web.words import said

campaigns = Noun("campaigns", say("专项行动"))
_CAMPAIGN = "/campaigns/<uuid:campaign_id>"
_MISSING = 1000


class CampaignShape(Answer):
    """A campaign."""

    id = Id()
    title = Said()
    notice = Said()
    start = Day()
    end = Day(allow_none=True)
    status = Said(metadata={"enum": ["active", "closed"]})
    package_hash = Said()


class CampaignsShape(Answer):
    """The campaigns of the tenant."""

    campaigns = Many(Part(CampaignShape))


class CampaignAsks(Asks):
    """Which campaigns."""

    state = Choice("", "active", "closed", load_default="")


class MissingShape(Answer):
    """A unit that has not reported."""

    unit = Said()
    unit_id = Id(allow_none=True)
    duty = Said()
    period = Said()
    due = Part(DueShape)


class PickShape(Answer):
    """A unit that an actor means now."""

    unit = Said()
    unit_id = Id()
    members = Said()


class LeftOutShape(Answer):
    """A unit for which it cannot be worked out whether the actor means it, and why."""

    unit = Said()
    why = Said()


class ActorShape(Answer):
    """An actor and whom it means now, as far as the reader may see them."""

    actor = Said()
    title = Said()
    picked = Many(Part(PickShape))
    left_out = Many(Part(LeftOutShape))


class RuleShape(Answer):
    """A rule or sanction of the notice."""

    title = Said()
    when = Said(allow_none=True)
    then = Said()
    clause = Said()


class CampaignPage(CampaignShape):
    """How a campaign stands."""

    phases = Many(Part(PhaseShape))
    counts = Part(CountsShape)
    missing = Many(Part(MissingShape))
    missing_total = fields.Integer()
    actors = Many(Part(ActorShape))
    rules = Many(Part(RuleShape))


class ChoicesBody(Body):
    """What the tenant decides at the launch."""

    package = Text(64, required=True, metadata={"description": str(say("已发布方案包的哈希"))})
    title = Text(200, load_default="")
    start = Day(load_default=None, allow_none=True)
    end = Day(load_default=None, allow_none=True)
    roll = Choice(
        "",
        "earlier",
        "later",
        load_default="",
        metadata={"description": str(say("到期日遇节假日：提前或顺延；空为照方案"))},
    )
    past = Choice(
        "skip",
        "open",
        load_default="skip",
        metadata={"description": str(say("通知印发前已经到期的：open 也下达，没有期限"))},
    )
    one_document = Open(
        keys=Text(64), values=Choice("yes", "no"), load_default=dict,
        metadata={"description": str(say("一份材料两用的任务：yes 同意"))},
    )  # fmt: skip
    disputed = Open(
        keys=Text(64), values=Choice("keep", "drop"), load_default=dict,
        metadata={"description": str(say("存疑日期的任务：keep 保留，drop 不要"))},
    )  # fmt: skip


class PlannedShape(Answer):
    """One duty of a plan."""

    key = Said()
    title = Said()
    units = Many(Said())
    due = Many(Day(allow_none=True))
    tasks = fields.Integer()
    disputed = fields.Boolean()


class WeekShape(Answer):
    """What falls due in a week."""

    monday = Day()
    tasks = fields.Integer()


class PlanShape(Answer):
    """What a launch would create."""

    start = Day()
    end = Day(allow_none=True)
    tasks = fields.Integer()
    phases = Many(Part(PhaseShape))
    duties = Many(Part(PlannedShape))
    weeks = Many(Part(WeekShape))
    left_out = Many(Said(), metadata={"description": str(say("算不出是不是责任主体的单位，下达时略过"))})


class ClosedShape(Answer):
    """What the close did."""

    released = fields.Integer(metadata={"description": str(say("撤销了几项未办的任务"))})


@operation(
    campaigns,
    "GET",
    "/campaigns",
    may="work.see",
    summary=say("专项行动列表"),
    answer=CampaignsShape,
    asks=CampaignAsks,
)
def listed(work: Work, asked: dict[str, Any]) -> Any:
    """List the tenant's campaigns."""
    found = [page.head_shape(work, tongue.running(work, one.id)) for one in running_campaigns.listed(work)]
    return {"campaigns": [one for one in found if asked["state"] in ("", one["status"])]}


@operation(
    campaigns,
    "GET",
    _CAMPAIGN,
    may="work.see",
    summary=say("一场行动：阶段、数字、缺报、责任主体"),
    answer=CampaignPage,
)
def show(work: Work, campaign_id: UUID) -> Any:
    """Show how a campaign stands."""
    live = tongue.running(work, campaign_id)
    missing, total = progress.missing(work, live, _MISSING)
    return {
        **page.head_shape(work, live),
        "phases": phases_shape(work, live.package, live.phases),
        "counts": page.sum_shape(live, progress.totals(work, live).values()),
        "missing": [
            {
                "unit": row.unit, "unit_id": row.unit_id, "duty": row.duty, "period": row.period,
                "due": due_shape(work, row.due, row.words),
            }
            for row in missing
        ],
        "missing_total": total, "actors": page.people_shape(work, live), "rules": page.rules_shape(live),
    }  # fmt: skip


@operation(
    campaigns, "POST", "/campaigns/preview", may="campaign.launch", summary=say("启动前看将下达什么"), answer=PlanShape,
    body=ChoicesBody, reads=True, does=("launch.show",), note=say("什么都不记录。"),
)  # fmt: skip
def preview(work: Work, sent: dict[str, Any]) -> Any:
    """Show what a launch would create."""
    tongue.load(work, sent["package"])
    return _plan(work, running_campaigns.preview(work, sent["package"], choices_of(sent)))


@operation(
    campaigns, "POST", "/campaigns", may="campaign.launch", summary=say("启动一场行动"), answer=CampaignShape,
    body=ChoicesBody, status=201, does=("launch.show",),
)  # fmt: skip
def launch(work: Work, sent: dict[str, Any]) -> Any:
    """Launch a package."""
    campaign = running_campaigns.launch(work, sent["package"], choices_of(sent))
    return page.head_shape(work, tongue.running(work, campaign.id))


@operation(
    campaigns, "POST", f"{_CAMPAIGN}/close", may="campaign.steer", summary=say("结束行动"), answer=ClosedShape,
    does=("campaigns.close",),
)  # fmt: skip
def close(work: Work, campaign_id: UUID) -> Any:
    """End a campaign."""
    return {"released": running_campaigns.close(work, campaign_id)}


def choices_of(sent: dict[str, Any]) -> dict[str, Any]:
    """Return what the tenant decides at the launch, as the engine takes it."""
    found: dict[str, Any] = {"disputed": sent["disputed"]} if sent["disputed"] else {}
    found |= {end: sent[end].isoformat() for end in ("start", "end") if sent[end]}
    found |= {"roll": sent["roll"]} if sent["roll"] else {}
    found |= {"past": "open"} if sent["past"] == "open" else {}
    found |= {"one_document": sent["one_document"]} if sent["one_document"] else {}
    return {**found, "title": sent["title"].strip()} if sent["title"].strip() else found


def _plan(work: Work, plan: Plan) -> dict[str, Any]:
    package = tongue.package_words(plan.package)
    return {
        "start": plan.start, "end": plan.end, "tasks": plan.tasks,
        "phases": phases_shape(work, package, plan.phases),
        "duties": [
            {
                "key": one.duty.id, "title": package.duties[one.duty.id].title, "units": one.units,
                "due": [each.due for each in one.occurrences], "tasks": one.tasks,
                "disputed": any(each.disputed for each in one.occurrences),
            }
            for one in plan.duties
        ],
        "weeks": [{"monday": monday, "tasks": n} for monday, n in plan.weeks.items()],
        "left_out": [said(one) for one in plan.left_out],
    }  # fmt: skip
