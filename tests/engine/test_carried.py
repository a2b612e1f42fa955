"""Chosen items of a ledger are carried upward as they change: once, in order, without what is not to leave."""

from __future__ import annotations

import json
from functools import partial

import pytest
from sqlalchemy import select

from engine import carried, carried_listing, jobs, ledgers, tasks
from engine.carriers import NotForUs
from engine.models import LedgerItem, Task
from engine.rollup.models import CarriedItem
from engine.running import running
from tenants import accounts, directory, outbox
from tenants.db import system_work
from tenants.models import AuditEntry
from tests.engine.carrying import due
from tests.engine.chained import LEVELS, Chain, chain_files, founded
from tests.engine.package import START, event, process, task
from tests.engine.test_rollup_chain import act

MORE = """\
  check: {title: 自查, by: mine, process: duty, form: check, start: 2024-11-01, clause: 一}
ledgers:
  hazards:
    title: 隐患台账
    process: hazard
    form: hazard
    title_field: 描述
    columns: [描述, 级别]
    from_rows: [check.清单]
    states: [整改中, 核查, 销号]
    carries: {to: city, when: "级别 == '重大' and 状态 != '核查'"}
    clause: 一
"""
ROW = {
    "描述": {"type": "string", "title": "描述"}, "级别": {"type": "string", "title": "级别"},
    "举报人": {"type": "string", "title": "举报人", "x-sensitive": True}, "照片": {"type": "string", "format": "attachment", "title": "照片"},
    "责任单位": {"type": "string", "format": "unit", "title": "责任单位"},
}  # fmt: skip


def package() -> dict[str, bytes]:
    listed = {"type": "array", "title": "清单", "items": {"type": "object", "properties": ROW}}
    form = {"type": "object", "properties": {"清单": listed}}
    life = process(
        "hazard", START, task("fix", "about", "verdict", status="整改中"), task("verify", "about", "verdict", status="核查"),
        event("endEvent", "closed", "销号"), flows="start -> fix\nfix -> verify\nverify -> closed",
    )  # fmt: skip
    duty = process(
        "duty", START, task("fill", "by"), event("endEvent", "done"), flows="start -> fill\nfill -> done"
    )
    return {
        **chain_files(MORE), "forms/check/schema.json": json.dumps(form).encode(), "processes/hazard.bpmn": life.encode(),
        "processes/duty.bpmn": duty.encode(),
        "forms/hazard/schema.json": json.dumps({"type": "object", "properties": ROW}).encode(),
    }  # fmt: skip


@pytest.fixture
def chain(open_work, clock) -> Chain:
    """A mine has found a serious hazard and a minor one; nothing is carried yet."""
    found = founded(open_work)
    for tenant in LEVELS:
        found.launch(tenant, package())
    found.day("2024-11-02")
    unit = str(open_work.world.unit("pine"))
    rows = [
        {"描述": "瓦斯超限", "级别": "重大", "举报人": "王某", "责任单位": unit}, {"描述": "积水", "级别": "一般", "举报人": "李某"},
    ]  # fmt: skip
    act(found, "yangcheng", "pine", "check", "fill", {"清单": rows})
    return found


def above(chain: Chain, tenant: str = "jincheng") -> list[CarriedItem]:
    with chain.open_work(tenant, reads=True) as work:
        return list(
            work.session.scalars(select(CarriedItem).where(CarriedItem.side == "in").order_by(CarriedItem.id))
        )


def step(chain: Chain, node: str, *, carry: bool = True) -> None:
    with chain.open_work("yangcheng", "pine") as work:
        query = select(Task.id).where(
            Task.ledger == "hazards", Task.node == node, Task.state == "open", Task.title == "瓦斯超限"
        )
        tasks.complete(work, work.session.scalars(query).one(), {"结论": "接收"})
    if carry:
        assert chain.carry() == []


def test_a_chosen_item_stands_at_the_superior_with_words_instead_of_ids_and_nothing_secret(chain):
    (one,) = above(chain)
    assert (one.title, one.status, one.other_name, one.unit, one.chosen) == (
        "瓦斯超限",
        "整改中",
        "阳城县",
        "松岭煤矿",
        True,
    )
    assert one.data == {"描述": "瓦斯超限", "级别": "重大", "责任单位": "松岭煤矿"}
    assert above(chain, "shanxi") == [] and above(chain, "qinshui") == []
    with chain.open_work("jincheng", reads=True) as work:
        assert work.session.scalars(select(LedgerItem)).all() == [], "it is nobody's here, only to be read"
        trail = work.session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == one.id)).all()
    assert trail == ["item.receive"]


def test_each_change_arrives_and_one_that_is_chosen_no_more_leaves_the_list_and_stays(chain):
    step(chain, "fix")
    (one,) = above(chain)
    assert (one.status, one.chosen, one.revision) == ("核查", False, 2)
    with chain.open_work("jincheng", "c-clerk", reads=True) as work:
        live = running(work, chain.campaigns["jincheng"])
        assert carried_listing.items(work, live, "hazards", carried_listing.Query()) == ([], 0)
        _, count = carried_listing.items(work, live, "hazards", carried_listing.Query(chosen=False))
        assert count == 1 and carried_listing.counted(work, live) == {}
    step(chain, "verify")
    (one,) = above(chain)
    assert (one.status, one.closed, one.chosen, one.revision) == ("销号", True, True, 3)


def test_what_comes_late_never_undoes_what_is_newer_and_nothing_is_carried_twice(chain):
    (one,) = above(chain)
    with chain.open_work("jincheng") as work:
        old = carried.Parcel(one.other_id, work.tenant.id, one.item_id, 1, {"status": "旧"})
        carried._brought(work, old)
    assert above(chain)[0].status == "整改中"
    with chain.open_work("yangcheng") as work:
        item = work.session.scalars(select(LedgerItem).where(LedgerItem.title == "瓦斯超限")).one()
        for _ in range(3):
            outbox.later(work, carried.KIND, item.id)
    assert chain.carry() == []
    assert above(chain)[0].revision == 1


@pytest.mark.parametrize("falls", [2, 3])
def test_a_worker_that_falls_over_on_the_way_carries_it_once(chain, open_work, falls):
    """2: before it is taken in there, 3: before it is noted here."""
    step(chain, "fix", carry=False)
    slugs = {key: slug for slug, key in open_work.world.tenants.items()}
    (job,) = [job for slug, job in due(open_work) if slug == "yangcheng"]
    opened = iter(range(1, 10))

    def door(tenant: str):
        if next(opened) == falls + 1:
            raise ConnectionError("gone")
        return open_work(tenant)

    with pytest.raises(Exception, match=r"gone|没有收下"):
        jobs.run(partial(door, "yangcheng"), job, lambda other: door(slugs[other]))
    open_work.clock.move(minutes=1)
    assert chain.carry() == []
    (one,) = above(chain)
    assert (one.status, one.revision) == ("核查", 2)
    with open_work("yangcheng", reads=True) as work:
        (out,) = work.session.scalars(select(CarriedItem).where(CarriedItem.side == "out")).all()
        assert (out.revision, out.arrived) == (2, 2)


def test_nobody_but_an_authority_below_brings_items(chain, open_work):
    with open_work("qinshui", reads=True) as work:
        parcel = carried.Parcel(work.tenant.id, work.tenant.id, work.tenant.id, 1, {})
    with open_work("yangcheng") as work, pytest.raises(NotForUs):
        carried._brought(work, parcel)
    (one,) = above(chain)
    with open_work("jincheng") as work:
        stranger = carried.Parcel(
            open_work.world.tenants["qinshui"], work.tenant.id, one.item_id, 9,
            {"package": "x", "ledger": "hazards", "number": 1, "title": "冒名", "unit": "", "status": "", "closed": False, "chosen": True,
             "data": {}, "born_at": one.born_at.isoformat(), "changed_at": one.changed_at.isoformat()},
        )  # fmt: skip
        carried._brought(work, stranger)
    assert [item.title for item in above(chain) if item.other_id == one.other_id] == ["瓦斯超限"]


def test_the_list_is_for_those_who_may_see_the_unit_that_stands_for_the_authority(chain, open_work):
    with system_work() as session:
        user = accounts.add_user(session, "narrow", "某股", "correct-horse-7", must_change=False).id
    with open_work("jincheng") as work:
        office = directory.add_unit(work, "narrow", "某股", "office")
        member = directory.add_member(work, user, office.id, "某股", roles=("staff",))
    open_work.world.members["narrow"] = ("jincheng", member.id)
    for login, count in (("narrow", 0), ("c-clerk", 1)):
        with open_work("jincheng", login, reads=True) as work:
            live = running(work, chain.campaigns["jincheng"])
            assert carried_listing.items(work, live, "hazards", carried_listing.Query())[1] == count, login
            assert ledgers.lines(work, live, "hazards", ledgers.Query()) == ([], 0)
