"""Decision tables (DMN 1.1 to 1.4) as modelers draw them: read safely and compiled cell by cell.

Cells are our own expressions and unary tests (`workflows.unary`), not FEEL; what FEEL writes in the same way is read. The file
is never written again, so that whatever else a modeler keeps in it stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from forms.expression import Expression, ExpressionError, compile_expression
from tenants.errors import Problem
from tenants.text import Message, say
from workflows.bpmn.xml import Element, Unreadable, read_xml
from workflows.decisions import Decision, Input, Output, Row, chain
from workflows.suggest import instead
from workflows.unary import compile_test, compile_value

MAX_DECISIONS = 200  # of a package; they may rest on one another in one long row
MAX_RULES = 1_000
MAX_COLUMNS = 30
MAX_CHARACTERS = 200_000  # of all cells of a file; compiled in some two seconds
POLICIES = ("UNIQUE", "FIRST", "ANY", "COLLECT", "RULE ORDER")
AGGREGATIONS = ("", "SUM", "MIN", "MAX", "COUNT")

_IGNORED = {
    "extensionElements", "description", "question", "allowedAnswers", "DMNDI", "variable", "informationRequirement",
    "authorityRequirement",
}  # fmt: skip
_OUTSIDE = {
    "inputData", "knowledgeSource", "textAnnotation", "association", "itemDefinition", "organizationUnit",
    "performanceIndicator", "elementCollection",
}  # fmt: skip
_TABLE = {"input", "output", "rule", "annotation", "extensionElements", "description"}
_REFUSED = say("请改成决策表；不支持的元素不会被悄悄忽略。")
_Compile = Callable[[str], Expression | None]


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


def read_all(files: Mapping[str, bytes]) -> tuple[dict[str, Decision], list[Problem]]:
    """Read every decision table of a package, path -> bytes; return them by id, and every problem, those between them too."""
    found: dict[str, Decision] = {}
    problems: list[Problem] = []
    for path in sorted(files):
        if not path.startswith("decisions/") or not path.endswith(".dmn"):
            continue
        decisions, faults = read_decisions(files[path], path)
        problems += faults
        for one in decisions:
            if len(found) >= MAX_DECISIONS and one.id not in found:
                what = say("决策超过 {max} 个", max=MAX_DECISIONS)
                return found, [*problems, Problem(what, say("请拆成几个方案。"), path, one.line, one.id)]
            if one.id in found:
                what = say("决策编号 {id} 重复（{file} 里已有）", id=one.id, file=found[one.id].file)
                problems.append(Problem(what, say("请改一个编号。"), path, one.line, one.id))
            found.setdefault(one.id, one)
    return found, [*problems, *_requirements(found)]


def _requirements(decisions: Mapping[str, Decision]) -> Iterator[Problem]:
    for one in decisions.values():
        for required in one.requires:
            if required not in decisions:
                what = say("决策“{name}”所依据的决策 {id} 不存在", name=one.title, id=required[:60] or "?")
                do = instead(required, decisions, say("请补上它，或删去连线。"))
                yield Problem(what, do, one.file, one.line, one.id)
        try:
            chain(decisions, one.id)
        except ValueError as circle:
            if circle.args[0][0] == one.id:
                names = " → ".join(decisions[key].title for key in circle.args[0])
                what = say("决策互相依据，绕成一圈：{names}", names=names)
                yield Problem(what, say("请删去其中一条连线。"), one.file, one.line, one.id)


class _Reading:
    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.characters = 0

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
        if not element.get("id"):
            self.problem(say("决策没有编号 id"), say("请写 id：业务规则任务靠它找到决策。"), element)
        for child in table.children:
            if child.name not in _TABLE:
                self._refuse(child)
        columns = [child for child in table.children if child.name == "input"]
        outputs = [child for child in table.children if child.name == "output"]
        if not columns or not outputs:
            self.problem(say("决策表缺少输入或输出"), say("请至少各写一列。"), table)
        if len(columns) + len(outputs) > MAX_COLUMNS:
            self.problem(say("决策表超过 {max} 列", max=MAX_COLUMNS), say("请拆成几张表。"), table)
            return None
        policy = self._policy(table, len(outputs))
        variable = next((child for child in element.children if child.name == "variable"), None)
        return Decision(
            element.get("id"), element.get("name"), policy, tuple(self._input(one) for one in columns),
            self._outputs(outputs, element.get("id")), tuple(self._rows(table, columns, outputs)),
            aggregation=table.get("aggregation").upper() if policy == "COLLECT" else "",
            variable=variable.get("name") if variable is not None else "",
            requires=tuple(self._requires(element)), file=self.file, line=element.line,
        )  # fmt: skip

    def _policy(self, table: Element, outputs: int) -> str:
        policy, aggregation = table.get("hitPolicy", "UNIQUE").upper(), table.get("aggregation").upper()
        if policy not in POLICIES:
            what = say("命中策略“{policy}”不能使用", policy=policy[:40])
            self.problem(what, instead(policy, POLICIES, say("请改成其中之一。")), table)
        if aggregation not in AGGREGATIONS:
            what = say("汇总方式“{name}”不能使用", name=aggregation[:40])
            self.problem(what, instead(aggregation, AGGREGATIONS[1:], say("请改成其中之一。")), table)
        elif aggregation and policy != "COLLECT":
            self.problem(
                say("只有 COLLECT 可以汇总"), say("请把命中策略改成 COLLECT，或去掉 aggregation。"), table
            )
        elif aggregation and outputs > 1:
            self.problem(say("汇总只能有一列输出"), say("请去掉其余的输出列，或不汇总。"), table)
        return policy

    def _input(self, column: Element) -> Input:
        expression = next((child for child in column.children if child.name == "inputExpression"), None)
        text = _text(expression) if expression is not None else ""
        values = next((_text(child) for child in column.children if child.name == "inputValues"), "")
        if not text:
            self.problem(say("输入列没有写看什么"), say("请写字段名或表达式。"), column)
            return Input(None, column.get("label"), values, column.line)
        rule = self._compiled(compile_expression, expression or column)
        return Input(rule, column.get("label"), values, column.line)

    def _outputs(self, columns: list[Element], decision: str) -> tuple[Output, ...]:
        found = []
        for column in columns:
            name = column.get("name")
            if not name and len(columns) > 1:
                self.problem(say("有几列输出时，每列都要有名称"), say("请给这一列起名。"), column)
            default = next((child for child in column.children if child.name == "defaultOutputEntry"), None)
            given = self._compiled(compile_value, default) if default is not None else None
            found.append(Output(name or decision, column.get("label"), given, column.line))
        names = [one.name for one in found]
        for one, column in zip(found, columns, strict=True):
            if names.count(one.name) > 1:
                self.problem(
                    say("有两列输出都叫“{name}”", name=one.name), say("请给每列起不同的名。"), column
                )
        return tuple(found)

    def _requires(self, element: Element) -> Iterator[str]:
        for requirement in element.children:
            for child in requirement.children if requirement.name == "informationRequirement" else ():
                if child.name == "requiredDecision":
                    file, _, key = child.get("href").rpartition("#")
                    if file:
                        self.problem(
                            say("所依据的决策“{name}”在别的文件里", name=child.get("href")[:60]),
                            say("请把它画在同一个文件里。"),
                            child,
                        )
                    yield key

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
            notes = [child for child in rule.children if child.name in ("description", "annotationEntry")]
            yield Row(
                tuple(self._compiled(compile_test, one) for one in tests),
                tuple(self._compiled(compile_value, one) for one in values),
                tuple(_text(one) for one in [*tests, *values]),
                "；".join(filter(None, map(_text, notes)))[:1000],
                rule.line,
            )

    def _compiled(self, compiler: _Compile, cell: Element) -> Expression | None:
        """Compile a cell; a fault is said with the text, an exhausted budget once."""
        text = _text(cell)
        language = cell.get("expressionLanguage")
        if language and "feel" not in language.lower():
            self.problem(
                say("单元格的语言 {name} 不受支持", name=language[:40]),
                say("请用本系统的表达式书写，并去掉 expressionLanguage。"),
                cell,
            )
            return None
        within = self.characters <= MAX_CHARACTERS
        self.characters += len(text)
        if self.characters > MAX_CHARACTERS:
            if within:
                self.problem(
                    say("单元格合计超过 {max} 个字符", max=MAX_CHARACTERS), say("请拆成几个文件。"), cell
                )
            return None
        try:
            return compiler(text)
        except ExpressionError as error:
            what = say("单元格“{text}”有误：{what}", text=text[:60], what=error.what)
            self.problem(what, error.do, cell)
            return None

    def _refuse(self, element: Element) -> None:
        self.problem(say("不支持 {name}", name=element.name[:60]), _REFUSED, element)


def _text(element: Element) -> str:
    """The cell's text: in DMN it stands in a `text` element."""
    inner = next((child for child in element.children if child.name == "text"), None)
    return (inner.text if inner is not None else element.text).strip()


def _named(element: Element) -> str:
    return (element.get("name") or element.get("id"))[:60]
