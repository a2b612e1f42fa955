"""What a sender does with a copy that waits for its answer: takes it back and does the step here, or sends it elsewhere.

So it goes on when the other authority has given it back, is the superior no more, or answers nothing.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update

from engine import tasks
from engine.addressees import SEND
from engine.deliveries import forwarding
from engine.deliveries.hops import settled
from engine.deliveries.intake import desk
from engine.deliveries.models import Delivery
from engine.models import Incident, Task
from tenants import access, audit, lines, outbox
from tenants.db import Work
from tenants.errors import Conflict, Forbidden, Invalid, NotFound
from tenants.models import Tenant
from tenants.text import say

# The kind of job that tells the other authority that a copy is taken back.
RECALL = "delivery_recall"
# States in which a sender may still turn it.
TURNABLE = (*forwarding.WAITING, "returned")


def targets(work: Work, row: Delivery) -> list[Tenant]:
    """Return to which authorities a copy that was sent from here may be sent instead."""
    before = forwarding.came_from(work, row, hold=False)
    if before is not None:
        return forwarding.targets(work, before)
    return lines.beside(work.session, work.tenant.id)


def do_here(work: Work, key: UUID, reason: str = "") -> Delivery:
    """Take a copy back and let its step be done here. Raises NotFound, Forbidden, Conflict."""
    row, task = _sent(work, key)
    _take_back(work, row, task, reason)
    if not forwarding.come_home(work, row, task):
        unit = desk(work)
        forwarding.stands_here(work, row, task)
        task.desk_id = unit.id if unit is not None else task.unit_id
    audit.record(
        work, "delivery.recall", "instance", row.instance_id, unit_id=task.unit_id, name=row.other_name, title=row.title,
        reason=reason.strip(), hash=row.content_hash,
    )  # fmt: skip
    return row


def send_elsewhere(work: Work, key: UUID, to: UUID, reason: str = "") -> Delivery | None:
    """Take a copy back and send it to another authority, or to the same again; return the delivery, once it is sealed.

    Raises as `do_here`, and Invalid when no line leads there.
    """
    row, task = _sent(work, key)
    other = next((one for one in targets(work, row) if one.id == to), None)
    if other is None:
        raise Invalid(
            say("不能送往所选的单位：没有到那里的报送线，或者材料已经经过那里。"), say("请从列表中另选。")
        )
    _take_back(work, row, task, reason)
    audit.record(
        work, "delivery.resend", "instance", row.instance_id, unit_id=task.unit_id, name=row.other_name, to=other.name,
        title=row.title, reason=reason.strip(),
    )  # fmt: skip
    if forwarding.come_home(work, row, task):
        before = forwarding.came_from(work, row)
        assert before is not None
        return forwarding.send_on(work, before, task, other, reason.strip())
    task.away_id = other.id
    work.session.flush()
    outbox.later(work, SEND, task.id)
    return None


def again(work: Work, key: UUID) -> None:
    """Send a copy that was given back to the same authority once more. Raises as `send_elsewhere`."""
    row = work.session.get_one(Delivery, (work.tenant.id, key))
    send_elsewhere(work, key, row.other_id)


def may_turn(work: Work, row: Delivery) -> bool:
    """Tell whether the actor may take back what was sent from here: who steers campaigns, and at whose desk it lay."""
    home = row.home or {}
    here = UUID(home["desk"]) if home.get("desk") else None
    return access.may(work.viewer, "campaign.steer") or (
        row.home is not None and access.may_work(work.viewer, here, home.get("post"))
    )


def _sent(work: Work, key: UUID) -> tuple[Delivery, Task]:
    """Return a copy that was sent from here and the step that waits for its answer, both held."""
    task_id = work.session.scalar(select(Delivery.task_id).where(Delivery.id == key, Delivery.side == "out"))
    try:
        found = tasks.gather(work, task_id, lock=True) if task_id else None
    except NotFound:
        found = None
    if found is None:
        raise NotFound(say("没有找到这次送达。"))
    row = work.session.scalars(select(Delivery).where(Delivery.id == key).with_for_update()).one()
    if not may_turn(work, row):
        raise Forbidden(say("您的岗位没有办理此事的权限。"), say("此事由管理员或方案编制人员办理。"))
    if row.state not in TURNABLE or found.task.state != "open" or not is_latest(work, row):
        raise Conflict(say("这次送达已经答复或撤回。"), say("请刷新页面，查看最新情况。"))
    return row, found.task


def is_latest(work: Work, row: Delivery) -> bool:
    """Tell whether no other copy was sent for the same step since."""
    newer = select(Delivery.id).where(
        Delivery.task_id == row.task_id, Delivery.side == "out", Delivery.id > row.id
    )
    return work.session.scalar(newer.limit(1)) is None


def _take_back(work: Work, row: Delivery, task: Task, reason: str) -> None:
    if len(reason) > forwarding.MAX_NOTE:
        raise Invalid(say("说明超过 {max} 字。", max=forwarding.MAX_NOTE), say("请压缩后再提交。"))
    if row.state != "returned":
        row.state, row.hops = "withdrawn", settled(row.hops, row.id, "withdrawn", work.now)
        # Behind what is still on its way there: jobs of one subject keep their order.
        outbox.later(work, RECALL, task.id, delivery=str(row.id))
    work.session.execute(
        update(Incident)
        .where(Incident.kind == "delivery", Incident.job_id == row.id, Incident.state == "open")
        .values(state="retried", settled_at=work.now)
    )
    work.session.flush()
