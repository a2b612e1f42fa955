"""Ledgers: the life of a line, and who reads it."""

from __future__ import annotations

from datetime import date

import pytest

from engine import ledgers
from engine.running import running
from tenants.errors import NotFound
from tests.engine.story import ACCEPTED, MAJOR, MINOR, self_check


def status(story):
    return [one.status for one in story.items()]


def lines(story, login, ledger="hazards", **query):
    with story.open_work("yangcheng", login, reads=True) as work:
        found, total = ledgers.lines(work, running(work, story.launched), ledger, ledgers.Query(**query))
        assert total >= len(found)
        return found


def test_a_hazard_goes_through_every_status_in_order_until_it_is_struck_off(running_story):
    story = running_story
    self_check(story, MINOR)
    seen = [status(story)]
    for name, answers in (
        ("plan", {"整改期限": "2024-11-20"}),
        ("rectify", {"结果": "已排水"}),
        ("verify", ACCEPTED),
    ):
        story.do("pine", ledger="hazards", name=name, answers=answers)
        seen.append(status(story))
    assert seen == [["发现"], ["整改中"], ["已整改"], ["销号"]]
    (item,) = story.items()
    assert item.closed and story.instances(ledger="hazards")[0].end_node == "closed"


def test_the_date_that_the_mine_set_is_when_the_rectification_is_due(running_story):
    story = running_story
    self_check(story, MINOR)
    story.do("pine", ledger="hazards", name="plan", answers={"整改期限": "2024-11-20"})
    assert story.find("pine", ledger="hazards", name="rectify").due == date(2024, 11, 20)
    (line,) = lines(story, "pine")
    assert (line.unit, line.due) == ("松岭煤矿", date(2024, 11, 20))


def test_what_was_only_said_to_be_rectified_goes_back(running_story):
    story = running_story
    self_check(story, MAJOR)
    story.do("pine", ledger="hazards", name="plan", answers={"整改期限": "2024-11-20"})
    for verdict in ({"结论": "退回", "理由": "现场未见整改。"}, ACCEPTED):
        story.do("pine", ledger="hazards", name="rectify", answers={"结果": "已处理"})
        story.do("clerk", ledger="hazards", name="verify_county", answers=verdict)
        if verdict != ACCEPTED:
            assert status(story) == ["整改中"] and not story.items()[0].closed
    assert status(story) == ["销号"]


def test_a_line_is_read_by_its_mine_its_company_and_the_bureau_and_by_no_neighbour(running_story):
    story = running_story
    self_check(story, MINOR)
    (item,) = story.items()
    assert [len(lines(story, login)) for login in ("pine", "north", "clerk", "admin", "reader")] == [
        1,
        1,
        0,
        1,
        1,
    ]
    for login in ("plain", "creek", "pine-dig"):
        assert lines(story, login) == []
        with pytest.raises(NotFound), story.open_work("yangcheng", login, reads=True) as work:
            ledgers.item(work, item.id)
        with story.open_work("yangcheng", login, reads=True) as work:
            assert set(ledgers.statuses(work, running(work, story.launched), "hazards").values()) == {0}
    with pytest.raises(NotFound), story.open_work("qinshui", "qs-admin", reads=True) as work:
        ledgers.item(work, item.id)


def test_lines_are_found_by_status_unit_words_and_fields(running_story):
    story = running_story
    self_check(story, MINOR, MAJOR)
    self_check(story, {"描述": "100%_积水", "级别": "一般"}, login="plain")
    unit = story.open_work.world.unit
    assert len(lines(story, "admin", state="发现")) == 3
    assert len(lines(story, "admin", state="销号")) == 0
    assert [one.item.number for one in lines(story, "admin", unit=unit("plain"))] == [3]
    assert [one.item.number for one in lines(story, "admin", q="积水")] == [1, 3]
    assert [one.item.number for one in lines(story, "admin", q="%_")] == [3]
    assert [one.item.number for one in lines(story, "admin", facets={"级别": "重大"})] == [2]
    assert lines(story, "admin", facets={"级别": "\0"}) == lines(story, "admin", facets={"\0": "一般"}) == []
    assert lines(story, "admin", facets={"级别') OR 1=1 --": "x"}) == []
    with story.open_work("yangcheng", "admin", reads=True) as work:
        counted = ledgers.statuses(work, running(work, story.launched), "hazards")
    assert list(counted.items()) == [("发现", 3), ("整改中", 0), ("已整改", 0), ("已核查", 0), ("销号", 0)]


def test_a_ledger_that_is_not_there_is_not_found(running_story):
    with pytest.raises(NotFound):
        lines(running_story, "admin", "nothing")
