"""Recurrences by period and by season, against a plain enumeration of days."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.calendar import Calendar, Season
from tests.workflows.small import campaign, package, told
from workflows.dates import ImpossibleDate, NoSeason
from workflows.elements import Duty
from workflows.package import read_files
from workflows.parts import Every, When
from workflows.periods import EACH, Each
from workflows.schedule import Occurrence, Setting, expected, occurrences

SMALL = package()
SEASONS = {
    "汛期": (Season(date(2024, 6, 1), date(2024, 9, 30)), Season(date(2025, 6, 1), date(2025, 9, 30))),
    "两会": (Season(date(2025, 1, 8), date(2025, 1, 12)),),
}
CALENDAR = Calendar(seasons=SEASONS, festivals={"元旦": (Season(date(2024, 12, 31), date(2025, 1, 1)),)})


def duty(every: Every) -> Duty:
    return replace(SMALL.duties["plan"], due=None, every=every)


def given_by(text: str, calendar: Calendar = CALENDAR, **choices: Any) -> list[Occurrence]:
    found, problems = read_files(
        campaign("duties:\n", f"duties:\n  more: {{title: 多, by: mine, form: plan, clause: 三, {text}}}\n")
    )
    assert found is not None and not problems, problems
    return list(occurrences(Setting(found, calendar, choices), found.duties["more"]))


def ends(each: Each, day: date) -> bool:
    """Whether a period ends on a day, as anybody sees it in a calendar."""
    last = day.day == monthrange(day.year, day.month)[1]
    return {
        "day": True, "week": day.weekday() == 6, "ten_days": day.day in (10, 20) or last, "month": last,
        "quarter": last and day.month % 3 == 0, "half_year": last and day.month in (6, 12),
        "year": (day.month, day.day) == (12, 31),
    }[each]  # fmt: skip


@given(st.sampled_from(EACH), st.dates(date(2020, 1, 1), date(2026, 12, 31)), st.integers(0, 900))
def test_once_in_each_period_is_due_on_each_day_on_which_one_ends(each: Each, start: date, n: int):
    end = start + timedelta(days=n)
    every = Every("", When("", day=start), When("", day=end), each=each)
    found = list(occurrences(Setting(SMALL, Calendar()), duty(every)))
    plain = [day for i in range(n + 1) if ends(each, day := start + timedelta(days=i))]
    assert [one.due for one in found] == plain
    # Nobody waits for nothing, nothing opens twice: the spans meet.
    opens = [start, *(day + timedelta(days=1) for day in plain[:-1])] if plain else []
    assert [one.opens for one in found] == opens
    assert len({one.period for one in found}) == len(found)


@given(st.sampled_from(EACH), st.dates(date(2020, 1, 1), date(2026, 12, 31)), st.integers(0, 900))
def test_a_period_that_had_begun_does_not_count_where_the_package_says_so(each: Each, start: date, n: int):
    end = start + timedelta(days=n)
    every = Every("", When("", day=start), When("", day=end), each=each, first="skip")
    found = [one.due for one in occurrences(Setting(SMALL, Calendar()), duty(every))]
    plain = [day for i in range(n + 1) if ends(each, day := start + timedelta(days=i))]
    begins = each == "day" or ends(each, start - timedelta(days=1))
    assert found == (plain if begins else plain[1:])


@given(st.sampled_from(EACH), st.dates(date(2020, 1, 1), date(2026, 12, 31)), st.integers(0, 400))
def test_what_is_not_over_at_the_end_is_dropped_cut_or_whole(each: Each, start: date, n: int):
    end = start + timedelta(days=n)
    kept = {
        last: [
            one.due
            for one in occurrences(
                Setting(SMALL, Calendar()),
                duty(Every("", When("", day=start), When("", day=end), each=each, last=last)),  # type: ignore[arg-type]
            )
        ]
        for last in ("drop", "at_end", "whole")
    }
    after = next(day for i in range(400) if ends(each, day := end + timedelta(days=i)))
    if ends(each, end):
        assert kept["at_end"] == kept["whole"] == kept["drop"]
    else:
        assert kept["at_end"] == [*kept["drop"], end]
        assert kept["whole"] == [*kept["drop"], after]


def test_a_quarter_that_had_begun_a_week_ago_is_left_out():
    rule = "every: {each: quarter, first: skip, start: 2024-10-28, end: 2025-06-30}"
    assert [(one.period, one.due) for one in given_by(rule)] == [
        ("2025-Q1", date(2025, 3, 31)),
        ("2025-Q2", date(2025, 6, 30)),
    ]


def test_several_times_in_each_half_year_are_several():
    found = given_by("every: {each: half_year, times: 2, end: 2025-06-30}")
    assert [(one.number, one.period, one.opens, one.due) for one in found] == [
        (1, "2024-H2-1", date(2024, 10, 28), date(2024, 12, 31)),
        (2, "2024-H2-2", date(2024, 10, 28), date(2024, 12, 31)),
        (3, "2025-H1-1", date(2025, 1, 1), date(2025, 6, 30)),
        (4, "2025-H1-2", date(2025, 1, 1), date(2025, 6, 30)),
    ]


def test_each_year_without_a_day_opens_with_the_year_and_is_never_late():
    found = given_by("every: {each: year, undated: true}")
    assert [(one.period, one.opens, one.due) for one in found] == [
        ("2024", date(2024, 10, 28), None),
        ("2025", date(2025, 1, 1), None),
    ]


def test_the_tenant_rolls_what_the_package_leaves_alone():
    assert given_by("due: 2024-11-30")[0].due == date(2024, 11, 30)  # a Saturday
    assert given_by("due: 2024-11-30", roll="earlier")[0].due == date(2024, 11, 29)
    own = {"more": {"roll": "later"}}
    assert given_by("due: 2024-11-30", roll="earlier", duties=own)[0].due == date(2024, 12, 2)
    month = "every: {each: month, start: 2024-11-01, end: 2024-11-30}"
    assert given_by(month, roll="earlier")[0].due == date(2024, 11, 29)
    # Whoever set the day itself wants that day.
    assert given_by("words: 及时", roll="earlier", duties={"more": {"due": "2024-11-30"}})[0].due == date(
        2024, 11, 30
    )


def test_before_each_festival_and_season_of_the_place():
    every = "every: {season: [元旦, 两会, 汛期], opens: season.start - days(7), due: season.start - days(1)}"
    assert [(one.period, one.opens, one.due) for one in given_by(every)] == [
        ("2025-元旦", date(2024, 12, 24), date(2024, 12, 30)),
        ("2025-两会", date(2025, 1, 1), date(2025, 1, 7)),
    ]


def test_a_season_alone_is_from_its_first_day_to_its_last():
    found = given_by("every: {season: 汛期, end: 2026-01-01}")
    assert [(one.period, one.opens, one.due) for one in found] == [
        ("2025-汛期", date(2025, 6, 1), date(2025, 9, 30))
    ]


def test_a_festival_of_a_year_that_is_not_announced_is_marked_as_estimated():
    unknown = replace(CALENDAR, estimated=frozenset({2025}))
    assert [one.estimated for one in given_by("every: {season: [元旦, 两会]}", unknown)] == [True, False]


def test_a_season_that_the_place_does_not_know_is_named_and_the_others_come_all_the_same():
    every = "every: {season: [两会, 开学]}"
    with pytest.raises(NoSeason) as lacking:
        given_by(every)
    assert lacking.value.season == "开学"
    found, _ = read_files(
        campaign("duties:\n", f"duties:\n  more: {{title: 多, by: mine, form: plan, clause: 三, {every}}}\n")
    )
    assert found is not None
    known = expected(Setting(found, CALENDAR), found.duties["more"])
    assert [one.period for one in known] == ["2025-两会"]


def test_a_duty_before_a_season_that_is_not_known_yet_has_no_date_until_it_is():
    found, _ = read_files(
        campaign(
            "duties:\n",
            "duties:\n  more: {title: 多, by: mine, form: plan, clause: 三, words: 汛期到来前,"
            " due: \"season('开学').start - days(1)\"}\n",
        )
    )
    assert found is not None
    [one] = expected(Setting(found, CALENDAR), found.duties["more"])
    assert (one.due, one.season, one.words) == (None, "开学", "汛期到来前")


def test_a_recurrence_without_an_end_needs_one():
    every = Every("", each="month")
    setting = Setting(replace(SMALL, period=replace(SMALL.period, end=None)), Calendar())
    with pytest.raises(ImpossibleDate):
        list(occurrences(setting, duty(every)))


@pytest.mark.parametrize(
    ("every", "what"),
    [
        ("{start: 2024-11-01}", "没有写怎样重复"),
        ("{each: month, rule: FREQ=DAILY}", "写了几种重复"),
        ("{each: month, season: 汛期}", "写了几种重复"),
        ("{rule: FREQ=DAILY, first: skip}", "却没有写 each"),
        ("{each: month, due: period.end}", "却没有写 season"),
        ("{each: month, undated: true, roll: later}", "没有期限，却要顺延"),
        ("{season: 汛期, due: seasn.start}", "是否想写“season”"),
        ("{each: fortnight}", "each"),
    ],
)
def test_a_recurrence_that_contradicts_itself_is_said(every: str, what: str):
    more = f"duties:\n  more: {{title: 多, by: mine, form: plan, clause: 三, every: {every}}}\n"
    found = told(campaign("duties:\n", more))
    assert any(what in one for one in found), found
