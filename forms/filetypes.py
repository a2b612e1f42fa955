"""What an uploaded file really is, by its bytes: its name and the browser's word count for nothing.

What is not on the short list is refused, with a word on how to hand it in. So is a file that is two things at once: a picture
that is a web page to a browser, or an archive to an unpacker.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import filetype

from tenants.errors import Refusal
from tenants.text import Message, say

MEGABYTE = 1_000_000
MAX_ENTRIES = 2_000
MAX_UNPACKED = 200 * MEGABYTE
MAX_RATIO = 200


@dataclass(frozen=True)
class FileType:
    """kind: photo or document. limit: bytes."""

    kind: str
    media_type: str
    extension: str
    limit: int


def _photo(media_type: str, extension: str) -> FileType:
    return FileType("photo", media_type, extension, 10 * MEGABYTE)


def _document(media_type: str, extension: str) -> FileType:
    return FileType("document", media_type, extension, 20 * MEGABYTE)


_OFFICE = "application/vnd.openxmlformats-officedocument."
PHOTOS = {
    "image/jpeg": _photo("image/jpeg", "jpg"),
    "image/png": _photo("image/png", "png"),
    "image/webp": _photo("image/webp", "webp"),
    "image/heic": _photo("image/heic", "heic"),
}
PDF = _document("application/pdf", "pdf")
# The part that makes an Office file what it is -> its type.
PACKAGES = {
    "word/document.xml": _document(_OFFICE + "wordprocessingml.document", "docx"),
    "xl/workbook.xml": _document(_OFFICE + "spreadsheetml.sheet", "xlsx"),
    "ppt/presentation.xml": _document(_OFFICE + "presentationml.presentation", "pptx"),
}
# Taken only where somebody asks for it: a notice; nobody reports in it.
TEXT = FileType("document", "text/plain", "txt", 5 * MEGABYTE)
LARGEST = max(known.limit for known in (*PHOTOS.values(), PDF))

_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa", b"\x00asm")
# What a browser takes for a page when it stands at the beginning; the longer ones never come up by chance, so they are looked
# for everywhere (four given bytes do come up in ten million random ones).
_MARKUP = (b"<script", b"<html", b"<!doctype", b"<svg", b"<iframe", b"<?php", b"<body", b"javascript:")
_MARKUP_ANYWHERE = tuple(mark for mark in _MARKUP if len(mark) > 6)
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP, _ZIP_END = b"PK\x03\x04", b"PK\x05\x06"


class UnwantedFile(Refusal):
    """A file of a type that is not taken."""

    code, status = "unwanted_file", 415
    default_do = say("请上传照片（JPG、PNG、WebP、HEIC）或文件（PDF、DOCX、XLSX、PPTX）。")


def recognise(path: Path, *, texts: bool = False) -> FileType:
    """Return the type of a file on disk. texts: plain text is taken too. Raises UnwantedFile with what to do instead."""
    content = path.read_bytes()  # the caller has bounded its size
    instead = say("请上传 {kinds} 文件。", kinds=("DOCX", "PDF", "TXT")) if texts else None
    if not content:
        raise UnwantedFile(say("文件是空的。"), say("请检查原文件能否打开，再重新上传。"))
    if content.startswith(_PROGRAMS):
        raise UnwantedFile(say("不能上传程序文件。"), instead)
    if content.startswith(_ZIP):
        return _package(path, content)
    if content.startswith(b"%PDF-"):
        return _pdf(content)
    guessed = filetype.guess(content[:4096])
    known = PHOTOS.get(guessed.mime if guessed else "")
    if known is None and texts and _is_text(content):
        return TEXT
    if known is None:
        raise _unknown(content, guessed.mime if guessed else "", instead)
    _one_thing_only(content, known)
    return known


def _is_text(content: bytes) -> bool:
    """Tell whether it is plain text in UTF-8 or GB18030, and no page to a browser."""
    head = content[:4096].lstrip(b"\xef\xbb\xbf\x00 \t\r\n").lower()
    if head.startswith(b"<") or any(mark in head for mark in _MARKUP) or _ZIP_END in content[-65_600:]:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not any(c < " " and c not in "\t\n\r\x0b\x0c" for c in text)
    return False


def _unknown(content: bytes, media_type: str, instead: Message | None) -> UnwantedFile:
    head = content[:4096].lstrip(b"\xef\xbb\xbf\x00 \t\r\n").lower()
    if head.startswith(b"<") or any(mark in head for mark in _MARKUP):
        return UnwantedFile(say("不能上传网页或 SVG 图形。"), say("请另存为 PNG 图片或 PDF 后上传。"))
    if content.startswith(_OLD_OFFICE):
        return UnwantedFile(
            say("这是旧格式的 Office 文件。"), say("请用 Office 或 WPS 另存为 DOCX、XLSX 或 PDF 后上传。")
        )
    if media_type.startswith("image/"):
        return UnwantedFile(say("不支持这种图片。"), say("请另存为 JPG 或 PNG 后上传。"))
    if media_type.startswith(("video/", "audio/")):
        return UnwantedFile(say("不能上传视频或录音。"), say("请上传照片，或写成文字说明。"))
    if any(mark in media_type for mark in ("zip", "rar", "7z", "tar", "compress", "xz")):
        return _archive()
    return UnwantedFile(say("认不出这个文件的类型。"), instead)


def _archive() -> UnwantedFile:
    return UnwantedFile(say("不能上传压缩包。"), say("请解压后，把里面的照片和文件逐个上传。"))


def _twofold() -> UnwantedFile:
    return UnwantedFile(
        say("文件里夹带了别的内容，为安全起见没有接收。"), say("请重新拍照，或用原软件另存一份后上传。")
    )


def _one_thing_only(content: bytes, known: FileType) -> None:
    if known.extension == "png":
        whole = _png_end(content) == len(content)
    elif known.extension == "webp":
        whole = abs(int.from_bytes(content[4:8], "little") + 8 - len(content)) <= 1
    else:
        whole = True  # cameras put a second picture or a moment of film behind the first
    lower = content.lower()
    head = lower[:4096]
    if (
        not whole
        or _ZIP_END in content[-65_600:]
        or b"%pdf-" in head
        or any(mark in head for mark in _MARKUP)
        or any(mark in lower for mark in _MARKUP_ANYWHERE)
    ):
        raise _twofold()


def _png_end(content: bytes) -> int:
    """Return where the picture ends by its own count; 0 when its parts do not follow each other."""
    at = 8
    while at + 12 <= len(content):
        length = int.from_bytes(content[at : at + 4], "big")
        name = content[at + 4 : at + 8]
        at += 12 + length
        if name == b"IEND":
            return at
    return 0


def _pdf(content: bytes) -> FileType:
    if b"%%EOF" not in content[-2048:]:
        raise UnwantedFile(say("PDF 文件不完整。"), say("请重新导出或重新扫描后上传。"))
    if _ZIP_END in content[-65_600:] or any(mark in content[:1024].lower() for mark in _MARKUP):
        raise _twofold()
    return PDF


def _package(path: Path, content: bytes) -> FileType:
    """Look at the directory of a zip without unpacking anything."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries, comment = archive.infolist(), archive.comment
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError):
        raise UnwantedFile(say("文件已损坏，打不开。"), say("请用原软件打开并另存一份后上传。")) from None
    names = {entry.filename for entry in entries}
    known = next((known for part, known in PACKAGES.items() if part in names), None)
    if known is None or "[Content_Types].xml" not in names:
        raise _archive()
    if any(
        name.lower().endswith(("vbaproject.bin", ".exe", ".dll", ".js", ".vbs", ".bat", ".html"))
        for name in names
    ):
        raise UnwantedFile(
            say("文件里带有宏或程序。"), say("请另存为不带宏的 DOCX、XLSX、PPTX 或 PDF 后上传。")
        )
    _sound(entries, comment, content)
    return known


def _sound(entries: list[zipfile.ZipInfo], comment: bytes, content: bytes) -> None:
    """Refuse bombs, names that lead elsewhere, entries that overlap, and anything put before, between or behind."""
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if (
        len(entries) > MAX_ENTRIES
        or unpacked > MAX_UNPACKED
        or unpacked > MAX_RATIO * max(packed, MEGABYTE // 10)
    ):
        raise UnwantedFile(say("文件解开后太大。"), say("请删减内容，或拆成几个文件上传。"))
    names = [entry.filename for entry in entries]
    paths = [name.replace("\\", "/") for name in names]
    outside = any(path.startswith("/") or ":" in path or ".." in path.split("/") for path in paths)
    starts = [entry.header_offset for entry in entries]
    room = sum(30 + len(entry.filename.encode()) + entry.compress_size for entry in entries)
    doubled = len(set(starts)) != len(starts) or len(set(names)) != len(names)
    behind = comment or not content[-22:].startswith(_ZIP_END)
    if outside or doubled or behind or min(starts) != 0 or room > len(content):
        raise _twofold()
