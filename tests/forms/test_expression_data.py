"""Hostile data: whatever an expression meets, it is stopped within 50 ms, by itself or together with others."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from forms.expression import (
    EvaluationError,
    compile_expression,
    plain,
    shared,
    together,
)
from tests.forms.patience import costs_little


def _deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


N = list(range(20_000))
ROWS = [{"级别": "重大", "d": "2024-11-01", "m": 1.5, "t": "abc" * 100}] * 20_000
DATA: dict[str, Any] = {
    "n": N,
    "rows": ROWS,
    "txt": "甲" * 100_000,
    "mb": "x" * 5_000_000,
    "many_mb": ["x" * 1_000_000] * 200,
    "deep": _deep(100_000),
    "other": _deep(99_999),
    "huge": 10**400,
    "digits": 10**5_000,
    "dec": Decimal("1e4000"),
    "nan": float("nan"),
    "inf": float("inf"),
    "dnan": Decimal("nan"),
    "today": date(2024, 11, 2),
}
HEAVY = [
    "count(n, count(n, count(n, True)))",
    "count(n, sum(n) > 0)",
    "count(n, n == n)",
    "count(n, n + n)",
    "count(n, item in n)",
    "count(n, txt + txt == 1)",
    "count(n, contains(mb, 'xx'))",
    "count(n, contains(n, item))",
    "count(n, upper(txt) == 1)",
    "count(n, lower(mb) == 1)",
    "count(n, strip(txt) == 1)",
    "count(n, starts_with(mb, mb))",
    "count(n, len(mb) > 0)",
    "count(n, text(n) == '')",
    "count(n, number(txt) == 0)",
    "count(rows, d < today)",
    "count(rows, d + days(3) < today)",
    "count(rows, month_end(d) == today)",
    "count(rows, matches(t, '(abc)+'))",
    "count(rows, matches(t, '.*.*.*x'))",
    "matches(mb, 'x*')",
    "count(n, d + months(item) > today)",
    "count(n, date('2024-01-01') + months(item) > today)",
    "count(n, item // 0.0000001 % 7)",
    "any(n, round(item / 7, 3) < 0)",
    "rows == rows",
    "[rows] == [rows]",
    "deep == other",
    "deep in [other]",
    "text(many_mb)",
    "text(deep)",
    "mb" + " + mb" * 400,
    "txt" + " + txt" * 400,
    "'a' * 10000000000",
    "[0] * 1000000000",
    "huge",
    "digits",
    "digits == 1",
    "dec + 1",
    "nan == nan",
    "inf > 1",
    "dnan",
    "9" + " * 9999999" * 300,
    "1" + " / 9999999" * 300,
    "today + days(100000) + days(100000)" + " + days(100000)" * 60,
    "today + years(100000)",
    "date('0001-01-01') - days(1)",
    "today + workdays(5000)",
]


@pytest.mark.parametrize("source", HEAVY)
def test_no_data_take_long_to_compute(source: str) -> None:
    expression = compile_expression(source)

    def attempt() -> None:
        try:
            expression.evaluate(DATA)
        except EvaluationError as error:
            assert str(error)

    costs_little(attempt)


@pytest.mark.parametrize("source", ["'a' * 10000000000", "[0] * 1000000000", "'%s' % 'a'", "[0] * n[5]"])
def test_there_is_no_repetition_of_texts_and_lists(source: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        compile_expression(source).evaluate(DATA)
    assert caught.value.code == "kind"


@pytest.mark.parametrize("name", ["huge", "digits", "dec", "nan", "inf", "dnan"])
def test_a_number_out_of_range_is_named_but_not_repeated(name: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        compile_expression(name).evaluate(DATA)
    assert caught.value.code == "number"
    assert len(str(caught.value)) < 60


def test_a_job_may_allow_more_steps() -> None:
    expression = compile_expression("count(n, count(m, item > 5) > 0)")
    names = {"n": list(range(200)), "m": list(range(200))}
    with pytest.raises(EvaluationError) as caught:
        expression.evaluate(names)
    assert caught.value.code == "steps"
    assert expression.evaluate(names, steps=1_000_000) == 200


def test_a_result_that_is_too_deep_is_not_handed_out() -> None:
    with pytest.raises(EvaluationError):
        plain(compile_expression("deep").evaluate(DATA))


def test_several_evaluations_may_be_bounded_together():
    many = compile_expression("sum([1, 2, 3, 4, 5, 6, 7, 8], 1)")
    one = compile_expression("1 + 1")
    with together(2_000):
        assert many.evaluate({}) == 8
        with pytest.raises(EvaluationError, match="太多"):
            for _ in range(100):
                many.evaluate({})
        with pytest.raises(EvaluationError, match="太多"):
            for _ in range(1_000):
                one.evaluate({})
    for _ in range(1_000):
        assert one.evaluate({}) == 2


def test_what_is_inside_of_a_common_budget_shares_it():
    one = compile_expression("1 + 1")
    with shared(2_000), pytest.raises(EvaluationError, match="太多"):
        for _ in range(1_000):
            with shared(2_000):
                one.evaluate({})
