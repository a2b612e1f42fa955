"""The tables of a form as sheets, over the wire: template, reading, export, and who may."""

from __future__ import annotations

import io
import urllib.parse
import zipfile
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from engine import tasks as doing
from engine.models import Task
from forms.columns import table_at
from tenants.sheets import write_csv, write_xlsx

AT = "/hazards"
HEADS = ["部位", "单元", "环节", "岗位", "问题隐患描述", "隐患等级", "发现日期"]
ROW = ["3201 工作面", "采煤", "回采", "支护工", "支架初撑力不足", "一般", "2024年11月5日"]


@pytest.fixture
def task(county, door, world) -> UUID:
    """The self-check of a mine, in the middle of a campaign."""
    with door("yangcheng", reads=True) as work:
        found = work.session.scalars(
            select(Task).where(
                Task.duty == "self_check", Task.unit_id == world.unit("pine"), Task.state == "open"
            )
        ).one()
        return found.id


def at(task: UUID, what: str, **query: str) -> str:
    return f"/t/yangcheng/tasks/{task}/tables/{what}" + (f"?{urllib.parse.urlencode(query)}" if query else "")


def upload(visitor: Any, task: UUID, data: bytes, name: str = "隐患.xlsx", table: str = AT) -> Any:
    sent = {"file": (io.BytesIO(data), name), "at": table}
    return visitor.post(
        at(task, "read"), sent, content_type="multipart/form-data",
        headers={"Accept": "application/json"},
    )  # fmt: skip


def test_the_template_is_a_workbook_with_headings_choices_and_explanations(visit, task):
    answer = visit("pine").get(at(task, "template", at=AT))
    assert answer.status_code == 200 and answer.mimetype.endswith("spreadsheetml.sheet")
    assert urllib.parse.quote("问题隐患（模板）.xlsx") in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as book:
        texts = book.read("xl/workbook.xml").decode() + book.read("xl/worksheets/sheet1.xml").decode()
    assert "填写说明" in texts and "dataValidation" in texts


def test_a_filled_sheet_comes_back_as_rows_and_nothing_is_recorded(visit, task, door):
    answer = upload(visit("pine"), task, write_xlsx([*HEADS, "备注"], [[*ROW, "x"]]))
    assert answer.status_code == 200, answer.text
    assert answer.json["rows"] == [
        {
            "部位": "3201 工作面", "单元": "采煤", "环节": "回采", "岗位": "支护工", "描述": "支架初撑力不足", "级别": "一般",
            "发现日期": "2024-11-05",
        }
    ]  # fmt: skip
    assert answer.json["unknown"] == ["备注"]
    assert answer.json["preview"]["lines"][0][:2] == ["采煤", "回采"]
    with door("yangcheng", reads=True) as work:
        assert work.session.get_one(Task, (work.tenant.id, task)).state == "open"


def test_the_same_sheet_as_csv_will_do(visit, task):
    assert len(upload(visit("pine"), task, write_csv(HEADS, [ROW]), "隐患.csv").json["rows"]) == 1


def test_what_is_wrong_is_said_by_row_and_column_in_the_readers_language(visit, task):
    bad = [*ROW[:5], "很大", "2024-13-01"]
    visitor = visit("pine")
    chinese = upload(visitor, task, write_xlsx(HEADS, [ROW, bad]))
    assert chinese.status_code == 422
    assert [one["where"] for one in chinese.json["problems"]] == ["F3", "G3"]
    assert chinese.json["problems"][0]["what"] == "第 3 行 F 列：“隐患等级”不在可选的范围内。"
    visitor.post("/language", {"language": "en"})
    english = upload(visitor, task, write_xlsx(HEADS, [ROW, bad]))
    words = " ".join(one["what"] + one["do"] for one in english.json["problems"]) + english.json["what"]
    assert "F" in words and not any("\u4e00" <= letter <= "\u9fff" for letter in words), words


def test_english_headings_and_choices_are_read_too(visit, task):
    visitor = visit("pine")
    visitor.post("/language", {"language": "en"})
    template = visitor.get(at(task, "template", at=AT)).data
    with zipfile.ZipFile(io.BytesIO(template)) as book:
        assert not any(
            "\u4e00" <= letter <= "\u9fff" for letter in book.read("xl/worksheets/sheet1.xml").decode()
        )
    assert upload(visitor, task, write_xlsx(HEADS, [ROW])).status_code == 200


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no zip", b"\xff\xfe\x00", b"a" * 5_000_001])
def test_what_is_no_table_is_refused_in_words(visit, task, data):
    answer = upload(visit("pine"), task, data)
    assert answer.status_code in (409, 413, 422) and answer.json["do"]


def test_a_table_that_the_form_does_not_have_does_not_exist(visit, task):
    visitor = visit("pine")
    assert visitor.get(at(task, "template", at="/no")).status_code == 404
    assert upload(visitor, task, write_xlsx(HEADS, [ROW]), table="/no").status_code == 404


def test_rows_in_the_form_are_handed_out_and_no_cell_is_a_formula(visit, task):
    visitor = visit("pine")
    rows = [{"部位": "=HYPERLINK(1)", "级别": "重大", "发现日期": "2024-11-05"}, "no row"]
    excel = visitor.send(at(task, "export"), {"at": AT, "rows": rows, "kind": "xlsx"})
    with zipfile.ZipFile(io.BytesIO(excel.data)) as book:
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
    text = visitor.send(at(task, "export"), {"at": AT, "rows": rows, "kind": "csv"})
    assert "'=HYPERLINK" in text.data.decode("utf-8-sig") and "重大" in text.data.decode("utf-8-sig")
    assert visitor.send(at(task, "export"), {"at": AT}).status_code == 409


def test_a_filed_table_is_handed_out_to_those_who_may_read_it(visit, task, door, world):
    with door("yangcheng", "pine") as work:
        desk = doing.gather(work, task)
        assert desk.form is not None and table_at(desk.form.schema, AT) is not None
        example = {**desk.form.example, "hazards": [
            {"部位": "井下", "单元": "一", "环节": "二", "岗位": "三", "描述": "四", "级别": "一般", "发现日期": "2024-11-05"}
        ]}  # fmt: skip
        doing.complete(work, task, example)
        instance = desk.instance.id
    filed = {"of": str(task), "at": AT, "as": "csv"}
    for address in (
        at(task, "filed", **filed),
        f"/t/yangcheng/instances/{instance}/tables/filed?{urllib.parse.urlencode(filed)}",
    ):
        answer = visit("pine").get(address)
        assert answer.status_code == 200 and "企业自查" in answer.data.decode("utf-8-sig")
        assert visit("plain").get(address).status_code == 404
    page = visit("pine").get(f"/t/yangcheng/tasks/{task}")
    assert page.text.count("导出Excel") == 1
    wrong = {**filed, "of": str(instance)}
    assert visit("pine").get(at(task, "filed", **wrong)).status_code == 404


def test_a_task_that_is_not_ones_own_to_work_is_not_filled_from_a_sheet(visit, task):
    assert upload(visit("plain"), task, write_xlsx(HEADS, [ROW])).status_code == 404
    assert upload(visit("admin"), task, write_xlsx(HEADS, [ROW])).status_code in (403, 404)


def test_a_program_fills_a_table_from_a_sheet_and_hands_it_in(visit, program, task):
    mine = program("pine")
    template = mine.get(f"/tasks/{task}/tables/template?at={AT}")
    assert template.status_code == 200 and template.data[:2] == b"PK"

    def send(asker, data, query=f"?at={AT}"):
        sent = {"file": (io.BytesIO(data), "隐患.xlsx")}
        return asker.open(
            f"/tasks/{task}/tables/read{query}", "POST", data=sent, content_type="multipart/form-data"
        )

    found = send(mine, write_xlsx([*HEADS, "备注"], [ROW]))
    assert found.status_code == 200, found.text
    page = upload(visit("pine"), task, write_xlsx([*HEADS, "备注"], [ROW])).json
    assert found.json == {key: page[key] for key in ("rows", "unknown", "skipped")}
    assert send(mine, write_xlsx(HEADS, [ROW]), "").json["rows"] == page["rows"]
    wrong = send(mine, write_xlsx(HEADS, [[*ROW[:5], "很大", "2024-13-01"]]))
    assert wrong.status_code == 422 and [one["where"] for one in wrong.json["problems"]] == ["F2", "G2"]
    assert wrong.json["code"] == "invalid"
    assert send(mine, write_xlsx(HEADS, [ROW]), "?at=/nothing").status_code == 404
    assert send(program("plain"), write_xlsx(HEADS, [ROW])).status_code == 404
    assert send(mine, b"no sheet").status_code in (409, 422)
