"""Timers that fire again and again: the grid, the clock changes, the pauses, and what a process does with each firing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.process import Model, ProcessStuck, Step, advance, rearm, start, wake
from forms.expression import EvaluationError
from tests.examples import examples
from tests.workflows.drawn import draw, drawing
from workflows.bpmn import BadTiming, read_process
from workflows.bpmn.cycles import read_cycle
from workflows.bpmn.grids import MOST_MISSED, SPENT, Armed, arm, following

COUNTY = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2024, 11, 1, 9, 0, tzinfo=COUNTY)
DAY = timedelta(days=1)


def workdays(day: date, count: int) -> date:
    """Monday to Friday."""
    while count:
        day += DAY
        count -= day.weekday() < 5
    return day


GIVEN = {"add_workdays": workdays}


def moments(text: str, since: datetime = NOW, most: int = 6, **names: Any) -> list[str]:
    """Return the local moments at which a cycle fires when it is always woken in time."""
    cycle = read_cycle(text)
    armed = arm(cycle, names, since, GIVEN)
    found: list[str] = []
    while armed is not None and armed is not SPENT and len(found) < most:
        found.append(armed.at.astimezone(since.tzinfo).strftime("%m-%d %H:%M"))
        # What is kept is JSON, and enough.
        armed = following(cycle, Armed.of(armed.at, armed.kept()), armed.at.astimezone(since.tzinfo), GIVEN)
    return found


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("R3/PT24H", ["11-02 09:00", "11-03 09:00", "11-04 09:00"]),
        ("R2/P1W", ["11-08 09:00", "11-15 09:00"]),
        ("R/P1D", ["11-02 09:00", "11-03 09:00", "11-04 09:00", "11-05 09:00", "11-06 09:00", "11-07 09:00"]),
        ("R3/2024-11-04/P7D", ["11-04 00:00", "11-11 00:00", "11-18 00:00"]),
        ("R3/2024-11-04T08:30/P7D", ["11-04 08:30", "11-11 08:30", "11-18 08:30"]),
        ("R4/2024-10-25/P7D", ["11-08 00:00", "11-15 00:00"]),  # two of the four have passed
        ("R3/2024-10-01/P7D", []),
        ("R/P1D/2024-11-04T09:00", ["11-02 09:00", "11-03 09:00", "11-04 09:00"]),
        ("R/P1D/2024-11-04", ["11-02 09:00", "11-03 09:00"]),
        ("R2/due + days(1)/P1D", ["11-06 00:00", "11-07 00:00"]),
        ("R/P1D/phases.check.end", ["11-02 09:00"]),
        ("R/none/P1D", []),
        ("'R2/PT24H'", ["11-02 09:00", "11-03 09:00"]),
        ("${how}", ["11-02 09:00"]),
        ("how", ["11-02 09:00"]),
        ("days(2)", ["11-03 09:00", "11-05 09:00", "11-07 09:00", "11-09 09:00", "11-11 09:00", "11-13 09:00"]),
        ("workdays(2) if due else None", ["11-05 09:00", "11-07 09:00", "11-11 09:00", "11-13 09:00", "11-15 09:00", "11-19 09:00"]),
        ("R2/workdays(1)", ["11-04 09:00", "11-05 09:00"]),
        ("none", []),
        ("FREQ=WEEKLY;BYDAY=MO;COUNT=2", ["11-04 00:00", "11-11 00:00"]),
        ("RRULE:FREQ=DAILY;INTERVAL=2;COUNT=3", ["11-03 00:00", "11-05 00:00", "11-07 00:00"]),
        ("FREQ=MONTHLY;BYMONTHDAY=10,20,-1;COUNT=4", ["11-10 00:00", "11-20 00:00", "11-30 00:00", "12-10 00:00"]),
        ("FREQ=DAILY;UNTIL=20241103", ["11-02 00:00", "11-03 00:00"]),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=1", ["02-29 00:00"]),
    ],
)  # fmt: skip
def test_a_cycle_fires_at_these_moments(text: str, wanted: list[str]):
    names = {"due": date(2024, 11, 5), "phases": {"check": {"end": date(2024, 11, 3)}}, "how": "R1/P1D"}
    assert moments(text, **names) == wanted


def test_months_keep_their_day():
    since = datetime(2025, 1, 31, 8, 0, tzinfo=COUNTY)
    assert moments("R/P1M", since, 5) == [
        "02-28 08:00",
        "03-31 08:00",
        "04-30 08:00",
        "05-31 08:00",
        "06-30 08:00",
    ]
    assert moments("R3/2024-10-31/P1M", NOW) == ["11-30 00:00", "12-31 00:00"]


def test_days_keep_their_time_when_the_clocks_change_and_hours_do_not():
    since = datetime(2024, 3, 30, 2, 30, tzinfo=BERLIN)  # on the 31st half past two does not exist
    assert moments("R3/P1D", since) == ["03-31 03:30", "04-01 02:30", "04-02 02:30"]
    assert moments("R3/PT24H", since) == ["03-31 03:30", "04-01 03:30", "04-02 03:30"]
    autumn = datetime(2024, 10, 26, 2, 30, tzinfo=BERLIN)  # on the 27th it comes twice
    assert moments("R3/P1D", autumn) == ["10-27 02:30", "10-28 02:30", "10-29 02:30"]
    assert moments("FREQ=DAILY;COUNT=2", autumn) == ["10-27 00:00", "10-28 00:00"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0 0 8 * * ?", "cron 表达式“0 0 8 * * ?”暂不支持"),
        ("0 8 * * MON-FRI", "cron"),
        ("*/5 * * * *", "cron"),
        ("@daily", "cron"),
        ("", "没有写明循环时间"),
        ("P1D", "“P1D”不是循环时间"),
        ("2024-11-01", "不是循环时间"),
        ("R0/P1D", "循环 0 次"),
        ("R/P1D/P2D", "起止要写日期"),
        ("R/2024-11-01/2024-11-02", "没有写每隔多久"),
        ("R/PT30S", "不足一分钟"),
        ("R3/-P1D", "没有写每隔多久"),
        ("R3/", "没有写每隔多久"),
        ("R/due +/P1D", "时间表达式有误"),
        ("FREQ=HOURLY", "循环规则有误"),
        ("FREQ=WEEKLY;BYDAY=XX", "循环规则有误"),
        ("due +", "时间表达式有误"),
        ("R/P11Y", "超过十年"),
    ],
)
def test_what_is_no_cycle_is_refused_with_a_remedy(text: str, said: str):
    with pytest.raises(BadTiming) as caught:
        read_cycle(text)
    assert said in str(caught.value.what) and str(caught.value.do)


@pytest.mark.parametrize("value", [3, True, "P1D", "R0/P1D", "x", "due", date(2024, 11, 1), ["R/P1D"]])
def test_an_expression_that_gives_no_cycle_is_refused_when_it_is_armed(value: Any):
    with pytest.raises((BadTiming, EvaluationError)):
        arm(read_cycle("how"), {"how": value}, NOW, GIVEN)


# --- pauses, against a straightforward reference ----------------------------------------------------------------------------


def reference(text: str, since: datetime, until: datetime) -> list[datetime]:
    """Every moment of a grid up to `until`, one by one."""
    count, _, step = text[1:].partition("/")
    every = {"PT7H": timedelta(hours=7), "P1D": DAY, "P3D": 3 * DAY}[step]
    found, at = [], since
    while (not count or len(found) < int(count)) and at <= until:
        at += every
        found.append(at)
    return [one for one in found if one <= until]


@examples(150)
@given(
    text=st.sampled_from(["R/PT7H", "R5/PT7H", "R/P1D", "R12/P1D", "R/P3D", "R1/P3D"]),
    pauses=st.lists(st.integers(1, 200), min_size=1, max_size=12),
    each=st.booleans(),
)
def test_after_any_pauses_missed_firings_are_one_or_each(text: str, pauses: list[int], each: bool):
    cycle = read_cycle(text)
    armed = arm(cycle, {}, NOW, {})
    now, fired = NOW, []  # (woken at, the moment that fired)
    for hours in pauses:
        now += timedelta(hours=hours)
        while armed is not None and armed.at <= now:
            fired.append((now, armed.at))
            armed = following(cycle, Armed.of(armed.at, armed.kept()), now, {}, each=each)
    grid = reference(text, NOW, now)
    if each:
        assert [at for _, at in fired] == grid
    else:
        woken = [NOW + timedelta(hours=sum(pauses[:n])) for n in range(len(pauses) + 1)]
        wanted = []
        for before, after in zip(woken, woken[1:], strict=False):
            due = [one for one in grid if before < one <= after]
            wanted += [(after, due[0])] if due else []
        assert fired == wanted
    after_all = [one for one in reference(text, NOW, now + 30 * DAY) if one > now]
    assert (armed.at if armed else None) == (after_all[0] if after_all else None)


def test_of_too_many_missed_ones_only_the_last_hundred_are_made_up_for():
    cycle = read_cycle("R/PT1M")
    armed = arm(cycle, {}, NOW, {})
    now, fired = NOW + 3 * DAY, 0
    while armed.at <= now:
        fired += 1
        armed = following(cycle, armed, now, {}, each=True)
    assert fired == MOST_MISSED + 1 and armed.at == now + timedelta(minutes=1)


# --- in a process ---------------------------------------------------------------------------------------------------------

NAGGED = """
    s: startEvent
    a: userTask
    t: boundaryEvent on=a cycle='{cycle}' beside
    b: userTask
    e: endEvent
    f: endEvent
    s -> a -> e
    t -> b -> f
"""


class Walk:
    def __init__(self, text: str, *, each: bool = False, **data: Any) -> None:
        xml = draw(text)
        if each:
            xml = xml.replace(
                b'cancelActivity="false">',
                b'cancelActivity="false"><bpmn:extensionElements><camunda:properties>'
                b'<camunda:property name="missed" value="each"/></camunda:properties></bpmn:extensionElements>',
            )
        read, problems = read_process(xml, "p.bpmn")
        assert read is not None, problems
        self.model, self.now, self.open = Model.of({"p": read}, "p"), NOW, {}
        self.see(start(self.model, data, NOW, GIVEN))

    def see(self, step: Step) -> Step:
        self.open = {k: v for k, v in self.open.items() if k not in step.closed}
        self.open |= {one.token: one.node_id for one in step.opened}
        self.step = step
        return step

    def later(self, **time: int) -> list[str]:
        self.now += timedelta(**time)
        self.see(wake(self.model, self.step.state, self.now, GIVEN))
        return sorted(self.open.values())

    def do(self, node: str) -> Step:
        token = next(key for key, name in self.open.items() if name == node)
        step = advance(self.model, self.step.state, token, {}, self.now, GIVEN)
        del self.open[token]
        return self.see(step)

    def armed(self) -> list[str]:
        return [one.at.astimezone(COUNTY).strftime("%m-%d %H:%M") for one in self.step.timers]


def test_a_cycle_beside_a_task_opens_a_path_each_time_until_the_task_is_done():
    walk = Walk(NAGGED.format(cycle="R/P1D"))
    assert walk.armed() == ["11-02 09:00"]
    assert [walk.later(days=1) for _ in range(3)] == [["a", "b"], ["a", "b", "b"], ["a", "b", "b", "b"]]
    assert walk.armed() == ["11-05 09:00"] and len(walk.step.state) < 200
    step = walk.do("a")
    assert (step.timers, step.ended) == ((), False)
    assert walk.later(days=9) == ["b", "b", "b"]
    for _ in range(3):
        walk.do("b")
    assert walk.step.ended


def test_a_cycle_that_is_used_up_is_quiet_and_the_task_stays():
    walk = Walk(NAGGED.format(cycle="R2/PT24H"))
    assert walk.later(days=1) == ["a", "b"] and walk.later(days=1) == ["a", "b", "b"]
    assert walk.step.timers == () and walk.later(days=30) == ["a", "b", "b"]


def test_missed_firings_are_one_unless_the_event_or_the_duty_asks_for_each():
    assert Walk(NAGGED.format(cycle="R/P1D")).later(days=4, hours=1) == ["a", "b"]
    for asked in (
        Walk(NAGGED.format(cycle="R/P1D"), each=True),
        Walk(NAGGED.format(cycle="R/P1D"), **{"every.missed": "each"}),
    ):
        assert asked.later(days=4, hours=1) == ["a", *["b"] * 4] and asked.armed() == ["11-06 09:00"]
    with_rule = Walk(NAGGED.format(cycle="FREQ=DAILY;COUNT=3"), each=True)
    assert with_rule.later(days=9) == ["a", "b", "b", "b"] and with_rule.armed() == []
    assert Walk(NAGGED.format(cycle="FREQ=DAILY;COUNT=3")).later(days=2) == ["a", "b"]


def test_an_interrupting_cycle_fires_once():
    walk = Walk(NAGGED.format(cycle="R/P1D").replace(" beside", ""))
    assert walk.later(days=3) == ["b"] and walk.step.timers == ()


def test_a_cycle_between_two_steps_lets_pass_at_its_first_moment():
    text = "s: startEvent\nc: intermediateCatchEvent cycle='{}'\na: userTask\ne: endEvent\ns -> c -> a -> e"
    walk = Walk(text.format("FREQ=WEEKLY;BYDAY=MO"))
    assert walk.armed() == ["11-04 00:00"] and walk.later(days=3) == ["a"] and walk.armed() == []
    assert sorted(Walk(text.format("R3/2024-10-01/P7D")).open.values()) == ["a"]  # all of it has passed
    with pytest.raises(ProcessStuck, match="没有日期"):
        Walk(text.format("R/due/P1D"), due=None)


def test_a_cycle_without_a_start_waits_for_one_and_follows_the_date_that_it_starts_with():
    walk = Walk(NAGGED.format(cycle="R/due + days(1)/P1D"), due=None)
    assert walk.armed() == []
    walk.see(rearm(walk.model, walk.step.state, {"due": date(2024, 11, 4)}, walk.now, GIVEN))
    assert walk.armed() == ["11-05 00:00"]
    assert walk.later(days=4) == ["a", "b"] and walk.armed() == ["11-06 00:00"]
    walk.see(rearm(walk.model, walk.step.state, {"due": date(2024, 11, 8)}, walk.now, GIVEN))
    assert walk.armed() == ["11-09 00:00"] and sorted(walk.open.values()) == ["a", "b"]
    walk.see(rearm(walk.model, walk.step.state, {"due": date(2024, 11, 1)}, walk.now, GIVEN))
    assert walk.armed() == ["11-06 00:00"]  # what lies behind is not made up for


def test_a_calendar_that_changes_moves_a_cycle_of_working_days():
    walk = Walk(NAGGED.format(cycle="R/workdays(1)"))
    assert walk.armed() == ["11-04 09:00"]
    closed = {"add_workdays": lambda day, count: workdays(day, count + 1)}
    walk.see(rearm(walk.model, walk.step.state, {}, walk.now, closed, calendar=True))
    assert walk.armed() == ["11-05 09:00"]


def test_a_cycle_that_cannot_be_worked_out_stops_the_process_by_name():
    with pytest.raises(ProcessStuck, match="定时器的时间无法确定") as caught:
        Walk(NAGGED.format(cycle="how"), how=3)
    assert caught.value.facts["node"] == "t"
    walk = Walk(NAGGED.format(cycle="R/workdays(1)"))
    with pytest.raises(ProcessStuck, match="工作日历"):
        wake(walk.model, walk.step.state, NOW + 4 * DAY)


def test_a_cycle_inside_a_part_ends_with_it():
    walk = Walk(
        """
        s: startEvent
        part: subProcess
        q: startEvent in=part
        a: userTask in=part
        x: endEvent in=part
        t: boundaryEvent on=part cycle=R/P1D beside
        b: userTask
        e: endEvent
        f: endEvent
        s -> part -> e
        q -> a -> x
        t -> b -> f
        """
    )
    assert walk.later(days=2) == ["a", "b"] and walk.do("a").timers == ()


def test_names_that_a_cycle_reads_are_kept():
    assert drawing(NAGGED.format(cycle="R/deadline/P1D")).reads == {"deadline", "every.missed"}


@examples(300)
@given(
    st.lists(
        st.sampled_from(
            ["R", "R3", "/", "P1D", "P1M", "PT1H", "P99999999M", "2024-11-01", "9999-12-31", "0001-01-01", "due", " + days(1)",
             "workdays(2)", "workdays(9999)", "FREQ=DAILY", "FREQ=YEARLY", ";COUNT=2", ";UNTIL=20250101", ";INTERVAL=9999", "${", "}", "'", "*", " "]
        ), max_size=6,
    ).map("".join)
)  # fmt: skip
def test_whatever_is_written_is_a_cycle_or_refused_in_words(text: str):
    try:
        cycle = read_cycle(text)
        armed = arm(cycle, {"due": date(2024, 11, 5)}, NOW, GIVEN)
        if armed is not None and armed is not SPENT:
            assert armed.at >= NOW
            later = following(cycle, Armed.of(armed.at, armed.kept()), armed.at.astimezone(COUNTY), GIVEN)
            assert later is None or later.at > armed.at
    except (BadTiming, EvaluationError) as refused:
        assert str(refused.what) and str(refused.do)
