"""No statement of any kind reaches another tenant's rows: bound to the own tenant it runs, to another or to none it is refused."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import (
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    union,
    update,
)
from sqlalchemy.orm import aliased

from tenants.db import db, system_work
from tenants.guard import UnscopedStatement
from tenants.models import CalendarDay, Member, Posting, Tenant, Unit
from tenants.scoping import needed
from tests.tenants.statements import BOUND, LOOSE, OF_A_DIALECT, C, M, U, mine


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
