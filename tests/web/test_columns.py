"""Tables of plain text, in which a Chinese character takes two places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.columns import bar, padded, row, width, wrapped


def test_a_chinese_character_takes_two_places():
    assert width("煤矿 A1。") == 9
    assert padded("煤矿", 6) + "|" == "煤矿  |"
    assert padded("12", 4, right=True) == "  12"


@given(st.text(max_size=200), st.integers(2, 40))
def test_wrapping_keeps_every_character_and_every_limit(text, places):
    lines = wrapped(text, places)
    assert lines and all(width(line) <= places for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_no_line_begins_with_what_closes_or_ends_with_what_opens():
    assert wrapped("甲乙丙，丁", 6) == ["甲乙", "丙，丁"]
    assert wrapped("甲乙（丙）", 6) == ["甲乙", "（丙）"]
    assert wrapped("due 2024-11-05", 12) == ["due", "2024-11-05"]


def test_the_cells_of_a_row_stay_in_their_columns():
    assert list(row(["甲乙丙", "x"], [4, 3])) == ["甲乙  x", "丙"]


@pytest.mark.parametrize(("part", "shown"), [(0, ""), (0.0001, "▏"), (0.5, "█████"), (1, "██████████")])
def test_a_bar_fills_its_part_and_something_is_never_nothing(part, shown):
    assert bar(part, 10) == shown
