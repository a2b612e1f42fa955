"""Desks: nothing is sent where nobody sits."""

from __future__ import annotations

import pytest

from engine.actors import Pick
from engine.desks import Desks
from engine.owing import change_unit
from tenants import directory
from tests.engine.story import PLAN


@pytest.fixture
def desk(running_story):
    """Tells the code of the unit and the post where a task for a unit's post lands."""
    story = running_story
    codes = {
        key: code for (tenant, code), key in story.open_work.world.units.items() if tenant == "yangcheng"
    }

    def ask(unit, post=None):
        with story.open_work("yangcheng") as work:
            found = directory.unit(work, story.open_work.world.unit(unit)) if unit else None
            desk_id, post = Desks(work).address(Pick(found, post))
            return codes.get(desk_id), post

    return ask


def test_a_task_lands_with_the_post_that_somebody_holds(desk):
    assert desk("pine", "mine_head") == ("pine", "mine_head")
    assert desk("pine") == ("pine", None)
    assert desk("", "leading_group") == (None, "leading_group")


def test_a_post_that_nobody_holds_falls_to_the_units_staff(desk):
    assert desk("pine", "safety_head") == ("pine", None)


def test_a_unit_without_staff_is_served_by_the_desk_above_it_or_waits_for_its_first(desk):
    assert desk("bureau") == ("bureau", None)
    assert desk("south") == ("south", None)


def test_a_post_that_nobody_in_the_county_holds_falls_to_the_authority(desk):
    assert desk("", "night_watch") == ("safety", None)
    assert desk("") == ("safety", None)


def test_a_crew_without_an_account_is_served_by_its_section(running_story):
    story = running_story
    with story.open_work("yangcheng", "admin") as work:
        above = story.open_work.world.unit("pine-dig")
        crew = directory.add_unit(work, "crew-1", "一班", "crew", parent_id=above)
        change_unit(work, crew.id)
        assert Desks(work).address(Pick(crew))[0] == above
    found = [one for one in story.todo("pine-dig") if one.duty == "daily"]
    assert {one.unit_id for one in found} == {crew.id, above}
    (task,) = [one for one in found if one.unit_id == crew.id]
    assert story.complete("pine-dig", task.id, PLAN).state == "done"


def test_a_duty_of_a_post_that_is_vacant_can_still_be_worked_off(running_story):
    story = running_story
    story.demand("clerk", "late")
    assert story.do("clerk", "late", "fill").done_name == "经办人丙"
