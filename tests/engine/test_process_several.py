"""Activities that are done several times: for each item of a list, so many times, or while a condition holds."""

from __future__ import annotations

import tracemalloc
from datetime import date
from decimal import Decimal
from itertools import permutations

import pytest

from engine.process import Model, ProcessStuck, advance, start
from tests.effort import counted, steps
from tests.engine.walking import DAY, NOW, Walk
from tests.workflows.drawn import drawing

MINES = ["北山", "南坪", "西沟"]
SIGN = """
    s: startEvent
    sign: userTask over=mines item=mine gather=signed result='mine,ok'
    g: exclusiveGateway
    redo: userTask
    e: endEvent
    s -> sign -> g
    g -> redo if 'any(signed, ok == False)'
    g -> e else
    redo -> e
""".replace("'any(signed, ok == False)'", "any(signed, ok == False)")


def test_each_item_of_a_list_is_a_task_of_its_own_and_their_results_come_together_in_its_order():
    for order in permutations(MINES):
        walk = Walk(SIGN, mines=MINES)
        assert [opened.data["mine"] for opened in walk.step.opened] == MINES
        for mine in order:
            assert len(walk.tasks) == len(MINES) - order.index(mine)
            walk.complete(walk.token("sign", mine=mine), ok=mine != "南坪")
        assert walk.open() == ["redo"]
        assert walk.step.data["signed"] == [
            {"mine": "北山", "ok": True}, {"mine": "南坪", "ok": False}, {"mine": "西沟", "ok": True},
        ]  # fmt: skip
        assert walk.do("redo").ended


def test_what_one_answers_is_seen_by_no_other_and_leaves_the_data_of_the_instance_alone():
    walk = Walk(SIGN, mines=MINES, ok="初值")
    first = walk.token("sign", mine="北山")
    step = walk.complete(first, ok=False, mine="冒名")
    assert step.data == {"mines": MINES, "ok": "初值"}
    walk.complete(walk.token("sign", mine="南坪"))
    walk.complete(walk.token("sign", mine="西沟"), ok=True)
    # Whoever answers nothing keeps what was there before; nobody can answer in another's name.
    assert [row["ok"] for row in walk.step.data["signed"]] == [False, "初值", True]
    assert [row["mine"] for row in walk.step.data["signed"]][1:] == ["南坪", "西沟"]


def test_a_list_that_changes_meanwhile_does_not_change_who_is_asked():
    walk = Walk(SIGN.replace("s -> sign", "s -> sign"), mines=MINES)
    walk.complete(walk.token("sign", mine="北山"), mines=["另一家"])
    assert sorted(opened.data["mine"] for opened in walk.tasks.values()) == ["南坪", "西沟"]


def test_one_after_the_other():
    walk = Walk(SIGN.replace("over=", "sequential over="), mines=MINES)
    for mine in MINES:
        (opened,) = walk.tasks.values()
        assert (opened.data["mine"], opened.data["loopCounter"]) == (mine, MINES.index(mine))
        step = walk.complete(opened.token, ok=True)
    assert step.ended
    assert [row["mine"] for row in step.data["signed"]] == MINES


@pytest.mark.parametrize("mines", [[], None])
@pytest.mark.parametrize("kind", ["", "sequential "])
def test_where_there_is_no_item_the_token_passes_through(mines: object, kind: str):
    walk = Walk(SIGN.replace("over=", f"{kind}over="), mines=mines)
    assert (walk.step.ended, walk.step.entered) == (True, ("s", "sign", "g", "e"))
    assert walk.step.data["signed"] == []


TIMES = "s: startEvent\na: userTask times={n} until='{until}'\ne: endEvent\ns -> a -> e"


def test_so_many_times_and_no_longer_than_needed():
    text = TIMES.format(n="'人数 + 1'", until="nrOfCompletedInstances * 2 > nrOfInstances")
    walk = Walk(text, 人数=4)
    assert len(walk.tasks) == 5
    assert {opened.data["nrOfActiveInstances"] for opened in walk.tasks.values()} == {5}
    walk.do("a")
    walk.do("a")
    step = walk.do("a")
    assert (step.ended, len(step.closed), walk.tasks) == (True, 2, {})


def test_the_one_that_is_done_decides_whether_it_is_enough():
    walk = Walk(TIMES.format(n=3, until="结论 == ''否决''".replace("''", '"')))
    walk.do("a", 结论="同意")
    assert len(walk.tasks) == 2
    assert walk.do("a", 结论="否决").ended


@pytest.mark.parametrize(
    ("n", "said"),
    [(1001, "超过上限 1000"), (-1, "正整数"), (Decimal("1.5"), "正整数"), ("三", "正整数"), (True, "正整数")],
)
def test_a_number_that_is_none_or_too_many_is_an_incident_that_names_the_element(n: object, said: str):
    with pytest.raises(ProcessStuck, match=said) as stuck:
        Walk(TIMES.format(n="n", until=""), n=n)
    assert stuck.value.facts["node"] == "a"


NESTED = """
    s: startEvent
    out: subProcess times=1000
    s1: startEvent in=out
    mid: subProcess times=1000 in=out
    s2: startEvent in=mid
    e2: endEvent in=mid
    e1: endEvent in=out
    e: endEvent
    s2 -> {inside}e2
    s1 -> mid -> e1
    s -> out -> e
    {more}
"""


@pytest.mark.parametrize(
    ("inside", "more"),
    [
        ("", ""),
        ("a -> ", "a: userTask in=mid"),
        ("a -> ", "a: userTask times=1000 in=mid"),
        (
            "in_ -> ",
            "in_: subProcess times=1000 in=mid\ns3: startEvent in=in_\ne3: endEvent in=in_\ns3 -> e3",
        ),
    ],
)
@pytest.mark.slow
def test_a_thousand_times_a_thousand_at_once_are_given_up_before_there_is_a_million(inside, more):
    tracemalloc.start()
    try:
        with pytest.raises(ProcessStuck, match="超过 10000 个元素"):
            Walk(NESTED.format(inside=inside, more=more))
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def test_what_all_conditions_of_one_call_take_is_bounded_as_a_whole():
    ones = ",".join("1" * 90)
    heavy = f"sum([{ones}], sum([{ones}], 1)) == 0"
    text = """
        s: startEvent
        a: subProcess times={n}
        s1: startEvent in=a
        g: exclusiveGateway in=a
        e1: endEvent in=a
        e2: endEvent in=a
        e: endEvent
        s1 -> g
        g -> e1 if {heavy}
        g -> e2 else
        s -> a -> e
    """
    assert Walk(text.format(n=20, heavy=heavy)).step.ended
    # All of the thousand would take some fifty times as much as the twenty.
    twenty = steps(lambda: Walk(text.format(n=20, heavy=heavy)))
    with counted(at_most=10 * twenty), pytest.raises(ProcessStuck, match="要算的内容太多"):
        Walk(text.format(n=1000, heavy=heavy))
    assert Walk(text.format(n=1000, heavy="1 == 0")).step.ended


def test_what_is_no_list_is_an_incident_that_names_the_element():
    with pytest.raises(ProcessStuck, match="不是列表") as stuck:
        Walk(SIGN, mines="北山")
    assert stuck.value.facts["node"] == "sign"


def test_an_event_on_the_border_withdraws_all_of_them_and_one_beside_them_comes_once():
    text = """
        s: startEvent
        a: userTask over=mines item=mine
        soon: boundaryEvent on=a duration=P1D beside
        late: boundaryEvent on=a duration=P3D
        remind: userTask
        b: userTask
        e: endEvent
        s -> a -> e
        soon -> remind -> e
        late -> b -> e
    """
    walk = Walk(text, mines=MINES)
    walk.do("a")
    walk.later(DAY)
    assert walk.open() == ["a", "a", "remind"]
    step = walk.later(2 * DAY)
    assert (len(step.closed), walk.open(), step.timers) == (2, ["b", "remind"], ())


ROUND = """
    s: startEvent
    sub: subProcess over=mines item=mine gather=found result=count_
    s1: startEvent in=sub
    look: userTask in=sub
    t: boundaryEvent on=look duration=P5D beside in=sub
    urge: userTask in=sub
    g: exclusiveGateway in=sub
    fix: userTask in=sub
    w: intermediateCatchEvent in=sub signal=复工
    e1: endEvent in=sub
    e: endEvent
    s -> sub -> e
    s1 -> look -> g
    t -> urge -> e1
    g -> fix if count_ > 0
    g -> e1 else
    fix -> w -> e1
"""


def test_a_subprocess_for_each_item_goes_its_own_way_on_data_of_its_own():
    walk = Walk(ROUND, mines=MINES)
    walk.complete(walk.token("look", mine="南坪"), count_=2)
    assert walk.open() == ["fix", "look", "look"]
    walk.complete(walk.token("look", mine="北山"), count_=0)
    assert walk.open() == ["fix", "look"]
    assert len(walk.step.timers) == 1
    walk.later(6 * DAY)
    assert walk.open() == ["fix", "look", "urge"]
    assert next(o.data["mine"] for o in walk.tasks.values() if o.node_id == "urge") == "西沟"
    walk.do("fix")
    assert walk.step.waits == (("signal", "复工"),)
    walk.complete(walk.token("look"), count_=1)
    walk.do("urge")
    walk.do("fix")
    assert walk.hear("复工").ended
    assert walk.step.data["found"] == [0, 2, 1]


def test_dates_of_a_list_come_back_as_they_were_and_each_may_set_a_date():
    text = "s: startEvent\na: subProcess over=rows item=row gather=limits result='row.限期'\ns1: startEvent in=a\n"
    text += "b: userTask in=a\nt: boundaryEvent on=b date=row.限期 beside in=a\nc: userTask in=a\ne1: endEvent in=a\n"
    walk = Walk(
        text + "e: endEvent\ns -> a -> e\ns1 -> b -> e1\nt -> c -> e1",
        rows=[{"限期": date(2024, 11, 5)}, {"限期": date(2024, 11, 3)}],
    )
    assert [timer.at.day for timer in walk.step.timers] == [3, 5]
    walk.later(3 * DAY)
    assert walk.open() == ["b", "b", "c"]
    for node in ("c", "b", "b"):
        walk.do(node)
    assert walk.step.data["limits"] == [date(2024, 11, 5), date(2024, 11, 3)]


def test_several_inside_several():
    text = """
        s: startEvent
        out: subProcess over=mines item=mine gather=all_ result=got
        s1: startEvent in=out
        in_: userTask in=out over=mine.teams item=team gather=got result='mine.name + team + text(n)'
        e1: endEvent in=out
        e: endEvent
        s -> out -> e
        s1 -> in_ -> e1
    """
    walk = Walk(text, mines=[{"name": "北", "teams": ["一", "二"]}, {"name": "南", "teams": ["三"]}])
    places = [opened.place for opened in walk.step.opened]
    assert len(set(places)) == 3 and places[0].startswith("out:") and "/in_:" in places[0]
    for number, team in enumerate("二三一"):
        walk.complete(walk.token("in_", team=team), n=number)
    assert (walk.step.ended, walk.step.data["all_"]) == (True, [["北一2", "北二0"], ["南三1"]])


def test_one_of_several_inside_one_of_several_is_found_after_both_lay_untouched():
    text = """
        s: startEvent
        out: subProcess times=2
        s1: startEvent in=out
        mid: subProcess times=2 in=out
        s2: startEvent in=mid
        a: userTask in=mid
        t: boundaryEvent on=a signal=停 in=mid
        late: boundaryEvent on=a duration=P2D beside in=mid
        b: userTask in=mid
        e2: endEvent in=mid
        e1: endEvent in=out
        e: endEvent
        s -> out -> e
        s1 -> mid -> e1
        s2 -> a -> e2
        t -> e2
        late -> b -> e2
    """
    walk = Walk(text)
    assert len(walk.tasks) == len(walk.step.timers) == 4
    walk.do("a")
    walk.later(2 * DAY)
    assert walk.open() == ["a"] * 3 + ["b"] * 3
    walk.do("b")
    walk.hear("停")
    assert walk.open() == ["b"] * 2
    walk.do("b")
    assert walk.do("b").ended


LOOP = "s: startEvent\na: userTask {loop}\ne: endEvent\ns -> a -> e"


def test_a_standard_loop_goes_on_while_its_condition_holds():
    walk = Walk(LOOP.format(loop="again='ok != True'"))
    for _ in range(3):
        assert walk.open() == ["a"]
        walk.do("a", ok=False)
    assert walk.do("a", ok=True).ended
    assert walk.step.data == {"ok": True}
    assert Walk(LOOP.format(loop="again='ok != True' before"), ok=True).step.ended
    most = Walk(LOOP.format(loop="again='ok != True' most=2"))
    most.do("a")
    assert most.do("a").ended


@pytest.mark.slow
def test_a_round_of_reviews_by_each_can_be_sent_back_three_thousand_times():
    text = SIGN.replace("redo -> e", "redo -> m -> sign").replace("s -> sign -> g", "s -> m\nsign -> g")
    model = Model.of({"p": drawing(text + "\nm: exclusiveGateway")}, "p")
    step = start(model, {"mines": MINES}, NOW)
    costs = []
    for number in range(3_000):
        for opened in reversed(step.opened):
            step = advance(model, step.state, opened.token, {"ok": False}, NOW)
        assert [opened.node_id for opened in step.opened] == ["redo"]
        with counted() as effort:
            step = advance(model, step.state, step.opened[0].token, {}, NOW)
        costs.append(effort.steps)
        assert len(step.opened) == 3, number
        assert len(step.state) < 512
    assert max(costs[10:]) < 1.1 * costs[10]


def test_one_of_a_hundred_costs_little_more_than_one_of_ten():
    def cost(text: str, n: int) -> tuple[int, int]:
        model = Model.of({"p": drawing(text)}, "p")
        first = start(model, {"mines": [f"矿{i:036}" for i in range(n)]}, NOW)
        costs, sizes, step = [], [], first
        for opened in first.opened[: n // 2]:
            with counted() as effort:
                step = advance(model, step.state, opened.token, {"ok": True, "count_": 1}, NOW)
            costs.append(effort.steps)
            sizes.append(len(step.state))
        return max(costs), max(sizes)

    for text, times, size in ((SIGN, 2, 1_500), (ROUND, 5, 4_000)):
        ten, hundred = cost(text, 10), cost(text, 100)
        assert hundred[0] < times * ten[0]
        assert hundred[1] < size
