"""Tables of a package: CSV files to the data sets that forms ask about, and what is wrong with them. Pure.

One row for each item, with an id that stays the same from version to version: answers are compared by it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

from forms.datasets import DataSet
from tenants.errors import Invalid, Problem, Refusal
from tenants.sheets import Limits, Row, Sheet, as_text, read_sheet, write_csv
from tenants.text import say
from workflows.elements import Table, Variant

MAX_ITEMS = 5_000
LIMITS = Limits(bytes=5_000_000, rows=MAX_ITEMS, columns=30, cell=4_000)
_ID = re.compile(r"[^\s/~]{1,60}")


def read_datasets(
    tables: Mapping[str, Table], files: Mapping[str, bytes]
) -> tuple[dict[str, dict[str, DataSet]], list[Problem]]:
    """Return the data sets of a package, table -> variant, and every problem of reading them."""
    found: dict[str, dict[str, DataSet]] = {}
    problems: list[Problem] = []
    for table in tables.values():
        for variant in table.variants.values():
            path = table.path(variant.id)
            if path not in files:
                if not table.awaited:
                    do = say("请放入这个文件；以后才下发的，请写 awaited: true。")
                    where = f"tables.{table.id}"
                    problems.append(
                        Problem(say("缺少“{path}”", path=path), do, "campaign.yaml", variant.line, where)
                    )
                continue
            data, wrong = read_dataset(files[path], path, table, variant.id)
            problems += wrong
            if data is not None:
                found.setdefault(table.id, {})[variant.id] = data
    return found, problems


def read_dataset(
    raw: bytes, name: str, table: Table, variant: str = "", version: str = ""
) -> tuple[DataSet | None, list[Problem]]:
    """Read a table from CSV or XLSX. version: what its issuer calls it; empty = as the package says.

    Problems name row and column. A wrong number of areas or items is told, and the data are returned all the same.
    """
    wanted = (table.key, table.area, table.text)
    try:
        sheet = read_sheet(raw, name, known=wanted, limits=LIMITS)
    except Invalid as refusal:
        return None, list(refusal.problems) or [Problem(refusal.what, refusal.do, name, 1)]
    except Refusal as refusal:
        return None, [Problem(refusal.what, refusal.do, name, 1)]
    problems = [
        Problem(
            say("没有“{column}”这一列", column=column), say("请加上这一列，或在 columns 里写明它叫什么。"), name,
            sheet.heading_row,
        )
        for column in wanted
        if sheet.column(column) is None
    ]  # fmt: skip
    if problems:
        return None, problems
    problems = list(_wrong_rows(sheet, table))
    if problems:
        return None, problems
    columns = tuple(heading for heading in sheet.headings if heading)
    items = {row[table.key]: row for row in (_item(sheet, one, columns) for one in sheet.rows)}
    one = table.variants.get(variant) or Variant(variant)
    data = DataSet(
        table.id, table.title, version or table.version, table.key, table.area, table.text, columns, items, variant,
        one.title, _token(columns, items),
    )  # fmt: skip
    return data, list(_counts(data, one, name))


def as_csv(data: DataSet) -> bytes:
    """Return a data set as the file that a package holds."""
    return write_csv(
        data.columns, [[item.get(name, "") for name in data.columns] for item in data.items.values()]
    )


def _item(sheet: Sheet, row: Row, columns: tuple[str, ...]) -> dict[str, str]:
    cells = {name: _said(sheet, row, name) for name in columns}
    return {name: text for name, text in cells.items() if text}


def _said(sheet: Sheet, row: Row, column: str) -> str:
    place = sheet.column(column)
    try:
        return as_text(row.cells[place]) if place is not None else ""
    except ValueError:
        return str(row.cells[place]) if place is not None else ""


def _wrong_rows(sheet: Sheet, table: Table) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    if not sheet.rows:
        yield Problem(
            say("表里一项也没有。"), say("请在列标题下面逐行写明各项。"), sheet.name, sheet.heading_row
        )
    for row in sheet.rows:
        for column in (table.key, table.area, table.text):
            if not _said(sheet, row, column):
                yield sheet.problem(row, column, say("没有填写。"), say("请补上。"))
        key = _said(sheet, row, table.key)
        if key and not _ID.fullmatch(key):
            what = say("编号不能有空格、“/”和“~”，最多 60 个字。")
            yield sheet.problem(row, table.key, what, say("请改短改简单。"))
        if key in seen:
            what = say("编号与第 {row} 行相同。", row=seen[key])
            yield sheet.problem(row, table.key, what, say("请让每一项有自己的编号。"))
        elif key:
            seen[key] = row.number


def _counts(data: DataSet, variant: Variant, name: str) -> Iterator[Problem]:
    do = say("请核对数据；通知确有改动的，请改正 campaign.yaml 里的数。")
    if variant.areas is not None and len(data.areas) != variant.areas:
        what = say("有 {n} 个分区，应有 {wanted} 个", n=len(data.areas), wanted=variant.areas)
        yield Problem(what, do, name, 1)
    if variant.items is not None and len(data.items) != variant.items:
        what = say("有 {n} 项，应有 {wanted} 项", n=len(data.items), wanted=variant.items)
        yield Problem(what, do, name, 1)


def _token(columns: tuple[str, ...], items: Mapping[str, Mapping[str, str]]) -> str:
    """Return what names this content: two files with the same items in the same order are the same data."""
    whole = hashlib.sha256("\0".join(columns).encode())
    for item in items.values():
        whole.update("\0".join(item.get(name, "") for name in columns).encode())
    return whole.hexdigest()[:32]
