"""The doorbell: RQ carries the ids of jobs, and nothing else.

The database is the truth. A ring that is lost is repeated by the scheduler; a ring too many finds nothing to do.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from uuid import UUID

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

QUEUE = "luoshi"
# The one function that a worker calls, whatever the queue says (web/worker.py).
RUN_JOB = "web.jobs.run_job"
JOB_SECONDS = 900
_KEPT_SECONDS = 24 * 3600

log = logging.getLogger(__name__)


class Doorbell:
    """Rings for jobs. A Redis that is gone is noted, never an error: the scheduler rings again."""

    def __init__(self, url: str) -> None:
        # Short patience: whoever rings has a user waiting.
        self._redis = redis.Redis.from_url(
            url, socket_timeout=1, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 0)
        )
        self._queue = Queue(QUEUE, connection=self._redis, serializer=JSONSerializer)

    def ring(self, tenant_id: UUID, job_ids: Iterable[UUID]) -> bool:
        """Ask a worker to look after the jobs; return False when nobody could hear it."""
        return self.ring_all((tenant_id, job_id) for job_id in job_ids)

    def ring_all(self, jobs: Iterable[tuple[UUID, UUID]]) -> bool:
        """The same for (tenant id, job id) pairs."""
        try:
            for tenant_id, job_id in jobs:
                self._queue.enqueue_call(
                    RUN_JOB,
                    args=(str(tenant_id), str(job_id)),
                    job_id=job_id.hex,
                    timeout=JOB_SECONDS,
                    result_ttl=0,
                    failure_ttl=_KEPT_SECONDS,
                    description=f"job {job_id}",
                )
        except redis.RedisError as error:
            log.warning("nobody hears the bell, the scheduler will ring again: %s", error)
            return False
        return True

    def waiting(self) -> set[str]:
        """Return the ids (32 hex digits) of jobs that were rung for and not begun; none when Redis is gone."""
        try:
            return set(self._queue.get_job_ids())
        except redis.RedisError:
            return set()

    def answers(self) -> bool:
        """Tell whether Redis answers now."""
        try:
            return bool(self._redis.ping())
        except redis.RedisError:
            return False

    def close(self) -> None:
        self._redis.close()
