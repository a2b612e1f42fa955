"""Incidents: an instance that cannot go on keeps what was handed in, and goes on when it is retried."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import campaigns, incidents, jobs
from engine.models import Incident, Task
from forms.models import Submission
from tenants.models import Unit
from tests.engine.package import CAMPAIGN, PROCESSES, files
from tests.engine.story import begun

NOWHERE = {"去向": "上"}


@pytest.fixture
def stuck(running_story):
    """A mine answered what no gateway knows."""
    story = running_story
    story.demand("pine", "choose")
    story.do("pine", "choose", "fill", NOWHERE)
    return story


def test_an_instance_that_cannot_go_on_keeps_the_answers_and_says_so(stuck):
    (instance,) = stuck.instances("choose")
    assert instance.state == "stuck"
    assert [dict(one.answers) for one in stuck.rounds(instance.id)] == [NOWHERE]
    with stuck.open_work("yangcheng", "admin") as work:
        (incident,) = incidents.listed(work)
    assert (incident.kind, incident.title, incident.instance_id) == ("step", "选择", instance.id)
    stuck.do("pine", "plan", "fill")  # the others go on


def test_a_retry_meets_the_same_answers_and_stays_visible_while_the_cause_is_there(stuck):
    with stuck.open_work("yangcheng", "admin") as work:
        (incident,) = incidents.listed(work)
        jobs.retry(work, incident.id)
    with stuck.open_work("yangcheng", "admin") as work:
        (again,) = incidents.listed(work)
        assert again.id != incident.id and again.message == incident.message
    assert stuck.instances("choose")[0].state == "stuck"
    assert stuck.count(Submission) == 1


def test_what_an_end_could_not_bear_is_borne_by_a_retry_once_the_cause_is_gone(open_work, clock):
    # The duty's actor cannot be worked out at this mine until its output is put right.
    changed = CAMPAIGN.replace(
        "answered: {title: 登记回执, by: office,", "answered: {title: 登记回执, by: deep_mine,"
    ).replace("  company: {", "  deep_mine: {title: 深部, unit: \"10 / (output - 90) > 1\"}\n  company: {", 1)  # fmt: skip
    story = begun(open_work, clock, {**files(), "campaign.yaml": changed.encode()})
    story.launch()
    story.demand("pine", "answer")
    story.do("pine", "answer", "fill")
    (instance,) = story.instances("answer")
    assert instance.state == "stuck" and story.instances("answered") == []
    assert [dict(one.answers) for one in story.rounds(instance.id)] == [{"正文": "已安排。"}]

    with story.open_work("yangcheng", "admin") as work:
        mine = work.session.get(Unit, (work.tenant.id, story.open_work.world.unit("pine")))
        mine.attributes = {**mine.attributes, "output": 95}
        (incident,) = incidents.listed(work)
        jobs.retry(work, incident.id)
    assert story.instances("answer")[0].state == "done"
    assert len(story.instances("answered")) == 1
    assert story.rows(select(Incident).where(Incident.state == "open")) == []


def test_a_timer_that_gets_stuck_is_an_incident_and_its_retry_goes_on(open_work, clock):
    # A day after the task was opened a gateway finds no way on.
    drawn = PROCESSES["watch"].replace("</bpmn:process>", '<bpmn:exclusiveGateway id="gate"/></bpmn:process>')
    drawn = drawn.replace('sourceRef="t1" targetRef="remind"', 'sourceRef="t1" targetRef="gate"').replace(
        '<bpmn:exclusiveGateway id="gate"/>',
        '<bpmn:exclusiveGateway id="gate"/><bpmn:sequenceFlow id="g1" sourceRef="gate" targetRef="remind">'
        "<bpmn:conditionExpression>days_between(today, due) &lt; 0</bpmn:conditionExpression></bpmn:sequenceFlow>",
    )
    story = begun(
        open_work, clock,
        {**files(), "processes/watch.bpmn": drawn.encode(),
         "campaign.yaml": CAMPAIGN.replace("process: watch, form: plan, start: 2024-11-01", "process: watch, form: plan, start: 2024-11-01, due: 2024-11-03").encode()},
    )  # fmt: skip
    story.launch()
    story.clock.move(days=1)
    story.ring()
    (instance,) = story.instances("watch", unit="pine")
    assert instance.state == "stuck" and not story.errors
    (incident,) = story.rows(select(Incident).where(Incident.instance_id == instance.id))
    assert incident.kind == "timer"
    story.at("2024-11-04", hour=8)  # the date has passed: now there is a way
    with story.open_work("yangcheng", "admin") as work:
        jobs.retry(work, incident.id)
    names = {one.name for one in story.rows(select(Task).where(Task.instance_id == instance.id))}
    assert "remind" in names and story.instances("watch", unit="pine")[0].state == "running"


def test_the_incident_of_an_instance_that_is_let_go_is_closed_with_it(stuck):
    with stuck.open_work("yangcheng", "admin") as work:
        campaigns.close(work, stuck.launched)
    with stuck.open_work("yangcheng", "admin") as work:
        assert incidents.listed(work) == []
    assert stuck.instances("choose")[0].state == "released"
