"""What a decision table leaves open, and what it decides twice, as far as that can be told from its cells. Pure.

A column can be told when it looks at one field, by itself, and its cells compare with fixed numbers or days, or name fixed
choices. Its values are cut at every number that a cell names, so that within a piece every cell says the same; one value of
each piece stands for all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from forms.expression import EvaluationError, Expression, ExpressionError
from workflows.decisions import Decision
from workflows.unary import VALUE, bounds, compared, compile_value, split

# Beyond this a table is not looked at: the check has to end.
MAX_ROWS = 150
MAX_PIECES = 300
MAX_STEPS = 20_000
# So many pairs are named; whoever sees five knows what is wrong.
MAX_PAIRS = 5

_Ordered = TypeVar("_Ordered", Decimal, date)


@dataclass(frozen=True)
class Piece:
    """Some values of a column that all cells treat alike. words: what they are, such as `1 < 瓦斯 < 3`."""

    value: object
    words: str


@dataclass(frozen=True)
class _Column:
    """The pieces of a column, and for each row which of them its cell holds for, as bits."""

    pieces: tuple[Piece, ...]
    holds: tuple[int, ...]


def gap(table: Decision, field: Callable[[str], Mapping[str, Any]]) -> str | None:
    """Return in words a case in which no rule hits; None when there is none, or it cannot be told.

    field: returns the schema of what a name says, empty when it is unknown.
    """
    columns = [_column(table, index, field) for index in range(len(table.inputs))]
    told = [column for column in columns if column is not None]
    if len(told) < len(columns) or len(table.rows) > MAX_ROWS or any(one.default for one in table.outputs):
        return None
    search = _Search(told)
    return search.uncovered(0, (1 << len(table.rows)) - 1)


def overlaps(table: Decision, field: Callable[[str], Mapping[str, Any]]) -> list[tuple[int, int]]:
    """Return pairs of rules, from 1, that surely hit together in some case; at most five."""
    if len(table.rows) > MAX_ROWS:
        return []
    columns = [_column(table, index, field) for index in range(len(table.inputs))]
    return [pair for pair, _ in zip(_together(table, columns), range(MAX_PAIRS), strict=False)]


def _together(table: Decision, columns: Sequence[_Column | None]) -> Iterator[tuple[int, int]]:
    for first in range(len(table.rows)):
        for second in range(first + 1, len(table.rows)):
            if all(_meet(table, index, column, first, second) for index, column in enumerate(columns)):
                yield first + 1, second + 1


def _meet(table: Decision, index: int, column: _Column | None, first: int, second: int) -> bool:
    if column is not None:
        return bool(column.holds[first] & column.holds[second])
    one, other = table.rows[first].tests[index], table.rows[second].tests[index]
    return one is None or other is None or one.source == other.source


class _Search:
    """Looks for a choice of pieces that no row covers; rows are bits."""

    def __init__(self, columns: Sequence[_Column]) -> None:
        self.columns = columns
        self.covered: set[tuple[int, int]] = set()
        self.steps = 0

    def uncovered(self, index: int, rows: int, words: tuple[str, ...] = ()) -> str | None:
        if not rows:
            return "、".join(filter(None, words))
        if index == len(self.columns) or (index, rows) in self.covered:
            return None
        self.steps += 1
        if self.steps > MAX_STEPS:
            return None
        column = self.columns[index]
        for place, piece in enumerate(column.pieces):
            left = sum(1 << row for row, holds in enumerate(column.holds) if holds >> place & 1) & rows
            found = self.uncovered(index + 1, left, (*words, piece.words))
            if found is not None:
                return found
        self.covered.add((index, rows))
        return None


def _column(table: Decision, index: int, field: Callable[[str], Mapping[str, Any]]) -> _Column | None:
    column = table.inputs[index]
    tests = [row.tests[index] for row in table.rows]
    cells = [row.cells[index] for row in table.rows]
    if column.rule is None or any(one is not None and one.names != {VALUE} for one in tests):
        return None
    tree = column.rule.tree
    if len(table.inputs) > 1 and (tree[0] not in ("name", "path") or _looked_at_twice(table, column.rule)):
        return None  # what one column says may rule out what another says
    schema = field(tree[1]) if tree[0] == "name" else {}
    values = _constants([cell for cell, test in zip(cells, tests, strict=True) if test is not None])
    named = _constants([column.values]) if column.values else []
    if values is None or named is None:
        return None
    pieces = _pieces(column.title, values, named, schema)
    if pieces is None or len(pieces) > MAX_PIECES:
        return None
    try:
        known = {
            test.source: sum(1 << place for place, piece in enumerate(pieces) if _holds(test, piece))
            for test in tests
            if test is not None
        }
    except EvaluationError:
        return None
    every = (1 << len(pieces)) - 1
    return _Column(tuple(pieces), tuple(known[test.source] if test else every for test in tests))


def _looked_at_twice(table: Decision, rule: Expression) -> bool:
    return sum(1 for one in table.inputs if one.rule is not None and one.rule.names & rule.names) > 1


def _holds(test: Expression, piece: Piece) -> bool:
    return test.evaluate({VALUE: piece.value}) is True


def _constants(cells: Sequence[str]) -> list[object] | None:
    """Return every value that cells name; None when one of them is not fixed."""
    found: list[object] = []
    for cell in cells:
        inner = cell.strip()
        if inner.startswith("not") and inner.endswith(")"):
            inner = inner[inner.index("(") + 1 : -1]
        for test in split(inner):
            between, sign = bounds(test), compared(test)
            texts = (between[1], between[3]) if between else (sign[1] if sign else test,)
            for text in texts:
                try:
                    constant = compile_value(text)
                    value = constant.evaluate({}) if constant is not None and not constant.names else ...
                except (ExpressionError, EvaluationError):
                    return None
                if value is ... or not isinstance(value, str | bool | Decimal | date | None):
                    return None
                found.append(value)
    return found


def _pieces(
    title: str, values: list[object], named: list[object], schema: Mapping[str, Any]
) -> list[Piece] | None:
    kinds = {bool if isinstance(one, bool) else type(one) for one in values if one is not None}
    choices = schema.get("enum") or named
    if not values and not choices:
        return [Piece(None, "")]  # a column that no row looks at
    if kinds <= {str, bool} or choices:
        if schema.get("type") == "boolean" or bool in kinds:
            choices = [True, False]
        found = (
            [one for one in choices if one is not None]
            if isinstance(choices, list) and choices
            else [one for one in values if one is not None]
        )
        if not all(isinstance(one, str | bool | int | float | Decimal | date) for one in found):
            return None
        found += [None] if None in values else []
        return [Piece(one, f"{title} = {_written(one)}") for one in dict.fromkeys(found)]
    if kinds == {Decimal}:
        numbers = sorted({one for one in values if isinstance(one, Decimal)})
        step = Decimal(1) if schema.get("type") == "integer" else None
        return list(
            _cut(title, numbers, Decimal(1), step, _number(schema, "minimum"), _number(schema, "maximum"))
        )
    if kinds == {date}:
        days = sorted({one for one in values if isinstance(one, date)})
        return list(_cut(title, days, timedelta(days=1), timedelta(days=1), None, None))
    return None


def _cut(
    title: str, points: list[_Ordered], unit: Any, step: Any, least: _Ordered | None, most: _Ordered | None
) -> Iterator[Piece]:
    """Cut an ordered column at its points. step: how far whole values lie apart; None = everything between counts."""
    if (least is None or least < points[0]) and not (step and least is not None and least > points[0] - step):
        yield Piece(points[0] - unit, f"{title} < {_written(points[0])}")
    for place, point in enumerate(points):
        if (least is None or point >= least) and (most is None or point <= most):
            yield Piece(point, f"{title} = {_written(point)}")
        after = points[place + 1] if place + 1 < len(points) else None
        if after is None:
            if most is None or most > point:
                yield Piece(point + unit, f"{title} > {_written(point)}")
        elif (
            (step is None or after - point > step)
            and (most is None or most > point)
            and (least is None or least < after)
        ):
            middle = point + step if step else point + (after - point) / 2
            yield Piece(middle, f"{_written(point)} < {title} < {_written(after)}")


def _number(schema: Mapping[str, Any], key: str) -> Decimal | None:
    value = schema.get(key)
    return Decimal(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _written(value: object) -> str:
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)
