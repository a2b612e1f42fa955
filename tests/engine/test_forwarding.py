"""A copy goes through several hands: sent on, given back, taken back, sent elsewhere; its answer finds the way home."""

from __future__ import annotations

import io
from uuid import UUID

import pytest
from sqlalchemy import select

from engine import campaigns, history, incidents, jobs, tasks
from engine.deliveries import forwarding, turning
from engine.deliveries.carrying import CARRIERS
from engine.deliveries.models import Delivery
from engine.deliveries.sealing import seal
from engine.models import Incident, Task
from engine.running import running_of
from forms import attachments
from tenants import accounts, directory
from tenants.db import system_work
from tenants.errors import Conflict, Forbidden, Invalid, NotFound
from tenants.models import AuditEntry, Job, ReportingLine, Tenant
from tests.engine.story import ACCEPTED
from tests.engine.test_deliveries import carry, city, open_at, report
from tests.forms.files import png
from tests.world import PASSWORD

__all__ = ["city", "report"]
CHAIN = ("yangcheng", "jincheng", "shanxi")


@pytest.fixture
def province(open_work, world, report):
    """The province has a department, the county's neighbour an office; somebody sits in each. The report lies with the city."""
    with system_work() as session:
        user = accounts.add_user(session, "province", "省厅戊", PASSWORD, must_change=False).id
    with open_work("shanxi") as work:
        unit = directory.add_unit(work, "bureau", "山西省应急管理厅", "bureau", attributes={"mandate": "all"})
        member = directory.add_member(work, user, unit.id, "省厅戊", roles=("staff", "tenant_admin"))
    world.members["province"] = ("shanxi", member.id)
    assert carry(report, open_work) == []
    return world


def deliveries(open_work, tenant: str, side: str = "") -> list[Delivery]:
    with open_work(tenant, reads=True) as work:
        query = select(Delivery).order_by(Delivery.id)
        return list(work.session.scalars(query.where(Delivery.side == side) if side else query))


def states(open_work) -> dict[str, list[tuple[str, str]]]:
    return {tenant: [(one.side, one.state) for one in deliveries(open_work, tenant)] for tenant in CHAIN}


def trail(open_work, tenant: str) -> list[str]:
    with open_work(tenant, reads=True) as work:
        query = select(AuditEntry.action).where(AuditEntry.action.startswith("delivery."))
        return list(work.session.scalars(query.order_by(AuditEntry.id)))


def send_on(
    open_work,
    world,
    *,
    login: str = "city",
    of: str = "jincheng",
    to: str = "shanxi",
    note: str = "请省厅研究答复。",
):
    (lies,) = [one for one in deliveries(open_work, of, "in") if one.state == "arrived"]
    with open_work(of, login) as work:
        return forwarding.forward(work, lies.id, world.tenants[to], note).id


def test_what_is_sent_on_is_answered_there_and_its_answer_ends_it_where_it_began(report, open_work, province):
    send_on(open_work, province)
    assert open_at(open_work, "jincheng", "city") == []
    assert carry(report, open_work) == []
    assert states(open_work) == {
        "yangcheng": [("out", "forwarded")], "jincheng": [("in", "forwarded"), ("out", "arrived")], "shanxi": [("in", "arrived")],
    }  # fmt: skip
    (task,) = open_at(open_work, "shanxi", "province")
    assert "阳城县" in task.title
    with open_work("shanxi", "province") as work:
        tasks.complete(work, task.id, ACCEPTED)
    assert carry(report, open_work) == []
    assert states(open_work) == {
        "yangcheng": [("out", "answered")], "jincheng": [("in", "answered"), ("out", "answered")], "shanxi": [("in", "answered")],
    }  # fmt: skip
    (instance,) = report.instances("upward")
    assert instance.state == "done"
    with open_work("yangcheng", "clerk", reads=True) as work:
        last = history.rounds(work, running_of(work, instance), instance)[-1]
    assert last.answers == ACCEPTED and last.task.done_name == "山西省 省厅戊"


def test_the_same_bytes_go_on_and_every_hop_is_in_both_trails(report, open_work, province):
    send_on(open_work, province)
    carry(report, open_work)
    (task,) = open_at(open_work, "shanxi", "province")
    with open_work("shanxi", "province") as work:
        tasks.complete(work, task.id, ACCEPTED)
    carry(report, open_work)
    assert len({one.content_hash for tenant in CHAIN for one in deliveries(open_work, tenant)}) == 1
    assert trail(open_work, "yangcheng") == [
        "delivery.send",
        "delivery.arrive",
        "delivery.forwarded",
        "delivery.answered",
    ]
    assert trail(open_work, "jincheng") == [
        "delivery.receive", "delivery.forward", "delivery.arrive", "delivery.answered", "delivery.reply",
    ]  # fmt: skip
    assert trail(open_work, "shanxi") == ["delivery.receive", "delivery.reply"]
    (sent,) = deliveries(open_work, "yangcheng")
    assert [(hop["of_name"], hop["to_name"], hop["state"]) for hop in sent.hops] == [
        ("阳城县", "晋城市", "answered"), ("晋城市", "山西省", "answered"),
    ]  # fmt: skip


def test_each_hop_sees_how_far_it_is(report, open_work, province):
    send_on(open_work, province)
    carry(report, open_work)
    (sent,) = deliveries(open_work, "yangcheng")
    assert [(hop["to_name"], hop["state"], hop["note"]) for hop in sent.hops] == [
        ("晋城市", "forwarded", ""), ("山西省", "arrived", "请省厅研究答复。"),
    ]  # fmt: skip


def test_files_come_along_over_both_hops(report, open_work, province):
    report.demand("clerk", "upward")
    task = report.find("clerk", "upward", "fill")
    with open_work("yangcheng", "clerk") as work:
        picture = attachments.store(
            work, io.BytesIO(png()), "水泵房.png", unit_id=work.actor.unit_id, task_id=task.id
        )
        tasks.complete(work, task.id, {"正文": "见照片。", "照片": str(picture.id)})
    carry(report, open_work)
    with_file = max(deliveries(open_work, "jincheng", "in"), key=lambda one: one.id)
    with open_work("jincheng", "city") as work:
        forwarding.forward(work, with_file.id, province.tenants["shanxi"])
    assert carry(report, open_work) == []
    with open_work("shanxi", "province") as work:
        (task,) = work.session.scalars(select(Task).where(Task.state == "open"))
        desk = tasks.gather(work, task.id)
        (paper,) = [
            one
            for one in history.rounds(work, running_of(work, desk.instance), desk.instance)
            if "照片" in one.answers
        ]
        assert attachments.open(work, UUID(paper.answers["照片"])).path.read_bytes() == png()


def test_it_never_comes_to_the_same_hands_twice(report, open_work, province):
    (lies,) = deliveries(open_work, "jincheng", "in")
    with open_work("jincheng", "city", reads=True) as work:
        names = [one.slug for one in forwarding.targets(work, lies)]
    assert names == ["shanxi", "qinshui"]
    for back in ("yangcheng", "jincheng"):
        with pytest.raises(Invalid), open_work("jincheng", "city") as work:
            forwarding.forward(work, lies.id, province.tenants[back])
    send_on(open_work, province)
    carry(report, open_work)
    (there,) = deliveries(open_work, "shanxi", "in")
    with pytest.raises(Invalid), open_work("shanxi", "province") as work:
        forwarding.forward(work, there.id, province.tenants["jincheng"])


def test_it_goes_across_along_a_line_and_down(report, open_work, province):
    with system_work() as session:
        bureau = Tenant(slug="bureau", name="国家局山西局", level="province")
        session.add(bureau)
        session.flush()
        session.add(ReportingLine(name="vertical", from_id=bureau.id, to_id=province.tenants["jincheng"]))
        province.tenants["bureau"] = bureau.id
    send_on(open_work, province, to="bureau")
    assert carry(report, open_work) == []
    assert [one.state for one in deliveries(open_work, "bureau")] == ["arrived"]
    del province.tenants["bureau"]


def test_withdrawing_travels_along(report, open_work, province):
    send_on(open_work, province)
    carry(report, open_work)
    with open_work("yangcheng", "admin") as work:
        campaigns.close(work, report.launched)
    assert carry(report, open_work) == []
    assert open_at(open_work, "shanxi", "province") == []
    assert {state for some in states(open_work).values() for _side, state in some} == {"withdrawn"}


def test_what_is_given_back_with_reasons_is_an_incident_of_the_sender(report, open_work, province):
    (lies,) = deliveries(open_work, "jincheng", "in")
    with pytest.raises(Invalid), open_work("jincheng", "city") as work:
        forwarding.give_back(work, lies.id, "  ")
    with open_work("jincheng", "city") as work:
        forwarding.give_back(work, lies.id, "不属本局受理。")
    assert open_at(open_work, "jincheng", "city") == []
    assert carry(report, open_work) == []
    (sent,) = deliveries(open_work, "yangcheng")
    assert (sent.state, sent.hops[-1]["note"]) == ("returned", "不属本局受理。")
    with open_work("yangcheng", "admin") as work:
        (incident,) = incidents.listed(work)
        assert "不属本局受理。" in incident.message
        jobs.retry(work, incident.id)
    assert carry(report, open_work) == []
    assert len(open_at(open_work, "jincheng", "city")) == 1
    assert "delivery.return" in trail(open_work, "jincheng") and "delivery.returned" in trail(
        open_work, "yangcheng"
    )


def test_what_the_next_one_gives_back_lies_again_with_who_sent_it_on(report, open_work, province):
    send_on(open_work, province)
    carry(report, open_work)
    (there,) = deliveries(open_work, "shanxi", "in")
    with open_work("shanxi", "province") as work:
        forwarding.give_back(work, there.id, "请市局先行核查。")
    assert carry(report, open_work) == []
    (task,) = open_at(open_work, "jincheng", "city")
    assert states(open_work)["yangcheng"] == [("out", "arrived")]
    with open_work("yangcheng", reads=True) as work:
        assert work.session.scalars(select(Incident)).all() == []
    with open_work("jincheng", "city") as work:
        tasks.complete(work, task.id, ACCEPTED)
    assert carry(report, open_work) == []
    assert report.instances("upward")[0].state == "done"
    (sent,) = deliveries(open_work, "yangcheng")
    assert [(hop["to_name"], hop["state"]) for hop in sent.hops] == [
        ("晋城市", "answered"),
        ("山西省", "returned"),
    ]


def test_who_sent_it_on_takes_it_back_and_does_it(report, open_work, province):
    onward = send_on(open_work, province)
    carry(report, open_work)
    with open_work("jincheng", "city") as work:
        turning.do_here(work, onward, "省厅不受理此类事项。")
    assert carry(report, open_work) == []
    assert open_at(open_work, "shanxi", "province") == []
    (task,) = open_at(open_work, "jincheng", "city")
    with open_work("jincheng", "city") as work:
        tasks.complete(work, task.id, ACCEPTED)
    assert carry(report, open_work) == []
    assert report.instances("upward")[0].state == "done"


def reparented(world) -> None:
    """The county reports to the province itself from now on."""
    with system_work() as session:
        session.get_one(Tenant, world.tenants["yangcheng"]).parent_id = world.tenants["shanxi"]
        line = session.scalars(
            select(ReportingLine).where(ReportingLine.from_id == world.tenants["yangcheng"])
        ).one()
        line.to_id = world.tenants["shanxi"]


def test_under_another_superior_it_is_sent_there_instead(report, open_work, province):
    reparented(province)
    (sent,) = deliveries(open_work, "yangcheng")
    with pytest.raises(Invalid), open_work("yangcheng", "admin") as work:
        turning.send_elsewhere(work, sent.id, province.tenants["qinshui"])
    with pytest.raises(Forbidden), open_work("yangcheng", "clerk") as work:
        turning.send_elsewhere(work, sent.id, province.tenants["shanxi"])
    with open_work("yangcheng", "admin") as work:
        turning.send_elsewhere(work, sent.id, province.tenants["shanxi"], "改由省厅受理。")
    assert carry(report, open_work) == []
    assert open_at(open_work, "jincheng", "city") == []
    (task,) = open_at(open_work, "shanxi", "province")
    with open_work("shanxi", "province") as work:
        tasks.complete(work, task.id, ACCEPTED)
    assert carry(report, open_work) == []
    assert report.instances("upward")[0].state == "done"
    assert "delivery.resend" in trail(open_work, "yangcheng")
    assert [one.state for one in deliveries(open_work, "yangcheng")] == ["withdrawn", "answered"]


def test_the_sender_does_the_step_itself(report, open_work, province):
    (sent,) = deliveries(open_work, "yangcheng")
    with open_work("yangcheng", "admin") as work:
        turning.do_here(work, sent.id, "已改由本局办理。")
    assert carry(report, open_work) == []
    assert open_at(open_work, "jincheng", "city") == []
    with open_work("yangcheng", "admin") as work:
        directory.change_member(work, province.member("admin"), roles=["staff", "tenant_admin"])
    (task,) = open_at(open_work, "yangcheng", "admin")
    with open_work("yangcheng", "admin") as work:
        tasks.complete(work, task.id, ACCEPTED)
    assert report.instances("upward")[0].state == "done"
    with pytest.raises(Conflict), open_work("yangcheng", "admin") as work:
        turning.do_here(work, sent.id)


def test_taken_back_before_it_arrived_it_never_stays_there(open_work, report, world):
    report.demand("clerk", "upward")
    report.do("clerk", "upward", "fill")
    with open_work("yangcheng") as work:
        waiting = work.session.scalars(
            select(Task.id).where(Task.away_id.is_not(None), Task.state == "open")
        ).all()
        keys = [row.id for row in (seal(work, one) for one in waiting) if row is not None]
    for key in keys:
        with open_work("yangcheng", "admin") as work:
            turning.do_here(work, key)
    assert carry(report, open_work) == []
    assert open_at(open_work, "jincheng", "city") == []


def test_nobody_else_turns_or_sends_on(report, open_work, province):
    (lies,) = deliveries(open_work, "jincheng", "in")
    (sent,) = deliveries(open_work, "yangcheng")
    with pytest.raises(NotFound), open_work("yangcheng", "pine") as work:
        turning.do_here(work, sent.id)
    with pytest.raises(NotFound), open_work("yangcheng", "admin") as work:
        forwarding.forward(work, sent.id, province.tenants["shanxi"])
    with pytest.raises(NotFound), open_work("shanxi", "province") as work:
        forwarding.give_back(work, lies.id, "x")


def test_an_answer_that_the_form_refuses_by_now_is_an_incident_here_with_the_answer_kept(
    report, open_work, province, monkeypatch
):
    (task,) = open_at(open_work, "jincheng", "city")
    with open_work("jincheng", "city") as work:
        tasks.complete(work, task.id, ACCEPTED)
    (waiting,) = report.rows(select(Task).where(Task.away_id.is_not(None)))
    with open_work("yangcheng") as work:
        work.session.get_one(Task, (work.tenant.id, waiting.id)).form = "rectified"
    for _ in range(4):
        carry(report, open_work)
    assert states(open_work)["jincheng"] == [("in", "answered")]
    (sent,) = deliveries(open_work, "yangcheng")
    assert sent.state == "answered"
    with open_work("jincheng", reads=True) as work:
        assert work.session.scalars(select(Incident)).all() == []
    with open_work("yangcheng") as work:
        work.session.get_one(Task, (work.tenant.id, waiting.id)).form = "verdict"
    with open_work("yangcheng", "admin") as work:
        (incident,) = incidents.listed(work)
        jobs.retry(work, incident.id)
    assert carry(report, open_work) == []
    assert report.instances("upward")[0].state == "done"


def test_an_answer_that_comes_too_late_leaves_a_line(report, open_work, province):
    (task,) = open_at(open_work, "jincheng", "city")
    (sent,) = deliveries(open_work, "yangcheng")
    with open_work("jincheng", "city") as work:
        tasks.complete(work, task.id, ACCEPTED)
    with open_work("yangcheng", "admin") as work:
        turning.do_here(work, sent.id)
    assert carry(report, open_work) == []
    assert "delivery.late" in trail(open_work, "yangcheng")
    with open_work("yangcheng", reads=True) as work:
        rows = work.session.scalars(select(AuditEntry).where(AuditEntry.action.startswith("delivery."))).all()
        assert all(one.unit_id is not None for one in rows)


@pytest.mark.parametrize("falls", [3, 4])
@pytest.mark.parametrize("what", ["forward", "give_back", "recall"])
def test_a_worker_that_falls_over_on_the_way_does_it_once(report, open_work, province, falls, what):
    if what == "forward":
        send_on(open_work, province)
    else:
        onward = send_on(open_work, province)
        carry(report, open_work)
        (there,) = deliveries(open_work, "shanxi", "in")
        if what == "give_back":
            with open_work("shanxi", "province") as work:
                forwarding.give_back(work, there.id, "请市局先行核查。")
        else:
            with open_work("jincheng", "city") as work:
                turning.do_here(work, onward)
    assert carry(report, open_work, falls=falls) != []
    assert carry(report, open_work) == []
    assert len(open_at(open_work, "shanxi", "province")) == (what == "forward")
    assert len(open_at(open_work, "jincheng", "city")) == (what != "forward")
    with open_work("jincheng", reads=True) as work:
        assert set(work.session.scalars(select(Job.state).where(Job.kind.in_(CARRIERS)))) == {"done"}
