"""The first wall between tenants: no statement runs that could touch another tenant's rows.

A guard on ORM queries alone lets Core statements through, so this one looks at what is about to be sent to the database. For
each compiled statement it finds out once (`scoping`) which bound values must equal the present tenant, and then compares
them at every execution. What it cannot prove it refuses.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event
from sqlalchemy.sql.elements import ReleaseSavepointClause, RollbackToSavepointClause, SavepointClause

from tenants.scoping import STATEMENTS, UnscopedStatement, needed

__all__ = ["HOUSE", "TENANT", "UnscopedStatement", "watch"]

# Set on a connection by `db`: the tenant's id, while a unit of work is open.
TENANT = "luoshi_tenant"
# Set on a statement of the house's own (the settings of a connection, tables): why it needs no tenant.
HOUSE = "luoshi_house"

_SAVEPOINTS = (SavepointClause, RollbackToSavepointClause, ReleaseSavepointClause)
_needs: WeakKeyDictionary[Any, tuple[str, ...]] = WeakKeyDictionary()


def watch(engine: Engine) -> None:
    """Check every statement of the engine from now on."""
    event.listen(
        engine, "before_cursor_execute", check, retval=True
    )  # so that SQLAlchemy wraps nothing around it


def check(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, many: bool
) -> tuple[str, Any]:
    """Refuse a statement that could touch another tenant's rows."""
    if not getattr(
        context, "proved", False
    ):  # a prepared statement is proved once, and takes the tenant from here
        _prove(connection, statement, context)
    return statement, parameters


def _prove(connection: Connection, statement: str, context: Any) -> None:
    options = context.execution_options if context is not None else connection.get_execution_options()
    if options.get(HOUSE):
        return
    compiled = getattr(context, "compiled", None)
    if isinstance(getattr(compiled, "statement", None), _SAVEPOINTS):
        return
    # Raw and text SQL, DDL and bare functions: whatever is none of these may read anything.
    if compiled is None or not isinstance(getattr(compiled, "statement", None), STATEMENTS):
        raise UnscopedStatement(f"not a select, insert, update or delete of tables: {statement[:200]}")
    names = tenants_of(compiled)
    if not names:
        return
    tenant = options.get(TENANT)
    for row in context.compiled_parameters:
        for name in names:
            if tenant is None or row.get(name) != tenant:
                raise UnscopedStatement(f"{name} is not the tenant of this unit of work: {statement[:200]}")


def tenants_of(compiled: Any) -> tuple[str, ...]:
    """Return the names of the values that must be the tenant; found out once for each compiled statement.

    Raises UnscopedStatement when the statement is not provably bound to one tenant.
    """
    names = _needs.get(compiled)
    if names is None:
        found = {bind if isinstance(bind, str) else _name(compiled, bind) for bind in needed(compiled)}
        names = _needs[compiled] = tuple(sorted(found))
    return names


def _name(compiled: Any, bind: Any) -> str:
    """Return under which name the statement's values hold a bound value: anonymous ones get theirs in compilation."""
    return str(compiled.bind_names.get(bind, bind.key))
