"""Jobs: written with what wants them, done once, in order, and never lost."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tenants import outbox
from tenants.base import new_id
from tenants.db import system_work
from tenants.models import Job, Wakeup


def wakeups(clock, limit=100):
    with system_work(reads=True) as session:
        return outbox.due(session, clock.now(), limit)


def test_a_job_exists_only_if_its_command_does(open_work, clock):
    with pytest.raises(RuntimeError), open_work() as work:
        outbox.later(work, "ring")
        raise RuntimeError
    assert wakeups(clock) == []


def test_a_job_that_is_due_rings_and_one_for_later_does_not(open_work, clock, world):
    with open_work() as work:
        now = outbox.later(work, "ring")
        later = outbox.later(work, "ring", at=work.now + timedelta(hours=1))
        assert work.bells == [now]
    assert wakeups(clock) == [(world.tenants["yangcheng"], now)]
    clock.move(hours=1)
    assert [job for _, job in wakeups(clock)] == [now, later]


def test_asking_twice_with_a_key_makes_one_job(open_work):
    with open_work() as work:
        assert outbox.later(work, "ring", key="once") == outbox.later(work, "ring", key="once")
        assert outbox.later(work, "other", key="once") != outbox.later(work, "ring", key="twice")
        assert work.session.scalar(select(func.count()).select_from(Job)) == 3


def test_the_same_key_in_another_county_is_another_job(open_work):
    with open_work("yangcheng") as work:
        mine = outbox.later(work, "ring", key="once")
    with open_work("qinshui") as work:
        assert outbox.later(work, "ring", key="once") != mine


def test_a_job_is_done_once(open_work, clock):
    with open_work() as work:
        job_id = outbox.later(work, "ring")
    with open_work() as work:
        outbox.finish(work, outbox.claim(work, job_id))
    with open_work() as work:
        assert outbox.claim(work, job_id) is None
    assert wakeups(clock) == []


def test_a_job_before_its_time_is_left_alone(open_work, clock):
    with open_work() as work:
        job_id = outbox.later(work, "ring", at=work.now + timedelta(seconds=1))
        assert outbox.claim(work, job_id) is None
    clock.move(seconds=1)
    with open_work() as work:
        assert outbox.claim(work, job_id) is not None


def test_what_came_first_for_a_subject_is_done_first(open_work, clock):
    subject = new_id()
    with open_work() as work:
        second = outbox.later(work, "ring", subject, at=work.now + timedelta(minutes=2))
        first = outbox.later(work, "ring", subject, at=work.now + timedelta(minutes=1))
        other = outbox.later(work, "ring", new_id(), at=work.now + timedelta(minutes=2))
    clock.move(days=3)
    with open_work() as work:
        assert outbox.claim(work, second) is None
        assert outbox.claim(work, other) is not None
        outbox.finish(work, outbox.claim(work, first))
        assert outbox.claim(work, second) is not None


def test_a_job_of_another_county_is_as_if_it_were_not(open_work):
    with open_work("yangcheng") as work:
        job_id = outbox.later(work, "ring")
    with open_work("qinshui") as work:
        assert outbox.claim(work, job_id) is None


def test_a_failed_job_comes_back_later_each_time_and_then_no_more(open_work, clock):
    with open_work() as work:
        job_id = outbox.later(work, "ring")
    for wait in outbox.RETRIES:
        with open_work() as work:
            assert outbox.begin(work, job_id)
        with open_work() as work:
            assert outbox.fail(work, job_id, "no luck")
        assert wakeups(clock) == []
        clock.move(seconds=wait)
        assert [job for _, job in wakeups(clock)] == [job_id]
    with open_work() as work:
        assert outbox.begin(work, job_id)
    with open_work() as work:
        assert not outbox.fail(work, job_id, "no luck")
    clock.move(days=10)
    assert wakeups(clock) == []
    with open_work() as work:
        outbox.retry(work, job_id)
        assert work.bells == [job_id]
    with open_work() as work:
        assert outbox.claim(work, job_id).attempts == 0


def test_a_job_that_is_begun_again_and_again_without_an_end_has_failed(open_work, clock):
    with open_work() as work:
        job_id = outbox.later(work, "ring")
        assert outbox.begin(work, outbox.later(work, "ring", at=work.now + timedelta(hours=1))) is None
    begun = []
    for _ in range(outbox.ATTEMPTS + 2):
        with open_work() as work:
            begun.append(outbox.begin(work, job_id))
    assert begun == [True] * outbox.ATTEMPTS + [False, None]
    assert wakeups(clock) == []


def test_dropped_jobs_are_neither_done_nor_rung_for(open_work, clock):
    subject = new_id()
    with open_work() as work:
        kept = outbox.later(work, "ring", subject, key="kept")
        dropped = outbox.later(work, "ring", subject, key="dropped")
        outbox.drop(work, subject, "ring", ["dropped"])
    with open_work() as work:
        assert outbox.claim(work, dropped) is None
    assert [job for _, job in wakeups(clock)] == [kept]


def test_the_wake_up_table_says_nothing_but_when_and_whose(app):
    assert {column.name for column in Wakeup.__table__.c} == {"id", "tenant_id", "kind", "job_id", "at"}
