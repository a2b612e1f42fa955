"""Writes down that a campaign goes on under an amended plan, and lets its open instances go over to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select, update

from engine import collected, timers, waits
from engine.amend_gather import Draft, draft
from engine.amend_plan import Verdict
from engine.holding import hold_instance, keep, read_anew
from engine.models import DutyOccurrence, Instance, Task
from engine.process import ProcessStuck, cross
from engine.recalendar_record import move_due, plan_anew, set_dates
from engine.rows import InstanceRow
from engine.running import Running, under
from tenants import outbox
from tenants.audit import record, record_all
from tenants.base import batches
from tenants.db import Work

# The kinds of jobs that let a batch of instances go over, and open a duty for whom the new plan means besides.
AMEND, WIDER = "amend", "amend_wider"
# So many go over in the command itself; of more, each so many have a job of their own.
AT_ONCE, BATCH = 200, 50


def record_draft(work: Work, made: Draft, *, moved: int, left: int) -> None:
    """Let a campaign go on under its new plan: the plan at once, then whoever goes over."""
    campaign, after = made.live.campaign, made.after.campaign
    former = made.live.package
    campaign.former = [*(campaign.former or []), former.hash]
    campaign.package_hash, campaign.version, campaign.title = after.package_hash, after.version, after.title
    campaign.start, campaign.end = made.period
    work.session.flush()
    live = Running(work, campaign, made.after.package)
    for found in made.duties.values():
        plan_anew(work, live, found)
    record(
        work, "campaign.amend", "campaign", campaign.id, title=campaign.title, version=campaign.version,
        hash=campaign.package_hash, former=former.version, moved=moved, left=left,
    )  # fmt: skip
    _note_left(work, made)
    going = {one.id: verdict for one, verdict in made.verdicts if verdict.what == "moves"}
    days: dict[tuple[date | None, date | None], list[UUID]] = {}
    for one, verdict in made.verdicts:
        if one.id in going and verdict.due != one.due:
            days.setdefault((one.due, verdict.due), []).append(one.id)
    for (old, new), ids in days.items():
        move_due(work, made.live, ids, old, new)
    _occurrences(work, made)
    work.session.flush()
    work.session.expire_all()
    outbox.later_all(work, WIDER, [(occurrence, work.now) for occurrence, _n in made.wider.values()])
    if len(going) <= AT_ONCE:
        _go_over(work, live, list(going), going)
        return
    for some in batches(list(going), BATCH):
        outbox.later(work, AMEND, campaign=str(campaign.id), instances=[str(key) for key in some])


def move(work: Work, live: Running, ids: Sequence[UUID]) -> None:
    """Let instances go over, each as it stands by now; whoever does not fit any more stays where it is."""
    open_ones = select(Instance.id).where(Instance.id.in_(ids)).order_by(Instance.id).with_for_update()
    work.session.execute(open_ones).all()
    hashes = work.session.scalars(select(Instance.package_hash).where(Instance.id.in_(ids)).distinct())
    for package_hash in sorted(set(hashes) - {live.package.hash}):
        made = draft(work, under(live, package_hash), live.package, only=ids)
        going = {one.id: verdict for one, verdict in made.verdicts if verdict.what == "moves"}
        _go_over(work, live, list(going), going)


def _go_over(work: Work, live: Running, ids: Sequence[UUID], verdicts: dict[UUID, Verdict]) -> None:
    moved = []
    for instance_id in ids:
        instance = hold_instance(work, instance_id)
        if instance is None or instance.package_hash == live.package.hash:
            continue
        if _crosses(work, live, instance):
            notes = "；".join(str(note) for note in verdicts[instance_id].notes)
            moved.append((instance.id, instance.unit_id, {"version": live.campaign.version, "notes": notes}))
    record_all(work, "instance.amend", "instance", moved)


def _crosses(work: Work, live: Running, instance: InstanceRow) -> bool:
    """Let one instance go over; return whether it did."""
    old, new = under(live, instance.package_hash).model(instance.process), live.model(instance.process)
    former = instance.package_hash
    instance.package_hash = live.package.hash
    if instance.revision:
        wanted = new.reads | old.reads
        names = timers.known_now(work, live, instance, wanted & timers.KNOWN)
        try:
            step = cross(old, new, instance.compact, names, live.now, live.given)
        except ProcessStuck:
            instance.package_hash = former
            return False
        instance.compact = step.state
        instance.revision += 1
        timers.arm(work, new, instance, step)
        waits.keep(work, new, instance, step)
        _tasks(work, live, instance)
    work.session.execute(
        update(Instance).where(Instance.id == instance.id).values(package_hash=instance.package_hash)
    )
    keep(work, instance)
    read_anew(work, Instance, instance.id)
    return True


def _tasks(work: Work, live: Running, instance: InstanceRow) -> None:
    """Let open tasks ask and be called what the new drawing says; to whom they lie stays as it was decided."""
    query = select(Task.id, Task.node, Task.process, Task.form, Task.name).where(
        Task.instance_id == instance.id, Task.state == "open"
    )
    for row in work.session.execute(query).all():
        node = live.drawing(instance.process, row.process).nodes.get(row.node)
        if node is not None and ((node.form or ""), node.name or node.id) != (row.form, row.name):
            values = {"form": node.form or "", "name": node.name or node.id}
            work.session.execute(update(Task).where(Task.id == row.id).values(values))


def _occurrences(work: Work, made: Draft) -> None:
    """Give open occurrences their new dates: who is asked later for the same, and what pages show, goes by them."""
    for found in made.duties.values():
        set_dates(work, [shift for shift in found.shifts if shift.row.state == "open"])
    gone = [key for key in made.live.package.duties if key not in made.after.package.duties]
    query = update(DutyOccurrence).where(
        DutyOccurrence.campaign_id == made.live.campaign.id, DutyOccurrence.duty.in_(gone), DutyOccurrence.state == "planned"
    )  # fmt: skip
    if gone:
        work.session.execute(query.values(state="dropped"))
    # What the new plan collects may be open already.
    row = DutyOccurrence
    still = select(row.id, row.duty, row.period, row.due).where(
        row.campaign_id == made.live.campaign.id,
        row.state == "open",
        row.duty.in_(made.after.package.collected),
    )
    if made.after.package.collected:
        live = Running(work, made.live.campaign, made.after.package)
        collected.expect(work, live, [one._tuple() for one in work.session.execute(still)])


def _note_left(work: Work, made: Draft) -> None:
    """Say in the trail of each instance that stays behind why it does."""
    record_all(
        work, "instance.keep", "instance",
        [
            (one.id, one.unit_id, {"version": made.live.campaign.version, "reason": "；".join(map(str, verdict.why))})
            for one, verdict in made.verdicts
            if verdict.what != "moves"
        ],
    )  # fmt: skip
