"""A table of tenants: the tree, its levels and its reporting lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.base import new_id
from tenants.errors import Invalid
from tenants.models import Tenant
from tenants.roster import authorities
from tenants.roster.authorities import Known
from tenants.sheets import write_csv, write_xlsx


def known(slug, level, parent="", *, name="某局", code=None, lines=()):
    return Known(Tenant(id=new_id(), slug=slug, name=name, level=level, code=code), parent, frozenset(lines))


THERE = [
    known("shanxi", "province", code="140000"), known("jincheng", "city", "shanxi"),
    known("yangcheng", "county", "jincheng", name="阳城县应急管理局", code="140522", lines=[("煤监", "shanxi")]),
]  # fmt: skip


def plan(text, there=THERE):
    return authorities.plan(authorities.read(text.encode(), "租户.csv"), there)


def test_a_tree_comes_in_any_order_and_english_does_too():
    found = plan(
        "slug,name,level,code,parent,lines\nqinshui,沁水县,county,140521,gaoping2,煤监:shanxi\ngaoping2,市,市,,shanxi,\n"
    )
    assert [(one.slug, one.values["parent"]) for one in found.new] == [
        ("gaoping2", "shanxi"),
        ("qinshui", "gaoping2"),
    ]
    assert found.new[1].values["lines"] == {("煤监", "shanxi")} and found.unnamed == 3


def test_what_changes_is_named_and_missing_columns_change_nothing():
    found = plan("简称,名称,条线\nyangcheng,阳城县局,\njincheng,某局,\n")
    assert [dict(one.changes) for one in found.changed] == [
        {"name": ("阳城县应急管理局", "阳城县局"), "lines": ({("煤监", "shanxi")}, frozenset())}
    ]
    assert found.unchanged == 1


@pytest.mark.parametrize(
    "text,wrong",
    [
        ("名称\n甲\n", ["1"]),
        ("简称,名称,级别\nXX,甲,县\n", ["A2"]),
        ("简称,名称,级别\nnew,,县\nnew2,乙,\nnew3,丙,村\n", ["B2", "C3", "C4"]),
        ("简称,名称,级别,上级\nnew,甲,市,yangcheng\n", ["C2"]),
        ("简称,名称,级别,上级\nnew,甲,县,nowhere\n", ["D2"]),
        ("简称,级别\njincheng,县\n", ["B2"]),
        ("简称,代码\nyangcheng,12\n", ["B2"]),
        ("简称,条线\nyangcheng,煤监\n", ["B2"]),
        ("简称,条线\nyangcheng,煤监:nowhere、煤监:yangcheng\n", ["B2", "B2"]),
        ("简称\nyangcheng\nyangcheng\n", ["A3"]),
    ],
)
def test_what_cannot_be_is_refused_where_it_stands(text, wrong):
    with pytest.raises(Invalid) as refused:
        plan(text)
    assert [problem.where for problem in refused.value.problems] == wrong


@given(
    st.lists(st.tuples(st.integers(0, 3), st.text("甲=-@ 0", min_size=1, max_size=3)), max_size=6),
    st.sampled_from(["csv", "xlsx"]),
)
def test_a_table_that_nobody_touched_changes_nothing(made, form):
    levels, there = list(authorities.LEVELS), list(THERE)
    for number, (level, name) in enumerate(made):
        above = [one for one in there if levels.index(one.tenant.level) < level]
        lines = [(f"线{level}", "yangcheng")] if number % 2 else []
        parent = above[-1].tenant.slug if above else ""
        there.append(known(f"t{number}", levels[level], parent, name=name.strip() or "乙", lines=lines))
    heads, rows = authorities.table(there)
    data = (
        write_csv(heads, rows) if form == "csv" else write_xlsx(heads, rows, notes=authorities.explanation())
    )
    found = authorities.plan(authorities.read(data, "租户"), there)
    assert found.empty and found.unchanged == len(there) and found.unnamed == 0
