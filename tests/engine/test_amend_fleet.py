"""A whole campaign goes over chunk by chunk: paused, resumed, interrupted, with some that fail; and is taken back."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from engine import amend, amend_fleet, amend_listing, amend_moving
from engine.amend_models import AmendedInstance, Amendment
from engine.models import Campaign, DutyOccurrence, Instance, Task
from tenants.errors import Conflict, Forbidden, NotFound
from tenants.models import AuditEntry, Job
from tests.engine.amending import LATER, NO_RULES, amended, by_duty, carry_out, preview, published
from tests.engine.package import PROCESSES
from tests.engine.story import ACCEPTED, MINOR, Story, statements


@pytest.fixture
def slow(monkeypatch) -> None:
    """Nothing goes over at once, and only three in each job."""
    monkeypatch.setattr(amend_fleet, "AT_ONCE", 0)
    monkeypatch.setattr(amend_fleet, "CHUNK", 3)


def begun(story: Story, package: str) -> Amendment:
    """Let a campaign go over, and run nothing yet."""
    seal = preview(story, package).seal
    with story.open_work("yangcheng", "admin") as work:
        amend.apply(work, story.launched, package, seal)
    (run,) = story.rows(select(Amendment).where(Amendment.package_hash == package, Amendment.whole))
    return run


def job_of(story: Story, run: Amendment):
    (job,) = story.rows(select(Job.id).where(Job.subject_id == run.id, Job.state == "waiting"))
    return job


def states(story: Story, run: Amendment) -> dict[str, int]:
    with story.open_work("yangcheng", "admin", reads=True) as work:
        return dict(amend_listing.progress(work, amend_listing.run_of(work, run.id)).counts)


def steer(story: Story, act, run: Amendment):
    with story.open_work("yangcheng", "admin") as work:
        return act(work, run.id)


def everything(story: Story) -> dict[str, object]:
    """Return what people and the house know of a campaign's open instances, besides the numbers of steps."""
    (campaign,) = story.rows(select(Campaign))
    timers = sorted(
        (str(job.subject_id), job.due_at, job.key) for job in story.rows(select(Job).where(Job.kind == "timer", Job.state == "waiting"))
    )  # fmt: skip
    return {
        "campaign": (campaign.package_hash, campaign.version, campaign.title, campaign.start, campaign.end),
        "occurrences": {
            one.id: (one.opens, one.due, one.state) for one in story.rows(select(DutyOccurrence)) if one.state != "dropped"
        },
        "instances": {one.id: (one.package_hash, one.due, one.state, one.status) for one in story.instances()},
        "tasks": {
            one.id: (one.token, one.node, one.name, one.form, one.due, one.due_at, one.state, one.desk_id, one.post)
            for one in story.rows(select(Task))
        },
        "timers": timers,
    }  # fmt: skip


def test_a_run_goes_on_chunk_by_chunk_and_says_how_far_it_is(running_story, slow):
    story = running_story
    run = begun(story, published(story, amended(LATER)))
    before = states(story, run)
    assert before["waiting"] > 6 and "moved" not in before
    assert story.run(job_of(story, run))
    assert states(story, run)["moved"] == 3
    story.ring()
    after = states(story, run)
    assert "waiting" not in after and after["moved"] == before["waiting"]
    with story.open_work("yangcheng", "admin", reads=True) as work:
        found = amend_listing.progress(work, amend_listing.run_of(work, run.id))
        assert (found.done, found.total, found.run.state) == (after["moved"], after["moved"], "done")


def test_a_paused_run_waits_until_it_is_resumed(running_story, slow):
    story = running_story
    run = begun(story, published(story, amended(LATER)))
    story.run(job_of(story, run))
    steer(story, amend_fleet.pause, run)
    with pytest.raises(Conflict):
        steer(story, amend_fleet.pause, run)
    story.ring()
    assert states(story, run)["moved"] == 3
    steer(story, amend_fleet.resume, run)
    with pytest.raises(Conflict):
        steer(story, amend_fleet.resume, run)
    story.ring()
    assert "waiting" not in states(story, run) and not story.errors


def test_while_a_run_is_at_work_no_other_begins(running_story, slow):
    story = running_story
    begun(story, published(story, amended(LATER)))
    other = published(story, amended(version="1.2.0"))
    seal = preview(story, other).seal
    with story.open_work("yangcheng", "admin") as work, pytest.raises(Conflict):
        amend.apply(work, story.launched, other, seal)


def test_who_fails_is_named_alone_and_can_be_tried_again(running_story, slow, monkeypatch):
    story = running_story
    (poor,) = story.instances("self_check", unit="pine")
    real = amend_moving._cross

    def cross(work, live, instance):
        if instance.id == poor.id:
            raise ValueError("not today")
        real(work, live, instance)

    monkeypatch.setattr(amend_moving, "_cross", cross)
    run = begun(story, published(story, amended(LATER)))
    story.ring()
    assert not story.errors, "it is no failure of the job"
    found = states(story, run)
    assert found["failed"] == 1 and "waiting" not in found
    with story.open_work("yangcheng", "admin", reads=True) as work:
        (line,), seen, hidden = amend_listing.lines(work, amend_listing.run_of(work, run.id), "failed")
        assert (line.instance_id, seen, hidden) == (poor.id, 1, 0) and "not today" in str(line.why[0])
    (still,) = story.instances("self_check", unit="pine")
    assert (still.package_hash, still.due) == (poor.package_hash, poor.due), "nothing of it stays"
    monkeypatch.setattr(amend_moving, "_cross", real)
    assert steer(story, amend_fleet.again, run) == 1
    story.ring()
    assert "failed" not in states(story, run)
    (after,) = story.instances("self_check", unit="pine")
    assert after.due == date(2024, 12, 5)


def test_an_instance_at_which_workers_die_is_set_aside_and_the_rest_goes_on(running_story, slow):
    story = running_story
    run = begun(story, published(story, amended(LATER)))
    count = states(story, run)["waiting"]
    job = job_of(story, run)
    with story.open_work("yangcheng") as work:  # as `jobs.run` counts attempts that came to no end
        work.session.get_one(Job, (work.tenant.id, job)).attempts = 2
    story.ring()
    found = states(story, run)
    assert found["failed"] == 1 and found["moved"] == count - 1


def test_who_was_done_before_its_turn_and_who_came_meanwhile(running_story, slow):
    story = running_story
    package = published(story, amended(LATER))
    run = begun(story, package)
    story.do("pine", "self_check", "fill", {"hazards": [MINOR]})
    story.do("pine", "self_check", "sign", ACCEPTED)
    fresh = story.demand("pine", "choose")
    story.ring()
    found = states(story, run)
    assert found["over"] == 1 and not story.errors
    (born,) = [one for one in story.instances("choose") if one.id == fresh]
    assert born.package_hash == package, "what begins after the amendment begins under the new version"


def test_a_whole_campaign_is_taken_back_as_if_nothing_had_been(running_story, slow):
    story = running_story
    before = everything(story)
    watch = PROCESSES["watch"].replace("P1D", "P9D")
    run = begun(story, published(story, amended(LATER, NO_RULES, processes__watch=watch)))
    story.ring()
    assert everything(story) != before
    steer(story, amend.take_back, run)
    story.ring()
    assert not story.errors
    after = everything(story)
    assert after["campaign"] == before["campaign"] and after["occurrences"] == before["occurrences"]
    assert after["instances"] == before["instances"]
    assert after["tasks"] == before["tasks"]
    assert after["timers"] == before["timers"]
    told = {one.action for one in story.rows(select(AuditEntry))}
    assert {"campaign.amend_back", "instance.amend_back", "amendment.end"} <= told
    with pytest.raises(Conflict):
        steer(story, amend.take_back, run)


def test_what_somebody_has_gone_on_with_stays_and_is_named(running_story):
    story = running_story
    package = published(story, amended(LATER))
    run = begun(story, package)
    filled = story.do("pine", "self_check", "fill", {"hazards": [MINOR]})
    with story.open_work("yangcheng", "admin", reads=True) as work:
        known = amend_listing.run_of(work, run.id)
        free, touched = amend_listing.returnable(work, known)
        assert touched == 1 and free == states(story, run)["moved"] - 1
        (line,), *_ = amend_listing.lines(work, known, "touched")
        assert line.instance_id == filled.instance_id
    steer(story, amend.take_back, run)
    story.ring()
    assert by_duty(story, package)["self_check"] == {True, False}
    with story.open_work("yangcheng", "admin", reads=True) as work:
        (line,), *_ = amend_listing.lines(work, amend_listing.run_of(work, run.id), "kept")
        assert "办结“fill”" in str(line.why[0])
    story.do("pine", "self_check", "sign", ACCEPTED)
    assert len(story.items()) == 1, "what was answered under either version counts"


def test_a_run_that_is_taken_back_half_way_leaves_the_rest_where_it_is(running_story, slow):
    story = running_story
    before = everything(story)["instances"]
    run = begun(story, published(story, amended(LATER)))
    story.run(job_of(story, run))
    steer(story, amend.take_back, run)
    story.ring()
    found = states(story, run)
    assert found["back"] == 3 and found["left"] > 3 and set(found) <= {"back", "left", "blocked", "stays"}
    assert everything(story)["instances"] == before


def test_a_plan_that_was_followed_by_another_is_not_taken_back(running_story):
    story = running_story
    run = begun(story, published(story, amended(LATER)))
    carry_out(story, published(story, amended(version="1.2.0")))
    with pytest.raises(Conflict):
        steer(story, amend.take_back, run)


def test_going_back_makes_nobody_late(running_story):
    story = running_story
    run = begun(story, published(story, amended(LATER)))
    story.at("2024-11-28")
    steer(story, amend.take_back, run)
    story.ring()
    found = {one.due for one in story.instances("self_check")}
    assert found == {date(2024, 12, 5)}
    assert {
        one.due for one in story.rows(select(Task).where(Task.duty == "self_check", Task.state == "open"))
    } == found


def test_only_who_steers_sees_or_moves_a_run(running_story, slow):
    story = running_story
    run = begun(story, published(story, amended(LATER)))
    for act in (amend_fleet.pause, amend_fleet.again, amend.take_back, amend_listing.run_of):
        with story.open_work("yangcheng", "pine") as work, pytest.raises(Forbidden):
            act(work, run.id)
        with story.open_work("qinshui", "qs-admin") as work, pytest.raises(NotFound):
            act(work, run.id)


def test_a_preview_and_a_page_of_a_run_ask_no_more_for_many_than_for_few(running_story, slow):
    story = running_story
    package = published(story, amended(LATER))
    counted = []
    for _turn in range(2):
        with story.open_work("yangcheng", "admin", reads=True) as work, statements(work) as seen:
            amend.preview(work, story.launched, package)
            counted.append((len(seen), story.count(Instance)))
        for _more in range(30):
            story.demand("pine", "choose")
    (few, some), (many, more) = counted
    assert more > some + 20 and many == few
    run = begun(story, package)
    story.ring()
    with story.open_work("yangcheng", "admin", reads=True) as work, statements(work) as seen:
        known = amend_listing.run_of(work, run.id)
        amend_listing.progress(work, known)
        amend_listing.returnable(work, known)
        amend_listing.lines(work, known, "moved")
    assert len(seen) <= 8


def test_rows_of_a_run_say_what_each_was(running_story):
    story = running_story
    run = begun(story, published(story, amended(LATER)))
    rows = story.rows(select(AmendedInstance).where(AmendedInstance.amendment_id == run.id))
    assert {one.former_hash for one in rows} == {story.package}
    assert all(one.revision and one.moved_at for one in rows if one.state == "moved")
