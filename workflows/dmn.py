"""Decision tables (DMN): read safely and compiled cell by cell. Nothing runs them yet; `luoshi check` finds their faults.

Cells are our own expressions and unary tests (`workflows.unary`), not FEEL.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from forms.expression import Expression, ExpressionError, compile_expression
from tenants.errors import Problem
from tenants.text import Message, say
from workflows.bpmn.xml import Element, Unreadable, read_xml
from workflows.suggest import instead
from workflows.unary import compile_test

MAX_RULES = 1_000
POLICIES = ("UNIQUE", "FIRST", "ANY", "PRIORITY", "COLLECT", "RULE ORDER", "OUTPUT ORDER")

_IGNORED = {
    "extensionElements",
    "description",
    "DMNDI",
    "variable",
    "informationRequirement",
    "authorityRequirement",
}
_OUTSIDE = {
    "inputData",
    "knowledgeSource",
    "textAnnotation",
    "association",
    "itemDefinition",
    "organizationUnit",
}
_REFUSED = say("请改成决策表；不支持的元素不会被悄悄忽略。")


@dataclass(frozen=True)
class Row:
    """One rule: a test for each input (None = any value), a value for each output."""

    tests: tuple[Expression | None, ...]
    values: tuple[Expression | None, ...]
    line: int


@dataclass(frozen=True)
class Decision:
    """One decision table. inputs: what each column looks at; outputs: the names it gives."""

    id: str
    name: str
    policy: str
    inputs: tuple[Expression | None, ...]
    outputs: tuple[str, ...]
    rows: tuple[Row, ...]
    line: int


def read_decisions(data: bytes, file: str) -> tuple[tuple[Decision, ...], list[Problem]]:
    """Read the decision tables of a DMN file, and every problem of it. Never raises for what the file says."""
    try:
        root = read_xml(data)
    except Unreadable as error:
        return (), [Problem(error.what, error.do, file, error.line)]
    reading = _Reading(file)
    if root.name != "definitions" or "DMN" not in root.namespace:
        reading.problem(say("文件不是 DMN 决策"), say("请用决策建模工具导出 .dmn 文件。"), root)
        return (), reading.problems
    return tuple(reading.decisions(root)), reading.problems


class _Reading:
    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def problem(self, what: Message, do: Message, element: Element) -> None:
        self.problems.append(Problem(what, do, self.file, element.line, element.get("id")))

    def decisions(self, root: Element) -> Iterator[Decision]:
        found = 0
        for child in root.children:
            if child.name == "decision":
                found += 1
                decision = self._decision(child)
                if decision is not None:
                    yield decision
            elif child.name not in _IGNORED | _OUTSIDE:
                self._refuse(child)
        if not found:
            self.problem(say("文件里没有决策"), say("请画一张决策表。"), root)

    def _decision(self, element: Element) -> Decision | None:
        table = None
        for child in element.children:
            if child.name == "decisionTable":
                table = child
            elif child.name not in _IGNORED:
                self._refuse(child)
                return None
        if table is None:
            self.problem(
                say("决策“{name}”里没有决策表", name=_named(element)), say("请给它画一张决策表。"), element
            )
            return None
        policy = table.get("hitPolicy", "UNIQUE").upper()
        if policy not in POLICIES:
            what = say("命中策略“{policy}”不能使用", policy=policy[:40])
            self.problem(what, instead(policy, POLICIES, say("请改成其中之一。")), table)
        columns = [child for child in table.children if child.name == "input"]
        outputs = [child for child in table.children if child.name == "output"]
        if not columns or not outputs:
            self.problem(say("决策表缺少输入或输出"), say("请至少各写一列。"), table)
        return Decision(
            element.get("id"), element.get("name"), policy, tuple(self._input(one) for one in columns),
            tuple(self._output(one, len(outputs)) for one in outputs), tuple(self._rows(table, columns, outputs)),
            element.line,
        )  # fmt: skip

    def _input(self, column: Element) -> Expression | None:
        expression = next((child for child in column.children if child.name == "inputExpression"), None)
        text = _text(expression) if expression is not None else ""
        if not text:
            self.problem(say("输入列没有写看什么"), say("请写字段名或表达式。"), column)
            return None
        return self._compiled(text, expression or column)

    def _output(self, column: Element, count: int) -> str:
        if count > 1 and not column.get("name"):
            self.problem(say("有几列输出时，每列都要有名称"), say("请给这一列起名。"), column)
        return column.get("name")

    def _rows(self, table: Element, columns: list[Element], outputs: list[Element]) -> Iterator[Row]:
        rules = [child for child in table.children if child.name == "rule"]
        if not rules:
            self.problem(say("决策表一行也没有"), say("请至少写一行。"), table)
        if len(rules) > MAX_RULES:
            self.problem(say("决策表超过 {max} 行", max=MAX_RULES), say("请拆成几张表。"), table)
        for rule in rules[:MAX_RULES]:
            tests = [child for child in rule.children if child.name == "inputEntry"]
            values = [child for child in rule.children if child.name == "outputEntry"]
            if len(tests) != len(columns) or len(values) != len(outputs):
                self.problem(say("这一行的格数与表头不一致"), say("请补齐或删去多余的格。"), rule)
                continue
            yield Row(
                tuple(self._test(one) for one in tests),
                tuple(self._compiled(_text(one), one) if _text(one) else None for one in values),
                rule.line,
            )

    def _test(self, cell: Element) -> Expression | None:
        try:
            return compile_test(_text(cell))
        except ExpressionError as error:
            self._faulty(_text(cell), error, cell)
            return None

    def _compiled(self, text: str, element: Element) -> Expression | None:
        try:
            return compile_expression(text)
        except ExpressionError as error:
            self._faulty(text, error, element)
            return None

    def _faulty(self, text: str, error: ExpressionError, element: Element) -> None:
        self.problem(say("单元格“{text}”有误：{what}", text=text[:60], what=error.what), error.do, element)

    def _refuse(self, element: Element) -> None:
        self.problem(say("不支持 {name}", name=element.name[:60]), _REFUSED, element)


def _text(element: Element) -> str:
    """The cell's text: in DMN it stands in a `text` element."""
    inner = next((child for child in element.children if child.name == "text"), None)
    return (inner.text if inner is not None else element.text).strip()


def _named(element: Element) -> str:
    return (element.get("name") or element.get("id"))[:60]
