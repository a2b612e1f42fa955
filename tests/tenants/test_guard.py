"""No statement of any kind reaches another tenant's rows: bound to the own tenant it runs, to another or to none it is refused."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import (
    DDL,
    Column,
    Dialect,
    MetaData,
    Select,
    String,
    Table,
    and_,
    bindparam,
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
from sqlalchemy.orm import aliased

from tenants.db import db, system_work
from tenants.guard import UnscopedStatement
from tenants.models import CalendarDay, Member, Posting, Tenant, Unit, User
from tenants.scoping import needed

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


@pytest.mark.parametrize("kind", OF_A_DIALECT)
def test_what_one_database_alone_understands_is_looked_through_as_well(kind):
    dialect, build = OF_A_DIALECT[kind]
    with pytest.raises(UnscopedStatement):
        list(needed(build(uuid4()).compile(dialect=dialect)))


@pytest.fixture
def connection(open_work):
    """The connection of a unit of work of Yangcheng."""
    with open_work("yangcheng") as work:
        yield work.session.connection()


@pytest.mark.parametrize("kind", BOUND)
def test_a_statement_bound_to_the_own_tenant_runs(open_work, world, kind):
    with open_work("yangcheng") as work:
        result = work.session.connection().execute(BOUND[kind](work.tenant.id))
        found = str(result.all()) if result.returns_rows else ""
    assert "沁水" not in found and "柳湾" not in found


@pytest.mark.parametrize("kind", BOUND)
def test_the_same_statement_bound_to_another_tenant_is_refused(connection, world, kind):
    connection.execute(
        BOUND[kind](world.tenants["yangcheng"])
    )  # now the compiled form is known, and must not be trusted
    with pytest.raises(UnscopedStatement):
        connection.execute(BOUND[kind](world.tenants["qinshui"]))


@pytest.mark.filterwarnings(
    "ignore:SELECT statement has a cartesian product", "ignore:Column 'calendar_day.tenant_id'"
)
@pytest.mark.parametrize("kind", LOOSE)
def test_a_statement_that_leaves_a_table_loose_is_refused(connection, world, kind):
    with pytest.raises(UnscopedStatement):
        connection.execute(LOOSE[kind](world.tenants["yangcheng"]))


def test_raw_sql_is_refused(connection):
    with pytest.raises(UnscopedStatement):
        connection.exec_driver_sql("SELECT name FROM unit")


@pytest.mark.parametrize("to", ["yangcheng", "qinshui"])
def test_rows_are_not_moved_between_tenants(connection, world, to):
    with pytest.raises(UnscopedStatement, match="moves rows"):
        connection.execute(
            update(U).where(mine(U, world.tenants["yangcheng"])).values(tenant_id=world.tenants[to])
        )


def test_in_a_bulk_insert_every_single_row_is_looked_at(connection, world):
    rows = [
        {"tenant_id": world.tenants[slug], "id": uuid4(), "user_id": world.users["clerk"], "unit_id": uuid4(), "name": "某"}
        for slug in ("yangcheng", "qinshui")
    ]  # fmt: skip
    with pytest.raises(UnscopedStatement):
        connection.execute(insert(M), rows)


def test_in_an_insert_of_several_values_no_row_slips_through(connection, world):
    rows = [{"tenant_id": world.tenants[slug], "id": uuid4(), "kind": "off", "name": "一"} for slug in ("yangcheng", "qinshui")]  # fmt: skip
    with pytest.raises(UnscopedStatement):
        connection.execute(insert(C).values(rows))


def test_in_a_bulk_update_every_single_row_is_looked_at(connection, world):
    statement = update(U).where(U.c.tenant_id == bindparam("whose")).values(status=bindparam("now"))
    with pytest.raises(UnscopedStatement):
        connection.execute(
            statement, [{"whose": world.tenants[slug], "now": ""} for slug in ("yangcheng", "qinshui")]
        )


def test_an_insert_from_select_may_not_relabel_the_tenant(connection, world):
    foreign = literal(world.tenants["qinshui"], U.c.tenant_id.type).label("tenant_id")
    rows = select(foreign, U.c.id, U.c.name).where(mine(U, world.tenants["yangcheng"]))
    with pytest.raises(UnscopedStatement):
        connection.execute(insert(C).from_select(["tenant_id", "id", "name"], rows))


def test_no_branch_of_a_union_may_relabel_the_tenant(connection, world):
    own, foreign = (
        literal(world.tenants[slug], U.c.tenant_id.type).label("tenant_id")
        for slug in ("yangcheng", "qinshui")
    )
    rows = union(
        *(select(tenant, U.c.id).where(mine(U, world.tenants["yangcheng"])) for tenant in (own, foreign))
    )
    with pytest.raises(UnscopedStatement):
        connection.execute(insert(C).from_select(["tenant_id", "id"], rows))


def test_outside_a_unit_of_work_no_tenants_rows_are_read(app, world):
    with system_work(reads=True) as session:
        assert session.scalars(select(Tenant.slug)).all()
        for statement in (select(Unit), select(U).where(mine(U, world.tenants["yangcheng"]))):
            with pytest.raises(UnscopedStatement):
                session.execute(statement).all()
    with db.engine.connect() as connection, pytest.raises(UnscopedStatement):
        connection.execute(select(U).where(mine(U, world.tenants["yangcheng"])))


# --- the ORM binds by itself ---------------------------------------------------------------------------------------------


ORM: dict[str, Callable[[], Select]] = {
    "select": lambda: select(Unit.name),
    "join": lambda: select(Unit.name, Member.name).join(Member, Member.unit_id == Unit.id),
    "alias": lambda: select((a := aliased(Unit)).name, Unit.name).join(Unit, Unit.parent_id == a.id),
    "outer join": lambda: select(Unit.name, Member.name).outerjoin(Member, Member.unit_id == Unit.id),
    "count": lambda: select(func.count()).select_from(Unit),
}


@pytest.mark.parametrize("kind", ORM)
def test_orm_statements_are_bound_without_a_word(open_work, kind):
    with open_work("yangcheng") as work:
        found = str(work.session.execute(ORM[kind]()).all())
    with open_work("qinshui") as work:
        others = str(work.session.execute(ORM[kind]()).all())
    assert "沁水" not in found and "柳湾" not in found and "阳城" not in others and "松岭" not in others
    assert found != others


def test_a_row_of_another_tenant_cannot_be_got_by_its_key(open_work, world):
    with open_work("yangcheng") as work:
        assert work.session.get(Unit, (work.tenant.id, world.unit("willow", "qinshui"))) is None
        with pytest.raises(UnscopedStatement):
            work.session.get(Unit, (world.tenants["qinshui"], world.unit("willow", "qinshui")))


def test_orm_updates_and_deletes_stay_at_home(open_work):
    with open_work("yangcheng") as work:
        work.session.execute(update(Unit).values(status="停产"))
        work.session.execute(delete(Posting).where(Posting.tenant_id == work.tenant.id))
        work.session.execute(delete(CalendarDay))
    with open_work("qinshui") as work:
        assert "生产" in work.session.scalars(select(Unit.status)).all()


def test_a_row_flushed_into_another_tenant_is_refused(open_work, world):
    with pytest.raises(UnscopedStatement), open_work("yangcheng") as work:
        work.session.add(
            CalendarDay(tenant_id=world.tenants["qinshui"], day=work.today, kind="off", name="一")
        )
        work.session.flush()


def test_a_row_changed_to_another_tenant_is_refused(open_work, world):
    with pytest.raises(UnscopedStatement), open_work("yangcheng") as work:
        work.session.scalars(select(Unit)).first().tenant_id = world.tenants["qinshui"]
        work.session.flush()


def test_savepoints_work(open_work):
    with open_work("yangcheng") as work:
        with work.session.begin_nested() as trial:
            work.session.execute(update(Unit).values(name="试"))
            trial.rollback()
        assert "试" not in work.session.scalars(select(Unit.name)).all()
