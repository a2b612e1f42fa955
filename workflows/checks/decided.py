"""Decisions against the processes that make them: which table, what comes out, what its cells read, what it leaves open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forms.expression import Expression, ExpressionError, compile_expression
from tenants.errors import Problem
from tenants.text import Message, say
from workflows.bpmn import Drawing, Node
from workflows.checks.known import Known, paths_in, stranger
from workflows.coverage import gap, overlaps
from workflows.decisions import SUPPLIED, Decision, outside

_DECIDING = ("type", "enum", "minimum", "maximum")
_LISTS = frozenset({"collectEntries", "resultList"})


def check_decisions(known: Known) -> Iterator[Problem]:
    """Report every decision that cannot be made as drawn, and warn of what a table leaves open or decides twice."""
    used: set[str] = set()
    for key, drawing in known.package.processes.items():
        for node in drawing.nodes.values():
            if node.decides is not None:
                used.add(node.decides.decision)
                yield from _made(known, drawing, node)
        yield from _reading(known, key, drawing)
        yield from _looked_into(known, drawing)
    decisions = known.package.decisions
    used |= {key for one in decisions.values() for key in one.requires}
    for one in decisions.values():
        yield from _coverage(known, one)
        if one.id not in used:
            what = say("没有业务规则任务用到决策“{name}”", name=one.title)
            do = say('请在业务规则任务上写 camunda:decisionRef="{id}"，或删去这张表。', id=one.id or "?")
            yield Problem(what, do, one.file, one.line, one.id, "warning")


def _made(known: Known, drawing: Drawing, node: Node) -> Iterator[Problem]:
    wanted, decisions = node.decides, known.package.decisions
    assert wanted is not None
    table = decisions.get(wanted.decision)

    def problem(what: Message, do: Message, level: str = "error") -> Problem:
        return Problem(what, do, drawing.file, node.line, node.id, level)

    if table is None:
        what = say("步骤“{node}”用的决策“{name}”不存在", node=node.name or node.id, name=wanted.decision[:60])
        do = say("请把它写进 decisions/，或改成已有决策的 id。")
        yield stranger(what, wanted.decision, decisions, node.line, node.id, drawing.file, do)
        return
    if wanted.variable and wanted.variable not in drawing.reads:
        what = say("决策的结果“{name}”没有人用", name=wanted.variable)
        yield problem(what, say("请在网关的条件里用它，或删去这一步。"), "warning")
    if wanted.mapping in ("singleEntry", "singleResult") and wanted.variable and not table.single:
        yield problem(
            say(
                "决策“{name}”（{policy}）可能命中多行，{mapping} 只要一行",
                name=table.title, policy=table.policy, mapping=wanted.mapping,
            ),
            say("请改用 collectEntries 或 resultList，或改命中策略，或加汇总（aggregation）。"),
        )  # fmt: skip
    if wanted.mapping in ("singleEntry", "collectEntries") and wanted.variable and len(table.outputs) > 1:
        yield problem(
            say(
                "决策“{name}”有 {n} 列输出，{mapping} 只要一列",
                name=table.title, n=len(table.outputs), mapping=wanted.mapping,
            ),
            say("请改用 singleResult 或 resultList，再按列名取值。"),
        )  # fmt: skip
    if not wanted.variable:
        for output in table.outputs:
            if not _is_name(output.name):
                what = say("输出列的名称“{name}”不能作流程数据的名称", name=output.name[:60])
                yield Problem(what, say("请用文字、数字和下划线。"), table.file, output.line, table.id)


def _reading(known: Known, key: str, drawing: Drawing) -> Iterator[Problem]:
    """What tables read is what the process that asks them knows."""
    names = known.readable(key)
    if names is None:
        return
    for chained in drawing.decisions.values():
        strange = outside(chained) - names - SUPPLIED
        for table in chained:
            for rule, line in _rules(table):
                for name in sorted(rule.names - rule.item_names & strange):
                    what = say(
                        "决策“{table}”里的“{name}”不是流程“{process}”里的字段",
                        table=table.title, name=name, process=drawing.name,
                    )  # fmt: skip
                    do = say("请改成表单里的字段名；如果它是文字，请加引号。")
                    yield stranger(what, name, names, line, table.id, table.file, do)


def _looked_into(known: Known, drawing: Drawing) -> Iterator[Problem]:
    """Conditions that look into the result: only for outputs that there are, and only where it is one row."""
    results = {
        node.decides.variable: node.decides
        for node in drawing.nodes.values()
        if node.decides is not None
        and node.decides.variable
        and node.decides.decision in known.package.decisions
    }
    for flow in drawing.flows.values():
        try:
            tree = compile_expression(flow.condition).tree if flow.condition else None
        except ExpressionError:
            continue  # reported when the file was read
        for path in paths_in(tree) if tree else ():
            decides = results.get(path[0]) if len(path) > 1 else None
            if decides is None:
                continue
            outputs = [one.name for one in known.package.decisions[decides.decision].outputs]
            shown = ".".join(path)
            if decides.mapping in _LISTS:
                what = say("“{path}”：决策的结果是列表，没有下一级", path=shown)
                do = say("请先选一条，如 {name}[0]，或改用 singleResult。", name=path[0])
                yield Problem(what, do, drawing.file, flow.line, flow.id)
            elif decides.mapping == "singleEntry":
                what = say("“{path}”：决策的结果就是这一格的值，没有下一级", path=shown)
                yield Problem(
                    what,
                    say("请改用 singleResult，或直接用 {name}。", name=path[0]),
                    drawing.file,
                    flow.line,
                    flow.id,
                )
            elif path[1] not in outputs:
                what = say("决策没有叫“{name}”的输出列", name=path[1])
                yield stranger(
                    what, path[1], outputs, flow.line, flow.id, drawing.file, say("请改成已有的输出列。")
                )


def _coverage(known: Known, table: Decision) -> Iterator[Problem]:
    def field(name: str) -> Mapping[str, Any]:
        return _schema_of(known, table, name)

    if table.policy in ("UNIQUE", "ANY"):
        for first, second in overlaps(table, field):
            row, other = table.rows[first - 1], table.rows[second - 1]
            start = len(table.inputs)
            if table.policy == "ANY" and row.cells[start:] == other.cells[start:]:
                continue
            what = say(
                "决策“{name}”的第 {first} 行与第 {second} 行会同时命中",
                name=table.title,
                first=first,
                second=second,
            )
            do = say("请改正条件，使一种情形只对应一行；确要取先写的一行，请把命中策略改成 FIRST。")
            yield Problem(what, do, table.file, other.line, table.id, "warning")
    open_case = gap(table, field) if table.policy != "COLLECT" else None
    if open_case is not None:
        what = (
            say("决策“{name}”没有说 {case} 时怎么办", name=table.title, case=open_case)
            if open_case
            else say("决策“{name}”并非每种情形都有一行", name=table.title)
        )
        do = say("请补一行，或写默认值（defaultOutputEntry）；没有一行命中时结果为空。")
        yield Problem(what, do, table.file, table.line, table.id, "warning")


def _schema_of(known: Known, table: Decision, name: str) -> Mapping[str, Any]:
    """Return what the forms of the processes that ask the table say of a field; empty where they do not agree."""
    found: list[dict[str, Any]] = []
    for key, drawing in known.package.processes.items():
        if not any(table in chained for chained in drawing.decisions.values()):
            continue
        for form in known.forms_of(key):
            field = known.forms.get(form, {}).get((name,))
            if field is not None:
                said = {word: part[word] for part in field.schemas for word in _DECIDING if word in part}
                found.append(said)
    return found[0] if found and all(one == found[0] for one in found) else {}


def _rules(table: Decision) -> Iterator[tuple[Expression, int]]:
    for column in table.inputs:
        if column.rule is not None:
            yield column.rule, column.line
    for output in table.outputs:
        if output.default is not None:
            yield output.default, output.line
    for row in table.rows:
        for cell in (*row.tests, *row.values):
            if cell is not None:
                yield cell, row.line


def _is_name(text: str) -> bool:
    try:
        return compile_expression(text).tree == ["name", text]
    except ExpressionError:
        return False
