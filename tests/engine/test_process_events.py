"""Signals and messages: who hears them, and what they withdraw."""

from __future__ import annotations

from tests.engine.walking import DAY, Walk

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
