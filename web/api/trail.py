"""What was done, what stopped, what is still to be run, and the files."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from marshmallow import fields
from sqlalchemy import func, select

from engine import incidents as standing
from engine import jobs as running_jobs
from tenants import trail
from tenants.db import Work
from tenants.models import Job
from tenants.text import say
from web.api.fields import Answer, Asks, Choice, Day, Id, Instant, Many, Open, Part, Said, Text
from web.api.operation import Noun, operation
from web.api.shapes import Paged, PagesShape, Searched, pages
from web.handing import BYTES
from web.views import files as file_page
from web.views import incidents as incident_page
from web.views.audit import ACTIONS
from web.words import said

audit = Noun("audit", say("操作记录"))
incidents = Noun("incidents", say("异常和作业"))
files = Noun("files", say("附件"))
_JOBS = 100


class TrailAsks(Searched):
    """Which entries. since, until: both included."""

    who = Id(load_default=None)
    action = Text(64, load_default="")
    since = Day(load_default=None)
    until = Day(load_default=None)


class EntryShape(Answer):
    """One thing that was done."""

    id = Id()
    at = Instant()
    member_id = Id(allow_none=True)
    actor = Said()
    action = Said()
    words = Said()
    subject_kind = Said()
    subject_id = Id(allow_none=True)
    unit_id = Id(allow_none=True)
    facts = Open()


class EntriesShape(Answer):
    """One page of the trail."""

    entries = Many(Part(EntryShape))
    pages = Part(PagesShape)


class IncidentShape(Answer):
    """Something that cannot go on by itself."""

    id = Id()
    at = Instant()
    title = Said()
    what = Said()
    do = Said()
    campaign = Said()
    unit = Said()
    step = Said()
    tries = fields.Integer()
    instance_id = Id(allow_none=True)
    closed_at = Instant(allow_none=True)


class IncidentsShape(Answer):
    """What stopped."""

    incidents = Many(Part(IncidentShape))


class IncidentAsks(Asks):
    """Which incidents."""

    state = Choice("open", "closed", load_default="open")


class RetriedShape(Answer):
    """What was taken up again."""

    id = Id()
    state = Said()


class RetriedAlikeShape(Answer):
    """How many were taken up again."""

    id = Id()
    count = fields.Integer()


class JobShape(Answer):
    """Something to be done later."""

    id = Id()
    kind = Said()
    subject_id = Id(allow_none=True)
    due_at = Instant()
    state = Said()
    attempts = fields.Integer()
    error = Said(allow_none=True)
    done_at = Instant(allow_none=True)


class JobsShape(Answer):
    """One page of the jobs, the next one first."""

    jobs = Many(Part(JobShape))
    pages = Part(PagesShape)


class JobAsks(Paged):
    """Which jobs."""

    state = Choice("waiting", "done", "dropped", "failed", load_default="waiting")


@operation(
    audit,
    "GET",
    "/audit",
    may="audit.read",
    summary=say("操作记录，新的在前"),
    answer=EntriesShape,
    asks=TrailAsks,
)
def listed(work: Work, asked: dict[str, Any]) -> Any:
    """List what was done."""
    also = [key for key, words in ACTIONS.items() if asked["q"] and asked["q"] in said(words)]
    found, total = trail.read(work, trail.Filters(also=also, **asked))
    shown = [
        {
            "id": one.id, "at": one.at, "member_id": one.member_id, "actor": one.actor, "action": one.action,
            "words": said(ACTIONS.get(one.action, one.action)), "subject_kind": one.subject_kind,
            "subject_id": one.subject_id, "unit_id": one.unit_id, "facts": one.facts,
        }
        for one in found
    ]  # fmt: skip
    return {"entries": shown, "pages": pages(asked["page"], total, trail.PAGE)}


@operation(
    incidents, "GET", "/incidents", may="incidents.manage", summary=say("不能自己往下走的"), answer=IncidentsShape,
    asks=IncidentAsks,
)  # fmt: skip
def stopped(work: Work, asked: dict[str, Any]) -> Any:
    """List what cannot go on by itself."""
    kept = "retried" if asked["state"] == "closed" else "open"
    return {"incidents": [incident_page.shape(work, one) for one in standing.listed(work, state=kept)]}


@operation(
    incidents, "POST", "/incidents/<uuid:incident_id>/retry", may="incidents.manage", summary=say("重试异常"),
    answer=RetriedShape, does=("incidents.retry",),
)  # fmt: skip
def retry(work: Work, incident_id: UUID) -> Any:
    """Take an incident up again."""
    running_jobs.retry(work, incident_id)
    return {"id": incident_id, "state": "retried"}


@operation(
    incidents, "POST", "/incidents/<uuid:incident_id>/retry-alike", may="incidents.manage", summary=say("重试同类异常"),
    answer=RetriedAlikeShape, does=("incidents.retry_alike",),
)  # fmt: skip
def retry_alike(work: Work, incident_id: UUID) -> Any:
    """Take up again all incidents that say the same, each by a job of its own."""
    return {"id": incident_id, "count": standing.retry_alike(work, incident_id)}


@operation(
    incidents,
    "GET",
    "/jobs",
    may="incidents.manage",
    summary=say("稍后要做的事"),
    answer=JobsShape,
    asks=JobAsks,
)
def jobs(work: Work, asked: dict[str, Any]) -> Any:
    """List what is to be done later."""
    mine = Job.state == asked["state"]
    total = work.session.scalar(select(func.count()).select_from(Job).where(mine)) or 0
    query = select(Job).where(mine).order_by(Job.due_at, Job.id).limit(_JOBS)
    found = work.session.scalars(query.offset((asked["page"] - 1) * _JOBS)).all()
    return {"jobs": found, "pages": pages(asked["page"], total, _JOBS)}


@operation(
    files,
    "GET",
    "/files/<uuid:file_id>",
    may="work.see",
    summary=say("下载附件"),
    content=BYTES,
)
def download(work: Work, file_id: UUID) -> Response:
    """Hand out a file to whoever may see what it was filed for."""
    answer: Response = file_page.download(work, file_id)
    answer.mimetype = BYTES
    return answer
