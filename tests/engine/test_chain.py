"""One package at three levels: reports go up along the levels, a superior awaits those of the authorities below it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import history
from engine.deliveries.models import Delivery
from engine.models import Task
from engine.running import running_of
from tenants import stand_ins
from tenants.models import Unit
from tests.engine.chained import FIGURES, LEVELS, chain_files, founded

FILED = {"正文": "十一月排查完毕。", "隐患数": 7}
YES, NO = {"结论": "接收"}, {"结论": "退回", "意见": "请写明整改情况。"}


def started(open_work, **own):
    """Launch everywhere. own: tenant -> the files of its own copy."""
    found = founded(open_work)
    for tenant in LEVELS:
        found.launch(tenant, own.get(tenant) or chain_files())
    found.day("2024-11-02")
    return found


@pytest.fixture
def chain(open_work, clock):
    return started(open_work)


def names(chain, tenant, duty):
    with chain.open_work(tenant, reads=True) as work:
        return [
            work.session.get(Unit, (work.tenant.id, one.unit_id)).name
            for one in chain.instances(tenant, duty)
        ]


def test_a_superior_awaits_one_report_of_each_authority_below_and_nobody_else_opens_it(chain):
    assert names(chain, "jincheng", "progress") == ["沁水县", "阳城县"]
    assert names(chain, "yangcheng", "progress") == ["阳城县应急管理局"]
    assert names(chain, "shanxi", "progress") == []
    assert names(chain, "shanxi", "summary") == ["晋城市"]
    assert chain.inbox("jincheng") and {one.duty for one in chain.inbox("jincheng")} == {"summary"}
    assert [one.duty for one in chain.inbox("shanxi")] == []


def test_a_report_goes_up_is_returned_corrected_and_accepted_at_both_ends(chain):
    chain.do("yangcheng", "progress", "fill", FILED)
    (review,) = [one for one in chain.inbox("jincheng") if one.duty == "progress"]
    assert review.node == "review"
    with chain.open_work("jincheng", "c-clerk", reads=True) as work:
        task = work.session.get_one(Task, (work.tenant.id, review.id))
        instance = next(one for one in chain.instances("jincheng", "progress") if one.id == task.instance_id)
        (filed,) = history.rounds(work, running_of(work, instance), instance)
        assert filed.answers == FILED and filed.task.done_name == "阳城县 阳城县经办人"
    chain.do("jincheng", "progress", "review", NO)
    (again,) = [one for one in chain.inbox("yangcheng") if one.duty == "progress"]
    assert again.node == "fill"
    chain.do("yangcheng", "progress", "fill", {**FILED, "隐患数": 9})
    chain.do("jincheng", "progress", "review", YES)
    (below,) = chain.instances("yangcheng", "progress")
    above = [one for one in chain.instances("jincheng", "progress") if one.state == "done"]
    assert below.state == "done" and len(above) == 1
    with chain.open_work("jincheng", reads=True) as work:
        came = list(work.session.scalars(select(Delivery).where(Delivery.instance_id == above[0].id)))
        assert [(one.side, one.state) for one in came] == [("in", "answered")] * 2
        last = history.rounds(work, running_of(work, above[0]), above[0])
        assert [one.answers.get("隐患数") for one in last] == [7, None, 9, None]


def changed(old, new, **more):
    found = chain_files(**more)
    text = found["campaign.yaml"].decode()
    assert old in text
    return {
        **found,
        "campaign.yaml": text.replace(old, new).replace("version: 1.0.0", "version: 1.0.1").encode(),
    }


def test_a_form_of_another_shape_is_worked_off_as_any_paper(open_work, clock):
    """The superior asks for a text that the county's own form does not ask for."""
    own = chain_files(form=FIGURES.replace("正文".encode(), "说明".encode()))
    chain = started(open_work, qinshui=own)
    chain.do("qinshui", "progress", "fill", {"说明": "无。"})
    (paper,) = [one for one in chain.inbox("jincheng") if one.duty == "received"]
    assert "沁水县" in paper.title
    assert [one.state for one in chain.instances("jincheng", "progress")] == ["running", "running"]
    chain.do("jincheng", "received", "answer", YES)
    assert [one.state for one in chain.instances("qinshui", "progress")] == ["done"]


def test_a_report_may_come_before_its_day_above(open_work, clock):
    own = changed("start: 2024-11-01, due: 2025-01-20", "start: 2024-11-01, due: 2025-01-10")
    above = changed("start: 2024-11-01, due: 2025-01-20", "start: 2025-01-01, due: 2025-01-20")
    chain = started(open_work, jincheng=own, shanxi=above)
    assert chain.instances("shanxi", "summary") == []
    chain.do("jincheng", "summary", "fill", FILED)
    assert names(chain, "shanxi", "summary") == ["晋城市"]
    chain.do("shanxi", "summary", "review", YES)
    chain.day("2025-01-02")
    assert [one.state for one in chain.instances("shanxi", "summary")] == ["done"]


def test_a_report_may_go_past_the_authority_in_between(open_work, clock):
    """What the county owes the province goes there at once, and the answer comes back."""
    urgent = "  urgent: {title: 上报重大隐患, by: county, to: province, form: figures, start: 2024-11-01, due: 2025-01-20, clause: 一}\n"
    everywhere = chain_files(urgent)
    chain = started(open_work, **dict.fromkeys(LEVELS, everywhere))
    chain.do("yangcheng", "urgent", "fill", FILED)
    (paper,) = chain.inbox("shanxi")
    assert not [one for one in chain.inbox("jincheng") if one.duty in ("urgent", "received")]
    chain.do("shanxi", paper.duty, paper.node, YES)
    assert [one.state for one in chain.instances("yangcheng", "urgent")] == ["done"]


def test_stand_ins_are_made_once(chain, open_work):
    with open_work("jincheng") as work:
        assert stand_ins.complete(work) == []


ANY_LEVEL = "  agenda: {title: 纳入重点工作, by: regulator, form: figures, process: report, to: province, start: 2024-11-01, clause: 一}\n"


def test_whoever_runs_the_package_itself_gets_nothing_twice(open_work, clock):
    """An actor of several levels says no level: what it owes by the calendar opens where it is, and is awaited above."""
    found = chain_files(ANY_LEVEL)
    actor = "  regulator: {title: 市县监管部门, unit: \"level in ['city', 'county']\"}\n"
    text = found["campaign.yaml"].decode().replace("  province: {", f"{actor}  province: {{", 1)
    chain = started(open_work, **{tenant: {**found, "campaign.yaml": text.encode()} for tenant in LEVELS})
    assert names(chain, "yangcheng", "agenda") == ["阳城县应急管理局"]
    assert [one.duty for one in chain.inbox("yangcheng")].count("agenda") == 1
    assert not [one for one in chain.inbox("yangcheng") if one.duty == "received"]
    assert names(chain, "jincheng", "agenda") == ["晋城市应急管理局", "沁水县", "阳城县"]
