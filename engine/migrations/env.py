"""Runs migrations on the connection that `engine.migrate` hands over; there is no other way in."""

from __future__ import annotations

from alembic import context

from tenants.db import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
