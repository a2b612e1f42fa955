"""Call activities: another process inside this one, on data of its own."""

from __future__ import annotations

from datetime import date

import pytest

from engine.process import Model, ProcessStuck, TokenGone, advance, start
from tests.engine.walking import DAY, NOW, Walk
from tests.workflows.drawn import drawing

INSPECT = """
    s: startEvent
    look: userTask
    g: exclusiveGateway
    fix: userTask
    e: endEvent
    s -> look -> g
    g -> fix if 级别 == '重大'
    g -> e else
    fix -> e
"""
CALLER = """
    s: startEvent
    fill: userTask
    check: callActivity calls=inspect {handed}
    g: exclusiveGateway
    again: userTask
    e: endEvent
    s -> fill -> check -> g
    g -> again if 结果 == '重大'
    g -> e else
    again -> e
"""


def test_a_called_process_runs_on_what_it_is_handed_and_gives_back_what_is_asked_for():
    handed = "takes='矿井:名称,数量 + 1:数' gives='级别:结果'"
    walk = Walk(CALLER.format(handed=handed), {"inspect": INSPECT}, 矿井="北山", 数量=2, 级别="一般", by="m1")
    step = walk.do("fill")
    assert step.entered == ("check", "check/s", "check/look")
    (opened,) = step.opened
    assert opened.data == {"by": "m1", "名称": "北山", "数": 3}
    assert walk.model.at(opened.place).drawing.id == "inspect"
    walk.do("look", 级别="重大", by="别人", 矿井="改名")
    assert walk.open() == ["fix"]
    step = walk.do("fix")
    assert walk.open() == ["again"]
    assert step.data == {"矿井": "北山", "数量": 2, "级别": "一般", "by": "m1", "结果": "重大"}


def test_without_any_mapping_all_goes_in_and_comes_out():
    walk = Walk(CALLER.format(handed=""), {"inspect": INSPECT}, 级别="一般", 其他=1)
    walk.do("fill")
    assert walk.step.opened[0].data == {"级别": "一般"}  # what the called process reads
    walk.do("look", 级别="重大", 结果="重大", 备注="不留")
    walk.do("fix")
    assert walk.open() == ["again"]
    assert walk.step.data == {"级别": "重大", "结果": "重大", "其他": 1}


def test_all_may_go_in_and_only_what_is_named_come_out():
    walk = Walk(CALLER.format(handed="takes='*' gives='级别:结果'"), {"inspect": INSPECT}, 级别="一般")
    walk.do("fill")
    walk.do("look", 级别="重大")
    assert walk.do("fix").data == {"级别": "一般", "结果": "重大"}


def test_what_the_campaign_gives_is_known_in_a_called_process_and_a_date_of_its_own_may_be_set():
    late = "s: startEvent\na: userTask\nt: boundaryEvent on=a date='due + days(1)'\ne: endEvent\ns -> a -> e\nt -> e"
    for handed, day in (("takes='x:x'", 6), ("takes='限期:due'", 9)):
        text = f"s: startEvent\nk: callActivity calls=late {handed}\ne: endEvent\ns -> k -> e"
        walk = Walk(text, {"late": late}, due=date(2024, 11, 5), 限期=date(2024, 11, 8))
        assert [timer.at.day for timer in walk.step.timers] == [day]
        assert walk.later(10 * DAY).ended


def test_a_process_is_called_for_each_of_a_list_and_their_results_come_together():
    text = """
        s: startEvent
        k: callActivity calls=inspect over=mines item=mine takes='mine:名称' gives='级别:级别' gather=all_ result='mine,级别'
        e: endEvent
        s -> k -> e
    """
    walk = Walk(text, {"inspect": INSPECT}, mines=["北山", "南坪"])
    walk.complete(walk.token("look", 名称="南坪"), 级别="重大")
    walk.complete(walk.token("look", 名称="北山"), 级别="一般")
    assert [opened.data for opened in walk.tasks.values()] == [{"名称": "南坪", "级别": "重大"}]
    step = walk.do("fix")
    assert step.ended
    assert step.data["all_"] == [{"mine": "北山", "级别": "一般"}, {"mine": "南坪", "级别": "重大"}]


def test_a_call_in_a_loop_begins_afresh_each_round_and_the_state_stays_small():
    text = """
        s: startEvent
        m: exclusiveGateway
        k: callActivity calls=inspect gives='级别:级别'
        g: exclusiveGateway
        e: endEvent
        s -> m -> k -> g
        g -> m if 级别 == '重大'
        g -> e else
    """
    model = Model.of({"p": drawing(text), "inspect": drawing(INSPECT, "inspect")}, "p")
    step = start(model, {}, NOW)
    for _ in range(3_000):
        assert [opened.node_id for opened in step.opened] == ["look"]
        step = advance(model, step.state, step.opened[0].token, {"级别": "重大"}, NOW)
        step = advance(model, step.state, step.opened[0].token, {}, NOW)
        assert len(step.state) < 256
    assert advance(model, step.state, step.opened[0].token, {}, NOW).ended


def test_an_event_on_the_border_withdraws_the_called_process_and_a_terminate_end_inside_only_that():
    text = """
        s: startEvent
        fork: parallelGateway
        k: callActivity calls=inner
        stop: boundaryEvent on=k signal=停止
        a: userTask
        e: endEvent
        s -> fork -> k -> e
        fork -> a -> e
        stop -> e
    """
    inner = (
        "s: startEvent\nf: parallelGateway\nb: userTask\nc: userTask\nx: endEvent terminate\ne: endEvent\n"
    )
    inner += "s -> f -> b -> x\nf -> c -> e"
    walk = Walk(text, {"inner": inner})
    assert (walk.open(), len(walk.hear("停止").closed), walk.open()) == (["a", "b", "c"], 2, ["a"])
    walk = Walk(text, {"inner": inner})
    step = walk.do("b")
    assert (len(step.closed), walk.open(), step.end_nodes) == (1, ["a"], ("e",))


def test_names_of_nodes_may_be_the_same_on_both_sides():
    same = "s: startEvent\na: userTask\ne: endEvent\ns -> a -> e"
    walk = Walk(same.replace("-> a -> e", "-> a -> k -> e") + "\nk: callActivity calls=same", {"same": same})
    first = walk.token("a")
    walk.do("a")
    assert walk.open() == ["a"] and walk.step.entered == ("k", "k/s", "k/a")
    with pytest.raises(TokenGone):
        walk.complete(first)
    assert walk.do("a").end_nodes == ("e",)


def test_a_process_that_is_not_there_is_an_incident_that_names_it():
    with pytest.raises(ProcessStuck, match="没有找到要调用的流程“inspect”") as stuck:
        Walk(
            CALLER.replace("-> fill -> check", "-> check")
            .replace("    fill: userTask\n", "")
            .format(handed="")
        )
    assert stuck.value.facts["node"] == "check"


def test_processes_that_call_each_other_without_end_are_stopped():
    one = "s: startEvent\nk: callActivity calls=two\ne: endEvent\ns -> k -> e"
    two = "s: startEvent\nk2: callActivity calls=p\ne: endEvent\ns -> k2 -> e"
    with pytest.raises(ProcessStuck, match="超过 8 层") as stuck:
        Walk(one, {"two": two})
    assert stuck.value.facts["node"] in {"k", "k2"}


def test_a_process_of_another_package_is_found_there_and_finds_its_own_there_too():
    ours = drawing("s: startEvent\nk: callActivity calls=checks@1.2.0/outer\ne: endEvent\ns -> k -> e")
    outer = drawing("s: startEvent\nk: callActivity calls=inspect\ne: endEvent\ns -> k -> e", "outer")
    theirs = {"outer": outer, "inspect": drawing(INSPECT, "inspect")}
    model = Model.of(
        {"p": ours, "inspect": drawing(CALLER.format(handed=""), "inspect")}, "p", {"checks@1.2.0": theirs}
    )
    step = start(model, {}, NOW)
    (opened,) = step.opened
    assert opened.node_id == "look"
    found = model.at(opened.place)
    assert (found.drawing.id, found.source) == ("inspect", "checks@1.2.0")
    assert "级别" in model.reads
    assert advance(model, step.state, opened.token, {"级别": "一般"}, NOW).ended
    with pytest.raises(ProcessStuck, match=r"checks@1\.2\.0/outer"):
        start(Model.of({"p": ours}, "p"), {}, NOW)
