"""Incidents: an instance that cannot go on keeps what was handed in, and goes on when it is retried."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import campaigns, incidents, jobs
from engine.models import Incident, Instance, Task
from engine.running import running
from engine.timers import rearm
from forms.models import Submission
from tenants.errors import Conflict, Forbidden
from tenants.models import Unit
from tests.engine.package import CAMPAIGN, DECIDES, DECISION, DONE, PROCESSES, START, files, process, task
from tests.engine.story import begun, self_check

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


# The table looks at each unit's own output: at the pine mine there is something that cannot be divided by.
BY_UNIT = DECISION.replace("<text>瓦斯</text>", "<text>90 / (unit.output - 90)</text>").replace(
    "瓦斯 / 班次", "1"
)
AT_ONCE = process(
    "watch", START, DECIDES, task("fill", "by"), DONE, flows="start -> level\nlevel -> fill\nfill -> done"
)  # fmt: skip


def put_right(story, code="pine", **attributes):
    with story.open_work("yangcheng", "admin") as work:
        unit = work.session.get(Unit, (work.tenant.id, story.open_work.world.unit(code)))
        unit.attributes = {**unit.attributes, **attributes}


def open_incidents(story):
    return story.rows(select(Incident).where(Incident.state == "open").order_by(Incident.id))


@pytest.fixture
def undecided(open_work, clock):
    """A duty begins with a decision that cannot be made at one of its mines."""
    changed = {"decisions/level.dmn": BY_UNIT.encode(), "processes/watch.bpmn": AT_ONCE.encode()}
    story = begun(open_work, clock, {**files(), **changed})
    story.launch()
    return story


def test_one_that_cannot_begin_is_stuck_by_itself_and_the_others_begin(undecided):
    story = undecided
    assert not story.errors
    assert {one.state for one in story.instances("watch", unit="plain")} == {"running"}
    (held,) = story.instances("watch", unit="pine")
    (incident,) = open_incidents(story)
    assert (held.state, held.revision) == ("stuck", 0)
    assert (incident.kind, incident.instance_id) == (
        "start",
        held.id,
    ) and "决策“隐患分级”" in incident.message
    assert story.count(Task, Task.instance_id == held.id) == 0
    story.do("plain", "watch", "fill")

    with story.open_work("yangcheng", "admin") as work:
        jobs.retry(work, incident.id)  # nothing has changed
    (again,) = open_incidents(story)
    assert again.message == incident.message and story.instances("watch", unit="pine")[0].state == "stuck"
    put_right(story, output=150)
    with story.open_work("yangcheng", "admin") as work:
        jobs.retry(work, again.id)
    assert open_incidents(story) == []
    story.do("pine", "watch", "fill")
    assert story.instances("watch", unit="pine")[0].state == "done"


def test_what_is_held_does_not_mind_a_calendar_that_changes_and_is_let_go_with_its_campaign(undecided):
    story = undecided
    (held,) = story.instances("watch", unit="pine")
    with story.open_work("yangcheng", "admin") as work:
        row = work.session.scalars(select(Instance).where(Instance.id == held.id).with_for_update()).one()
        assert not rearm(work, running(work, row.campaign_id), row, calendar=True)
        campaigns.close(work, story.launched)
    assert open_incidents(story) == [] and story.instances("watch", unit="pine")[0].state == "released"


def test_a_line_of_a_ledger_that_cannot_begin_does_not_hold_back_the_report_it_comes_from(open_work, clock):
    drawn = PROCESSES["hazard"].replace(
        '<bpmn:sequenceFlow id="f0" sourceRef="start" targetRef="plan">',
        DECIDES.replace('"level"', '"judge"') + '<bpmn:sequenceFlow id="f99" sourceRef="start" targetRef="judge"/>'
        '<bpmn:sequenceFlow id="f0" sourceRef="judge" targetRef="plan">',
    )  # fmt: skip
    table = (
        DECISION.replace('decision id="level"', 'decision id="judge"')
        .replace("<text>瓦斯</text>", "<text>2 / (len(描述) - 4)</text>")
        .replace("瓦斯 / 班次", "1")
    )
    changed = {"decisions/judge.dmn": table.encode(), "processes/hazard.bpmn": drawn.encode()}
    story = begun(open_work, clock, {**files(), **changed})
    story.launch()
    rows = [{"描述": "巷道积水", "级别": "一般"}, {"描述": "风机停转了", "级别": "一般"}]
    source = self_check(story, *rows)
    assert [one.state for one in story.instances("self_check", unit="pine")] == ["done"]
    states = [
        (one.title, story.rows(select(Instance).where(Instance.id == one.instance_id))[0].state)
        for one in story.items()
    ]
    assert states == [("巷道积水", "stuck"), ("风机停转了", "running")] and source
    assert [one.kind for one in open_incidents(story)] == ["start"]


def test_whoever_starts_what_cannot_begin_is_told_and_nothing_is_kept(open_work, clock):
    at_once = AT_ONCE.replace('id="watch"', 'id="grade"').replace('name="watch"', 'name="grade"')
    changed = {"decisions/level.dmn": BY_UNIT.encode(), "processes/grade.bpmn": at_once.encode()}
    story = begun(open_work, clock, {**files(), **changed})
    story.launch()
    with pytest.raises(Conflict, match="决策“隐患分级”"):
        story.demand("pine", "grade")
    assert story.instances("grade") == [] and open_incidents(story) == []


def test_all_that_say_the_same_are_taken_up_again_together_each_by_itself(running_story):
    story = running_story
    for login in ("pine", "plain", "pine"):
        story.demand(login, "choose")
    for login in ("pine", "plain", "pine"):
        task = next(
            one for one in story.todo(login, tab="claimable") + story.todo(login) if one.duty == "choose"
        )
        story.complete(login, task.id, NOWHERE)
    first, *others = open_incidents(story)
    assert len({one.message for one in (first, *others)}) == 1 and len(others) == 2
    with story.open_work("yangcheng", "admin") as work:
        assert set(incidents.alike(work, incidents.listed(work)).values()) == {3}
        assert incidents.retry_alike(work, first.id) == 3
    story.ring()
    assert (
        not story.errors and len(open_incidents(story)) == 3
    )  # the cause is still there: said anew, once each
    assert {one.id for one in open_incidents(story)}.isdisjoint({first.id, *(one.id for one in others)})
    left = open_incidents(story)[0].id
    with story.open_work("yangcheng", "clerk") as work, pytest.raises(Forbidden):
        incidents.retry_alike(work, left)


def test_a_cycle_that_cannot_be_worked_out_is_an_incident_at_the_step_that_reaches_it(open_work, clock):
    drawn = PROCESSES["watch"].replace(
        "<bpmn:timeDuration>P1D</bpmn:timeDuration>",
        "<bpmn:timeCycle>days(unit.output - 90) if unit.output &lt; 100 else days(2)</bpmn:timeCycle>",
    )
    story = begun(open_work, clock, {**files(), "processes/watch.bpmn": drawn.encode()})
    story.launch()
    (incident,) = open_incidents(story)
    assert "定时器的时间无法确定" in incident.message and incident.kind == "start"
    assert story.instances("watch", unit="plain")[0].state == "running"
    put_right(story, output=95)
    with story.open_work("yangcheng", "admin") as work:
        jobs.retry(work, incident.id)
    assert open_incidents(story) == [] and story.find("pine", "watch").name == "fill"


def test_a_timer_that_stays_stuck_is_said_once(open_work, clock):
    drawn = PROCESSES["watch"].replace("</bpmn:process>", '<bpmn:exclusiveGateway id="gate"/></bpmn:process>')
    drawn = drawn.replace('sourceRef="t1" targetRef="remind"', 'sourceRef="t1" targetRef="gate"').replace(
        '<bpmn:exclusiveGateway id="gate"/>',
        '<bpmn:exclusiveGateway id="gate"/><bpmn:sequenceFlow id="g1" sourceRef="gate" targetRef="remind">'
        "<bpmn:conditionExpression>unit.output &lt; 10</bpmn:conditionExpression></bpmn:sequenceFlow>",
    )
    story = begun(open_work, clock, {**files(), "processes/watch.bpmn": drawn.encode()})
    story.launch()
    for _ in range(2):  # the next timer rings too, and meets the same
        story.clock.move(days=1)
        story.ring()
    assert len([one for one in open_incidents(story) if one.kind == "timer"]) == 2  # two mines, one each
