"""`luoshi check`: every kind of path, every problem, and the three exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflows.small import CAMPAIGN, SOURCES, bpmn, campaign, files, form
from tests.workflows.test_package import written
from workflows import archive
from workflows.command import check_paths, files_at


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return written(tmp_path / "small", files())


def test_a_sound_package_leaves_nothing_to_say(folder: Path, tmp_path: Path):
    zipped = tmp_path / "small.zip"
    zipped.write_bytes(archive.pack(files()))
    report = check_paths(
        [
            folder,
            zipped,
            folder / "campaign.yaml",
            folder / "processes/duty.bpmn",
            folder / "forms/plan/schema.json",
            folder / "forms/plan",
        ]
    )
    assert report.exit_code == 0 and not report.problems


def test_every_problem_of_every_path_is_listed_with_its_file(tmp_path: Path):
    first = written(tmp_path / "a", campaign("title: 报送方案, by", "titel: 报送方案, by"))
    second = tmp_path / "b.zip"
    second.write_bytes(archive.pack(campaign("level: county", "level: conty")))
    third = tmp_path / "c.bpmn"
    third.write_text(bpmn("c", [("a", "")]).replace("userTask", "scriptTask"))
    report = check_paths([first, second, third])
    assert report.exit_code == 1
    assert {one.file for one in report.problems} == {
        f"{first}/campaign.yaml",
        f"{second}/campaign.yaml",
        str(third),
    }
    assert all(one.line and str(one.do) for one in report.problems)


def test_a_single_form_is_checked_with_what_stands_beside_it(tmp_path: Path):
    schema = tmp_path / "schema.json"
    schema.write_text(SOURCES["forms/verdict/schema.json"])
    (tmp_path / "example.json").write_text('{"通过": 3}')
    report = check_paths([schema])
    assert [one.file for one in report.problems] == [str(tmp_path / "example.json")]
    lone = tmp_path / "plan.json"
    lone.write_text(form(a={"type": "string", "title": "a", "pattern": "("}))
    assert [one.file for one in check_paths([lone]).problems] == [str(lone)]
    lone.write_text("[]")
    assert check_paths([lone]).exit_code == 1


def test_what_cannot_be_read_is_told_apart(tmp_path: Path, folder: Path):
    bad = tmp_path / "bad.zip"
    bad.write_bytes(b"no zip")
    (tmp_path / "a.docx").write_bytes(b"x")
    (tmp_path / "empty").mkdir()
    for path in (
        tmp_path / "nowhere",
        bad,
        tmp_path / "a.docx",
        tmp_path / "empty",
        tmp_path / "nowhere/campaign.yaml",
    ):
        report = check_paths([folder, path])
        assert report.exit_code == 2, path
        assert all(str(one.do) and one.file for one in report.unreadable)
    decision = tmp_path / "a.dmn"
    decision.write_text("<a/>")
    assert check_paths([decision]).exit_code == 1


def test_a_folder_without_a_campaign_says_what_is_missing(tmp_path: Path):
    report = check_paths([written(tmp_path / "p", {"campain.yaml": CAMPAIGN.encode()})])
    assert report.exit_code == 1
    assert any("改名为“campaign.yaml”" in str(one.do) for one in report.problems)


def test_the_files_of_a_folder_and_of_its_zip_are_the_same(folder: Path, tmp_path: Path):
    zipped = tmp_path / "small.zip"
    zipped.write_bytes(archive.pack(files()))
    assert files_at(folder) == files_at(zipped) == (files(), [])
    assert files_at(tmp_path / "nowhere")[0] is None
