"""The fixtures themselves: the world is there, on both databases, and every test has it to itself."""

from __future__ import annotations

import pytest

from tenants import directory
from tenants.errors import NotFound


def test_a_mine_sees_itself_and_not_its_neighbour(open_work, world):
    with open_work("yangcheng", "pine", reads=True) as work:
        assert {unit.code for unit in directory.units(work)} == {"pine", "pine-dig"}
        with pytest.raises(NotFound):
            directory.unit(work, world.unit("plain"))


@pytest.mark.parametrize("turn", ["first", "second"])
def test_each_test_has_the_world_to_itself(open_work, turn):
    with open_work("yangcheng", "admin") as work:
        directory.add_unit(work, "new", "新矿", "mine")


def test_the_stranger_county_does_not_exist_for_a_member_of_another(open_work, world):
    with pytest.raises(NotFound), open_work("qinshui", "clerk"):
        pass
