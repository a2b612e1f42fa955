"""Where a drawn token would be lost, stuck, doubled or walk in circles for ever."""

from __future__ import annotations

import pytest

from tests.workflows.drawn import draw
from workflows.bpmn import read_process

FAULTS = {
    "a task that cannot be reached": (
        "s: startEvent\na: userTask\nb: userTask\ne: endEvent\ns -> a -> e\nb -> e", {"b": "走不到这里"}),
    "a task from which no end can be reached": (
        "s: startEvent\na: userTask\nb: userTask\ne: endEvent\ng: exclusiveGateway\ns -> g\ng -> e if x > 1\n"
        "g -> a else\na -> b -> a", {"a": "走不到结束", "b": "走不到结束"}),
    "a task that leads nowhere": (
        "s: startEvent\na: userTask\nb: userTask\ng: parallelGateway\ne: endEvent\ns -> g -> a -> e\ng -> b",
        {"b": "没有离开的连线"}),
    "no start": ("a: userTask\ne: endEvent\na -> e", {"p": "没有开始事件"}),
    "no end": ("s: startEvent\na: userTask\ns -> a", {"p": "没有结束事件", "a": "没有离开的连线"}),
    "two starts": (
        "s: startEvent\nt: startEvent\na: userTask\ne: endEvent\ns -> a -> e\nt -> a", {"t": "只能有一个开始"}),
    "two flows out of a task": (
        "s: startEvent\na: userTask\nb: userTask\ne: endEvent\ns -> a -> e\na -> b -> e", {"a": "意图不明"}),
    "a condition on a flow out of a task": (
        "s: startEvent\na: userTask\ne: endEvent\ns -> a\na -> e if x > 1", {"f1": "不能有条件"}),
    "a condition on the default flow": (
        "s: startEvent\na: userTask\ng: exclusiveGateway\ne: endEvent\ns -> a -> g\ng -> a if x > 1\n"
        "g -> e else if y > 1", {"f3": "默认连线不能有条件"}),
    "a gateway without conditions": (
        "s: startEvent\na: userTask\ng: exclusiveGateway\ne: endEvent\ns -> a -> g\ng -> a\ng -> e",
        {"g": "都没有条件"}),
    "two flows without a condition": (
        "s: startEvent\na: userTask\ng: inclusiveGateway\nb: userTask\ne: endEvent\ns -> a -> g\ng -> b if x > 1\n"
        "g -> e\ng -> a else\nb -> e", {"f3": "没有条件"}),
    "a flow into the start": ("s: startEvent\na: userTask\ne: endEvent\ns -> a -> e\na -> s", {"s": "", "a": ""}),
    "a flow out of an end": (
        "s: startEvent\na: userTask\ne: endEvent\nb: userTask\nx: endEvent\ns -> a -> e -> b -> x", {"e": "离开"}),
    "a circle that never waits": (
        "s: startEvent\na: exclusiveGateway\nb: exclusiveGateway\ne: endEvent\ns -> a -> b\nb -> a if x > 1\n"
        "b -> e else", {"a": "绕圈"}),
    "a circle that waits for a date that has passed": (
        "s: startEvent\nm: exclusiveGateway\nt: intermediateCatchEvent date=2024-11-25\nb: exclusiveGateway\n"
        "e: endEvent\ns -> m -> t -> b\nb -> m if x > 1\nb -> e else", {"m": "绕圈"}),
    "a circle through an empty subprocess": (
        "s: startEvent\nm: exclusiveGateway\nu: subProcess\nus: startEvent in=u\nue: endEvent in=u\n"
        "b: exclusiveGateway\ne: endEvent\nus -> ue\ns -> m -> u -> b\nb -> m if x > 1\nb -> e else", {"m": "绕圈"}),
    "a loop back into a parallel gateway": (
        "s: startEvent\nf: parallelGateway\na: userTask\ng: exclusiveGateway\ne: endEvent\ns -> f -> a -> g\n"
        "g -> f if x > 1\ng -> e else", {"f3": "永远等不到"}),
    "a flow across the border of a subprocess": (
        "s: startEvent\na: userTask\nu: subProcess\nus: startEvent in=u\nb: userTask in=u\nue: endEvent in=u\n"
        "e: endEvent\ns -> a -> u -> e\nus -> b -> ue\na -> b", {"f5": "跨越", "a": ""}),
    "a boundary event on a gateway": (
        "s: startEvent\na: userTask\ng: exclusiveGateway\nt: boundaryEvent on=g duration=P1D\ne: endEvent\n"
        "s -> a -> g -> e\nt -> e", {"t": "没有附在"}),
    "an event gateway before a task": (
        "s: startEvent\ng: eventBasedGateway\na: userTask\nc: intermediateCatchEvent duration=P1D\ne: endEvent\n"
        "s -> g -> a -> e\ng -> c -> e", {"f1": "捕获事件"}),
    "two flows between a fork and its join": (
        "s: startEvent\nf: parallelGateway\nj: parallelGateway\na: userTask\ne: endEvent\ns -> f -> j -> a -> e\nf -> j",
        {"f": "多条连线", "j": "多条连线"}),
    "a subprocess without a start": (
        "s: startEvent\nu: subProcess\na: userTask in=u\nx: endEvent in=u\ne: endEvent\ns -> u -> e\na -> x",
        {"u": "没有开始事件"}),
    "a dangling flow": ("s: startEvent\na: userTask\ne: endEvent\ns -> a -> e\na -> zzz", {"f2": "不存在", "a": ""}),
    "a duration below a minute": (
        "s: startEvent\nt: intermediateCatchEvent duration=PT5S\ne: endEvent\ns -> t -> e", {"t": "一分钟"}),
    "a duration of nothing": (
        "s: startEvent\nt: intermediateCatchEvent duration=PT0S\ne: endEvent\ns -> t -> e", {"t": "一分钟"}),
    "a duration below zero": (
        "s: startEvent\nt: intermediateCatchEvent duration=-P1D\ne: endEvent\ns -> t -> e", {"t": "不能为负"}),
    "a duration over ten years": (
        "s: startEvent\nt: intermediateCatchEvent duration=P900000000Y\ne: endEvent\ns -> t -> e", {"t": "十年"}),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_drawing_is_refused_for(fault: str):
    text, expected = FAULTS[fault]
    drawing, problems = read_process(draw(text), "p.bpmn")
    said = {problem.where: str(problem.what) for problem in problems if problem.level == "error"}
    assert drawing is None
    assert set(said) == set(expected)
    assert all(part in said[where] for where, part in expected.items())
    assert all(str(problem.do) and problem.line for problem in problems if problem.where != "p")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("g -> a if x > 1\ng -> e if x < 1", "没有默认连线"),
        ("g -> a if x > 1\ng -> e", "按默认连线处理"),
    ],
)
def test_a_gateway_that_may_stop_or_guess_is_named_but_accepted(text: str, said: str):
    head = "s: startEvent\na: userTask\ng: exclusiveGateway\ne: endEvent\ns -> a -> g\n"
    drawing, problems = read_process(draw(head + text), "p.bpmn")
    assert drawing is not None
    assert [(problem.level, problem.where) for problem in problems] == [("warning", "g")]
    assert said in str(problems[0].what)


def test_a_circle_that_waits_is_sound():
    text = """
        s: startEvent
        m: exclusiveGateway
        t: intermediateCatchEvent duration=P1D
        u: subProcess
        us: startEvent in=u
        a: userTask in=u
        ue: endEvent in=u
        b: exclusiveGateway
        e: endEvent
        us -> a -> ue
        s -> m -> {wait} -> b
        b -> m if x > 1
        b -> e else
    """
    without_u = "\n".join(
        line
        for line in text.splitlines()
        if " in=u" not in line and "us ->" not in line and "u: sub" not in line
    )
    without_t = "\n".join(line for line in text.splitlines() if "t: inter" not in line)
    for drawn in (without_u.replace("{wait}", "t"), without_t.replace("{wait}", "u")):
        assert read_process(draw(drawn), "p.bpmn")[1] == []
