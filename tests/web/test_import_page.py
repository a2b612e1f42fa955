"""What a package's zip may not be is said in one sentence with what to do, in the reader's language; nothing that is here changes."""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile

import pytest

from tests.workflows.small import CAMPAIGN, files
from workflows import archive, publish
from workflows.bases import GALLERY, Origin
from workflows.copies import adopt
from workflows.package import hash_of

P, Q = "/t/yangcheng", "/t/qinshui"
COPY = files(**{"campaign.yaml": CAMPAIGN.replace("1.0.0", "1.0.1").replace("报送月报", "报送每月情况")})


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in entries:
            out.writestr(name, data)
    return buffer.getvalue()


def link() -> zipfile.ZipInfo:
    found = zipfile.ZipInfo("tables/a.csv")
    found.external_attr = (stat.S_IFLNK | 0o777) << 16
    return found


def locked() -> bytes:
    data = bytearray(zipped(("campaign.yaml", b"a")))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    return bytes(data)


def overlapping() -> bytes:
    data = bytearray(zipped(("a.csv", b"1" * 100), ("b.csv", b"2" * 100)))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    return bytes(data)


HOSTILE = {
    "traversal": (zipped(("../../etc/cron.d/x", b"x")), "方案文件夹之外", "leads out of the package"),
    "absolute": (zipped(("/etc/passwd", b"x")), "方案文件夹之外", "leads out of the package"),
    "link": (zipped((link(), b"/etc/passwd")), "链接或特殊文件", "link or a special file"),
    "case": (zipped(("A.csv", b"1"), ("a.csv", b"2")), "只有大小写不同", "differ in capital letters only"),
    "folder": (zipped(("a", b"1"), ("a/b", b"2")), "既是文件又是文件夹", "a file and a folder as well"),
    "ratio": (zipped(("a.csv", b"0" * 20_000_000)), "压缩比超过", "compressed by more than"),
    "many": (zipped(*((f"{n}.csv", b"") for n in range(1_001))), "超过 1000 个文件", "more than 1000 files"),
    "encrypted": (locked(), "加了密码", "password"),
    "overlapping": (overlapping(), "互相重叠", "overlap"),
    "newer": (archive.pack(files(**{"campaign.yaml": CAMPAIGN.replace("luoshi/1", "luoshi/2")})), "更新的格式 luoshi/2", "newer format, luoshi/2"),
    "nothing": (b"", "不是完好的 zip", "not a sound zip"),
    "nested": (archive.pack({"inner.zip": archive.pack(files())}), "缺少 campaign.yaml", "campaign.yaml is missing"),
}  # fmt: skip


def upload(visitor, place: str, data: bytes):
    form = {"file": (io.BytesIO(data), "方案.zip")}
    return visitor.post(f"{place}/packages/check", form, content_type="multipart/form-data")


def token_in(page: str) -> str:
    found = re.search(r'name="upload" value="([0-9a-f]+)"', page)
    assert found, "the page offers nothing to publish"
    return found[1]


def cells(page: str) -> str:
    """Return the rows of problems as they are read."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<tbody>")[1].split("</tbody>")[0]))


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_zip_is_refused_in_both_languages_and_nothing_is_lost(visit, door, name):
    data, chinese, english = HOSTILE[name]
    with door("yangcheng", "author") as work:
        publish.publish(work, files())
    visitor = visit("author")
    told = upload(visitor, P, data)
    assert told.status_code == 422 and chinese in cells(told.text) and 'name="upload"' not in told.text
    visitor.post("/language", {"language": "en", "next": "/"})
    again = upload(visitor, P, data)
    assert again.status_code == 422 and english in cells(again.text), cells(again.text)
    assert not re.search("[\u4e00-\u9fff]", cells(again.text).replace("方案.zip", ""))
    with door("yangcheng", "author", reads=True) as work:
        assert [row.hash for row in publish.versions(work)] == [hash_of(files())]


def test_a_copy_goes_out_with_its_original_and_comes_in_as_the_copy_that_it_is(visit, door):
    with door("yangcheng", "author") as work:
        adopt(work, files(), origin=Origin(GALLERY, "某省", "0" * 32, "x"))
        copy = publish.publish(work, COPY).hash
    exported = visit("author").get(f"{P}/packages/{copy}/export.zip").data
    assert archive.unpack(exported)[0] == COPY
    neighbour = visit("qs-admin")
    checked = upload(neighbour, Q, exported)
    assert checked.status_code == 200 and "base.zip" not in checked.text and "origin.json" not in checked.text
    sent = neighbour.post(f"{Q}/packages/publish", {"upload": token_in(checked.text)})
    assert sent.location == f"{Q}/packages/{copy}"
    page = neighbour.get(sent.location).text
    assert "由某省的方案改成，原版随导入的文件带来" in page
    assert visit("qs-admin").get(f"{Q}/packages/{copy}/export.zip").data != b""
    assert neighbour.get(f"{Q}/packages/{hash_of(files())}").status_code == 200


def test_an_original_that_cannot_be_read_is_a_warning(visit, door):
    data = archive.pack({**COPY, archive.BASE: b"no zip", archive.ORIGIN: b"{}"})
    checked = upload(visit("author"), P, data)
    assert (
        checked.status_code == 200
        and "读不出这个方案是由哪个原版改成的" in checked.text
        and token_in(checked.text)
    )
