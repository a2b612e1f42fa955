"""Data sets that a form asks about, row by row: the items of a check table. Pure.

A field with `x-table` is a list with one row for each item of its data set. What the data set says of an item (its number, its
text) is never an answer: it is put into the row from the data set, whatever was sent, as far as the form declares it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from forms.declared import is_blank
from forms.fields import ROW, Field, Path
from tenants.errors import Problem
from tenants.text import say

KEYWORD, PARTIAL = "x-table", "x-partial"
Item = Mapping[str, str]
Row = Mapping[str, Any]


@dataclass(frozen=True)
class DataSet:
    """The items of one version of a table, in order.

    version: what its issuer calls it. key, area, text: the columns with an item's id, the area it belongs to and what is asked.
    columns: all of them, in order. items: id -> column -> text. token: names this very content.
    """

    table: str
    title: str
    version: str
    key: str
    area: str
    text: str
    columns: tuple[str, ...]
    items: Mapping[str, Item]
    variant: str = ""
    variant_title: str = ""
    token: str = ""

    @cached_property
    def areas(self) -> Mapping[str, int]:
        """Return each area with the number of its items, in order."""
        found: dict[str, int] = {}
        for item in self.items.values():
            area = item.get(self.area, "")
            found[area] = found.get(area, 0) + 1
        return found


@dataclass(frozen=True)
class Listed:
    """A field of a form that asks about the items of a data set. own: what a row of it declares. partial: rows may be missing."""

    field: str
    table: str
    own: frozenset[str]
    partial: bool

    def laid(self, data: DataSet, item: Item, row: Row | None) -> dict[str, Any]:
        """Return the row of an item: what the data set says, and what was answered."""
        given = {name: value for name, value in (row or {}).items() if name not in data.columns}
        said = {name: item[name] for name in data.columns if name in self.own and item.get(name)}
        return {**said, **given}


def listed(fields: Mapping[Path, Field]) -> tuple[Listed, ...]:
    """Return the fields of a form that ask about a data set; they stand at its top."""
    found = []
    for path, field in fields.items():
        table = field.get(KEYWORD) if len(path) == 1 else None
        if isinstance(table, str):
            own = frozenset(inner[2] for inner in fields if len(inner) == 3 and inner[:2] == (path[0], ROW))
            found.append(Listed(path[0], table, own, field.get(PARTIAL) is True))
    return tuple(found)


def lay_out(
    asked: Sequence[Listed], answers: Mapping[str, Any], sets: Mapping[str, DataSet] | None
) -> tuple[dict[str, Any], list[Problem]]:
    """Return answers with one row for each item of their data sets, in its order, and what does not belong there.

    sets: table -> its data; None = not looked up, as in a preview; one that is missing has not arrived yet. Of a partial field
    only rows stay in which something was answered.
    """
    laid, problems = dict(answers), list[Problem]()
    if sets is None:
        return laid, problems
    for one in asked:
        data, given = sets.get(one.table), answers.get(one.field)
        if data is None:
            laid.pop(one.field, None)
            continue
        rows = rows_by_key(data.key, given)
        if strange := sum(key not in data.items for key in rows):
            what = say(
                "“{field}”里有{n}项不在检查表《{title}》里。", field=one.field, n=strange, title=data.title
            )
            problems.append(Problem(what, say("请刷新页面，按现在的检查表填写。"), where=f"/{one.field}"))
        laid[one.field] = [
            one.laid(data, item, rows.get(key))
            for key, item in data.items.items()
            if not one.partial or is_filled(rows.get(key), data)
        ]
    return laid, problems


def thinned(
    asked: Sequence[Listed], answers: Mapping[str, Any], sets: Mapping[str, DataSet]
) -> dict[str, Any]:
    """Return answers with only those rows in which something was answered, and of these the id besides: what is worth keeping."""
    thin = dict(answers)
    for one in asked:
        data = sets.get(one.table)
        if data is not None and isinstance(answers.get(one.field), list):
            rows = rows_by_key(data.key, answers[one.field])
            thin[one.field] = [
                {data.key: key, **{name: value for name, value in row.items() if name not in data.columns}}
                for key, row in rows.items()
                if is_filled(row, data)
            ]
    return thin


def rows_by_key(key: str, rows: object) -> dict[str, Row]:
    """Return rows by the id of their item; of two for the same item the later one."""
    return dict(_keyed(key, rows))


def is_filled(row: Row | None, data: DataSet) -> bool:
    """Tell whether somebody answered anything in a row."""
    return row is not None and any(
        name not in data.columns and not is_blank(value) and value != [] for name, value in row.items()
    )


def _keyed(key: str, rows: object) -> Iterator[tuple[str, Row]]:
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, Mapping) and isinstance(row.get(key), str):
            yield row[key], row
