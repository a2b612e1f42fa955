"""What a table leaves open and what it decides twice is told where it can be told, and never told wrongly."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.expression import EvaluationError
from tests.examples import examples
from tests.workflows.tables import read, table
from workflows.coverage import gap, overlaps
from workflows.decisions import Decision
from workflows.unary import VALUE

LEVEL = {"type": "string", "enum": ["一般", "较大", "重大"]}
WHOLE = {"type": "integer", "minimum": 0}


def of(rows: list[list[str]], inputs: list[str], **more: Any) -> Decision:
    return read(table("t", inputs, ["y"], [[*row, "1"] for row in rows], **more))["t"]


def told(
    rows: list[list[str]], inputs: list[str], /, **fields: Any
) -> tuple[str | None, list[tuple[int, int]]]:
    asked = of(rows, inputs)
    return gap(asked, lambda name: fields.get(name, {})), overlaps(asked, lambda name: fields.get(name, {}))


@pytest.mark.parametrize(
    ("rows", "fields", "open_case", "twice"),
    [
        ([["< 1"], [">= 1"]], {}, None, []),
        ([["< 1"], ["> 1"]], {}, "x = 1", []),
        ([["<= 1"], [">= 1"]], {}, None, [(1, 2)]),
        ([["< 1"], [">= 3"]], {}, "x = 1", []),
        ([["<= 1"], [">= 3"]], {}, "1 < x < 3", []),
        ([["<= 1"], [">= 2"]], {"x": WHOLE}, None, []),  # nothing lies between
        ([["0"], [">= 1"]], {"x": WHOLE}, None, []),  # nothing lies below
        ([["0"], [">= 1"]], {}, "x < 0", []),
        ([["[0..5]"], ["(5..10]"]], {"x": {"type": "number", "minimum": 0, "maximum": 10}}, None, []),
        ([["'一般'"], ["'较大', '重大'"]], {"x": LEVEL}, None, []),
        ([["'一般'"], ["'重大'"]], {"x": LEVEL}, "x = '较大'", []),
        ([["'一般'"], ["not('一般')"]], {"x": LEVEL}, None, []),
        ([["'a'"], ["'b'"]], {}, None, []),  # what else there may be nobody knows
        ([["'a'"], ["'a', 'b'"]], {}, None, [(1, 2)]),
        ([["true"], ["false"]], {}, None, []),
        ([["true"]], {}, "x = false", []),
        ([["< 2024-11-01"], ["> 2024-11-01"]], {}, "x = 2024-11-01", []),
        ([["<= 2024-11-01"], [">= 2024-11-02"]], {}, None, []),
        ([["> 上限"], ["<= 上限"]], {}, None, []),  # the limit is not known here
        ([["> 上限"], ["> 上限"]], {}, None, [(1, 2)]),
        ([["-"], ["> 上限"]], {}, None, [(1, 2)]),
        ([["contains(?, 'a')"], ["'b'"]], {}, None, []),
    ],
)
def test_one_column(rows: list[list[str]], fields: dict[str, Any], open_case: str | None, twice: Any):
    assert told(rows, ["x"], **fields) == (open_case, twice)


def test_two_columns_are_looked_at_together():
    rows = [["'重大'", "-"], ["'一般', '较大'", "> 3"], ["'一般'", "<= 3"]]
    assert told(rows, ["级别", "n"], 级别=LEVEL) == ("级别 = '较大'、n < 3", [])
    rows += [["'较大'", "<= 3"], ["-", "3"]]
    assert told(rows, ["级别", "n"], 级别=LEVEL) == (None, [(1, 5), (3, 5), (4, 5)])


def test_a_default_leaves_nothing_open():
    assert gap(of([["> 1"]], ["x"], defaults=["0"]), lambda name: {}) is None


def test_a_large_table_is_not_looked_at_for_ever():
    many = [[f"{n}", f"> {n}", f"< {n}", f"!= {n}"] for n in range(140)]
    assert isinstance(overlaps(of(many, ["a", "b", "c", "d"]), lambda name: {}), list)
    gap(of(many, ["a", "b", "c", "d"]), lambda name: {})
    assert told([["> 1"]] * 200, ["x"]) == (None, [])


@examples(120)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["-", "0", "< 0", "> 0", "[0..2]", "(0..2)", ">= 2", "not(1)"]),
            st.sampled_from(["-", "true", "false"]),
        ).map(list),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_what_is_told_is_so_for_some_value_and_what_is_not_told_for_none(rows: list[list[str]]):
    asked = of(rows, ["x", "y"])
    hits = []
    for x, y in product([-1, 0, 0.5, 1, 1.5, 2, 3], [True, False]):
        hits.append(
            [n for n, row in enumerate(asked.rows, 1) if holds(row.tests[0], x) and holds(row.tests[1], y)]
        )
    open_case = gap(asked, lambda name: {"type": "boolean"} if name == "y" else {})
    assert (open_case is not None) == any(not one for one in hits)
    twice = {(a, b) for one in hits for a in one for b in one if a < b}
    found = set(overlaps(asked, lambda name: {}))
    assert found <= twice and (found == twice or len(found) == 5)


def holds(test: Any, value: Any) -> bool:
    try:
        return test is None or test.evaluate({VALUE: value}) is True
    except EvaluationError:
        return False
