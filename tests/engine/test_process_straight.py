"""Steps that need no workflow of the library's: they are the same as with one, and what needs one is left to it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from engine.process import ProcessStuck, advance
from engine.process.steps import at_length
from engine.process.straight import advanced
from tests.engine.walking import NOW, Walk

COURSE = """
    s: startEvent
    plan: userTask
    ok: exclusiveGateway
    fork: parallelGateway
    a: userTask
    b: userTask
    join: parallelGateway
    again: exclusiveGateway
    done: endEvent
    s -> plan -> ok
    ok -> plan if approved == False
    ok -> fork else
    fork -> a -> join
    fork -> b -> join
    join -> again
    again -> plan if redo == True
    again -> done else
"""
PLANNED = {"approved": True, "redo": False, "on": date(2024, 11, 25), "much": Decimal("1.50"), "\0d": "x"}


def test_a_step_from_task_to_task_is_the_same_with_and_without_the_library():
    walk = Walk(COURSE, by="m1", on=None, much=None)
    done = [("plan", {"approved": False}), ("plan", PLANNED), ("b", {}), ("a", {"redo": True, "by": "m2"})]
    for node, answers in [*done, ("plan", PLANNED), ("a", {}), ("b", {"redo": False})]:
        asked = walk.model, walk.step.state, walk.token(node), answers, NOW
        step = advanced(*asked, {})
        assert step is not None
        assert step == at_length(*asked)
        walk.do(node, **answers)
    assert walk.step.ended


def test_what_may_wait_for_a_moment_is_left_to_the_library():
    walk = Walk(
        """
        s: startEvent
        fork: parallelGateway
        a: userTask
        b: userTask
        late: boundaryEvent on=b duration=P3D
        za: endEvent
        zb: endEvent
        zl: endEvent
        s -> fork -> a -> za
        fork -> b -> zb
        late -> zl
        """
    )
    asked = walk.model, walk.step.state, walk.token("a"), {}, NOW
    assert advanced(*asked, {}) is None
    step = walk.do("a")
    assert (step, step.timers[0].node_id) == (at_length(*asked), "late")


def test_where_no_condition_holds_both_name_the_gateway():
    walk = Walk(
        "s: startEvent\nask: userTask\nok: exclusiveGateway\nz: endEvent\ns -> ask -> ok\nok -> z if x == 1"
    )
    for way in (advance, at_length):
        with pytest.raises(ProcessStuck) as stuck:
            way(walk.model, walk.step.state, walk.token("ask"), {"x": 2}, NOW)
        assert stuck.value.facts["node"] == "ok"
