"""Statements of every kind, each bound to the tenant that it is given, or leaving a table loose."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

from sqlalchemy import (
    DDL,
    Column,
    Dialect,
    MetaData,
    String,
    Table,
    and_,
    case,
    column,
    delete,
    exists,
    extract,
    func,
    insert,
    literal,
    literal_column,
    not_,
    or_,
    select,
    table,
    text,
    true,
    union,
    update,
    values,
)
from sqlalchemy.dialects import postgresql, sqlite

from tenants.models import CalendarDay, Member, Posting, Tenant, Unit, User

U, M, C = Unit.__table__, Member.__table__, CalendarDay.__table__
P, T = Posting.__table__, Tenant.__table__
OTHER = U.alias("other")
STRANGER = Table("member", MetaData(), Column("name", String))

Build = Callable[[UUID], object]


def mine(table, tenant):
    return table.c.tenant_id == tenant


# Each is bound to the tenant it is given, in one of the ways in which code may do it.
BOUND: dict[str, Build] = {
    "select": lambda t: select(U.c.name).where(mine(U, t)),
    "select in pieces": lambda t: select(U.c.name).where(U.c.active.is_(True)).where(and_(mine(U, t), U.c.name != "")),
    "turned round": lambda t: select(U.c.name).where(literal(t, U.c.tenant_id.type) == U.c.tenant_id),
    "count": lambda t: select(func.count()).select_from(U).where(mine(U, t)),
    "alias": lambda t: select(OTHER.c.name).where(OTHER.c.tenant_id == t),
    "join": lambda t: select(U.c.name).join(M, (M.c.unit_id == U.c.id) & (M.c.tenant_id == U.c.tenant_id)).where(mine(U, t)),
    "join bound by its on": lambda t: select(U.c.name).join(M, and_(mine(M, t), mine(U, t))),
    "nested join": lambda t: (
        select(U.c.name)
        .select_from(U.join(M.join(C, C.c.tenant_id == M.c.tenant_id), M.c.tenant_id == U.c.tenant_id))
        .where(mine(U, t))
    ),
    "outer join": lambda t: select(U.c.name).outerjoin(M, and_(M.c.unit_id == U.c.id, mine(M, t))).where(mine(U, t)),
    "self join": lambda t: select(U.c.name).join(OTHER, OTHER.c.tenant_id == U.c.tenant_id).where(mine(U, t)),
    "subquery": lambda t: select(select(U.c.name).where(mine(U, t)).subquery()),
    "cte": lambda t: select(select(U.c.name).where(mine(U, t)).cte()),
    "in": lambda t: select(M.c.name).where(mine(M, t), M.c.unit_id.in_(select(U.c.id).where(mine(U, t)))),
    "exists": lambda t: select(U.c.name).where(mine(U, t), exists().where(M.c.unit_id == U.c.id, mine(M, t))),
    "exists that correlates": lambda t: select(U.c.name).where(
        mine(U, t), select(M.c.id).where(M.c.tenant_id == U.c.tenant_id, M.c.unit_id == U.c.id).exists()
    ),
    "scalar subquery": lambda t: select(
        U.c.name, select(func.count()).where(mine(M, t), M.c.unit_id == U.c.id).scalar_subquery()
    ).where(mine(U, t)),
    "union": lambda t: union(select(U.c.name).where(mine(U, t)), select(M.c.name).where(mine(M, t))),
    "beside a global table": lambda t: select(M.c.name).join(User, User.id == M.c.user_id).where(mine(M, t)),
    "update": lambda t: update(U).where(mine(U, t)).values(status="停产"),
    "delete": lambda t: delete(C).where(mine(C, t)),
    "insert": lambda t: insert(C).values(tenant_id=t, id=uuid4(), day=func.current_date(), kind="off", name="一"),
    "insert from select": lambda t: insert(C).from_select(
        ["tenant_id", "id", "day", "kind", "name"],
        select(U.c.tenant_id, U.c.id, func.current_date(), literal("off"), U.c.name).where(mine(U, t), U.c.code == "bureau"),
    ),
}  # fmt: skip

# Each leaves a table loose, though its own tenant is somewhere in it.
LOOSE: dict[str, Build] = {
    "select": lambda t: select(U.c.name),
    "or": lambda t: select(U.c.name).where(or_(mine(U, t), U.c.name == "一")),
    "not": lambda t: select(U.c.name).where(not_(and_(mine(U, t), U.c.name == "一"))),
    "not equal": lambda t: select(U.c.name).where(U.c.tenant_id != t),
    "in a list": lambda t: select(U.c.name).where(U.c.tenant_id.in_([t])),
    "in a case": lambda t: select(U.c.name).where(case((mine(U, t), True), else_=True)),
    "equal to itself": lambda t: select(U.c.name).where(U.c.tenant_id == U.c.tenant_id),
    "another column": lambda t: select(U.c.name).where(U.c.id == t),
    "a global table's": lambda t: select(U.c.name).where(U.c.tenant_id == T.c.id),
    "column only": lambda t: select(mine(U, t), U.c.name),
    "having": lambda t: select(U.c.name, U.c.tenant_id).group_by(U.c.name, U.c.tenant_id).having(mine(U, t)),
    "alias": lambda t: select(U.c.name, OTHER.c.name).where(mine(U, t)),
    "join": lambda t: select(U.c.name).join(M, M.c.unit_id == U.c.id).where(mine(U, t)),
    "nested join": lambda t: select(U.c.name).select_from(U.join(M.join(C, true()), true())).where(mine(U, t)),
    "outer join bound by its on": lambda t: select(U.c.name).outerjoin(M, and_(mine(U, t), mine(M, t))),
    "outer join, left tied to right": lambda t: select(U.c.name).outerjoin(
        M, and_(M.c.tenant_id == U.c.tenant_id, mine(M, t))
    ),
    "full join": lambda t: select(U.c.name).select_from(U.outerjoin(M, mine(M, t), full=True)).where(mine(U, t)),
    "sample": lambda t: select(U.tablesample(50)),
    "subquery": lambda t: select(select(U.c.name).subquery()),
    "subquery, bound outside": lambda t: select((s := select(U.c.name, U.c.tenant_id).subquery()).c.name).where(
        s.c.tenant_id == t
    ),
    "cte": lambda t: select(select(U.c.name).cte()),
    "recursive cte": lambda t: select(
        (c := select(U.c.id).where(mine(U, t)).cte(recursive=True)).union_all(
            select(OTHER.c.id).join(c, OTHER.c.parent_id == c.c.id)
        )
    ),
    "in": lambda t: select(M.c.name).where(mine(M, t), M.c.unit_id.in_(select(U.c.id))),
    "exists": lambda t: select(U.c.name).where(mine(U, t), exists().where(M.c.unit_id == U.c.id)),
    "exists that reads the outer table afresh": lambda t: select(U.c.name).where(
        mine(U, t), exists(select(1).select_from(U.join(M, true())).where(mine(M, t)))
    ),
    "exists two levels down": lambda t: select(U.c.name).where(
        mine(U, t),
        exists(select(1).select_from(M).where(mine(M, t), exists(select(C.c.id, U.c.id).where(mine(C, t))))),
    ),
    "scalar subquery": lambda t: select(U.c.name, select(M.c.name).limit(1).scalar_subquery()).where(mine(U, t)),
    "order by subquery": lambda t: select(U.c.name).where(mine(U, t)).order_by(select(func.count(M.c.id)).scalar_subquery()),
    "lateral": lambda t: select(U.c.name, select(M.c.name).lateral().c.name).where(mine(U, t)),
    "union": lambda t: union(select(U.c.name).where(mine(U, t)), select(M.c.name)),
    "update": lambda t: update(U).values(status="停产"),
    "update from": lambda t: update(U).where(mine(U, t), M.c.unit_id == U.c.id).values(name=M.c.name),
    "update with a subquery": lambda t: update(U).where(mine(U, t)).values(name=select(M.c.name).limit(1).scalar_subquery()),
    "delete": lambda t: delete(C),
    "delete in": lambda t: delete(C).where(mine(C, t), C.c.name.in_(select(U.c.name))),
    "insert without": lambda t: insert(C).values(id=uuid4(), kind="off", name="一"),
    "insert a subquery's value": lambda t: insert(C).values(
        tenant_id=t, id=uuid4(), kind="off", name=select(U.c.name).limit(1).scalar_subquery()
    ),
    "insert a subquery's tenant": lambda t: insert(C).values(
        tenant_id=select(T.c.id).limit(1).scalar_subquery(), id=uuid4(), kind="off", name="一"
    ),
    "insert from a loose select": lambda t: insert(C).from_select(["tenant_id", "name"], select(U.c.tenant_id, U.c.name)),
    "insert from a global table's tenant": lambda t: insert(C).from_select(["tenant_id", "id"], select(P.c.tenant_id, P.c.id)),
    "insert without tenant from select": lambda t: insert(C).from_select(["id"], select(U.c.id).where(mine(U, t))),
    "text": lambda t: text("SELECT name FROM unit"),
    "text with columns": lambda t: text("SELECT name FROM unit").columns(U.c.name),
    "text in a subquery": lambda t: select(text("SELECT name FROM unit").columns(U.c.name).subquery()),
    "text in a condition": lambda t: select(U.c.name).where(mine(U, t), text("1=1) OR (1=1")),
    "text as a table": lambda t: select(text("name")).select_from(text("unit")),
    "literal column": lambda t: select(literal_column("(SELECT name FROM unit LIMIT 1)")),
    "hint": lambda t: select(U.c.name).where(mine(U, t)).with_statement_hint("UNION SELECT name FROM member"),
    "prefix": lambda t: select(U.c.name).where(mine(U, t)).prefix_with("(SELECT name FROM member),"),
    "suffix": lambda t: select(U.c.name).where(mine(U, t)).suffix_with("UNION SELECT name FROM member"),
    "operator of one's own": lambda t: select(U.c.name).where(
        mine(U, t), U.c.name.op("= '' UNION SELECT name FROM member WHERE ''=")("")
    ),
    "table by its name alone": lambda t: select(table("member", column("name"))),
    "alias of a table by its name alone": lambda t: select(table("member", column("name")).alias()),
    "table of another description": lambda t: select(STRANGER),
    "join with a table of another description": lambda t: select(STRANGER.c.name).select_from(U.join(STRANGER, true())).where(
        mine(U, t)
    ),
    "insert into a table of another description": lambda t: insert(STRANGER).values(name="一"),
    "exists that means a table two levels up": lambda t: select(U.c.name).where(
        mine(U, t),
        exists(
            select(M.c.id).where(
                mine(M, t), M.c.unit_id == U.c.id, exists(select(C.c.id).where(mine(C, t), C.c.name == U.c.name))
            )
        ),
    ),
    "list of values": lambda t: select(
        values(column("name", String), name="v").data([(select(M.c.name).limit(1).scalar_subquery(),)])
    ),
    "function": lambda t: func.coalesce(select(U.c.name).limit(1).scalar_subquery(), ""),
    "table of the database's own making": lambda t: DDL("CREATE TABLE loot AS SELECT * FROM unit"),
}  # fmt: skip

# What one database alone understands.
OF_A_DIALECT: dict[str, tuple[Dialect, Build]] = {
    "part of a date": (
        postgresql.dialect(),
        lambda t: select(extract("year FROM now()), (SELECT name", C.c.day)).where(mine(C, t)),
    ),
    "insert or update with a subquery": (
        sqlite.dialect(),
        lambda t: (
            sqlite.insert(C)
            .values(tenant_id=t, id=uuid4(), kind="off", name="一")
            .on_conflict_do_update(
                index_elements=["id"], set_={"name": select(M.c.name).limit(1).scalar_subquery()}
            )
        ),
    ),
    "insert or update, to another tenant": (
        postgresql.dialect(),
        lambda t: (
            postgresql.insert(C)
            .values(tenant_id=t, id=uuid4(), kind="off", name="一")
            .on_conflict_do_update(index_elements=["id"], set_={"tenant_id": uuid4()})
        ),
    ),
}
