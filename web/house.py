"""What every process needs of Flask, and nothing of HTTP: the configuration, the clock, the doorbell, the database."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app
from sqlalchemy import column, create_engine, func, select, table
from sqlalchemy.engine import Engine

from engine.migrate import is_current, upgrade
from tenants.clock import Clock, ShiftedClock, SystemClock
from tenants.db import db, open_engine
from tenants.guard import HOUSE
from web.config import BadSetting, Config
from web.queue import Doorbell

_KEY = "luoshi"


@dataclass(frozen=True)
class House:
    """What belongs to one process for as long as it runs."""

    config: Config
    clock: Clock
    doorbell: Doorbell


def open_house(app: Flask, config: Config) -> House:
    """Give the application its database, clock and doorbell; `house` finds them again. Call once for each application."""
    app.config["SQLALCHEMY_DATABASE_URI"] = config.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(config)
    db.init_app(app)
    with app.app_context():
        open_engine(db.engine)
    clock: Clock = ShiftedClock(config.clock_file) if config.moves_time else SystemClock()
    opened = House(config, clock, Doorbell(config.redis_url))
    app.extensions[_KEY] = opened
    return opened


def house() -> House:
    """Return what belongs to the application whose context is open."""
    return cast(House, current_app.extensions[_KEY])


def settle() -> None:
    """Let a process that will run for long keep what it has loaded: whoever looks for garbage later passes it by.

    Large commands make so many objects that the search through all modules would cost them a third of their time.
    """
    gc.collect()
    gc.freeze()


def bare_app(config: Config) -> Flask:
    """Return an application without any route: for workers, the scheduler and the command line."""
    app = Flask("luoshi", root_path=str(config.home), static_folder=None)
    open_house(app, config)
    return app


def make_database(config: Config) -> bool:
    """Bring the tables and walls to the present schema, as their owner; return whether there was anything to do."""
    engine = create_engine(config.owner_url, hide_parameters=True)
    try:
        return upgrade(engine)
    finally:
        engine.dispose()


def check_database(engine: Engine) -> None:
    """Refuse a role that walks through the wall between tenants, and a database without tables. Raises BadSetting."""
    if engine.dialect.name == "postgresql":
        roles = table("pg_roles", column("rolname"), column("rolsuper"), column("rolbypassrls"))
        query = select(roles.c.rolname).where(
            roles.c.rolname == func.current_user(), roles.c.rolsuper | roles.c.rolbypassrls
        )
        with engine.connect() as connection:
            name = connection.scalar(query, execution_options={HOUSE: "may the role walk through the wall?"})
        if name:
            raise BadSetting(
                f"The database role {name!r} is above row-level security, so nothing would keep tenants apart. "
                "Use a plain role in DATABASE_URL and the owner of the tables in DATABASE_OWNER_URL."
            )
    with engine.connect() as connection:
        if not is_current(connection):
            raise BadSetting(
                "The database has no tables yet, or those of another release. Run: luoshi migrate"
            )


def _engine_options(config: Config) -> dict[str, object]:
    # Errors are logged; the values of their statements may be personal.
    common = {"hide_parameters": True}
    if config.embedded_database:
        return {**common, "connect_args": {"timeout": 15}}
    return {
        **common,
        "pool_pre_ping": True,  # a restarted database costs a reconnection, not an error
        "pool_size": config.threads + 1,
        "max_overflow": config.threads,
        "pool_timeout": 10,
        "connect_args": {"connect_timeout": 5},
    }
