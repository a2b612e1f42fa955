"""Opening: many instances in a few statements, each with a life of its own."""

from __future__ import annotations

from sqlalchemy import select

from engine.duties import openings_for
from engine.models import DutyOccurrence, Instance, Task
from engine.opening import open_instances
from engine.running import running
from tenants import directory
from tests.engine.story import statements


def crowd(story, number, code="m"):
    with story.open_work("yangcheng") as work:
        above = story.open_work.world.unit("north")
        for index in range(number):
            directory.add_unit(
                work,
                f"{code}{index}",
                f"{index}号矿",
                "mine",
                status="生产",
                parent_id=above,
                attributes={"output": index},
            )


def opened(story, duty):
    """Open a duty for everybody it means; return how many instances and how many statements that took."""
    with story.open_work("yangcheng") as work:
        live = running(work, story.launched)
        units = directory.units(work)
        occurrence = work.session.scalars(story_query(DutyOccurrence, duty)).first()
        openings = openings_for(work, live, live.duties[duty], units, occurrence)
        with statements(work) as seen:
            started = open_instances(work, live, openings)
        return len(started), len(seen)


def story_query(model, duty):
    return select(model).where(model.duty == duty)


def test_the_number_of_statements_does_not_grow_with_the_number_of_mines(running_story):
    story = running_story
    few = opened(story, "open_ended")
    crowd(story, 60)
    many = opened(story, "open_ended")
    assert (few[0], many[0]) == (2, 62)
    crowd(story, 75, "more")
    more = opened(story, "open_ended")
    assert more[0] == 137
    assert few[1] <= 8
    assert max(many[1], more[1]) <= few[1] + 6  # on SQLite rows go in portions of three sizes


def test_every_stamped_instance_has_tokens_of_its_own(running_story):
    story = running_story
    crowd(story, 20)
    opened(story, "open_ended")
    tasks = story.rows(story_query(Task, "open_ended"))
    assert len({one.token for one in tasks}) == len(tasks)
    instances = story.rows(story_query(Instance, "open_ended"))
    assert len({bytes(one.id.bytes) for one in instances}) == len(instances) == 24
    with story.open_work("yangcheng") as work:
        states = [bytes(work.session.get(Instance, (work.tenant.id, one.id)).compact) for one in instances]
    assert len(set(states)) == len(states)
