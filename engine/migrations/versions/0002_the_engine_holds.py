"""Second release: what calendars, accounts in bulk, notices and the engine's wider BPMN need in tables."""

from __future__ import annotations

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    pass
