"""The only reader of the machine's clock.

Business time comes from a `Clock` chosen at the entry, so that a test can pass one and a demonstration can be moved through
a campaign that lies in the past. What guards the house (sessions, locks, leases) always uses `machine_now`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Gives the present instant, aware, in UTC."""

    def now(self) -> datetime: ...


def machine_now() -> datetime:
    """Return the machine's present instant, aware, in UTC."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Return seconds that only ever grow; for measuring spans."""
    return time.monotonic()


class SystemClock:
    """The machine's time."""

    def now(self) -> datetime:
        return machine_now()


@dataclass(frozen=True)
class FixedClock:
    """Stands still; for tests and rehearsals."""

    at: datetime

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")

    def now(self) -> datetime:
        return self.at


class ShiftedClock:
    """The machine's time plus a shift kept in a file, shared by every process of a demonstration.

    The file holds the shift in whole seconds. It is read at each call, since another process may have moved it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def shift(self) -> timedelta:
        try:
            return timedelta(seconds=int(self._path.read_text() or 0))
        except FileNotFoundError:
            return timedelta(0)

    def now(self) -> datetime:
        return machine_now() + self.shift()

    def move_to(self, at: datetime) -> None:
        """Let time go on from `at`; the file is replaced in one step, so no reader sees half a number."""
        seconds = int((at - machine_now()).total_seconds())
        fresh = self._path.with_suffix(".new")
        fresh.write_text(str(seconds))
        fresh.replace(self._path)
