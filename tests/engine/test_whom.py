"""Actors that are somebody only as seen from a unit: what stands above it, what an attribute of it names; one for each it is about."""

from __future__ import annotations

import pytest

from engine import owing
from engine.actors import near
from engine.rehearsal import Rehearsal
from engine.rehearsal.invent import invent
from engine.rehearsal.stage import make_stage
from engine.running import running
from tenants.models import Unit
from tests.engine.package import CAMPAIGN, files
from tests.engine.story import Story, begun
from workflows.check import check
from workflows.package import read_files

ACTORS = """\
  owner: {title: 所属公司, above: subject, unit: "kind == 'company'"}
  branch: {title: 驻地执法处, named_by: 执法处, unit: "kind == 'office'"}
  office:"""
DUTIES = """\
duties:
  company_check: {title: 公司逐矿检查, by: owner, about: mine, form: plan, start: 2024-11-01, clause: 一}
  branch_watch: {title: 逐矿监察, by: [branch, office], about: mine, form: plan, start: 2024-11-01, hidden: about, clause: 一}
  told: {title: 报执法处, by: mine, to: branch, form: plan, start: 2024-11-01, clause: 一}
  owner_asked: {title: 公司核实, by: owner, form: plan, on: {demand: office, about: mine}, clause: 一}
"""


def package(**changed: str) -> dict[str, bytes]:
    campaign = CAMPAIGN.replace("  office:", ACTORS, 1).replace("duties:\n", DUTIES, 1)
    for old, new in changed.items():
        campaign = campaign.replace(old, new, 1)
    return {**files(), "campaign.yaml": campaign.encode()}


def mark(story: Story, code: str, word: str | None) -> owing.Effects:
    """Write who the branch is into an attribute of a unit."""
    with story.open_work("yangcheng", "admin") as work:
        unit = story.open_work.world.unit(code)
        return owing.change_unit(work, unit, attributes={"执法处": word} if word else {})


@pytest.fixture
def story(open_work, clock) -> Story:
    told = begun(open_work, clock, package())
    mark(told, "north", "煤矿安全监管股")
    mark(told, "plain", "safety")
    told.launch()
    assert not told.errors
    return told


def pairs(story: Story, duty: str) -> set[tuple[str, str]]:
    codes = {
        story.open_work.world.unit(code): code
        for code in ("bureau", "safety", "north", "south", "pine", "plain")
    }
    return {
        (codes.get(one.unit_id, "?"), codes.get(one.about_id, "?"))
        for one in story.instances(duty)
        if one.state != "released"
    }


def test_a_company_owes_one_for_each_of_its_own_mines_and_none_for_anothers(story: Story) -> None:
    assert pairs(story, "company_check") == {("north", "pine"), ("south", "plain")}


def test_who_an_attribute_names_by_name_or_code_is_found_on_the_unit_or_above_it(story: Story) -> None:
    with story.open_work("yangcheng") as work:
        live = running(work, story.launched)
        for code in ("pine", "plain", "pine-dig"):
            pick = near(
                work,
                live.package,
                "branch",
                work.session.get(Unit, (work.tenant.id, story.open_work.world.unit(code))),
            )
            assert pick is not None and pick.unit is not None and pick.unit.code == "safety"
        south = work.session.get(Unit, (work.tenant.id, story.open_work.world.unit("south")))
        assert near(work, live.package, "branch", south) is None


def test_several_that_owe_one_for_each_owe_it_once_where_they_are_the_same(story: Story) -> None:
    # The office that holds the post is the branch of both mines.
    assert pairs(story, "branch_watch") == {("safety", "pine"), ("safety", "plain")}


def test_a_report_goes_to_whom_the_attribute_names(story: Story) -> None:
    story.do("pine", "told", "fill")
    assert story.find("clerk", "told", unit="pine").desk_id == story.open_work.world.unit("safety")


def test_a_demand_about_a_mine_is_owed_by_whoever_stands_above_that_mine(story: Story) -> None:
    story.demand("clerk", "owner_asked", about="plain")
    assert pairs(story, "owner_asked") == {("south", "plain")}


def test_an_attribute_that_changes_lets_go_and_opens(story: Story) -> None:
    assert pairs(story, "told") == {("pine", "?"), ("plain", "?")}
    with story.open_work("yangcheng", "admin") as work:
        unit = work.session.get(Unit, (work.tenant.id, story.open_work.world.unit("pine")))
        owing.change_unit(work, unit.id, parent_id=story.open_work.world.unit("south"))
    assert pairs(story, "company_check") == {("south", "pine"), ("south", "plain")}


def test_a_rehearsal_invents_a_branch_for_each_mine_and_pairs_them_alike() -> None:
    made = read_files(package())[0]
    assert made is not None
    cast = invent(made, {"mine": 4, "company": 2})
    rehearsal = Rehearsal(make_stage(made, cast))
    found = [(line.unit, line.about) for line in rehearsal.lines() if line.id == "company_check"]
    assert len(found) == len({about for _, about in found}) == 4
    mines = {unit.name: unit for unit in cast.units()}
    assert all(cast.ancestors(mines[about])[1].name == unit for unit, about in found if about)
    assert {line.unit for line in rehearsal.lines() if line.id == "branch_watch"} != {None}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("by: owner, about: mine", "by: owner", "但没有写明所涉单位"),
        ("named_by: 执法处", "named_by: name", "“name”不是单位的属性"),
        ("named_by: 执法处", "named_by: plan", "“plan”不是单位的属性"),
    ],
)
def test_what_can_never_mean_anybody_is_refused(old: str, new: str, said: str) -> None:
    assert any(said in str(one.what) for one in check(package(**{old: new})))
    assert not [one for one in check(package()) if one.level == "error"]
