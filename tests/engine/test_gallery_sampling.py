"""Jilin's look back at work: each team sets its share, the system draws, and whoever was drawn is visited one by one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import drawn, draws
from engine.draw_models import LotDraw
from engine.models import Task
from tenants import directory
from tests.engine.story import Story
from tests.engine.test_gallery_jilin import JILIN
from tests.engine.test_gallery_runs import example, told
from tests.world import whole_province


@pytest.fixture
def jilin(open_work, clock) -> Story:
    """A team, a city, a key mine and two others, one of which another team looks at, all in one tenant."""
    whole_province()
    story = told(open_work, clock, JILIN)
    unit = open_work.world.unit
    with open_work("yangcheng", "admin") as work:
        directory.change_unit(work, unit("safety"), kind="team")
        directory.change_unit(work, unit("north"), kind="city")
        directory.change_unit(work, unit("pine"), attributes={"类别": "井工煤矿"})
        directory.change_unit(
            work, unit("creek"), kind="mine", status="停产", attributes={"类别": "井工煤矿"}
        )
        others = {"类别": "金属非金属露天矿山", "督导检查组": "另一个组"}
        directory.change_unit(work, unit("plain"), attributes=others)
    story.launch("2023-10-08")
    story.do("author", "look_back", "确定抽查比例", example(JILIN, "sampling-plan", 抽查比例=50))
    return story


def test_cities_and_key_mines_are_all_on_the_list_and_of_the_others_the_share(jilin) -> None:
    task = jilin.find("author", "look_back", "抽取名单")
    with jilin.open_work("yangcheng", "author") as work:
        draws.draw(work, task.id, "名单")
    (row,) = jilin.rows(select(LotDraw))
    listed = {one["label"]: (one["group"], one["kept"]) for one in row.frame}
    assert listed == {
        "北山煤业公司": ("市（州）", True), "松岭煤矿": ("重点矿山", True), "石溪煤矿": ("其他矿山", False),
    }  # fmt: skip
    assert row.numbers["其他矿山"] == 1
    names = [lot.label for lot in drawn.result(row)]
    assert names == ["北山煤业公司", "松岭煤矿", "石溪煤矿"]

    jilin.complete("author", task.id, {})
    visits = jilin.rows(select(Task).where(Task.duty == "look_back", Task.name == "逐一检查"))
    assert sorted(one.item for one in visits) == sorted(names)
