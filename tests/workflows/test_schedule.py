"""Rules and calendars become dates."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.calendar import Calendar, Season
from tests.workflows.small import CAMPAIGN, campaign, files, line_of, package
from workflows.elements import Duty
from workflows.package import read_files
from workflows.parts import Every, When
from workflows.schedule import (
    ImpossibleDate,
    NoSeason,
    Occurrence,
    Setting,
    due_after,
    due_moment,
    occurrences,
    opening_moment,
    opens_after,
    plan_phases,
)

SMALL = package()
# 元旦 2025, and the make-up Sunday before 春节.
CALENDAR = Calendar(
    holidays=frozenset(
        {date(2025, 1, 1), date(2025, 1, 28), date(2025, 1, 29), date(2025, 1, 30), date(2025, 1, 31)}
    ),
    workdays=frozenset({date(2025, 1, 26)}),
    seasons={
        "汛期": (Season(date(2024, 6, 1), date(2024, 9, 30)), Season(date(2025, 6, 1), date(2025, 9, 30)))
    },
)


def setting(**choices: Any) -> Setting:
    return Setting(SMALL, CALENDAR, choices)


def with_duty(text: str) -> tuple[Setting, Duty]:
    """Return the package with one more duty."""
    found, problems = read_files(
        campaign(
            "duties:\n", f"duties:\n  more: {{title: 多一件, by: mine, form: plan, clause: 三, {text}}}\n"
        )
    )
    assert found is not None and not problems, problems
    return Setting(found, CALENDAR), found.duties["more"]


def dues(setting: Setting, duty: str | Duty) -> list[date | None]:
    found = setting.package.duties[duty] if isinstance(duty, str) else duty
    return [one.due for one in occurrences(setting, found)]


def test_phases_lean_on_the_notice_and_on_each_other():
    spans = plan_phases(setting())
    assert (spans["deploy"].start, spans["deploy"].end, spans["deploy"].words) == (
        date(2024, 10, 28),
        date(2024, 10, 31),
        "即日起",
    )
    assert (spans["self_check"].start, spans["self_check"].end) == (date(2024, 11, 1), date(2024, 11, 25))


def test_a_report_that_is_due_once():
    assert list(occurrences(setting(), SMALL.duties["plan"])) == [
        Occurrence("plan", 1, date(2024, 10, 28), date(2024, 10, 31), "10月31日前", "三", "notice")
    ]


def test_a_monthly_report_runs_to_the_end_of_the_month_in_which_the_campaign_ends():
    found = list(occurrences(setting(), SMALL.duties["monthly"]))
    assert [(one.number, one.opens, one.due, one.period, one.disputed) for one in found] == [
        (1, date(2024, 11, 1), date(2024, 11, 30), "2024-11", False),
        (2, date(2024, 12, 1), date(2024, 12, 31), "2024-12", False),
        (3, date(2025, 1, 1), date(2025, 1, 31), "2025-01", True),
    ]


def test_the_tenant_drops_a_disputed_date():
    assert dues(setting(disputed={"monthly": "drop"}), "monthly") == [date(2024, 11, 30), date(2024, 12, 31)]


def test_a_duty_of_a_phase_rests_on_the_phase_and_takes_its_words():
    duty = replace(SMALL.duties["self_check"], words="")
    [one] = occurrences(setting(), duty)
    assert (one.opens, one.due, one.basis) == (date(2024, 11, 1), date(2024, 11, 25), "phase")


def test_the_tenants_own_dates_win():
    own = setting(
        start="2024-12-01",
        end=date(2025, 2, 10),
        phases={"self_check": {"end": "2024-12-20"}},
        duties={"plan": {"due": "2024-12-05"}},
    )
    assert plan_phases(own)["self_check"].end == date(2024, 12, 20)
    [plan] = occurrences(own, SMALL.duties["plan"])
    assert (plan.opens, plan.due, plan.basis) == (date(2024, 12, 1), date(2024, 12, 5), "tenant")
    assert dues(own, "monthly")[-1] == date(2025, 2, 28)


def test_an_undated_duty_has_no_due_date_until_the_tenant_sets_one():
    plain, duty = with_duty("words: 及时")
    [one] = occurrences(plain, duty)
    assert (one.due, one.words) == (None, "及时")
    assert dues(replace(plain, choices={"duties": {"more": {"due": "2024-11-11"}}}), duty) == [
        date(2024, 11, 11)
    ]


def test_weeks_and_days_have_names_of_their_own():
    plain, weekly = with_duty("every: {rule: FREQ=WEEKLY;BYDAY=FR}")
    found = list(occurrences(plain, weekly))
    assert (len(found), found[0].due, found[0].period, found[-1].due) == (
        13,
        date(2024, 11, 1),
        "2024-W44",
        date(2025, 1, 24),
    )
    plain, daily = with_duty("every: {rule: FREQ=DAILY, opens: due}")
    found = list(occurrences(plain, daily))
    assert (len(found), found[-1].period) == (93, "2025-01-28")
    assert all(one.opens == one.due for one in found)
    plain, tendays = with_duty('every: {rule: "FREQ=MONTHLY;BYMONTHDAY=10,20,-1"}')
    assert [one.period for one in occurrences(plain, tendays)][:3] == [
        "2024-10-31",
        "2024-11-10",
        "2024-11-20",
    ]


def test_quarters_and_years_are_named_as_people_name_them():
    plain, duty = with_duty(
        'every: {rule: "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-1", start: 2024-12-01, end: 2025-12-31}'
    )
    assert [one.period for one in occurrences(plain, duty)] == [
        "2024-Q4",
        "2025-Q1",
        "2025-Q2",
        "2025-Q3",
        "2025-Q4",
    ]
    plain, duty = with_duty("every: {rule: FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31, end: 2026-12-31}")
    assert [one.period for one in occurrences(plain, duty)] == ["2024", "2025", "2026"]


def test_a_due_date_that_is_no_working_day_rolls_when_it_is_told_to():
    duty = SMALL.duties["monthly"]
    assert duty.every is not None
    earlier = replace(duty, every=replace(duty.every, roll="earlier"))
    assert dues(setting(), earlier) == [date(2024, 11, 29), date(2024, 12, 31), date(2025, 1, 27)]
    assert dues(setting(duties={"monthly": {"roll": "later"}}), duty)[0] == date(2024, 12, 2)


def test_a_daily_check_rolled_over_a_weekend_is_one_check():
    plain, duty = with_duty("every: {rule: FREQ=DAILY, start: 2024-11-08, end: 2024-11-12, roll: later}")
    found = list(occurrences(plain, duty))
    assert [(one.number, one.due) for one in found] == [
        (1, date(2024, 11, 8)),
        (2, date(2024, 11, 11)),
        (3, date(2024, 11, 12)),
    ]


def test_working_days_and_seasons_are_the_tenants():
    plain, duty = with_duty("due: period.end + workdays(2)")
    assert dues(plain, duty) == [date(2025, 2, 4)]
    plain, duty = with_duty("due: season('汛期').start - days(1)")
    assert dues(plain, duty) == [date(2025, 5, 31)]
    with pytest.raises(NoSeason, match="汛期"):
        dues(Setting(plain.package), duty)


def test_a_duty_of_an_event_counts_from_the_local_day_of_the_event():
    plain, duty = with_duty("on: {rows: self-check.hazards}, start: event.at, due: event.at + days(3)")
    assert dues(plain, duty) == []
    late = datetime(2024, 11, 1, 17, 30, tzinfo=UTC)  # half past one on the 2nd in the county
    assert due_after(plain, duty, {"at": late}) == date(2024, 11, 5)
    assert opens_after(plain, duty, {"at": late}) == date(2024, 11, 2)
    assert due_after(replace(plain, timezone="UTC"), duty, {"at": late}) == date(2024, 11, 4)
    assert due_after(plain, duty, {}) is None


def test_a_duty_of_a_phase_start_or_end_comes_once():
    plain, duty = with_duty("on: {phase: self_check, at: end}, due: phases.self_check.end + days(5)")
    [one] = occurrences(plain, duty)
    assert (one.opens, one.due) == (date(2024, 11, 25), date(2024, 11, 30))


def test_a_standing_duty_without_an_end_runs_as_far_as_one_looks():
    plain, duty = with_duty('standing: true, every: {rule: "FREQ=MONTHLY;BYMONTHDAY=-1"}')
    assert dues(replace(plain, horizon=date(2025, 5, 1)), duty)[-1] == date(2025, 4, 30)
    assert dues(plain, duty)[-1] == date(2025, 12, 31)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("due: phases.nowhere.end + 3", "日期"),
        ("due: \"'很快'\"", "不是存在的日期"),
        ("due: 1 + 1", "算出来的不是日期"),
        ("every: {rule: FREQ=DAILY, start: 2025-02-01}", "早于开始"),
        ("every: {rule: FREQ=HOURLY}", "FREQ"),
    ],
)
def test_impossible_dates_are_refused_with_a_place_and_a_remedy(text: str, said: str):
    plain, duty = with_duty(text)
    if "nowhere" in text:
        assert dues(plain, duty) == [None]  # said by the check of names; no date is made up
        return
    with pytest.raises(ImpossibleDate, match=said) as refused:
        dues(plain, duty)
    assert refused.value.where.startswith("duties.more")
    assert refused.value.line == line_of("  plan:")
    assert str(refused.value.do)


def test_dates_in_a_circle_are_named():
    found, _ = read_files(
        campaign(
            "start: notice.issued, end: 2024-10-31", "start: phases.self_check.start, end: 2024-10-31"
        ).copy()
    )
    assert found is not None
    turned = replace(
        found,
        phases={
            **found.phases,
            "deploy": replace(found.phases["deploy"], end=When("", rule=found.phases["deploy"].start.rule)),
        },
    )
    with pytest.raises(ImpossibleDate, match="绕成一圈"):
        plan_phases(Setting(turned))


def test_a_due_date_is_the_end_of_the_local_day():
    assert due_moment(date(2024, 10, 31), "Asia/Shanghai") == datetime(2024, 10, 31, 16, tzinfo=UTC)
    assert opening_moment(date(2024, 11, 1), "Asia/Shanghai") == datetime(2024, 10, 31, 16, tzinfo=UTC)
    # Urumqi keeps its own clock; in Lisbon the clocks change.
    assert due_moment(date(2024, 10, 31), "Asia/Urumqi") == datetime(2024, 10, 31, 18, tzinfo=UTC)
    assert due_moment(date(2024, 10, 26), "Europe/Lisbon") == datetime(2024, 10, 26, 23, tzinfo=UTC)
    assert due_moment(date(2024, 10, 27), "Europe/Lisbon") == datetime(2024, 10, 28, 0, tzinfo=UTC)


@given(
    st.sampled_from(["FREQ=DAILY", "FREQ=DAILY;INTERVAL=2", "FREQ=WEEKLY;BYDAY=FR,SU", "FREQ=MONTHLY;BYMONTHDAY=10,20,-1"]),
    st.dates(date(2024, 1, 1), date(2026, 1, 1)), st.integers(0, 400), st.sampled_from(["none", "earlier", "later"]),
    st.frozensets(st.dates(date(2024, 1, 1), date(2027, 6, 1)), max_size=20),
)  # fmt: skip
def test_occurrences_are_sorted_numbered_and_within_their_span(
    rule: str, start: date, length: int, roll: Any, holidays: frozenset[date]
):
    calendar = Calendar(holidays=holidays)
    end = start + timedelta(days=length)
    every = Every(rule, When("", day=start), When("", day=end), roll)
    duty = Duty(id="x", title="x", every=every)
    found = list(occurrences(Setting(SMALL, calendar), duty))
    dates = [one.due for one in found if one.due]
    assert len(dates) == len(found)
    assert dates == sorted(set(dates))
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    assert len({one.period for one in found}) == len(found)
    assert all(one.due and one.opens <= one.due for one in found)
    for before, after in pairwise(found):
        assert before.due is not None and after.opens == before.due + timedelta(days=1)
    if roll == "none":
        assert all(start <= day <= end for day in dates)
    else:
        assert all(calendar.is_working(day) for day in dates)


def test_a_month_of_due_days_means_the_same_in_every_time_zone():
    zones = ["Asia/Shanghai", "Pacific/Kiritimati", "America/St_Johns", "UTC"]
    plans = [dues(replace(setting(), timezone=zone), "monthly") for zone in zones]
    assert all(plan == plans[0] for plan in plans)
    for zone in zones:
        local = due_moment(date(2024, 11, 30), zone).astimezone(ZoneInfo(zone))
        assert (local.date(), local.hour, local.minute) == (date(2024, 12, 1), 0, 0)


def test_the_sample_says_what_these_tests_rely_on():
    assert "duties:\n" in CAMPAIGN and package(files()).hash == SMALL.hash


@pytest.mark.parametrize(
    ("due", "chosen", "estimated"),
    [
        ("notice.issued + workdays(15)", {}, False),
        ("date(2026, 12, 31) + workdays(3)", {}, True),
        ("date(2027, 1, 15) - workdays(8)", {}, True),  # walks back into the year before
        ("date(2026, 12, 20) + workdays(3)", {}, False),
        ("date(2027, 3, 1)", {}, False),  # a day that somebody wrote is what it is
        ("notice.issued + workdays(600)", {"due": "2027-03-01"}, False),
    ],
)
def test_a_date_that_rests_on_days_nobody_has_announced_is_marked(due, chosen, estimated):
    found, duty = with_duty(f'due: "{due}"')
    unknown = replace(CALENDAR, estimated=frozenset({2027, 2028}))
    given = {"duties": {"more": chosen}} if chosen else {}
    [one] = occurrences(replace(found, calendar=unknown, choices=given), duty)
    assert one.estimated is estimated


def test_what_leans_on_an_estimated_date_is_estimated_too():
    changed = CAMPAIGN.replace("end: 2025-01-28}", "end: notice.issued + workdays(70)}", 1).replace(
        "duties:\n",
        "duties:\n  more: {title: 多一件, by: mine, form: plan, clause: 三, due: period.end + days(1)}\n",
        1,
    )
    found, problems = read_files(files(**{"campaign.yaml": changed}))
    assert found is not None, problems
    unknown = replace(CALENDAR, estimated=frozenset({2025}))
    [one] = occurrences(Setting(found, unknown), found.duties["more"])
    assert one.estimated


def test_only_the_days_that_were_rolled_in_an_unknown_year_are_estimated():
    found, duty = with_duty(
        'every: {rule: "FREQ=MONTHLY;BYMONTHDAY=-1", start: 2024-11-01, end: 2025-01-31, roll: earlier}'
    )
    unknown = replace(found, calendar=replace(CALENDAR, estimated=frozenset({2025})))
    assert [(one.period, one.estimated) for one in occurrences(unknown, duty)] == [
        ("2024-11", False), ("2024-12", True), ("2025-01", True),
    ]  # fmt: skip
