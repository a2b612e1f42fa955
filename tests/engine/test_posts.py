"""A post that is given up leaves nothing lying with somebody who is gone."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import posts, tasks
from engine.models import Task
from tenants.errors import Conflict, Forbidden, NotFound
from tenants.models import Posting


@pytest.fixture
def claimed(running_story) -> Task:
    """A task that the head of a mine has claimed."""
    task = running_story.find("pine", "plan")
    with running_story.open_work("yangcheng", "pine") as work:
        tasks.claim(work, task.id)
    return task


def test_what_was_claimed_lies_at_the_desk_again_and_what_is_done_stays_theirs(running_story, claimed):
    story = running_story
    done = story.do("pine", "self_check", "fill", {"hazards": []})
    with story.open_work("yangcheng", "admin") as work:
        assert posts.deactivate(work, story.open_work.world.member("pine")) == 1
    (open_again,) = story.rows(select(Task).where(Task.id == claimed.id))
    assert (open_again.state, open_again.claimed_by, open_again.claimed_name) == ("open", None, None)
    (kept,) = story.rows(select(Task).where(Task.id == done.id))
    assert (kept.state, kept.done_name) == ("done", "松岭矿长")


def test_whoever_gave_up_a_post_finds_no_way_in_with_it(running_story, claimed):
    story = running_story
    pine = story.open_work.world.member("pine")
    with story.open_work("yangcheng", "admin") as work:
        posts.deactivate(work, pine)
        assert work.session.scalar(select(Posting.id).where(Posting.member_id == pine)) is None
    with pytest.raises(NotFound), story.open_work("yangcheng", "pine"):
        pass


def test_nobody_else_loses_what_they_have_claimed(running_story, claimed):
    story = running_story
    with story.open_work("yangcheng", "admin") as work:
        assert posts.deactivate(work, story.open_work.world.member("creek")) == 0
    (still,) = story.rows(select(Task).where(Task.id == claimed.id))
    assert still.claimed_by == story.open_work.world.member("pine")


def test_only_an_administrator_may_and_never_their_own_post(running_story, claimed):
    world = running_story.open_work.world
    with pytest.raises(Forbidden), running_story.open_work("yangcheng", "clerk") as work:
        posts.deactivate(work, world.member("pine"))
    with pytest.raises(Conflict), running_story.open_work("yangcheng", "admin") as work:
        posts.deactivate(work, world.member("admin"))
    with pytest.raises(NotFound), running_story.open_work("qinshui", "qs-admin") as work:
        posts.deactivate(work, world.member("pine"))
    (still,) = running_story.rows(select(Task).where(Task.id == claimed.id))
    assert still.claimed_by == world.member("pine")
