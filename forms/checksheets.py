"""A check table and a sheet: every item on a line of its own, to be answered away from the network and read back. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from forms.cells import Surroundings, show_cell
from forms.columns import Column, Table, plain_heading
from forms.datasets import DataSet, rows_by_key
from forms.tabular import Filled, headings, read_rows, written
from tenants import sheets
from tenants.errors import Problem
from tenants.sheets import Sheet, Value
from tenants.text import say

_WIDE = 50


def of_items(table: Table, data: DataSet) -> Table:
    """Return the table of a form as a sheet about these items has it: their ids, and what is answered."""
    key = Column(data.key, data.key, required=True, names=frozenset({plain_heading(data.key)}))
    return replace(table, columns=(key, *(one for one in table.columns if one.key not in data.columns)))


def wanted(table: Table, data: DataSet) -> frozenset[str]:
    """Return how the headings may be spelt, the item's own among them."""
    return headings(of_items(table, data)) | set(data.columns)


def read_items(table: Table, data: DataSet, sheet: Sheet, around: Surroundings | None = None) -> Filled:
    """Return the rows that a sheet answers, with every problem; items without an answer are passed over."""
    asked = of_items(table, data)
    answers = {name for one in asked.columns[1:] if one.filled for name in one.names}
    places = [place for place, heading in enumerate(sheet.headings) if plain_heading(heading) in answers]
    lines = tuple(row for row in sheet.rows if any(row.cells[place] is not None for place in places))
    filled = read_rows(asked, replace(sheet, rows=lines), around)
    strange = [
        sheet.problem(
            line, data.key, say("检查表里没有这一项。"), say("请用现在这一版的模板填写，编号不要改动。")
        )
        for line, row in zip(lines, filled.rows, strict=False)
        if row.get(data.key) not in data.items
    ]
    known = {plain_heading(name) for name in data.columns}
    unknown = tuple(name for name in filled.unknown if plain_heading(name) not in known)
    problems: tuple[Problem, ...] = (*filled.problems, *strange)
    return replace(filled, rows=() if problems else filled.rows, unknown=unknown, problems=problems)


def written_items(
    table: Table,
    data: DataSet,
    rows: Sequence[Mapping[str, Any]],
    around: Surroundings | None = None,
    *,
    blank: bool = False,
) -> tuple[list[sheets.Column], list[list[Value]]]:
    """Return every item with its answer as a sheet. blank: only what a person fills in besides, as a template has it."""
    asked = replace(
        table, columns=tuple(one for one in of_items(table, data).columns[1:] if one.filled or not blank)
    )
    shown = [one for one in asked.columns if one.kind]
    titles, _lines = written(asked, [], around)
    found = rows_by_key(data.key, list(rows))
    known = around or Surroundings()
    lines = [
        [
            *(item.get(name, "") for name in data.columns),
            *(show_cell(one, found.get(key, {}).get(one.key), known) for one in shown),
        ]
        for key, item in data.items.items()
    ]
    items = [sheets.Column(name, "text", _WIDE if name == data.text else 16) for name in data.columns]
    return [*items, *titles], lines
