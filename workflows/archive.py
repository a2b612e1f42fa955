"""A package in a zip, and back: nothing is unpacked to disk, and a hostile archive is refused whole."""

from __future__ import annotations

import io
import stat
import unicodedata
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath

from tenants.errors import Problem
from tenants.text import Message, say

MAX_ENTRIES = 1_000
MAX_BYTES = 50_000_000
MAX_RATIO = 100
# A small file of zeros compresses beyond any ratio and harms nobody.
_RATIO_FROM = 100_000
_CHUNK = 65_536
_UTF8 = 0x800
# What operating systems leave behind; no part of any package.
_LITTER = {"__MACOSX", "Thumbs.db", "desktop.ini"}
# What a zip that we made holds beside the files of its package; see `workflows.manifest` and `workflows.ancestry`.
BESIDE = "calls.json"
ORIGIN, BASE = "origin.json", "base.zip"
_REPACK = say("请用系统自带的压缩功能重新打包方案文件夹后再试。")


class _Refused(Exception):
    def __init__(self, what: Message, do: Message = _REPACK) -> None:
        super().__init__(str(what))
        self.what, self.do = what, do


def unpack(data: bytes, file: str = "") -> tuple[dict[str, bytes] | None, list[Problem]]:
    """Read the package in a zip into path -> bytes; see `unpack_all`."""
    files, problems = unpack_all(data, file)
    if files is not None:
        for name in (BESIDE, ORIGIN, BASE):
            files.pop(name, None)
    return files, problems


def unpack_all(data: bytes, file: str = "") -> tuple[dict[str, bytes] | None, list[Problem]]:
    """Read a zip into path -> bytes, with what stands beside the package; a single folder that holds everything is stepped into.

    Refused whole, counted while reading and not by what the archive says of itself: paths that leave the folder, links,
    encrypted or overlapping entries, the same path twice, even in other letters (Windows has one file then), a file
    that is a folder as well, more than 1,000 entries, 50 MB, or a ratio of 100. A zip inside is a file like any other.
    """
    if len(data) > MAX_BYTES:
        return None, [_problem(say("压缩包超过 {max} MB", max=MAX_BYTES // 1_000_000), file)]
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _without_folder(_entries(archive, len(data))), []
    except _Refused as refused:
        return None, [Problem(refused.what, refused.do, file)]
    # zipfile raises half a dozen kinds of errors on broken input; each means the same to the one who sent it.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, RuntimeError, OSError):
        return None, [_problem(say("不是完好的 zip 压缩包"), file)]


def pack(files: Mapping[str, bytes]) -> bytes:
    """Write the files as a zip, the same bytes for the same files whenever and wherever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, files[path])
    return buffer.getvalue()


def is_litter(path: str) -> bool:
    """Tell whether the path is something an operating system or editor left behind."""
    return any(part in _LITTER or part.startswith((".", "~$")) for part in PurePosixPath(path).parts)


def path_fault(path: str) -> Message | None:
    """Say what is wrong with a path inside a package, if anything: it names a file below the folder, portably."""
    parts = path.split("/")
    if path.startswith("/") or "\\" in path or ":" in path or ".." in parts:
        return say("路径“{path}”指到方案文件夹之外", path=_shown(path))
    strange = any(unicodedata.category(c)[0] == "C" for c in path)
    if "" in parts or any(part[-1] in ". " for part in parts) or len(path) > 200 or strange:
        return say("文件名“{path}”不能使用", path=_shown(path))
    if unicodedata.normalize("NFC", path) != path:
        return say("文件名“{path}”的编码写法不统一（应为 NFC）", path=_shown(path))
    return None


def _entries(archive: zipfile.ZipFile, size: int) -> dict[str, bytes]:
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        raise _Refused(say("压缩包里超过 {max} 个文件", max=MAX_ENTRIES))
    _no_overlap(infos, size)
    files: dict[str, bytes] = {}
    folded: dict[str, str] = {}
    room = MAX_BYTES
    for info in infos:
        name = _name(info)
        _check_entry(info, name)
        if info.is_dir() or is_litter(name):
            continue
        before = folded.setdefault(name.casefold(), name)
        if name in files:
            raise _Refused(say("压缩包里“{path}”出现两次", path=_shown(name)))
        if before != name:
            what = say("“{path}”和“{other}”只有大小写不同", path=_shown(name), other=_shown(before))
            raise _Refused(what, say("请改名或删去其中一个，再重新打包。"))
        files[name] = _read(archive, info, room)
        room -= len(files[name])
    _no_folder_is_a_file(folded)
    return files


def _no_folder_is_a_file(folded: Mapping[str, str]) -> None:
    for path, name in folded.items():
        above = path.rsplit("/", 1)[0]
        while above != path:
            if above in folded:
                what = say("“{path}”既是文件又是文件夹", path=_shown(name[: len(above)]))
                raise _Refused(what, say("请改名或删去其中一个，再重新打包。"))
            path, above = above, above.rsplit("/", 1)[0]


def _name(info: zipfile.ZipInfo) -> str:
    # orig_filename is what the archive says; zipfile cuts filename at a NUL and turns separators.
    name = info.orig_filename
    if not info.flag_bits & _UTF8 and not name.isascii():
        # Chinese Windows writes GBK and says nothing of it; zipfile then reads cp437.
        try:
            name = name.encode("cp437").decode("gb18030")
        except UnicodeError as error:
            raise _Refused(say("压缩包里的文件名编码无法识别")) from error
    # macOS writes decomposed names.
    return unicodedata.normalize("NFC", name)


def _check_entry(info: zipfile.ZipInfo, name: str) -> None:
    fault = path_fault(name.rstrip("/"))
    if fault:
        raise _Refused(fault)
    mode = info.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _Refused(
            say("“{path}”是链接或特殊文件", path=_shown(info.orig_filename)),
            say("请换成真正的文件后重新打包。"),
        )
    if info.flag_bits & 0x1:
        raise _Refused(say("压缩包加了密码"), say("请不加密码重新打包。"))


def _no_overlap(infos: list[zipfile.ZipInfo], size: int) -> None:
    """Entries that share bytes make a bomb whose parts each look harmless."""
    end = 0
    for info in sorted(infos, key=lambda one: one.header_offset):
        if info.header_offset < end or info.compress_size < 0:
            raise _Refused(say("压缩包里的文件互相重叠"))
        # 30 bytes of local header and the name come before the data.
        end = info.header_offset + 30 + len(info.orig_filename) + info.compress_size
    if end > size:
        raise _Refused(say("不是完好的 zip 压缩包"))


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, room: int) -> bytes:
    read = bytearray()
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            read += chunk
            if len(read) > room:
                raise _Refused(say("解开后超过 {max} MB", max=MAX_BYTES // 1_000_000))
            if len(read) > _RATIO_FROM and len(read) > MAX_RATIO * max(info.compress_size, 1):
                raise _Refused(
                    say("“{path}”的压缩比超过 {max}", path=_shown(info.orig_filename), max=MAX_RATIO)
                )
    return bytes(read)


def _without_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    tops = {path.split("/", 1)[0] for path in files}
    if "campaign.yaml" in files or len(tops) != 1 or any("/" not in path for path in files):
        return files
    return {path.split("/", 1)[1]: data for path, data in files.items()}


def _shown(path: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in path[:80])


def _problem(what: Message, file: str) -> Problem:
    return Problem(what, _REPACK, file)
