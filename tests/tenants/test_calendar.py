"""Working days, whatever the calendar."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tenants.calendar import Calendar, Season

DAYS = st.dates(date(2023, 1, 1), date(2027, 12, 31))
YEAR = [date(2024, 1, 1) + timedelta(days=n) for n in range(366)]
calendars = st.builds(
    Calendar,
    st.frozensets(st.sampled_from([day for day in YEAR if day.weekday() < 5]), max_size=30),
    st.frozensets(st.sampled_from([day for day in YEAR if day.weekday() >= 5]), max_size=20),
)
# The National Day of 2024: off from the 1st to the 7th, the Sunday before and the Saturday after were worked.
NATIONAL_DAY = Calendar(
    frozenset(date(2024, 10, day) for day in (1, 2, 3, 4, 7)),
    frozenset({date(2024, 9, 29), date(2024, 10, 12)}),
)


@given(calendars, DAYS, st.integers(0, 40))
def test_so_many_working_days_lie_between(calendar, start, days):
    end = calendar.add_working_days(start, days)
    between = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert sum(calendar.is_working(day) for day in between) == days
    assert days == 0 or calendar.is_working(end)


@given(calendars, DAYS, st.integers(1, 40))
def test_there_and_back_again(calendar, start, days):
    assume(calendar.is_working(start))
    assert calendar.add_working_days(calendar.add_working_days(start, days), -days) == start


@given(calendars, DAYS, st.integers(0, 20), st.integers(0, 20))
def test_two_spans_one_after_the_other_are_one(calendar, start, first, second):
    whole = calendar.add_working_days(start, first + second)
    assert calendar.add_working_days(calendar.add_working_days(start, first), second) == whole


@given(calendars, DAYS)
def test_rolling_finds_the_nearest_working_day_on_its_side(calendar, day):
    earlier, later = calendar.roll(day, "earlier"), calendar.roll(day, "later")
    assert earlier <= day <= later and calendar.is_working(earlier) and calendar.is_working(later)
    assert calendar.roll(day, "none") == day
    assert calendar.is_working(day) == (earlier == day == later)
    skipped = (later - day).days
    assert not any(calendar.is_working(day + timedelta(days=n)) for n in range(skipped))


def test_the_day_itself_is_never_counted():
    assert Calendar().add_working_days(date(2024, 11, 1), 1) == date(2024, 11, 4)  # a Friday, then the Monday


def test_a_holiday_is_stepped_over_and_a_make_up_day_counts():
    assert NATIONAL_DAY.add_working_days(date(2024, 9, 30), 1) == date(2024, 10, 8)
    assert NATIONAL_DAY.add_working_days(date(2024, 9, 27), 1) == date(2024, 9, 29)
    assert NATIONAL_DAY.add_working_days(date(2024, 10, 11), 1) == date(2024, 10, 12)


def test_a_calendar_without_working_days_is_a_mistake_not_a_hang():
    endless = Calendar(frozenset(date(2024, 1, 1) + timedelta(days=n) for n in range(100)))
    with pytest.raises(ValueError, match="no working day"):
        endless.add_working_days(date(2024, 1, 1), 1)


def test_a_season_belongs_to_the_year_it_starts_in():
    flood = (Season(date(2023, 6, 1), date(2023, 9, 30)), Season(date(2024, 6, 1), date(2024, 9, 30)))
    winter = (Season(date(2024, 11, 15), date(2025, 3, 15)),)
    calendar = Calendar(seasons={"汛期": flood, "供暖季": winter})
    assert calendar.season("汛期", 2024) == flood[1]
    assert calendar.season("供暖季", 2024) == winter[0]
    assert calendar.season("供暖季", 2025) is None and calendar.season("两会", 2024) is None


def test_a_festival_stands_for_a_season_until_the_tenant_sets_its_own():
    state = (Season(date(2024, 10, 1), date(2024, 10, 7)),)
    calendar = Calendar(festivals={"国庆节": state}, estimated=frozenset({2024}))
    assert calendar.spans("国庆节") == calendar.spans("国庆") == calendar.spans("十一") == state
    assert calendar.is_guess("国庆", state[0])
    own = (Season(date(2024, 9, 28), date(2024, 10, 8)),)
    local = Calendar(seasons={"国庆": own}, festivals={"国庆节": state}, estimated=frozenset({2024}))
    assert local.spans("国庆") == own and not local.is_guess("国庆", own[0])
