"""What is read from the files in which notices come, and what is not, whatever is in them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from tests.notice_files import TEXT, as_docx, as_pdf
from workflows import notice_docx, notice_lines, notice_reader
from workflows.notice_file import read_notice
from workflows.notice_outline import outline
from workflows.notice_text import find

LINES = TEXT.splitlines()


def wrote(folder: Path, data: bytes) -> Path:
    path = folder / "upload"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_plain_text_is_read_in_both_encodings(tmp_path, encoding):
    assert read_notice(wrote(tmp_path, TEXT.encode(encoding)), "txt").paragraphs == tuple(LINES)


def test_a_word_file_is_read_with_its_tables(tmp_path):
    found = read_notice(wrote(tmp_path, as_docx()), "docx")
    assert found.paragraphs == (*LINES, "联系人", "办公室") and not found.trouble


def test_the_numbers_that_word_itself_puts_are_read_too(tmp_path):
    found = read_notice(wrote(tmp_path, as_docx(numbered=True)), "docx")
    assert found.paragraphs[: len(LINES)] == tuple(LINES)


@pytest.mark.slow
def test_the_lines_of_a_pdf_become_paragraphs_again(tmp_path):
    found = read_notice(wrote(tmp_path, as_pdf()), "pdf")
    assert found.trouble == ""
    paragraphs = outline(found.paragraphs)
    [place] = find(paragraphs, "二（二）")
    assert "".join(one.text for one in paragraphs[place.first - 1 : place.last]).endswith("矿长签字确认。")
    for path in ("一", "二（一）1", "二（一）2·二是", "三（一）", "前言", "落款"):
        assert len(find(paragraphs, path)) == 1, path
    assert not any("—" in text for text in found.paragraphs)


def test_a_sentence_goes_on_across_pages():
    pages = ["一、任务\n各煤矿每旬排查一次，建立台账，发现隐患立即整\n- 1 -", "改，不得拖延。\n第 2 页"]
    assert notice_lines.paragraphs_of(pages) == [
        "一、任务",
        "各煤矿每旬排查一次，建立台账，发现隐患立即整改，不得拖延。",
    ]


def test_a_pdf_without_text_says_so(tmp_path):
    found = read_notice(wrote(tmp_path, as_pdf(" \n \n")), "pdf")
    # Its page number is no text of the notice either.
    assert found.paragraphs == () and found.trouble == "no_text"


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("pdf", b"%PDF-1.4\n" + b"\x00\xff" * 5000 + b"%%EOF"),
        ("pdf", as_pdf()[:400] + b"%%EOF"),
        ("pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"),
        ("docx", b"PK\x03\x04nothing"),
        ("docx", as_docx()[:2000]),
        ("txt", b"\xff\xfe\xfd\x80\x80"),
        ("odt", b"whatever"),
    ],
)
def test_what_is_damaged_is_unreadable_and_no_fault(tmp_path, kind, data):
    found = read_notice(wrote(tmp_path, data), kind)
    assert found.paragraphs == () and found.trouble in ("unreadable", "no_text")


def packed(document: str) -> bytes:
    data = io.BytesIO(as_docx())
    with zipfile.ZipFile(data) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["word/document.xml"] = document.encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name, part in parts.items():
            new.writestr(name, part)
    return out.getvalue()


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def test_entities_are_not_expanded(tmp_path):
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    bomb = (
        f'<!DOCTYPE x [<!ENTITY a0 "哈">{entities}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        f"<w:document {W}><w:body><w:p><w:r><w:t>&a11;&f;</w:t></w:r></w:p></w:body></w:document>"
    )
    found = read_notice(wrote(tmp_path, packed(bomb)), "docx")
    assert found.trouble in ("unreadable", "no_text") and "root:" not in "".join(found.paragraphs)


def test_more_than_a_notice_can_be_is_too_long(tmp_path):
    assert read_notice(wrote(tmp_path, "一句话。\n".encode() * 6000), "txt").trouble == "too_long"
    assert read_notice(wrote(tmp_path, "长".encode() * 600_000), "txt").trouble == "too_long"


def test_what_takes_too_long_is_ended(tmp_path):
    path = wrote(tmp_path, as_docx())
    assert read_notice(path, "docx", seconds=0.01).trouble == "too_slow"


@pytest.mark.slow
def test_a_reader_that_wants_too_much_memory_harms_nobody(tmp_path, monkeypatch):
    many = "<w:p>" + "<w:r><w:t>长</w:t></w:r>" * 10 + "</w:p>"
    body = f"<w:document {W}><w:body>{many * 60_000}</w:body></w:document>"
    found = read_notice(wrote(tmp_path, packed(body)), "docx")
    assert found.trouble in ("too_long", "too_slow", "unreadable")


def test_the_reader_says_the_same_in_this_process(tmp_path):
    """The child is only a wall: what it does is seen here, too."""
    path = wrote(tmp_path, as_docx())
    assert next(iter(notice_docx.paragraphs_of(path))) == LINES[0]
    assert notice_reader.read("docx", path)["paragraphs"] == [*LINES, "联系人", "办公室"]


def test_the_reader_is_not_told_what_the_house_is_told(monkeypatch):
    monkeypatch.setenv("LUOSHI_SECRET_KEY", "of-nobody-else's-business")
    found = read_notice(Path("/proc/self/environ"), "txt")  # as the reader itself sees it
    assert not [one for one in found.paragraphs if "LUOSHI" in one]
