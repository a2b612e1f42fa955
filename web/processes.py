"""Processes that we start, and how to be sure that one is ours before ending it.

A child dies with its parent (Linux: the kernel sees to it, even after kill -9), runs in a session of its own so that a
Ctrl-C reaches the supervisor alone, and carries a mark in its environment by which its own children are found, too.
Nothing is ever ended by its name.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import sleep

import psutil

from tenants.clock import monotonic

# Name of the environment variable that holds the mark of one run.
MARK = "LUOSHI_RUN"
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Footprint:
    """What recognises a process for certain: numbers are used again, start times are not.

    started: seconds since the epoch, as the system tells them.
    """

    name: str
    pid: int
    started: float

    def process(self) -> psutil.Process | None:
        """Return the process, if it still runs and is the same one."""
        try:
            found = psutil.Process(self.pid)
            # The system derives the start from its clock, which may have been set since.
            same = abs(found.create_time() - self.started) < 2 and found.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return None
        return found if same else None


def spawn(
    command: Sequence[str],
    log: Path,
    *,
    mark: str = "",
    environment: Mapping[str, str] | None = None,
    user: int | None = None,
    group: int | None = None,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process that ends when this one does; what it prints is added to `log`.

    mark: set on the process and so on all of its descendants. user, group: numbers to run under, when we are root.
    """
    variables = {**os.environ, **(environment or {})}
    if mark:
        variables[MARK] = mark
    with log.open("ab") as out:
        return subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=variables,
            start_new_session=True,
            user=user,
            group=group,
            extra_groups=None if user is None else [],
            preexec_fn=_dies_with(os.getpid()),
        )


def _dies_with(parent: int) -> Callable[[], None] | None:
    if _LIBC is None:
        return None

    def before_exec() -> None:
        assert _LIBC is not None
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return before_exec


def footprint(name: str, child: subprocess.Popen[bytes]) -> Footprint:
    """Return what recognises a child later; raises psutil.NoSuchProcess when it is gone already."""
    return Footprint(name, child.pid, psutil.Process(child.pid).create_time())


def marked(mark: str) -> list[psutil.Process]:
    """Return every process that carries the mark, but for this one. Processes of others are not looked into."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def end(processes: Iterable[psutil.Process], seconds: float) -> int:
    """Ask the processes to end, and after `seconds` make them. Returns how many there were."""
    todo = list(processes)
    for number, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
        for process in todo:
            _send(process, number)
        limit = monotonic() + patience
        while any(map(lives, todo)) and monotonic() < limit:
            sleep(0.05)
    return len(todo)


def lives(process: psutil.Process) -> bool:
    """Tell whether the process still does something. One that only waits to be buried (by another) does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        pass
