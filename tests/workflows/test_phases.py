"""Phases as notices have them: without a start, inside of others, points, horizons, in rounds, by the seasons of a place."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tenants.calendar import Calendar, Season
from tests.workflows.small import campaign, told
from workflows.dates import ImpossibleDate, NoSeason
from workflows.package import read_files
from workflows.phases import Round, Span, known_phases, plan_phases, state_of, tree
from workflows.schedule import Setting, occurrences

FLOODS = Calendar(seasons={"汛期": (Season(date(2024, 11, 10), date(2024, 12, 5)),)})


def with_phases(text: str, duties: str = "", calendar: Calendar = FLOODS) -> Setting:
    """Return the small package with more phases, and more duties."""
    files = campaign("phases:\n", f"phases:\n{text}")
    source = files["campaign.yaml"].decode().replace("duties:\n", f"duties:\n{duties}")
    found, problems = read_files({**files, "campaign.yaml": source.encode()})
    assert found is not None and not problems, problems
    return Setting(found, calendar)


def test_a_phase_without_a_start_is_shown_after_the_one_it_follows():
    setting = with_phases("  more: {title: 抽查, end: 2024-12-20, after: self_check, clause: 二}\n")
    assert plan_phases(setting)["more"] == Span(None, date(2024, 12, 20), "", date(2024, 11, 26))
    more, span = setting.package.phases["more"], plan_phases(setting)["more"]
    states = [
        state_of(more, span, day)
        for day in (date(2024, 11, 25), date(2024, 11, 26), date(2024, 12, 20), date(2024, 12, 21))
    ]
    assert states == ["next", "now", "now", "done"]


def test_a_date_that_leans_on_a_start_that_is_not_there_is_no_date():
    setting = with_phases(
        "  more: {title: 抽查, end: 2024-12-20, clause: 二}\n",
        "  look: {title: 看, by: mine, form: plan, start: phases.more.start, due: phases.more.end, clause: 二}\n",
    )
    [one] = occurrences(setting, setting.package.duties["look"])
    assert (one.opens, one.due, one.basis) == (date(2024, 10, 28), date(2024, 12, 20), "phase")


def test_a_phase_inside_of_another_is_read_after_it_and_begins_with_it_where_it_says_nothing():
    setting = with_phases("  part: {title: 抽查, in: self_check, end: 2024-11-20, clause: 二}\n")
    assert plan_phases(setting)["part"].begins == date(2024, 11, 1)
    read = [(phase.id, depth) for phase, depth in tree(setting.package.phases)]
    assert read == [("deploy", 0), ("self_check", 0), ("part", 1)]


def test_a_milestone_is_a_point_or_has_no_date_at_all():
    setting = with_phases(
        "  goal: {title: 目标, milestone: true, end: 2024-12-31, clause: 二}\n"
        "  review: {title: 评估, milestone: true, clause: 二}\n"
    )
    phases, spans = setting.package.phases, plan_phases(setting)
    assert (spans["goal"].start, spans["goal"].end) == (None, date(2024, 12, 31))
    assert state_of(phases["goal"], spans["goal"], date(2024, 11, 1)) == "next"
    assert state_of(phases["goal"], spans["goal"], date(2025, 1, 1)) == "done"
    assert spans["review"] == Span(None, None)
    assert state_of(phases["review"], spans["review"], date(2030, 1, 1)) == "open"


def test_a_horizon_lies_beyond_the_campaign_and_nobody_is_late_for_it():
    setting = with_phases("  far: {title: 远景, horizon: true, end: 2035-12-31, clause: 二}\n")
    phases, spans = setting.package.phases, plan_phases(setting)
    assert state_of(phases["far"], spans["far"], date(2024, 11, 1)) == "open"
    assert not spans["far"].covers(date(2036, 1, 1))


def test_a_phase_comes_again_in_rounds_and_dates_lean_on_one_of_them():
    setting = with_phases(
        "  yearly: {title: 逐年, start: 2004-03-01, end: 2006-10-31, every: year, clause: 二}\n",
        "  look: {title: 看, by: mine, form: plan, start: \"phases.yearly['2005'].start\","
        " due: \"phases.yearly['2005'].end\", clause: 二}\n",
    )
    span = plan_phases(setting)["yearly"]
    assert span.rounds == (
        Round("2004", date(2004, 3, 1), date(2004, 12, 31)),
        Round("2005", date(2005, 1, 1), date(2005, 12, 31)),
        Round("2006", date(2006, 1, 1), date(2006, 10, 31)),
    )
    turn = span.round_on(date(2006, 2, 1))
    assert turn is not None and turn.name == "2006" and span.round_on(date(2007, 1, 1)) is None
    [one] = occurrences(setting, setting.package.duties["look"])
    assert (one.opens, one.due) == (date(2005, 1, 1), date(2005, 12, 31))
    assert set(span.names()) == {"start", "end", "2004", "2005", "2006"}


def test_a_round_that_does_not_come_is_named():
    setting = with_phases(
        "  yearly: {title: 逐年, start: 2004-03-01, end: 2006-10-31, every: year, clause: 二}\n",
        "  look: {title: 看, by: mine, form: plan, due: \"phases.yearly['2008'].end\", clause: 二}\n",
    )
    with pytest.raises(ImpossibleDate) as wrong:
        list(occurrences(setting, setting.package.duties["look"]))
    assert "2008" in str(wrong.value.what) and "2004、2005、2006" in str(wrong.value.do)


def test_a_phase_ends_with_a_season_of_the_place():
    text = "  floods: {title: 防汛, start: 2024-11-01, end: \"season('汛期').start - days(1)\", clause: 二}\n"
    assert plan_phases(with_phases(text))["floods"].end == date(2024, 11, 9)
    bare = with_phases(text, calendar=Calendar())
    with pytest.raises(NoSeason):
        plan_phases(bare)
    waiting = known_phases(bare)["floods"]
    assert (waiting.start, waiting.end, waiting.season) == (date(2024, 11, 1), None, "汛期")


def test_phases_overlap_and_each_stands_for_itself():
    setting = with_phases("  beside: {title: 并行, start: 2024-11-10, end: 2024-12-31, clause: 二}\n")
    spans = plan_phases(setting)
    assert all(spans[key].covers(date(2024, 11, 10) + timedelta(days=2)) for key in ("self_check", "beside"))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("more: {title: 某段, clause: 二}", "没有写日期"),
        ("more: {title: 某段, milestone: true, start: 2024-11-01, clause: 二}", "却写了 start"),
        ("more: {title: 某段, after: deploy, start: 2024-11-01, clause: 二}", "同时写了 after 和 start"),
        ("more: {title: 某段, start: 2024-11-01, every: year, clause: 二}", "没有写清起止"),
        ("more: {title: 某段, in: deplyo, end: 2024-11-01, clause: 二}", "没有阶段“deplyo”"),
        ("more: {title: 某段, after: more, clause: 二}", "绕了一圈"),
        ("more: {title: 某段, start: 2024-11-01, every: weekly, clause: 二}", "every"),
    ],
)
def test_a_phase_that_contradicts_itself_is_said_with_its_line(text: str, what: str):
    found = told(campaign("phases:\n", f"phases:\n  {text}\n"))
    assert len(found) == 1 and what in found[0] and "campaign.yaml:13 " in found[0], found


def test_a_duty_that_waits_for_a_beginning_that_is_not_there_is_said():
    [found] = told(
        campaign(
            "duties:\n",
            "  more: {title: 某段, end: 2024-12-01, clause: 二}\nduties:\n"
            "  look: {title: 看, by: mine, form: plan, on: {phase: more, at: start}, clause: 二}\n",
        )
    )
    assert "没有开始日期" in found
