"""Periods as people count them, against a plain count of days."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.periods import EACH, Each, each_period, first_day, last_day, name_of

DAYS = st.dates(date(1999, 1, 1), date(2050, 12, 31))


def same_period(each: Each, one: date, other: date) -> bool:
    """Whether two days lie in one period, said by what stands in a calendar and in no other way."""
    tenth = [min((day.day - 1) // 10, 2) for day in (one, other)]
    keys = {
        "day": (one, other),
        "week": (one.isocalendar()[:2], other.isocalendar()[:2]),
        "ten_days": ((one.year, one.month, tenth[0]), (other.year, other.month, tenth[1])),
        "month": ((one.year, one.month), (other.year, other.month)),
        "quarter": ((one.year, one.month in (1, 2, 3), one.month in (4, 5, 6), one.month in (7, 8, 9)),
                    (other.year, other.month in (1, 2, 3), other.month in (4, 5, 6), other.month in (7, 8, 9))),
        "half_year": ((one.year, one.month < 7), (other.year, other.month < 7)),
        "year": (one.year, other.year),
    }  # fmt: skip
    return keys[each][0] == keys[each][1]


@given(st.sampled_from(EACH), DAYS)
def test_a_period_is_all_days_in_a_row_that_lie_in_it(each: Each, day: date):
    first = last = day
    while same_period(each, first - timedelta(days=1), day):
        first -= timedelta(days=1)
    while same_period(each, last + timedelta(days=1), day):
        last += timedelta(days=1)
    assert (first_day(each, day), last_day(each, day)) == (first, last)


@given(st.sampled_from(EACH), DAYS, st.integers(0, 500))
def test_periods_follow_each_other_without_a_gap_and_have_names_of_their_own(each: Each, start: date, n: int):
    end = start + timedelta(days=n)
    found = list(each_period(each, start, end))
    days = [first + timedelta(days=i) for first, last in found for i in range((last - first).days + 1)]
    assert days == [days[0] + timedelta(days=i) for i in range(len(days))]
    assert days[0] <= start and end <= days[-1]
    assert len({name_of(each, first) for first, _ in found}) == len(found)


@pytest.mark.parametrize(
    ("each", "name", "last"),
    [
        ("year", "2024", date(2024, 12, 31)),
        ("half_year", "2024-H1", date(2024, 6, 30)),
        ("quarter", "2024-Q1", date(2024, 3, 31)),
        ("month", "2024-02", date(2024, 2, monthrange(2024, 2)[1])),
        ("ten_days", "2024-02-29", date(2024, 2, 29)),
        ("week", "2024-W09", date(2024, 3, 3)),
        ("day", "2024-02-28", date(2024, 2, 28)),
    ],
)
def test_periods_are_named_as_people_name_them(each: Each, name: str, last: date):
    assert (name_of(each, date(2024, 2, 28)), last_day(each, date(2024, 2, 28))) == (name, last)
