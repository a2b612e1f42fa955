"""What is put down at a task before it is completed."""

from __future__ import annotations

import io

import pytest

from engine import drafting
from engine.tasks import TaskClosed
from forms import drafts
from tenants.errors import Forbidden, NotFound
from tests.forms.files import pdf


def test_a_text_is_kept_also_when_somebody_else_was_faster(running_story):
    task = running_story.do("pine", "plan", "fill")
    with running_story.open_work("yangcheng", "pine") as work:
        drafting.keep(work, task.id, {"正文": "还没写完"}, 0)
        kept = drafts.load(work, task.id)
        assert kept is not None and kept.answers == {"正文": "还没写完"}


def test_whoever_may_not_work_at_a_task_writes_nothing_at_it(running_story):
    task = running_story.find("pine", "plan", "fill")
    with running_story.open_work("yangcheng", "auditor") as work:
        with pytest.raises(Forbidden):
            drafting.keep(work, task.id, {"正文": "x"}, 0)
        with pytest.raises(Forbidden):
            drafting.attach(work, task.id, io.BytesIO(pdf()), "plan.pdf")
    with running_story.open_work("yangcheng", "plain") as work, pytest.raises(NotFound):
        drafting.keep(work, task.id, {"正文": "x"}, 0)


def test_a_file_is_taken_as_long_as_the_task_is_open(running_story):
    task = running_story.find("pine", "plan", "fill")
    with running_story.open_work("yangcheng", "pine") as work:
        row = drafting.attach(work, task.id, io.BytesIO(pdf()), "方案.pdf")
        assert (row.name, row.task_id, row.unit_id) == ("方案.pdf", task.id, work.actor.unit_id)
    running_story.do("pine", "plan", "fill")
    with running_story.open_work("yangcheng", "pine") as work, pytest.raises(TaskClosed):
        drafting.attach(work, task.id, io.BytesIO(pdf()), "方案.pdf")
