"""What a recipient does with a copy besides answering it: sends it on to another authority, or gives it back with reasons.

What is sent on are the same sealed bytes with one hop more. The step here waits for the answer from there, which travels back the
way that the copy came; how far it is each hop tells the one before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from engine import tasks
from engine.addressees import SEND
from engine.deliveries.hops import Hop, hop, merged, path, settled, visited
from engine.deliveries.models import Delivery
from engine.incidents import open_for_delivery
from engine.models import Task, TaskAddressee
from engine.releasing import release
from tenants import audit, lines, outbox
from tenants.base import new_id
from tenants.db import Work
from tenants.errors import Conflict, Invalid, NotFound
from tenants.models import Tenant
from tenants.text import say
from workflows import received

# Kinds of jobs: the one before is told how far a copy is; a copy is given back.
NEWS, RETURN = "delivery_news", "delivery_return"
# States of a copy on whose answer somebody may still wait.
WAITING = ("sealed", "arrived", "forwarded")
MAX_NOTE = 2_000


def targets(work: Work, row: Delivery) -> list[Tenant]:
    """Return to which authorities a copy may be sent on from here: those at either end of a line, without those that had it."""
    had = visited(path(row.hops, str(row.id)))
    return [one for one in lines.beside(work.session, work.tenant.id) if one.id not in had]


def forward(work: Work, key: UUID, to: UUID, note: str = "") -> Delivery:
    """Send a copy that lies here on to another authority and return the delivery there.

    Raises NotFound, Conflict when it is not this authority's turn, what `tasks.require_workable` raises, and Invalid when it may
    not go there.
    """
    row, desk = _here(work, key)
    other = target(work, row, to)
    return send_on(work, row, desk.task, other, _clean(note))


def target(work: Work, row: Delivery, to: UUID) -> Tenant:
    """Return the authority to which a copy may be sent on. Raises Invalid."""
    found = next((one for one in targets(work, row) if one.id == to), None)
    if found is None:
        raise Invalid(
            say("不能送往所选的单位：没有到那里的报送线，或者材料已经经过那里。"), say("请从列表中另选。")
        )
    return found


def send_on(work: Work, row: Delivery, task: Task, other: Tenant, note: str) -> Delivery:
    """Write down the next hop of a copy that lies here; its step waits for the answer from there."""
    next_id = new_id()
    ours, theirs = (work.tenant.id, work.tenant.name), (other.id, other.name)
    following = hop(next_id, ours, theirs, work.now, work.actor.name, note)
    hops = [*settled(row.hops, row.id, "forwarded", work.now), following]
    home = {"desk": str(task.desk_id) if task.desk_id else None, "post": task.post}
    sent = Delivery(
        id=next_id, side="out", other_id=other.id, other_name=other.name, campaign_id=row.campaign_id,
        instance_id=row.instance_id, task_id=row.task_id, title=row.title, content=row.content, content_hash=row.content_hash,
        state="sealed", sent_at=work.now, arrived_at=None, answered_at=None, answered_name=None, hops=hops, home=home,
    )  # fmt: skip
    work.session.add(sent)
    row.state, row.hops = "forwarded", hops
    task.away_id, task.desk_id, task.post = other.id, None, None
    task.claimed_by = task.claimed_name = None
    _beside(work, task.id, is_open=False)
    work.session.flush()
    outbox.later(work, SEND, task.id)
    outbox.later(work, NEWS, row.id)
    audit.record(
        work, "delivery.forward", "instance", row.instance_id, unit_id=task.unit_id, name=row.other_name, to=other.name,
        title=row.title, hash=row.content_hash, reason=note,
    )  # fmt: skip
    return sent


def give_back(work: Work, key: UUID, reason: str) -> Delivery:
    """Give a copy back to whoever sent it, with reasons, without an answer. Raises as `forward`, and Invalid without a reason."""
    row, desk = _here(work, key)
    if not received.is_received(desk.running.package.id):
        raise Conflict(
            say("这项报送是本单位行动中等着的，不能退件。"), say("请打开任务，在表单里退回并写明理由。")
        )
    why = _clean(reason)
    if not why:
        raise Invalid(say("没有写退件理由。"), say("请写明理由，对方据此改送或自行办理。"))
    row.state, row.hops = "returned", settled(row.hops, row.id, "returned", work.now, why)
    row.answered_at, row.answered_name = work.now, work.actor.name
    work.session.flush()
    release(work, [desk.instance], str(say("退回{name}：{reason}", name=row.other_name, reason=why)))
    outbox.later(work, RETURN, row.id)
    audit.record(
        work, "delivery.return", "instance", row.instance_id, unit_id=desk.task.unit_id, name=row.other_name, title=row.title,
        reason=why, hash=row.content_hash,
    )  # fmt: skip
    return row


def returned(work: Work, row: Delivery, told: Mapping[str, Any]) -> None:
    """Take in that a copy was given back. Whoever had sent it on has it again; who sent it first is told by an incident."""
    if row.state not in WAITING:
        return
    row.state, row.hops = "returned", merged(row.hops, told["hops"], str(row.id))
    row.answered_at, row.answered_name = work.now, told["name"]
    work.session.flush()
    task = _open(work, row)
    unit_id = task.unit_id if task is not None else None
    audit.record(
        work, "delivery.returned", "instance", row.instance_id, unit_id=unit_id, name=row.other_name, title=row.title,
        reason=told["reason"], by=told["name"], hash=row.content_hash,
    )  # fmt: skip
    if task is None:
        return
    if not come_home(work, row, task):
        what = say("{name}退件：{reason}", name=row.other_name, reason=told["reason"])
        open_for_delivery(work, row.id, row.title, what, row.campaign_id)


def come_home(work: Work, row: Delivery, task: Task) -> bool:
    """Let the step stand here again of which a copy was sent on; False when none had come here first."""
    before = came_from(work, row)
    if before is None:
        return False
    stands_here(work, row, task)
    before.state = "arrived"
    pass_on(work, row, before)
    return True


def stands_here(work: Work, row: Delivery, task: Task) -> None:
    """Address a step where it stood before its copy was sent on."""
    home = row.home or {}
    task.away_id = None
    task.desk_id, task.post = UUID(home["desk"]) if home.get("desk") else None, home.get("post")
    _beside(work, task.id, is_open=True)


def told(work: Work, row: Delivery, hops: Sequence[Hop]) -> None:
    """Take in what the next authority tells of the way of a copy that was sent there."""
    if row.state not in WAITING:
        return
    before = {one["delivery"] for one in row.hops}
    row.hops = merged(row.hops, hops, str(row.id))
    own = next((one for one in row.hops if one["delivery"] == str(row.id)), None)
    row.state = "forwarded" if own is not None and own["state"] == "forwarded" else "arrived"
    task = _open(work, row)
    for one in row.hops:
        if one["delivery"] not in before:
            audit.record(
                work, "delivery.forwarded", "instance", row.instance_id, unit_id=task.unit_id if task else None,
                name=one["of_name"], to=one["to_name"], title=row.title, hash=row.content_hash,
            )  # fmt: skip
    pass_on(work, row, came_from(work, row))


def pass_on(work: Work, row: Delivery, before: Delivery | None) -> None:
    """Tell the one before how far a copy is that was sent on from here; nobody when it began here."""
    if before is not None and before.state in ("arrived", "forwarded"):
        before.hops = list(row.hops)
        if before.state == "arrived":
            before.hops = settled(before.hops, before.id, "arrived", work.now)
        work.session.flush()
        outbox.later(work, NEWS, before.id)


def came_from(work: Work, row: Delivery, *, hold: bool = True) -> Delivery | None:
    """Return as what a copy had come here that was sent on; None when it was sealed here. hold: until the transaction ends."""
    query = select(Delivery).where(
        Delivery.task_id == row.task_id, Delivery.side == "in", Delivery.content_hash == row.content_hash
    )
    return work.session.scalar(query.with_for_update() if hold else query) if row.task_id else None


def _here(work: Work, key: UUID) -> tuple[Delivery, tasks.Desk]:
    """Return a copy that lies here, with the step that answers it, both held."""
    task_id = work.session.scalar(select(Delivery.task_id).where(Delivery.id == key, Delivery.side == "in"))
    if task_id is None:
        raise NotFound(say("没有找到这次送达。"))
    try:
        desk = tasks.gather(work, task_id, lock=True)
    except NotFound:
        raise NotFound(say("没有找到这次送达。")) from None
    row = work.session.scalars(select(Delivery).where(Delivery.id == key).with_for_update()).one()
    if row.state != "arrived":
        raise Conflict(say("这份材料已经转送、退回或答复。"), say("请刷新页面，查看最新情况。"))
    tasks.require_workable(work, desk.task)
    if desk.task.claimed_by not in (None, work.actor.member_id):
        raise tasks.TaskTaken(
            say("这项任务已由{name}认领。", name=desk.task.claimed_name),
            say("请与对方联系，由其退回后再办理。"),
        )
    return row, desk


def _open(work: Work, row: Delivery) -> Task | None:
    query = select(Task).where(Task.id == row.task_id, Task.state == "open").with_for_update()
    return work.session.scalar(query)


def _beside(work: Work, task_id: UUID, *, is_open: bool) -> None:
    change = update(TaskAddressee).where(TaskAddressee.task_id == task_id).values(open=is_open)
    work.session.execute(change)


def _clean(note: str) -> str:
    if len(note) > MAX_NOTE:
        raise Invalid(say("说明超过 {max} 字。", max=MAX_NOTE), say("请压缩后再提交。"))
    return note.strip()
