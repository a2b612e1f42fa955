"""What people write in a spreadsheet, as the form wants it, and back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.cells import BadCell, Surroundings, read_cell, show_cell
from forms.columns import Column

COUNTY = Surroundings(ZoneInfo("Asia/Shanghai"), {"u1": "北岭煤矿", "u2": "南坪煤矿", "u3": "南坪煤矿"})
LEVELS = (("minor", "一般"), ("major", "重大"))


def read(kind: str, cell: Any, **more: Any) -> Any:
    return read_cell(Column("栏", "栏", kind=kind, **more), cell, COUNTY)


@pytest.mark.parametrize("cell", [None, ""])
def test_a_blank_cell_is_no_answer(cell: Any) -> None:
    assert read("number", cell) is None


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (12, 12), (Decimal("0.3"), 0.3), ("1,234.5", 1234.5), ("１，２３４", 1234), (" 12 吨", 12), ("12吨", 12), ("85%", 0.85),
        ("-3", -3), ("1 234", 1234),
    ],
)  # fmt: skip
def test_a_number_is_understood_as_people_write_it(cell: Any, number: float) -> None:
    assert read("number", cell, unit="吨") == number


@pytest.mark.parametrize("cell", ["85%", "８５％", 85, "85", Decimal(85)])
def test_a_percentage_is_its_number(cell: Any) -> None:
    assert read("number", cell, unit="%") == 85


@pytest.mark.parametrize("cell", ["约十", True, "12,34", "1e400", date(2024, 11, 5), 2**60, "NaN"])
def test_what_is_no_number_is_refused_with_the_fields_name(cell: Any) -> None:
    with pytest.raises(BadCell) as bad:
        read("number", cell)
    assert str(bad.value.what) == "“栏”要填数字。"


def test_an_integer_takes_no_fraction() -> None:
    assert read("integer", Decimal("12.0")) == 12 and isinstance(read("integer", Decimal("12.0")), int)
    with pytest.raises(BadCell, match="整数"):
        read("integer", "12.5")


@pytest.mark.parametrize(
    "cell",
    [
        date(2024, 11, 5), datetime.fromisoformat("2024-11-05"), "2024-11-05", "2024/11/5", "2024.11.5", "2024年11月5日", "2024 年 11 月 5 日",
        "２０２４－１１－０５", "20241105", 20241105, 45601, "2024-11-05 00:00:00", "2024年11月5号",
    ],
)  # fmt: skip
def test_a_day_is_understood_in_every_way_that_people_write_it(cell: Any) -> None:
    assert read("date", cell) == "2024-11-05"


@pytest.mark.parametrize(
    "cell", ["2024-13-01", "2023-02-29", "明天", 5, True, "05/11/2024", Decimal("45601.5")]
)
def test_a_day_that_does_not_exist_or_can_be_read_two_ways_is_refused(cell: Any) -> None:
    with pytest.raises(BadCell, match="日期"):
        read("date", cell)


@pytest.mark.parametrize(
    "cell", ["2024-11", "2024年11月", "2024/11", "202411", date(2024, 11, 1), "2024年11月份"]
)
def test_a_month_is_understood(cell: Any) -> None:
    assert read("month", cell) == "2024-11"


@pytest.mark.parametrize(
    "cell",
    [
        "2024-11-05 08:30",
        datetime.fromisoformat("2024-11-05T08:30"),
        "2024年11月5日8时30分",
        "2024-11-05T08:30",
    ],
)
def test_a_time_without_offset_is_the_tenants(cell: Any) -> None:
    assert read("moment", cell) == "2024-11-05T08:30+08:00"


def test_a_time_with_an_offset_keeps_it() -> None:
    assert read("moment", "2024-11-05T08:30:00+09:00") == "2024-11-05T08:30+09:00"
    with pytest.raises(BadCell):
        read("moment", "8点")


@pytest.mark.parametrize(
    ("cell", "truth"),
    [
        ("是", True),
        ("否", False),
        ("√", True),
        ("×", False),
        (True, True),
        ("YES", True),
        (0, False),
        ("Ｙ", True),
    ],
)
def test_yes_and_no_are_understood(cell: Any, truth: bool) -> None:
    assert read("boolean", cell) is truth


def test_neither_yes_nor_no_is_refused() -> None:
    with pytest.raises(BadCell, match="是"):
        read("boolean", "可能")


@pytest.mark.parametrize("cell", ["major", "重大", " 重大 ", "ＭＡＪＯＲ"])
def test_a_choice_is_known_by_its_value_and_by_its_words(cell: str) -> None:
    assert read("choice", cell, choices=LEVELS) == "major"


def test_another_choice_is_refused_and_the_choices_are_named_not_the_cell() -> None:
    with pytest.raises(BadCell) as bad:
        read("choice", "特大", choices=LEVELS)
    assert "一般、重大" in str(bad.value.do) and "特大" not in str(bad.value.what) + str(bad.value.do)


def test_a_number_may_be_a_choice() -> None:
    assert read("choice", 2, choices=((1, "1"), (2, "2"))) == 2


@pytest.mark.parametrize("cell", ["重大、一般", "一般,重大", "一般；重大", "一般\n重大"])
def test_several_choices_stand_in_one_cell(cell: str) -> None:
    assert read("list", cell, choices=LEVELS) == ["minor", "major"]


def test_an_open_list_takes_other_words() -> None:
    offered = {"choices": (("爆破", "blasting"),), "open": True}
    assert read("text", "blasting", **offered) == "爆破"
    assert read("text", "登高", **offered) == "登高"


def test_a_unit_is_known_by_its_name_unless_two_share_it() -> None:
    assert read("unit", "北岭煤矿") == "u1"
    for name, words in (("南坪煤矿", "同名"), ("东山煤矿", "没有这个单位")):
        with pytest.raises(BadCell, match=words):
            read("unit", name)


def test_text_keeps_what_was_typed() -> None:
    assert read("text", 12) == "12"
    assert read("text", "0012") == "0012"
    assert read("text", date(2024, 11, 5)) == "2024-11-05"
    assert read("text", "第一行\n第二行") == "第一行\n第二行"


def test_a_long_number_that_lost_digits_is_not_taken_for_a_text() -> None:
    with pytest.raises(BadCell, match="太长"):
        read("text", 140522199001011234)


def test_a_formula_that_failed_is_named() -> None:
    with pytest.raises(BadCell, match="公式"):
        read("number", "#DIV/0!")


def test_answers_are_shown_as_people_read_them() -> None:
    def show(kind: str, value: Any, **more: Any) -> Any:
        return show_cell(Column("栏", "栏", kind=kind, **more), value, COUNTY)

    assert show("boolean", True) == "是" and show("date", "2024-11-05") == date(2024, 11, 5)
    assert show("choice", "major", choices=LEVELS) == "重大"
    assert show("list", ["minor", "major"], choices=LEVELS) == "一般、重大"
    assert show("unit", "u1") == "北岭煤矿" and show("number", 0.1) == Decimal("0.1")
    assert show("moment", "2024-11-05T00:30+00:00") == datetime.fromisoformat("2024-11-05T08:30")
    assert show("date", "不知道") == "不知道" and show("text", None) is None


_COLUMNS = st.one_of(
    st.tuples(
        st.just(Column("n", "n", kind="number")), st.floats(-1e9, 1e9).map(lambda one: float(f"{one:.12g}"))
    ),
    st.tuples(st.just(Column("i", "i", kind="integer")), st.integers(-(10**12), 10**12)),
    st.tuples(st.just(Column("d", "d", kind="date")), st.dates(date(1900, 1, 1), date(2999, 1, 1)).map(str)),
    st.tuples(st.just(Column("b", "b", kind="boolean")), st.booleans()),
    st.tuples(st.just(Column("c", "c", kind="choice", choices=LEVELS)), st.sampled_from(["minor", "major"])),
    st.tuples(
        st.just(Column("l", "l", kind="list", choices=LEVELS)),
        st.sampled_from([["minor"], ["minor", "major"]]),
    ),
)


@given(_COLUMNS)
def test_what_is_shown_is_read_as_the_same_answer(case: tuple[Column, Any]) -> None:
    column, value = case
    assert read_cell(column, show_cell(column, value, COUNTY), COUNTY) == value
