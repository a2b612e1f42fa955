"""What the zip of a package says of the packages that it calls."""

from __future__ import annotations

import json

import pytest

from tests.workflows.small import files, package
from workflows import archive, manifest
from workflows.library import among

HASH = "0" * 64
NAME = "small-2024@1.0.0"


def taken(data: object) -> tuple[dict[str, str], list[str]]:
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    calls, problems = manifest.taken({archive.BESIDE: text})
    return calls, [f"{one.level} {one.what}" for one in problems]


def test_what_is_written_is_read_again_and_is_no_file_of_the_package():
    uses = {NAME: HASH, "检查@2.1": HASH}
    packed = archive.pack({**files(), **manifest.written(uses)})
    inside, _ = archive.unpack_all(packed)
    assert inside is not None and manifest.taken(inside) == (uses, [])
    assert inside == files() == archive.unpack(packed)[0]
    assert manifest.written({}) == {} and manifest.taken(files()) == ({}, [])


def test_what_is_missing_here_is_named_and_what_differs_is_a_warning():
    calls = {NAME: package().hash, "other@1": HASH, "more@2": HASH}
    (missing,) = manifest.problems(calls, among([package()]))
    assert (missing.level, str(missing.what)) == ("error", "这个方案要用到 other@1、more@2，这里还没有")
    assert "先导入并发布" in str(missing.do)
    (differs,) = manifest.problems({NAME: HASH}, among([package()]))
    assert (differs.level, str(differs.what)) == ("warning", f"{NAME} 在这里的内容与导出的地方不同")
    assert manifest.problems({NAME: package().hash}, among([package()])) == []


@pytest.mark.parametrize(
    "data",
    [b"", b"\xff", b"[]", b"null", b"{}", {"calls": None}, {"calls": [1]}, {"calls": {NAME: 1}}, {"calls": {NAME: "x"}}, {"calls": {"x": HASH}},
     {"calls": {f"a@{n}": HASH for n in range(60)}}, b"[" * 50_000, b'{"calls": {}' + b" " * 200_000 + b"}"],
)  # fmt: skip
def test_what_somebody_made_of_it_is_not_read_and_no_fault(data):
    calls, problems = taken(data)
    assert calls == {} and problems == ["warning 读不出这个方案要用到哪些别的方案"]
