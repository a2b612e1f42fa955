"""The state's holidays, and which years rest on a published notice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tenants.statutory import ANNOUNCED, FESTIVALS, LAST_ANNOUNCED, days_of, festivals, unannounced


def found(year: int) -> dict[date, tuple[str, str, bool]]:
    return {one.day: (one.kind, one.festival, one.moved) for one in days_of(year)}


def test_the_years_of_the_notices_are_known_without_a_gap():
    assert frozenset(range(2001, LAST_ANNOUNCED + 1)) == ANNOUNCED
    assert unannounced(range(1999, LAST_ANNOUNCED + 3)) == {
        1999,
        2000,
        LAST_ANNOUNCED + 1,
        LAST_ANNOUNCED + 2,
    }


def test_each_known_year_has_days_that_were_exchanged_and_an_unknown_one_has_none():
    """What the statement about known years rests on: a notice has always moved days."""
    assert all(any(one.moved for one in days_of(year)) for year in ANNOUNCED)
    assert not any(one.moved for one in days_of(LAST_ANNOUNCED + 1))


def test_days_off_and_make_up_days_carry_the_name_of_their_festival():
    days = found(2024)
    assert days[date(2024, 10, 1)] == ("off", "国庆节", False)
    assert days[date(2024, 10, 7)] == ("off", "国庆节", True)
    assert days[date(2024, 10, 12)] == ("worked", "国庆节", True)
    assert days[date(2024, 2, 4)] == ("worked", "春节", True)
    assert date(2024, 11, 1) not in days


def test_a_notice_reaches_into_the_december_before():
    assert found(2005)[date(2005, 12, 31)] == ("worked", "元旦", True)
    assert date(2005, 12, 31) not in found(2006)


@pytest.mark.parametrize("year", [2001, 2015, 2020, 2024, LAST_ANNOUNCED, LAST_ANNOUNCED + 1])
def test_exceptions_are_weekdays_off_and_weekend_days_worked_each_with_a_name(year):
    for day, (kind, festival, _moved) in found(year).items():
        assert (day.weekday() >= 5) == (kind == "worked") and day.year == year
        assert festival in FESTIVALS


def test_a_festival_is_all_the_days_without_work_around_it():
    assert festivals(2024)[1] == ("春节", date(2024, 2, 10), date(2024, 2, 17))
    # A festival of its own, and one that lies in another: the same days under both names.
    found = {name: (first, last) for name, first, last in festivals(2023)}
    assert found["清明节"] == (date(2023, 4, 5), date(2023, 4, 5))
    assert found["中秋节"] == found["国庆节"] == (date(2023, 9, 29), date(2023, 10, 6))


@pytest.mark.parametrize("year", range(2008, 2030))
def test_no_day_of_a_festival_is_worked_and_the_days_around_it_are(year: int):
    state = {one.day: one.kind for other in (year - 1, year, year + 1) for one in days_of(other)}

    def worked(day: date) -> bool:
        return state.get(day) == "worked" or (day.weekday() < 5 and day not in state)

    for name, first, last in festivals(year):
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        assert name and not any(map(worked, days))
        assert worked(first - timedelta(days=1)) and worked(last + timedelta(days=1))
