"""The worked example of the README: every command from a notice to a running campaign is run, in a copy of its folder."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[1]
_EXAMPLE = _ROOT / "workflows" / "example"
_SECTION = re.compile(
    r"^### From a notice to a running campaign in an hour\n(.*?)^### ", re.MULTILINE | re.DOTALL
)
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def section() -> str:
    found = _SECTION.search((_ROOT / "README.md").read_text("utf-8"))
    assert found
    return found[1]


def commands() -> list[tuple[str, int]]:
    """Return each command of the section with the exit code that it says, 0 unless it does."""
    lines = [line for block in _BLOCK.findall(section()) for line in block.splitlines()]
    found = []
    for line in lines:
        command, _, remark = line.partition("#")
        code = re.search(r"exit (\d)", remark)
        found.append((command.strip(), int(code[1]) if code else 0))
    return found


@pytest.mark.slow
def test_every_command_of_the_readme_does_what_it_says(tmp_path: Path) -> None:
    place = Path(shutil.copytree(_EXAMPLE, tmp_path / "example"))
    bin_ = Path(sys.executable).parent
    surroundings = {
        "PATH": f"{bin_}:{os.environ['PATH']}", "HOME": str(tmp_path), "LUOSHI_HOME": str(tmp_path / "house"), "LC_ALL": "C.UTF-8",
    }  # fmt: skip
    said = {}
    for command, code in commands():
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=place,
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        said[command] = done.stdout + done.stderr
        assert done.returncode == code, (command, said[command])
    draft = next(text for command, text in said.items() if command.startswith("luoshi trace draft"))
    assert "! 三（三）" in draft
    assert "Coverage 100%" in said["luoshi trace gas --notice notice.txt"]
    last = said["luoshi campaigns --tenant qingshan"]
    assert re.search(r"城镇燃气安全专项整治\s+1\.0\.0\s+running\s+[1-9]\d*\s+[1-9]", last), last


def test_the_section_uses_the_command_line_and_an_editor_and_nothing_else() -> None:
    assert {command.split()[0] for command, _code in commands()} <= {"luoshi", "cp", "sed"}
    assert len(commands()) >= 15


def test_the_example_is_invented_and_no_campaign_of_the_gallery() -> None:
    notice = (_EXAMPLE / "notice.txt").read_text("utf-8")
    issuers = [
        re.search(r"issuer: ?([^,}\n]+)", path.read_text("utf-8"))[1]  # type: ignore[index]
        for path in (_ROOT / "workflows" / "gallery").glob("*/campaign.yaml")
    ]
    assert issuers and not [one for one in issuers if one.strip() in notice]
