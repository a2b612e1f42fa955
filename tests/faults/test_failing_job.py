"""A job that raises: a real worker writes it down, tries again later, and goes on with the others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from engine import timers
from tenants import outbox
from tenants.base import new_id
from tenants.models import Job
from tests.effort import PATIENCE
from web.queue import Doorbell

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_a_worker_logs_a_job_that_raises_and_goes_on_with_the_next(open_work, database, valkey, tmp_path):
    with open_work() as work:
        tenant = work.tenant.id
        ids = [outbox.later(work, kind, new_id()) for kind in ("nobody knows this kind", timers.KIND)]
    assert Doorbell(valkey.url).ring(tenant, ids)
    environment = {
        **os.environ,
        "LUOSHI_HOME": str(tmp_path),
        "DATABASE_URL": database.url,
        "REDIS_URL": valkey.url,
        "LUOSHI_SECRET_KEY": "q8Zr1vX0mT5nB7cL3kJ9hG2fD6sA4pWu",
    }
    code = "from web import config, worker; worker.serve(config.read(), burst=True)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=True
    )  # fmt: skip
    assert "KeyError: 'nobody knows this kind'" in ran.stdout + ran.stderr
    with open_work() as work:
        found = {job.id: job for job in work.session.scalars(select(Job))}
    broken, sound = (found[key] for key in ids)
    assert (broken.state, broken.attempts) == ("waiting", 1) and "KeyError" in broken.error
    assert sound.state == "done"
