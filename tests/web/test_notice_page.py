"""The notice beside its campaign as people read it."""

from __future__ import annotations

import io
import re

import pytest

from engine import notices
from tenants.audit import record
from tests.notice_files import TEXT, as_docx, as_pdf
from workflows.notice_file import read_notice

P = "/t/yangcheng"


def send(visitor, where, data, name, **more):
    form = {"step": "attach", "file": (io.BytesIO(data), name), **more}
    return visitor.post(where, form, content_type="multipart/form-data")


def beside(county):
    return f"{P}/campaigns/{county.values['campaign_id']}/notice"


NOTICE = "关于行动的通知\n为做好工作，通知如下。\n一、目标\n不发生事故。\n五、要求\n（三）报送\n每月报送进展。\n2024年10月28日\n"


@pytest.mark.parametrize(
    ("data", "name"), [(as_docx(), "通知.docx"), (as_pdf(), "通知.pdf"), (TEXT.encode(), "通知.txt")]
)
def test_a_notice_is_uploaded_read_and_downloaded(visit, program, county, data, name):
    author, mine = visit("author"), visit("pine")
    answer = send(author, beside(county), data, name)
    assert answer.status_code == 303
    page = mine.get(answer.location).text
    assert "各煤矿每旬排查一次" in page and re.search(r'<h3 id="p\d+">二、任务</h3>', page)
    link = re.search(rf'href="({P}/notices/[^"]+)"', page)[1]
    original = mine.get(link)
    assert original.data == data
    assert original.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in original.headers["Content-Security-Policy"]
    assert original.headers["X-Content-Type-Options"] == "nosniff"
    taken = program("pine").get(f"/notices/{link.rpartition('/')[2]}")
    assert taken.data == data and taken.mimetype == "application/octet-stream"
    for header in ("Content-Security-Policy", "Content-Disposition", "X-Content-Type-Options"):
        assert taken.headers[header] == original.headers[header]


def test_a_clause_leads_to_its_words(visit, county):
    send(visit("author"), beside(county), NOTICE.encode(), "通知.txt")
    mine = visit("pine")
    campaign = mine.get(f"{P}/campaigns/{county.values['campaign_id']}?tab=duties").text
    link = re.search(r'<a class="ls-tag" href="([^"]+)"[^>]*>五（三）</a>', campaign)[1].replace("&amp;", "&")
    found = mine.get(link)
    assert found.status_code == 302 and re.search(r"#p(\d+)$", found.location)
    number = found.location.rpartition("#")[2]
    page = mine.get(found.location.partition("#")[0]).text
    assert re.search(rf'id="{number}" class="ls-notice-hit">（三）报送', page)


def test_a_clause_that_is_not_there_is_said_not_to_be(visit, county):
    send(visit("author"), beside(county), NOTICE.encode(), "通知.txt")
    page = visit("pine").get(f"{beside(county)}?clause=三（九）1")
    assert page.status_code == 200 and "没有找到“三（九）1”" in page.text
    # Below the date at its foot the notice is over; a second 一 counts only above it.
    twice = NOTICE.replace("五、要求", "一、又一个\n五、要求")
    send(visit("author"), beside(county), twice.encode(), "通知.txt")
    assert "不止一处" in visit("pine").get(f"{beside(county)}?clause=一").text


def test_the_words_of_a_clause_open_beside_the_task_that_comes_from_it(visit, county):
    send(visit("author"), beside(county), NOTICE.encode(), "通知.txt")
    mine = visit("pine")
    for page in (
        f"{P}/campaigns/{county.values['campaign_id']}/duties/work_plan", f"{P}/inbox?duty=work_plan",
    ):  # fmt: skip
        shown = mine.get(page).text
        if "inbox" in page:
            shown = mine.get(re.search(rf'href="({P}/tasks/[0-9a-f-]+)"', shown)[1]).text
        words = re.search(r"<summary>通知原文：五（三）</summary>(.*?)</details>", shown, re.S)[1]
        assert "每月报送进展。" in words and "不发生事故" not in words


def test_what_stands_in_a_notice_is_shown_and_never_run(visit, county):
    nasty = "一、目标\n<script>alert(1)</script> & <img src=x onerror=alert(1)>\n"
    assert send(visit("author"), beside(county), nasty.encode(), "x.txt").status_code == 415
    hidden = "各单位：\n" + "正文。\n" * 2000 + nasty
    assert send(visit("author"), beside(county), hidden.encode(), "x.txt").status_code in (303, 415)
    page = visit("pine").get(f"{beside(county)}?q=<img").text
    assert "<img src=x" not in page and "<script>alert" not in page


def test_the_notice_is_searched(visit, county):
    send(visit("author"), beside(county), NOTICE.encode(), "通知.txt")
    page = visit("pine").get(f"{beside(county)}?q=报送").text
    assert page.count("<mark>报送</mark>") == 2 and "2段中有“报送”" in page
    assert "没有找到“火星”" in visit("pine").get(f"{beside(county)}?q=火星").text


def test_a_scan_is_kept_and_said_to_be_one(visit, county):
    author = visit("author")
    page = author.get(send(author, beside(county), as_pdf(" \n"), "扫描.pdf").location).text
    assert "可能是扫描件" in page and "扫描.pdf" in page and "下载原件" in page


@pytest.mark.parametrize("data", [b"", b"MZ", b"PK\x03\x04broken", b"\x00" * 100])
def test_what_is_no_document_is_refused_with_what_to_do(visit, county, data):
    answer = send(visit("author"), beside(county), data, "x.docx")
    assert answer.status_code in (409, 415) and 'role="alert"' in answer.text


def test_whoever_sends_a_program_reads_what_a_notice_may_be(visit, county):
    page = send(visit("author"), beside(county), b"MZ" + b"\x00" * 100, "x.docx").text
    assert "请上传 DOCX、PDF、TXT 文件。" in page and "请上传照片" not in page


def test_replacing_and_removing_keeps_what_was_there(visit, county):
    author = visit("author")
    send(author, beside(county), TEXT.encode(), "第一份.txt")
    page = author.get(beside(county)).text
    document = re.search(r'name="document" value="([^"]+)"', page)[1]
    send(author, beside(county), as_docx(), "第二份.docx")
    stale = author.post(beside(county), {"step": "remove", "document": document})
    assert stale.status_code == 409
    page = author.get(beside(county)).text
    assert "第一份.txt" in page and "已替换" in page
    document = re.search(r'name="document" value="([^"]+)"', page)[1]
    assert author.post(beside(county), {"step": "remove", "document": document}).status_code == 303
    assert "还没有附上通知原文" in author.get(beside(county)).text
    assert author.post(beside(county), {"step": "remove", "document": "x"}).status_code == 409


def test_a_package_has_its_notice_before_the_launch(visit, county):
    author = visit("author")
    where = f"{P}/packages/{county.values['package_hash']}/notice"
    assert send(author, where, TEXT.encode(), "方案通知.txt").status_code == 303
    assert "方案通知.txt" in author.get(where).text
    # The campaign has one of its own since the county was set going; without it the package's is shown.
    page = author.get(beside(county)).text
    document = re.search(r'name="document" value="([^"]+)"', page)[1]
    author.post(beside(county), {"step": "remove", "document": document})
    assert "方案通知.txt" in author.get(beside(county)).text


def test_those_who_only_read_have_no_way_to_change_it(visit, county):
    for login in ("pine", "clerk", "reader", "auditor"):
        visitor = visit(login)
        page = visitor.get(beside(county))
        assert page.status_code == 200 and 'type="file"' not in page.text
        assert send(visitor, beside(county), TEXT.encode(), "x.txt").status_code == 403


def test_while_a_notice_is_read_others_write(visit, program, county, house, door, monkeypatch):
    """On SQLite there is one writer at a time; reading a notice takes up to eight seconds."""
    written, data = [], as_docx()

    def read(*file):
        with door("yangcheng", "clerk") as work:  # would wait for the writer until the database gives up
            record(work, "unit.rename", "unit", work.actor.unit_id)
            written.append(file)
        return read_notice(*file)

    monkeypatch.setattr(notices, "read_notice", read)
    assert send(visit("author"), beside(county), data, "通知.docx").status_code == 303
    path = f"/campaigns/{county.values['campaign_id']}/notice"
    for _ in range(2):  # the second time it is answered, not read again
        sent = {"file": (io.BytesIO(data), "通知.docx")}
        answer = program("author").open(
            path, "POST", data=sent, content_type="multipart/form-data", headers={"Idempotency-Key": "once"}
        )
        assert answer.status_code == 201, answer.text
    assert len(written) == 2
