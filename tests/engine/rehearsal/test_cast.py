"""Units that live in memory only: read from a file, or copied from a tenant."""

from __future__ import annotations

import pytest

from engine.rehearsal import of_tenant, read_units
from engine.rehearsal.cast import Extra
from tenants.errors import Invalid
from tenants.sheets import write_csv, write_xlsx
from tests.engine.rehearsal.staged import package

HEADS = ["名称", "类型", "上级", "状态", "产量", "外包", "岗位"]
ROWS = [
    ["北岭矿", "mine", "北山公司", "生产", 120, "是", ""],
    ["北山公司", "company", "", "", None, "", ""],
    ["监管股", "office", "", "", None, "", "leading_group、leader"],
]
YAML = """\
- {name: 北岭矿, kind: mine, parent: 北山公司, status: 生产, 产量: 120, 外包: true}
- {名称: 北山公司, 类型: company}
- {name: 监管股, kind: office, posts: [leading_group, leader]}
"""


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (write_csv(HEADS, ROWS), "units.csv"),
        (write_xlsx(HEADS, ROWS), "units.xlsx"),
        (YAML.encode(), "units.yaml"),
    ],
    ids=["csv", "xlsx", "yaml"],
)
def test_units_are_read_from_a_file_in_any_order(data, name):
    cast = read_units(data, name)
    assert [unit.name for unit in cast.units()] == ["北山公司", "北岭矿", "监管股"]
    mine = cast.units()[1]
    assert mine.facts() == {
        "name": "北岭矿",
        "kind": "mine",
        "status": "生产",
        "code": "",
        "产量": 120,
        "外包": True,
    }
    assert [unit.name for unit in cast.ancestors(mine)] == ["北岭矿", "北山公司"]
    assert cast.home_of("leader") == cast.units()[2]
    assert cast.home_of("nobody") is None


def told(text: str, name: str = "units.csv") -> list[str]:
    with pytest.raises(Invalid) as refused:
        read_units(text.encode(), name)
    return [str(one.what) for one in refused.value.problems]


def test_everything_that_is_wrong_is_said_at_once():
    assert told("名称,类型,上级\n甲矿,mine,没有的公司\n乙矿,,\n") == ["第 3 行“类型”列：没有填写"]
    assert told("名称,类型,上级\n甲矿,mine,没有的公司\n乙矿,mine,甲公司\n") == [
        "没有上级“没有的公司”", "没有上级“甲公司”",
    ]  # fmt: skip
    assert told("名称\n甲矿\n") == ["没有“类型”列"]
    assert told("- 甲矿\n", "units.yaml") == ["文件里不是单位的列表"]


def test_units_in_a_circle_are_refused():
    assert told("名称,类型,上级\n甲,mine,乙\n乙,mine,甲\n") == ["“甲”的上级绕成一圈", "“乙”的上级绕成一圈"]


def test_crews_of_one_name_are_fine_until_something_stands_below_one():
    text = "名称,类型,上级,编号\n甲矿,mine,,a\n乙矿,mine,,b\n一班,crew,甲矿,\n一班,crew,乙矿,\n"
    assert len(read_units(text.encode(), "units.csv")) == 4
    assert told(text + "小组,crew,一班,\n") == ["上级“一班”不止一个"]
    assert len(read_units((text + "小组,crew,a,\n").encode(), "units.csv")) == 5


def test_a_tenants_own_units_stand_as_they_are_today(open_work, world):
    with open_work("yangcheng") as work:
        cast = of_tenant(work, package())
        assert all(isinstance(unit, Extra) for unit in cast.units())
        pine = next(unit for unit in cast.units() if unit.id == world.unit("pine"))
        assert [unit.name for unit in cast.ancestors(pine)] == ["松岭煤矿", "北山煤业公司"]
        home = cast.home_of("leading_group")
        assert home is not None and home.name == "煤矿安全监管股"
