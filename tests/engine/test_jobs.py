"""Jobs: done once, retried when they fail, and then an incident that stands alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import campaigns, incidents, jobs, owing, timers
from engine.models import DutyOccurrence, Incident, Instance
from tenants import directory, outbox
from tenants.base import new_id
from tenants.errors import Forbidden, NotFound
from tenants.models import Job
from tests.engine.package import CAMPAIGN, files
from tests.engine.story import begun

BROKEN = CAMPAIGN.replace(
    "open_ended: {title: 完善制度, by: mine,", "open_ended: {title: 完善制度, by: deep_mine,"
).replace("  company: {", "  deep_mine: {title: 深部煤矿, unit: \"kind == 'mine' and 10 / (output - 90) > 1\"}\n  company: {", 1)  # fmt: skip


def give(story, output):
    with story.open_work("yangcheng") as work:
        attributes = {"method": "井工", "output": output, "shifts": 3}
        directory.change_unit(work, story.open_work.world.unit("pine"), attributes=attributes)


@pytest.fixture
def broken(open_work, clock):
    """A campaign of which one duty is in doubt for a mine: since the launch its actor divides by zero there."""
    story = begun(open_work, clock, {**files(), "campaign.yaml": BROKEN.encode()})
    give(story, 95)
    story.launch("2024-10-31")
    give(story, 90)
    story.day("2024-11-01")
    return story


def test_a_unit_for_which_an_actor_cannot_be_worked_out_is_left_out_and_told_at_the_launch(open_work, clock):
    story = begun(open_work, clock, {**files(), "campaign.yaml": BROKEN.encode()})
    story.launch()
    story.day("2024-11-01")
    pine = story.open_work.world.unit("pine")
    assert pine not in {one.unit_id for one in story.instances("open_ended")}
    told = [one.message for one in story.rows(select(Incident).where(Incident.kind == "doubt"))]
    assert told and all("除数是 0" in message for message in told)


def test_a_job_that_is_rung_for_twice_does_nothing_twice(story):
    story.at("2024-11-01")
    with story.open_work("yangcheng", "admin") as work:
        story.campaign = campaigns.launch(work, story.package).id
    due = story.due_jobs()
    for _ in range(2):
        for job in due:
            assert story.run(job)
    occurrences = [
        (one.occurrence_id, one.unit_id, one.about_id) for one in story.instances() if one.occurrence_id
    ]
    assert len(occurrences) == len(set(occurrences)) > 0
    assert story.due_jobs() == []


def test_a_job_is_not_run_before_its_time(running_story):
    story = running_story
    waiting = story.rows(select(Job).where(Job.state == "waiting").order_by(Job.due_at))
    before = len(story.instances())
    assert story.run(waiting[0].id) and len(story.instances()) == before


def test_a_job_that_fails_is_retried_and_becomes_an_incident_alone_while_the_others_go_on(story):
    with story.open_work("yangcheng") as work:
        failing = outbox.later(work, "of a later release", new_id())
    story.launch()
    assert story.instances("self_check") and story.instances("daily"), "the others went on"
    for tries, seconds in enumerate(outbox.RETRIES, 1):
        assert len(story.errors) == tries and story.count(Incident) == 0
        assert failing not in story.due_jobs(), "each time it waits"
        story.clock.move(seconds=seconds)
        story.ring()
    (incident,) = story.rows(select(Incident))
    assert (incident.kind, incident.state, incident.job_id) == ("job", "open", failing)
    assert "of a later release" in incident.message
    assert story.job_states()[failing] == "failed"
    story.clock.move(days=1)
    story.ring()
    assert len(story.errors) == len(outbox.RETRIES) + 1, "it is not tried again by itself"
    with pytest.raises(Forbidden), story.open_work("yangcheng", "pine") as work:
        incidents.listed(work)
    with story.open_work("qinshui", "qs-admin") as work:
        assert incidents.listed(work) == []


def test_a_failed_job_that_is_taken_up_again_fails_as_an_incident_of_its_own_or_is_done(story):
    def take_up():
        with story.open_work("yangcheng", "admin") as work:
            (incident,) = incidents.listed(work)
            jobs.retry(work, incident.id)
        for seconds in (0, *outbox.RETRIES):
            story.clock.move(seconds=seconds)
            story.ring()

    with story.open_work("yangcheng") as work:
        failing = outbox.later(work, "of a later release", new_id())
    for seconds in (0, *outbox.RETRIES):
        story.clock.move(seconds=seconds)
        story.ring()
    take_up()
    assert sorted(one.state for one in story.rows(select(Incident))) == ["open", "retried"]
    with story.open_work("yangcheng") as work:
        work.session.get(Job, (work.tenant.id, failing)).kind = timers.KIND  # the later release is here
    take_up()
    assert story.job_states()[failing] == "done"
    assert [one.state for one in story.rows(select(Incident))] == ["retried", "retried"]


def test_one_unit_that_is_in_doubt_is_an_incident_alone_while_the_others_go_on(broken):
    story = broken
    pine = story.open_work.world.unit("pine")
    assert pine not in {one.unit_id for one in story.instances("open_ended")}
    assert story.instances("self_check") and story.instances("daily"), "the others went on"
    (incident,) = story.rows(select(Incident).where(Incident.state == "open"))
    assert incident.kind == "doubt" and "除数是 0" in incident.message
    with pytest.raises(Forbidden), story.open_work("yangcheng", "pine") as work:
        incidents.listed(work)
    with story.open_work("qinshui", "qs-admin") as work:
        assert incidents.listed(work) == [] and incidents.count(work) == 0


def test_once_its_cause_is_gone_the_incident_is_retried_and_everything_is_there(broken):
    story = broken
    for seconds in outbox.RETRIES:
        story.clock.move(seconds=seconds)
        story.ring()
    with story.open_work("yangcheng", "admin") as work:
        attributes = {"method": "井工", "output": 95, "shifts": 3}
        owing.change_unit(work, story.open_work.world.unit("pine"), attributes=attributes)
        (incident,) = incidents.listed(work)
        jobs.retry(work, incident.id)
    story.ring()
    assert len(story.instances("open_ended")) == 1
    with story.open_work("yangcheng", "admin") as work:
        assert incidents.listed(work) == [] and incidents.count(work, "retried") == 1
    with pytest.raises(NotFound), story.open_work("yangcheng", "admin") as work:
        jobs.retry(work, incident.id)


def test_a_job_that_waits_no_more_is_rung_for_no_more(running_story):
    story = running_story
    (job,) = story.rows(select(Job).where(Job.state == "waiting").order_by(Job.due_at).limit(1))
    with story.open_work("yangcheng") as work:
        found = work.session.get(Job, (work.tenant.id, job.id))
        found.state = "dropped"  # as a release of an older version did, without its wake-up
    story.clock.at = job.due_at
    assert job.id in story.due_jobs()
    assert story.run(job.id)
    assert job.id not in story.due_jobs()


def test_many_jobs_are_written_at_once_and_ring_when_they_are_due(story):
    with story.open_work("yangcheng") as work:
        soon, later = directory.units(work)[:2]
        ids = outbox.later_all(work, "x", [(soon.id, work.now), (later.id, work.now + timedelta(days=1))])
        assert work.bells == ids[:1]
        assert outbox.later_all(work, "x", []) == []
    assert story.due_jobs() == ids[:1]
    with story.open_work("yangcheng") as work:
        outbox.drop_all(work, [soon.id, later.id], "x")
    assert story.wakeups() == set()
    assert story.count(DutyOccurrence) == story.count(Instance) == 0
