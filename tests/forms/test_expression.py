"""The expression language: what it says, on the server and in the browser."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.expression import (
    STANDARD,
    EvaluationError,
    ExpressionError,
    Period,
    compile_expression,
    from_juel,
    is_reserved,
    plain,
)
from tests.examples import examples
from tests.forms.expression_twins import GIVEN, Browser, expected, server_says, vectors

VECTORS = vectors()


# --- both interpreters -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("about", "source", "names", "result"), VECTORS, ids=[f"{v[0]}: {v[1]}" for v in VECTORS]
)
def test_server_and_browser_agree_with_the_vector(
    browser_twin: Browser, about: str, source: str, names: Any, result: Any
) -> None:
    expression = compile_expression(source)
    assert server_says(expression, names) == expected(result)
    assert browser_twin.says(expression.tree, names) == expected(result)


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("1 / 4", 0.25),
        ("3", 3),
        ("2024-11-01", "2024-11-01"),
        ("[today, 1.5, None]", ["2024-11-02", 1.5, None]),
    ],
)
def test_both_hand_out_the_same_json(browser_twin: Browser, source: str, result: Any) -> None:
    expression = compile_expression(source)
    assert browser_twin.hands_out(expression.tree, {"today": {"$date": "2024-11-02"}}) == result
    assert plain(expression.evaluate({"today": date(2024, 11, 2)})) == result


def test_there_are_vectors_for_every_function() -> None:
    spoken = " ".join(source for _about, source, _names, _result in VECTORS)
    assert len(VECTORS) > 400
    assert [name for name in STANDARD if f"{name}(" not in spoken] == []


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.integers(-20, 20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.decimals(-1000, 1000, places=2).map(float)
    | st.text("ab中矿😀 -1", max_size=4)
    | st.dates().map(date.isoformat)
    | st.sampled_from(["12.5", "2024-02-29", "2024-11-26T09:30:00+08:00", "0001-01-01", "9999-12-31"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abxy"), inner, max_size=3),
    max_leaves=8,
)
_LITERALS = st.one_of(
    st.integers(0, 10**34 - 1).map(str),
    st.integers(0, 12).map(str),
    st.decimals(0, 10**6, places=5).map(lambda number: format(number, "f")),
    st.text("ab中 矿1", max_size=3).map(lambda text: f"'{text}'"),
    st.sampled_from(
        ["True", "None", "[]", "[1, 'a', 2.5]", "2024-02-29", "'2024-12-31'", "a", "b", "x", "y", "item"]
    ),
)
_ONE = sorted(
    name
    for name, function in STANDARD.items()
    if function.kind == "values" and function.least == 1 and name not in ("date", "upper", "lower")
)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        st.tuples(pair, st.sampled_from(["+", "-", "*", "/", "//", "%"])).map(
            lambda p: f"({p[0][0]} {p[1]} {p[0][1]})"
        ),
        st.tuples(
            pair, st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "and", "or"]) | st.just("not in")
        ).map(lambda p: f"({p[0][0]} {p[1]} {p[0][1]})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} < {p[1]} == {p[2]})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        inner.map(lambda text: f"(-{text})"),
        inner.map(lambda text: f"(not {text})"),
        st.tuples(st.sampled_from("xyab"), st.sampled_from("abxy")).map(".".join),
        st.tuples(st.sampled_from("xy"), inner).map(lambda p: f"{p[0]}[{p[1]}]"),
        st.tuples(st.sampled_from(_ONE), inner).map(lambda p: f"{p[0]}({p[1]})"),
        st.tuples(st.sampled_from(["count", "sum", "avg", "any", "all", "min", "max"]), inner, inner).map(
            lambda p: f"{p[0]}({p[1]}, {p[2]})"
        ),
        pair.map(lambda p: f"[{p[0]}, {p[1]}]"),
        pair.map(lambda p: f"round({p[0]}, {p[1]})"),
        pair.map(lambda p: f"days_between({p[0]}, {p[1]})"),
        pair.map(lambda p: f"contains({p[0]}, {p[1]})"),
        st.tuples(st.sampled_from(["days", "months", "hours", "workdays"]), inner, inner).map(
            lambda p: f"({p[1]} + {p[0]}({p[2]}))"
        ),
    )


_SOURCES = st.recursive(_LITERALS, _larger, max_leaves=12)


@pytest.mark.slow
@examples(600)
@given(source=_SOURCES, names=st.fixed_dictionaries({"a": _JSON, "b": _JSON, "x": _JSON, "y": _JSON}))
def test_server_and_browser_agree_on_whatever_is_written(
    browser_twin: Browser, source: str, names: dict[str, Any]
) -> None:
    expression = compile_expression(source)
    assert browser_twin.says(expression.tree, names) == server_says(expression, names)


def _number(digits: int, point: int) -> str:
    text = str(digits)
    return text if point >= len(text) else f"{text[:point] or '0'}.{text[point:]}"


_NUMBERS = st.builds(_number, st.integers(0, 10**33 - 1) | st.integers(0, 99), st.integers(0, 34))


@examples(400)
@given(
    left=_NUMBERS,
    right=_NUMBERS,
    sign=st.sampled_from(["+", "-", "*", "/", "//", "%", "<", "=="]),
    minus=st.booleans(),
)
def test_server_and_browser_agree_on_long_decimals(
    browser_twin: Browser, left: str, right: str, sign: str, minus: bool
) -> None:
    expression = compile_expression(f"{'-' * minus}{left} {sign} {right}")
    assert browser_twin.says(expression.tree, {}) == server_says(expression, {})


# --- Python's side ---------------------------------------------------------------------------------------------------


def test_a_condition_is_evaluated_per_item() -> None:
    expression = compile_expression("count(隐患, 级别 == '重大' and 状态 != '销号')")
    hazards = [{"级别": "重大", "状态": "整改中"}, {"级别": "重大", "状态": "销号"}, {"级别": "一般"}]
    assert expression.evaluate({"隐患": hazards}) == 1
    assert expression.evaluate({}) == 0


def test_an_expression_tells_which_names_it_reads() -> None:
    expression = compile_expression("count(隐患, 级别 == 门槛) > limit and phases.a.end < today")
    assert expression.names == {"隐患", "级别", "门槛", "limit", "phases", "today"}
    assert expression.item_names == {"级别", "门槛"}
    assert compile_expression("count(count, x) + x").item_names == frozenset()


def test_the_tree_is_plain_json() -> None:
    assert compile_expression("count(隐患, 级别 == '重大') < 3.50").tree == [
        "compare",
        ["call", "count", ["name", "隐患"], ["compare", ["name", "级别"], "==", ["text", "重大"]]],
        "<",
        ["number", "3.50"],
    ]


def test_the_same_text_is_compiled_once() -> None:
    assert compile_expression("a + 1") is compile_expression("a + 1")


def test_a_field_named_like_a_function_does_not_break_the_function() -> None:
    names = {"count": [1, 2], "sum": 5, "date": "2024-11-01"}
    assert compile_expression("count(count) + sum").evaluate(names) == 7
    assert compile_expression("date(date)").evaluate(names) == date(2024, 11, 1)
    assert all(map(is_reserved, ["count", "and", "None", "true", "lambda", "workdays", "item"]))
    assert not any(map(is_reserved, ["隐患", "counts", "Count", "矿井名称"]))


def test_values_of_python_come_in_and_go_out_exactly() -> None:
    moment = datetime(2024, 11, 1, 8, tzinfo=UTC)
    assert compile_expression("x + 0").evaluate({"x": 0.1}) == Decimal("0.1")
    assert compile_expression("x").evaluate({"x": Decimal("1.10")}) == Decimal("1.1")
    assert compile_expression("x").evaluate({"x": moment}) is moment
    assert compile_expression("x[1]").evaluate({"x": (1, 2)}) == 2
    assert compile_expression("today + months(1)").evaluate({"today": date(2024, 1, 31)}) == date(2024, 2, 29)
    assert compile_expression("workdays(3)").evaluate({}) == Period("workdays", 3)


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("3", 3),
        ("0.1 + 0.2", 0.3),
        ("1 / 4", 0.25),
        ("2024-11-01", "2024-11-01"),
        ("now", "2024-11-01T08:00:00+00:00"),
        ("[1, 1.5, {}]".replace("{}", "now"), [1, 1.5, "2024-11-01T08:00:00+00:00"]),
        ("row", {"a": 1, "b": [2.5]}),
        ("missing", None),
    ],
)
def test_a_result_can_be_handed_out_as_json(source: str, result: object) -> None:
    names = {
        "now": datetime(2024, 11, 1, 8, tzinfo=UTC),
        "row": {"a": Decimal("1.0"), "b": (Decimal("2.5"),)},
    }
    handed_out = plain(compile_expression(source).evaluate(names))
    assert handed_out == result
    assert type(handed_out) is type(result)


def test_a_period_alone_is_no_answer() -> None:
    with pytest.raises(EvaluationError, match="时长"):
        plain(compile_expression("days(3)").evaluate({}))


def test_a_condition_holds_when_its_result_counts_as_true() -> None:
    assert compile_expression("remark").holds({"remark": "x"})
    assert not compile_expression("remark").holds({})
    assert not compile_expression("n - 1").holds({"n": 1})


def test_working_days_need_a_calendar() -> None:
    expression = compile_expression("due + workdays(15)")
    assert expression.evaluate({"due": date(2024, 11, 1)}, GIVEN) == date(2024, 11, 22)
    with pytest.raises(EvaluationError, match="工作日历"):
        expression.evaluate({"due": date(2024, 11, 1)})


def test_a_caller_can_add_a_function_of_its_own() -> None:
    library = STANDARD.with_given("holders", 1, 1)
    expression = compile_expression("count(holders('矿长')) > 1", library)
    assert expression.holds({}, {"holders": lambda post: ["甲", "乙"] if post == "矿长" else []})
    with pytest.raises(ExpressionError):
        compile_expression("holders('矿长')")


def test_an_error_while_evaluating_says_what_and_what_to_do_but_no_value() -> None:
    with pytest.raises(EvaluationError) as caught:
        compile_expression("电话 + 1").evaluate({"电话": "13900000000"})
    assert (
        str(caught.value)
        == "“+”的两边是文字和数，算不到一起。要计算请用 number(…) 把文字变成数，要连成文字请用 text(…)。"
    )


# --- ${…} of BPMN modelers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("${approved}", "approved"),
        ("${!approved}", "(not approved)"),
        ("${not approved}", "(not approved)"),
        ("${approved == true}", "approved == True"),
        ("#{ level eq 'major' }", "level == 'major'"),
        ('${level != "major"}', 'level != "major"'),
        ("${amount >= 1000 && amount < 5000}", "amount >= 1000 and amount < 5000"),
        ("${a || b && c}", "a or b and c"),
        ("${(a || b) && !c}", "(a or b) and (not c)"),
        ("${a ne null}", "a != None"),
        ("${a lt 1 or a gt 2 or a le 3 or a ge 4}", "a < 1 or a > 2 or a <= 3 or a >= 4"),
        ("${empty list}", "(list in [None, '', []])"),
        ("${not empty form.rows}", "(not (form.rows in [None, '', []]))"),
        ("${form['level'].code == 'x'}", "form['level'].code == 'x'"),
        ("${隐患等级 == '重大'}", "隐患等级 == '重大'"),
        ("${!a == b}", "(not a) == b"),
    ],
)
def test_simple_expressions_of_other_modelers_are_translated(text: str, meant: str) -> None:
    assert from_juel(text) == meant
    compile_expression(meant)


@pytest.mark.parametrize(
    "text",
    [
        "approved",
        "${}",
        "${a",
        "${a} and ${b}",
        "${execution.getVariable('a')}",
        "${foo()}",
        "${a + 1 > 2}",
        "${a ? b : c}",
        "${a == b == c}",
        "${a = b}",
        "${a b}",
        "${a and}",
        "${(a}",
        "${a if b else c}",
        "${a in b}",
        "${''.class}",
        "${a[b]}",
        "${a == 'x\\n'}",
        "${" + "!" * 3000 + "a}",
        "${" + "(" * 1000 + "a" + ")" * 1000 + "}",
        "${" + "a" * 5000 + "}",
    ],
)
def test_what_is_not_simple_is_not_translated(text: str) -> None:
    assert from_juel(text) is None


def test_empty_means_none_or_nothing_in_it() -> None:
    empty = compile_expression(from_juel("${empty a}") or "")
    assert [empty.evaluate({"a": value}) for value in (None, "", [], "x", [1], 0)] == [True] * 3 + [False] * 3
