"""Invented units: plausible, plainly not real, and such that selectors mean them."""

from __future__ import annotations

import pytest

from engine.rehearsal import Rehearsal, invent, kinds, make_stage, needed_kinds
from engine.selection import picked
from tenants.calendar import Calendar
from tenants.errors import Invalid
from tests.engine.rehearsal.staged import package

MINE = "mine: {title: 各煤矿, unit: \"kind == 'mine' and status in ['生产', '建设']\"}"


def changed(condition: str):
    return package({MINE: f'mine: {{title: 各煤矿, unit: "{condition}"}}'})


def test_without_a_wish_there_is_one_unit_of_each_kind_that_is_needed():
    made = package()
    assert list(needed_kinds(made)) == ["mine", "company", "section", "crew"]
    assert kinds(invent(made).units()) == {
        "bureau": 1,
        "office": 2,
        "company": 1,
        "mine": 1,
        "section": 1,
        "crew": 1,
    }


def test_as_many_are_invented_as_are_wished_for_and_stand_below_each_other():
    cast = invent(package(), {"mine": 12, "company": 3, "crew": 0})
    assert kinds(cast.units()) == {"bureau": 1, "office": 2, "company": 3, "mine": 12, "section": 1}
    over = [cast.ancestors(unit)[1].name for unit in cast.units() if unit.kind == "mine"]
    assert len(set(over)) == 3
    assert len({unit.name for unit in cast.units()}) == len(cast)
    assert all("虚拟" in unit.name for unit in cast.units())


def test_every_actor_means_somebody():
    made = package()
    cast = invent(made, {"mine": 3})
    for name, actor in made.actors.items():
        if actor.kind != "line" and "subject" not in actor.above:
            assert picked(cast, made, [name], cast.units()), name


def test_whoever_stands_above_others_does_so_among_the_invented():
    made = package(
        {MINE: f"{MINE}\n  regulator: {{title: 监管部门, above: mine, unit: \"kind == 'county'\"}}"}
    )
    cast = invent(made, {"mine": 2})
    assert [pick.unit.kind for pick in picked(cast, made, ["regulator"], cast.units()) if pick.unit] == [
        "county"
    ]


@pytest.mark.parametrize(
    "condition",
    [
        "kind == 'mine' and output > 90", "kind == 'mine' and output >= 120 and output < 200", "kind == 'mine' and method != '井工'",
        "kind == 'mine' and outsourced", "kind in ['mine'] and not closed", "kind == 'mine' and 100 <= output",
        "kind == 'mine' and (method == '露天' or output > 500) and shifts == 4", "kind == 'quarry' and class_ not in ['一级']",
    ],
)  # fmt: skip
def test_attributes_are_such_that_the_selector_holds(condition):
    made = changed(condition)
    cast = invent(made)
    assert len(picked(cast, made, ["mine"], cast.units())) == 1


def test_of_several_the_selectors_of_one_kind_all_mean_some():
    made = package(
        {MINE: f"{MINE}\n  open: {{title: 露天矿, unit: \"kind == 'mine' and method == '露天'\"}}\n"
               f"  deep: {{title: 井工矿, unit: \"kind == 'mine' and method == '井工'\"}}"}
    )  # fmt: skip
    cast = invent(made, {"mine": 4})
    assert len(picked(cast, made, ["open"], cast.units())) == 2
    assert len(picked(cast, made, ["deep"], cast.units())) == 2


def test_a_kind_that_nobody_reads_is_refused_with_the_nearest():
    with pytest.raises(Invalid) as refused:
        invent(package(), {"mne": 3})
    assert "mine" in str(refused.value.do)
    with pytest.raises(Invalid):
        invent(package(), {"mine": 30_000})


def test_the_same_is_invented_each_time():
    assert invent(package(), {"mine": 5}).units() == invent(package(), {"mine": 5}).units()


def test_an_invented_county_can_be_rehearsed():
    made = package()
    rehearsal = Rehearsal(make_stage(made, invent(made, {"mine": 12}), calendar=Calendar()))
    assert sum(line.id == "monthly" for line in rehearsal.lines()) == 3 * 12
