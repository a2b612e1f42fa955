"""Rosters at the terminal, as whoever runs the house meets them."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from tenants.db import system_work
from tenants.models import AuditEntry, Member, ReportingLine, Tenant, Unit
from tenants.sheets import read_sheet
from tests.databases import plain_app
from tests.web.test_tenant_commands import done, installed, look, refused, terminal  # noqa: F401

TREE = "简称,名称,级别,行政区划代码,上级,条线\nxinzhou,忻州市,市,140900,shanxi,\ndaixian,代县,县,140923,xinzhou,煤监:shanxi\n"


@pytest.fixture
def write(tmp_path):
    def written(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


def tenants(database):
    with plain_app(database), system_work(reads=True) as session:
        lines = {(one.name, one.from_id, one.to_id) for one in session.scalars(select(ReportingLine))}
        return {one.slug: one for one in session.scalars(select(Tenant))}, lines


def test_a_tree_of_tenants_is_previewed_imported_and_recorded_in_each(installed, world, write):  # noqa: F811
    file = write("租户.csv", TREE)
    assert "新增 2" in done("tenant", "import", file, "--dry-run") and "daixian" not in tenants(installed)[0]
    assert "新增 2" in done("tenant", "import", file)
    found, lines = tenants(installed)
    xinzhou, daixian, shanxi = found["xinzhou"].id, found["daixian"].id, found["shanxi"].id
    assert found["daixian"].parent_id == xinzhou and found["daixian"].code == "140923"
    assert {("parent", daixian, xinzhou), ("煤监", daixian, shanxi), ("parent", xinzhou, shanxi)} <= lines
    (entry,) = look(installed, select(AuditEntry), "daixian")
    assert entry.action == "tenant.add" and entry.actor == "系统"
    assert "没有要导入的" in done("tenant", "import", file)


def test_a_tree_that_changes_keeps_its_lines_in_order(installed, world, write):  # noqa: F811
    done("tenant", "import", write("a.csv", TREE))
    done("tenant", "import", write("b.csv", "简称,上级,条线\ndaixian,jincheng,应急:jincheng\n"))
    found, lines = tenants(installed)
    ends = {(name, end) for name, start, end in lines if start == found["daixian"].id}
    assert ends == {("parent", found["jincheng"].id), ("应急", found["jincheng"].id)}
    entries = look(installed, select(AuditEntry).where(AuditEntry.action == "tenant.change"), "daixian")
    assert entries[0].facts["after"]["parent"] == "jincheng"


def test_one_wrong_cell_and_nothing_is_imported(installed, world, write):  # noqa: F811
    said = refused("tenant", "import", write("a.csv", TREE + "x1,某,县,14,nowhere,\n"))
    assert "第 4 行“行政区划代码”列" in said and "第 4 行“上级”列" in said and "D4" in said
    assert "daixian" not in tenants(installed)[0]


@pytest.mark.parametrize("kind,count", [("units", 8), ("members", 10)])
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_rosters_go_out_and_come_in_unchanged(installed, world, tmp_path, kind, count, form):  # noqa: F811
    file = tmp_path / f"a.{form}"
    assert f"共 {count} 行" in done(kind, "export", file, "--tenant", "yangcheng")
    assert len(read_sheet(file.read_bytes(), "a").rows) == count
    assert "没有要导入的" in done(kind, "import", file, "--tenant", "yangcheng")
    done("tenant", "export", file)
    assert "没有要导入的" in done("tenant", "import", file)


def test_units_and_people_are_imported_and_their_codes_told_once(installed, world, write):  # noqa: F811
    units = write("单位.csv", "代码,名称,类别,上级单位\nm9,九矿,煤矿,北山煤业公司\n")
    assert "只是预演" in done("units", "import", units, "--tenant", "yangcheng", "--dry-run")
    assert not look(installed, select(Unit).where(Unit.code == "m9"))
    done("units", "import", units, "--tenant", "yangcheng")
    people = write("人员.csv", "姓名,单位\n九矿长,九矿\n")
    assert not re.search(
        r"\w{5}-\w{5}-\w{5}", done("members", "import", people, "--tenant", "yangcheng", "--dry-run")
    )
    said = done("members", "import", people, "--tenant", "yangcheng")
    (code,) = re.findall(r"\w{5}-\w{5}-\w{5}", said)
    assert "yangcheng.m9" in said and len(look(installed, select(Member).where(Member.name == "九矿长"))) == 1
    assert code not in str([entry.facts for entry in look(installed, select(AuditEntry))])
    assert "没有要导入的" in done("members", "import", people, "--tenant", "yangcheng")


def test_a_tenant_that_is_not_there_is_refused(installed, world, write):  # noqa: F811
    file = write("单位.csv", "名称,类别\n九矿,煤矿\n")
    assert "没有这个单位" in refused("units", "import", file, "--tenant", "nowhere")
