"""A unit for which a selector cannot be worked out is left out by itself; it is told, and made up for."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import actors, campaigns, jobs, owing
from engine.models import Incident
from engine.rehearsal import make_stage
from engine.rehearsal.cast import Cast, place
from engine.running import running
from tenants import directory
from tenants.calendar import Calendar
from tests.engine.package import files
from tests.engine.rehearsal.staged import cast, package, played
from tests.engine.story import Story, begun

MINES = "kind == 'mine' and status in ['生产', '建设']"
RICH = f"{MINES} and 100 / output < 10"
WHY = "“{title}”没有算上松岭煤矿：是不是各煤矿，算不出来（除数是 0）"


@pytest.fixture
def story(open_work, clock) -> Story:
    """The mines are picked by 100 / output, and one of them has an output of 0 written down."""
    found = files()
    found["campaign.yaml"] = found["campaign.yaml"].replace(MINES.encode(), RICH.encode(), 1)
    made = begun(open_work, clock, found)
    output(made, 0)
    return made


def output(story: Story, tons: int) -> owing.Effects:
    with story.open_work("yangcheng", "admin") as work:
        unit = story.open_work.world.unit("pine")
        kept = directory.unit(work, unit).attributes
        return owing.change_unit(work, unit, attributes={**kept, "output": tons})


def told(story: Story) -> dict[str, str]:
    found = story.rows(select(Incident).where(Incident.kind == "doubt", Incident.state == "open"))
    assert len({one.message for one in found}) == len(found), "said once"
    return {one.title: one.message for one in found}


def test_the_others_are_given_their_tasks_and_it_is_told_who_is_left_out(story):
    story.launch()
    assert not story.errors
    assert story.instances("plan", unit="plain") and not story.instances("plan", unit="pine")
    assert told(story)["报送方案"] == WHY.format(title="报送方案")
    story.day("2024-12-10")  # months go by: it is not said again for each
    assert told(story)["报送月报"] == WHY.format(title="报送月报")


def test_once_it_can_be_worked_out_the_unit_owes_what_is_open(story):
    story.launch()
    effects = output(story, 90)
    assert "自查自改" in {one.title for one in effects.arises}
    assert {one.state for one in story.instances("self_check", unit="pine")} == {"running"}


def test_a_retry_makes_up_for_it_and_gives_nobody_anything_twice(story):
    story.launch()
    with story.open_work(
        "yangcheng", "admin"
    ) as work:  # as an import of units would, had it forgotten the campaign
        directory.change_unit(work, story.open_work.world.unit("pine"), attributes={"output": 90})
    for one in story.rows(select(Incident).where(Incident.kind == "doubt")):
        with story.open_work("yangcheng", "admin") as work:
            jobs.retry(work, one.id)
    assert not told(story)
    for unit in ("pine", "plain"):
        assert len(story.instances("self_check", unit=unit)) == 1


def test_whoever_has_a_task_keeps_it_while_nobody_can_tell(story):
    output(story, 90)
    story.launch()
    assert story.instances("self_check", unit="pine")[0].state == "running"
    assert output(story, 0).falls == ()
    assert story.instances("self_check", unit="pine")[0].state == "running"


def test_whoever_looks_sees_the_others(story):
    with story.open_work("yangcheng", "admin") as work:
        plan = campaigns.preview(work, story.package)
        assert WHY.format(title="报送方案") in map(str, plan.left_out)
        mines = next(one.units for one in plan.duties if one.duty.id == "self_check")
        assert "南坪露天煤矿" in mines and "松岭煤矿" not in mines
    story.launch()
    with story.open_work("yangcheng", "admin") as work:
        doubts = []
        live = running(work, story.launched)
        picks = actors.picked(work, live.package, ["mine"], actors.all_units(work), doubts)
        assert [pick.unit.name for pick in picks] == ["南坪露天煤矿"]
        assert [(one.unit.name, one.actor.id) for one in doubts] == [("松岭煤矿", "mine")]


def test_a_rehearsal_remarks_who_is_left_out():
    units = [
        *cast().units(),
        place(90, None, name="零号矿", kind="mine", status="生产", attributes={"output": 0}),
    ]
    for one in units:
        if one.kind == "mine":
            one.attributes.setdefault("output", 90)
    rehearsal, rows = played(make_stage(package({MINES: RICH}), Cast(units), calendar=Calendar()))
    assert {row["unit"] for row in rows if row["id"] == "self_check" and row["kind"] == "task"} == {
        "1号矿",
        "2号矿",
    }
    remarks = [str(one.what) for one in rehearsal.remarks() if one.matter == "doubt"]
    assert "“报送方案”没有算上零号矿：是不是各煤矿，算不出来（除数是 0）" in remarks
