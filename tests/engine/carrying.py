"""Jobs of several authorities, run as workers run them: whatever crosses from one to another is carried by them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from uuid import UUID

from engine import jobs
from tenants import outbox
from tenants.db import system_work
from tests.world import Door


def due(open_work: Door) -> list[tuple[str, UUID]]:
    """Return (authority, job) of everything that is due anywhere."""
    slugs = {key: slug for slug, key in open_work.world.tenants.items()}
    with system_work(reads=True) as session:
        return [(slugs[owner], job) for owner, job in outbox.due(session, open_work.clock.now(), 10_000)]


def run(open_work: Door, slug: str, job: UUID) -> None:
    """Run one job of an authority; raise what it raises."""
    slugs = {key: slug for slug, key in open_work.world.tenants.items()}
    jobs.run(partial(open_work, slug), job, lambda key: open_work(slugs[key]))


def run_each(open_work: Door, waiting: Iterable[tuple[str, UUID]]) -> list[str]:
    """Run jobs one after the other; return what failed."""
    errors = []
    for slug, job in waiting:
        try:
            run(open_work, slug, job)
        except Exception as error:
            errors.append(f"{type(error).__name__}: {error}")
    return errors


def carry(open_work: Door, rounds: int = 30) -> list[str]:
    """Run everything that is due, a minute later what is due then, until nothing is; return what failed."""
    errors: list[str] = []
    for _ in range(rounds):
        waiting = due(open_work)
        if not waiting:
            break
        errors += run_each(open_work, waiting)
        open_work.clock.move(minutes=1)
    return errors
