"""A worker that dies while it carries something over a border: killed at any statement, in any of the three transactions."""

from __future__ import annotations

from functools import partial

import pytest
from sqlalchemy import func, select

from engine import jobs, tasks
from engine.deliveries import forwarding, turning
from engine.deliveries.models import Delivery
from engine.models import Instance, Task
from tenants.models import Job
from tests.engine.story import ACCEPTED
from tests.engine.test_deliveries import carry, city, open_at, report
from tests.engine.test_forwarding import deliveries, province, send_on, states
from tests.faults.test_kill import die_at

__all__ = ["city", "province", "report"]
# What is carried -> whose job it is.
KINDS = {
    "delivery_send": "jincheng", "delivery_news": "jincheng", "delivery_reply": "shanxi", "delivery_return": "shanxi",
    "delivery_recall": "jincheng", "delivery_take": "jincheng",
}  # fmt: skip


def begin(kind: str, story, open_work, world) -> None:
    """Bring it so far that the job waits."""
    onward = send_on(open_work, world)
    if kind in ("delivery_send", "delivery_news"):
        return
    assert carry(story, open_work) == []
    (there,) = deliveries(open_work, "shanxi", "in")
    if kind in ("delivery_reply", "delivery_take"):
        with open_work("shanxi", "province") as work:
            tasks.complete(work, there.task_id, ACCEPTED)
    elif kind == "delivery_return":
        with open_work("shanxi", "province") as work:
            forwarding.give_back(work, there.id, "请市局先行核查。")
    else:
        with open_work("jincheng", "city") as work:
            turning.do_here(work, onward)
    if kind == "delivery_take":
        run(open_work, "shanxi", waiting(open_work, "delivery_reply", "shanxi"))


def waiting(open_work, kind: str, tenant: str):
    with open_work(tenant, reads=True) as work:
        query = (
            select(Job.id)
            .where(Job.kind == kind, Job.state == "waiting")
            .order_by(Job.due_at.desc(), Job.id.desc())
        )
        return work.session.scalars(query).first()


def run(open_work, tenant: str, job) -> None:
    slugs = {key: slug for slug, key in open_work.world.tenants.items()}
    jobs.run(partial(open_work, tenant), job, lambda other: open_work(slugs[other]))


def counted(open_work) -> dict[str, tuple[int, int, int]]:
    """Return tenant -> how many deliveries, instances and open tasks it has."""
    found = {}
    for tenant in ("yangcheng", "jincheng", "shanxi"):
        with open_work(tenant, reads=True) as work:
            queries = (
                select(func.count(Delivery.id)), select(func.count(Instance.id)),
                select(func.count(Task.id)).where(Task.state == "open", Task.duty == "received"),
            )  # fmt: skip
            found[tenant] = tuple(work.session.scalar(one) or 0 for one in queries)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_carried_arrives_once_wherever_the_worker_dies(report, open_work, province, kind):
    begin(kind, report, open_work, province)
    tenant = KINDS[kind]
    job, killed, seen = waiting(open_work, kind, tenant), 0, [counted(open_work)]
    assert job is not None
    for statement in range(1, 400, 2):
        if not die_at(statement, lambda: run(open_work, tenant, job)):
            break
        killed += 1
        if counted(open_work) != seen[-1]:
            seen.append(counted(open_work))
        with open_work(tenant) as work:  # each is the first time that it dies
            work.session.get_one(Job, (work.tenant.id, job)).attempts = 0
    assert killed >= 5
    # All of it or nothing: between before and after there is no third state, and it never happens twice.
    assert len({str(one) for one in [*seen, counted(open_work)]}) <= 2
    assert carry(report, open_work) == []
    if kind in ("delivery_reply", "delivery_take"):
        assert report.instances("upward")[0].state == "done"
        assert {state for some in states(open_work).values() for _side, state in some} == {"answered"}
    else:
        holder = "shanxi" if kind in ("delivery_send", "delivery_news") else "jincheng"
        login = {"shanxi": "province", "jincheng": "city"}
        assert {one: len(open_at(open_work, one, login[one])) for one in login} == {
            one: int(one == holder) for one in login
        }
