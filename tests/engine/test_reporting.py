"""How complete and how timely reports are: counted by the database, by unit, period and level."""

from __future__ import annotations

import pytest

from engine import reporting
from engine.reporting import Asked, Counts
from engine.rollup import levels
from engine.running import running
from tests.engine.rolled import hand_in
from tests.engine.story import Story, statements
from tests.engine.test_rollup import file, rolled_story

__all__ = ["rolled_story"]


def overview(story: Story, login: str | None = None, **asked: object) -> reporting.Overview:
    with story.open_work("yangcheng", login, reads=True) as work:
        return reporting.overview(work, running(work, story.launched), Asked(**asked))  # type: ignore[arg-type]


def row(found: reporting.Overview, unit: str) -> reporting.Row:
    (one,) = [one for one in found.rows if one.unit == unit]
    return one


def test_one_duty_is_told_time_by_time(rolled_story):
    story = rolled_story
    hand_in(story, "north", accepted=False, 隐患数=1)
    found = overview(story, duty="figures")
    assert [period.due.isoformat() for period in found.periods if period.due] == ["2024-11-08"]
    assert found.total == Counts(expected=4, filed=3, on_time=2, accepted=2, missing=1)
    assert row(found, "北山煤业公司").total == Counts(1, 1, 0, 0, 0), "it came late"
    assert row(found, "南坪煤业公司").total == Counts(1, 0, 0, 0, 1)
    assert found.totals[found.periods[0].key] == found.total


def test_all_reports_are_told_month_by_month(rolled_story):
    found = overview(rolled_story)
    assert [period.key for period in found.periods] == ["2024-10", "2024-11"]
    pine = row(found, "松岭煤矿")
    assert pine.cells["2024-10"].missing == 1, "the plan was due in October"
    assert pine.cells["2024-11"] == Counts(2, 1, 1, 1, 0), (
        "the figures, and the monthly report that is not due yet"
    )
    assert (
        sum(one.total.expected for one in found.rows)
        == found.total.expected
        == sum(one.expected for one in found.totals.values())
    )


def test_levels_are_told_with_the_names_of_the_missing(rolled_story):
    found = {one.kind: one for one in overview(rolled_story, duty="figures").levels}
    assert found["mine"].counts == Counts(2, 2, 2, 2, 0) and found["mine"].missing == ()
    assert (
        found["company"].missing == ("北山煤业公司", "南坪煤业公司") and found["company"].counts.missing == 2
    )


def test_nobody_is_told_of_units_that_they_may_not_see(rolled_story):
    found = overview(rolled_story, "pine")
    assert {one.unit for one in found.rows} == {"松岭煤矿"}
    assert all(one.missing in ((), ("松岭煤矿",)) for one in found.levels)


def test_units_are_found_by_name_and_stand_on_pages(rolled_story, monkeypatch):
    assert [one.unit for one in overview(rolled_story, duty="figures", q="露天").rows] == ["南坪露天煤矿"]
    monkeypatch.setattr(reporting, "PAGE", 3)
    first, second = (overview(rolled_story, duty="figures", page=page) for page in (1, 2))
    assert (len(first.rows), len(second.rows), first.units) == (3, 1, 4)
    assert first.total == second.total
    assert len(overview(rolled_story, duty="figures", page=0).rows) == 4


@pytest.mark.parametrize("duty", ["", "figures"])
def test_it_takes_the_same_number_of_statements_however_much_there_is(rolled_story, duty):
    def cost() -> int:
        with rolled_story.open_work("yangcheng", reads=True) as work:
            live = running(work, rolled_story.launched)
            with statements(work) as seen:
                reporting.overview(work, live, Asked(duty))
            return len(seen)

    before = cost()
    hand_in(rolled_story, "north", 隐患数=1)
    rolled_story.day("2025-01-15")
    assert cost() == before <= 10


def test_what_goes_up_tells_of_each_level_and_what_comes_is_added_to_it(rolled_story):
    story = rolled_story
    file(story)
    (total,) = story.instances("total")
    with story.open_work("yangcheng") as work:
        live = running(work, story.launched)
        told = levels.sealed(work, live, total)
    assert told == [
        {"kind": "company", "title": "公司", "expected": 2, "filed": 0, "on_time": 0, "accepted": 0, "missing": ["北山煤业公司", "南坪煤业公司"]},
        {"kind": "mine", "title": "煤矿", "expected": 2, "filed": 2, "on_time": 2, "accepted": 2, "missing": []},
    ]  # fmt: skip
    pine = story.instances("figures", unit="pine")[0]
    with story.open_work("yangcheng") as work:
        levels.take_in(
            work,
            pine.id,
            [
                {**told[1], "missing": ["甲矿"], "expected": 10, "filed": 9},
                {"kind": 3},
                "what",
                {"kind": "x", "expected": -1},
            ],
        )
    with story.open_work("yangcheng") as work:
        again = {one["kind"]: one for one in levels.sealed(work, running(work, story.launched), total)}
    assert again["mine"]["expected"] == 12 and again["mine"]["missing"] == ["松岭煤矿/甲矿"]
    below = [one for one in overview(story, duty="figures").levels if one.below]
    assert [(one.kind, one.counts.expected, one.missing) for one in below] == [
        ("mine", 10, ("松岭煤矿/甲矿",))
    ]
