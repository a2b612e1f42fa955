"""Embedded subprocesses and terminate ends: what they hold together, and what they withdraw."""

from __future__ import annotations

from tests.engine.walking import DAY, Walk

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
