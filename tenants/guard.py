"""The first wall between tenants: no statement runs that could touch another tenant's rows.

A guard on ORM queries alone lets Core statements through, so this one looks at what is about to be sent to the database. For
each compiled statement it finds out once which bound values must equal the present tenant, and then compares them at every
execution. What it cannot prove it refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import (
    Alias,
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    ClauseElement,
    ColumnClause,
    Connection,
    Delete,
    Engine,
    Insert,
    Join,
    Select,
    Subquery,
    Table,
    TextClause,
    Update,
    event,
)
from sqlalchemy.sql import operators
from sqlalchemy.sql.selectable import CTE, CompoundSelect

# Set on a connection by `db`: the tenant's id, while a unit of work is open.
TENANT = "luoshi_tenant"
# Set on a statement of the house's own (the settings of a connection): why it needs no tenant.
HOUSE = "luoshi_house"

_needs: WeakKeyDictionary[Any, tuple[str, ...]] = WeakKeyDictionary()


class UnscopedStatement(RuntimeError):
    """A statement that is not provably bound to one tenant was about to run: a defect, never a user's mistake."""


def watch(engine: Engine) -> None:
    """Check every statement of the engine from now on."""
    event.listen(engine, "before_cursor_execute", _check)


def _check(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
) -> None:
    options = context.execution_options if context is not None else connection.get_execution_options()
    if options.get(HOUSE):
        return
    compiled = getattr(context, "compiled", None)
    if compiled is None or getattr(compiled, "statement", None) is None:
        raise UnscopedStatement(f"raw SQL: {statement[:200]}")
    element = compiled.statement
    if not isinstance(element, Select | CompoundSelect | Insert | Update | Delete):
        if isinstance(element, TextClause):
            raise UnscopedStatement(f"text SQL: {statement[:200]}")
        return  # DDL: only a migration's connection may send it, and it carries no rows
    names = _needs.get(compiled)
    if names is None:
        names = tuple(sorted({_name(compiled, bind) for bind in _needed(compiled)}))
        _needs[compiled] = names
    if not names:
        return
    tenant = options.get(TENANT)
    for row in context.compiled_parameters:
        for name in names:
            if not _same(row.get(name), tenant):
                raise UnscopedStatement(f"{name} is not the tenant of this unit of work: {statement[:200]}")


def _same(value: object, tenant: object) -> bool:
    return tenant is not None and (value == tenant or (isinstance(value, list) and value == [tenant]))


def _name(compiled: Any, bind: BindParameter[Any] | str) -> str:
    """Return under which name the statement's values hold a bound value: anonymous ones get theirs in compilation."""
    return bind if isinstance(bind, str) else compiled.bind_names.get(bind, bind.key)


def _needed(compiled: Any) -> Iterator[BindParameter[Any] | str]:
    """Yield the bound values that must be the tenant; raise when a table is bound to none."""
    element = compiled.statement
    state = getattr(compiled, "compile_state", None)
    final = getattr(state, "statement", None)
    if isinstance(element, Insert):
        if _owned(element.table):
            if element.select is None and "tenant_id" not in compiled.binds:
                raise UnscopedStatement(f"insert into {element.table.name} names no tenant")
            if element.select is None:
                yield "tenant_id"
        if element.select is not None:
            yield from _of_tree(element.select)
            if _owned(element.table):
                yield from _selected_tenant(element)
        return
    yield from _of_tree(final if final is not None else element)


def _of_tree(root: ClauseElement, outer: frozenset[Any] = frozenset()) -> Iterator[BindParameter[Any]]:
    """Walk a statement scope by scope. `outer`: tables that the enclosing scope has bound, for correlated subqueries."""
    if isinstance(root, Select):
        own = list(_tables(root.get_final_froms()))
        # A subquery correlates to the enclosing scope only when a table of its own remains.
        known = outer if root._auto_correlate and any(table not in outer for table in own) else frozenset()
        binds, outer = _of_scope(own, _conditions(root), known)
        yield from binds
    elif isinstance(root, Update | Delete):
        binds, outer = _of_scope([root.table], list(root._where_criteria), frozenset())
        yield from binds
    elif isinstance(root, Subquery | CTE | CompoundSelect):
        outer = frozenset()
    for child in root.get_children():
        if not isinstance(child, Table):
            yield from _of_tree(child, outer)


def _of_scope(
    tables: Iterable[Any], conditions: Iterable[ClauseElement], known: frozenset[Any]
) -> tuple[list[BindParameter[Any]], frozenset[Any]]:
    """Return the binds that must be the tenant and the tables they hold fast; raise when a table is left loose.

    A table is held when its tenant_id equals a bound value, or that of another table that is held.
    """
    facts = list(_equalities(conditions))
    binds = [right for _, right in facts if isinstance(right, BindParameter)]
    held = set(known) | {left.table for left, right in facts if isinstance(right, BindParameter)}
    grown = True
    while grown:
        grown = False
        for left, right in facts:
            if isinstance(right, ColumnClause) and (left.table in held) != (right.table in held):
                held |= {left.table, right.table}
                grown = True
    for table in tables:
        if _owned(table) and table not in held:
            raise UnscopedStatement(f"{getattr(table, 'name', table)} is read or changed without its tenant")
    return binds, frozenset(held)


def _equalities(conditions: Iterable[ClauseElement]) -> Iterator[tuple[Any, Any]]:
    """Yield `tenant_id = x` pairs that hold for every row: only those joined by AND count."""
    todo = list(conditions)
    while todo:
        item = todo.pop()
        if isinstance(item, BooleanClauseList):
            if item.operator is operators.and_:
                todo.extend(item.clauses)
        elif hasattr(item, "element") and not isinstance(item, BinaryExpression):
            todo.append(item.element)  # grouping, annotation
        elif isinstance(item, BinaryExpression) and item.operator is operators.eq:
            for left, right in ((item.left, item.right), (item.right, item.left)):
                if _is_tenant(left) and (isinstance(right, BindParameter) or _is_tenant(right)):
                    yield left, right


def _is_tenant(side: Any) -> bool:
    return isinstance(side, ColumnClause) and side.name == "tenant_id"


def _conditions(select: Select[Any]) -> list[ClauseElement]:
    found = list(select._where_criteria)
    todo: list[Any] = list(select.get_final_froms())
    while todo:
        source = todo.pop()
        if isinstance(source, Join):
            # The ON of an outer join does not bind its left side, but the left side is checked for itself.
            found.append(source.onclause)  # type: ignore[arg-type]
            todo += [source.left, source.right]
    return found


def _tables(sources: Iterable[Any]) -> Iterator[Any]:
    for source in sources:
        if isinstance(source, Join):
            yield from _tables([source.left, source.right])
        elif not isinstance(source, Subquery | CTE):  # those are walked as scopes of their own
            yield source


def _owned(table: Any) -> bool:
    while isinstance(table, Alias):
        table = table.element
    return isinstance(table, Table) and "tenant_id" in table.c and not table.info.get("global")


def _selected_tenant(insert: Insert) -> Iterator[BindParameter[Any]]:
    position = list(insert._select_names or ()).index("tenant_id")
    column = list(insert.select.selected_columns)[position]  # type: ignore[union-attr]
    if isinstance(column, BindParameter):
        yield column
    elif getattr(column, "name", "") != "tenant_id":
        raise UnscopedStatement(f"insert into {insert.table.name} takes its tenant from elsewhere")


def tenant_of(connection: Connection) -> UUID | None:
    """Return the tenant that the connection works for at present."""
    return connection.get_execution_options().get(TENANT)
