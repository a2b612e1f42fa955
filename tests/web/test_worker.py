"""The doorbell, who hears it, and who repeats it: nothing is lost, nothing is done that is not ours."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
import redis
from rq import Queue
from rq.job import Job as RqJob
from rq.serializers import JSONSerializer
from sqlalchemy import create_engine, func, select

from engine import timers
from tenants import outbox
from tenants.base import new_id
from tenants.db import db, system_work
from tenants.models import Job, Wakeup
from tests.effort import PATIENCE
from web import scheduler
from web.config import BadSetting, Config
from web.house import House, check_database
from web.queue import QUEUE, RUN_JOB, Doorbell
from web.scheduler import Scheduler
from web.worker import ForeignJob, Ring

ROOT = Path(__file__).parents[2]
SECRET = "q8Zr1vX0mT5nB7cL3kJ9hG2fD6sA4pWu"


@pytest.fixture
def here(database, valkey, clock, tmp_path) -> House:
    config = Config(
        home=tmp_path,
        store=tmp_path / "store",
        database_url=database.url,
        owner_url=database.owner_url,
        redis_url=valkey.url,
        secret_key=SECRET,
    )
    return House(config, clock, Doorbell(valkey.url))


def work_off(here: House) -> str:
    """Let a real worker do everything that is in the queue; return what it wrote."""
    environment = {
        **os.environ,
        "LUOSHI_HOME": str(here.config.home),
        "DATABASE_URL": here.config.database_url,
        "REDIS_URL": here.config.redis_url,
        "LUOSHI_SECRET_KEY": SECRET,
    }
    code = "from web import config, worker; worker.serve(config.read(), burst=True)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return done.stdout + done.stderr


def make_job(open_work, **later) -> tuple[UUID, UUID]:
    with open_work() as work:
        job_id = outbox.later(work, timers.KIND, new_id(), **later)
        return work.tenant.id, job_id


def state(open_work, job_id: UUID) -> str:
    with open_work(reads=True) as work:
        return work.session.scalars(select(Job).where(Job.id == job_id)).one().state


@pytest.mark.slow
def test_a_job_that_was_rung_for_is_done_and_a_second_ring_does_nothing(here, open_work):
    tenant, job = make_job(open_work)
    assert here.doorbell.ring(tenant, [job])
    work_off(here)
    assert state(open_work, job) == "done"
    assert here.doorbell.ring(tenant, [job, job])
    work_off(here)
    assert state(open_work, job) == "done"
    with system_work(reads=True) as session:
        assert session.scalar(select(func.count()).select_from(Wakeup)) == 0


def test_a_bell_that_nobody_hears_is_repeated_once_somebody_does(here, open_work, valkey):
    valkey.kill()
    tenant, job = make_job(open_work)
    assert not here.doorbell.ring(tenant, [job])
    ringer = Scheduler(here)
    assert ringer.tick() == 0
    valkey.start()
    assert ringer.tick() == 1
    assert here.doorbell.waiting() == {job.hex}
    assert ringer.tick() == 0  # it waits in the queue already


def test_a_job_whose_ring_was_swallowed_is_rung_for_again_after_a_while(here, open_work, valkey, monkeypatch):
    make_job(open_work)
    ringer = Scheduler(here)
    assert ringer.tick() == 1
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    assert ringer.tick() == 0
    monkeypatch.setattr(scheduler, "AGAIN_SECONDS", 0.0)
    assert ringer.tick() == 1


def test_what_is_due_later_waits_for_its_time(here, open_work, clock):
    make_job(open_work, at=clock.now() + timedelta(days=3))
    ringer = Scheduler(here)
    assert ringer.tick() == 0
    clock.move(days=3)
    assert ringer.tick() == 1


def test_valkey_keeps_its_queue_over_a_power_cut(here, open_work, valkey):
    tenant, job = make_job(open_work)
    here.doorbell.ring(tenant, [job])
    with redis.Redis.from_url(valkey.url) as client:
        client.execute_command("WAITAOF", 1, 0, 5000)
    valkey.kill()
    valkey.start()
    assert here.doorbell.waiting() == {job.hex}


@pytest.mark.slow
def test_a_planted_job_runs_nothing_whatever_it_names(here, open_work, valkey, tmp_path):
    touched = tmp_path / "touched"
    with redis.Redis.from_url(valkey.url) as client:
        json = Queue(QUEUE, connection=client, serializer=JSONSerializer)
        json.enqueue_call("os.system", args=(f"touch {touched}",))
        json.enqueue_call("pathlib.Path.touch", args=(str(touched),))
        json.enqueue_call(RUN_JOB, args=(str(new_id()), "not an id"))
        json.enqueue_call(RUN_JOB, args=(str(new_id()), str(new_id())), kwargs={"more": 1})
        Queue(QUEUE, connection=client).enqueue_call("os.system", args=(f"touch {touched}",))  # a pickle
        called_back = json.enqueue_call(RUN_JOB, args=(str(new_id()), str(new_id())))
        client.hset(RqJob.key_for(called_back.id), mapping={"failure_callback_name": "os.abort"})
        said = work_off(here)
        assert json.count == 0
    assert not touched.exists()
    assert said.count("ForeignJob") >= 5


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'["os.system", null, ["x"], {}]', pickle.dumps(("a", None, (), {}))]
)
def test_a_job_that_is_none_is_refused_before_anything_is_looked_up(data, valkey):
    with redis.Redis.from_url(valkey.url) as client:
        job = Ring("made-by-hand", connection=client, serializer=JSONSerializer)
        job.data = data
        with pytest.raises(ForeignJob):
            print(job.ids)


def test_on_postgresql_one_scheduler_at_a_time_rings(here, open_work, database):
    make_job(open_work)
    if database.kind != "postgresql":
        assert Scheduler(here).tick() == 1
        return
    with system_work() as session:  # another scheduler, in the middle of its turn
        assert scheduler._leads(session)
        assert Scheduler(here).tick() == 0
    assert Scheduler(here).tick() == 1


def test_a_role_that_walks_through_the_wall_is_refused(app, cluster, database):
    check_database(db.engine)
    if database.kind == "postgresql":
        name = database.url.split("@/")[1].split("?")[0]
        above = create_engine(cluster.url(name, "postgres"))
        with pytest.raises(BadSetting, match="row-level security"):
            check_database(above)
        above.dispose()


def test_a_database_without_tables_is_named(empty_database):
    engine = create_engine(empty_database.url)
    with pytest.raises(BadSetting, match="luoshi migrate"):
        check_database(engine)
    engine.dispose()
