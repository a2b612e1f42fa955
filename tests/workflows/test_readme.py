"""The campaign that the README writes step by step is a real one."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from tests.workflows.small import shown
from workflows.check import examine
from workflows.command import check_paths
from workflows.schedule import Setting, occurrences

README = Path(__file__).parents[2] / "README.md"
_FILE = re.compile(r"^`winter/(?P<path>[\w./-]+)`\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def files() -> dict[str, bytes]:
    """Return the example's files as they stand in the README."""
    return {found["path"]: found["text"].encode() for found in _FILE.finditer(README.read_text("utf-8"))}


def test_the_example_has_nothing_wrong_with_it(tmp_path):
    for path, content in files().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    report = check_paths([tmp_path])
    assert [shown(one) for one in (*report.problems, *report.unreadable)] == []
    assert report.exit_code == 0


def test_the_example_is_due_every_friday_of_its_phase():
    package, _ = examine(files())
    assert package is not None and set(package.processes) == {"report"} and set(package.forms) == {"fire"}
    due = [one.due for one in occurrences(Setting(package), package.duties["fire_check"])]
    assert due[0] == date(2024, 11, 8) and due[-1] == date(2024, 12, 20) and len(due) == 7
