"""`luoshi trace` with the notice's own text, as an author meets it at the terminal."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.notice_files import as_docx, as_pdf
from tests.workflows.small import CLAUSES, files
from web.trace_commands import trace

NOTICE = (
    "关于整治的通知\n各煤矿：\n现通知如下。\n三、任务\n各煤矿要每月报送进展。\n四、要求\n严禁弄虚作假。\n"
)


@pytest.fixture(autouse=True)
def chinese_terminal(monkeypatch, tmp_path):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    monkeypatch.setenv("LUOSHI_HOME", str(tmp_path / "home"))


def run(*words: object) -> Result:
    return CliRunner().invoke(trace, [str(word) for word in words])


@pytest.fixture
def folder(tmp_path) -> Path:
    for name, data in files(**{"clauses.yaml": CLAUSES}).items():
        path = tmp_path / "package" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path / "package"


@pytest.fixture
def notice(tmp_path) -> Path:
    path = tmp_path / "通知.txt"
    path.write_text(NOTICE, encoding="utf-8")
    return path


def test_a_clause_that_the_package_forgot_is_marked_with_the_words_by_which_it_asks(folder, notice):
    result = run(folder, "--notice", notice)
    assert result.exit_code == 1, result.output
    assert "· 三" in result.output and "duties.monthly" in result.output
    assert "! 四" in result.output and "没有对应的内容（严禁）" in result.output
    assert "共 " in result.output and "覆盖率 50%" in result.output


def test_with_every_clause_carried_out_it_ends_with_0(folder, notice):
    (folder / "clauses.yaml").write_text(
        CLAUSES + "- {path: 四, gist: 不弄虚作假, kind: rule, exempt: 没有要办的事}\n", "utf-8"
    )
    result = run(folder, "--notice", notice)
    assert result.exit_code == 0 and "无需对应：没有要办的事" in result.output and "100%" in result.output


def test_as_json_it_is_one_object(folder, notice):
    result = run(folder, "--notice", notice, "--json")
    found = json.loads(result.output)
    assert result.exit_code == 1 and found["coverage"] == 0.5 and found["bare"] == ["四"]
    asks = {one["path"]: one for one in found["clauses"]}
    assert asks["三"]["elements"] and asks["四"]["asks"] and asks["四"]["elements"] == []
    listed = json.loads(run(folder, "--json").output)
    assert {"clauses", "coverage"} <= set(listed) and listed["coverage"] == 1.0


@pytest.mark.parametrize(("data", "name"), [(as_docx(), "a.docx"), (as_pdf(), "a.pdf")])
@pytest.mark.slow
def test_a_notice_may_be_a_word_file_or_a_pdf(folder, tmp_path, data, name):
    (tmp_path / name).write_bytes(data)
    found = json.loads(run(folder, "--notice", tmp_path / name, "--json").output)
    assert "二" in {one["path"] for one in found["clauses"]}


@pytest.mark.parametrize(
    ("data", "name"),
    [(None, "nowhere.txt"), (b"\xff\xfe\x00", "a.pdf"), (as_pdf(" \n"), "scan.pdf"), (b"", "a.txt")],
)
def test_what_cannot_be_read_ends_with_2_and_says_why(folder, tmp_path, data, name):
    if data is not None:
        (tmp_path / name).write_bytes(data)
    result = run(folder, "--notice", tmp_path / name)
    assert result.exit_code == 2 and "Traceback" not in result.output


def test_no_word_of_the_notice_is_left_behind(folder, notice, tmp_path):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    run(folder, "--notice", notice)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    shutil.rmtree(folder)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["通知.txt"]
