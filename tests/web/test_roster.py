"""Rosters as tables: out, edited, looked at, in again; and the slips of those who are new."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import select

from tenants.db import unit_of_work
from tenants.models import AuditEntry, Member, Unit
from tenants.sheets import read_sheet, write_xlsx
from tests.web.test_admin import codes_in
from tests.world import PASSWORD

P = "/t/yangcheng"
MINES = "代码,名称,类别,上级单位,状态,生产能力\nm1,新一矿,煤矿,北山煤业公司,生产,90\nm2,新二矿,煤矿,北山煤业公司,停产,=1\n"


@pytest.fixture
def look(house, clock, config):
    """Reads rows of the county."""

    def read(query):
        with house.app_context(), unit_of_work(
            "yangcheng", None, clock=clock, store=config.store, reads=True, as_house=True
        ) as work:  # fmt: skip
            return list(work.session.scalars(query))

    return read


def send(visitor, kind, data, name="表.csv"):
    data = data.encode() if isinstance(data, str) else data
    visitor.get(f"{P}/{kind}/import")
    sent = {"file": (io.BytesIO(data), name)}
    return visitor.post(f"{P}/{kind}/import/check", sent, content_type="multipart/form-data")


def confirm(visitor, kind, page, **more):
    fields = dict(
        re.findall(r'<input type="hidden" name="(upload|mark|file|key)" value="([^"]*)">', page.text)
    )
    return visitor.post(f"{P}/{kind}/import", {**fields, **more})


def table(answer):
    sheet = read_sheet(answer.data, "a.xlsx")
    return [list(sheet.headings), *(list(row.cells) for row in sheet.rows)]


def test_what_is_wrong_is_listed_by_cell_and_nothing_is_recorded(visit, look):
    answer = send(visit("admin"), "units", MINES.replace("北山", "东山", 1))
    assert answer.status_code == 422
    cells = re.findall(r'<td class="ls-code-cell">(\w+)</td><td class="ls-wide">([^<]*)<', answer.text)
    assert [cell for cell, _ in cells] == ["D2", "F3"] and "第 2 行“上级单位”列" in cells[0][1]
    assert not look(select(Unit).where(Unit.code.in_(["m1", "m2"])))


def test_mines_are_looked_at_confirmed_and_there(visit, look):
    visitor = visit("admin")
    page = send(visitor, "units", MINES.replace("=1", "60"))
    assert page.status_code == 200 and "新一矿" in page.text
    assert not look(select(Unit).where(Unit.code == "m1"))
    answer = confirm(visitor, "units", page)
    assert answer.status_code == 303 and "新增2个单位" in visitor.get(answer.location).text
    first, second = look(select(Unit).where(Unit.code.in_(["m1", "m2"])).order_by(Unit.code))
    assert first.attributes == {"output": 90} and second.status == "停产" and first.path.count("/") == 3
    (entry,) = look(select(AuditEntry).where(AuditEntry.action == "unit.import"))
    assert (
        entry.facts == {"file": "表.csv", "added": 2, "changed": 0, "stopped": 0}
        and entry.actor == "管理员甲"
    )
    assert (
        len(
            look(select(AuditEntry).where(AuditEntry.action == "unit.add", AuditEntry.subject_id == first.id))
        )
        == 1
    )
    assert confirm(visitor, "units", page).location == answer.location  # a second click
    assert confirm(visitor, "units", page, key="other").status_code == 404  # the upload was used up


def test_what_changed_since_the_look_is_not_done_unseen(visit, look, world):
    visitor = visit("admin")
    page = send(visitor, "units", MINES.replace("=1", "60"))
    visitor.post(f"{P}/units/{world.unit('north')}", {"name": "北山公司", "kind": "company", "step": "save"})
    assert confirm(visitor, "units", page).status_code in (409, 422)
    assert not look(select(Unit).where(Unit.code == "m1"))


def test_units_go_out_are_edited_and_come_in_again(visit, look):
    visitor = visit("admin")
    for form in ("xlsx", "csv"):
        data = visitor.get(f"{P}/units/export?as={form}").data
        page = send(visitor, "units", data, f"单位.{form}")
        assert page.status_code == 200 and "完全一致" in page.text and 'name="upload"' not in page.text
    heads, *rows = table(visitor.get(f"{P}/units/export"))
    for row in rows:
        if row[0] == "creek":
            row[heads.index("状态")], row[heads.index("在用")] = "关闭", "否"
    page = send(visitor, "units", write_xlsx(heads, rows), "单位.xlsx")
    assert "<del>停产</del>" in page.text and "<ins>关闭</ins>" in page.text
    assert confirm(visitor, "units", page).status_code == 303
    (creek,) = look(select(Unit).where(Unit.code == "creek"))
    assert creek.status == "关闭" and not creek.active


def test_people_get_accounts_and_slips_in_one_go(visit, look):
    visitor = visit("admin")
    text = "姓名,单位,职务,角色\n李一,松岭煤矿,矿长,\n李二,石溪煤矿,,经办人员、只读人员\n"
    page = send(visitor, "members", text)
    assert page.status_code == 200 and not codes_in(page.text)
    slips = confirm(visitor, "members", page)
    codes = codes_in(slips.text)
    assert slips.status_code == 200 and len(codes) == 2 and "yangcheng.pine" in slips.text
    again = confirm(visitor, "members", page)
    assert again.status_code == 409 and not codes_in(again.text)
    newcomer = visit("yangcheng.pine", codes[0])
    form = newcomer.get("/account/password")
    assert form.status_code == 200 and 'name="old"' not in form.text
    assert newcomer.post("/account/password", {"new": PASSWORD, "again": PASSWORD}).status_code == 303
    assert newcomer.get(f"{P}/inbox").status_code == 200
    assert visit().sign_in("yangcheng.pine", codes[0]).status_code == 422
    trail = str([entry.facts for entry in look(select(AuditEntry))])
    assert not any(code in trail for code in codes)
    (entry,) = look(select(AuditEntry).where(AuditEntry.action == "member.import"))
    assert entry.facts["accounts"] == 2


def test_people_go_out_are_edited_and_come_in_again(visit, look):
    visitor = visit("admin")
    answer = visitor.get(f"{P}/members/export")
    assert "完全一致" in send(visitor, "members", answer.data, "人员.xlsx").text
    heads, *rows = table(answer)
    assert not any("argon2" in str(cell) for row in rows for cell in row)
    for row in rows:
        if row[0] == "creek":
            row[heads.index("在用")] = "否"
    pages = visit("creek")
    page = send(visitor, "members", write_xlsx(heads, rows), "人员.xlsx")
    assert confirm(visitor, "members", page).status_code == 303
    assert pages.get(f"{P}/inbox").status_code == 404
    assert [one.active for one in look(select(Member).where(Member.name == "石溪矿长"))] == [False]


def test_templates_are_tables_that_can_be_filled(visit):
    visitor = visit("admin")
    for kind, name in (("units", "煤矿"), ("members", "松岭煤矿")):
        answer = visitor.get(f"{P}/{kind}/template")
        assert answer.mimetype.endswith("sheet") and "attachment" in answer.headers["Content-Disposition"]
        heads = table(answer)[0]
        row = {"名称": "新矿", "类别": name, "姓名": "王五", "单位": name}
        page = send(visitor, kind, write_xlsx(heads, [[row.get(head) for head in heads]]), "模板.xlsx")
        assert page.status_code == 200 and ("新矿" in page.text or "王五" in page.text)


@pytest.mark.parametrize("login", ["clerk", "author", "auditor", "pine"])
def test_only_administrators_take_rosters_in_or_out(visit, login):
    visitor = visit(login)
    for path in (
        "units/export",
        "units/import",
        "units/template",
        "members/export",
        "members/import",
        "members/codes",
    ):
        assert visitor.get(f"{P}/{path}").status_code == 403
    assert visitor.post(f"{P}/units/import", {"upload": "0" * 32}).status_code == 403


def test_what_one_uploaded_another_cannot_confirm(visit, world):
    page = send(visit("admin"), "units", MINES.replace("=1", "60"))
    stranger = visit("qs-admin")
    token = re.search(r'name="upload" value="(\w+)"', page.text)[1]
    assert stranger.post("/t/qinshui/units/import", {"upload": token}).status_code == 404
