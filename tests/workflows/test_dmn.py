"""Decision tables are read safely and compiled; nothing runs them."""

from __future__ import annotations

import pytest

from forms.expression import ExpressionError
from workflows.dmn import read_decisions
from workflows.unary import VALUE, compile_test, split

HEAD = '<?xml version="1.0"?>\n<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="n" namespace="x">\n'


def table(cells: str, policy: str = "UNIQUE") -> bytes:
    return (
        f'{HEAD}<decision id="grade" name="级别"><decisionTable id="t" hitPolicy="{policy}">\n'
        '<input id="i1" label="瓦斯"><inputExpression id="e1"><text>瓦斯浓度</text></inputExpression></input>\n'
        f'<output id="o1" name="级别" />\n{cells}\n</decisionTable></decision></definitions>'
    ).encode()


def row(test: str, value: str = "'重大'") -> str:
    return f'<rule id="r"><inputEntry><text>{test}</text></inputEntry><outputEntry><text>{value}</text></outputEntry></rule>'


def told(data: bytes) -> list[str]:
    return [f"{one.line} {one.what} {one.do}" for one in read_decisions(data, "a.dmn")[1]]


def test_a_table_is_read_with_its_cells_compiled():
    [decision], problems = read_decisions(table(row("&gt;= 1.5") + row("-", "'一般'")), "a.dmn")
    assert problems == []
    assert (decision.name, decision.policy, decision.outputs) == ("级别", "UNIQUE", ("级别",))
    assert [len(one.tests) for one in decision.rows] == [1, 1]
    first, second = decision.rows
    assert first.tests[0] is not None and first.tests[0].evaluate({VALUE: 2}) is True
    assert (
        second.tests[0] is None and second.values[0] is not None and second.values[0].evaluate({}) == "一般"
    )


@pytest.mark.parametrize(
    ("cell", "yes", "no"),
    [
        ("'重大'", "重大", "一般"), ("'a', 'b'", "b", "c"), ("3", 3, 4), ("< 5", 4, 5), ("!= 0", 1, 0), ("= 2", 2, 3),
        ("[1..5]", 5, 6), ("(1..5]", 2, 1), ("]1..5[", 4, 5), ("not(1, 2)", 3, 2),
        ("< 1, > 9", 10, 5), ("'a,b'", "a,b", "a"), ("True", True, False),
    ],
)  # fmt: skip
def test_unary_tests(cell: str, yes: object, no: object):
    test = compile_test(cell)
    assert test is not None
    assert test.evaluate({VALUE: yes}) is True
    assert test.evaluate({VALUE: no}) is False


def test_no_test_is_any_value_and_commas_in_quotes_do_not_split():
    assert compile_test(" - ") is None and compile_test("") is None
    assert split("'a,b', f(1, 2), [1,2]") == ["'a,b'", "f(1, 2)", "[1,2]"]


@pytest.mark.parametrize("cell", ["&gt;", "().__class__", "import os", "[1..]", "not(", "'a"])
def test_a_cell_that_is_no_test_is_named_with_its_line(cell: str):
    problems = told(table(row(cell)))
    assert len(problems) == 1 and problems[0].startswith("6 单元格"), problems


def test_every_fault_of_a_table_is_named():
    problems = told(
        table(row("1").replace("<outputEntry><text>'重大'</text></outputEntry>", ""), policy="UNIQ")
    )
    assert any("是否想写“UNIQUE”？" in one for one in problems)
    assert any("格数与表头不一致" in one for one in problems)
    assert any("一行也没有" in one for one in told(table("")))
    assert any("没有决策" in one for one in told(f"{HEAD}</definitions>".encode()))
    literal = f'{HEAD}<decision id="x"><literalExpression id="l" /></decision></definitions>'
    assert any("不支持 literalExpression" in one for one in told(literal.encode()))
    assert any("不是 DMN" in one for one in told(b"<a/>"))


def test_a_doctype_is_refused():
    bomb = b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "x">]><definitions>&a;</definitions>'
    assert any("DOCTYPE" in one for one in told(bomb))


def test_what_compiles_knows_nothing_but_the_value():
    with pytest.raises(ExpressionError):
        compile_test("open('/etc/passwd')")
