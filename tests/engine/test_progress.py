"""Progress: who has filed, who is missing, who was late."""

from __future__ import annotations

from datetime import date

import pytest

from engine import owing, progress
from engine.running import running
from tenants.models import Unit
from tests.engine.story import ACCEPTED


def cells(story, login="admin", duty="plan"):
    """Return unit -> (state, late) of the first occurrence."""
    with story.open_work("yangcheng", login, reads=True) as work:
        columns = progress.columns(work, running(work, story.launched), duty=duty).get(duty, [])
        return {cell.unit: (cell.state, cell.late) for cell in columns[0].cells} if columns else {}


def test_a_report_is_open_then_filed_then_accepted_and_missing_when_its_day_is_over(story):
    story.launch("2024-10-28")
    assert set(cells(story).values()) == {("open", False)}
    story.do("pine", "plan", "fill")
    assert cells(story)["松岭煤矿"] == ("filed", False)
    story.do("clerk", "plan", "review", ACCEPTED)
    story.day("2024-10-31", hour=23)
    assert cells(story)["南坪露天煤矿"] == ("open", False), "the day is not over yet"
    story.day("2024-11-01", hour=0)
    assert cells(story) == {
        "松岭煤矿": ("accepted", False), "南坪露天煤矿": ("missing", False),
        "北山煤业公司": ("missing", False), "南坪煤业公司": ("missing", False),
    }  # fmt: skip


def test_a_report_handed_in_after_its_day_is_late_even_when_it_is_accepted(running_story):
    story = running_story
    story.do("pine", "plan", "fill")
    assert cells(story)["松岭煤矿"] == ("filed", True)
    story.do("clerk", "plan", "review", ACCEPTED)
    assert cells(story)["松岭煤矿"] == ("accepted", True)


def test_one_that_was_returned_keeps_the_day_of_its_first_handing_in(story):
    story.launch("2024-10-31")
    story.do("pine", "plan", "fill")
    story.day("2024-11-03")
    story.do("clerk", "plan", "review", {"结论": "退回"})
    story.do("pine", "plan", "fill")
    story.do("clerk", "plan", "review", ACCEPTED)
    assert cells(story)["松岭煤矿"] == ("accepted", False)


def test_one_that_was_sent_back_is_returned_until_it_is_handed_in_again(running_story):
    story = running_story
    for answers in ({"结论": "退回"}, ACCEPTED):
        story.do("pine", "plan", "fill")
        assert cells(story)["松岭煤矿"] == ("filed", True)
        story.do("clerk", "plan", "review", answers)
        agree(story)
        assert cells(story)["松岭煤矿"] == ("returned" if answers != ACCEPTED else "accepted", True)


def test_units_stand_in_the_order_of_the_tree(running_story):
    with running_story.open_work("yangcheng", "admin", reads=True) as work:
        live = running(work, running_story.launched)
        (column,) = progress.columns(work, live, duty="plan")["plan"]
        paths = [work.session.get_one(Unit, (work.tenant.id, cell.unit_id)).path for cell in column.cells]
    assert paths == sorted(paths) and len(paths) == 4


def test_a_mine_sees_its_own_cell_a_company_its_mines_and_the_bureau_all(running_story):
    story = running_story
    assert set(cells(story, "pine")) == {"松岭煤矿"}
    assert set(cells(story, "north")) == {"北山煤业公司", "松岭煤矿"}
    assert set(cells(story, "creek")) == set()
    assert len(cells(story, "admin")) == 4


def test_a_mine_that_resumed_has_one_cell_and_not_two(running_story):
    story = running_story
    for status in ("停产", "生产"):
        with story.open_work("yangcheng", "admin") as work:
            owing.change_unit(work, story.open_work.world.unit("pine"), status=status)
    assert cells(story, duty="self_check") == {"松岭煤矿": ("open", False), "南坪露天煤矿": ("open", False)}


def test_the_totals_and_the_missing_agree_with_the_cells(running_story):
    story = running_story
    story.do("pine", "plan", "fill")
    late, count, totals, column = agree(story)
    assert count == 3 == totals["missing"] and {one.unit for one in late} == {
        one.unit for one in column.missing
    }
    assert not any(one.own for one in late)


def agree(story):
    """Check that the database counts as the cells do; return who is missing, how many, the counts and the cells."""
    with story.open_work("yangcheng", "admin", reads=True) as work:
        live = running(work, story.launched)
        totals = progress.totals(work, live)["plan"].counts
        (column,) = progress.columns(work, live, duty="plan")["plan"]
        late, count = progress.missing(work, live, 10)
    assert {key: totals[key] for key in progress.CELLS} == {key: column.counts[key] for key in progress.CELLS}
    return late, count, totals, column


@pytest.mark.parametrize(
    ("state", "filed", "due", "told"),
    [("running", None, None, "open"), ("stuck", None, None, "stuck"), ("released", None, None, "released")],
)
def test_an_undated_duty_is_never_missing(state, filed, due, told):
    assert progress.cell_state(state, filed, due, date(2030, 1, 1)) == told
