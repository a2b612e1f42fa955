"""Incidents: what stopped, and taking it up again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request
from flask_babel import gettext as _
from sqlalchemy import select

from engine import incidents as standing
from engine import jobs
from engine.models import Campaign, Incident, Instance, Task
from tenants.db import Work
from tenants.models import Job, Unit
from tenants.text import say
from web.entry import command, done, page
from web.words import said

incidents = Blueprint("incidents", __name__)

_DO = {
    "step": say("填报已保存。请先排除原因（多半是方案里的条件或期限算不出来），再点“重试”。"),
    "start": say("任务还没有开始。请先排除原因（方案、单位信息），再点“重试”；其他单位的已照常开始。"),
    "doubt": say("其他单位的已照常下达。请先在“单位”中补全所缺的情况，再点“重试”补发。"),
    "timer": say("到时没能走下去，定时还在。请先排除原因，再点“重试”。"),
    "delivery": say("对方没有受理。请在“送达”中改送，或撤回由本单位办理；点“重试”是再送同一单位。"),
    "job": say("请先排除原因，再点“重试”；其他任务不受影响。"),
}
_JOBS = {
    "open_occurrence": say("下达一期任务"),
    "timer": say("到时触发"),
    "open_duty": say("到日下达任务"),
    "signal": say("收到通知"),
    "retry": say("重试异常"),
    "delivery_send": say("送往外单位"),
    "delivery_reply": say("答复外单位"),
    "delivery_take": say("收下外单位的答复"),
    "delivery_withdraw": say("向外单位撤回"),
    "delivery_recall": say("向外单位撤回"),
    "delivery_news": say("告知办理进度"),
    "delivery_return": say("退件"),
}


@page(incidents, "/incidents", "incidents.html", may="incidents.manage")
def index(work: Work) -> dict[str, Any]:
    """Show what cannot go on by itself."""
    state = "closed" if request.args.get("state") == "closed" else "open"
    kept = "retried" if state == "closed" else "open"
    found = standing.listed(work, state=kept)
    alike = standing.alike(work, found)
    return {
        "state": state,
        "counts": {"open": standing.count(work), "closed": standing.count(work, "retried")},
        "incidents": [
            {**shape(work, one), "alike": alike.get((one.kind, one.campaign_id, one.message), 1)}
            for one in found
        ],
    }


@command(incidents, "/incidents/<uuid:incident_id>/retry", may="incidents.manage")
def retry(work: Work, incident_id: UUID) -> Response:
    """Take an incident up again."""
    before = standing.count(work)
    jobs.retry(work, incident_id)
    if standing.count(work) == before:
        return done(_("重试了，还是不能继续。请按列出的原因排除后再试。"), "incidents.index", category="warn")
    return done(_("已重新开始。若仍不能继续，会再次列在这里。"), "incidents.index")


@command(incidents, "/incidents/<uuid:incident_id>/retry-alike", may="incidents.manage")
def retry_alike(work: Work, incident_id: UUID) -> Response:
    """Take up again all incidents that say the same."""
    count = standing.retry_alike(work, incident_id)
    return done(_("%(n)s条同类异常正在逐条重试。若仍不能继续，会再次列在这里。", n=count), "incidents.index")


def shape(work: Work, one: Incident) -> dict[str, Any]:
    instance = work.session.get(Instance, (work.tenant.id, one.instance_id)) if one.instance_id else None
    campaign = work.session.get(Campaign, (work.tenant.id, one.campaign_id)) if one.campaign_id else None
    unit = (
        work.session.get(Unit, (work.tenant.id, instance.unit_id)) if instance and instance.unit_id else None
    )
    job = task = None
    if one.kind == "job":
        job = work.session.scalar(select(Job).where(Job.id == one.job_id))
    else:
        task = work.session.scalar(select(Task).where(Task.id == one.job_id))
    return {
        "id": one.id, "at": one.at, "title": said(_JOBS.get(one.title, one.title)), "what": said(standing.words(one)),
        "campaign": campaign.title if campaign else "", "unit": unit.name if unit else work.tenant.name,
        "step": task.name if task else "", "do": said(_DO.get(one.kind, _DO["job"])), "tries": job.attempts if job else 1,
        "next_try": None, "instance_id": one.instance_id, "closed_at": one.settled_at, "closed_by": "",
    }  # fmt: skip
