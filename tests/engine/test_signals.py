"""Signals and messages between instances: who hears what, by a job of its own, and what becomes of names nobody waits for."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import campaigns, history, owing
from engine.models import Incident, Instance, InstanceWait, Task
from tenants.models import Job
from tests.engine.package import CAMPAIGN, DONE, START, event, files, process, task
from tests.engine.story import begun
from workflows.publish import publish

SIGNAL, MESSAGE = (
    '<bpmn:signalEventDefinition signalRef="x"/>',
    '<bpmn:messageEventDefinition messageRef="x"/>',
)


def waits_for(key, name, inside):
    """A process that waits for a name and then asks for something."""
    kind = "signal" if "signal" in inside else "message"
    return process(
        key, START, event("intermediateCatchEvent", "wait", inside=inside), task("act", "by"), DONE,
        flows="start -> wait\nwait -> act\nact -> done", outside=f'<bpmn:{kind} id="x" name="{name}"/>',
    )  # fmt: skip


def throws(key, name, inside):
    """A process that asks for something and then throws a name."""
    kind = "signal" if "signal" in inside else "message"
    return process(
        key, START, task("fill", "by"), event("endEvent", "done", inside=inside),
        flows="start -> fill\nfill -> done", outside=f'<bpmn:{kind} id="x" name="{name}"/>',
    )  # fmt: skip


def turns(key, hears, says):
    """A process that hears one name and throws another, again and again."""
    return process(
        key, START, event("intermediateCatchEvent", "wait", inside=SIGNAL),
        event("intermediateThrowEvent", "say", inside='<bpmn:signalEventDefinition signalRef="y"/>'),
        '<bpmn:exclusiveGateway id="choice"/>', DONE,
        flows="start -> wait\nwait -> say\nsay -> choice\nchoice -> done if 1 == 2\nchoice -> wait else",
        outside=f'<bpmn:signal id="x" name="{hears}"/><bpmn:signal id="y" name="{says}"/>',
    )  # fmt: skip


DUTIES = """\
  shelter: {title: 撤人, by: mine, process: shelter, form: plan, start: 2024-11-01, clause: 一}
  alarm: {title: 报警, by: mine, process: alarm, form: plan, on: {demand: mine}, clause: 一}
  asks: {title: 请示, by: mine, process: asks, form: plan, on: {demand: mine}, clause: 一}
  approves: {title: 批复, by: office, process: approves, form: plan, on: {demand: office, about: mine}, clause: 一}
  approves_any: {title: 批复, by: office, process: approves, form: plan, on: {demand: office}, clause: 一}
  files: {title: 备案, by: mine, process: files, form: plan, on: {demand: mine}, clause: 一}
  secret:
    {title: 暗访, by: office, process: secret, form: plan, on: {demand: office, about: mine}, hidden: about, clause: 一}
  ping: {title: 甲, by: office, process: ping, form: plan, on: {demand: office}, clause: 一}
  pong: {title: 乙, by: office, process: pong, form: plan, on: {demand: office}, clause: 一}
  serve: {title: 发球, by: mine, process: serve, form: plan, on: {demand: mine}, clause: 一}
ledgers:
"""
PROCESSES = {
    "shelter": waits_for("shelter", "警报", SIGNAL),
    "alarm": throws("alarm", "警报", SIGNAL),
    "asks": waits_for("asks", "批复", MESSAGE),
    "approves": throws("approves", "批复", MESSAGE),
    "files": throws("files", "备案", MESSAGE),
    "secret": waits_for("secret", "备案", MESSAGE),
    "ping": turns("ping", "乒", "乓"),
    "pong": turns("pong", "乓", "乒"),
    "serve": throws("serve", "乒", SIGNAL),
}


def package(version="1.0.0"):
    campaign = CAMPAIGN.replace("ledgers:\n", DUTIES, 1).replace("1.0.0", version, 1)
    drawn = {f"processes/{key}.bpmn": text.encode() for key, text in PROCESSES.items()}
    return {**files(), **drawn, "campaign.yaml": campaign.encode()}


@pytest.fixture
def story(open_work, clock):
    story = begun(open_work, clock, package())
    story.launch()
    assert not story.errors
    return story


def acting(story, duty):
    """Return the units whose instances of a duty have heard what they waited for."""
    query = (
        select(Task.unit_id)
        .where(Task.duty == duty, Task.node == "act", Task.state == "open")
        .order_by(Task.id)
    )
    names = {story.open_work.world.unit(code): code for code in ("pine", "plain", "safety")}
    return [names[unit] for unit in story.rows(query)]


def told(story, instance, login=None):
    with story.open_work("yangcheng", login, reads=True) as work:
        seen = history.instance(work, instance)
        return [(entry.action, entry.facts.get("name")) for entry in history.trail(work, seen)]


def test_a_signal_reaches_every_instance_that_waits_each_by_a_job_of_its_own(story):
    assert story.count(InstanceWait, InstanceWait.name == "警报") == 2
    story.demand("pine", "alarm")
    thrown = story.do("pine", "alarm", "fill")
    assert acting(story, "shelter") == []
    (first, second) = story.due_jobs()
    assert story.run(first)
    assert len(acting(story, "shelter")) == 1
    assert story.run(second) and story.run(second)
    assert sorted(acting(story, "shelter")) == ["pine", "plain"]
    assert story.count(InstanceWait) == 0
    assert ("signal.unheard", "警报") not in told(story, thrown.instance_id)
    assert [told(story, one.id)[-1] for one in story.instances("shelter")] == [("signal.hear", "警报")] * 2
    payloads = [job.payload for job in story.rows(select(Job).where(Job.kind == "signal"))]
    assert payloads == [{"name": "警报", "generation": 0}] * 2


def test_a_message_reaches_the_mine_that_it_concerns_and_never_its_neighbour(story):
    for login in ("plain", "pine"):
        story.clock.move(minutes=1)
        story.demand(login, "asks")
    story.demand("clerk", "approves", about="pine")
    story.do("clerk", "approves", "fill")
    story.ring()
    assert acting(story, "asks") == ["pine"]
    story.demand("clerk", "approves", about="pine")
    second = story.do("clerk", "approves", "fill")
    story.ring()
    assert acting(story, "asks") == ["pine"]
    assert ("signal.unheard", "批复") in told(story, second.instance_id)


def test_a_message_that_concerns_nobody_in_particular_reaches_the_one_that_waits_longest(story):
    for login in ("plain", "pine"):
        story.clock.move(minutes=1)
        story.demand(login, "asks")
    for _ in range(2):
        story.demand("clerk", "approves_any")
    for one in story.todo("clerk", duty="approves_any"):
        story.complete("clerk", one.id)
    (first, second) = story.due_jobs()
    story.run(first)
    assert acting(story, "asks") == ["plain"]
    story.run(second)
    assert acting(story, "asks") == ["plain", "pine"]


def test_a_name_that_nobody_waits_for_is_noted_and_kept_for_nobody(story):
    story.demand("clerk", "approves_any")
    done = story.do("clerk", "approves_any", "fill")
    assert story.due_jobs() == [] and done.state == "done"
    assert ("signal.unheard", "批复") in told(story, done.instance_id)
    story.demand("pine", "asks")
    story.ring()
    assert acting(story, "asks") == [] and not story.errors


def test_what_is_let_go_or_waits_no_more_hears_nothing(story):
    story.demand("plain", "alarm")
    story.do("plain", "alarm", "fill")
    (pine,) = story.instances("shelter", unit="pine")
    with story.open_work("yangcheng", "admin") as work:
        owing.release(work, [work.session.get(Instance, (work.tenant.id, pine.id))], "试")
    story.ring()
    assert acting(story, "shelter") == ["plain"] and not story.errors
    assert story.count(InstanceWait, InstanceWait.instance_id == pine.id) == 0


def test_a_listener_that_is_hidden_hears_and_nobody_learns_of_it(story):
    secret = story.demand("clerk", "secret", about="pine")
    story.demand("pine", "files")
    done = story.do("pine", "files", "fill")
    story.ring()
    assert acting(story, "secret") == ["safety"]
    assert told(story, done.instance_id, "pine")[-1] == ("signal.unheard", "备案")
    assert "pine" not in str(told(story, secret))


def test_a_signal_stays_in_its_campaign(story, open_work):
    with open_work("yangcheng", "admin") as work:
        other = publish(work, package("1.0.1")).hash
        second = campaigns.launch(work, other, {}).id
    story.ring()
    story.demand("pine", "alarm")
    story.do("pine", "alarm", "fill")
    story.ring()
    heard = story.rows(select(Task.campaign_id).where(Task.duty == "shelter", Task.node == "act"))
    assert len(heard) == 2 and second not in heard


def test_instances_that_go_on_setting_each_other_off_are_stopped(story):
    for duty in ("ping", "pong"):
        story.demand("clerk", duty)
    story.demand("pine", "serve")
    story.do("pine", "serve", "fill")
    for _ in range(6):
        story.ring()
        story.clock.move(minutes=15)
    assert story.rows(select(Incident.kind)) == ["job"]
    assert story.count(Job, Job.kind == "signal") < 12
