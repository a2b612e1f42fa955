"""RFC 5545 rules of whole days within a span."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st

from tests.effort import counted
from workflows.recurrence import BadRule, days_within, frequency, has_end

NEVER = ["FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYSETPOS=2", "FREQ=DAILY;INTERVAL=7;BYDAY=MO"]
RULES = [
    "FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=FR", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH",
    "FREQ=MONTHLY;BYMONTHDAY=-1", "FREQ=MONTHLY;BYMONTHDAY=10,20,-1", "FREQ=MONTHLY;BYDAY=1MO",
    "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=YEARLY;BYMONTH=3,6,9,12;BYMONTHDAY=-1", "FREQ=YEARLY;BYWEEKNO=20",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "FREQ=WEEKLY;BYDAY=FR;COUNT=3", "FREQ=DAILY;UNTIL=20241105",
]  # fmt: skip
days = st.dates(date(1990, 1, 1), date(2090, 1, 1))


def test_month_ends_of_a_campaign():
    assert days_within("FREQ=MONTHLY;BYMONTHDAY=-1", date(2024, 11, 1), date(2025, 1, 31)) == [
        date(2024, 11, 30), date(2024, 12, 31), date(2025, 1, 31),
    ]  # fmt: skip


@given(st.sampled_from(RULES), days, st.integers(0, 1_200))
def test_the_days_are_those_that_dateutil_gives_sorted_and_within_the_span(
    rule: str, start: date, length: int
):
    end = start + timedelta(days=length)
    found = days_within(rule, start, end)
    plain = rrulestr(
        rule.replace(";UNTIL=20241105", ""), dtstart=datetime(start.year, start.month, start.day, tzinfo=UTC)
    )
    last = min(end, date(2024, 11, 5)) if "UNTIL" in rule else end
    expected = []
    for moment in plain:
        if moment.date() > last:
            break
        expected.append(moment.date())
    assert found == expected
    assert found == sorted(set(found))


@pytest.mark.parametrize("rule", NEVER)
def test_a_rule_that_never_comes_true_does_not_hang(rule: str):
    with counted(at_most=30_000_000):
        assert days_within(rule, date(2024, 10, 29), date(2025, 1, 28)) == []


def test_more_than_five_thousand_days_are_refused():
    assert len(days_within("FREQ=DAILY", date(2024, 1, 1), date(2024, 1, 1) + timedelta(days=4_999))) == 5_000
    with pytest.raises(BadRule, match="5000"):
        days_within("FREQ=DAILY", date(2024, 1, 1), date(2024, 1, 1) + timedelta(days=5_000))


@pytest.mark.parametrize(
    "rule",
    [
        "", "FREQ=HOURLY", "FREQ=MINUTELY", "BYDAY=MO", "FREQ=DAILY;BYHOUR=9", "FREQ=DAILY;INTERVAL=0", "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=DAILY;UNTIL=20240230", "FREQ=DAILY;COUNT=3;UNTIL=20241231", "FREQ=DAILY;FREQ=WEEKLY", "每月",
        "FREQ=MONTHLY;BYMONTH=13",
        "FREQ=DAILY;BYEASTER=1", "FREQ=DAILY\nRDATE:20240101", "DTSTART:20240101\nFREQ=DAILY",
    ],
)  # fmt: skip
def test_what_is_no_rule_of_whole_days_is_refused(rule: str):
    with pytest.raises(BadRule) as refused:
        days_within(rule, date(2024, 1, 1), date(2024, 2, 1))
    assert str(refused.value.do)


def test_a_misspelt_part_is_guessed():
    with pytest.raises(BadRule) as refused:
        days_within("FREQ=MONTHLY;BYMONTDAY=-1", date(2024, 1, 1), date(2024, 2, 1))
    assert "BYMONTHDAY" in str(refused.value.do)


def test_what_a_rule_says_of_itself():
    assert (
        has_end("FREQ=DAILY;COUNT=3") and has_end("FREQ=DAILY;UNTIL=20250101") and not has_end("FREQ=DAILY")
    )
    assert frequency("FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1") == ("MONTHLY", 3)
