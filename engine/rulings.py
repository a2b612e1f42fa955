"""Which row of which decision table decided: written into the trail of the instance, and told from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.process import Step
from engine.rows import InstanceRow
from tenants.audit import record_all
from tenants.db import Work
from workflows.package import Package

ACTION = "decision.make"


@dataclass(frozen=True)
class Told:
    """A row that decided. tests and values: (column, cell as written), those that say nothing left out."""

    number: int
    tests: tuple[tuple[str, str], ...]
    values: tuple[tuple[str, str], ...]
    note: str


def note(work: Work, steps: Iterable[tuple[InstanceRow, Step]]) -> None:
    """Record the decisions that were made in these steps: table and rows, never what was answered."""
    rows = [
        (
            instance.id, instance.unit_id,
            {
                "table": one.title, "rules": list(one.rules), "node": one.node_id, "decision": one.decision, "mark": one.mark,
            },
        )
        for instance, step in steps
        for one in step.decided
    ]  # fmt: skip
    record_all(work, ACTION, "instance", rows)


def told(package: Package, facts: Mapping[str, Any]) -> tuple[Told, ...]:
    """Return the rows that an entry of the trail names, as the package has them; nothing when its table is another by now."""
    table = package.decisions.get(str(facts.get("decision", "")))
    if table is None or facts.get("mark") != table.mark:
        return ()
    titles = [one.title for one in table.inputs] + [one.title for one in table.outputs]
    found = []
    for number in facts.get("rules") or ():
        if 1 <= number <= len(table.rows):
            row = table.rows[number - 1]
            cells = [
                (title, cell) for title, cell in zip(titles, row.cells, strict=False) if cell not in ("", "-")
            ]
            tests = sum(1 for cell in row.cells[: len(table.inputs)] if cell not in ("", "-"))
            found.append(Told(number, tuple(cells[:tests]), tuple(cells[tests:]), row.note))
    return tuple(found)
