"""Timers: durable, in order, once each, whatever the service was doing meanwhile."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from engine.models import Incident, Instance, Task
from engine.running import running
from engine.tasks import TaskClosed
from engine.timers import rearm
from tenants.models import Job
from tests.engine.package import CAMPAIGN, DECIDES, DECISION, PROCESSES, files
from tests.engine.story import begun


def watched(story):
    (instance,) = story.instances("watch", unit="pine")
    return instance


def tasks_of(story, instance):
    """Return (name, state) in the order in which the process came to them, which is how it numbers its tokens."""
    found = story.rows(select(Task).where(Task.instance_id == instance.id))
    return [(one.name, one.state) for one in sorted(found, key=lambda one: int(one.token.rpartition("-")[2]))]


def test_each_timer_fires_at_its_moment(running_story):
    story = running_story
    instance = watched(story)
    story.clock.move(hours=23)
    story.ring()
    assert tasks_of(story, instance) == [("fill", "open")]
    story.clock.move(hours=1)
    story.ring()
    assert tasks_of(story, instance) == [("fill", "open"), ("remind", "open")]


def test_after_three_days_down_each_timer_fires_once_and_in_order(running_story):
    story = running_story
    instance = watched(story)
    story.clock.move(days=3, hours=2)
    for _ in range(3):
        story.ring()
    assert tasks_of(story, instance) == [
        ("fill", "withdrawn"), ("remind", "open"), ("urge", "open"), ("take_over", "open"),
    ]  # fmt: skip
    left = story.rows(select(Job).where(Job.subject_id == instance.id))
    assert "waiting" not in {one.state for one in left} and not story.errors
    assert story.wakeups().isdisjoint({one.id for one in left})


def test_however_late_the_bell_rings_the_order_of_the_timers_decides(running_story):
    story = running_story
    instance = watched(story)
    story.clock.move(days=4)
    late = story.rows(select(Job).where(Job.subject_id == instance.id).order_by(Job.due_at.desc()))
    for job in late:  # the last one is rung for first
        story.run(job.id)
    story.ring()
    assert [name for name, _ in tasks_of(story, instance)] == ["fill", "remind", "urge", "take_over"]


def test_timers_of_a_task_that_was_done_in_time_never_fire(running_story):
    story = running_story
    instance = watched(story)
    story.do("pine", "watch", "fill")
    states = {one.state for one in story.rows(select(Job).where(Job.subject_id == instance.id))}
    assert states == {"dropped"}
    story.clock.move(days=5)
    story.ring()
    assert tasks_of(story, instance) == [("fill", "done")]


def test_a_task_handed_in_after_its_timer_was_due_finds_that_it_was_withdrawn(running_story):
    story = running_story
    task = story.find("pine", "watch", "fill")
    story.clock.move(days=3, minutes=1)  # due, but nobody has rung yet
    with pytest.raises(TaskClosed):
        story.complete("pine", task.id)
    story.ring()
    assert tasks_of(story, watched(story))[0] == ("fill", "withdrawn")


def test_a_timer_is_due_in_days_of_the_county(running_story):
    story = running_story
    first = min(one.due_at for one in story.rows(select(Job).where(Job.subject_id == watched(story).id)))
    assert first - watched(story).opened_at == timedelta(days=1)


@pytest.fixture
def dated(open_work, clock):
    """A watch that is due on the third; the reminder rings on the day after."""
    drawn = PROCESSES["watch"].replace(
        "<bpmn:timeDuration>P1D</bpmn:timeDuration>", "<bpmn:timeDate>due + days(1)</bpmn:timeDate>"
    )
    changed = CAMPAIGN.replace(
        "process: watch, form: plan, start: 2024-11-01",
        "process: watch, form: plan, start: 2024-11-01, due: 2024-11-03",
    )
    story = begun(
        open_work,
        clock,
        {**files(), "processes/watch.bpmn": drawn.encode(), "campaign.yaml": changed.encode()},
    )
    story.launch()
    return story


def move_due(story, instance, day):
    """Give an instance another due date, as a change of the calendar does; return whether a timer moved."""
    with story.open_work("yangcheng", "admin") as work:
        row = work.session.scalars(select(Instance).where(Instance.id == instance.id).with_for_update()).one()
        row.due = date.fromisoformat(day)
        return rearm(work, running(work, row.campaign_id), row)


def waiting_for(story, instance):
    jobs = story.rows(select(Job).where(Job.subject_id == instance.id, Job.state == "waiting"))
    assert {one.id for one in jobs} <= story.wakeups()
    return sorted(one.due_at.astimezone(story.clock.now().tzinfo).date().isoformat() for one in jobs)


def test_a_reminder_follows_the_due_date_that_it_reads(dated):
    story, instance = dated, watched(dated)
    before = waiting_for(story, instance)
    assert move_due(story, instance, "2024-11-06")
    assert not move_due(story, instance, "2024-11-06")  # twice changes nothing
    assert waiting_for(story, instance) != before and len(waiting_for(story, instance)) == 3
    assert (
        move_due(story, instance, "2024-11-03") and waiting_for(story, instance) == before
    )  # there and back
    story.at("2024-11-02", hour=8)
    assert move_due(story, instance, "2024-11-01")  # the day after has begun: it rings at once
    story.ring()
    assert tasks_of(story, instance) == [("fill", "open"), ("remind", "open")]
    left = waiting_for(story, instance)
    move_due(story, instance, "2024-11-20")
    assert waiting_for(story, instance) == left  # what has rung has rung
    assert not story.rows(select(Incident))


def test_the_reminder_of_an_instance_that_has_ended_stays_as_it_was(dated):
    story, instance = dated, watched(dated)
    story.do("pine", "watch", "fill")
    assert not move_due(story, instance, "2024-11-20")
    assert waiting_for(story, instance) == []


@pytest.fixture
def nagged(open_work, clock):
    """A watch that is reminded every day, until it is done or nine days have gone; the log asks for each reminder."""
    drawn = PROCESSES["watch"].replace(
        "<bpmn:timeDuration>P1D</bpmn:timeDuration>", "<bpmn:timeCycle>R/P1D</bpmn:timeCycle>"
    )
    drawn = drawn.replace("P2D", "P8D").replace("P3D", "P9D")
    changed = CAMPAIGN.replace("title: 值班日志\n", "title: 值班日志\n    process: watch\n")
    parts = {"processes/watch.bpmn": drawn.encode(), "campaign.yaml": changed.encode()}
    story = begun(open_work, clock, {**files(), **parts})
    story.launch()
    return story


def test_a_cycle_opens_its_path_every_day_until_the_task_is_done(nagged):
    story, instance = nagged, watched(nagged)
    for days in range(1, 4):
        story.clock.move(days=1)
        story.ring()
        story.ring()  # a bell too many rings nothing
        assert tasks_of(story, instance) == [("fill", "open"), *[("remind", "open")] * days]
        assert len(waiting_for(story, instance)) == 3
    story.do("pine", "watch", "fill")
    assert waiting_for(story, instance) == []
    story.clock.move(days=5)
    story.ring()
    assert tasks_of(story, instance) == [("fill", "done"), *[("remind", "open")] * 3] and not story.errors


def test_missed_firings_are_one_unless_the_duty_asks_for_each(nagged):
    story, instance = nagged, watched(nagged)
    (log,) = story.instances("log")
    story.clock.move(days=4, hours=1)
    story.ring()
    assert tasks_of(story, instance) == [("fill", "open"), ("remind", "open")]
    assert tasks_of(story, log) == [("fill", "open"), *[("remind", "open")] * 4]
    assert waiting_for(story, instance)[0] == waiting_for(story, log)[0] == "2024-11-06"


def test_one_instance_whose_timer_cannot_go_on_holds_up_nothing_else(open_work, clock):
    # A week after the beginning the reminder of this mine alone cannot be worked out.
    drawn = PROCESSES["watch"].replace(
        "<bpmn:timeDuration>P1D</bpmn:timeDuration>", "<bpmn:timeCycle>R/P1D</bpmn:timeCycle>"
    )
    drawn = (
        drawn.replace("P2D", "P8D")
        .replace("P3D", "P9D")
        .replace('sourceRef="t1" targetRef="remind"', 'sourceRef="t1" targetRef="level"')
    )
    drawn = drawn.replace(
        "</bpmn:process>",
        DECIDES + '<bpmn:sequenceFlow id="d1" sourceRef="level" targetRef="remind"/></bpmn:process>',
    )
    table = DECISION.replace("<text>瓦斯</text>", "<text>unit.output / (unit.shifts - 3)</text>").replace(
        "瓦斯 / 班次", "1"
    )
    parts = {"processes/watch.bpmn": drawn.encode(), "decisions/level.dmn": table.encode()}
    story = begun(open_work, clock, {**files(), **parts})
    story.launch()
    story.clock.move(days=1)
    story.ring()
    pine, plain = watched(story), story.instances("watch", unit="plain")[0]
    assert (pine.state, plain.state) == ("stuck", "running")
    (incident,) = story.rows(select(Incident))
    assert incident.instance_id == pine.id and "决策“隐患分级”" in incident.message
    assert tasks_of(story, plain) == [("fill", "open"), ("remind", "open")] and story.due_jobs() == []
    story.clock.move(days=1)
    story.ring()
    assert tasks_of(story, plain)[1:] == [("remind", "open")] * 2
    story.do("pine", "watch", "fill")  # the task itself can still be done
    assert not story.errors
