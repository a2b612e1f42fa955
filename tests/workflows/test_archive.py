"""Zips: what goes in comes out, and a hostile one is refused whole."""

from __future__ import annotations

import io
import stat
import struct
import tracemalloc
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows import archive

FILES = {"campaign.yaml": b"id: a\n", "forms/plan/schema.json": b"{}", "tables/检查表.csv": "项目\n".encode()}


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in entries:
            out.writestr(name, data)
    return buffer.getvalue()


def refusal(data: bytes) -> str:
    files, problems = archive.unpack(data, "a.zip")
    assert files is None, "the archive was read"
    assert problems[0].file == "a.zip"
    return str(problems[0].what)


def test_what_was_packed_is_unpacked_and_packing_is_the_same_everywhere():
    assert archive.unpack(archive.pack(FILES)) == (FILES, [])
    assert archive.pack(FILES) == archive.pack(dict(reversed(FILES.items())))


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,8}(/[a-z煤矿]{1,8}){0,2}", fullmatch=True),
        st.binary(max_size=200),
        max_size=5,
    )
)
def test_any_files_survive_the_round_trip(files: dict[str, bytes]):
    folders = {path.rsplit("/", 1)[0] for path in files if "/" in path}
    if folders & files.keys() or len({path.split("/")[0] for path in files}) < 2:
        return  # a file that is also a folder, or one folder that would be stepped into
    assert archive.unpack(archive.pack(files)) == (files, [])


def test_one_folder_around_everything_and_the_systems_litter_are_stepped_over():
    data = zipped(
        ("方案/campaign.yaml", b"a"),
        ("方案/.DS_Store", b"x"),
        ("__MACOSX/方案/._a", b"x"),
        ("方案/forms/", b""),
    )
    assert archive.unpack(data) == ({"campaign.yaml": b"a"}, [])


def test_names_that_chinese_windows_wrote_in_gbk_are_read():
    name = zipfile.ZipInfo("x.csv")
    data = bytearray(zipped((name, b"a"), ("campaign.yaml", b"b")))
    gbk = "检查".encode("gb18030")  # as long as the name it replaces, with its ending cut to one letter
    data = bytes(data).replace(b"x.csv", gbk + b"x")
    assert archive.unpack(data)[0] == {"检查x": b"a", "campaign.yaml": b"b"}


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "a/../../evil",
        "/etc/passwd",
        "C:evil",
        "a\\..\\evil",
        "..\\evil",
        "a//b",
        "./a",
        "a\nb",
        "a\u202eb",
        "a./b",
        "b /c",
    ],
)
def test_paths_that_leave_the_folder_or_hide_are_refused(name: str):
    assert refusal(zipped((name, b"x"), ("campaign.yaml", b"y")))


def test_links_are_refused():
    link = zipfile.ZipInfo("tables/link.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "链接" in refusal(zipped((link, b"/etc/passwd"), ("campaign.yaml", b"y")))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_same_path_twice_is_refused_whatever_its_case():
    assert "两次" in refusal(zipped(("a/b.csv", b"1"), ("a/b.csv", b"2"), ("campaign.yaml", b"3")))
    assert "只有大小写不同" in refusal(zipped(("forms/a/schema.json", b"1"), ("forms/A/schema.json", b"2")))
    assert "只有大小写不同" in refusal(zipped(("tables/straße.csv", b"1"), ("tables/STRASSE.csv", b"2")))


@pytest.mark.parametrize("names", [("tables", "tables/a.csv"), ("A/b", "a/B/c.csv"), ("x/y/z", "x")])
def test_what_is_a_file_is_no_folder_as_well(names):
    assert "既是文件又是文件夹" in refusal(zipped(*((name, b"1") for name in names), ("campaign.yaml", b"2")))


def test_a_zip_inside_is_a_file_and_not_opened():
    """A bomb in a bomb stays as large as it came."""
    inner = zipped(("a.csv", b"0" * 30_000_000))
    files, problems = archive.unpack(zipped(("tables/a.zip", inner), ("campaign.yaml", b"x")))
    assert problems == [] and files == {"tables/a.zip": inner, "campaign.yaml": b"x"}


def test_a_bomb_by_ratio_is_refused_before_it_is_unpacked():
    bomb = zipped(("tables/a.csv", b"0" * 45_000_000))
    assert len(bomb) < 100_000
    tracemalloc.start()
    assert "压缩比" in refusal(bomb)
    assert tracemalloc.get_traced_memory()[1] < 30_000_000
    tracemalloc.stop()


def test_sizes_are_counted_while_reading_and_not_believed():
    """An entry that says it is small is as large as it is."""
    data = bytearray(zipped(("tables/a.csv", bytes(range(256)) * 4_000)))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + offset
        data[at : at + 4] = struct.pack("<I", 10)
    assert refusal(bytes(data))


def test_overlapping_entries_are_refused():
    data = bytearray(zipped(("tables/a.csv", b"1" * 100), ("tables/b.csv", b"2" * 100)))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 0)  # the second entry claims the bytes of the first
    assert "重叠" in refusal(bytes(data))


def test_more_than_a_thousand_entries_are_refused():
    assert "1000" in refusal(zipped(*((f"tables/{n}.csv", b"") for n in range(1_001))))


def test_encrypted_broken_and_other_files_are_refused():
    locked = bytearray(zipped(("campaign.yaml", b"a")))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(signature) + offset] |= 1
    assert "密码" in refusal(bytes(locked))
    assert "完好" in refusal(b"not a zip")
    assert "完好" in refusal(b"")
    assert "完好" in refusal(zipped(("campaign.yaml", b"a" * 500))[:-40])


@given(st.binary(max_size=400), st.integers(0, 400))
def test_noise_in_an_archive_never_raises(noise: bytes, at: int):
    data = bytearray(zipped(("campaign.yaml", b"abc" * 50), ("clauses.yaml", b"x")))
    data[at : at + len(noise)] = noise
    files, problems = archive.unpack(bytes(data))
    assert (files is None) == bool(problems)
