"""A tenant's calendar: what the State Council announced, and what the tenant set itself."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from tenants import workdays
from tenants.errors import Forbidden, Invalid
from tenants.models import AuditEntry
from tenants.own_days import DayChange, Own, SeasonChange, YearChange, changed
from tenants.statutory import LAST_ANNOUNCED

NEW_YEARS_EVE = date(2024, 2, 9)


def test_the_statutory_calendar_of_2024_is_known(open_work):
    with open_work(reads=True) as work:
        calendar = workdays.calendar_of(work, 2024, 2024)
    assert not calendar.is_working(date(2024, 10, 1)) and not calendar.is_working(date(2024, 10, 7))
    assert calendar.is_working(date(2024, 10, 12)) and calendar.is_working(date(2024, 9, 29))  # 调休
    assert calendar.is_working(date(2024, 11, 1)) and not calendar.is_working(date(2024, 11, 2))
    assert calendar.estimated == frozenset()


def test_a_year_not_yet_announced_is_marked_as_estimated(open_work):
    with open_work(reads=True) as work:
        years = (LAST_ANNOUNCED, LAST_ANNOUNCED + 1)
        assert workdays.calendar_of(work, *years).estimated == {years[1]}


@pytest.mark.parametrize(
    ("day", "kind"), [(date(2024, 11, 1), "off"), (date(2024, 11, 2), "worked"), (date(2024, 10, 12), "off")]
)
def test_the_tenants_own_word_counts_and_can_be_taken_back(open_work, day, kind):
    with open_work("yangcheng", "admin") as work:
        before = workdays.calendar_of(work, 2024, 2024).is_working(day)
        workdays.record(work, [DayChange(day, kind, "停电检修")])
        assert workdays.calendar_of(work, 2024, 2024).is_working(day) is (kind == "worked") is not before
        workdays.record(work, [DayChange(day, None)])
        assert workdays.calendar_of(work, 2024, 2024).is_working(day) is before


def test_a_day_set_twice_is_set_once(open_work):
    with open_work("yangcheng", "admin") as work:
        workdays.record(work, [DayChange(NEW_YEARS_EVE, "off", "一")])
        workdays.record(work, [DayChange(NEW_YEARS_EVE, "worked", "二")])
        own = [one for one in workdays.exceptions(work, 2024) if one.own]
        assert [(one.day, one.kind, one.name) for one in own] == [(NEW_YEARS_EVE, "worked", "二")]


def test_a_neighbours_days_are_its_own(open_work):
    with open_work("qinshui", "qs-admin") as work:
        workdays.record(work, [DayChange(date(2024, 11, 1), "off", "沁水停电")])
    with open_work("yangcheng", reads=True) as work:
        assert workdays.calendar_of(work, 2024, 2024).is_working(date(2024, 11, 1))


def test_the_list_of_exceptions_names_every_day_that_is_not_as_its_weekday_says(open_work):
    with open_work(reads=True) as work:
        calendar, listed = workdays.calendar_of(work, 2024, 2024), workdays.exceptions(work, 2024)
    assert [one.day for one in listed] == sorted(one.day for one in listed)
    assert {one.day for one in listed if one.kind == "off"} == calendar.holidays
    assert {one.day for one in listed if one.kind == "worked"} == calendar.workdays
    assert "国庆节" in {one.name for one in listed}


def test_a_day_is_off_or_worked_and_nothing_else(open_work):
    with open_work("yangcheng", "admin") as work, pytest.raises(Invalid):
        workdays.record(work, [DayChange(NEW_YEARS_EVE, "half")])


@pytest.mark.parametrize("login", ["clerk", "pine", "auditor"])
def test_only_administrators_change_the_calendar(open_work, login):
    with open_work("yangcheng", login) as work, pytest.raises(Forbidden):
        workdays.record(work, [DayChange(NEW_YEARS_EVE, "off")])


def test_seasons_and_vouched_years_are_kept_each_once(open_work):
    spans = [
        SeasonChange("汛期", None, date(2023, 6, 1), date(2023, 9, 30)),
        SeasonChange("汛期", None, date(2024, 5, 1), date(2024, 9, 30)),
        SeasonChange("汛期", 2024, date(2024, 6, 10), date(2024, 9, 20)),
        SeasonChange("汛期", 2024, date(2024, 6, 15), date(2024, 9, 20)),
        YearChange(2030, True),
        YearChange(2030, True),
    ]
    with open_work("yangcheng", "admin") as work:
        workdays.record(work, spans)
        own = workdays.gather(work)
        assert own == changed(Own(), spans)
        assert own.yearly["汛期"].start == (5, 1) and own.seasons["汛期"][2024].start == date(2024, 6, 15)
        workdays.record(
            work, [SeasonChange("汛期", None), SeasonChange("汛期", 2024), YearChange(2030, False)]
        )
        assert workdays.gather(work) == Own()
        actions = [entry.action for entry in work.session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
        assert actions[-3:] == ["calendar.season_remove", "calendar.season_remove", "calendar.year"]


def test_a_change_that_makes_no_sense_leaves_nothing_behind(open_work):
    with open_work("yangcheng", "admin") as work:
        with pytest.raises(Invalid):
            workdays.record(
                work, [DayChange(date(2024, 11, 1), "off"), SeasonChange("", None, date(2024, 1, 1))]
            )
        assert workdays.gather(work) == Own()
