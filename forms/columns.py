"""The tables of a form: which of its fields are lists of rows, and what each column holds. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from forms.answers import pointer
from forms.dialect import Schema
from forms.fields import ROW, Field, Path, children, fields, resolve

# What a cell of a sheet can hold. A column of no kind (files, members, tables inside rows) is filled in the form itself.
KINDS = frozenset(
    {"text", "number", "integer", "boolean", "date", "month", "moment", "choice", "list", "unit"}
)
_FORMATS = {"date": "date", "month": "month", "date-time": "moment", "unit": "unit"}
_BY_HAND = frozenset({"attachment", "member"})
_NOISE = re.compile(r"[\s*＊“”\"'‘’]+")


@dataclass(frozen=True)
class Column:
    """One field of a table's rows.

    kind: one of KINDS, empty = a sheet cannot hold it. required: in every row; `depends` = in some rows, by a condition.
    choices: (value, word shown for it); open: other words are taken, too. limits: smallest and largest, inclusive.
    names: what a heading of this column may read, as `plain_heading` writes it.
    """

    key: str
    title: str
    unit: str = ""
    kind: str = "text"
    required: bool = False
    depends: bool = False
    computed: bool = False
    choices: tuple[tuple[Any, str], ...] = ()
    open: bool = False
    help: str = ""
    limits: tuple[Any, Any] = (None, None)
    longest: int | None = None
    names: frozenset[str] = frozenset()

    @property
    def heading(self) -> str:
        """The title with its unit, as a sheet's first line says it."""
        return f"{self.title}（{self.unit}）" if self.unit else self.title

    @property
    def filled(self) -> bool:
        """Whether a person fills it in a sheet."""
        return bool(self.kind) and not self.computed


@dataclass(frozen=True)
class Table:
    """A field whose answers are rows.

    at: JSON pointer of the field. rows: schema of one row on its own, without what is computed: that may need the whole form.
    most: so many rows at the most.
    """

    at: str
    path: Path
    title: str
    columns: tuple[Column, ...]
    rows: Schema
    most: int | None = None

    def column(self, key: str) -> Column | None:
        return next((column for column in self.columns if column.key == key), None)

    def of(self, answers: Mapping[str, Any]) -> list[Any]:
        """Return the table's rows in the answers of its form."""
        found: Any = answers
        for name in self.path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def tables(schema: Schema, source: Schema | None = None) -> tuple[Table, ...]:
    """Return the tables of a form, in its order; those inside the rows of another are left to the form.

    source: the form as its author wrote it, when `schema` is its translation: headings in either language are understood.
    """
    found, other = fields(schema), fields(source) if source is not None else {}
    return tuple(
        _table(schema, found, path, other)
        for path, field in found.items()
        if path and ROW not in path and _holds_rows(found, path, field)
    )


def table_at(schema: Schema, at: str, source: Schema | None = None) -> Table | None:
    """Return the table at a JSON pointer; None when the form has none there."""
    return next((table for table in tables(schema, source) if table.at == at), None)


def plain_heading(text: str) -> str:
    """Return a heading without what people leave out or change: spaces, stars, quotation marks, width, case."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _holds_rows(found: Mapping[Path, Field], path: Path, field: Field) -> bool:
    row = found.get((*path, ROW))
    return field.get("type") == "array" and row is not None and bool(children(list(row.schemas)))


def _table(root: Schema, found: Mapping[Path, Field], path: Path, other: Mapping[Path, Field]) -> Table:
    row = found[(*path, ROW)]
    always = frozenset(
        name for part in _unconditional(root, path, found) for name in part.get("required", [])
    )
    sometimes = frozenset(name for part in row.schemas for name in part.get("required", [])) - always
    columns = []
    for name in children(list(row.schemas)):
        place = (*path, ROW, name)
        column = _column(root, found, found[place], name in always, name in sometimes)
        theirs = other.get(place)
        names = {plain_heading(text) for text in _spellings(column, theirs)}
        columns.append(Column(**{**column.__dict__, "names": frozenset(names)}))
    definitions = {"$defs": root["$defs"]} if "$defs" in root else {}
    items = found[path].get("items")
    rows = _uncomputed({**(items if isinstance(items, dict) else {}), **definitions})
    return Table(pointer(path), path, found[path].title, tuple(columns), rows, found[path].get("maxItems"))


def _uncomputed(part: Any) -> Any:
    if isinstance(part, dict):
        return {key: _uncomputed(value) for key, value in part.items() if key != "x-computed"}
    return [_uncomputed(one) for one in part] if isinstance(part, list) else part


def _unconditional(root: Schema, path: Path, found: Mapping[Path, Field]) -> Iterator[Schema]:
    """Yield what every row must satisfy, whatever is in it."""
    todo = [part["items"] for part in found[path].schemas if isinstance(part.get("items"), dict)]
    while todo:
        part = todo.pop()
        if isinstance(part, dict):
            yield part
            todo += part.get("allOf") or []
            if "$ref" in part:
                todo.append(resolve(root, part["$ref"]))


def _spellings(column: Column, theirs: Field | None) -> Iterator[str]:
    yield column.key
    for title, unit in (
        (column.title, column.unit),
        (theirs.title, str(theirs.get("x-unit") or "")) if theirs else ("", ""),
    ):
        if title:
            yield title
        if title and unit:
            yield f"{title}（{unit}）"


def _column(root: Schema, found: Mapping[Path, Field], field: Field, required: bool, depends: bool) -> Column:
    inner = found.get((*field.path, ROW))
    kind = _kind(field, inner)
    low = field.get("minimum") if field.get("minimum") is not None else field.get("exclusiveMinimum")
    high = field.get("maximum") if field.get("maximum") is not None else field.get("exclusiveMaximum")
    is_open = bool(field.get("x-open"))
    return Column(
        field.path[-1], field.title, str(field.get("x-unit") or ""), kind, required, depends,
        field.get("x-computed") is not None or bool(field.get("readOnly")),
        _choices(inner if kind == "list" and inner else field, is_open), is_open, str(field.get("description") or ""),
        (low, high), field.get("maxLength"),
    )  # fmt: skip


def _kind(field: Field, inner: Field | None) -> str:
    wanted = field.get("type")
    kind = next((one for one in wanted if one != "null"), "") if isinstance(wanted, list) else wanted
    format = str(field.get("format") or "")
    if format in _BY_HAND or kind == "object":
        return ""
    if kind == "array":
        simple = inner is not None and inner.get("type") in ("string", None) and not inner.get("format")
        return "list" if simple else ""
    if kind in ("boolean", "integer", "number"):
        return str(kind)
    if field.get("enum") is not None or _constants(field):
        return "choice"
    return _FORMATS.get(format, "text")


def _constants(field: Field) -> list[tuple[Any, str]]:
    options = field.get("oneOf")
    if not isinstance(options, list) or not all(isinstance(one, dict) and "const" in one for one in options):
        return []
    return [(one["const"], str(one.get("title") or one["const"])) for one in options]


def _choices(field: Field, is_open: bool) -> tuple[tuple[Any, str], ...]:
    constants = _constants(field)
    if constants:
        return tuple(constants)
    words = field.get("x-labels") or {}
    values = field.get("examples") if is_open else field.get("enum")
    return tuple((value, str(words.get(value, value))) for value in values or () if value is not None)
