"""A package read from a folder, a zip or its files is the same package."""

from __future__ import annotations

import hashlib
import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.workflows.small import CAMPAIGN, campaign, files, package
from workflows import archive
from workflows.package import hash_of, read_files, read_folder, read_json, read_zip


def written(folder: Path, content: dict[str, bytes]) -> Path:
    for path, data in content.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return folder


def test_folder_zip_and_files_give_one_package(tmp_path: Path):
    folder = written(tmp_path / "p", files())
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("x")
    (folder / ".DS_Store").write_text("x")
    found, problems = read_folder(folder)
    zipped, more = read_zip(archive.pack(files()))
    assert found is not None and zipped is not None and not problems + more
    assert found.hash == zipped.hash == package().hash
    assert found.files == files()


def test_what_is_written_is_what_is_read():
    found = package()
    assert (found.id, found.version, found.level, found.notice.issued) == (
        "small-2024",
        "1.0.0",
        "county",
        date(2024, 10, 28),
    )
    assert found.duties["plan"].is_report and found.duties["plan"].process == "report"
    assert not found.duties["self_check"].is_report and found.duties["self_check"].process == "duty"
    assert (found.actors["principal"].kind, found.actors["principal"].of) == ("post", ("mine",))
    target = found.indicators["open_hazards"].target
    assert target is not None and target.met(0) and not target.met(2) and target.met(None) is None
    assert str(found.ledgers["hazards"].from_rows[0]) == "self-check.hazards"
    assert found.locks == {"duties.monthly.every": "tighten", "*": "free"}


def test_a_target_may_be_a_span():
    target = package(campaign('target: "== 0"', "target: 1..2")).indicators["open_hazards"].target
    assert target is not None
    assert [target.met(value) for value in (0, 1, Decimal("1.5"), 2, 3)] == [False, True, True, True, False]


def test_the_hash_is_that_of_the_sorted_list_of_path_and_file_hash():
    listed = f"a\0{hashlib.sha256(b'1').hexdigest()}\nb/c\0{hashlib.sha256(b'2').hexdigest()}\n"
    assert hash_of({"b/c": b"2", "a": b"1"}) == hashlib.sha256(listed.encode()).hexdigest()


@pytest.mark.parametrize(
    "changed",
    [{"a": b"1"}, {"a": b"2", "b": b"1"}, {"ab": b"1", "b": b"2"}, {"a": b"1", "b": b"2", "c": b""}],
)
def test_any_change_changes_the_hash(changed: dict[str, bytes]):
    assert hash_of(changed) != hash_of({"a": b"1", "b": b"2"})


def test_links_in_a_folder_are_named_and_not_followed(tmp_path: Path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "a.csv").write_text("secret")
    folder = written(tmp_path / "p", files())
    os.symlink(secret / "a.csv", folder / "README.md")
    os.symlink(secret, folder / "tables")
    found, problems = read_folder(folder)
    assert sorted(one.file for one in problems) == ["README.md", "tables"]
    assert all("链接" in str(one.what) for one in problems)
    assert found is not None and b"secret" not in b"".join(found.files.values())


def test_a_package_with_problems_is_still_read_as_far_as_it_goes():
    found, problems = read_files(campaign("due: 2024-10-31, words", "due: 2024-02-30, words"))
    assert found is not None and found.duties["plan"].due is None
    assert len(problems) == 1
    assert read_files({})[0] is None


def test_json_with_infinities_and_deep_nesting_is_refused():
    for text in ('{"a": NaN}', "[" * 200_000, '{"a": 1e}', "\xff"):
        value, problems = read_json(text.encode("latin-1"), "f.json")
        assert value is None and problems, text[:20]


@pytest.mark.parametrize("written", ["luoshi/2", "luoshi/17", "luoshi/999999"])
def test_a_newer_format_is_all_that_is_said_of_a_package_and_what_to_do(written: str):
    new = CAMPAIGN.replace("luoshi/1", written).replace("duties:", "obligations:")
    package, (problem,) = read_files(files(**{"campaign.yaml": new}))
    assert package is None and written in str(problem.what) and "luoshi/1" in str(problem.what)
    assert "升级本系统" in str(problem.do) and (problem.file, problem.line) == ("campaign.yaml", 1)


@pytest.mark.parametrize(
    "written",
    ["luoshi/0", "luoshi/01", "luoshi/x", "luoshi", "other/2", "'2'", "[luoshi/2]", "luoshi/99999999999"],
)
def test_a_format_that_never_was_is_named_with_the_one_that_is_known(written: str):
    problems = read_files(files(**{"campaign.yaml": CAMPAIGN.replace("luoshi/1", written)}))[1]
    assert any(one.where == "format" and "luoshi/1" in f"{one.what} {one.do}" for one in problems)
