"""What binds a statement to one tenant: a walk over its tree, scope by scope. Pure; `guard` asks at every execution.

A table is *held* when its `tenant_id` equals a bound value, or that of another table that is held, for every row. Whatever
this walk does not understand it refuses: it looks for proofs, never for faults.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import (
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    ClauseElement,
    ColumnClause,
    Delete,
    Extract,
    Insert,
    Join,
    Label,
    Select,
    Subquery,
    Table,
    TableClause,
    TextClause,
    Update,
    Values,
)
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.sql.selectable import CTE, AliasedReturnsRows, CompoundSelect, FromGrouping, TextualSelect

from tenants.base import Base

STATEMENTS = (Select, CompoundSelect, Insert, Update, Delete)
# Literal columns that SQLAlchemy itself writes: count(*), exists(select *), select 1.
_HARMLESS = frozenset({"*", "1"})
# Operators that are texts even in SQLAlchemy itself: those of PostgreSQL's JSON.
_OPERATORS = frozenset({"->", "->>", "#>", "#>>", "@>", "<@", "?", "?|", "?&"})

Bind = BindParameter[Any]


class UnscopedStatement(RuntimeError):
    """A statement that is not provably bound to one tenant was about to run: a defect, never a user's mistake."""


def needed(compiled: Any) -> Iterator[Bind | str]:
    """Yield the bound values (or their names) that must be the tenant; raise when a table is bound to none."""
    element = compiled.statement
    # What the ORM sends is its own rewriting of the statement, with the criteria that bind it to the tenant.
    final = getattr(getattr(compiled, "compile_state", None), "statement", None)
    root = final if final is not None else element
    if isinstance(root, Insert):
        yield from _of_insert(compiled, root)
    elif isinstance(root, Update) and owned(root.table) and "tenant_id" in compiled.binds:
        raise UnscopedStatement(f"update of {_name(root.table)} moves rows to another tenant")
    yield from _of_tree(root, frozenset(), top=True)


def owned(table: Any) -> bool:
    """Tell whether rows of the table, or of the table behind an alias, belong to a tenant."""
    while isinstance(table, AliasedReturnsRows) and not isinstance(table, Subquery | CTE):
        table = table.element
    return isinstance(table, Table) and "tenant_id" in table.c and not table.info.get("global")


def _of_insert(compiled: Any, insert: Insert) -> Iterator[Bind | str]:
    if not owned(insert.table):
        return
    if insert.select is not None:
        yield from _selected_tenant(insert)
    elif "tenant_id" in compiled.binds and not insert._multi_values:
        yield "tenant_id"
    else:
        raise UnscopedStatement(f"insert into {_name(insert.table)} names no tenant")


def _of_tree(root: ClauseElement, outer: frozenset[Any], *, top: bool = False) -> Iterator[Bind]:
    """Walk a statement. outer: what the enclosing scope shows itself, all of it held; a subquery may correlate to that, and
    to nothing further out: there SQLAlchemy reads the table afresh.
    """
    _refuse_text(root)
    _refuse_strange(root)
    if isinstance(root, Select):
        shown, known = _shown(root, outer)
        yield from _of_scope(shown, _facts(root._where_criteria, shown), known)
        outer = frozenset(_tables(shown))
    elif isinstance(root, Update | Delete):
        shown = [root.table, *_other_tables(root)]
        yield from _of_scope(shown, _facts(root._where_criteria, shown), frozenset())
        outer = frozenset(_tables(shown))
        if isinstance(root, Update) and owned(root.table) and _sets_tenant(root):
            raise UnscopedStatement(f"update of {_name(root.table)} moves rows to another tenant")
    elif isinstance(root, Insert):
        if not top:
            raise UnscopedStatement(f"insert into {_name(root.table)} inside another statement")
        _refuse_stranger(root.table)
        outer = frozenset()
    elif isinstance(root, Subquery | CTE | CompoundSelect):
        outer = frozenset()
    for child in root.get_children():
        if not isinstance(child, Table):
            yield from _of_tree(child, outer)


def _refuse_text(element: ClauseElement) -> None:
    """Refuse SQL written as text, whose meaning nobody here can know."""
    literal = isinstance(element, ColumnClause) and element.is_literal and element.name not in _HARMLESS
    added = any(
        getattr(element, name, None) for name in ("_hints", "_statement_hints", "_prefixes", "_suffixes")
    )
    operator = getattr(element, "operator", None)
    # SQLAlchemy's own operators are functions; one that carries its text was written by somebody.
    own = isinstance(operator, operators.custom_op) and operator.opstring not in _OPERATORS
    part = isinstance(element, Extract) and not element.field.isalpha()
    if isinstance(element, TextClause | TextualSelect) or literal or added or own or part:
        raise UnscopedStatement(f"text SQL: {str(element)[:200]}")


def _refuse_strange(element: ClauseElement) -> None:
    """Refuse tables that are none of the house's, by which any name can be read, and what hides a part from this walk."""
    if isinstance(element, TableClause):
        _refuse_stranger(element)
    if isinstance(element, Values):
        cells = (cell for rows in element._data for row in rows for cell in row)
        if any(isinstance(cell, ClauseElement) and not isinstance(cell, BindParameter) for cell in cells):
            raise UnscopedStatement("a list of values that holds a statement")
    if isinstance(element, Insert) and element._post_values_clause is not None:
        raise UnscopedStatement(f"insert into {_name(element.table)} that changes rows which are there")


def _refuse_stranger(table: Any) -> None:
    while isinstance(table, AliasedReturnsRows) and not isinstance(table, Subquery | CTE):
        table = table.element
    if isinstance(table, TableClause) and Base.metadata.tables.get(table.fullname) != table:
        raise UnscopedStatement(f"{_name(table)} is no table of the house")


def _shown(select: Select[Any], outer: frozenset[Any]) -> tuple[list[Any], frozenset[Any]]:
    """Return what stands in the FROM of a select, and the tables of the enclosing scope that it means instead.

    SQLAlchemy leaves a table of the enclosing scope out of the FROM only when it stands there by itself, beside others; one
    inside a join, or alone, is read afresh. Explicit correlation is not understood and so never holds a table.
    """
    froms = select.get_final_froms()
    if not select._auto_correlate or len(froms) < 2:
        return list(froms), frozenset()
    known = frozenset(table for table in froms if table in outer)
    return [table for table in froms if table not in known], known


def _of_scope(shown: Iterable[Any], facts: list[tuple[Any, Any]], known: frozenset[Any]) -> list[Bind]:
    """Return the binds that must be the tenant; raise when a table is not held by them. known: held by the scope outside."""
    binds = [right for _, right in facts if isinstance(right, BindParameter)]
    held = set(known) | {left.table for left, right in facts if isinstance(right, BindParameter)}
    grown = True
    while grown:
        grown = False
        for left, right in facts:
            if isinstance(right, ColumnClause) and right.table in held and left.table not in held:
                held.add(left.table)
                grown = True
    for table in _tables(shown):
        _refuse_stranger(table)
        if owned(table) and table not in held:
            raise UnscopedStatement(f"{_name(table)} is read or changed without its tenant")
    return binds


def _facts(where: Iterable[ClauseElement], shown: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Return `tenant_id = x` pairs, (what is held, by what), that are true of every row of the scope."""
    found = list(_equalities(where))
    todo: list[Any] = list(shown)
    while todo:
        source = todo.pop()
        if isinstance(source, FromGrouping):
            todo.append(source.element)
        elif isinstance(source, Join):
            on = list(_equalities([source.onclause])) if source.onclause is not None else []
            if source.isouter or source.full:
                # Its ON picks rows of the right side only: the left side comes whole, whatever the ON says of it.
                right = set(_tables([source.right])) if not source.full else set()
                on = [(one, other) for one, other in on if one.table in right]
            found += on
            todo += [source.left, source.right]
    return found


def _equalities(conditions: Iterable[ClauseElement]) -> Iterator[tuple[Any, Any]]:
    """Yield `tenant_id = x` pairs, each way round, that hold for every row: only those joined by AND count."""
    todo = list(conditions)
    while todo:
        item = todo.pop()
        if isinstance(item, Grouping):
            todo.append(item.element)
        elif isinstance(item, BooleanClauseList):
            if item.operator is operators.and_:
                todo.extend(item.clauses)
        elif isinstance(item, BinaryExpression) and item.operator is operators.eq:
            for left, right in ((item.left, item.right), (item.right, item.left)):
                if _is_tenant(left) and (isinstance(right, BindParameter) or _is_tenant(right)):
                    yield left, right


def _is_tenant(side: Any) -> bool:
    return isinstance(side, ColumnClause) and side.name == "tenant_id" and side.table is not None


def _tables(sources: Iterable[Any]) -> Iterator[Any]:
    for source in sources:
        if isinstance(source, Join):
            yield from _tables([source.left, source.right])
        elif isinstance(source, FromGrouping):
            yield from _tables([source.element])
        elif not isinstance(source, Subquery | CTE):  # those are walked as scopes of their own
            yield source


def _other_tables(change: Update | Delete) -> list[Any]:
    """Return what an UPDATE … FROM or DELETE … USING reads beside its own table."""
    parts: list[Any] = list(change._where_criteria)
    if isinstance(change, Update):
        parts += [value for _, value in _values(change) if isinstance(value, ClauseElement)]
    found = {source for part in parts for source in part._from_objects}
    return [source for source in found if source is not change.table and source != change.table]


def _values(change: Update) -> list[tuple[Any, Any]]:
    return [*(change._values or {}).items(), *(change._ordered_values or ())]


def _sets_tenant(change: Update) -> bool:
    return any(getattr(column, "name", column) == "tenant_id" for column, _ in _values(change))


def _selected_tenant(insert: Insert) -> Iterator[Bind]:
    """Yield what an INSERT … SELECT takes as the tenant; raise when that is not a held table's or a bound value."""
    names = [getattr(name, "name", name) for name in insert._select_names or ()]
    branches: list[Any] = [insert.select]
    while branches:
        branch = branches.pop()
        while not isinstance(branch, Select | CompoundSelect):  # grouping
            branch = branch.element
        if isinstance(branch, CompoundSelect):
            branches += branch.selects
            continue
        column: Any = (
            list(branch.selected_columns)[names.index("tenant_id")] if "tenant_id" in names else None
        )
        while isinstance(column, Label | Grouping):
            column = column.element
        if isinstance(column, BindParameter):
            yield column
        elif not (_is_tenant(column) and column is not None and owned(column.table)):
            raise UnscopedStatement(f"insert into {_name(insert.table)} takes its tenant from elsewhere")


def _name(table: Any) -> str:
    return str(getattr(table, "name", table))
