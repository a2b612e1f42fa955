"""One process instance, step by step: what a person, a timer or a signal sets in motion."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.process import Model, ProcessStuck, Step, TokenGone, advance, rearm, signal, stamp, start, wake
from tests.workflows.drawn import drawing

NOW = datetime(2024, 11, 1, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Walk:
    """A person at the desk: names the task that is done, sees what opens."""

    def __init__(self, text: str, /, **data: Any) -> None:
        self.model = Model.of({"p": drawing(text)}, "p")
        self.now = NOW
        self.tasks: dict[str, str] = {}  # token -> node
        self.step = self._see(start(self.model, data, self.now))

    def open(self) -> list[str]:
        return sorted(self.tasks.values())

    def token(self, node: str) -> str:
        return next(token for token, name in self.tasks.items() if name == node)

    def do(self, node: str, **answers: Any) -> Step:
        token = self.token(node)
        step = advance(self.model, self.step.state, token, answers, self.now)
        del self.tasks[token]
        return self._see(step)

    def hear(self, name: str, payload: Mapping[str, Any] | None = None) -> Step:
        return self._see(signal(self.model, self.step.state, name, payload or {}, self.now))

    def later(self, time: timedelta) -> Step:
        self.now += time
        return self._see(wake(self.model, self.step.state, self.now))

    def _see(self, step: Step) -> Step:
        for token in step.closed:
            del self.tasks[token]
        self.tasks |= {opened.token: opened.node_id for opened in step.opened}
        self.step = step
        return step


REPORT = """
    s: startEvent
    fill: userTask
    review: userTask
    ok: exclusiveGateway
    done: endEvent
    s -> fill -> review -> ok
    ok -> done if accepted == True
    ok -> fill else
"""


def test_a_report_is_filed_returned_filed_again_and_accepted():
    walk = Walk(REPORT)
    assert walk.open() == ["fill"]
    walk.do("fill")
    assert walk.do("review", accepted=False).entered == ("ok", "fill")
    walk.do("fill")
    step = walk.do("review", accepted=True)
    assert (step.ended, step.end_nodes, step.opened) == (True, ("done",), ())


def test_a_task_that_is_done_cannot_be_done_again():
    walk = Walk(REPORT)
    token = walk.token("fill")
    walk.do("fill")
    for other in (token, "nonsense", ""):
        with pytest.raises(TokenGone):
            advance(walk.model, walk.step.state, other, {}, NOW)


def test_the_same_call_gives_the_same_step_whatever_the_wall_clock_says(monkeypatch):
    walk = Walk(REPORT)
    token, state = walk.token("fill"), walk.step.state
    first = advance(walk.model, state, token, {}, NOW)
    monkeypatch.setattr("time.time", lambda: 4e9)
    assert advance(walk.model, state, token, {}, NOW) == first


def test_only_what_the_drawing_reads_or_the_start_gave_is_kept():
    walk = Walk(REPORT, 矿井="北山煤矿", by="m1")
    step = walk.do("fill", accepted=None, remarks="很长的说明", 矿井="改名", by="m2")
    assert step.data == {"矿井": "改名", "by": "m1", "accepted": None}


def test_dates_moments_and_decimals_come_back_as_they_were():
    data = {
        "due": date(2024, 11, 25), "at": NOW, "output": Decimal("120.50"), "long": 10**40, "typename": "x",
        "rows": [{"typename": "datetime", "value": None}, {"\0d": "2024-11-25", "\0": 1}, ("a", 1.5, True)],
    }  # fmt: skip
    walk = Walk(REPORT, **data)
    walk.do("fill")
    assert walk.step.data == {**data, "rows": [*data["rows"][:2], ["a", 1.5, True]]}
    assert walk.do("review", accepted=True).ended


def test_changing_a_handed_in_or_returned_value_changes_no_process_data():
    rows = [{"级别": "重大"}]
    walk = Walk(REPORT, rows=rows)
    rows[0]["级别"] = "一般"
    walk.step.data["rows"].append("more")
    assert walk.do("fill").data["rows"] == [{"级别": "重大"}]


FORK = """
    s: startEvent
    redo: exclusiveGateway
    fork: parallelGateway
    a: userTask
    b: userTask
    c: userTask
    join: parallelGateway
    review: userTask
    ok: exclusiveGateway
    done: endEvent
    s -> redo -> fork -> a -> join
    fork -> b -> join
    fork -> c -> join
    join -> review -> ok
    ok -> redo if again == True
    ok -> done else
"""


def test_a_join_waits_for_every_branch():
    walk = Walk(FORK)
    assert walk.open() == ["a", "b", "c"]
    walk.do("b")
    walk.do("a")
    assert walk.open() == ["c"]
    walk.do("c")
    assert walk.open() == ["review"]


def test_parallel_branches_share_the_data_of_the_instance():
    walk = Walk(
        """
        s: startEvent
        fork: parallelGateway
        a: userTask
        b: userTask
        g: exclusiveGateway
        x: userTask
        e: endEvent
        s -> fork -> a -> e
        fork -> b -> g
        g -> x if 重大 > 0
        g -> e else
        x -> e
        """
    )
    walk.do("a", 重大=2)
    walk.do("b")
    assert walk.open() == ["x"]


def test_two_gateways_that_do_not_pair_are_an_incident_not_a_silence():
    walk = Walk(
        """
        s: startEvent
        choose: exclusiveGateway
        a: userTask
        b: userTask
        join: parallelGateway
        e: endEvent
        s -> choose
        choose -> a if 快 == True
        choose -> b else
        a -> join
        b -> join
        join -> e
        """
    )
    with pytest.raises(ProcessStuck) as stuck:
        walk.do("b")
    assert stuck.value.facts["node"] == "join"
    assert walk.open() == ["b"]  # nothing of the step is kept


def test_no_condition_holds_and_there_is_no_default():
    walk = Walk(
        """
        s: startEvent
        a: userTask
        g: exclusiveGateway
        e: endEvent
        s -> a -> g
        g -> e if 级别 == '重大'
        g -> a if 级别 == '一般'
        """
    )
    for answers in ({}, {"级别": 3}):
        with pytest.raises(ProcessStuck, match="条件都不成立"):
            walk.do("a", **answers)


def test_a_condition_that_gives_neither_yes_nor_no_is_refused():
    walk = Walk(
        "s: startEvent\na: userTask\ng: exclusiveGateway\ne: endEvent\ns -> a -> g\ng -> e if 意见\ng -> a else"
    )
    with pytest.raises(ProcessStuck, match="是"):
        walk.do("a", 意见="false")


def test_an_inclusive_join_waits_for_the_branches_that_were_taken_and_no_others():
    text = """
        s: startEvent
        a: userTask
        split: inclusiveGateway
        mine: userTask
        city: userTask
        office: userTask
        join: inclusiveGateway
        last: userTask
        again: exclusiveGateway
        e: endEvent
        s -> a -> split
        split -> mine if mine == True
        split -> city if city == True
        split -> office else
        mine -> join
        city -> join
        office -> join
        join -> last -> again
        again -> a if redo == True
        again -> e else
    """
    walk = Walk(text)
    for _ in range(3):
        walk.do("a", mine=True, city=True)
        assert walk.open() == ["city", "mine"]
        walk.do("city")
        assert walk.open() == ["mine"]
        walk.do("mine")
        walk.do("last", redo=True)
        walk.do("a", mine=False, city=False)
        assert walk.open() == ["office"]
        walk.do("office")
        walk.do("last", redo=True)
    walk.do("a", mine=True, city=False)
    walk.do("mine")
    assert walk.do("last", redo=False).ended


# Timers

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


def test_a_naive_now_is_refused():
    with pytest.raises(ValueError, match="aware"):
        start(Model.of({"p": drawing(REPORT)}, "p"), {}, NOW.replace(tzinfo=None))


# Signals and messages

FREEZE = """
    s: startEvent
    a: userTask
    stop: boundaryEvent on=a signal=停产
    note: boundaryEvent on=a signal=通报 beside
    read: userTask
    e: endEvent
    stopped: endEvent
    s -> a -> e
    note -> read -> e
    stop -> stopped
"""


def test_a_signal_withdraws_the_task_it_interrupts():
    walk = Walk(FREEZE)
    step = walk.hear("停产")
    assert (step.ended, step.end_nodes, len(step.closed), step.unheard) == (True, ("stopped",), 1, ())


def test_a_signal_beside_a_task_is_heard_every_time():
    walk = Walk(FREEZE)
    for count in (1, 2, 3):
        walk.hear("通报")
        assert walk.open() == ["a"] + ["read"] * count


def test_a_signal_for_which_nobody_waits_is_no_error_and_is_not_kept():
    text = """
        s: startEvent
        a: userTask
        w: intermediateCatchEvent signal=批复
        g: exclusiveGateway
        e: endEvent
        b: userTask
        s -> a -> w -> g
        g -> e if 同意 == True
        g -> b else
        b -> e
    """
    walk = Walk(text)
    step = walk.hear("批复", {"同意": True})
    assert (step.unheard, step.data, step.opened) == (("批复",), {}, ())
    walk.do("a")
    assert walk.open() == []
    assert walk.hear("批复", {"同意": True, "junk": 1}).ended


def test_what_a_process_throws_is_reported_and_heard_by_its_own_listeners():
    walk = Walk(
        """
        s: startEvent
        fork: parallelGateway
        a: userTask
        t: intermediateThrowEvent signal=已整改
        b: userTask
        w: boundaryEvent on=b signal=已整改
        c: userTask
        m: endEvent message=上报
        e: endEvent
        s -> fork -> a -> t -> m
        fork -> b -> e
        w -> c -> e
        """,
        hazard="H1",
    )
    step = walk.do("a")
    assert step.thrown == (("已整改", {"hazard": "H1"}), ("上报", {"hazard": "H1"}))
    assert step.sent == (("signal", "已整改"), ("message", "上报"))
    assert walk.open() == ["c"]


def test_a_message_reaches_only_the_one_who_has_waited_longest():
    walk = Walk(
        """
        s: startEvent
        fork: parallelGateway
        w1: intermediateCatchEvent message=回执
        w2: intermediateCatchEvent message=回执
        a: userTask
        b: userTask
        e: endEvent
        s -> fork -> w1 -> a -> e
        fork -> w2 -> b -> e
        """
    )
    assert walk.step.waits == (("message", "回执"),)
    assert walk.hear("回执").waits == (("message", "回执"),)
    assert walk.open() == ["a"]
    assert walk.hear("回执").waits == ()
    assert walk.open() == ["a", "b"]
    assert walk.hear("回执").unheard == ("回执",)


def test_the_first_event_after_an_event_gateway_withdraws_the_others():
    text = """
        s: startEvent
        g: eventBasedGateway
        reply: intermediateCatchEvent message=批复
        week: intermediateCatchEvent duration=P7D
        urge: userTask
        a: userTask
        e: endEvent
        s -> g -> reply -> a -> e
        g -> week -> urge -> e
    """
    walk = Walk(text)
    assert walk.hear("批复").timers == ()
    assert walk.open() == ["a"]
    assert walk.later(30 * DAY).opened == ()
    other = Walk(text)
    other.later(7 * DAY)
    assert (other.open(), other.hear("批复").unheard) == (["urge"], ("批复",))


# Subprocesses

SUB = """
    s: startEvent
    sub: subProcess
    s1: startEvent in=sub
    fork: parallelGateway in=sub
    a: userTask in=sub
    b: userTask in=sub
    inner: subProcess in=sub
    s2: startEvent in=inner
    c: userTask in=inner
    e2: endEvent in=inner
    e1: endEvent in=sub
    stop: boundaryEvent on=sub signal=停产
    late: boundaryEvent on=sub duration=P5D beside
    remind: userTask
    after: userTask
    e: endEvent
    s -> sub -> after -> e
    stop -> e
    late -> remind -> e
    s1 -> fork -> a -> e1
    fork -> b -> e1
    fork -> inner -> e1
    s2 -> c -> e2
"""


def test_a_subprocess_ends_when_all_that_it_started_has_ended():
    walk = Walk(SUB)
    assert walk.open() == ["a", "b", "c"]
    walk.do("c")
    walk.do("a")
    walk.later(5 * DAY)
    assert walk.open() == ["b", "remind"]
    assert walk.do("b").entered == ("e1", "after")
    walk.do("after")
    step = walk.do("remind")
    assert (step.ended, step.end_nodes) == (True, ("e",))


def test_an_event_on_a_subprocess_withdraws_all_that_is_open_inside():
    walk = Walk(SUB)
    assert len(walk.hear("停产").closed) == 3
    assert walk.step.ended


def test_a_signal_thrown_inside_a_subprocess_may_end_the_subprocess_itself():
    walk = Walk(
        """
        s: startEvent
        sub: subProcess
        s1: startEvent in=sub
        a: userTask in=sub
        t: intermediateThrowEvent in=sub signal=中止
        b: userTask in=sub
        e1: endEvent in=sub
        w: boundaryEvent on=sub signal=中止
        c: userTask
        e: endEvent
        s -> sub -> e
        s1 -> a -> t -> b -> e1
        w -> c -> e
        """
    )
    walk.do("a")
    assert walk.open() == ["c"]
    assert walk.do("c").ended


def test_a_terminate_end_withdraws_everything_else():
    walk = Walk(
        """
        s: startEvent
        fork: parallelGateway
        a: userTask
        b: userTask
        t: boundaryEvent on=b duration=P3D
        off: endEvent terminate
        e: endEvent
        s -> fork -> a -> off
        fork -> b -> e
        t -> e
        """
    )
    step = walk.do("a")
    assert (step.ended, step.end_nodes, step.timers, len(step.closed)) == (True, ("off",), (), 1)


# Stamping


def test_a_stamped_instance_goes_its_own_way():
    walk = Walk(FORK)
    twin = stamp(walk.step)
    assert {o.token for o in twin.opened}.isdisjoint(o.token for o in walk.step.opened)
    assert [o.node_id for o in twin.opened] == [o.node_id for o in walk.step.opened]
    token = next(o.token for o in twin.opened if o.node_id == "a")
    assert advance(walk.model, twin.state, token, {}, NOW).opened == ()
    with pytest.raises(TokenGone):
        advance(walk.model, twin.state, walk.token("a"), {}, NOW)


def test_a_step_that_armed_a_timer_is_not_stamped():
    with pytest.raises(ValueError, match="timer"):
        stamp(Walk(REMIND).step)


# State


def test_a_damaged_state_or_one_of_another_drawing_is_an_incident():
    walk = Walk(REPORT)
    other = Model.of({"p": drawing(FORK)}, "p")
    for model, state in (
        (other, walk.step.state),
        (walk.model, b""),
        (walk.model, b"\x02" + bytes(20)),
        (walk.model, b"\x01" + bytes(8) + b"[99,0,false,[],{},[]]"),
    ):
        with pytest.raises(ProcessStuck):
            wake(model, state, NOW)


def test_a_process_is_found_by_its_key_or_by_its_id():
    assert Model.of({"report": drawing(REPORT)}, "p").drawing.id == "p"
    with pytest.raises(KeyError):
        Model.of({}, "report")
