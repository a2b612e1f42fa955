"""Starts the processes of one machine, watches them, and ends everything that it started.

Nothing is left behind: children die with the supervisor (web/processes.py); whatever still runs after a crash is known
by the record in `run/processes.json` and by its mark, and is ended at the next start. One supervisor at a time has a home.
"""

from __future__ import annotations

import fcntl
import json
import secrets
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType

import psutil

from tenants.clock import monotonic
from web import processes
from web.processes import Footprint

PATIENCE_SECONDS = 60.0
GRACE_SECONDS = 15.0
_LONGEST_PAUSE = 30.0
_LOG_BYTES = 20 * 1024 * 1024


class AlreadyRunning(Exception):
    """Another supervisor has this home."""


class NotStarted(Exception):
    """A process ended or did not answer while starting; the message holds the end of its log."""


@dataclass(frozen=True)
class Program:
    """One process to keep running.

    ready: tells whether it answers; None = it counts as ready at once. outlasts: ended only when the others have ended.
    """

    name: str
    command: Sequence[str]
    ready: Callable[[], bool] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    outlasts: bool = False


@dataclass
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    started: float
    pause: float = 1.0
    again_at: float | None = None


@contextmanager
def sole(run: Path) -> Iterator[None]:
    """Hold the home for as long as the block runs. Raises AlreadyRunning. The kernel lets go of it when we die."""
    run.mkdir(parents=True, exist_ok=True)
    with (run / "lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning from None
        yield


def end_leftovers(run: Path) -> int:
    """End what an earlier supervisor of this home left behind; return how many processes that were.

    Only those that its record names, with the same start time, and those that carry its mark.
    """
    record = run / "processes.json"
    try:
        kept = json.loads(record.read_text())
        known = [Footprint(**entry) for entry in kept["processes"]]
        mark = str(kept["mark"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return 0
    left = {process.pid: process for process in processes.marked(mark)}
    left.update((found.pid, found) for entry in known if (found := entry.process()) is not None)
    count = processes.end(left.values(), GRACE_SECONDS)
    record.unlink(missing_ok=True)
    return count


class Supervisor:
    """Keeps programs running until it is told to stop. Use inside `sole`."""

    def __init__(
        self, programs: Sequence[Program], run: Path, logs: Path, say: Callable[[str], None]
    ) -> None:
        self._programs = programs
        self._run, self._logs, self._say = run, logs, say
        self._mark = secrets.token_hex(16)
        self._children: list[_Child] = []
        self._stop = threading.Event()
        self._hurry = False
        logs.mkdir(parents=True, exist_ok=True)
        self._record()

    def listen(self) -> None:
        """Let Ctrl-C, an end signal and a closed terminal stop everything; a second one stops waiting for it."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._hurry = self._stop.is_set()
        self._stop.set()

    def stop(self) -> None:
        """Let `watch` return."""
        self._stop.set()

    def start(self) -> None:
        """Start the programs in order, each when the one before answers. Raises NotStarted."""
        for program in self._programs:
            if self._stop.is_set():
                return
            child = self._spawn(program)
            self._children.append(child)
            self._record()
            self._wait_until_ready(child)
            self._say(f"  {program.name:<10} started (process {child.process.pid})")

    def watch(self) -> None:
        """Start again whatever ends, with growing pauses, until told to stop."""
        while not self._stop.wait(0.3):
            for child in self._children:
                self._look_after(child)

    def end(self) -> None:
        """End everything, those that outlast the others last, then whatever our processes have left behind."""
        for last in (False, True):
            wave = [child for child in self._children if child.program.outlasts == last]
            for child in wave:
                if child.process.poll() is None:
                    child.process.terminate()
            for child in wave:
                self._wait_for(child)
        strays = processes.marked(self._mark)
        if strays:
            processes.end(strays, 1 if self._hurry else 5)
        self._children.clear()
        (self._run / "processes.json").unlink(missing_ok=True)

    def _spawn(self, program: Program) -> _Child:
        log = self._log(program)
        if log.exists() and log.stat().st_size > _LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        process = processes.spawn(
            program.command, log, mark=self._mark, environment=program.environment, folder=program.folder
        )
        return _Child(program, process, monotonic())

    def _log(self, program: Program) -> Path:
        return self._logs / f"{program.name}.log"

    def _wait_until_ready(self, child: _Child) -> None:
        ready = child.program.ready
        while ready is not None and not ready():
            ended = child.process.poll() is not None
            if ended or monotonic() > child.started + PATIENCE_SECONDS:
                log = self._log(child.program)
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
                what = "ended at once" if ended else f"does not answer after {PATIENCE_SECONDS:.0f} seconds"
                raise NotStarted(f"{child.program.name} {what}. The end of {log}:\n{tail}")
            if self._stop.wait(0.1):
                return

    def _look_after(self, child: _Child) -> None:
        now = monotonic()
        if child.process.poll() is None:
            if now > child.started + _LONGEST_PAUSE:
                child.pause = 1.0
            return
        if child.again_at is None:
            child.again_at = now + child.pause
            self._say(
                f"  {child.program.name} ended (code {child.process.returncode}); "
                f"starting it again in {child.pause:.0f} s. See {self._log(child.program)}"
            )
        elif now >= child.again_at:
            fresh = self._spawn(child.program)
            child.process, child.started, child.again_at = fresh.process, fresh.started, None
            child.pause = min(child.pause * 2, _LONGEST_PAUSE)
            self._record()

    def _wait_for(self, child: _Child) -> None:
        end = monotonic() + GRACE_SECONDS
        while child.process.poll() is None:
            if self._hurry or monotonic() > end:
                child.process.kill()
                child.process.wait()
                return
            threading.Event().wait(0.05)

    def _record(self) -> None:
        """Write down what runs, in one step, so that a reader after a crash never sees half a record."""
        known = []
        for child in self._children:
            try:
                known.append(asdict(processes.footprint(child.program.name, child.process)))
            except psutil.Error:
                continue  # ended in the meantime
        fresh = self._run / "processes.new"
        fresh.write_text(json.dumps({"mark": self._mark, "processes": known}))
        fresh.replace(self._run / "processes.json")
