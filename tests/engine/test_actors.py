"""Actors: whom a selector means, and whom it means as seen from one unit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import actors, selection
from engine.running import running
from forms.expression import EvaluationError, compile_expression
from tenants import directory
from tenants.models import Unit
from tests.engine.story import statements
from workflows.elements import Actor


@pytest.fixture
def asks(running_story):
    """Tells the names of whom actors mean, all of them or as seen from a unit."""
    story = running_story

    def ask(*names, seen_from=None, held=()):
        with story.open_work("yangcheng") as work:
            package = running(work, story.launched).package
            if seen_from is None:
                units = actors.all_units(work)
                return [
                    (p.unit.name if p.unit else "", p.post)
                    for p in actors.picked(work, package, names, units)
                ]
            unit = directory.unit(work, story.open_work.world.unit(seen_from))
            pick = actors.near(work, package, names[0], unit, held=held)
            return (pick.unit.name if pick.unit else "", pick.post) if pick else None

    return ask


def test_a_selector_means_the_units_for_which_it_holds_today(asks):
    assert asks("mine") == [("松岭煤矿", None), ("南坪露天煤矿", None)]
    assert asks("crew") == [("松岭煤矿采煤队", None)]
    assert asks("company", "mine", "mine") == [
        ("北山煤业公司", None), ("南坪煤业公司", None), ("松岭煤矿", None), ("南坪露天煤矿", None),
    ]  # fmt: skip


def test_a_post_means_the_office_of_its_holder_or_one_in_each_unit(asks):
    assert asks("office") == [("煤矿安全监管股", "leading_group")]
    assert asks("nobody") == [("", "night_watch")]
    assert ("松岭煤矿", "mine_head") in asks("head")


def test_as_seen_from_a_unit_it_is_the_nearest_that_fits(asks):
    assert asks("mine", seen_from="pine-dig") == ("松岭煤矿", None)
    assert asks("company", seen_from="pine") == ("北山煤业公司", None)
    assert asks("head", seen_from="pine") == ("松岭煤矿", "mine_head")
    assert asks("head", seen_from="north") == ("北山煤业公司", "mine_head")
    assert asks("enterprise", seen_from="pine-dig") == ("松岭煤矿", None)
    assert asks("enterprise", seen_from="north") == ("北山煤业公司", None)
    assert asks("office", seen_from="pine") == ("", "leading_group")


def test_what_concerns_one_mine_never_goes_to_its_neighbour(asks):
    # The stopped mine fits no more, and only others do.
    assert asks("mine", seen_from="creek") is None
    assert asks("mine", seen_from="creek", held={"mine"}) == ("石溪煤矿", None)
    assert asks("mine", seen_from="bureau") is None
    assert asks("head", seen_from="creek") == ("北山煤业公司", "mine_head")


def test_picking_for_many_units_asks_the_database_once(running_story):
    story = running_story
    with story.open_work("yangcheng") as work:
        above = story.open_work.world.unit("pine")
        for number in range(60):
            directory.add_unit(work, f"crew-{number}", f"{number}班", "crew", parent_id=above)
    with story.open_work("yangcheng") as work:
        package = running(work, story.launched).package
        with statements(work) as seen:
            units = actors.all_units(work)
            assert len(actors.picked(work, package, ["crew"], units)) == 61
            for unit in units:
                actors.near(work, package, "enterprise", unit)
        assert len(seen) == 1


def test_a_selector_that_takes_long_for_one_unit_is_refused_before_it_is_asked_for_thousands():
    ones = ",".join("1" * 60)
    heavy = compile_expression(f"sum([{ones}], sum([{ones}], 1)) > 0 and kind == 'mine'")
    heavy.evaluate({"kind": "mine"})  # by itself it may take that long
    actor = Actor(id="mine", title="各煤矿", kind="unit", unit=heavy)
    with pytest.raises(EvaluationError, match="太多"):
        selection.fits(actor, Unit(kind="mine", name="松岭煤矿", attributes={}))
    every = compile_expression(
        f"kind == 'mine' and name in [{','.join(repr(f'煤矿{n}') for n in range(400))}]"
    )
    assert selection.fits(replace(actor, unit=every), Unit(kind="mine", name="煤矿399", attributes={}))
