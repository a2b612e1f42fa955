"""`luoshi rehearse`, as an author meets it at the terminal."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import workflows
from tests.effort import PATIENCE
from web.columns import width
from web.rehearse_commands import rehearse

ROOT = Path(workflows.__file__).parents[1]
GALLERY = Path(workflows.__file__).parent / "gallery"
SAMPLE = GALLERY / "yangcheng-2024-hundred-days"
KEYS = {
    "kind", "id", "title", "actor", "unit", "to", "from", "due", "words", "clause", "disputed", "basis",
}  # fmt: skip


@pytest.fixture(autouse=True)
def chinese_terminal(monkeypatch):
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")


def run(*words: object) -> Result:
    return CliRunner().invoke(rehearse, [str(word) for word in words])


def rows(*words: object) -> list[dict[str, Any]]:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def test_json_is_one_object_a_line_with_all_keys_and_chinese_as_it_is():
    result = run(SAMPLE, "--json")
    found = [json.loads(line) for line in result.output.splitlines()]
    assert all(set(row) >= KEYS for row in found)
    assert {row["kind"] for row in found} == {"phase", "report", "task"}
    assert {row["basis"] for row in found} == {"notice", "phase", "tenant"}
    assert "\\u" not in result.output
    assert run(SAMPLE, "--json").output == result.output


def test_as_many_units_are_invented_as_are_said_in_any_order():
    for words in (
        ["--invent", "mine=3", SAMPLE],
        [SAMPLE, "--invent", "mine=3", "company=2"],
        [SAMPLE, "--invent", "mine=3,company=2"],
    ):
        found = rows(*words)
        assert len({row["unit"] for row in found if row["actor"] == "各煤矿" and row["unit"]}) == 3
    assert len({row["unit"] for row in found if row["actor"] == "各主体" and row["unit"]}) == 2


def test_units_come_from_a_file(tmp_path):
    file = tmp_path / "units.csv"
    file.write_text(
        "名称,类型,上级,状态\n甲矿,mine,甲公司,生产\n甲公司,company,,\n乙矿,mine,甲公司,停产\n",
        encoding="utf-8",
    )
    found = rows(SAMPLE, "--units", file)
    assert {row["unit"] for row in found} - {None} == {"甲矿", "甲公司"}
    file.write_text("名称,类型,上级\n甲矿,mine,没有\n", encoding="utf-8")
    result = run(SAMPLE, "--units", file)
    assert result.exit_code == 1 and "没有“没有”这个单位" in result.output
    assert "单位表有 1 处错误" in result.output and "导入" not in result.output
    assert run(SAMPLE, "--units", tmp_path / "nowhere.csv").exit_code == 2
    assert run(SAMPLE, "--units", file, "--invent", "mine=2").exit_code == 2


def test_events_happen_when_they_are_said_to():
    waiting = {row["id"] for row in rows(SAMPLE) if row["awaits"]}
    event = sorted(waiting)[0]
    found = rows(SAMPLE, "--event", f"{event}=2024-11-20")
    assert {(row["opens"], row["awaits"]) for row in found if row["id"] == event} == {("2024-11-20", None)}


@pytest.mark.parametrize(
    "words",
    [["--event", "nothing=2024-11-20"], ["--invent", "nothing=2"], ["--event", "patrol"], ["--invent", "mine"],
     ["--season", "汛期"], ["--start", "soon"], ["--event", "patrol=2024-13-20"]],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_a_sentence(words):
    result = run(SAMPLE, *words)
    assert result.exit_code in (1, 2) and "Traceback" not in result.output
    assert result.output.strip()


def test_a_package_with_faults_is_not_rehearsed(tmp_path):
    broken = Path(shutil.copytree(SAMPLE, tmp_path / "broken"))
    text = (broken / "campaign.yaml").read_text(encoding="utf-8")
    (broken / "campaign.yaml").write_text(text.replace("\nduties:", "\ndutys:", 1), encoding="utf-8")
    result = run(broken)
    assert result.exit_code == 1 and "campaign.yaml:" in result.output
    assert run(tmp_path / "nowhere").exit_code == 2


def test_the_report_fits_a_terminal_and_tells_everything():
    result = run(SAMPLE, "--invent", "mine=12")
    assert result.exit_code == 0, result.output
    for heading in (
        "阶段",
        "按日期",
        "经常性任务",
        "无期限",
        "等待发起或事件",
        "办理过程",
        "每周任务量",
        "需要留意",
    ):
        assert f"\n{heading}" in result.output
    assert max(width(line) for line in result.output.splitlines()) <= 100
    assert "█" in result.output and "2024-W45" in result.output


def test_the_report_comes_in_english_with_the_packages_own_words(monkeypatch):
    monkeypatch.setenv("LC_ALL", "en_GB.UTF-8")
    result = run(SAMPLE)
    assert result.exit_code == 0, result.output
    assert "Coal mines" in result.output
    # What programs read is the same whatever the language.
    assert '"各煤矿"' in run(SAMPLE, "--json").output


def test_with_steps_every_unit_and_who_does_what_is_told():
    assert "虚拟煤矿2号：" in run(SAMPLE, "--invent", "mine=2", "--steps").output
    found = rows(SAMPLE, "--steps")
    assert {row["kind"] for row in found} == {"phase", "report", "task"}
    assert any(len(row["steps"]) > 1 for row in found if "steps" in row)
    assert {key for row in found for step in row.get("steps", ()) for key in step} == {
        "title",
        "actor",
        "unit",
        "day",
        "form",
    }


def test_the_load_comes_for_programs_as_well():
    found = rows(SAMPLE, "--load")
    assert all(set(row) == {"role", "week", "tasks"} for row in found)
    assert any(row["week"] is None for row in found)


# Runs in a process of its own whose every attempt to write a file, reach a network or a database ends it.
WATCHED = """
import os, sys
FORBIDDEN = {"socket.__new__", "socket.connect", "socket.bind", "socket.getaddrinfo", "sqlite3.connect", "os.mkdir", "os.remove",
             "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate", "shutil.copyfile", "subprocess.Popen", "os.system",
             "os.fork", "os.posix_spawn", "os.exec"}
def watch(event, arguments):
    if event in FORBIDDEN:
        raise SystemExit(f"touched: {event} {arguments}")
    if event == "open":
        path, mode, flags = arguments
        if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND):
            raise SystemExit(f"touched: {path}")
from web.cli import main
sys.addaudithook(watch)
main(sys.argv[1:])
"""


@pytest.mark.slow
def test_nothing_is_touched(tmp_path):
    package = Path(shutil.copytree(SAMPLE, tmp_path / "package"))
    before = {path: path.read_bytes() for path in package.rglob("*") if path.is_file()}
    for folder in (tmp_path, package, *package.rglob("*")):
        folder.chmod(0o555 if folder.is_dir() else 0o444)
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "LUOSHI_HOME": str(tmp_path / "home"),
        "LC_ALL": "C.UTF-8", "HOME": str(tmp_path),
    }  # fmt: skip
    try:
        for more in (["--json", "--steps"], ["--invent", "mine=3"]):
            command = [sys.executable, "-c", WATCHED, "rehearse", str(package), *more]
            done = subprocess.run(
                command,
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            assert done.stdout.count("\n") > 50
        assert {path: path.read_bytes() for path in package.rglob("*") if path.is_file()} == before
        assert {path.name for path in tmp_path.iterdir()} == {"package"}
    finally:
        for folder in (tmp_path, package, *package.rglob("*")):
            folder.chmod(0o755)
