"""A mine's number rolls up through its county and its city to the province; who is missing is known at each level."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from engine import corrections, history, reporting, tasks
from engine.deliveries.models import Delivery
from engine.models import Instance, Task
from engine.rollup import showing
from engine.rollup.models import Rollup
from engine.running import running
from tests.engine.chained import CLERKS, LEVELS, Chain, chain_files, founded

YES, NO = {"结论": "接收"}, {"结论": "退回", "意见": "请核实。"}
MONTHS = (
    'every: {rule: "FREQ=MONTHLY;BYMONTHDAY=-1", start: 2024-11-01, end: 2025-01-31, opens: month_start(due)}'
)
ROLLUP = "{隐患数: {sum: 隐患数}, 应报: {count: owed}, 缺报: {list: missing}}"
MORE = f"""\
  mine_figures: {{title: 矿报数, by: mine, to: county, form: figures, {MONTHS}, clause: 一}}
  county_total: {{title: 县汇总, by: county, to: city, form: totals, {MONTHS}, collects: mine_figures, rollup: {ROLLUP}, clause: 一}}
  city_total: {{title: 市汇总, by: city, to: province, form: totals, {MONTHS}, collects: county_total, rollup: {ROLLUP}, clause: 一}}
"""
TOTALS = {
    "隐患数": {"type": "integer", "title": "隐患数"}, "应报": {"type": "integer", "title": "应报"},
    "缺报": {"type": "array", "title": "缺报", "items": {"type": "string"}},
}  # fmt: skip


def package() -> dict[str, bytes]:
    totals = json.dumps({"type": "object", "properties": TOTALS}).encode()
    return {**chain_files(MORE), "forms/totals/schema.json": totals, "forms/totals/ui.json": b"{}"}


@pytest.fixture
def chain(open_work, clock) -> Chain:
    """Each of the three levels runs the same campaign; two of the three mines have reported for November."""
    found = founded(open_work)
    for tenant in LEVELS:
        found.launch(tenant, package())
    found.day("2024-11-05")
    mine(found, "yangcheng", "pine", 12)
    mine(found, "qinshui", "willow", 5)
    return found


def mine(chain: Chain, tenant: str, login: str, number: int) -> None:
    """Let a mine report, and its county accept."""
    act(chain, tenant, login, "mine_figures", "fill", {"正文": "排查完毕。", "隐患数": number})
    chain.do(tenant, "mine_figures", "review", YES)


def act(chain: Chain, tenant: str, login: str, duty: str, step: str, answers: dict[str, object]) -> None:
    with chain.open_work(tenant, login) as work:
        query = select(Task.id).where(
            Task.duty == duty, Task.node == step, Task.state == "open", Task.desk_id == work.actor.unit_id
        )
        tasks.complete(work, work.session.scalars(query.order_by(Task.due)).first(), answers)
    assert chain.carry() == []


def roll_up(chain: Chain, tenant: str, duty: str) -> dict[str, object]:
    """Hand in an upper report with what it begins with; return that."""
    (task, *_) = [one for one in chain.inbox(tenant) if (one.duty, one.node) == (duty, "fill")]
    with chain.open_work(tenant, CLERKS[tenant]) as work:
        begun = showing.begun(work, tasks.gather(work, task.id))
        tasks.complete(work, task.id, begun)
    assert chain.carry() == []
    return begun


def up(chain: Chain) -> None:
    """Let both counties roll up and the city accept them."""
    for county in ("yangcheng", "qinshui"):
        roll_up(chain, county, "county_total")
        chain.do("jincheng", "county_total", "review", YES)


def shown(chain: Chain, tenant: str, duty: str) -> showing.Shown:
    with chain.open_work(tenant, CLERKS[tenant], reads=True) as work:
        live = running(work, chain.campaigns[tenant])
        instance = work.session.scalars(
            select(Instance).where(Instance.duty == duty).order_by(Instance.opened_at)
        ).first()
        found = showing.of_instance(work, live, instance)
        assert found is not None
        return found


def test_a_mines_number_rolls_up_to_the_province(chain):
    assert roll_up(chain, "yangcheng", "county_total") == {"隐患数": 12, "应报": 2, "缺报": ["南坪露天煤矿"]}
    assert roll_up(chain, "qinshui", "county_total") == {"隐患数": 5, "应报": 1, "缺报": []}
    for _ in range(2):
        chain.do("jincheng", "county_total", "review", YES)
    assert [one.state for one in chain.instances("yangcheng", "county_total")] == ["done"]
    assert roll_up(chain, "jincheng", "city_total") == {"隐患数": 17, "应报": 2, "缺报": []}
    chain.do("shanxi", "city_total", "review", YES)
    with chain.open_work("shanxi", "p-clerk", reads=True) as work:
        (one,) = chain.instances("shanxi", "city_total")
        instance = history.instance(work, one.id)
        last = history.rounds(work, running(work, one.campaign_id), instance)[0]
        assert last.answers == {"隐患数": 17, "应报": 2, "缺报": []}
        assert last.task.done_name == "晋城市 晋城市经办人"


def test_each_number_leads_to_the_delivery_behind_it(chain):
    up(chain)
    roll_up(chain, "jincheng", "city_total")
    (numbers, *_) = shown(chain, "jincheng", "city_total").lines
    assert [(part.unit, part.value) for part in numbers.parts] == [("沁水县", 5), ("阳城县", 12)]
    with chain.open_work("jincheng", "c-clerk", reads=True) as work:
        for part in numbers.parts:
            came = work.session.scalars(select(Delivery).where(Delivery.instance_id == part.id)).all()
            assert [(one.side, one.other_name) for one in came] == [("in", part.unit)]


def test_the_copy_tells_of_every_level_below_and_the_province_knows_the_missing_mine_by_name(chain):
    up(chain)
    roll_up(chain, "jincheng", "city_total")
    with chain.open_work("shanxi", "p-clerk", reads=True) as work:
        copy = json.loads(work.session.scalars(select(Delivery.content)).one())
        found = reporting.overview(
            work, running(work, chain.campaigns["shanxi"]), reporting.Asked("city_total")
        )
    mines = {one["kind"]: one for one in copy["levels"]}["mine"]
    assert (mines["expected"], mines["filed"], mines["missing"]) == (3, 2, ["阳城县/南坪露天煤矿"])
    below = {one.kind: one for one in found.levels if one.below}
    assert below["mine"].counts == reporting.Counts(3, 2, 2, 2, 1)
    assert below["mine"].missing == ("晋城市/阳城县/南坪露天煤矿",)
    assert below["county"].counts.expected == 2
    assert copy["missing"] == [] and "松岭煤矿" not in json.dumps(copy["papers"], ensure_ascii=False)


def test_a_late_mine_makes_its_countys_report_stale_and_the_corrected_one_reaches_the_top(chain):
    up(chain)
    roll_up(chain, "jincheng", "city_total")
    chain.do("shanxi", "city_total", "review", YES)
    mine(chain, "yangcheng", "plain", 3)
    county = shown(chain, "yangcheng", "county_total")
    assert county.state == "stale" and [one["what"] for one in county.why] == ["late"]
    assert shown(chain, "jincheng", "city_total").state == "current"
    correct(chain, "yangcheng", "county_total")
    assert roll_up(chain, "yangcheng", "county_total")["隐患数"] == 15
    city = shown(chain, "jincheng", "city_total")
    assert city.state == "stale" and [one["what"] for one in city.why] == ["returned"]
    chain.do("jincheng", "county_total", "review", YES)
    city = shown(chain, "jincheng", "city_total")
    assert [(line.computed, line.now) for line in city.lines if line.name == "隐患数"] == [(17, 20)]
    correct(chain, "jincheng", "city_total")
    assert roll_up(chain, "jincheng", "city_total")["隐患数"] == 20
    chain.do("shanxi", "city_total", "review", YES)
    for tenant in ("jincheng", "shanxi"):
        assert [one.state for one in chain.instances(tenant, "city_total")] == ["done"]
    assert {one.state for one in chain.instances("jincheng", "county_total")} == {"done"}
    with chain.open_work("shanxi", reads=True) as work:
        assert len(work.session.scalars(select(Delivery)).all()) == 2
        found = reporting.overview(
            work, running(work, chain.campaigns["shanxi"]), reporting.Asked("city_total")
        )
        assert {one.kind: one.counts.missing for one in found.levels if one.below}["mine"] == 0
    assert [one.state for one in rows(chain, "jincheng")] == ["superseded", "current"]


def rows(chain: Chain, tenant: str) -> list[Rollup]:
    with chain.open_work(tenant, reads=True) as work:
        return list(work.session.scalars(select(Rollup).order_by(Rollup.id)))


def correct(chain: Chain, tenant: str, duty: str) -> None:
    (one,) = chain.instances(tenant, duty)
    with chain.open_work(tenant, CLERKS[tenant]) as work:
        corrections.begin_again(work, one.id, "下级补报")
    assert chain.carry() == []


def test_what_is_under_way_elsewhere_is_not_begun_again(chain):
    roll_up(chain, "yangcheng", "county_total")
    (one,) = chain.instances("yangcheng", "county_total")
    with chain.open_work("yangcheng", "y-clerk", reads=True) as work:
        instance = history.instance(work, one.id)
        assert not corrections.may_correct(work, running(work, one.campaign_id), instance)
    chain.do("jincheng", "county_total", "review", NO)
    assert roll_up(chain, "yangcheng", "county_total")["隐患数"] == 12, (
        "what was returned begins with the numbers of the day"
    )
