"""The text of a notice's file: txt, docx or pdf to paragraphs, whatever is in it. See `notice_reader` for how."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Trouble = Literal["", "unreadable", "no_text", "too_long", "too_slow"]
KINDS = ("txt", "docx", "pdf")
# Somebody waits for the answer: so long, and no longer.
SECONDS = 8


@dataclass(frozen=True)
class NoticeText:
    """What was read. trouble: why there is nothing: unreadable (damaged, or it killed its reader), no_text (such as a scan),
    too_long, too_slow."""

    paragraphs: tuple[str, ...]
    trouble: Trouble = ""


def read_notice(path: Path, kind: str, *, seconds: float = SECONDS) -> NoticeText:
    """Return the paragraphs of a file; never raises, whatever is in the file. kind: txt, docx or pdf, by its content."""
    if kind not in KINDS:
        return NoticeText((), "unreadable")
    command = [sys.executable, "-m", "workflows.notice_reader", kind, str(path)]
    home = Path(__file__).parents[1]
    try:
        # Without our environment, in which the house may be told its secrets: whoever takes the reader over finds none.
        done = subprocess.run(command, capture_output=True, timeout=seconds, check=True, cwd=home, env={})
        found = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return NoticeText((), "too_slow")
    except (subprocess.CalledProcessError, ValueError, OSError):
        return NoticeText((), "unreadable")
    return NoticeText(tuple(found["paragraphs"]), found["trouble"])
