"""Brings a database to the present schema, step by step, as the owner of its tables. Safe to run again at any time."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

import engine.amend_models
import engine.cascade.models
import engine.deliveries.models
import engine.draw_models
import engine.models
import engine.rollup.models
import engine.table_models
import forms.models
import workflows.models
from tenants.db import Base
from tenants.guard import HOUSE

# Every package's rows belong to one schema; importing their modules is what makes them known.
PACKAGES = (forms.models, workflows.models, engine.models)
_FOLDER = Path(__file__).parent / "migrations"


def upgrade(owner: Engine) -> bool:
    """Run what the database has not seen yet, all of it or nothing; return whether there was anything to run."""
    with owner.begin() as connection:
        before = _seen(connection)
        if before == _newest():
            return False
        command.upgrade(_config(connection), "head")
        return True


def is_current(connection: Connection) -> bool:
    """Tell whether the database has the schema that this code expects."""
    return _seen(connection.execution_options(**{HOUSE: "which schema?"})) == _newest()


def differences(connection: Connection) -> list[object]:
    """Return how the database differs from the models; empty after `upgrade`, or a migration is missing."""
    return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


def _seen(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _newest() -> str | None:
    return ScriptDirectory(str(_FOLDER)).get_current_head()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    return config
