"""The RQ worker. What a queue says is not trusted: whoever can write to Redis can ring, and do nothing else.

RQ would import and call any function that a job names, with any arguments, call back others and send web requests. Here
a job is two ids, and it is `run_job` that gets them.
"""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

import redis
from flask import Flask
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer

from tenants.db import db
from web.config import Config
from web.house import bare_app, check_database, settle
from web.jobs import run_job
from web.queue import QUEUE, RUN_JOB

log = logging.getLogger(__name__)


class ForeignJob(Exception):
    """A job in the queue is not one of ours; it was not run."""


class Ring(Job):
    """A job as it is allowed to be: the one function and two ids."""

    def restore(self, raw_data: Any) -> Any:
        super().restore(raw_data)
        self.webhooks = []
        self._success_callback_name = self._failure_callback_name = self._stopped_callback_name = None
        self.repeats_left = self.retries_left = None
        self._dependency_ids = []
        self.meta = {}

    @property
    def ids(self) -> tuple[str, str]:
        """The tenant's and the job's id. Raises ForeignJob."""
        try:
            named, instance, args, kwargs = self.func_name, self.instance, list(self.args), self.kwargs
            if named != RUN_JOB or instance or kwargs or len(args) != 2:
                raise ValueError(f"it names {named!r}")
            tenant_id, job_id = (str(UUID(word)) for word in args)
        except Exception as error:  # whatever stands in the queue, this is all it can bring about
            raise ForeignJob(f"{self.id}: {error}") from error
        return tenant_id, job_id

    @property
    def func(self) -> Any:
        return run_job

    def _execute(self) -> None:
        run_job(*self.ids)


class HouseWorker(SimpleWorker):
    """RQ's worker that does not fork: what was parsed for one job serves the next.

    A fork for each job would read a whole package anew, hundreds of times what the job itself costs. A job that takes the
    process down loses nothing: its transaction is undone, the supervisor starts the worker again, the scheduler rings again.
    """

    def __init__(self, app: Flask, connection: redis.Redis) -> None:
        self._app = app
        queue = Queue(QUEUE, connection=connection, serializer=JSONSerializer, job_class=Ring)
        super().__init__([queue], connection=connection, serializer=JSONSerializer, job_class=Ring)

    def execute_job(self, job: Job, queue: Queue) -> None:
        with self._app.app_context():
            super().execute_job(job, queue)


def serve(config: Config, *, burst: bool = False) -> None:
    """Work until told to end; `burst`: until the queue is empty."""
    app = bare_app(config)
    with app.app_context():
        check_database(db.engine)
        db.engine.dispose()
    settle()
    with redis.Redis.from_url(config.redis_url) as connection:
        HouseWorker(app, connection).work(burst=burst, logging_level=config.log_level)
