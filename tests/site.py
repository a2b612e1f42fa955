"""The whole house as a user starts it: `luoshi demo` in a folder of its own, with its web, worker, scheduler and Valkey."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil

from tests.effort import PATIENCE, until
from web import processes, supervisor

ROOT = Path(__file__).parents[1]


def free_port() -> int:
    """Return a port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """A demonstration that runs in `home`; use as a context manager, or start and stop it by hand."""

    def __init__(self, home: Path, port: int | None = None) -> None:
        self.home, self.port = home, port or free_port()
        self.output = home.with_name(f"{home.name}-output.txt")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def printed(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def begin(self) -> None:
        """Start the command without waiting for it to answer."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("LUOSHI_", "DATABASE_"))
        }
        kept.pop("REDIS_URL", None)
        environment = {**kept, "LUOSHI_HOME": str(self.home), "PORT": str(self.port)}
        self.process = processes.spawn(
            [sys.executable, "-m", "web.cli", "demo"], self.output, environment=environment, folder=ROOT
        )

    def start(self) -> None:
        """Start and wait until it says that it runs."""
        before = len(self.printed) if self.output.exists() else 0
        self.begin()
        until(lambda: self._runs(before), lambda: self.printed)

    def _runs(self, before: int) -> bool:
        assert self.process is not None and self.process.poll() is None, self.printed
        return "Ctrl-C\n" in self.printed[before:]

    def family(self) -> list[psutil.Process]:
        """Return every process of the demonstration but the supervisor."""
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)

    def get(self, path: str) -> tuple[int, str]:
        """Fetch a page without any cookie; return status and body."""
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        asked.request("GET", path)
        answer = asked.getresponse()
        return answer.status, answer.read().decode(errors="replace")

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """End it as Ctrl-C does and return its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def __enter__(self) -> Site:
        self.start()
        return self

    def __exit__(self, *fault: object) -> None:
        self.stop()
        supervisor.end_leftovers(self.home / "run")
