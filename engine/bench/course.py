"""What is measured: a small package around one process, and what is answered in it.

The process is the one on which SpiffWorkflow was measured before this engine was built: a user task, an exclusive gateway that
may send it back, a parallel gateway with three user tasks, a user task with a timer on its edge, a multi-instance task.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

PROCESS = "course"
# Opened one at a time, and for every mine at once.
ONE, EVERYWHERE = "course", "everywhere"
_FOLDER = Path(__file__).parent / "package"


def files() -> dict[str, bytes]:
    """Return the files of the package, by their paths."""
    return {
        path.relative_to(_FOLDER).as_posix(): path.read_bytes()
        for path in _FOLDER.rglob("*")
        if path.is_file()
    }


def drawing() -> bytes:
    """Return the BPMN that both this engine and the library read."""
    return (_FOLDER / "processes" / f"{PROCESS}.bpmn").read_bytes()


def form(tag: str, fields: int = 10) -> dict[str, Any]:
    """Return what somebody writes into a form of so many fields, some 300 characters for ten."""
    return {f"field_{number}": f"{tag} value {number} {'x' * 20}" for number in range(fields)}


def sent_back() -> Mapping[str, Any]:
    """Return the plan's answers that go round again: two more elements of history each time."""
    return {**form("Plan"), "approved": False, "sites": ["site-0"]}
