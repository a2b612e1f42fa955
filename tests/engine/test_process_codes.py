"""Errors and escalations: thrown inside, caught at the border of what is around."""

from __future__ import annotations

import pytest

from engine.process import ProcessStuck
from tests.engine.walking import Walk

CHECK = """
    s: startEvent
    sub: subProcess
    s1: startEvent in=sub
    f: parallelGateway in=sub
    a: userTask in=sub
    b: userTask in=sub
    g: exclusiveGateway in=sub
    bad: endEvent error=违法 in=sub
    worse: endEvent error=重大 in=sub
    ok: endEvent in=sub
    illegal: boundaryEvent on=sub error=违法 code=caught
    any: boundaryEvent on=sub error=* code=caught
    punish: userTask
    stop: userTask
    e: endEvent
    s -> sub -> e
    s1 -> f -> a -> g
    f -> b -> ok
    g -> bad if 结论 == '违法'
    g -> worse if 结论 == '重大'
    g -> ok else
    illegal -> punish -> e
    any -> stop -> e
"""


@pytest.mark.parametrize(("code", "task"), [("违法", "punish"), ("重大", "stop")])
def test_an_error_withdraws_what_is_around_it_and_goes_on_where_its_code_is_caught(code: str, task: str):
    walk = Walk(CHECK)
    step = walk.do("a", 结论=code)
    assert (walk.open(), len(step.closed), step.data["caught"]) == ([task], 1, code)
    assert walk.do(task).ended


def test_without_an_error_nothing_is_caught():
    walk = Walk(CHECK)
    walk.do("a", 结论="好")
    assert walk.do("b").ended


INNER = "s: startEvent\na: userTask\nx: endEvent error=E1\ns -> a -> x"


def test_an_error_goes_outwards_from_process_to_process_until_somebody_catches_it():
    middle = "s: startEvent\nsub: subProcess\ns1: startEvent in=sub\nk: callActivity calls=inner in=sub\ne1: endEvent in=sub\n"
    middle += "other: boundaryEvent on=sub error=E2\nb: userTask\ne: endEvent\ns -> sub -> e\ns1 -> k -> e1\nother -> b -> e"
    text = "s: startEvent\nk: callActivity calls=middle\nt: boundaryEvent on=k error=E1\nc: userTask\ne: endEvent\ns -> k -> e\nt -> c -> e"
    walk = Walk(text, {"middle": middle, "inner": INNER})
    walk.do("a")
    assert walk.open() == ["c"]


def test_an_error_that_nobody_catches_is_an_incident_that_names_it_and_keeps_nothing():
    walk = Walk("s: startEvent\nk: callActivity calls=inner\ne: endEvent\ns -> k -> e", {"inner": INNER})
    with pytest.raises(ProcessStuck, match="错误“E1”") as stuck:
        walk.do("a")
    assert stuck.value.facts["node"] == "x"
    assert walk.open() == ["a"]


def test_an_error_in_one_of_several_ends_them_all():
    text = """
        s: startEvent
        sub: subProcess over=mines item=mine
        s1: startEvent in=sub
        a: userTask in=sub
        g: exclusiveGateway in=sub
        x: endEvent error=停 in=sub
        ok: endEvent in=sub
        t: boundaryEvent on=sub error=停
        b: userTask
        e: endEvent
        s -> sub -> e
        s1 -> a -> g
        g -> x if bad == True
        g -> ok else
        t -> b -> e
    """
    walk = Walk(text, mines=["北", "南", "西"])
    walk.complete(walk.token("a", mine="南"))
    step = walk.complete(walk.token("a", mine="西"), bad=True)
    assert (walk.open(), len(step.closed)) == (["b"], 1)


ESCALATE = """
    s: startEvent
    sub: subProcess
    s1: startEvent in=sub
    a: userTask in=sub
    t: intermediateThrowEvent escalation=逾期 in=sub
    b: userTask in=sub
    e1: endEvent in=sub
    w: boundaryEvent on=sub escalation={caught} {beside}
    c: userTask
    e: endEvent
    s -> sub -> e
    s1 -> m -> a -> t -> g
    m: exclusiveGateway in=sub
    g: exclusiveGateway in=sub
    g -> m if again == True
    g -> b else
    b -> e1
    w -> c -> e
"""


def test_an_escalation_beside_goes_on_on_both_sides_each_time_it_is_thrown():
    walk = Walk(ESCALATE.format(caught="逾期", beside="beside"))
    for count in (1, 2, 3):
        step = walk.do("a", again=True)
        assert (walk.open(), step.unheard) == (["a"] + ["c"] * count, ())
    walk.do("a", again=False)
    assert walk.open() == ["b"] + ["c"] * 4


def test_an_escalation_may_withdraw_what_is_around_it():
    walk = Walk(ESCALATE.format(caught="*", beside=""))
    walk.do("a")
    assert walk.open() == ["c"]
    assert walk.do("c").ended


def test_an_escalation_that_nobody_catches_passes_and_is_reported():
    walk = Walk(ESCALATE.format(caught="别的", beside=""))
    step = walk.do("a")
    assert (walk.open(), step.unheard) == (["b"], ("逾期",))


def test_an_escalation_at_the_end_of_a_called_process_is_heard_by_its_caller():
    inner = "s: startEvent\na: userTask\nx: endEvent escalation=上报\ns -> a -> x"
    text = "s: startEvent\nk: callActivity calls=inner\nt: boundaryEvent on=k escalation=上报 beside\nc: userTask\nd: userTask\n"
    walk = Walk(text + "e: endEvent\ns -> k -> d -> e\nt -> c -> e", {"inner": inner})
    walk.do("a")
    assert walk.open() == ["c", "d"]


def test_an_error_beats_an_escalation_of_the_same_code_and_neither_catches_the_other():
    text = CHECK.replace(
        "illegal: boundaryEvent on=sub error=违法", "illegal: boundaryEvent on=sub escalation=违法"
    )
    walk = Walk(text)
    walk.do("a", 结论="违法")
    assert walk.open() == ["stop"]
