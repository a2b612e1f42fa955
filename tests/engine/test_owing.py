"""Units come and go in mid-campaign: who stops owes nothing further, who begins owes what is open."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from engine import owing
from engine.models import Task
from tenants import directory
from tenants.errors import Forbidden
from tenants.models import Job
from tests.engine.story import ACCEPTED, MINOR, self_check

STOPPED = "停产"


def change(story, code, **changes):
    with story.open_work("yangcheng", "admin") as work:
        return owing.change_unit(work, story.open_work.world.unit(code), **changes)


def open_duties(story, unit):
    return {one.duty for one in story.instances(unit=unit) if one.state == "running"}


def test_a_mine_that_stops_owes_nothing_further_and_neither_do_its_crews(running_story):
    story = running_story
    assert open_duties(story, "pine") and open_duties(story, "pine-dig")
    effects = change(story, "pine", status=STOPPED)
    assert open_duties(story, "pine") == {"plan"}, "what was due before stays owed"
    assert open_duties(story, "pine-dig") == set()
    assert {one.duty for one in story.todo("pine")} == {"plan"} and story.todo("pine-dig") == []
    assert {one.unit for one in effects.falls} == {"松岭煤矿", "松岭煤矿采煤队"}
    assert "报送方案" not in {one.title for one in effects.falls}
    story.day("2024-12-05")
    assert open_duties(story, "pine") == {"plan"} and open_duties(story, "pine-dig") == set()
    assert "monthly" in open_duties(story, "plain"), "its neighbour goes on"


def test_its_timers_are_dropped_with_what_it_owes(running_story):
    story = running_story
    (watched,) = story.instances("watch", unit="pine")
    change(story, "pine", status=STOPPED)
    left = story.rows(select(Job).where(Job.subject_id == watched.id))
    assert {one.state for one in left} == {"dropped"}
    assert story.wakeups().isdisjoint({one.id for one in left})
    story.day("2024-11-10")
    assert story.instances("watch", unit="pine")[0].state == "released" and not story.errors


def test_a_mine_that_resumes_owes_again_what_is_open_and_what_follows(running_story):
    story = running_story
    change(story, "pine", status=STOPPED)
    story.day("2024-11-10")
    effects = change(story, "pine", status="生产")
    assert {"self_check", "monthly", "open_ended", "plan"} <= open_duties(story, "pine")
    assert "自查自改" in {one.title for one in effects.arises}
    assert story.find("pine", "self_check").due == date(2024, 11, 25)
    story.day("2024-12-02")
    assert [one.title for one in story.instances("monthly", unit="pine") if one.state == "running"] == [
        "报送月报（2024-11）", "报送月报（2024-12）",
    ]  # fmt: skip


def test_what_it_has_done_it_does_not_owe_a_second_time(running_story):
    story = running_story
    self_check(story, MINOR)
    change(story, "pine", status=STOPPED)
    change(story, "pine", status="生产")
    assert "self_check" not in open_duties(story, "pine")
    assert len(story.instances("self_check", unit="pine")) == 1


def test_a_mine_that_starts_in_mid_campaign_owes_what_is_open_for_the_others(running_story):
    story = running_story
    assert open_duties(story, "creek") == set()
    change(story, "creek", status="生产")
    assert {"self_check", "monthly", "open_ended", "standing"} <= open_duties(story, "creek")
    assert "plan" not in open_duties(story, "creek"), "its day was over before the mine began"
    story.do("creek", "monthly", "fill")


def test_a_new_mine_owes_from_its_first_day(running_story):
    story = running_story
    with story.open_work("yangcheng", "admin") as work:
        new = directory.add_unit(
            work, "birch", "白桦煤矿", "mine", status="生产", parent_id=story.open_work.world.unit("south")
        )
        effects = owing.change_unit(work, new.id)
    assert {one.unit for one in effects.arises} == {"白桦煤矿"}
    assert {one.duty for one in story.instances() if one.unit_id == new.id} >= {"self_check", "monthly"}


def test_an_inspection_that_the_calendar_planned_follows_the_mines_it_is_about(running_story):
    story = running_story
    story.day("2024-11-27")
    about = lambda: {one.about_id for one in story.instances("deep") if one.state == "running"}  # noqa: E731
    unit = story.open_work.world.unit
    assert about() == {unit("pine"), unit("plain")}
    change(story, "plain", status=STOPPED)
    change(story, "creek", status="生产")
    assert about() == {unit("pine"), unit("creek")}


def test_a_report_that_already_lies_with_the_office_is_not_torn_from_it(running_story):
    story = running_story
    story.do("pine", "monthly", "fill")
    change(story, "pine", status=STOPPED)
    story.do("clerk", "monthly", "review", ACCEPTED)
    assert story.instances("monthly", unit="pine")[0].state == "done"


def test_hazards_of_a_mine_that_stopped_are_still_to_be_mended_by_it_and_nobody_else(running_story):
    story = running_story
    self_check(story, MINOR)
    change(story, "pine", status=STOPPED)
    story.do("pine", ledger="hazards", name="plan", answers={"整改期限": "2024-11-20"})
    story.do("pine", ledger="hazards", name="rectify", answers={"结果": "已排水"})
    assert story.find("pine", ledger="hazards", name="verify").unit_id == story.open_work.world.unit("pine")
    assert [one for one in story.todo("plain") if one.ledger] == []


def test_what_a_stopped_mine_still_owes_is_signed_by_its_own_head(running_story):
    story = running_story
    story.do("pine", "self_check", "fill", {"hazards": []})
    story.day("2024-11-26")
    change(story, "pine", status=STOPPED)
    assert story.find("pine", "self_check", "sign").post == "mine_head"
    story.do("pine", "self_check", "sign", {"结论": "退回"})
    story.do("pine", "self_check", "fill", {"hazards": []})
    assert story.find("pine", "self_check", "sign").post == "mine_head"


def test_a_preview_names_the_effects_and_changes_nothing(running_story):
    story = running_story
    before = [(one.id, one.state) for one in story.instances()]
    with story.open_work("yangcheng", "admin") as work:
        effects = owing.preview_change(work, story.open_work.world.unit("pine"), status=STOPPED)
    assert [(one.id, one.state) for one in story.instances()] == before
    assert set(effects.falls) == set(change(story, "pine", status=STOPPED).falls)


def test_a_change_of_name_lets_nothing_go(running_story):
    story = running_story
    before = open_duties(story, "pine")
    effects = change(story, "pine", name="松岭一矿")
    assert (effects.falls, effects.arises) == ((), ()) and open_duties(story, "pine") == before


def test_only_who_manages_units_changes_them(running_story):
    for login in ("pine", "clerk"):
        with pytest.raises(Forbidden), running_story.open_work("yangcheng", login) as work:
            owing.preview_change(work, running_story.open_work.world.unit("pine"), status=STOPPED)
    assert running_story.count(Task, Task.state == "withdrawn") == 0
