"""Tables by the id of their items and the heading of their columns. Pure."""

from __future__ import annotations

import csv
import io
import re

from workflows.merge.tree import Node, Unfit

# As of the tables of a package; a bigger file is merged as a whole.
MAX_ROWS = 5_001
MAX_COLUMNS = 30
# A quote inside of quotes is written twice, which reads as two quoted texts side by side.
_RECORD = re.compile(r"((?:[^\"\n]|\"[^\"]*\")*)(\n|\Z)")
HEADINGS = "columns"


class Csv:
    """A table of a package. key: the column with the ids of its items."""

    def __init__(self, key: str = "编号") -> None:
        self.key = key

    def read(self, text: str) -> Node:
        rows: list[Node] = []
        columns: list[str] = []
        at = 0
        while at < len(text):
            found = _RECORD.match(text, at)
            if found is None or found.end() == at or len(rows) >= MAX_ROWS:
                raise Unfit
            at = found.end()
            if not found[1].strip():
                if rows:
                    rows[-1] = rows[-1].having(after=rows[-1].after + found.group())
                continue
            cells = _cells(found[1])
            if not rows:
                columns = cells
                if self.key not in columns or len(set(columns)) < len(columns) or len(columns) > MAX_COLUMNS:
                    raise Unfit
            rows.append(self._row(columns, cells, found[1], found[2], first=not rows))
        if len({row.key for row in rows}) < len(rows):
            raise Unfit
        return Node("", "table", "", tuple(rows), ordered=False)

    def _row(self, columns: list[str], cells: list[str], text: str, after: str, *, first: bool) -> Node:
        if len(cells) > len(columns) and any(cells[len(columns) :]):
            raise Unfit
        said = dict(zip(columns, cells, strict=False))
        key = HEADINGS if first else f"#{said.get(self.key, '')}"
        parts = tuple(_cell(name, said.get(name, "")) for name in columns)
        return Node(key, "row", "", parts, after=after, fixed=text)

    def adopt(self, node: Node, into: Node) -> Node:
        return node

    def rebuild(self, like: Node, children: tuple[Node, ...]) -> Node:
        if like.kind == "row":
            return like.having(children=children, fixed=None)
        columns = [cell.key for cell in children[0].children]
        old = [cell.key for cell in like.children[0].children] if like.children else []
        rows = [self._written(child, columns, unchanged=columns == old) for child in children]
        return like.having(children=tuple(rows))

    def _written(self, row: Node, columns: list[str], *, unchanged: bool) -> Node:
        after = row.after or "\n"
        if row.fixed is not None and [cell.key for cell in row.children] == columns and unchanged:
            return row.having(after=after)
        said = {cell.key: str(cell.value) for cell in row.children}
        cells = [said.get(name, "") for name in columns]
        parts = tuple(_cell(name, cell) for name, cell in zip(columns, cells, strict=True))
        return row.having(children=parts, fixed=_line(cells), after=after)

    def fragment(self, text: str, like: Node) -> Node:
        if like.kind == "cell":
            return _cell(like.key, text)
        cells = _cells(text.strip("\n"))
        if len(cells) != len(like.children):
            raise Unfit
        parts = tuple(_cell(one.key, cell) for one, cell in zip(like.children, cells, strict=True))
        if (
            like.key != HEADINGS
            and f"#{dict(zip((one.key for one in parts), cells, strict=True)).get(self.key)}" != like.key
        ):
            raise Unfit
        return like.having(children=parts, fixed=text.strip("\n"))

    def excerpt(self, node: Node) -> str:
        return str(node.value) if node.kind == "cell" else _line([str(cell.value) for cell in node.children])


def _cell(name: str, said: str) -> Node:
    return Node(name, "cell", said, value=said)


def _cells(text: str) -> list[str]:
    try:
        return next(csv.reader(io.StringIO(text, newline=""), strict=True), [])
    except csv.Error as error:
        raise Unfit from error


def _line(cells: list[str]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()
