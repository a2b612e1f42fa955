"""A worker that dies while a package goes down the chain, or word of it comes up: nobody gets it twice, nobody is forgotten."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from engine.cascade.choosing import Choice
from engine.cascade.models import HandedFurther, HandedPackage, HandOrder
from engine.cascade.sending import HAND
from engine.cascade.upwards import FURTHER
from engine.models import Instance
from tenants.models import AuditEntry, Job
from tests.effort import until
from tests.engine import carrying
from tests.engine import chain as story
from tests.faults.test_kill import die_at
from workflows.models import PackageVersion

ALL = ("jincheng", "yangcheng", "qinshui")


@pytest.fixture
def chain(open_work):
    return story.begun(open_work)


def kill_everywhere(open_work, slug, kind, known) -> int:
    """Let the worker die at each statement of a tenant's waiting job of a kind, until it comes through; return how often it did.

    known: what of it stands at the other end: once that changes, the rest is a shorter way, and begins anew.
    """
    job = jobs_of(open_work, slug, kind)[0]
    statement, deaths, before = 1, 0, known()
    while die_at(statement, lambda: carrying.run(open_work, slug, job)):
        deaths += 1
        with open_work(slug) as work:  # each is the first time that it dies
            work.session.get_one(Job, (work.tenant.id, job)).attempts = 0
        statement = statement + 1 if known() == before else 1
        before = known()
    return deaths


def jobs_of(open_work, slug, kind):
    with open_work(slug, reads=True) as work:
        query = select(Job.id).where(Job.kind == kind, Job.state == "waiting").order_by(Job.id)
        return list(work.session.scalars(query))


def count(open_work, slug, table, *where) -> int:
    with open_work(slug, reads=True) as work:
        return work.session.scalar(select(func.count()).select_from(table).where(*where))


def carry(open_work) -> None:
    """Ring as the scheduler does; a killed one's locks last until its server has noticed."""

    def nothing_is_due() -> bool:
        carrying.carry(open_work)
        return not carrying.due(open_work)

    until(nothing_is_due, lambda: str(carrying.due(open_work)))


@pytest.mark.slow
def test_a_worker_killed_at_any_statement_of_a_hop_hands_it_on_once(chain, open_work):
    story.hand(open_work, "shanxi", chain, Choice(levels=("city",)), through="county")
    deaths = kill_everywhere(open_work, "shanxi", HAND, lambda: count(open_work, "jincheng", HandedPackage))
    assert deaths > 30
    carry(open_work)
    for slug in ALL:
        assert count(open_work, slug, HandedPackage, HandedPackage.side == "in") == 1, slug
        assert count(open_work, slug, Instance) == 1, slug
        assert count(open_work, slug, PackageVersion, PackageVersion.hash == chain) == 1, slug
        assert count(open_work, slug, AuditEntry, AuditEntry.action == "package.receive") == 1, slug
    assert count(open_work, "jincheng", HandOrder) == 1
    assert count(open_work, "jincheng", AuditEntry, AuditEntry.action == "package.pass_on") == 1
    assert count(open_work, "shanxi", AuditEntry, AuditEntry.action == "package.arrive") == 1
    assert story.states(open_work, "shanxi") == {
        "晋城市": "arrived", "晋城市/沁水县": "arrived", "晋城市/阳城县": "arrived",
    }  # fmt: skip


@pytest.mark.slow
def test_a_worker_killed_while_word_comes_up_is_heard_once(chain, open_work):
    story.hand(open_work, "shanxi", chain, Choice(levels=("city",)), through="county")
    carrying.carry(open_work)
    story.acknowledge(open_work, "yangcheng", 结论="签收")
    (slug, job) = next(iter(carrying.due(open_work)))
    assert slug == "yangcheng"
    carrying.run(open_work, slug, job)
    told = (HandedFurther.state == "taken",)
    deaths = kill_everywhere(
        open_work, "jincheng", FURTHER, lambda: count(open_work, "shanxi", HandedFurther, *told)
    )
    assert deaths > 10
    carry(open_work)
    assert story.states(open_work, "shanxi")["晋城市/阳城县"] == "taken"
    assert count(open_work, "shanxi", HandedFurther) == 2
