"""One rule, asked for one thing and for a list: both must always agree."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Boolean, Column, Integer, MetaData, String, Table, Uuid, create_engine, insert, select

from tenants import access
from tenants.access import Placing, Viewer
from tenants.errors import Forbidden

UNITS = [UUID(int=number) for number in range(1, 6)]
POSTS = ["leader", "office", "mine_head"]
METADATA = MetaData()
THING = Table(
    "thing", METADATA, Column("id", Integer, primary_key=True), Column("unit_id", Uuid), Column("about_id", Uuid),
    Column("hidden", Boolean), Column("desk_id", Uuid), Column("post", String), Column("open_to_all", Boolean),
)  # fmt: skip
PLACES = {name: THING.c[name] for name in ("unit_id", "about_id", "hidden", "desk_id", "post", "open_to_all")}

some_unit = st.none() | st.sampled_from(UNITS)
placings = st.builds(
    Placing, unit_id=some_unit, about_id=some_unit, hidden=st.booleans(), desk_id=some_unit,
    post=st.none() | st.sampled_from(POSTS), open_to_all=st.booleans(),
)  # fmt: skip
viewers = st.builds(
    Viewer, member_id=st.just(UUID(int=99)), unit_id=some_unit, posts=st.frozensets(st.sampled_from(POSTS)),
    roles=st.frozensets(st.sampled_from(sorted(access.ROLES))), units=st.none() | st.frozensets(st.sampled_from(UNITS)),
)  # fmt: skip


@pytest.fixture(scope="module")
def rows():
    """Return those of some placings that a condition finds, in a real database."""
    engine = create_engine("sqlite://")
    METADATA.create_all(engine)

    def found(placings, condition):
        with engine.connect() as connection:
            if placings:
                connection.execute(
                    insert(THING), [{"id": number, **vars(one)} for number, one in enumerate(placings)]
                )
            ids = set(connection.scalars(select(THING.c.id).where(condition)))
            connection.rollback()
        return [one for number, one in enumerate(placings) if number in ids]

    yield found
    engine.dispose()


@given(viewers, st.lists(placings, max_size=12))
@example(
    Viewer(None, None, units=frozenset()), [Placing(), Placing(post="office"), Placing(desk_id=UNITS[0])]
)
def test_what_is_seen_in_a_list_is_what_is_seen_one_by_one(rows, viewer, things):
    assert rows(things, access.visible(viewer, PLACES)) == [
        one for one in things if access.may_see(viewer, one)
    ]


@given(viewers, st.lists(placings, max_size=12))
def test_what_is_workable_in_a_list_is_what_is_workable_one_by_one(rows, viewer, things):
    expected = [one for one in things if access.may_work(viewer, one.desk_id, one.post)]
    assert rows(things, access.workable(viewer, THING.c.desk_id, THING.c.post)) == expected


@given(viewers, placings, st.sets(st.sampled_from(sorted(PLACES)), min_size=1))
def test_a_column_that_a_table_lacks_never_opens_anything(rows, viewer, thing, kept):
    if "about_id" in kept:
        kept |= {"hidden"}
    if "post" in kept:
        kept |= {"desk_id"}
    seen = rows([thing], access.visible(viewer, {name: PLACES[name] for name in kept}))
    assert not seen or access.may_see(viewer, thing)


def viewer(*units: UUID, posts: tuple[str, ...] = (), roles: tuple[str, ...] = ("staff",)) -> Viewer:
    return Viewer(
        UUID(int=99), units[0] if units else None, frozenset(posts), frozenset(roles), frozenset(units)
    )


MINE, RIVAL = UNITS[0], UNITS[1]


def test_a_rival_mines_things_are_not_seen():
    assert access.may_see(viewer(MINE), Placing(unit_id=MINE))
    assert not access.may_see(viewer(RIVAL), Placing(unit_id=MINE))


def test_an_unannounced_inspection_is_invisible_to_the_inspected():
    inspection = Placing(unit_id=UNITS[2], about_id=MINE, hidden=True)
    assert not access.may_see(viewer(MINE), inspection)
    assert access.may_see(viewer(MINE), Placing(unit_id=UNITS[2], about_id=MINE))
    assert access.may_see(viewer(UNITS[2]), inspection)


def test_a_post_at_one_desk_is_not_the_same_post_at_another():
    here = Placing(desk_id=MINE, post="mine_head")
    assert not access.may_see(viewer(RIVAL, posts=("mine_head",)), here)
    assert not access.may_work(viewer(RIVAL, posts=("mine_head",)), MINE, "mine_head")
    assert access.may_work(viewer(MINE, posts=("mine_head",)), MINE, "mine_head")


def test_a_company_sees_its_mines_work_but_does_not_do_it():
    company = viewer(UNITS[3], MINE)
    assert access.may_see(company, Placing(desk_id=MINE))
    assert not access.may_work(company, MINE, None)


@pytest.mark.parametrize("role", ["auditor", "readonly", "tenant_admin", "author", "system_admin"])
def test_only_staff_work(role):
    assert not access.may_work(viewer(MINE, roles=(role,)), MINE, None)


def test_what_no_role_is_granted_nobody_may_do():
    everyone = viewer(MINE, roles=tuple(access.ROLES))
    assert not access.may(everyone, "database.drop")
    with pytest.raises(Forbidden):
        access.require(everyone, "database.drop")


def test_the_auditor_reads_the_trail_and_changes_nothing():
    auditor = viewer(MINE, roles=("auditor",))
    assert access.may(auditor, "audit.read")
    granted = {action for action in access.GRANTS if access.may(auditor, action)}
    assert granted <= {"audit.read", "work.see", "package.read"}


def test_the_trail_is_read_by_nobody_whose_deeds_are_in_it():
    assert access.GRANTS["audit.read"] == {"auditor"}


def test_a_refusal_says_whose_business_it_is():
    with pytest.raises(Forbidden) as refused:
        access.require(viewer(MINE), "package.publish")
    assert "方案编制" in str(refused.value.do) and "本级管理员" in str(refused.value.do)
