"""One process instance: tasks, gateways, its data and its state."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from engine.process import Model, ProcessStuck, TokenGone, advance, stamp, start, wake
from tests.engine.walking import NOW, Walk
from tests.workflows.drawn import drawing

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


def test_a_stamped_instance_goes_its_own_way():
    walk = Walk(FORK)
    twin = stamp(walk.step)
    assert {o.token for o in twin.opened}.isdisjoint(o.token for o in walk.step.opened)
    assert [o.node_id for o in twin.opened] == [o.node_id for o in walk.step.opened]
    token = next(o.token for o in twin.opened if o.node_id == "a")
    assert advance(walk.model, twin.state, token, {}, NOW).opened == ()
    with pytest.raises(TokenGone):
        advance(walk.model, twin.state, walk.token("a"), {}, NOW)


LATE = """
    s: startEvent
    a: userTask
    t: boundaryEvent on=a duration=P3D
    e: endEvent
    s -> a -> e
    t -> e
"""


def test_a_step_that_armed_a_timer_is_not_stamped():
    with pytest.raises(ValueError, match="timer"):
        stamp(Walk(LATE).step)


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


def test_a_naive_now_is_refused():
    with pytest.raises(ValueError, match="aware"):
        start(Model.of({"p": drawing(REPORT)}, "p"), {}, NOW.replace(tzinfo=None))


def test_states_of_the_first_release_go_on():
    """As that release wrote them: two tasks in a subprocess, one of them inside another."""
    text = """
        s: startEvent
        sub: subProcess
        s1: startEvent in=sub
        fork: parallelGateway in=sub
        a: userTask in=sub
        inner: subProcess in=sub
        s2: startEvent in=inner
        c: userTask in=inner
        e2: endEvent in=inner
        e1: endEvent in=sub
        late: boundaryEvent on=sub duration=P5D beside
        e: endEvent
        f: endEvent
        s -> sub -> e
        late -> f
        s1 -> fork -> a -> e1
        fork -> inner -> e1
        s2 -> c -> e2
    """
    model = Model.of({"p": drawing(text)}, "p")
    scopes = (
        '[[0,"",[[2,"sub",32],[3,"late",8,{"at":{"\\u0000t":"2024-11-06T08:00:00+00:00"},"host":2}]]],'
        '[2,"sub",[[6,"a",16],[7,"inner",32]]],[7,"inner",[[9,"c",16]]]]'
    )
    state = b"\x01" + bytes(8) + f'[1,9,false,[],{{"x":1}},{scopes}]'.encode()
    waiting = start(model, {}, NOW)
    assert [opened.node_id for opened in waiting.opened] == ["a", "c"]
    step = advance(model, state, "0000000000000000-9", {}, NOW)
    assert ([timer.node_id for timer in step.timers], step.data, step.ended) == (["late"], {"x": 1}, False)
    assert advance(model, step.state, "0000000000000000-6", {}, NOW).ended
