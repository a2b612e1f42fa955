"""Units that live in memory only: read from a file, or copied from a tenant."""

from __future__ import annotations

import pytest

from engine.actors import all_units
from engine.rehearsal import of_tenant, read_units
from engine.rehearsal.cast import Extra
from tenants.errors import Invalid
from tenants.roster.unit_table import table
from tenants.sheets import write_csv, write_xlsx
from tests.engine.rehearsal.staged import package

HEADS = ["名称", "类别", "上级单位", "状态", "生产能力（万吨/年）", "外包", "岗位"]
ROWS = [
    ["北岭矿", "煤矿", "北山公司", "生产", 120, "是", None],
    ["北山公司", "公司", None, None, None, None, None],
    ["监管股", "office", None, None, None, None, "leading_group、leader"],
]
YAML = """\
- {name: 北岭矿, kind: mine, parent: 北山公司, status: 生产, output: 120, 外包: 是}
- {名称: 北山公司, 类型: company}
- {name: 监管股, kind: office, posts: [leading_group, leader]}
"""


def facts_of(unit):
    """Return what selectors may read of a unit, but for its id, which is another wherever it stands."""
    return {name: value for name, value in unit.facts().items() if name != "id"}


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (write_csv(HEADS, ROWS), "units.csv"),
        (write_xlsx(HEADS, ROWS), "units.xlsx"),
        (YAML.encode(), "units.yaml"),
    ],
    ids=["csv", "xlsx", "yaml"],
)
def test_units_are_read_from_a_file_in_any_order_as_the_import_takes_them(data, name):
    cast = read_units(data, name)
    found = {unit.name: unit for unit in cast.units()}
    assert set(found) == {"北山公司", "北岭矿", "监管股"}
    mine = found["北岭矿"]
    assert {**facts_of(mine), "code": ""} == {
        "name": "北岭矿", "kind": "mine", "status": "生产", "code": "", "output": 120, "外包": "是",
    }  # fmt: skip
    assert [unit.name for unit in cast.ancestors(mine)] == ["北岭矿", "北山公司"]
    assert cast.home_of("leader") == found["监管股"]
    assert cast.home_of("nobody") is None


def told(text: str, name: str = "units.csv") -> list[str]:
    with pytest.raises(Invalid) as refused:
        read_units(text.encode(), name)
    return [str(one.what) for one in refused.value.problems]


def test_everything_that_is_wrong_is_said_at_once():
    found = told("名称,类别,上级单位\n甲矿,煤矿,没有的公司\n乙矿,采石场,\n")
    assert len(found) == 2
    assert "没有的公司" in found[0] and "采石场" in found[1]
    assert told("- 甲矿\n", "units.yaml") == ["文件里不是单位的列表"]
    assert told("name: 甲矿\n", "units.yaml") == ["文件里不是单位的列表"]


def test_a_kind_that_only_the_package_knows_is_taken():
    text = "名称,类别\n甲场,quarry\n"
    assert [unit.kind for unit in read_units(text.encode(), "units.csv", ["quarry"]).units()] == ["quarry"]


def test_units_that_are_not_in_use_stay_away():
    text = "名称,类别,上级单位,在用\n甲矿,mine,,否\n一班,crew,,是\n"
    assert [unit.name for unit in read_units(text.encode(), "units.csv").units()] == ["一班"]


def test_what_a_tenant_exports_can_be_rehearsed(open_work):
    with open_work("yangcheng") as work:
        columns, rows = table(all_units(work))
        own = of_tenant(work, package())
    again = read_units(write_xlsx(columns, rows), "单位.xlsx")
    assert sorted(map(str, (facts_of(unit) for unit in again.units()))) == sorted(
        map(str, (facts_of(unit) for unit in own.units()))
    )


def test_a_tenants_own_units_stand_as_they_are_today(open_work, world):
    with open_work("yangcheng") as work:
        cast = of_tenant(work, package())
        assert all(isinstance(unit, Extra) for unit in cast.units())
        pine = next(unit for unit in cast.units() if unit.id == world.unit("pine"))
        assert [unit.name for unit in cast.ancestors(pine)] == ["松岭煤矿", "北山煤业公司"]
        home = cast.home_of("leading_group")
        assert home is not None and home.name == "煤矿安全监管股"
