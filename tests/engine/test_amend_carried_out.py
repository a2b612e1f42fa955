"""An amendment is carried out by whoever may, as it was shown, in however many jobs, once and again."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from engine import amend, amend_fleet, campaigns
from engine.models import Campaign, Instance
from tenants.errors import Conflict, Forbidden, Invalid
from tenants.models import AuditEntry
from tests.engine.amending import (
    LATER,
    NO_RULES,
    TEXT,
    amended,
    by_duty,
    carry_out,
    fates,
    preview,
    published,
)
from tests.engine.package import PROCESSES, form
from tests.engine.story import ACCEPTED, MINOR, self_check


def test_a_form_that_changes_is_told_with_its_fields(running_story):
    story = running_story
    other = form(["正文", "负责人"], 正文=TEXT, 负责人={"type": "string", "title": "负责人"})
    found = fates(preview(story, published(story, amended(forms__plan=other))))["完善制度"]
    assert found[0] == "moves" and "增加：负责人" in found[1] and "不再填：照片" in found[1]


def test_the_new_form_is_asked_for_after_the_amendment(running_story):
    story = running_story
    other = form(["正文", "负责人"], 正文=TEXT, 负责人={"type": "string", "title": "负责人"})
    carry_out(story, published(story, amended(forms__plan=other)))
    open_one = story.find("pine", "open_ended")
    with pytest.raises(Invalid):
        story.complete("pine", open_one.id, {"正文": "已完善"})
    assert story.complete("pine", open_one.id, {"正文": "已完善", "负责人": "甲"}).done_at


def test_a_preview_that_is_stale_is_not_carried_out(running_story):
    story = running_story
    one, other = published(story, amended(LATER)), published(story, amended(version="1.2.0"))
    seal = preview(story, one).seal
    with story.open_work("yangcheng", "admin") as work, pytest.raises(Conflict):
        amend.apply(work, story.launched, other, seal)
    carry_out(story, one)
    with story.open_work("yangcheng", "admin") as work, pytest.raises(Conflict):
        amend.apply(work, story.launched, one, seal)


def test_who_handed_in_meanwhile_does_not_make_a_preview_stale(running_story):
    story = running_story
    package = published(story, amended(LATER))
    seal = preview(story, package).seal
    self_check(story, MINOR)
    with story.open_work("yangcheng", "admin") as work:
        amend.apply(work, story.launched, package, seal)


def test_only_who_steers_may_and_only_what_says_so_replaces(running_story):
    story = running_story
    package = published(story, amended(LATER))
    with story.open_work("yangcheng", "pine") as work, pytest.raises(Forbidden):
        amend.preview(work, story.launched, package)
    foreign = amended(("id: winter-2024", "id: summer-2025"), version="1.0.0")
    stranger = published(story, foreign)
    with story.open_work("yangcheng", "admin") as work, pytest.raises(Invalid):
        amend.preview(work, story.launched, stranger)
    said = published(
        story,
        amended(
            ("id: winter-2024", "id: summer-2026\namends: {number: 某应急发〔2024〕1号}"), version="1.0.0"
        ),
    )
    assert preview(story, said).groups
    with story.open_work("yangcheng", "admin", reads=True) as work:
        found = [row.hash for row in amend.candidates(work, work.session.scalars(select(Campaign)).one())]
    assert set(found) == {package, said}


def test_many_go_over_in_jobs_and_a_worker_that_dies_loses_nothing(running_story, monkeypatch):
    story = running_story
    monkeypatch.setattr(amend_fleet, "AT_ONCE", 0)
    monkeypatch.setattr(amend_fleet, "CHUNK", 3)
    package = published(story, amended(LATER))
    seal = preview(story, package).seal
    with story.open_work("yangcheng", "admin") as work:
        amend.apply(work, story.launched, package, seal)
    waiting = story.count(Instance, Instance.package_hash != package, Instance.state == "running")
    assert waiting > 3
    # In between people go on with what they have.
    filled = story.do("pine", "self_check", "fill", {"hazards": [MINOR]})
    first = story.due_jobs()[0]
    assert story.run(first) and story.run(first), "a job done twice does nothing twice"
    story.ring()
    assert not story.errors
    assert story.count(Instance, Instance.package_hash != package, Instance.state == "running") == 0
    story.do("pine", "self_check", "sign", ACCEPTED)
    assert len(story.items()) == 1 and filled.done_at is not None


def test_the_trail_says_who_went_over_and_why_others_did_not(running_story):
    story = running_story
    carry_out(story, published(story, amended(LATER, NO_RULES)))
    trail = story.rows(select(AuditEntry).order_by(AuditEntry.id))
    told = {one.action for one in trail}
    assert {"campaign.amend", "instance.amend", "instance.keep"} <= told
    kept = [one for one in trail if one.action == "instance.keep"]
    assert all("新方案没有任务" in one.facts["reason"] for one in kept)


def test_a_stuck_instance_goes_over_and_can_be_retried_under_the_new_plan(running_story):
    story = running_story
    story.demand("pine", "choose")
    with_way = PROCESSES["choose"].replace("去向 == '右'", "去向 != '左'")
    task_ = story.find("pine", "choose")
    story.complete("pine", task_.id, {"去向": "中"})
    (stuck,) = [one for one in story.instances("choose") if one.state == "stuck"]
    carry_out(story, package := published(story, amended(processes__choose=with_way)))
    (after,) = story.instances("choose")
    assert after.package_hash == package and after.id == stuck.id


def test_a_second_amendment_brings_along_what_the_first_left_behind_where_it_fits_again(running_story):
    story = running_story
    carry_out(story, published(story, amended(NO_RULES)))
    third = published(story, amended(version="1.2.0"))
    carry_out(story, third)
    assert by_duty(story, third)["open_ended"] == {True}


def test_a_duty_of_the_tenants_own_stays_and_is_not_taken_away(running_story):
    story = running_story
    with story.open_work("yangcheng", "admin") as work:
        campaigns.add_duty(
            work,
            story.launched,
            title="本县增加",
            by="mine",
            form="choice",
            due=date(2024, 11, 30),
            reason="县里要求",
        )
    story.ring()
    found = fates(preview(story, published(story, amended(LATER))))
    assert found["本县增加"][0] == "moves"
    gone = amended(
        (
            "  choose: {title: 选择, by: mine, process: choose, form: choice, on: {demand: mine}, clause: 一}\n",
            "",
        )
    )
    del gone["forms/choice/schema.json"], gone["processes/choose.bpmn"]
    gone["campaign.yaml"] = gone["campaign.yaml"].replace(b"version: 1.1.0", b"version: 1.2.0")
    package = published(story, gone)
    with story.open_work("yangcheng", "admin") as work, pytest.raises(Invalid):
        amend.preview(work, story.launched, package)


def test_an_amended_campaign_goes_on_to_its_end(running_story):
    story = running_story
    carry_out(story, published(story, amended(LATER, NO_RULES)))
    story.day("2024-12-10")
    self_check(story, MINOR)
    story.day("2025-01-30")
    assert not story.errors
    with story.open_work("yangcheng", "admin") as work:
        campaigns.close(work, story.launched)
