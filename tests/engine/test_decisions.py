"""Decision tables at work: which rows hit, what comes out, what is said where a table cannot decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.process import Model, ProcessStuck, Step, advance, start
from engine.process.decisions import Decided, Ruling
from tests.examples import examples
from tests.workflows.drawn import draw
from tests.workflows.tables import read, table
from workflows.bpmn import read_process
from workflows.bpmn.deciding import bound
from workflows.bpmn.drawing import Decides
from workflows.decisions import Decision, chain

NOW = datetime(2024, 11, 1, 8, 0, tzinfo=UTC)


def decided(
    tables: Mapping[str, Decision],
    key: str,
    mapping: str = "resultList",
    variable: str = "r",
    /,
    **names: Any,
) -> Any:
    """Return what a decision gives: under its variable, or, without one, all its outputs by name."""
    ruling = Ruling("d", Decides(key, variable, mapping), chain(tables, key))  # type: ignore[arg-type]
    kept, _ = ruling.made(names, {})
    return kept[variable] if variable else kept


def rules(tables: Mapping[str, Decision], key: str, **names: Any) -> list[tuple[str, tuple[int, ...]]]:
    ruling = Ruling("d", Decides(key, "r", "resultList"), chain(tables, key))
    return [(one.decision, one.rules) for one in ruling.made(names, {})[1]]


GRADE = table(
    "grade", ["瓦斯", "人数"], ["级别", "期限"],
    [
        [">= 1.5", "-", "'重大'", "3"],
        ["[1..1.5)", "> 9", "'较大'", "7"],
        ["[1..1.5)", "<= 9", "'一般'", "15"],
        ["< 1", "-", "'无'", ""],
    ],
    name="隐患分级",
)  # fmt: skip

# (names, rows that hit, the row that comes out)
VECTORS = [
    ({"瓦斯": 2, "人数": 1}, (1,), {"级别": "重大", "期限": Decimal(3)}),
    ({"瓦斯": Decimal("1.5"), "人数": None}, (1,), {"级别": "重大", "期限": Decimal(3)}),
    ({"瓦斯": 1.2, "人数": 10}, (2,), {"级别": "较大", "期限": Decimal(7)}),
    ({"瓦斯": 1, "人数": 9}, (3,), {"级别": "一般", "期限": Decimal(15)}),
    ({"瓦斯": 0}, (4,), {"级别": "无", "期限": None}),
    ({"瓦斯": None, "人数": 3}, (), None),  # an empty field is neither more nor less than anything
    ({}, (), None),
]


@pytest.mark.parametrize(("names", "hit", "row"), VECTORS)
def test_one_row_of_a_unique_table_decides(names: dict[str, Any], hit: tuple[int, ...], row: Any):
    tables = read(GRADE)
    assert rules(tables, "grade", **names) == [("grade", hit)]
    assert decided(tables, "grade", "singleResult", **names) == row
    assert decided(tables, "grade", "resultList", **names) == ([row] if row else [])


CELLS = [
    # cell, a value for which it holds, one for which it does not
    ("'重大'", "重大", "一般"),
    ('"重大", "较大"', "较大", "一般"),
    ("not('一般')", "重大", "一般"),
    ("> 2, < -2", -3, 0),
    ("(1..3]", 3, 1),
    ("true", True, False),
    ("null", None, 0),
    (">= 2024-11-25", date(2024, 11, 25), date(2024, 11, 24)),
    (">= 2024-11-25", "2024-12-01", "2024-11-01"),
    ("date('2024-11-25')", "2024-11-25", "2024-11-26"),
    ("[2024-11-01..2024-11-30]", date(2024, 11, 30), date(2024, 12, 1)),
    ("contains(?, '瓦斯')", "瓦斯超限", "积水"),
    ("len(?) > 1", ["a", "b"], ["a"]),
    ("> 上限", 6, 5),
    ("sum(班次)", 6, 5),
]


@pytest.mark.parametrize(("cell", "yes", "no"), CELLS)
def test_a_cell_holds_or_does_not(cell: str, yes: Any, no: Any):
    tables = read(table("t", ["x"], ["y"], [[cell, "'ja'"]]))
    more = {"上限": 5, "班次": [1, 2, 3]}
    assert decided(tables, "t", "singleEntry", x=yes, **more) == "ja"
    assert decided(tables, "t", "singleEntry", x=no, **more) is None


ROWS = [["> 1", "2"], ["> 2", "2"], ["> 3", "5"], ["-", ""]]
POLICIES = [
    # policy, aggregation, rows that hit, collected entries, value
    ("FIRST", "", (1,), [Decimal(2)], Decimal(2)),
    ("COLLECT", "", (1, 2, 3, 4), [2, 2, 5, None], "several"),
    ("RULE ORDER", "", (1, 2, 3, 4), [2, 2, 5, None], "several"),
    ("COLLECT", "SUM", (1, 2, 3, 4), [9], 9),
    ("COLLECT", "MIN", (1, 2, 3, 4), [2], 2),
    ("COLLECT", "MAX", (1, 2, 3, 4), [5], 5),
    ("COLLECT", "COUNT", (1, 2, 3, 4), [4], 4),
    ("UNIQUE", "", "第 1、2、3、4 行同时命中", None, None),
    ("ANY", "", "第 1、2、3、4 行同时命中，结果却不同", None, None),
]


@pytest.mark.parametrize(("policy", "aggregation", "hit", "entries", "value"), POLICIES)
def test_what_several_rows_mean_is_the_policy_s(
    policy: str, aggregation: str, hit: Any, entries: Any, value: Any
):
    tables = read(table("t", ["x"], ["y"], ROWS, policy, aggregation=aggregation, name="扣分"))
    if isinstance(hit, str):
        with pytest.raises(ProcessStuck, match=hit) as caught:
            rules(tables, "t", x=9)
        assert "扣分" in str(caught.value) and caught.value.facts["node"] == "d"
        return
    assert rules(tables, "t", x=9) == [("t", hit)]
    assert decided(tables, "t", "collectEntries", x=9) == entries
    if value == "several":
        with pytest.raises(ProcessStuck, match="同时命中"):
            decided(tables, "t", "singleEntry", x=9)
    else:
        assert decided(tables, "t", "singleEntry", x=9) == value


def test_rows_that_agree_may_hit_together():
    tables = read(table("t", ["x"], ["y"], [["> 1", "2"], ["> 2", "2"]], "ANY"))
    assert decided(tables, "t", "singleEntry", x=9) == 2 and rules(tables, "t", x=9) == [("t", (1, 2))]


def test_nothing_matches():
    row = [["> 1", "2"]]
    for policy, aggregation, mapping, nothing in [
        ("UNIQUE", "", "singleEntry", None), ("UNIQUE", "", "singleResult", None), ("FIRST", "", "resultList", []),
        ("COLLECT", "", "collectEntries", []), ("COLLECT", "SUM", "singleEntry", None),
        ("COLLECT", "COUNT", "singleEntry", 0),
    ]:  # fmt: skip
        tables = read(table("t", ["x"], ["y"], row, policy, aggregation=aggregation))
        assert decided(tables, "t", mapping, x=0) == nothing
    assert decided(read(table("t", ["x"], ["y"], row)), "t", "resultList", "", x=0) == {"y": None}
    defaulted = read(
        table("t", ["x"], ["y", "z"], [["> 1", "2", "3"]], defaults=["'待定'", "days_between(b, a)"])
    )
    names = {"x": 0, "a": date(2024, 11, 3), "b": date(2024, 11, 1)}
    assert decided(defaulted, "t", "singleResult", **names) == {"y": "待定", "z": 2}
    assert rules(defaulted, "t", **names) == [("t", ())]


def test_outputs_are_kept_under_their_own_names_as_spiff_arena_has_it():
    tables = read(GRADE)
    assert decided(tables, "grade", "resultList", "", 瓦斯=2) == {"级别": "重大", "期限": 3}
    many = read(table("t", ["x"], ["y", "z"], [["> 1", "2", "'a'"], ["> 2", "3", "'b'"]], "COLLECT"))
    assert decided(many, "t", "resultList", "", x=9) == {"y": [2, 3], "z": ["a", "b"]}


def test_decisions_that_others_rest_on_are_made_first():
    tables = read(
        table("fine", ["级别", "次数总和"], ["罚款"], [["'重大'", "> 1", "50000"], ["'重大'", "<= 1", "20000"]],
              requires=["level", "times"]),
        table("level", ["瓦斯"], ["级别"], [[">= 1", "'重大'"], ["< 1", "'一般'"]]),
        table("times", ["次数", "级别"], ["n"], [["-", "-", "次数"]], requires=["level"], variable="次数总和"),
    )  # fmt: skip
    assert rules(tables, "fine", 瓦斯=2, 次数=3) == [("level", (1,)), ("times", (1,)), ("fine", (1,))]
    assert decided(tables, "fine", "singleEntry", 瓦斯=2, 次数=1) == 20000


@pytest.mark.parametrize(
    ("inputs", "row", "said"),
    [
        (["x / 0"], ["-", "1"], "“x / 0”列无法计算"),
        (["x"], ["> 1 / 0", "1"], "第 1 行“x”格无法计算"),
        (["x"], ["> 'a'", "1"], "第 1 行“x”格无法计算"),
        (["x"], ["-", "1 / 0"], "第 1 行“y”格无法计算"),
        (["x"], ["-", "days(3)"], "第 1 行“y”格无法计算"),
        (["x"], ["? + 1", "1"], "第 1 行“x”格的结果不是"),
        (["x"], ["sum(x, count(x, item > 1)) > 1", "1"], "第 1 行“x”格无法计算"),
    ],
)
def test_what_cannot_be_decided_names_the_table_and_the_cell(inputs: list[str], row: list[str], said: str):
    tables = read(table("t", inputs, ["y"], [row], name="扣分"))
    value: object = list(range(400)) if "sum" in row[0] else 3
    with pytest.raises(ProcessStuck) as caught:
        rules(tables, "t", x=value)
    assert said in str(caught.value) and "决策“扣分”" in str(caught.value)


def test_a_cell_is_not_asked_when_one_before_it_does_not_hold():
    tables = read(table("t", ["x", "y"], ["z"], [["!= 0", "> 1 / x", "1"], ["0", "-", "2"]]))
    assert decided(tables, "t", "singleEntry", x=0, y=1) == 2


def test_a_decision_that_is_not_there_stops_the_process():
    with pytest.raises(ProcessStuck, match="决策“gone”不存在"):
        Ruling("d", Decides("gone", "r"), ()).made({}, {})


# --- in a process ---------------------------------------------------------------------------------------------------------

FLOW = """
    s: startEvent
    fill: userTask
    d: businessRuleTask
    g: exclusiveGateway
    fix: userTask
    big: endEvent
    small: endEvent
    s -> fill -> d -> g
    g -> fix if 结果.级别 == '重大'
    g -> small else
    fix -> big
"""


def model(text: str = FLOW, attributes: str = "", *decisions: str) -> Model:
    xml = draw(text).replace(
        b'<bpmn:businessRuleTask id="d"', f'<bpmn:businessRuleTask id="d" {attributes}'.encode()
    )
    drawing, problems = read_process(xml, "processes/p.bpmn")
    assert drawing is not None, [str(one.what) for one in problems]
    return Model.of({"p": bound(drawing, read(*decisions or (GRADE,)))}, "p")


SINGLE = 'camunda:decisionRef="grade" camunda:resultVariable="结果" camunda:mapDecisionResult="singleResult"'


def filled(walked: Model, **answers: Any) -> Step:
    first = start(walked, {}, NOW)
    return advance(walked, first.state, first.opened[0].token, answers, NOW)


def test_a_process_goes_where_the_table_says_and_tells_which_row_decided():
    walked = model(FLOW, SINGLE)
    step = filled(walked, 瓦斯=Decimal("1.7"), 别的=1)
    assert [one.node_id for one in step.opened] == ["fix"]
    mark = read(GRADE)["grade"].mark
    assert step.decided == (Decided("d", "grade", (1,), "隐患分级", mark),)
    assert mark != read(GRADE.replace("1.5", "1.6"))["grade"].mark and len(mark) == 16
    assert step.data == {"瓦斯": Decimal("1.7"), "结果": {"级别": "重大", "期限": Decimal(3)}}
    assert step.entered == ("d", "g", "fix")
    later = advance(walked, step.state, step.opened[0].token, {}, NOW)  # a state holds what was decided
    assert later.end_nodes == ("big",) and later.decided == ()
    assert filled(walked, 瓦斯=Decimal("0.2")).end_nodes == ("small",)


def test_what_spiff_arena_calls_keeps_each_output_that_is_read():
    text = FLOW.replace("结果.级别", "级别")
    xml = draw(text).replace(
        b'<bpmn:businessRuleTask id="d">',
        b'<bpmn:businessRuleTask id="d"><bpmn:extensionElements><spiffworkflow:calledDecisionId>grade'
        b"</spiffworkflow:calledDecisionId></bpmn:extensionElements>",
    )  # fmt: skip
    drawing, problems = read_process(xml, "processes/p.bpmn")
    assert drawing is not None, problems
    step = filled(Model.of({"p": bound(drawing, read(GRADE))}, "p"), 瓦斯=2)
    assert step.data == {"瓦斯": 2, "级别": "重大"}


def test_a_table_that_cannot_decide_stops_the_process_and_nothing_of_the_step_stays():
    twice = table("grade", ["瓦斯"], ["级别"], [["> 1", "'重大'"], ["> 0", "'一般'"]], name="隐患分级")
    walked = model(FLOW, SINGLE, twice)
    with pytest.raises(ProcessStuck, match="第 1、2 行同时命中") as caught:
        filled(walked, 瓦斯=2)
    assert caught.value.facts["node"] == "d"


def test_each_of_several_is_decided_by_what_is_its_own():
    text = """
        s: startEvent
        part: subProcess over=隐患 item=一条 gather=级别表 result=结果
        q: startEvent in=part
        d: businessRuleTask in=part
        x: endEvent in=part
        wait: userTask
        e: endEvent
        s -> part -> wait -> e
        q -> d -> x
    """
    each = table("grade", ["一条.瓦斯"], ["级别"], [[">= 1", "'重大'"], ["< 1", "'一般'"]])
    walked = model(text, SINGLE.replace("singleResult", "singleEntry"), each)
    step = start(walked, {"隐患": [{"瓦斯": 2}, {"瓦斯": 0}, {"瓦斯": 1}]}, NOW)
    assert step.data["级别表"] == ["重大", "一般", "重大"]
    assert [one.rules for one in step.decided] == [(1,), (2,), (1,)]


# --- against a naive reading ----------------------------------------------------------------------------------------------

NUMBERS = ["-", "0", "< 1", ">= 1", "[0..2]", "(0..2)", "1, 2", "not(1)", "> 1, < 0"]
TEXTS = ["-", "'a'", "'a', 'b'", "not('a')"]


def naive(cell: str, value: Any) -> bool:
    """What a cell means, read by hand: no compiler, no caching."""
    if cell == "-":
        return True
    if cell.startswith("not("):
        return not naive(cell[4:-1], value)
    if ", " in cell:
        return any(naive(part, value) for part in cell.split(", "))
    if cell.startswith("'"):
        return bool(value == cell.strip("'"))
    if value is None:
        return False
    if ".." in cell:
        low, high = cell[1:-1].split("..")
        above = value >= int(low) if cell[0] == "[" else value > int(low)
        return above and (value <= int(high) if cell[-1] == "]" else value < int(high))
    sign, _, number = cell.rpartition(" ")
    wanted = int(number)
    return bool({"": value == wanted, "<": value < wanted, ">=": value >= wanted, ">": value > wanted}[sign])


def naively(
    policy: str, rows: Sequence[Sequence[str]], values: Sequence[Any]
) -> tuple[tuple[int, ...], list[int]] | None:
    """Which rows hit and what they give; None = it cannot be decided."""
    hit = [
        number
        for number, row in enumerate(rows, 1)
        if all(naive(cell, value) for cell, value in zip(row[:-1], values, strict=True))
    ]
    given = [int(rows[number - 1][-1]) for number in hit]
    if policy == "FIRST":
        return tuple(hit[:1]), given[:1]
    if (policy == "UNIQUE" and len(hit) > 1) or (policy == "ANY" and len(set(given)) > 1):
        return None
    return tuple(hit), given[:1] if policy in ("UNIQUE", "ANY") else given


@examples(150)
@given(
    policy=st.sampled_from(["UNIQUE", "FIRST", "ANY", "COLLECT", "RULE ORDER"]),
    rows=st.lists(
        st.tuples(st.sampled_from(NUMBERS), st.sampled_from(TEXTS), st.sampled_from(["1", "2"])).map(list),
        min_size=1, max_size=8,
    ),
)  # fmt: skip
def test_any_table_decides_as_one_reads_it_by_hand(policy: str, rows: list[list[str]]):
    tables = read(table("t", ["x", "y"], ["z"], rows, policy))
    for x, y in product([None, -1, 0, 1, 2, 3], [None, "a", "b", "c"]):
        wanted = naively(policy, rows, [x, y])
        if wanted is None:
            with pytest.raises(ProcessStuck):
                rules(tables, "t", x=x, y=y)
            continue
        assert rules(tables, "t", x=x, y=y) == [("t", wanted[0])]
        assert decided(tables, "t", "collectEntries", x=x, y=y) == wanted[1]
