"""The way in for jobs: a worker names a tenant and a job, everything else is read from the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from uuid import UUID

from engine import jobs
from tenants import directory
from tenants.db import Work, system_work, unit_of_work
from web.house import house


def run_job(tenant_id: str, job_id: str) -> None:
    """Run one job of one tenant. An application context must be open.

    Raises ValueError when the ids are none, NotFound when there is no such tenant.
    """
    tenant, job, here = UUID(tenant_id), UUID(job_id), house()
    here.doorbell.ring(tenant, jobs.run(partial(_open, tenant), job, _abroad))


def _open(tenant: UUID) -> AbstractContextManager[Work]:
    """Open a unit of work of an authority, as the house. Raises NotFound when there is none."""
    here = house()
    with system_work(reads=True) as session:
        slug = directory.tenant_by_id(session, tenant).slug
    return unit_of_work(slug, None, clock=here.clock, store=here.config.store, as_house=True)


@contextmanager
def _abroad(tenant: UUID) -> Iterator[Work]:
    """Open one to which something is carried, and ring for what it has to do there."""
    with _open(tenant) as work:
        yield work
    house().doorbell.ring(tenant, work.bells)
