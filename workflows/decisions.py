"""What decision tables say, as frozen dataclasses. Pure data: nothing here reads, checks or runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Literal

from forms.expression import Expression
from workflows.unary import VALUE

# How many rules may hit, and what becomes of several.
Policy = Literal["UNIQUE", "FIRST", "ANY", "COLLECT", "RULE ORDER"]
# Policies under which at most one row comes out; the others give a list.
SINGLE = frozenset({"UNIQUE", "FIRST", "ANY"})
# Given to every expression of a process; nobody has to fill them in.
SUPPLIED = frozenset({"now", "today", VALUE})


@dataclass(frozen=True)
class Input:
    """One input column: what it looks at. values: the only ones it may have, as written; empty = any."""

    rule: Expression | None
    label: str = ""
    values: str = ""
    line: int = 0

    @property
    def title(self) -> str:
        return self.label or (self.rule.source if self.rule else "")


@dataclass(frozen=True)
class Output:
    """One output column. name: of what it gives. default: what it gives when no rule hits."""

    name: str
    label: str = ""
    default: Expression | None = None
    line: int = 0

    @property
    def title(self) -> str:
        return self.label or self.name


@dataclass(frozen=True)
class Row:
    """One rule: a test for each input (None = any value), a value for each output (None = nothing).

    cells: all of them as they were written, inputs before outputs. note: what the modeler wrote beside it.
    """

    tests: tuple[Expression | None, ...]
    values: tuple[Expression | None, ...]
    cells: tuple[str, ...] = ()
    note: str = ""
    line: int = 0


@dataclass(frozen=True)
class Decision:
    """One decision table.

    variable: the name under which other decisions read what it gives. requires: ids of decisions that are made before it.
    """

    id: str
    name: str
    policy: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rows: tuple[Row, ...]
    aggregation: str = ""
    variable: str = ""
    requires: tuple[str, ...] = ()
    file: str = ""
    line: int = 0

    @property
    def title(self) -> str:
        return self.name or self.id

    @property
    def single(self) -> bool:
        """Whether at most one row comes out."""
        return self.policy in SINGLE or bool(self.aggregation)

    @cached_property
    def mark(self) -> str:
        """What tells this table from every other, and from what it was before a row was changed."""
        said = [
            self.policy,
            self.aggregation,
            [one.title for one in self.inputs],
            [one.title for one in self.outputs],
        ]
        cells = [row.cells for row in self.rows]
        return sha256(json.dumps([said, cells], ensure_ascii=False).encode()).hexdigest()[:16]

    @cached_property
    def reads(self) -> frozenset[str]:
        """The names that its columns and cells read from outside."""
        found = [one.rule for one in self.inputs] + [one.default for one in self.outputs]
        for row in self.rows:
            found += [*row.tests, *row.values]
        return frozenset().union(*(one.names for one in found if one is not None)) - SUPPLIED

    @property
    def gives(self) -> frozenset[str]:
        """The names under which a decision that requires this one reads it."""
        return frozenset({one.name for one in self.outputs} | {self.variable}) - {""}


def chain(decisions: Mapping[str, Decision], wanted: str) -> tuple[Decision, ...]:
    """Return the decision after all that it requires, each once, in the order in which they are to be made.

    What does not exist is left out. Raises ValueError for a circle, with the ids on it.
    """
    done: dict[str, Decision] = {}
    path: list[str] = []

    def visit(key: str) -> None:
        if key in done or key not in decisions:
            return
        if key in path:
            raise ValueError([*path[path.index(key) :], key])
        path.append(key)
        for required in decisions[key].requires:
            visit(required)
        path.pop()
        done[key] = decisions[key]

    visit(wanted)
    return tuple(done.values())


def outside(chained: tuple[Decision, ...]) -> frozenset[str]:
    """Return the names that a chain of decisions reads from the process."""
    given: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()
    for decision in chained:
        read |= decision.reads - given
        given |= decision.gives
    return read
