"""Timers: when they fire, what they withdraw, and what a late scheduler changes (nothing)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from engine.process import Model, ProcessStuck, TokenGone, rearm, start, wake
from tests.engine.walking import DAY, NOW, Walk
from tests.workflows.drawn import drawing

REMIND = """
    s: startEvent
    rectify: userTask
    late: boundaryEvent on=rectify duration=P3D
    soon: boundaryEvent on=rectify duration=P1D beside
    remind: userTask
    escalate: userTask
    e: endEvent
    s -> rectify -> e
    soon -> remind -> e
    late -> escalate -> e
"""


def test_an_interrupting_timer_withdraws_the_task_and_one_beside_it_does_not():
    walk = Walk(REMIND)
    rectify = walk.token("rectify")
    assert [(t.node_id, t.at) for t in walk.step.timers] == [("soon", NOW + DAY), ("late", NOW + 3 * DAY)]
    step = walk.later(DAY)
    assert (walk.open(), step.entered, step.closed) == (["rectify", "remind"], ("soon", "remind"), ())
    step = walk.later(2 * DAY)
    assert (walk.open(), step.closed, step.timers) == (["escalate", "remind"], (rectify,), ())
    walk.do("escalate")
    assert walk.do("remind").ended


def test_a_task_done_in_time_takes_its_timers_with_it():
    walk = Walk(REMIND)
    step = walk.do("rectify")
    assert (step.timers, step.closed, step.ended) == ((), (), True)


def test_after_three_days_of_downtime_timers_fire_once_each_and_in_order():
    walk = Walk(REMIND)
    step = walk.later(10 * DAY)
    assert step.entered == ("soon", "remind", "late", "escalate")
    assert walk.later(10 * DAY).entered == ()


def test_a_timer_that_is_overdue_fires_before_the_task_it_withdraws_is_done():
    walk = Walk(REMIND)
    walk.now += 3 * DAY
    with pytest.raises(TokenGone):
        walk.do("rectify")


def test_a_timer_whose_date_has_passed_fires_in_the_step_that_reaches_it():
    walk = Walk(
        """
        s: startEvent
        a: userTask
        t: intermediateCatchEvent date=2024-10-28
        b: userTask
        e: endEvent
        s -> a -> t -> b -> e
        """
    )
    assert walk.do("a").entered == ("t", "b")


def test_a_date_begins_in_the_zone_of_now_and_expressions_may_set_it():
    text = """
        s: startEvent
        a: userTask
        t: boundaryEvent on=a date='due + days(1)'
        e: endEvent
        s -> a -> e
        t -> e
    """
    model = Model.of({"p": drawing(text)}, "p")
    step = start(model, {"due": date(2024, 11, 25)}, NOW.astimezone(ZoneInfo("Asia/Shanghai")))
    assert step.timers[0].at == datetime(2024, 11, 25, 16, 0, tzinfo=UTC)
    assert start(model, {"due": None}, NOW).timers == ()  # an undated duty is never overdue
    given = {"add_workdays": lambda day, n: day + timedelta(days=n)}
    worked = Model.of({"p": drawing(text.replace("days(1)", "workdays(3)"))}, "p")
    assert start(worked, {"due": date(2024, 11, 25)}, NOW, given).timers[0].at == datetime(
        2024, 11, 28, tzinfo=UTC
    )


REMINDED = """
    s: startEvent
    a: userTask
    t: boundaryEvent on=a date='due + days(1)' beside
    late: boundaryEvent on=a duration=P9D
    b: userTask
    e: endEvent
    f: endEvent
    g: endEvent
    s -> a -> e
    t -> b -> f
    late -> g
"""


def test_armed_timers_follow_a_due_date_that_moves_and_the_others_stay():
    now = NOW.astimezone(ZoneInfo("Asia/Shanghai"))
    model = Model.of({"p": drawing(REMINDED)}, "p")
    first = start(model, {"due": date(2024, 11, 5)}, now)
    later = now + DAY
    moved = rearm(model, first.state, {"due": date(2024, 11, 7), "phases": {}}, later)
    assert {one.node_id: one.at for one in moved.timers} == {
        "t": datetime(2024, 11, 7, 16, 0, tzinfo=UTC), "late": NOW + 9 * DAY,
    }  # fmt: skip
    assert moved.data == {"due": date(2024, 11, 7)} and not (moved.opened or moved.closed or moved.entered)
    undated = rearm(model, moved.state, {"due": None}, later)
    assert [one.node_id for one in undated.timers] == ["late"]
    again = rearm(model, undated.state, {"due": date(2024, 11, 1)}, later)
    assert [one.node_id for one in wake(model, again.state, later).opened] == [
        "b"
    ]  # it has passed: due at once
    fired = wake(model, again.state, later)
    assert "t" not in {
        one.node_id for one in rearm(model, fired.state, {"due": date(2024, 11, 9)}, later).timers
    }


def test_a_date_that_counts_from_when_it_was_armed_still_does_after_the_due_date_moved():
    model = Model.of({"p": drawing(REMINDED.replace("due + days(1)", "max(due, today + days(3))"))}, "p")
    first = start(model, {"due": date(2024, 11, 2)}, NOW)
    assert first.timers[0].at == datetime(2024, 11, 4, tzinfo=UTC)
    moved = rearm(model, first.state, {"due": date(2024, 11, 3)}, NOW + 2 * DAY)
    assert moved.timers[0].at == datetime(2024, 11, 4, tzinfo=UTC)


def test_an_event_that_cannot_do_without_its_date_is_stuck_when_it_is_taken_away():
    model = Model.of(
        {"p": drawing("s: startEvent\nt: intermediateCatchEvent date=due\ne: endEvent\ns -> t -> e")}, "p"
    )
    first = start(model, {"due": date(2024, 11, 2)}, NOW)
    with pytest.raises(ProcessStuck, match="没有日期"):
        rearm(model, first.state, {"due": None}, NOW)


def test_a_timer_that_starts_itself_anew_in_the_past_is_stopped():
    walk = Walk(
        """
        s: startEvent
        a: userTask
        m: exclusiveGateway
        t: intermediateCatchEvent date=due
        g: exclusiveGateway
        e: endEvent
        s -> a -> m -> t -> g
        g -> m if again == True
        g -> e else
        """,
        due=date(2024, 1, 1),
    )
    with pytest.raises(ProcessStuck, match="绕圈"):
        walk.do("a", again=True)
