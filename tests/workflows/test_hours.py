"""Hours of a due day, and shifts."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from tests.workflows.small import campaign, package, told
from tests.workflows.test_recurring import given_by
from workflows.hours import day_counted, is_hour, read_hour, shifted

THREE = {"早班": "16:00", "中班": "24:00", "夜班": "08:00"}


def test_an_hour_is_read_and_the_end_of_the_day_is_none():
    assert (read_hour("17:00"), read_hour("8:30"), read_hour("24:00"), read_hour("5点")) == (
        time(17),
        time(8, 30),
        None,
        None,
    )
    assert [is_hour(text) for text in ("17:00", "24:00", "24:30", "25:00", "")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_shift_that_ends_no_later_than_the_one_before_ends_on_the_next_day():
    assert shifted(THREE) == {"早班": (0, time(16)), "中班": (0, None), "夜班": (1, time(8))}
    assert shifted({"夜班": "08:00", "早班": "16:00"}) == {"夜班": (0, time(8)), "早班": (0, time(16))}
    assert shifted({"早班": "", "晚班": ""}) == {"早班": (0, None), "晚班": (0, None)}


def test_after_the_hour_it_is_the_next_day():
    zone = ZoneInfo("Asia/Shanghai")
    before, after = datetime(2024, 11, 5, 16, 59, tzinfo=zone), datetime(2024, 11, 5, 17, 0, tzinfo=zone)
    assert day_counted(before, time(17)) == date(2024, 11, 5)
    assert day_counted(after, time(17)) == date(2024, 11, 6)
    assert day_counted(after, None) == date(2024, 11, 5)


def test_each_shift_of_each_day_has_its_turn():
    found = given_by(
        'every: {each: day, start: 2024-11-05, end: 2024-11-06, shifts: {早班: "16:00", 中班: "24:00", 夜班: "08:00"}}'
    )
    assert [(one.number, one.period, one.opens, one.due) for one in found] == [
        (1, "2024-11-05 早班", date(2024, 11, 5), date(2024, 11, 5)),
        (2, "2024-11-05 中班", date(2024, 11, 5), date(2024, 11, 5)),
        (3, "2024-11-05 夜班", date(2024, 11, 5), date(2024, 11, 6)),
        (4, "2024-11-06 早班", date(2024, 11, 6), date(2024, 11, 6)),
        (5, "2024-11-06 中班", date(2024, 11, 6), date(2024, 11, 6)),
        (6, "2024-11-06 夜班", date(2024, 11, 6), date(2024, 11, 7)),
    ]


def test_shifts_by_name_alone_are_due_at_the_end_of_the_day():
    found = given_by("every: {rule: FREQ=DAILY, start: 2024-11-05, end: 2024-11-05, shifts: [早班, 晚班]}")
    assert [(one.period, one.due) for one in found] == [
        ("2024-11-05 早班", date(2024, 11, 5)),
        ("2024-11-05 晚班", date(2024, 11, 5)),
    ]


def test_a_duty_has_an_hour():
    found = package(campaign("due: 2024-10-31, words: 10月31日前", 'due: 2024-10-31, time: "17:30"'))
    assert found.duties["plan"].hour_of("报送方案") == time(17, 30)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('due: 2024-10-31, time: "25:00"', "time"),
        ("every: {each: month, shifts: [早班]}", "却不是每天"),
        ("every: {each: day, shifts: [早 班]}", "shifts"),
    ],
)
def test_an_hour_that_is_none_is_said(text: str, what: str):
    found = told(campaign("due: 2024-10-31, words: 10月31日前", text))
    assert any(what in one for one in found), found
