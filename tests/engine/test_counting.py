"""What indicators count of duties: how much was owed, and what became of it."""

from __future__ import annotations

import pytest

from engine import indicators, owing
from engine.running import running
from tests.engine.dated_package import files as dated_files
from tests.engine.package import CAMPAIGN, PROCESSES, files
from tests.engine.story import ACCEPTED, Story, begun, statements
from tests.engine.test_overdue import DUTIES

ADDED = """\
  owed: {title: 应报, value: duties.plan.owed, clause: 一}
  filed: {title: 已报, value: duties.plan.filed, clause: 一}
  accepted: {title: 已接收, value: duties.plan.accepted, clause: 一}
  late: {title: 迟报, value: duties.plan.late, target: "== 0", clause: 一}
  share: {title: 报送率, value: "round(duties.plan.filed / duties.plan.owed * 100, 1) if duties.plan.owed > 0 else None",
          target: "== 100", clause: 一}
  replies: {title: 回执, value: duties.answer.owed, clause: 一}
  mixed: {title: 报了方案的隐患, value: "count(hazards, 1 < duties.plan.filed)", clause: 一}
  each_one: {title: 各企业按时, value: duties.plan.late, target: "== 0", each: company, clause: 一}
  monthly_late: {title: 月报迟报, value: duties.monthly.late, target: "== 0", per: month, clause: 一}
  loose_months: {title: 每月回执, value: duties.answer.owed, target: ">= 5", per: month, clause: 一}
locks:"""


@pytest.fixture
def counted(open_work, clock) -> Story:
    changed = {**files(), "campaign.yaml": CAMPAIGN.replace("locks:", ADDED, 1).encode()}
    return begun(open_work, clock, changed)


def values(story: Story, login: str = "admin") -> dict[str, object]:
    with story.open_work("yangcheng", login, reads=True) as work:
        found = indicators.readings(work, running(work, story.launched))
        assert all(one.trouble is None for one in found)
        return {one.indicator.id: one.value for one in found}


def of_plan(story: Story, login: str = "admin") -> tuple[object, ...]:
    """Return (owed, filed, accepted, late) of the report of the plan."""
    found = values(story, login)
    return tuple(found[key] for key in ("owed", "filed", "accepted", "late"))


def test_who_owes_a_report_counts_from_the_day_on_which_it_opens_and_what_it_brings_as_it_comes(counted):
    story = counted
    story.launch("2024-10-28")
    assert of_plan(story) == (4, 0, 0, 0), "two companies, two mines at work"
    story.do("pine", "plan", "fill")
    assert of_plan(story) == (4, 1, 0, 0)
    story.do("clerk", "plan", "review", {"结论": "退回"})
    assert of_plan(story) == (4, 1, 0, 0), "what was sent back was handed in all the same"
    story.do("pine", "plan", "fill")
    story.do("clerk", "plan", "review", ACCEPTED)
    assert of_plan(story) == (4, 1, 1, 0)
    assert values(story)["share"] == 25


def test_late_is_what_came_after_its_day_and_what_has_not_come_when_it_is_over(counted):
    story = counted
    story.launch("2024-10-28")
    story.day("2024-10-31", hour=23)
    story.do("pine", "plan", "fill")
    assert of_plan(story) == (4, 1, 0, 0), "an hour before midnight of the county, not of Greenwich"
    story.day("2024-11-01", hour=0)
    assert of_plan(story) == (4, 1, 0, 3)
    story.do("plain", "plan", "fill")
    assert of_plan(story) == (4, 2, 0, 3), "it stays late when it comes"
    story.do("clerk", "plan", "review", ACCEPTED, unit="pine")
    assert of_plan(story) == (4, 2, 1, 3)


def test_everybody_counts_what_they_may_see(counted):
    story = counted
    story.launch("2024-10-28")
    story.do("pine", "plan", "fill")
    assert of_plan(story, "pine") == (1, 1, 0, 0)
    assert of_plan(story, "plain") == (1, 0, 0, 0)
    assert of_plan(story, "north") == (2, 1, 0, 0), "the company and its mine"


def test_a_unit_that_was_let_go_owes_nothing_and_one_that_owes_it_anew_counts_once(counted):
    story = counted
    story.launch("2024-10-28")
    with story.open_work("yangcheng", "admin") as work:
        owing.change_unit(work, story.open_work.world.unit("pine"), status="停产")
    assert of_plan(story) == (3, 0, 0, 0)
    with story.open_work("yangcheng", "admin") as work:
        owing.change_unit(work, story.open_work.world.unit("pine"), status="生产")
    assert len(story.instances("plan")) == 5
    assert of_plan(story) == (4, 0, 0, 0)


def test_what_somebody_starts_counts_each_time_and_where_nobody_has_it_is_nothing(counted):
    story = counted
    story.launch("2024-10-28")
    assert values(story)["replies"] == 0
    for _ in range(2):
        story.demand("pine", "answer")
    assert values(story)["replies"] == 2
    assert values(story, "plain")["replies"] == 0


def test_each_unit_is_held_against_what_it_and_those_below_it_owed(counted):
    story = counted
    story.launch("2024-10-28")
    for login in ("pine", "north"):
        story.do(login, "plan", "fill")
    story.day("2024-11-01")
    with story.open_work("yangcheng", "admin", reads=True) as work:
        found = indicators.readings(work, running(work, story.launched))
    (each,) = [one for one in found if one.indicator.id == "each_one"]
    assert {name: (part.value, part.met) for name, part in each.units} == {
        "北山煤业公司": (0, True), "南坪煤业公司": (2, False),
    }  # fmt: skip


def test_a_number_for_each_month_counts_by_the_day_on_which_it_was_due_or_else_opened(counted):
    story = counted
    story.launch("2024-11-01")
    for login in ("pine", "plain"):
        story.do(login, "monthly", "fill")
    story.demand("pine", "answer")
    story.day("2025-01-02")
    with story.open_work("yangcheng", "admin", reads=True) as work:
        found = indicators.readings(work, running(work, story.launched))
    worst = {one.indicator.id: (one.month, one.value) for one in found if one.indicator.per}
    assert worst == {"monthly_late": ("2024-12", 2), "loose_months": ("2024-11", 1)}


def test_all_duties_are_counted_in_one_statement_and_only_where_an_indicator_reads_them(
    counted, open_work, clock
):
    story = counted
    story.launch("2024-10-28")
    with story.open_work("yangcheng", "admin", reads=True) as work:
        live = running(work, story.launched)
        with statements(work) as seen:
            indicators.readings(work, live)
    assert len([one for one in seen if "GROUP BY" in one and "FROM instance" in one]) == 1


def test_a_package_without_such_an_indicator_asks_for_nothing_more(running_story):
    with running_story.open_work("yangcheng", "admin", reads=True) as work:
        live = running(work, running_story.launched)
        with statements(work) as seen:
            indicators.readings(work, live)
    assert not [one for one in seen if "GROUP BY" in one]


QUICK = PROCESSES["duty"].replace('id="duty"', 'id="quick"')
HOURS = """\
indicators:
  late: {title: 迟报, value: duties.timed.late, clause: 一}
  shifts: {title: 迟查, value: duties.shift.late, clause: 一}
rules:
"""


def test_late_is_reckoned_to_the_hour_of_the_duty_and_of_the_shift(open_work, clock):
    changed = {
        **dated_files(**{"duties:\n": DUTIES, "rules:\n": HOURS}),
        "processes/quick.bpmn": QUICK.encode(),
    }
    story = begun(open_work, clock, changed)
    story.launch("2024-11-04")
    story.day("2024-11-05", hour=15)
    for period in ("早班", "夜班"):
        one = next(one for one in story.todo("pine", duty="shift") if one.title.endswith(f"{period}）"))
        story.at("2024-11-05", hour=16 if period == "早班" else 23)
        story.complete("pine", one.id)
    found = values(story)
    assert (found["late"], found["shifts"]) == (2, 2), (
        "nobody's daily by five; one shift late, one at the other mine open"
    )
    story.at("2024-11-06", hour=8)
    assert values(story)["shifts"] == 3
