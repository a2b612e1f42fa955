"""A report between two authorities, attacked by one of them: what is owed stays owed, what was looked at is what was accepted."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from engine import campaigns, reporting
from engine.deliveries import turning
from engine.deliveries.models import Delivery
from engine.models import Instance
from engine.running import running
from tenants.models import Unit
from tests.engine.chained import CLERKS, chain_files
from tests.engine.package import form
from tests.engine.test_chain import FILED, NO, YES, changed, started
from workflows.publish import publish

VERDICT = {"type": "string", "enum": ["接收", "退回"], "title": "结论"}


@pytest.fixture
def chain(open_work, clock):
    return started(open_work)


def take_back(chain) -> None:
    with chain.open_work("yangcheng", "y-clerk") as work:
        (sent,) = work.session.scalars(select(Delivery).where(Delivery.state == "arrived"))
        turning.do_here(work, sent.id, "暂不报送。")
    assert chain.carry() == []


def owed(chain, name: str = "阳城县") -> list[Instance]:
    with chain.open_work("jincheng", reads=True) as work:
        mine = work.session.scalar(select(Unit.id).where(Unit.name == name, Unit.authority_id.is_not(None)))
    return [one for one in chain.instances("jincheng", "progress") if one.unit_id == mine]


def test_a_report_that_is_taken_back_is_owed_above_as_before(chain):
    chain.do("yangcheng", "progress", "fill", FILED)
    take_back(chain)
    (above,) = owed(chain)
    assert (above.state, above.filed_at) == ("running", None)
    assert [one for one in chain.inbox("jincheng") if one.duty == "progress"] == []
    with chain.open_work("jincheng", "c-clerk", reads=True) as work:
        found = reporting.overview(work, running(work, above.campaign_id), reporting.Asked("progress"))
        assert found.total.filed == 0 and found.total.expected == 2
    chain.do("yangcheng", "progress", "review", YES)
    chain.day("2024-12-02")
    with chain.open_work("jincheng", "c-clerk", reads=True) as work:
        found = reporting.overview(work, running(work, above.campaign_id), reporting.Asked("progress"))
        assert "阳城县" in {name for level in found.levels for name in level.missing}


def test_a_report_that_was_returned_once_and_is_taken_back_then_may_come_again(chain):
    chain.do("yangcheng", "progress", "fill", FILED)
    chain.do("jincheng", "progress", "review", NO)
    chain.do("yangcheng", "progress", "fill", {**FILED, "隐患数": 8})
    with chain.open_work("yangcheng", "y-clerk") as work:
        (sent,) = work.session.scalars(select(Delivery).where(Delivery.state == "arrived"))
        turning.send_elsewhere(work, sent.id, work.tenant.parent_id, "改正后再报。")
    assert chain.carry() == []
    chain.do("jincheng", "progress", "review", YES)
    assert [one.state for one in owed(chain)] == ["done"]
    assert [one.state for one in chain.instances("yangcheng", "progress")] == ["done"]


def test_a_second_copy_of_the_same_report_is_not_accepted_with_the_first(chain):
    chain.do("yangcheng", "progress", "fill", FILED)
    other = changed("title: 报送月度进展", "title: 报送月度进展")
    with chain.open_work("yangcheng") as work:
        campaigns.launch(work, publish(work, other).hash, {})
    assert chain.carry() == []
    chain.do("yangcheng", "progress", "fill", {**FILED, "隐患数": 0})
    chain.do("jincheng", "progress", "review", YES)
    with chain.open_work("jincheng", reads=True) as work:
        came = list(work.session.scalars(select(Delivery).order_by(Delivery.sent_at, Delivery.id)))
        assert len({one.task_id for one in came}) == 2
        assert [one.state for one in came] == ["answered", "arrived"]
    assert sorted(one.state for one in chain.instances("yangcheng", "progress")) == ["done", "running"]


def test_what_is_sensitive_in_an_answer_does_not_go_down(open_work, clock):
    phone = {"type": "string", "title": "核查人电话", "x-sensitive": True}
    whose = {"type": "string", "title": "核查单位", "format": "unit"}
    verdict = form(["结论"], 结论=VERDICT, 电话=phone, 单位=whose).encode()
    own = {**chain_files(), "forms/verdict/schema.json": verdict}
    chain = started(open_work, **dict.fromkeys(CLERKS, own))
    chain.do("yangcheng", "progress", "fill", FILED)
    with open_work("jincheng", "c-clerk", reads=True) as work:
        bureau = str(work.actor.unit_id)
    chain.do("jincheng", "progress", "review", {"结论": "接收", "电话": "13800000000", "单位": bureau})
    with open_work("yangcheng", reads=True) as work:
        (reply,) = work.session.scalars(select(Delivery.reply))
        assert b"13800000000" not in reply and bureau.encode() not in reply
        assert json.loads(reply)["answers"]["单位"] == "晋城市应急管理局"
    assert [one.state for one in chain.instances("yangcheng", "progress")] == ["done"]
