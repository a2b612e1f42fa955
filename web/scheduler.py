"""The scheduler looks at the wake-up table and rings for what is due: timers, and jobs whose first ring nobody heard.

One at a time leads. It keeps nothing: killed at any instruction it loses nothing, and two of them would only ring twice.
"""

from __future__ import annotations

import fcntl
import logging
import signal
import threading
from pathlib import Path
from types import FrameType
from typing import IO
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tenants import outbox
from tenants.clock import monotonic
from tenants.db import db, system_work
from web.config import Config
from web.house import House, bare_app, check_database, house

TICK_SECONDS = 1.0
# A ring that led to nothing is repeated after so long.
AGAIN_SECONDS = 30.0
BATCH = 1000
# Any number that no other program on the same database uses for its advisory locks.
_LEADER = 0x4C554F534849

log = logging.getLogger(__name__)


class Scheduler:
    """Rings for what is due; `tick` once a second."""

    def __init__(self, here: House) -> None:
        self._house = here
        self._rung: dict[UUID, float] = {}

    def tick(self) -> int:
        """Ring for everything due that was not rung for lately; return how many rings were heard."""
        with system_work(reads=True) as session:
            if not _leads(session):
                return 0
            due = outbox.due(session, self._house.clock.now(), BATCH)
        if not due:
            self._rung.clear()
            return 0
        now = monotonic()
        waiting = self._house.doorbell.waiting()
        todo = [
            (tenant_id, job_id)
            for tenant_id, job_id in due
            if job_id.hex not in waiting and self._rung.get(job_id, -AGAIN_SECONDS) <= now - AGAIN_SECONDS
        ]
        if not self._house.doorbell.ring_all(todo):
            return 0
        kept = {job_id for _, job_id in due}
        self._rung = {job_id: at for job_id, at in self._rung.items() if job_id in kept}
        self._rung.update((job_id, now) for _, job_id in todo)
        return len(todo)


def _leads(session: Session) -> bool:
    """Tell whether this process may ring now. On SQLite the file lock of `serve` has decided that already."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(_LEADER))))


def serve(config: Config) -> None:
    """Tick until told to end. A database that is gone is waited for."""
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    app = bare_app(config)
    with app.app_context():
        check_database(db.engine)
        lock = _wait_for_lead(config.run / "scheduler.lock", stop) if config.embedded_database else None
        scheduler = Scheduler(house())
        log.info("the scheduler rings every %s s", TICK_SECONDS)
        while not stop.wait(TICK_SECONDS):
            try:
                rung = scheduler.tick()
            except SQLAlchemyError as error:
                log.warning("the database does not answer, trying again: %s", error)
                stop.wait(5)
            else:
                if rung:
                    log.info("rang for %d jobs", rung)
        if lock is not None:
            lock.close()


def _wait_for_lead(path: Path, stop: threading.Event) -> IO[bytes]:
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("ab")
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return file
        except BlockingIOError:
            if stop.wait(TICK_SECONDS):
                return file
