"""Lots are drawn by a seed: the same list, numbers and seed give the same, for anybody with a calculator of hashes."""

from __future__ import annotations

import subprocess
from decimal import Decimal
from typing import Any

import pytest

from forms.lots import Lot, drawn, lot_of, number_of
from forms.schema import check_schema

SEED = "5f2c"
ROW = {"type": "object", "properties": {"名称": {"type": "string"}}}


def lots(count: int, group: str = "", kept: int = 0) -> list[Lot]:
    return [Lot(f"{group}{n}", f"{n}号", group, n < kept, {"名称": f"{n}号"}) for n in range(count)]


def keys(found: list[Lot]) -> list[str]:
    return [lot.key for lot in found]


def test_the_lot_is_what_the_shell_says_it_is() -> None:
    said = subprocess.run(
        ["sh", "-c", "printf '%s\\n%s' 5f2c 矿3 | sha256sum"], capture_output=True, text=True, check=True
    )
    assert lot_of(SEED, "矿3") == said.stdout.split()[0]


def test_the_lowest_lots_of_each_group_are_drawn_in_the_order_of_the_list() -> None:
    given = [*lots(20, "甲"), *lots(10, "乙")]
    found = drawn(SEED, given, {"甲": 3, "乙": 2})
    assert [lot.group for lot in found] == ["甲"] * 3 + ["乙"] * 2
    for group, number in (("甲", 3), ("乙", 2)):
        ranked = sorted((one for one in given if one.group == group), key=lambda one: lot_of(SEED, one.key))
        assert {one.key for one in found if one.group == group} == {one.key for one in ranked[:number]}


def test_who_is_drawn_does_not_depend_on_the_order_of_the_list() -> None:
    given = lots(50)
    assert set(keys(drawn(SEED, given, {"": 7}))) == set(keys(drawn(SEED, given[::-1], {"": 7})))


def test_another_seed_draws_others_and_each_about_as_often() -> None:
    given, times = lots(10), dict.fromkeys(keys(lots(10)), 0)
    for seed in range(2_000):
        for key in keys(drawn(str(seed), given, {"": 3})):
            times[key] += 1
    assert all(500 < often < 700 for often in times.values()), times


def test_what_must_be_included_takes_nobody_elses_place() -> None:
    found = drawn(SEED, lots(10, kept=4), {"": 2})
    assert keys(found)[:4] == ["0", "1", "2", "3"] and len(found) == 6


@pytest.mark.parametrize(
    "kind, amount, size, number",
    [
        ("share", Decimal(10), 10, 1),
        ("share", Decimal(10), 11, 2),  # at least the share
        ("share", Decimal("33.3"), 3, 1),
        ("share", Decimal(120), 4, 4),
        ("share", Decimal(0), 4, 0),
        ("share", Decimal(-5), 4, 0),
        ("count", Decimal(3), 2, 2),
        ("count", Decimal(3), 9, 3),
        ("count", None, 9, None),
        ("share", "10", 9, None),
        ("share", True, 9, None),
    ],
)
def test_how_many_are_drawn(kind: str, amount: Any, size: int, number: int | None) -> None:
    assert number_of(kind, amount, size) == number


def form(rule: object, part: dict[str, Any] | None = None) -> dict[str, Any]:
    table = {"type": "array", "title": "名单", "items": ROW, "x-draw": rule, **(part or {})}
    return {"type": "object", "properties": {"名单": table}}


def refused(rule: object, part: dict[str, Any] | None = None) -> str:
    return " ".join(str(one.what) for one in check_schema(form(rule, part)) if one.level == "error")


GOOD: dict[str, Any] = {"from": {"actors": ["mine"]}, "share": "比例", "row": {"名称": "name"}}


def test_a_sound_draw_passes() -> None:
    assert refused(GOOD) == ""
    assert (
        refused({"from": {"ledger": "hazards"}, "count": "3", "group": "级别", "keep": "级别 == '重大'"})
        == ""
    )
    assert refused({"from": {"rows": "plan.对象"}, "count": 3}) == ""


@pytest.mark.parametrize(
    "change, said",
    [
        ({"from": None}, "没有写明从哪里抽"),
        ({"from": {}}, "没有写明从哪里抽"),
        ({"from": {"actors": []}}, "没有写明从哪里抽"),
        ({"from": {"actors": ["a"], "ledger": "b"}}, "没有写明从哪里抽"),
        ({"from": {"rows": 3}}, "没有写明从哪里抽"),
        ({"count": "2"}, "只能写一个"),
        ({"share": None}, "要写表达式"),
        ({"share": "比例 +"}, "表达式有错"),
        ({"keep": True}, "要写表达式"),
        ({"row": {"没有": "name"}}, "不是这张表格的栏"),
        ({"row": "name"}, "栏名: 表达式"),
        ({"seed": "1"}, "没有“seed”这一项"),
    ],
)
def test_nonsense_is_refused(change: dict[str, Any], said: str) -> None:
    assert said in refused({**GOOD, **change})


def test_a_draw_says_how_many_and_stands_at_the_top_and_hides_nothing() -> None:
    assert "没有写抽多少" in refused({key: value for key, value in GOOD.items() if key != "share"})
    inner = {"type": "object", "properties": form(GOOD)["properties"], "title": "组"}
    problems = check_schema({"type": "object", "properties": {"组": inner}})
    assert any("最外层" in str(one.what) for one in problems)
    secret = {"type": "object", "properties": {"名称": {"type": "string", "x-only": "office"}}}
    assert "人人可查" in refused(GOOD, {"items": secret})
    assert "“x-draw”的写法不对" in refused("mine")
