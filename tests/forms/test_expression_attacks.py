"""Hostile texts: refused with a word and a place, always within 50 ms."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forms.expression import (
    EvaluationError,
    ExpressionError,
    compile_expression,
)
from tests.examples import examples
from tests.forms.expression_twins import Browser
from tests.forms.patience import costs_little


def refusal(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)
    return caught.value


# --- escapes ---------------------------------------------------------------------------------------------------------

ESCAPES = [
    ("().__class__", 2),
    ("().__class__.__bases__[0].__subclasses__()", 2),
    ("''.__class__", 3),
    ("a.__class__", 3),
    ("a['x'].__init__.__globals__", 8),
    ("[].append(1)", 3),
    ("a.append(1)", 9),
    ("a.b.c(1)", 6),
    ("a[0](1)", 5),
    ("(count)(1)", 8),
    ("count(a)(b)", 9),
    ("'{0.__class__}'.format(a)", 16),
    ("f'{a}'", 1),
    ('F"{a.__class__}"', 1),
    ("b'abc'", 1),
    ("r'abc'", 1),
    ("lambda: 1", 1),
    ("(lambda x: x)(1)", 2),
    ("[x for x in a]", 4),
    ("{x: 1}", 1),
    ("{'a': 1}", 1),
    ("sum(x for x in a)", 7),
    ("(a := 1)", 4),
    ("a = 1", 3),
    ("import os", 1),
    ("__import__('os')", 1),
    ("__builtins__", 1),
    ("random._os", 8),
    ("open('/etc/passwd')", 1),
    ("eval('1')", 1),
    ("exec('1')", 1),
    ("getattr(a, 'b')", 1),
    ("print(1)", 1),
    ("type(a)", 1),
    ("await a", 1),
    ("yield a", 1),
    ("a; b", 2),
    ("a if b", 7),
    ("()", 2),
    ("(,)", 2),
    ("*a", 1),
    ("count(*a)", 7),
    ("count(**a)", 7),
    ("count(a=1)", 8),
    ("a[1:2]", 4),
    ("...", 1),
    ("a @ b", 3),
    ("a | b", 3),
    ("~a", 1),
    ("a ^ b", 3),
    ("a << 3", 4),
    ("a is None", 3),
    ("`id`", 1),
    ("$a", 1),
    ("${a}", 1),
    ("a\\\nb", 2),
    ("'a' 'b'", 5),
    ("# a", 1),
    ("", 1),
    ("   ", 1),
]


@pytest.mark.parametrize(("text", "column"), ESCAPES, ids=[text for text, _ in ESCAPES])
def test_an_escape_is_refused_where_it_stands(text: str, column: int) -> None:
    error = refusal(text)
    assert (error.line, error.column) == (1, column)
    assert str(error.what) and str(error.do)


def test_a_refusal_names_line_and_character_and_says_what_to_do() -> None:
    error = refusal("级别 == '重大'\n  and 状态 = '销号'")
    assert (error.line, error.column) == (2, 10)
    assert str(error) == "第 2 行第 10 个字符：“=”不能用，表达式不能改变内容。比较相等请写两个等号 ==。"


@pytest.mark.parametrize(
    ("text", "do"),
    [
        ("count（隐患）", "请改成英文标点“(”。"),
        ("级别 == “重大”", '请改成英文标点“"”。'),
        ("a ≥ 3", "请写 >=。"),
        ("a && b", "请写 and。"),
        ("!a", "请写 not。"),
        ("cuont(隐患)", "是不是要写 count(…)？"),
        ("today + 3天", "数只用数字写，不带单位；天数请写成 days(3)。"),
        ("today > 2024-1-5", "日期请写成 2024-11-01，月和日都是两位数。"),
        ("today > 2024/11/05", "日期请写成 2024-11-01，月和日都是两位数。"),
        ("today > 2024-02-30", "请检查月和日。"),
        ("date('2024-02-30')", "日期请写成 date('2024-11-01')。"),
        ("代码 == 0356", "编号请写在引号里，例如 '0356'；日期请写成 date('2024-11-01')。"),
        ("级别 == '重大", "请在文字的两头都加上同样的英文引号。"),
        ("count(a, b, c)", "要 1 到 2 个，用英文逗号隔开。"),
        ("9**9**9", "请用“*”连乘。"),
        ("(a and b", "请补全后面的内容，并检查括号是否成对。"),
        ("matches(a, b)", "例如 matches(编号, '[0-9]{6}')。"),
    ],
)
def test_a_common_slip_gets_its_remedy(text: str, do: str) -> None:
    assert str(refusal(text)).endswith(do)


@pytest.mark.parametrize("name", ["ａｂ", "級別１", "ﬁeld", "x²", "Å".replace("Å", "\u212b"), "カ\uff9e"])
def test_a_name_that_looks_like_another_is_refused(name: str) -> None:
    refusal(name)
    refusal(f"row.{name}")


@pytest.mark.parametrize(
    "hidden", ["\u202e", "\u200b", "\u2066", "\ufeff", "\x00", "\x1b", "\ud800", "\u00ad"]
)
def test_an_invisible_character_is_refused_even_in_a_text(hidden: str) -> None:
    assert refusal(f"a == 'x{hidden}y'").column == 8


def test_objects_of_the_program_do_not_come_in() -> None:
    class Anything:
        secret = "s"

    for thing in (Anything(), Anything, print, {1, 2}, b"x", object(), 1j, iter([1])):
        with pytest.raises(EvaluationError):
            compile_expression("thing").evaluate({"thing": thing})
        with pytest.raises(EvaluationError):
            compile_expression("thing.secret").evaluate({"thing": thing})
        with pytest.raises(EvaluationError):
            compile_expression("any(things, item)").evaluate({"things": [thing]})


def test_attributes_of_values_are_not_reachable() -> None:
    for source in ("d.year", "t.upper", "n.real", "l.append", "f.items.x"):
        with pytest.raises(EvaluationError):
            compile_expression(source).evaluate(
                {"d": date(2024, 1, 1), "t": "x", "n": 1, "l": [], "f": {"items": 1}}
            )
    assert compile_expression("f.items").evaluate({"f": {}}) is None


@pytest.mark.parametrize(
    "source", ["constructor", "x.constructor", "x['__proto__']", "x.toString", "'toString' in x"]
)
def test_what_javascript_objects_inherit_is_not_data(browser_twin: Browser, source: str) -> None:
    assert browser_twin.says(compile_expression(source).tree, {"x": {}}) in (None, False)


def test_functions_of_javascript_are_not_functions_of_the_language(browser_twin: Browser) -> None:
    for name in ("constructor", "toString", "__proto__", "eval"):
        assert browser_twin.says(["call", name, ["text", "1"]], {}) == {"$error": "given"}


# --- texts without end -----------------------------------------------------------------------------------------------

ENDLESS = {
    "a source of 20,000 terms": "1" + "+1" * 20_000,
    "as many terms as fit": "1" + "+1" * 499,
    "as many factors as fit": "9" + "*9" * 499,
    "as many words as fit": "a and " * 499 + "a",
    "one word too many": "a+" * 500 + "a",
    "open brackets": "(" * 4_000,
    "deep brackets": "(" * 400 + "1" + ")" * 400,
    "deep lists": "[" * 400 + "]" * 400,
    "deep calls": "len(" * 200 + "1" + ")" * 200,
    "deep not": "not " * 900 + "a",
    "deep minus": "-" * 900 + "1",
    "deep choices": "a if b else " * 240 + "c",
    "deep subscripts": "a" + "[0]" * 300,
    "a long path": "a" + ".a" * 490,
    "a long list": "[" + "1," * 490 + "1]",
    "a long chain of comparisons": "1" + "<1" * 490,
    "a long name": "a" * 4_000,
    "a long number": "9" * 4_000,
    "a long fraction": "0." + "9" * 3_990,
    "quotes": "'" * 3_999,
    "backslashes": "'" + "\\" * 3_990,
    "an open text": "'" + "a" * 3_990,
    "blanks": " " * 3_990 + "a",
    "new lines": "\n" * 3_990 + "=",
    "an unknown function with a long name": "x" * 60 + "(1)",
    "power": "9**9**9",
    "a pattern of nested repetition": "matches(a, '(((a+)+)+)+$')",
    "a pattern of nested counts": "matches(a, '" + "(" * 5 + "a" + "{1000})" * 5 + "')",
    "a pattern with many brackets": "matches(a, '" + "(" * 240 + ")" * 240 + "')",
    "a pattern of many choices": "matches(a, '" + "a?" * 240 + "')",
    "ten million characters": "a" * 10_000_000,
}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_no_text_takes_long_to_compile(text: str) -> None:
    def attempt() -> None:
        try:
            compile_expression(text).tree  # noqa: B018 - what compiles is fine, too
        except ExpressionError:
            return

    costs_little(attempt)


@examples(300)
@given(st.text(max_size=60) | st.text("ab.()[]'\"+-*/%<>=!, 01\n国（，andornti", max_size=80))
def test_any_text_compiles_or_is_refused_with_a_place(text: str) -> None:
    try:
        tree = compile_expression(text).tree
    except ExpressionError as error:
        assert 1 <= error.line <= text.count("\n") + 1
        assert 1 <= error.column <= len(text) + 1
        assert str(error)
    else:
        assert json.loads(json.dumps(tree)) == tree
