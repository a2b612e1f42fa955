"""Databases to measure on: a SQLite file, a PostgreSQL server of our own, or databases of one's own that are made and removed."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import psycopg
from flask import Flask
from psycopg import sql
from sqlalchemy import NullPool, create_engine, make_url
from sqlalchemy.engine import URL

from engine.migrate import upgrade
from tenants.db import db, open_engine
from web import postgresql

# What makes a commit last, as the databases tell it. Anything else would be another measurement.
_SQLITE = {"journal_mode": "wal", "synchronous": "1"}  # 1 = NORMAL
_POSTGRESQL = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


class NotDurable(RuntimeError):
    """A database that would forget what it has committed: nothing measured on it would mean anything."""


G = TypeVar("G")
# Fills a database that has its tables: (its address as the owner of the tables reaches it, a folder for files) -> what was made.
Make = Callable[[str, Path], G]


@dataclass(frozen=True)
class Place(Generic[G]):
    """One database. ground: what was made in it. settings: what makes it durable, as it told us. here: opens the application in
    which it is the database."""

    name: str
    ground: G
    settings: Mapping[str, str]
    here: Callable[[], AbstractContextManager[Any]]


@contextmanager
def sqlite(make: Make[G]) -> Iterator[Place[G]]:
    """Give a SQLite database in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="luoshi-bench-") as folder:
        url = f"sqlite:///{folder}/bench.db"
        with _opened("SQLite", url, url, Path(folder), make) as place:
            yield place


@contextmanager
def own_postgresql(make: Make[G]) -> Iterator[Place[G] | None]:
    """Give a database on a PostgreSQL server of our own, on the disk; None when there are no programs to start."""
    programs = postgresql.find()
    if programs is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="luoshi-bench-"))
    server = postgresql.Server(programs, folder, {})
    try:
        server.start()
        with given_postgresql(server.url(), make) as place:
            yield place
    finally:
        server.stop()


@contextmanager
def given_postgresql(address: str, make: Make[G]) -> Iterator[Place[G]]:
    """Give a new database on a server; it is removed afterwards, and nothing else is touched.

    address: as a role that may make databases and roles. The house works under a role that owns nothing there.
    """
    url = make_url(address).set(drivername="postgresql+psycopg")
    name = f"luoshi_bench_{secrets.token_hex(4)}"
    _run(url, "CREATE DATABASE {}", name)
    try:
        _run(url, "CREATE ROLE {}", name)
        owner = url.set(database=name)
        _run(owner, "ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}", name)
        _run(owner, "GRANT {} TO CURRENT_USER", name)
        plain = owner.update_query_dict({"options": f"-c role={name}"})
        house_url, owner_url = (found.render_as_string(hide_password=False) for found in (plain, owner))
        with (
            tempfile.TemporaryDirectory(prefix="luoshi-bench-") as folder,
            _opened("PostgreSQL", house_url, owner_url, Path(folder), make) as place,
        ):
            yield place
    finally:
        _run(url, "DROP DATABASE {} WITH (FORCE)", name)
        _run(url, "DROP ROLE IF EXISTS {}", name)


@contextmanager
def _opened(name: str, url: str, owner_url: str, store: Path, make: Make[G]) -> Iterator[Place[G]]:
    owner = create_engine(owner_url, poolclass=NullPool)
    upgrade(owner)
    app = Flask("luoshi", root_path=str(store), static_folder=None)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(app)
    with app.app_context():
        open_engine(db.engine)
        try:
            settings = _settings()
            yield Place(name, make(owner_url, store), settings, app.app_context)
        finally:
            db.engine.dispose()


def _settings() -> Mapping[str, str]:
    """Return the settings of the connections that the house uses; raise NotDurable when a commit would not last."""
    raw = db.engine.raw_connection()
    is_sqlite = db.engine.dialect.name == "sqlite"
    wanted, ask = (_SQLITE, "PRAGMA {}") if is_sqlite else (_POSTGRESQL, "SHOW {}")
    found = {}
    for key in wanted:
        cursor = raw.cursor()
        cursor.execute(ask.format(key))
        row = cursor.fetchone()
        found[key] = str(row[0]) if row else ""
    raw.close()
    if found != wanted:
        raise NotDurable(f"{found}; wanted {wanted}")
    return found


def _run(url: URL, statement: str, name: str) -> None:
    where = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
