"""People go on working while their instances go over: whoever comes first, both are whole."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from engine import amend, amend_fleet, amend_listing, amend_one
from engine.amend_models import Amendment
from engine.models import Instance, Task
from tenants.errors import Refusal
from tests.engine.amending import LATER, amended, by_duty, preview, published
from tests.engine.story import ACCEPTED, MINOR, Story


def at_once(app, *acts) -> list[object]:
    """Do things at the same moment; return what each gave, or how it was refused."""
    start = threading.Barrier(len(acts))
    found: list[object] = [None] * len(acts)

    def one(number: int, act) -> None:
        with app.app_context():
            start.wait(10)
            try:
                found[number] = act()
            except Refusal as refusal:
                found[number] = refusal

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def begun(story: Story, monkeypatch, **more: str) -> tuple[str, Amendment]:
    monkeypatch.setattr(amend_fleet, "AT_ONCE", 0)
    package = published(story, amended(LATER, **more))
    seal = preview(story, package).seal
    with story.open_work("yangcheng", "admin") as work:
        amend.apply(work, story.launched, package, seal)
    (run,) = story.rows(select(Amendment))
    return package, run


def counts(story: Story, run: Amendment) -> dict[str, int]:
    with story.open_work("yangcheng", "admin", reads=True) as work:
        return dict(amend_listing.progress(work, amend_listing.run_of(work, run.id)).counts)


def test_who_completes_while_the_chunk_moves_loses_nothing(running_story, app, monkeypatch):
    story = running_story
    package, run = begun(story, monkeypatch)
    fill = story.find("pine", "self_check", "fill")
    filled, _ran = at_once(app, lambda: story.complete("pine", fill.id, {"hazards": [MINOR]}), story.ring)
    assert not isinstance(filled, Refusal) and not story.errors
    story.ring()
    assert "waiting" not in counts(story, run)
    assert by_duty(story, package)["self_check"] == {True}
    story.do("pine", "self_check", "sign", ACCEPTED)
    assert len(story.items()) == 1


def test_who_completes_while_the_run_goes_back_either_keeps_the_new_version_or_has_the_old_one(
    running_story, app, monkeypatch
):
    story = running_story
    package, run = begun(story, monkeypatch)
    story.ring()
    fill = story.find("pine", "self_check", "fill")

    def back() -> None:
        with story.open_work("yangcheng", "admin") as work:
            amend.take_back(work, run.id)
        story.ring()

    filled, refused = at_once(app, lambda: story.complete("pine", fill.id, {"hazards": [MINOR]}), back)
    story.ring()
    assert not isinstance(filled, Refusal) and refused is None and not story.errors
    (one,) = story.rows(select(Instance).where(Instance.id == fill.instance_id))
    kept = counts(story, run).get("kept", 0)
    assert (one.package_hash == package) == (kept == 1)
    story.do("pine", "self_check", "sign", ACCEPTED)
    assert len(story.items()) == 1


@pytest.mark.parametrize("turns", [2])
def test_two_that_ring_for_the_same_run_do_nothing_twice(running_story, app, monkeypatch, turns):
    story = running_story
    _package, run = begun(story, monkeypatch)
    at_once(app, *[story.ring] * turns)
    story.ring()
    assert not story.errors and set(counts(story, run)) <= {"moved", "blocked", "stays"}
    assert {one.revision for one in story.instances("open_ended")} == {2}


def test_one_that_is_taken_back_by_hand_while_the_run_is_at_work_stays_back(running_story, app, monkeypatch):
    story = running_story
    package, run = begun(story, monkeypatch)
    story.ring()
    (one,) = story.instances("self_check", unit="pine")

    def back(act, key):
        def go() -> object:
            with story.open_work("yangcheng", "admin") as work:
                return act(work, key).id

        return go

    at_once(app, back(amend_one.take_back, one.id), back(amend.take_back, run.id))
    story.ring()
    assert not story.errors
    assert not any(each.package_hash == package for each in story.instances() if each.state == "running")
    assert set(counts(story, run)) <= {"back", "blocked", "stays"}
    assert story.count(Task, Task.state == "open") > 5
