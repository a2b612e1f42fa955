"""Jobs: run one that is due, whole or not at all. The queue only carries ids; everything else stands in the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from uuid import UUID

from sqlalchemy import select

from engine import (
    amend,
    amend_fleet,
    appointing,
    at_hand,
    campaigns,
    carried,
    collected,
    collecting,
    duties,
    incidents,
    milestones,
    misses,
    recalendar_record,
    series,
    serving,
    signals,
    tasks,
    timers,
)
from engine.births import NAMED, OPEN_LATER, SERVE, after_step
from engine.carriers import Carried, Carrier, NotForUs, NotTaken
from engine.cascade import joining
from engine.cascade.carrying import CARRIERS as BETWEEN
from engine.deliveries import answering, turning
from engine.holding import hold_instance, keep, stick
from engine.models import Incident
from engine.process import begin, wake
from engine.rollup import keeping as rollups
from engine.rollup import stale
from engine.running import running_of
from engine.stepping import record_step
from tenants import outbox
from tenants.db import Work
from tenants.models import Job, Unit
from tenants.text import Message, say

CARRIERS: Mapping[str, Carrier] = {**BETWEEN, **carried.CARRIERS}
OpenWork = Callable[[], AbstractContextManager[Work]]
OpenAbroad = Callable[[UUID], AbstractContextManager[Work]]


def run(open_work: OpenWork, job_id: UUID, abroad: OpenAbroad | None = None) -> list[UUID]:
    """Run a job, its effects in one transaction, and return the jobs that became due by it.

    open_work: opens a unit of work of the job's tenant, as the house; abroad: of another, for what is carried there. A job that
    is done, held or not yet due is left alone, so that ringing twice does nothing twice. An attempt is counted before it is made,
    and its error is noted when it fails; after the last the job becomes an incident, also when each one took its worker down.
    """
    with open_work() as work:
        may_run = outbox.begin(work, job_id)
        if may_run is False:
            _give_up(work, job_id, say("WorkerDied：执行它的进程每次都中途退出。"))
    if not may_run:
        return []
    try:
        bells, carried = _work_off(open_work, job_id)
        if carried is not None:
            _carry(open_work, job_id, abroad, *carried)
        return bells
    except Exception as error:
        with open_work() as work:
            if not outbox.fail(work, job_id, f"{type(error).__name__}: {error}"):
                _give_up(work, job_id, incidents.because(error))
        raise


def _work_off(open_work: OpenWork, job_id: UUID) -> tuple[list[UUID], tuple[Carrier, Carried] | None]:
    """Do what a job says, or read what it is to carry to another authority: then it is done when that has arrived."""
    with open_work() as work:
        job = outbox.claim(work, job_id)
        if job is None:
            return [], None
        carrier = CARRIERS.get(job.kind)
        parcel = carrier.take(work, job) if carrier is not None else None
        if carrier is not None and parcel is not None:
            return list(work.bells), (carrier, parcel)
        if carrier is None:
            HANDLERS[job.kind](work, job)
        outbox.finish(work, job)
        return list(work.bells), None


def _carry(
    open_work: OpenWork, job_id: UUID, abroad: OpenAbroad | None, carrier: Carrier, parcel: Carried
) -> None:
    if abroad is None:
        raise LookupError("nobody opens the other authority")
    try:
        with abroad(parcel.to) as work:
            carrier.bring(work, parcel)
    except NotForUs:
        raise
    except Exception as error:
        # What became of it there is not this authority's to know, whose job it is that failed.
        what = say("对方没有收下（{kind}）。", kind=type(error).__name__)
        raise NotTaken(what, say("请与对方联系，查明后重试。")) from error
    with open_work() as work:
        job = outbox.claim(work, job_id)
        if job is not None:
            carrier.arrived(work, parcel)
            outbox.finish(work, job)


def _give_up(work: Work, job_id: UUID, message: Message) -> None:
    incidents.open_for_job(work, work.session.scalars(select(Job).where(Job.id == job_id)).one(), message)


def retry(work: Work, incident_id: UUID) -> None:
    """Take an incident up again: run the failed job, or go on from where the instance was stuck."""
    incident = incidents.locked(work, incident_id)
    _take_up(work, incident)


def retry_later(work: Work, job: Job) -> None:
    """Take up one incident of many, in a transaction of its own; one that was settled meanwhile is left alone."""
    open_one = select(Incident).where(Incident.id == job.subject_id, Incident.state == "open")
    incident = work.session.scalar(open_one.with_for_update())
    if incident is not None:
        _take_up(work, incident)


def _take_up(work: Work, incident: Incident) -> None:
    # Settled first: what goes wrong again is said anew.
    incidents.settle(work, incident)
    work.session.flush()
    if incident.kind == "job" and incident.job_id:
        outbox.retry(work, incident.job_id)
    elif incident.kind == "start" and incident.instance_id:
        _begin(work, incident.instance_id)
    elif incident.kind == "doubt" and incident.job_id:
        duties.open_for_rest(work, incident.job_id)
    elif incident.kind == "timer" and incident.instance_id:
        _wake(work, incident.instance_id, afresh=True)
    elif incident.kind == "delivery" and incident.job_id:
        turning.again(work, incident.job_id)
    elif incident.job_id:
        tasks.again(work, incident.job_id)


def fire_timer(work: Work, job: Job) -> None:
    """Wake an instance whose timer is due. One that is stuck elsewhere is woken too: its timers go on."""
    if job.subject_id is not None:
        _wake(work, job.subject_id)


def _wake(work: Work, instance_id: UUID, *, afresh: bool = False) -> None:
    """Fire what is due in an instance. afresh: it was stuck, and is to try again."""
    instance = hold_instance(work, instance_id)
    if instance is None:
        return
    live = running_of(work, instance)
    subject = work.session.get(Unit, (work.tenant.id, instance.unit_id)) if instance.unit_id else None
    if afresh:
        instance.state = "running"
    try:
        if afresh and timers.follow(work, live, instance, afresh=True):
            keep(work, instance)  # what it was stuck on may have been put right
        given = at_hand.given_to(work, live, instance)
        step = wake(live.model(instance.process), instance.compact, live.now, given)
        with work.session.begin_nested():
            record_step(work, live, instance, step, subject=subject, then=after_step)
    except incidents.STUCK as stuck:
        stick(work, instance)
        incidents.open_for_timer(work, instance, incidents.told(stuck, live.model(instance.process)))


def _begin(work: Work, instance_id: UUID) -> None:
    """Let an instance begin that could not, with what is known by now."""
    instance = hold_instance(work, instance_id)
    if instance is None or (instance.state, instance.revision) != ("stuck", 0):
        return
    live = running_of(work, instance)
    subject = work.session.get(Unit, (work.tenant.id, instance.unit_id)) if instance.unit_id else None
    model = live.model(instance.process)
    try:
        names = timers.known_now(work, live, instance, model.reads & timers.KNOWN)
        step = begin(model, instance.compact, names, live.now, at_hand.given_to(work, live, instance))
        with work.session.begin_nested():
            instance.state = "running"
            record_step(work, live, instance, step, subject=subject, then=after_step)
    except incidents.STUCK as stuck:
        incidents.open_for_starts(work, [(instance, incidents.told(stuck, model))])


HANDLERS: Mapping[str, Callable[[Work, Job], None]] = {
    campaigns.OPEN_OCCURRENCE: duties.open_occurrence,
    OPEN_LATER: duties.open_later,
    NAMED: appointing.after_naming,
    signals.KIND: signals.hear,
    recalendar_record.FOLLOW: recalendar_record.follow,
    timers.KIND: fire_timer,
    incidents.RETRY: retry_later,
    milestones.KIND: misses.look,
    series.KIND: duties.open_turn,
    SERVE: serving.serve,
    collected.KIND: collecting.look,
    joining.LOOK: joining.look,
    rollups.KIND: stale.look,
    amend_fleet.KIND: amend_fleet.work_off,
    answering.TAKE: answering.take,
    amend.WIDER: amend.open_wider,
}
