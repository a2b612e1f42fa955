"""A run: instances go over to another version, or back, a chunk at a time, each for itself; who fails holds up nobody.

A job works off one chunk in its own transaction and leaves the next to another. What is done stands in the rows, so that a
worker that dies loses nothing, and a run that is rung for twice does nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from engine import amend_moving, incidents
from engine.amend_gather import draft
from engine.amend_models import AmendedInstance, Amendment
from engine.amend_plan import Group, Standing, Verdict
from engine.models import Instance
from engine.rows import InstanceRow
from engine.running import Running, running, under
from tenants import access, outbox
from tenants.audit import record, record_all
from tenants.base import batches, new_id
from tenants.db import Work
from tenants.errors import Conflict, NotFound
from tenants.models import Job
from tenants.text import Message, packed, say, unpacked

KIND = "amend"
# So many go over in the command itself; of more, so many in each job.
AT_ONCE, CHUNK = 100, 50
# At its second attempt a job takes one instance alone; at its third it sets that one aside.
_ALONE, _ASIDE = 2, 3


def enter(
    work: Work,
    live: Running,
    former: Running,
    verdicts: Sequence[tuple[Standing, Verdict]],
    groups: Iterable[Group],
    *,
    whole: bool,
) -> Amendment:
    """Write down a run with what is to become of each instance. live, former: the campaign under both versions."""
    found = {group.key: group for group in groups}
    kin = {key: group.key for group in found.values() for key in group.ids}
    run = Amendment(
        campaign_id=live.campaign.id, former_hash=former.package.hash, former_version=former.package.version,
        package_hash=live.package.hash, version=live.package.version, whole=whole,
        groups={key: _told(group) for key, group in found.items()}, started_at=work.now, started_name=work.actor.name,
    )  # fmt: skip
    work.session.add(run)
    work.session.flush()
    states = {"moves": "waiting"}
    rows = [
        {
            "tenant_id": work.tenant.id, "id": new_id(), "amendment_id": run.id, "instance_id": one.id,
            "state": states.get(verdict.what, verdict.what), "kin": kin[one.id], "due_before": one.due,
            "due_after": verdict.due, "former_hash": one.package_hash, "changed_at": work.now,
        }
        for one, verdict in verdicts
    ]  # fmt: skip
    for some in batches(rows):
        work.session.execute(insert(AmendedInstance), some)
    return run


def set_off(work: Work, run: Amendment) -> None:
    """Begin to work off a run: at once where it is short, else by jobs."""
    count = len(work.session.scalars(_next(run, AT_ONCE + 1)).all())
    if count <= AT_ONCE:
        _chunk(work, run, AT_ONCE)
    _go_on(work, run)


def work_off(work: Work, job: Job) -> None:
    """Work off one chunk of a run, and leave the rest to the next job."""
    run = work.session.get(Amendment, (work.tenant.id, job.subject_id)) if job.subject_id else None
    if run is None or run.state != "running":
        return
    if job.attempts >= _ASIDE:
        _set_aside(work, run)
    else:
        _chunk(work, run, CHUNK if job.attempts < _ALONE else 1)
    _go_on(work, run, job.id)


def pause(work: Work, amendment_id: UUID) -> Amendment:
    """Stop after the chunk at hand. Raises Conflict when nothing runs."""
    run = locked(work, amendment_id)
    if run.state != "running":
        raise Conflict(say("这次迁移没有在进行。"), say("请刷新页面，查看最新情况。"))
    run.state = "paused"
    record(work, "amendment.pause", "campaign", run.campaign_id, version=run.version)
    return run


def resume(work: Work, amendment_id: UUID) -> Amendment:
    """Go on with what was paused. Raises Conflict when it was not."""
    run = locked(work, amendment_id)
    if run.state != "paused":
        raise Conflict(say("这次迁移没有暂停。"), say("请刷新页面，查看最新情况。"))
    run.state = "running"
    record(work, "amendment.resume", "campaign", run.campaign_id, version=run.version)
    _go_on(work, run)
    return run


def again(work: Work, amendment_id: UUID) -> int:
    """Try once more what failed; return how many that are."""
    run = locked(work, amendment_id)
    failed = AmendedInstance.amendment_id == run.id, AmendedInstance.state == "failed"
    number = 0
    # What failed on its way back has moved; what failed on its way there has not.
    for state, which in (
        ("moved", AmendedInstance.moved_at.is_not(None)),
        ("waiting", AmendedInstance.moved_at.is_(None)),
    ):
        if (state == "waiting") == (run.direction == "over"):
            found = work.session.execute(
                update(AmendedInstance).where(*failed, which).values(state=state, why=None)
            )
            number += found.rowcount  # type: ignore[attr-defined]
    if not number:
        raise Conflict(say("没有失败的事项。"), say("请刷新页面，查看最新情况。"))
    if run.state == "done":
        run.state, run.ended_at = "running", None
    record(work, "amendment.again", "campaign", run.campaign_id, version=run.version, count=number)
    _go_on(work, run)
    return number


def locked(work: Work, amendment_id: UUID) -> Amendment:
    """Return a run that the actor may steer, locked. Raises NotFound, Forbidden."""
    access.require(work.viewer, "campaign.steer")
    query = select(Amendment).where(Amendment.id == amendment_id).with_for_update()
    run = work.session.scalar(query.execution_options(populate_existing=True))
    if run is None:
        raise NotFound(say("没有找到这次迁移。"))
    return run


def require_none_at_work(work: Work, campaign_id: UUID) -> None:
    """Raise Conflict while instances of a campaign are on their way."""
    query = select(Amendment.id).where(
        Amendment.campaign_id == campaign_id, Amendment.whole, Amendment.state != "done"
    )
    if work.session.scalar(query.limit(1)) is not None:
        raise Conflict(say("上一次迁移还没有办完。"), say("请等它办完；暂停的请先继续，或者撤回。"))


def _next(run: Amendment, size: int) -> Select[tuple[UUID]]:
    """Return the query of the instances whose turn it is."""
    wanted = "waiting" if run.direction == "over" else "moved"
    return (
        select(AmendedInstance.instance_id)
        .where(AmendedInstance.amendment_id == run.id, AmendedInstance.state == wanted)
        .order_by(AmendedInstance.kin, AmendedInstance.id)
        .limit(size)
    )


def _chunk(work: Work, run: Amendment, size: int) -> None:
    ids = work.session.scalars(_next(run, size)).all()
    rows = hold(work, run, ids)
    live = running(work, run.campaign_id)
    if run.direction == "back":
        take_back(work, live, run, rows)
    else:
        bring_over(work, under(live, run.package_hash), run, rows)


def hold(work: Work, run: Amendment, ids: Sequence[UUID]) -> list[AmendedInstance]:
    """Lock instances, then their rows in a run, as everybody does; return those whose turn it still is."""
    work.session.execute(
        select(Instance.id).where(Instance.id.in_(ids)).order_by(Instance.id).with_for_update(key_share=True)
    ).all()
    wanted = "waiting" if run.direction == "over" else "moved"
    query = select(AmendedInstance).where(
        AmendedInstance.amendment_id == run.id, AmendedInstance.instance_id.in_(ids), AmendedInstance.state == wanted
    )  # fmt: skip
    query = query.order_by(AmendedInstance.instance_id).with_for_update()
    return list(work.session.scalars(query.execution_options(populate_existing=True)))


def bring_over(work: Work, live: Running, run: Amendment, rows: Sequence[AmendedInstance]) -> None:
    """Let instances go over, each as it stands by now. live: under the version to go over to."""
    ids = [row.instance_id for row in rows]
    made = draft(work, under(live, run.former_hash), live.package, only=ids, decided=True)
    verdicts = {one.id: verdict for one, verdict in made.verdicts}
    moved, left = [], []
    for row in rows:
        verdict = verdicts.get(row.instance_id)
        instance = _alone(work, row, partial(amend_moving.move, work, live, row, verdict))
        if instance is not None and verdict is not None:
            notes = "；".join(map(str, verdict.notes))
            moved.append((instance.id, instance.unit_id, {"version": run.version, "notes": notes}))
        elif row.state in ("stays", "blocked", "failed"):
            left.append((row.instance_id, row.why or []))
    record_all(work, "instance.amend", "instance", moved)
    note_left(work, run.former_version, left)


def take_back(work: Work, live: Running, run: Amendment, rows: Sequence[AmendedInstance]) -> None:
    """Let instances go back, each as long as nobody has gone on."""
    told = []
    for row in rows:
        instance = _alone(work, row, partial(amend_moving.back, work, live, row))
        if instance is not None:
            told.append((instance.id, instance.unit_id, {"version": run.former_version}))
    record_all(work, "instance.amend_back", "instance", told)


def note_left(work: Work, version: str, left: Sequence[tuple[UUID, Sequence[Any]]]) -> None:
    """Say in the trail of each instance that stays behind why it does. version: by which it goes on."""
    units: dict[UUID, UUID | None] = {}
    for some in batches([key for key, _why in left]):
        rows = select(Instance.id, Instance.unit_id).where(Instance.id.in_(some))
        units.update(work.session.execute(rows).tuples().all())
    told = ((key, "；".join(str(unpacked(one)) for one in why)) for key, why in left)
    record_all(
        work, "instance.keep", "instance",
        [(key, units.get(key), {"version": version, "reason": reason}) for key, reason in told],
    )  # fmt: skip


def counts(work: Work, run: Amendment) -> dict[str, int]:
    """Return how many instances of a run stand where: state -> number."""
    query = select(AmendedInstance.state, func.count()).where(AmendedInstance.amendment_id == run.id)
    return dict(work.session.execute(query.group_by(AmendedInstance.state)).tuples().all())


def reasons(row: AmendedInstance) -> list[Message]:
    """Return why an instance did not go over, or not back, where that is its own reason."""
    return [unpacked(one) for one in row.why or []]


def _alone(work: Work, row: AmendedInstance, act: Callable[[], InstanceRow | None]) -> InstanceRow | None:
    """Do something to one instance; where that fails nothing of it stays, and its row says why."""
    try:
        with work.session.begin_nested():
            return act()
    except DBAPIError:
        raise  # nobody's fault but the database's: the job is tried again
    except Exception as error:
        row.state, row.why, row.changed_at = "failed", [packed(incidents.because(error))], work.now
        return None


def _set_aside(work: Work, run: Amendment) -> None:
    """Leave out the instance at which workers have died."""
    for row in hold(work, run, work.session.scalars(_next(run, 1)).all()):
        why = say("两次办到这一项时，执行的进程都中途退出")
        row.state, row.why, row.changed_at = "failed", [packed(why)], work.now


def _go_on(work: Work, run: Amendment, own: UUID | None = None) -> None:
    """Leave what remains to another job, or end the run. own: the job at hand."""
    work.session.flush()
    if run.state != "running":
        return
    if work.session.scalar(_next(run, 1)) is not None:
        waiting = select(Job.id).where(
            Job.subject_id == run.id, Job.kind == KIND, Job.state == "waiting", Job.id != own
        )
        if work.session.scalar(waiting.limit(1)) is None:
            outbox.later(work, KIND, run.id)
        return
    run.state, run.ended_at = "done", work.now
    if run.whole:
        found = counts(work, run)
        record(
            work, "amendment.end", "campaign", run.campaign_id, version=run.version,
            moved=found.get("moved", 0) if run.direction == "over" else found.get("back", 0), failed=found.get("failed", 0),
        )  # fmt: skip


def _told(group: Group) -> dict[str, Any]:
    return {
        "what": group.what, "title": group.title, "why": [packed(one) for one in group.why],
        "notes": [packed(one) for one in group.notes],
    }  # fmt: skip
