"""A worker that dies: killed at any statement of a job it loses nothing and doubles nothing."""

from __future__ import annotations

import os
import signal
from collections import Counter
from functools import partial

import pytest
from sqlalchemy import event, select

from engine import amend, amend_fleet, campaigns, incidents, jobs, timers
from engine.amend_models import AmendedInstance, Amendment
from engine.models import DutyOccurrence, Instance, Task
from tenants import outbox
from tenants.db import db
from tenants.models import AuditEntry, Job
from tests.effort import until
from tests.engine.amending import LATER, amended, preview, published
from tests.engine.package import PROCESSES, files
from tests.engine.story import ACCEPTED, MAJOR, MINOR, Story, begun


@pytest.fixture
def story(open_work, clock) -> Story:
    return begun(open_work, clock)


def die_at(statement: int, act) -> bool:
    """Do something in a process of its own that is killed, as by a power cut, at its n-th statement; return whether it was.

    The process shares no connection with this one.
    """
    db.engine.dispose()
    child = os.fork()
    if child == 0:
        try:
            count = 0

            def note(*args: object) -> None:
                nonlocal count
                count += 1
                if count == statement:
                    os.kill(os.getpid(), signal.SIGKILL)

            event.listen(db.engine, "before_cursor_execute", note)
            act()
            os._exit(0)
        except BaseException:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0, "the work itself failed"
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def ring_until_done(story: Story) -> None:
    """Ring as the scheduler does. A killed one's locks last until its server has noticed."""

    def nothing_is_due() -> bool:
        if story.due_jobs():
            story.ring()
        return not story.due_jobs()

    until(nothing_is_due, lambda: str(story.due_jobs()))


def rows_of(story: Story) -> dict[str, Counter[object]]:
    """Return everything that opening the day's occurrences leaves behind, told so that two runs can be compared."""
    return {
        "occurrences": Counter((one.duty, one.number, one.state, len(one.picked)) for one in story.rows(select(DutyOccurrence))),
        "instances": Counter((one.duty, one.ledger, one.title, one.unit_id, one.about_id, one.state) for one in story.instances()),
        "tasks": Counter((one.duty, one.ledger, one.name, one.title, one.unit_id, one.state) for one in story.rows(select(Task))),
        "items": Counter((one.ledger, one.number, one.title, one.status) for key in ("hazards", "supervised", "files") for one in story.items(key)),
        "jobs": Counter((one.kind, one.state) for one in story.rows(select(Job))),
        "trail": Counter(one.action for one in story.rows(select(AuditEntry))),
    }  # fmt: skip


def launched(story: Story) -> list:
    story.at("2024-11-01")
    with story.open_work("yangcheng", "admin") as work:
        story.campaign = campaigns.launch(work, story.package).id
    return story.due_jobs()


def job_of(story: Story, duty: str):
    (occurrence,) = story.rows(
        select(DutyOccurrence.id).where(DutyOccurrence.duty == duty, DutyOccurrence.number == 1)
    )
    (job,) = story.rows(select(Job.id).where(Job.subject_id == occurrence))
    return job


@pytest.mark.slow
def test_a_worker_killed_at_any_statement_of_opening_a_days_duty_loses_and_doubles_nothing(story):
    due = launched(story)
    job = job_of(story, "watch")  # it opens two instances, with tasks and timers
    open_work = partial(story.open_work, "yangcheng")
    killed = 0
    for statement in range(1, 100):
        if not die_at(statement, lambda: jobs.run(open_work, job)):
            break
        killed += 1
        assert story.instances("watch") == [] and job in story.due_jobs(), f"after statement {statement}"
        with story.open_work("yangcheng") as work:  # each is the first time that it dies
            work.session.get_one(Job, (work.tenant.id, job)).attempts = 0
    assert killed > 15
    # The last one came through, and ringing again changes nothing.
    assert len(story.instances("watch")) == 2
    before = rows_of(story)
    story.run(job)
    assert rows_of(story) == before
    ring_until_done(story)
    assert not story.errors and len(due) > 5
    instances = [(one.occurrence_id, one.unit_id, one.about_id) for one in story.instances()]
    assert len(instances) == len(set(instances))
    assert story.count(Task) == story.count(Instance)


@pytest.mark.slow
def test_a_worker_killed_after_its_commit_and_rung_for_again_does_nothing_twice(story):
    launched(story)
    job = job_of(story, "watch")

    def whole() -> None:
        jobs.run(partial(story.open_work, "yangcheng"), job)
        os.kill(os.getpid(), signal.SIGKILL)

    assert die_at(10_000, whole)
    before = rows_of(story)
    assert len(story.instances("watch")) == 2
    story.run(job)
    assert rows_of(story) == before


@pytest.mark.slow
def test_a_worker_killed_at_any_statement_of_a_cycles_firing_fires_it_once(open_work, clock):
    drawn = PROCESSES["watch"].replace(
        "<bpmn:timeDuration>P1D</bpmn:timeDuration>", "<bpmn:timeCycle>R/P1D</bpmn:timeCycle>"
    )
    story = begun(open_work, clock, {**files(), "processes/watch.bpmn": drawn.encode()})
    story.launch()
    (instance,) = story.instances("watch", unit="pine")
    story.clock.move(days=1)
    (job,) = [
        one
        for one in story.rows(select(Job).where(Job.subject_id == instance.id))
        if one.id in story.due_jobs()
    ]
    job_id = job.id
    tasks = select(Task).where(Task.instance_id == instance.id)
    killed = 0
    for statement in range(1, 100):
        if not die_at(statement, lambda: jobs.run(partial(open_work, "yangcheng"), job_id)):
            break
        killed += 1
        assert len(story.rows(tasks)) == 1 and job_id in story.due_jobs(), f"after statement {statement}"
        with open_work("yangcheng") as work:  # each is the first time that it dies
            work.session.get_one(Job, (work.tenant.id, job_id)).attempts = 0
    assert killed > 8
    story.run(job_id)
    ring_until_done(story)
    assert sorted(one.name for one in story.rows(tasks)) == ["fill", "remind"]
    waiting = story.rows(select(Job).where(Job.subject_id == instance.id, Job.state == "waiting"))
    assert len(waiting) == 3 and {one.id for one in waiting} <= story.wakeups()


def test_a_job_that_kills_its_worker_each_time_becomes_an_incident_alone(story, monkeypatch):
    monkeypatch.setitem(jobs.HANDLERS, "deadly", lambda work, job: os.kill(os.getpid(), signal.SIGKILL))
    with story.open_work("yangcheng") as work:
        deadly, sound = outbox.later(work, "deadly"), outbox.later(work, timers.KIND)
    open_work = partial(story.open_work, "yangcheng")
    deaths = 0
    while deadly in story.due_jobs() and deaths < 20:
        deaths += die_at(10_000, lambda: jobs.run(open_work, deadly))
        if deaths == 1:
            assert story.run(sound)
    assert deaths == outbox.ATTEMPTS
    assert story.job_states() == {deadly: "failed", sound: "done"} and story.due_jobs() == []
    with story.open_work("yangcheng", "admin") as work:
        (incident,) = incidents.listed(work)
        assert (incident.kind, incident.job_id) == ("job", deadly) and "WorkerDied" in incident.message
        jobs.retry(work, incident.id)
    monkeypatch.setitem(jobs.HANDLERS, "deadly", lambda work, job: None)
    assert story.run(deadly) and story.job_states()[deadly] == "done"


@pytest.mark.slow
def test_a_web_process_killed_while_a_self_check_ends_leaves_all_of_it_or_nothing(story):
    story.launch()
    story.do("pine", "self_check", "fill", {"hazards": [MINOR, MAJOR]})
    sign = story.find("pine", "self_check", "sign")
    before = rows_of(story)
    killed = 0
    for statement in range(1, 200):
        if not die_at(statement, lambda: story.complete("pine", sign.id, ACCEPTED)):
            break
        killed += 1
        assert rows_of(story) == before, f"after statement {statement}"
    assert killed > 30
    assert [one.title for one in story.items()] == ["巷道积水", "瓦斯超限"]
    assert [one.number for one in story.items("files")] == [1, 2]


@pytest.mark.slow
def test_a_worker_killed_at_any_statement_of_a_chunk_that_goes_over_loses_and_doubles_nothing(
    story, monkeypatch
):
    monkeypatch.setattr(amend_fleet, "AT_ONCE", 0)
    monkeypatch.setattr(amend_fleet, "CHUNK", 2)
    story.launch()
    package = published(story, amended(LATER))
    seal = preview(story, package).seal
    with story.open_work("yangcheng", "admin") as work:
        amend.apply(work, story.launched, package, seal)
    (run,) = story.rows(select(Amendment.id))
    (job,) = story.rows(select(Job.id).where(Job.subject_id == run))
    moved = select(AmendedInstance.id).where(AmendedInstance.state == "moved")
    open_work = partial(story.open_work, "yangcheng")
    killed = 0
    for statement in range(1, 150):
        if not die_at(statement, lambda: jobs.run(open_work, job)):
            break
        killed += 1
        assert story.rows(moved) == [] and job in story.due_jobs(), f"after statement {statement}"
        assert story.count(Instance, Instance.package_hash == package) == 0
        with story.open_work("yangcheng") as work:  # each is the first time that it dies
            work.session.get_one(Job, (work.tenant.id, job)).attempts = 0
    assert killed > 15 and len(story.rows(moved)) == 2
    ring_until_done(story)
    states = Counter(story.rows(select(AmendedInstance.state)))
    assert set(states) == {"moved"} and states["moved"] == story.count(
        Instance, Instance.package_hash == package
    )
    assert Counter(one.action for one in story.rows(select(AuditEntry)))["instance.amend"] == states["moved"]
