"""Whoever holds a task is told that it goes by another version, and answers to the former form are refused, not lost."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import amend_one, tasks
from engine.amend_told import FormChanged, Told, told
from engine.models import Task
from forms import drafts
from tests.engine.amending import LATER, amended, carry_out, published
from tests.engine.story import MINOR, Story
from tests.engine.test_amend_one import PLAN, go, mine


def said(story: Story, key) -> Told | None:
    with story.open_work("yangcheng", "pine", reads=True) as work:
        desk = tasks.gather(work, key)
        return told(work, desk.running, desk.task, desk.instance, lambda package: package)


def test_the_task_says_what_is_otherwise_and_which_answers_of_the_draft_stay(running_story):
    story = running_story
    held = story.find("pine", "open_ended")
    with story.open_work("yangcheng", "pine") as work:
        drafts.save(work, held.id, {"正文": "已写", "照片": "x"}, 0)
    assert said(story, held.id) is None
    carry_out(story, published(story, amended(forms__plan=PLAN)))
    found = said(story, held.id)
    assert found is not None and (found.version, found.back) == ("1.1.0", False)
    assert found.change.form.added == ("负责人",) and found.change.lost == ("照片",)
    story.complete("pine", held.id, {"正文": "已写", "负责人": "甲"})
    assert said(story, held.id) is None, "who is done needs to know nothing"


def test_a_date_that_moved_is_told_and_so_is_the_way_back(running_story):
    story = running_story
    held = story.find("pine", "self_check", "fill")
    one = mine(story, "self_check")
    go(story, one, published(story, amended(LATER)))
    there = said(story, held.id)
    assert (
        there is not None
        and str(there.change.due_before) == "2024-11-25"
        and str(there.change.due_after) == "2024-12-05"
    )
    with story.open_work("yangcheng", "admin") as work:
        amend_one.take_back(work, one.id)
    again = said(story, held.id)
    assert again is not None and again.back and again.version == "1.0.0"


def test_a_task_that_was_opened_afterwards_is_told_nothing(running_story):
    story = running_story
    go(story, mine(story, "self_check"), published(story, amended(LATER)))
    story.clock.move(hours=1)
    story.do("pine", "self_check", "fill", {"hazards": [MINOR]})
    assert said(story, story.find("pine", "self_check", "sign").id) is None


def test_answers_to_the_former_form_are_refused_and_stay_in_the_draft(running_story):
    story = running_story
    held = story.find("pine", "open_ended")
    with story.open_work("yangcheng", "pine") as work:
        drafts.save(work, held.id, {"正文": "已写"}, 0)
    carry_out(story, published(story, amended(forms__plan=PLAN)))
    with pytest.raises(FormChanged) as refused, story.open_work("yangcheng", "pine") as work:
        tasks.complete(work, held.id, {"正文": "已写"}, seen=story.package)
    assert "1.1.0" in str(refused.value.what) and "草稿" in str(refused.value.do)
    with story.open_work("yangcheng", "pine") as work:
        kept = drafts.load(work, held.id)
        assert kept is not None and kept.answers == {"正文": "已写"}
    assert story.rows(select(Task.state).where(Task.id == held.id)) == ["open"]


def test_where_the_form_is_the_same_an_open_page_can_still_be_handed_in(running_story):
    story = running_story
    held = story.find("pine", "self_check", "fill")
    carry_out(story, published(story, amended(LATER)))
    with story.open_work("yangcheng", "pine") as work:
        assert tasks.complete(work, held.id, {"hazards": [MINOR]}, seen=story.package).done_at


def test_a_version_that_nobody_knows_is_no_form(running_story):
    story = running_story
    held = story.find("pine", "self_check", "fill")
    with pytest.raises(FormChanged), story.open_work("yangcheng", "pine") as work:
        tasks.complete(work, held.id, {"hazards": [MINOR]}, seen="0" * 64)
