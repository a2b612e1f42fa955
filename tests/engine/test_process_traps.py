"""What SpiffWorkflow 3.2.0 gets wrong, one test a trap: each of these went wrong, or would have, with the library as it is."""

from __future__ import annotations

import builtins
from datetime import UTC, datetime
from itertools import permutations, product

import pytest

from engine.process import Model, ProcessStuck, advance, start
from engine.process.script import ExpressionEngine, NoText
from tests.effort import counted, steps
from tests.workflows.drawn import drawing

NOW = datetime(2024, 11, 1, tzinfo=UTC)

REVIEWS = """
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


def model(text: str) -> Model:
    return Model.of({"p": drawing(text)}, "p")


def test_departments_that_review_and_send_back_wait_for_each_other_in_every_order_of_completion():
    process = model(REVIEWS)
    for orders in product(permutations("abc"), repeat=3):
        step = start(process, {}, NOW)
        for round, order in enumerate(orders):
            tasks = {o.node_id: o.token for o in step.opened}
            assert sorted(tasks) == ["a", "b", "c"]
            for node in order:
                assert step.opened == () or node == order[0]
                step = advance(process, step.state, tasks[node], {}, NOW)
            (review,) = step.opened
            assert review.node_id == "review"
            step = advance(process, step.state, review.token, {"again": round < 2}, NOW)
        assert step.ended


def test_branches_of_one_round_may_overtake_those_of_the_round_before():
    # b may be sent round by itself: its second token waits at the join for a second token of a.
    process = model(
        """
        s: startEvent
        fork: parallelGateway
        a: userTask
        m: exclusiveGateway
        b: userTask
        join: parallelGateway
        again: parallelGateway
        e: endEvent
        last: userTask
        s -> fork -> a -> join
        fork -> m -> b -> again -> join
        again -> m2
        m2: exclusiveGateway
        m2 -> m if more == True
        m2 -> e else
        join -> last -> e
        """
    )
    step = start(process, {}, NOW)
    tasks = {o.node_id: o.token for o in step.opened}
    step = advance(process, step.state, tasks["b"], {"more": True}, NOW)
    (second,) = step.opened
    step = advance(process, step.state, second.token, {"more": False}, NOW)
    assert step.opened == ()
    step = advance(process, step.state, tasks["a"], {}, NOW)
    assert [o.node_id for o in step.opened] == ["last"]
    with pytest.raises(ProcessStuck):  # the token of b that is in excess waits for ever, and that is said
        advance(process, step.state, step.opened[0].token, {}, NOW)


def test_a_loop_offers_its_task_in_each_of_three_thousand_rounds_and_the_last_costs_what_the_first_did():
    process = model(REVIEWS)
    step = start(process, {"by": "m1"}, NOW)
    costs = []
    for _ in range(3_000):
        assert [o.node_id for o in step.opened] == ["a", "b", "c"]
        with counted() as effort:
            for opened in step.opened:
                step = advance(process, step.state, opened.token, {}, NOW)
            step = advance(process, step.state, step.opened[0].token, {"again": True}, NOW)
        assert len(step.state) < 300
        costs.append(effort.steps)
    assert max(costs[10:]) < 1.1 * costs[10]


def test_a_long_and_a_wide_process_start_as_fast_a_node_as_short_ones():
    def text(blocks: int, width: int) -> str:
        lines = ["s: startEvent", "e: endEvent"]
        for i in range(blocks):
            lines += [
                f"fork{i}: parallelGateway",
                f"j{i}: parallelGateway",
                f"j{i} -> {f'fork{i + 1}' if i + 1 < blocks else 'e'}",
            ]
            for k in range(width):
                lines += [f"t{i}_{k}: userTask", f"fork{i} -> t{i}_{k} -> j{i}"]
        return "\n".join([*lines, "s -> fork0"])

    one, seven = model(text(1, 3)), model(text(7, 3))
    assert len(start(seven, {}, NOW).state) == len(start(one, {}, NOW).state)
    assert steps(lambda: start(seven, {}, NOW)) < 1.5 * steps(lambda: start(one, {}, NOW))
    chain = " -> ".join(f"t{i}" for i in range(498))
    tasks = "\n".join(f"t{i}: userTask" for i in range(498))
    long = model(f"s: startEvent\ne: endEvent\n{tasks}\ns -> {chain} -> e")
    assert [o.node_id for o in start(long, {}, NOW).opened] == ["t0"]


def test_every_branch_of_a_wide_state_comes_back_in_its_order():
    width = 40
    lines = [f"t{i}: userTask\nf -> t{i} -> j" for i in range(width)]
    process = model(
        "\n".join(
            [
                "s: startEvent",
                "f: parallelGateway",
                "j: parallelGateway",
                "e: endEvent",
                "s -> f",
                "j -> e",
                *lines,
            ]
        )
    )
    step = start(process, {}, NOW)
    assert [o.node_id for o in step.opened] == [f"t{i}" for i in range(width)]
    assert len(step.state) < 1024
    for opened in reversed(step.opened):
        step = advance(process, step.state, opened.token, {}, NOW)
    assert step.ended


def test_a_field_named_typename_is_a_field():
    process = model(REVIEWS.replace("again == True", "typename == 'datetime' and again.typename == 'set'"))
    answers = {"typename": "datetime", "again": {"typename": "set", "value": [1]}}
    step = start(process, {"row": {"typename": "UUID"}}, NOW)
    for opened in step.opened:
        step = advance(process, step.state, opened.token, answers, NOW)
    step = advance(process, step.state, step.opened[0].token, answers, NOW)
    assert len(step.opened) == 3
    assert step.data == {"row": {"typename": "UUID"}, **answers}


def test_nothing_is_ever_given_to_eval_or_exec(monkeypatch):
    process = model(REVIEWS)

    def caught(*_: object) -> None:
        raise AssertionError("text was evaluated")

    with monkeypatch.context() as patched:
        patched.setattr(builtins, "eval", caught)
        patched.setattr(builtins, "exec", caught)
        step = start(process, {}, NOW)
        for opened in step.opened:
            step = advance(process, step.state, opened.token, {}, NOW)
        step = advance(process, step.state, step.opened[0].token, {"again": True}, NOW)
    assert len(step.opened) == 3


def test_text_that_reaches_the_engine_by_some_other_door_is_refused():
    scope = type("Scope", (), {"names": dict})
    task = type("Task", (), {"task_spec": type("Spec", (), {"name": "x"}), "data": {}, "workflow": scope})
    engine = ExpressionEngine(NOW, {})
    for door in (
        lambda: engine.evaluate(task, "1 == 1"),
        lambda: engine.execute(task, "x = 1"),
        lambda: engine.call_service(task, operation_name="x"),
        lambda: engine.environment.evaluate("1", {}),
        lambda: engine.environment.execute("1", {}),
        lambda: NoText().call_service({}, "x"),
    ):
        with pytest.raises(ProcessStuck):
            door()


def test_more_branches_at_once_than_an_instance_may_have_are_stopped():
    many = "\n".join(f"b{i}: userTask\nfork -> b{i} -> e" for i in range(100))
    process = model(
        f"""
        s: startEvent
        m: exclusiveGateway
        a: userTask
        fork: parallelGateway
        e: endEvent
        s -> m -> a -> fork -> m
        {many}
        """
    )
    step = start(process, {}, NOW)
    with pytest.raises(ProcessStuck, match="1000"):
        for _ in range(11):
            token = next(o.token for o in step.opened if o.node_id == "a")
            step = advance(process, step.state, token, {}, NOW)
