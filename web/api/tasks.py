"""The inbox and tasks: find, read, claim, write at, hand in."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, BinaryIO, cast
from uuid import UUID

from flask import Response
from marshmallow import fields

from engine import addressees, drafting, history, incidents
from engine import inbox as reading
from engine import tasks as doing
from engine.listed import PAGE
from forms import drafts
from tenants.db import Work
from tenants.errors import Invalid
from tenants.text import say
from web.api.fields import (
    Answer,
    Body,
    Choice,
    File,
    Id,
    Instant,
    Many,
    Open,
    Part,
    Said,
    Text,
    Whole,
    require_asked,
)  # fmt: skip
from web.api.operation import Noun, operation, require_match, tagged
from web.api.shapes import (
    DueShape,
    EventShape,
    FileShape,
    FormShape,
    PagesShape,
    PaperShape,
    RoundShape,
    Searched,
    pages,
    paper,
)
from web.views import tasks as page
from web.views import tongue
from web.views.inbox import line_shape, returned
from web.views.papers import file_shapes, paper_shape, rounds_shape, trail_shape

tasks = Noun("tasks", say("待办"))
_TASK = "/tasks/<uuid:task_id>"


class InboxAsks(Searched):
    """What of the inbox."""

    tab = Choice(*reading.TABS, load_default="todo")
    campaign = Id(load_default=None)
    duty = Text(64, load_default="")
    unit = Id(load_default=None)
    due = Choice("", *reading.DUE, load_default="")


class LineShape(Answer):
    """A task as a list shows it."""

    id = Id()
    title = Said()
    period = Said()
    step = Said()
    campaign = Said()
    campaign_id = Id()
    unit = Said()
    due = Part(DueShape)
    status = Said()
    round = fields.Integer()
    reason = Said()
    done_at = Instant(allow_none=True)
    done_by = Said(allow_none=True)


class InboxShape(Answer):
    """One page of the inbox."""

    tasks = Many(Part(LineShape))
    pages = Part(PagesShape)


class StateShape(Answer):
    """Where a task stands."""

    id = Id()
    state = Said(metadata={"enum": ["open", "done", "withdrawn"]})
    claimed_by = Said(allow_none=True)
    done_at = Instant(allow_none=True)
    done_by = Said(allow_none=True)
    instance_id = Id()
    stuck = fields.Boolean(metadata={"description": str(say("流程停住了，要由管理员处理；提交的内容已保存"))})


class WritingShape(FormShape):
    """A form with what is in it so far, and what its rules may refer to."""

    answers = Open()
    revision = fields.Integer(metadata={"description": str(say("草稿的版次，0 是还没有草稿"))})
    saved_at = Said(allow_none=True, metadata={"format": "date-time"})
    files = Many(Part(FileShape))
    names = Open(metadata={"description": str(say("计算式能引用的名称"))})


class TaskShape(StateShape):
    """One task with its form, what was handed in before, and its trail."""

    title = Said()
    period = Said()
    step = Said()
    campaign = Said()
    campaign_id = Id()
    unit = Said()
    about = Said()
    due = Part(DueShape)
    instructions = Said()
    round = fields.Integer()
    may_claim = fields.Boolean()
    may_release = fields.Boolean()
    may_complete = fields.Boolean()
    opened_at = Instant()
    form = Part(WritingShape, allow_none=True)
    rounds = Many(Part(RoundShape))
    papers = Many(Part(PaperShape))
    answers = Part(PaperShape, allow_none=True)
    trail = Many(Part(EventShape))


class DraftShape(Answer):
    """A draft that was kept."""

    answers = Open()
    revision = fields.Integer()
    saved_at = Instant(allow_none=True)


class DraftBody(Body):
    """What was written so far."""

    answers = Open(required=True)
    revision = Whole(required=True, metadata={"description": str(say("所依据的草稿版次，0 是还没有草稿"))})


class AnswersBody(Body):
    """What is handed in."""

    answers = Open(required=True)


class FileBody(Body):
    """One file."""

    file = File(required=True)


@operation(
    tasks, "GET", "/inbox", may="task.work", summary=say("待办列表，逾期的在前"), answer=InboxShape, asks=InboxAsks,
    note=say("tab：todo 待我办，claimable 可认领，done 已办。due=later 是现在还不必办的。"),
)  # fmt: skip
def listed(work: Work, asked: dict[str, Any]) -> Any:
    """List what is to be done."""
    filters = reading.Filters(**asked)
    found = reading.page(work, filters)
    lives = {key: tongue.running(work, key) for key in {row.task.campaign_id for row in found.rows}}
    again = returned(work, [row.task for row in found.rows if row.task.state == "open"])
    lines = [line_shape(work, row, lives[row.task.campaign_id], again, filters.tab) for row in found.rows]
    return {"tasks": lines, "pages": pages(filters.page, found.total, PAGE)}


@operation(tasks, "GET", _TASK, may="work.see", summary=say("一项待办"), answer=TaskShape)
def show(work: Work, task_id: UUID) -> Any:
    """Show a task."""
    desk = page.desk_of(work, task_id)
    past = history.beside(history.rounds(work, desk.running, desk.instance), desk.task)
    mine = desk.task.claimed_by in (None, work.actor.member_id)
    workable = desk.task.state == "open" and addressees.may_take(work, desk.task)
    own = [found for found in past if found.task.id == desk.task.id and found.answers]
    written = page.written(work, desk, past) if workable and mine else None
    shape = {
        **page.task_shape(work, desk, past, workable, mine),
        **_state(work, desk.task),
        "form": _writing(written) if written else None,
        "rounds": rounds_shape(work, desk.instance, past, desk.task.node),
        "papers": [paper(one) for one in page.papers_of(work, desk, past)],
        "answers": paper(paper_shape(work, desk.running, own[0])) if own else None,
        "trail": trail_shape(work, desk.running, history.trail(work, desk.instance)),
    }
    return tagged(shape, _tag(desk))


@operation(
    tasks, "POST", f"{_TASK}/claim", may="task.work", summary=say("认领待办"), answer=StateShape, does=("tasks.claim",),
    matches=True,
)  # fmt: skip
def claim(work: Work, task_id: UUID) -> Any:
    """Take a task as one's own."""
    _matching(work, task_id)
    return _state(work, doing.claim(work, task_id))


@operation(
    tasks, "POST", f"{_TASK}/release", may="task.work", summary=say("把认领的待办放回"), answer=StateShape,
    does=("tasks.release",), matches=True,
)  # fmt: skip
def release(work: Work, task_id: UUID) -> Any:
    """Give a task back."""
    _matching(work, task_id)
    return _state(work, doing.release(work, task_id))


@operation(tasks, "GET", f"{_TASK}/draft", may="task.work", summary=say("自己的草稿"), answer=DraftShape)
def draft(work: Work, task_id: UUID) -> Any:
    """Show what one has written so far; without a draft, nothing with revision 0."""
    doing.gather(work, task_id)
    kept = drafts.load(work, task_id)
    return kept or {"answers": {}, "revision": 0, "saved_at": None}


@operation(
    tasks, "PUT", f"{_TASK}/draft", may="task.work", summary=say("保存草稿"), answer=DraftShape, body=DraftBody,
    does=("tasks.draft",),
)  # fmt: skip
def save_draft(work: Work, sent: dict[str, Any], task_id: UUID) -> Any:
    """Keep what was written so far."""
    return drafting.keep(work, task_id, sent["answers"], sent["revision"])


@operation(
    tasks, "POST", f"{_TASK}/complete", may="task.work", summary=say("提交，办结待办"), answer=StateShape, body=AnswersBody,
    does=("tasks.complete",), matches=True,
    note=say("没有表单的步骤提交空的 answers。有问题时一次列出全部，什么都不记录；表单没有的项也算问题。"),
)  # fmt: skip
def complete(work: Work, sent: dict[str, Any], task_id: UUID) -> Any:
    """Hand in a task."""
    _matching(work, task_id)
    desk = doing.gather(work, task_id)
    require_asked(desk.form.schema if desk.form else {}, sent["answers"])
    try:
        return _state(work, doing.complete(work, task_id, sent["answers"]))
    except Invalid as refusal:
        raise tongue.refused(refusal, desk.running.package) from refusal


@operation(
    tasks, "POST", f"{_TASK}/files", may="task.work", summary=say("为待办上传附件"), answer=FileShape, file=FileBody,
    status=201, does=("tasks.upload",), note=say("提交时在答案里写这个附件的 id。"),
)  # fmt: skip
def upload(work: Work, sent: dict[str, Any], task_id: UUID) -> Any:
    """Take in a file for a task."""
    file = sent["file"]
    row = drafting.attach(work, task_id, cast(BinaryIO, file.stream), file.filename or "")
    return file_shapes(work, [str(row.id)])[str(row.id)]


@operation(
    tasks,
    "GET",
    f"{_TASK}/drawing",
    may="work.see",
    summary=say("待办所在流程的流程图"),
    content="application/xml",
)
def drawing(work: Work, task_id: UUID) -> Response:
    """Hand out the drawing of a task's process."""
    return page.drawing(work, task_id)


def _state(work: Work, task: Any) -> dict[str, Any]:
    return {
        "id": task.id, "state": task.state, "claimed_by": task.claimed_name, "done_at": task.done_at,
        "done_by": task.done_name, "instance_id": task.instance_id, "stuck": incidents.has_stuck(work, task.instance_id),
    }  # fmt: skip


def _writing(props: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "schema": props["schema"], "ui": props["ui"], "answers": props["answers"], "revision": props["draftRevision"],
        "saved_at": props["savedAt"], "files": list(props["files"].values()), "names": props["names"],
    }  # fmt: skip


def _tag(desk: doing.Desk) -> str:
    task = desk.task
    seen = f"{task.id} {desk.instance.revision} {task.state} {task.claimed_by}"
    return sha256(seen.encode()).hexdigest()[:32]


def _matching(work: Work, task_id: UUID) -> None:
    require_match(_tag(doing.gather(work, task_id, lock=True)))
