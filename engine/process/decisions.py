"""Decisions made while a process runs: which rules of a table hit, and what becomes of them. Pure; no SpiffWorkflow.

A table is prepared once with its model. A column's cells are often the same: each different one is asked once for a decision.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.process.errors import ProcessStuck
from forms.expression import EvaluationError, Expression, compile_expression, plain
from tenants.text import Message, say
from workflows.bpmn.drawing import Decides
from workflows.decisions import Decision
from workflows.unary import VALUE

Given = Mapping[str, Callable[..., object]]

# What one cell may do, a fifth of a millisecond: a table may have thousands. Sums over long tables belong into the column's own
# expression, which is worked out once.
CELL_STEPS = 500
_AGGREGATIONS = {name: compile_expression(f"{name.lower()}(v)") for name in ("SUM", "MIN", "MAX", "COUNT")}
_CHECK_ROWS = say("请改正决策表，使一种情形只对应一行；或把命中策略改成 FIRST 或 COLLECT。")


@dataclass(frozen=True)
class Decided:
    """One decision that was made. rules: the numbers of the rows that hit, from 1; none = nothing matched.

    title, mark: what the table is called, and which it is (`workflows.decisions.Decision.mark`).
    """

    node_id: str
    decision: str
    rules: tuple[int, ...]
    title: str = ""
    mark: str = ""


@dataclass(frozen=True)
class _Outcome:
    """What a table gave: its rows, or, where it aggregates, one value."""

    decision: Decision
    rules: tuple[int, ...]
    rows: list[dict[str, Any]]
    total: object = None


@dataclass(frozen=True)
class Ruling:
    """What a business rule task does: makes decisions, the required ones first, and keeps the outcome of the last."""

    node: str
    wanted: Decides
    tables: tuple[Decision, ...]
    _slots: Mapping[str, tuple[tuple[tuple[int, ...], ...], tuple[tuple[Expression, ...], ...]]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "_slots", {table.id: _prepared(table) for table in self.tables})

    def made(self, names: Mapping[str, object], given: Given) -> tuple[dict[str, Any], list[Decided]]:
        """Return what is to be kept as process data, and which rules hit in which table.

        names: the process data. Raises ProcessStuck, naming the decision and the row or cell.
        """
        if not self.tables or self.tables[-1].id != self.wanted.decision:
            raise ProcessStuck(
                say("决策“{name}”不存在。", name=self.wanted.decision),
                self.node,
                say("请在方案的 decisions 里补上。"),
            )
        known = dict(names)
        decided: list[Decided] = []
        for table in self.tables:
            outcome = self._outcome(table, known, given)
            decided.append(Decided(self.node, table.id, outcome.rules, table.title, table.mark))
            merged = _merged(outcome)
            known |= merged
            if table.variable:
                known[table.variable] = next(iter(merged.values())) if len(merged) == 1 else merged
        return self._kept(outcome), decided

    def _kept(self, outcome: _Outcome) -> dict[str, Any]:
        if not self.wanted.variable:
            return _merged(outcome)
        rows, first = outcome.rows, outcome.decision.outputs[0].name
        if outcome.decision.aggregation:
            rows = [{first: outcome.total}]
        if self.wanted.mapping in ("singleEntry", "singleResult") and len(rows) > 1:
            raise self._stuck(outcome.decision, _several(outcome.rules), _CHECK_ROWS)
        value: object
        match self.wanted.mapping:
            case "singleEntry":
                value = rows[0][first] if rows else None
            case "singleResult":
                value = rows[0] if rows else None
            case "collectEntries":
                value = [row[first] for row in rows]
            case _:
                value = rows
        return {self.wanted.variable: value}

    def _outcome(self, table: Decision, names: Mapping[str, object], given: Given) -> _Outcome:
        hits = list(self._hits(table, names, given))
        if table.policy == "UNIQUE" and len(hits) > 1:
            raise self._stuck(table, _several([hit + 1 for hit in hits]), _CHECK_ROWS)
        rows = [self._values(table, hit, names, given) for hit in hits]
        if not rows and any(one.default for one in table.outputs):
            rows = [
                {
                    one.name: self._value(table, one.default, names, given, one.title, 0)
                    for one in table.outputs
                }
            ]
        if table.policy == "ANY" and any(row != rows[0] for row in rows):
            raise self._stuck(
                table,
                say("第 {rows} 行同时命中，结果却不同", rows=_numbers([hit + 1 for hit in hits])),
                _CHECK_ROWS,
            )
        numbers = tuple(hit + 1 for hit in hits)
        if table.aggregation:
            return _Outcome(table, numbers, [], self._total(table, rows))
        return _Outcome(table, numbers, rows[:1] if table.single else rows)

    def _hits(self, table: Decision, names: Mapping[str, object], given: Given) -> Iterator[int]:
        """Yield the rows of which every test holds, in order; a cell is asked when those before it in its row hold."""
        rows, tests = self._slots[table.id]
        columns: list[dict[str, object]] = []
        for index, column in enumerate(table.inputs):
            looked = self._value(table, column.rule, names, given, column.title, 0, steps=0)
            columns.append({**names, VALUE: looked} if tests[index] else {})
        known: list[dict[int, bool]] = [{} for _ in columns]
        for number, row in enumerate(rows):
            for index, slot in enumerate(row):
                if slot < 0:
                    continue
                holds = known[index].get(slot)
                if holds is None:
                    title = table.inputs[index].title
                    found = self._value(table, tests[index][slot], columns[index], given, title, number + 1)
                    if found is not None and not isinstance(found, bool):
                        what = say(
                            "第 {row} 行“{column}”格的结果不是“是”或“否”", row=number + 1, column=title
                        )
                        raise self._stuck(table, what, say("请把这一格写成比较，如 >= 3。"))
                    holds = known[index][slot] = found is True
                if not holds:
                    break
            else:
                yield number
                if table.policy == "FIRST":
                    return

    def _values(self, table: Decision, hit: int, names: Mapping[str, object], given: Given) -> dict[str, Any]:
        row = table.rows[hit]
        return {
            column.name: self._value(table, cell, names, given, column.title, hit + 1)
            for column, cell in zip(table.outputs, row.values, strict=True)
        }

    def _value(
        self,
        table: Decision,
        cell: Expression | None,
        names: Mapping[str, object],
        given: Given,
        column: str,
        row: int,
        steps: int = CELL_STEPS,
    ) -> object:
        """Return what one cell gives, as process data may hold it. row: 0 = the column's own expression."""
        if cell is None:
            return None
        try:
            value = cell.evaluate(names, given, steps=steps) if steps else cell.evaluate(names, given)
            if not isinstance(value, bool | str | None):
                plain(value)  # a period has no place in process data
        except EvaluationError as error:
            where = (
                say("第 {row} 行“{column}”格无法计算：{reason}", row=row, column=column, reason=error.what)
                if row
                else say("“{column}”列无法计算：{reason}", column=column, reason=error.what)
            )
            raise self._stuck(table, where, error.do) from None
        return value

    def _total(self, table: Decision, rows: Sequence[Mapping[str, Any]]) -> object:
        if not rows and table.aggregation != "COUNT":
            return None
        output = table.outputs[0]
        values = {"v": [row[output.name] for row in rows]}
        return self._value(table, _AGGREGATIONS[table.aggregation], values, {}, output.title, 0, steps=0)

    def _stuck(self, table: Decision, what: Message, do: Message | None = None) -> ProcessStuck:
        return ProcessStuck(say("决策“{name}”：{what}。", name=table.title, what=what), self.node, do)


def _prepared(
    table: Decision,
) -> tuple[tuple[tuple[int, ...], ...], tuple[tuple[Expression, ...], ...]]:
    """Return for each row the place of each column's test among the column's different ones (-1 = any value), and these."""
    different: list[dict[str, int]] = [{} for _ in table.inputs]
    tests: list[list[Expression]] = [[] for _ in table.inputs]
    rows = []
    for row in table.rows:
        slots = []
        for index, test in enumerate(row.tests):
            if test is None:
                slots.append(-1)
                continue
            slot = different[index].setdefault(test.source, len(tests[index]))
            if slot == len(tests[index]):
                tests[index].append(test)
            slots.append(slot)
        rows.append(tuple(slots))
    return tuple(rows), tuple(tuple(column) for column in tests)


def _merged(outcome: _Outcome) -> dict[str, Any]:
    """What the outputs are under their own names: one value each, or, where many rows may hit, a list each."""
    table = outcome.decision
    if table.aggregation:
        return {table.outputs[0].name: outcome.total}
    if table.single:
        row = outcome.rows[0] if outcome.rows else {}
        return {one.name: row.get(one.name) for one in table.outputs}
    return {one.name: [row[one.name] for row in outcome.rows] for one in table.outputs}


def _several(rules: Sequence[int]) -> Message:
    return say("第 {rows} 行同时命中，不知以哪行为准", rows=_numbers(rules))


def _numbers(rules: Sequence[int]) -> str:
    shown = "、".join(str(number) for number in rules[:10])
    return shown + "…" if len(rules) > 10 else shown
