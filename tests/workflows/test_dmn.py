"""Decision tables are read safely and compiled: what is wrong with one is said with its line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.expression import ExpressionError
from tests.examples import examples
from tests.workflows.tables import dmn
from tests.workflows.tables import table as drawn
from workflows.decisions import chain
from workflows.dmn import read_all, read_decisions
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
    assert (decision.name, decision.policy) == ("级别", "UNIQUE")
    assert [one.name for one in decision.outputs] == ["级别"] and [one.title for one in decision.inputs] == [
        "瓦斯"
    ]
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


def test_what_dmn_js_writes_is_read_whole():
    data = dmn(
        drawn("grade", ["瓦斯"], ["级别", "期限"], [["> 1", '"重大"', "3"], ["-", "", "-"]], "FIRST", requires=["base"]),
        drawn("base", ["x"], ["y"], [["not(true)", "date('2024-11-01')"]], "COLLECT", aggregation="MIN", variable="底数"),
    )  # fmt: skip
    found, problems = read_decisions(data, "a.dmn")
    assert problems == []
    grade, base = found
    assert (grade.policy, grade.requires, grade.reads, grade.single) == ("FIRST", ("base",), {"瓦斯"}, True)
    assert [one.name for one in grade.outputs] == ["级别", "期限"]
    assert grade.rows[0].cells == ("> 1", '"重大"', "3") and grade.rows[1].values == (None, None)
    assert (base.aggregation, base.variable, base.gives) == ("MIN", "底数", {"y", "底数"})


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('hitPolicy="COLLECT"', 'hitPolicy="PRIORITY"', "命中策略“PRIORITY”不能使用"),
        ('hitPolicy="COLLECT"', 'hitPolicy="OUTPUT ORDER"', "命中策略“OUTPUT ORDER”不能使用"),
        ('hitPolicy="COLLECT"', 'hitPolicy="FIRST" aggregation="SUM"', "只有 COLLECT 可以汇总"),
        ('hitPolicy="COLLECT"', 'hitPolicy="COLLECT" aggregation="AVG"', "汇总方式“AVG”不能使用"),
        ('hitPolicy="COLLECT"', 'hitPolicy="COLLECT" aggregation="SUM"', "汇总只能有一列输出"),
        ('name="z"', 'name="y"', "有两列输出都叫“y”"),
        ('name="z"', 'name=""', "每列都要有名称"),
        ("<decisionTable", "<knowledgeRequirement/><decisionTable", "不支持 knowledgeRequirement"),
        ("<decisionTable", "<literalExpression/><decisionTable", "不支持 literalExpression"),
        (
            '<inputEntry id="u_t_0_0">',
            '<inputEntry expressionLanguage="javascript">',
            "单元格的语言 javascript",
        ),
        ('<decision id="t"', '<decision id=""', "决策没有编号"),
        (
            "<decisionTable",
            '<informationRequirement><requiredDecision href="b.dmn#x"/></informationRequirement><decisionTable',
            "在别的文件里",
        ),
        ("</definitions>", "<decisionService/></definitions>", "不支持 decisionService"),
        ("</definitions>", "<businessKnowledgeModel/></definitions>", "不支持 businessKnowledgeModel"),
    ],
)
def test_what_would_not_be_carried_out_is_refused_by_name(old: str, new: str, said: str):
    text = dmn(drawn("t", ["x"], ["y", "z"], [["-", "1", "2"]], "COLLECT")).decode()
    assert old in text
    assert any(said in one for one in told(text.replace(old, new, 1).encode()))


def test_a_table_of_feel_in_name_only_is_read():
    text = dmn(drawn("t", ["x"], ["y"], [["-", "1"]])).decode()
    assert (
        told(text.replace('<inputEntry id="u_t_0_0">', '<inputEntry expressionLanguage="feel">').encode())
        == []
    )


def test_too_much_is_refused_before_it_is_compiled():
    long = "x" * 3_000
    cells = [[f"'{long}{n}'", "1"] for n in range(70)]
    assert [one for one in told(dmn(drawn("t", ["x"], ["y"], cells))) if "合计超过" in one]
    wide = [f"c{n}" for n in range(40)]
    assert any("超过 30 列" in one for one in told(dmn(drawn("t", wide, ["y"], [["-"] * 41]))))


def test_decisions_of_a_package_are_read_together():
    one = dmn(
        drawn("a", ["x"], ["y"], [["-", "1"]], requires=["b"]),
        drawn("b", ["x"], ["y"], [["-", "1"]], requires=["a"]),
    )
    two = dmn(
        drawn("b", ["x"], ["y"], [["-", "1"]]), drawn("c", ["x"], ["y"], [["-", "1"]], requires=["grad"])
    )
    found, problems = read_all({"decisions/1.dmn": one, "decisions/2.dmn": two, "other/3.dmn": b"?"})
    assert sorted(found) == ["a", "b", "c"]
    said = [f"{one.file}: {one.what} {one.do}" for one in problems]
    assert any("decisions/2.dmn: 决策编号 b 重复（decisions/1.dmn 里已有）" in one for one in said)
    assert any("绕成一圈：a → b → a" in one for one in said)
    assert any("所依据的决策 grad 不存在" in one for one in said)


def test_a_row_of_too_many_decisions_is_refused_and_a_long_one_is_read():
    def row_of(count: int) -> dict[str, bytes]:
        return {
            "decisions/a.dmn": dmn(
                *(
                    drawn(
                        f"d{n}", ["x"], ["y"], [["-", "1"]], requires=[f"d{n + 1}"] if n + 1 < count else []
                    )
                    for n in range(count)
                )
            )
        }

    found, problems = read_all(row_of(200))
    assert problems == [] and len(chain(found, "d0")) == 200
    assert next(str(one.what) for one in read_all(row_of(201))[1]) == "决策超过 200 个"


@examples(150)
@given(st.data())
def test_whatever_is_cut_out_or_doubled_is_said_and_never_raised(data: st.DataObject):
    text = dmn(drawn("a", ["x", "y"], ["z"], [["> 1", "'a'", "1"], ["-", "not(2)", "2"]], "COLLECT", aggregation="SUM", requires=["b"]),
               drawn("b", ["x"], ["y"], [["-", "1"]], defaults=["0"])).decode()  # fmt: skip
    parts = re.findall(r"<[^>]*>|[^<]+", text)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(parts) - 1))
        parts[place] = data.draw(
            st.sampled_from(
                ["", parts[place] * 2, "<text>", "</text>", "? ..", "<rule/>", "<input/>", "<output/>"]
            )
        )
    found, problems = read_all({"decisions/a.dmn": "".join(parts).encode()})
    assert all(str(one.what) and str(one.do) for one in problems)
    for key in found if not problems else ():
        for table in chain(found, key):
            assert table.reads is not None and table.mark
