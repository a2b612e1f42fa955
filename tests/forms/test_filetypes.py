"""What a file is, its bytes decide; what could turn against a reader is refused, with a word on what to hand in instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from forms.filetypes import UnwantedFile, recognise
from tests.forms.files import archive, heic, jpeg, office, pdf, png, webp


@pytest.mark.parametrize(
    ("content", "kind", "extension"),
    [
        (png(), "photo", "png"),
        (jpeg(), "photo", "jpg"),
        (
            jpeg(behind=b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 500),
            "photo",
            "jpg",
        ),  # a phone's moving picture
        (jpeg(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF/></x:xmpmeta>"), "photo", "jpg"),
        (webp(), "photo", "webp"),
        (heic(), "photo", "heic"),
        (pdf(), "document", "pdf"),
        (office(), "document", "docx"),
        (office("xl/workbook.xml"), "document", "xlsx"),
        (office("ppt/presentation.xml"), "document", "pptx"),
    ],
)
def test_what_offices_send_is_taken_for_what_it_is(tmp_path: Path, content: bytes, kind: str, extension: str):
    file = tmp_path / "upload"
    file.write_bytes(content)
    found = recognise(file)
    assert (found.kind, found.extension) == (kind, extension)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "空的"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "SVG"),
        (b"\xef\xbb\xbf  <?xml version='1.0'?><svg/>", "SVG"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "网页"),
        (b"hello <script>alert(1)</script>", "网页"),
        (b"MZ\x90\x00" + b"\x00" * 100, "程序"),
        (b"\x7fELF" + b"\x00" * 100, "程序"),
        (b"#!/bin/sh\nrm -rf /\n", "程序"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "旧格式"),
        (b"GIF89a" + b"\x00" * 100, "图片"),
        (b"just some text", "认不出"),
        (archive({"a.txt": b"x"}), "压缩包"),
        (archive({"a.txt": b"x", "word/document.xml": b"x"}), "压缩包"),
        (b"Rar!\x1a\x07\x01\x00" + b"\x00" * 100, "压缩包"),
        (office()[:-30], "损坏"),
        (b"PK\x03\x04" + b"\x00" * 200, "损坏"),
        (pdf()[:40], "不完整"),
        # Two things at once.
        (png(behind=b"<script>alert(1)</script>"), "夹带"),
        (png(behind=archive({"evil.txt": b"x"})), "夹带"),
        (jpeg(behind=archive({"evil.txt": b"x"})), "夹带"),
        (jpeg(b"*/=alert(1)/*<script>"), "夹带"),
        (jpeg(b"%PDF-1.4"), "夹带"),
        (jpeg(b"<?php system($_GET['c']); ?>"), "夹带"),
        (webp() + b"<html>" * 3, "夹带"),
        (pdf(behind=archive({"evil.txt": b"x"}) + b"%%EOF"), "夹带"),
        (b"%PDF-1.4 <html><script>" + pdf(), "夹带"),
        (office() + b"trailing", "夹带"),
        (office(comment=b"<script>"), "夹带"),
        (b"PK\x03\x04" + office(), "夹带"),
        # Office files that carry more than text.
        (office(**{"word/vbaProject.bin": b"macro"}), "宏"),
        (office(**{"word/evil.exe": b"MZ"}), "宏"),
        (office(**{"../../etc/cron.d/x": b"x"}), "夹带"),
        (office(**{"/etc/passwd": b"x"}), "夹带"),
        (office(**{"word/bomb.xml": b"0" * 60_000_000}), "解开后太大"),
        (office(**{f"word/media/{n}.txt": b"x" for n in range(3000)}), "解开后太大"),
    ],
)
def test_what_is_not_taken_is_refused_with_a_clear_word(tmp_path: Path, content: bytes, says: str):
    file = tmp_path / "upload"
    file.write_bytes(content)
    with pytest.raises(UnwantedFile) as caught:
        recognise(file)
    assert says in str(caught.value.what) and caught.value.status == 415
    assert str(caught.value.do).startswith("请")
