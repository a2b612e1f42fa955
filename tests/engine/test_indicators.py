"""Indicators: numbers from ledgers and accepted answers, over what the reader may see."""

from __future__ import annotations

from engine import indicators
from engine.running import running
from tests.engine.story import ACCEPTED, MAJOR, MINOR, self_check


def readings(story, login="admin"):
    with story.open_work("yangcheng", login, reads=True) as work:
        found = indicators.readings(work, running(work, story.launched))
        return {one.indicator.id: (one.value, one.met) for one in found}


def test_a_number_follows_its_ledger_and_is_held_against_its_target(running_story):
    story = running_story
    assert readings(story)["open_majors"] == (0, True)
    self_check(story, MINOR, MAJOR)
    assert readings(story)["open_majors"] == (1, False)
    majors = [one for one in story.todo("pine") if one.ledger == "hazards" and one.title == "瓦斯超限"]
    story.complete("pine", majors[0].id, {"整改期限": "2024-11-20"})
    story.do("pine", ledger="hazards", name="rectify", answers={"结果": "已处理"})
    story.do("clerk", ledger="hazards", name="verify_county", answers=ACCEPTED)
    assert readings(story)["open_majors"] == (0, True)


def test_only_what_was_accepted_counts_and_a_corrected_report_counts_once(running_story):
    story = running_story
    story.do("pine", "plan", "fill")
    assert readings(story)["plans"] == (0, False)
    story.do("clerk", "plan", "review", {"结论": "退回"})
    story.do("pine", "plan", "fill", {"正文": "改过了"})
    story.do("clerk", "plan", "review", ACCEPTED)
    assert readings(story)["plans"] == (1, True)


def test_a_mine_reads_its_own_numbers_and_nothing_of_its_neighbours(running_story):
    story = running_story
    self_check(story, MAJOR)
    assert readings(story, "pine")["open_majors"] == (1, False)
    assert readings(story, "north")["open_majors"] == (1, False)
    assert readings(story, "plain")["open_majors"] == (0, True)
