"""Databases for the tests: one with all tables and walls is made once, and every test gets a copy of its own.

The copies of one test after another have one name, so that an application, its engine and the statements that the engine has
compiled are made once for all of them.
"""

from __future__ import annotations

import importlib
import importlib.util
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask
from sqlalchemy import NullPool, create_engine

from engine.migrate import upgrade
from tenants.db import db, open_engine
from tests.scenes import Scene
from tests.servers import Cluster

# Every table of the house is known once these are imported.
for _package in ("tenants", "forms", "workflows", "engine", "web"):
    if importlib.util.find_spec(_package) and importlib.util.find_spec(f"{_package}.models"):
        importlib.import_module(f"{_package}.models")


@dataclass(frozen=True)
class Database:
    """Where a database is: as the application reaches it, and as the one who owns the tables does.

    scene: what was played in it before it was copied, if anything was.
    """

    kind: str
    name: str
    url: str
    owner_url: str
    scene: Scene | None = None


class SqliteServer:
    """Makes SQLite databases: files in a folder."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self, name: str, template: str | None = None) -> Database:
        path = self.folder / f"{name}.db"
        if template is not None:
            shutil.copyfile(self.folder / f"{template}.db", path)
        return Database(self.kind, name, f"sqlite:///{path}", f"sqlite:///{path}")

    def drop(self, name: str) -> None:
        for path in self.folder.glob(f"{name}.db*"):
            path.unlink()

    def settle(self, name: str) -> None:
        """Bring everything from the write-ahead log into the file, which can then be copied."""
        connection = sqlite3.connect(self.folder / f"{name}.db")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()


class PostgresDatabases:
    """Makes PostgreSQL databases. Names carry a prefix, so that several test processes share one server."""

    kind = "postgresql"

    def __init__(self, cluster: Cluster, prefix: str) -> None:
        self.cluster, self.prefix = cluster, prefix

    def create(self, name: str, template: str | None = None) -> Database:
        real = f"{self.prefix}_{name}"
        self.cluster.create(real, f"{self.prefix}_{template}" if template else None)
        return Database(self.kind, name, self.cluster.url(real), self.cluster.url(real, Cluster.OWNER))

    def drop(self, name: str) -> None:
        self.cluster.drop(f"{self.prefix}_{name}")

    def settle(self, name: str) -> None:
        pass


def make_tables(database: Database) -> None:
    """Make all tables and walls, as the owner, by the migrations that every database goes through."""
    engine = create_engine(database.owner_url, poolclass=NullPool)
    upgrade(engine)
    engine.dispose()


@contextmanager
def plain_app(database: Database) -> Iterator[Flask]:
    """Give commands what they need of an application, and nothing of the web: the database, in a context."""
    app = _plain_app(database.url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@cache
def _plain_app(url: str) -> Flask:
    app = Flask("tests", root_path=str(Path(__file__).parent))
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    with app.app_context():
        open_engine(db.engine)
    return app
