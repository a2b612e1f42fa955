"""Several levels in one go: what a province hands down reaches the counties at once, and it sees where they all stand."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from engine import amend, campaigns
from engine.cascade import down, taking, upwards
from engine.cascade.choosing import Choice
from engine.cascade.models import HandedFurther, HandedPackage
from tenants import stand_ins
from tenants.db import db, system_work
from tenants.errors import Conflict, Invalid, NotFound
from tenants.models import AuditEntry, Job, Tenant, Unit
from tests.engine.carrying import carry, due, run
from tests.engine.chain import (
    acknowledge,
    acting,
    begun,
    found,
    hand,
    ids,
    published,
    seen,
    states,
)
from workflows.publish import versions


@pytest.fixture
def chain(open_work):
    """The province has its package; below it the city Jincheng, below that Yangcheng and Qinshui."""
    return begun(open_work)


def trail(open_work, slug, action):
    with open_work(slug, reads=True) as work:
        return list(work.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_three_levels_in_one_go(chain, open_work):
    hand(open_work, "shanxi", chain, Choice(levels=("city",)), through="county")
    assert states(open_work, "shanxi") == {"晋城市": "sent"}
    assert carry(open_work) == []
    assert states(open_work, "shanxi") == {
        "晋城市": "arrived",
        "晋城市/沁水县": "arrived",
        "晋城市/阳城县": "arrived",
    }
    assert states(open_work, "jincheng") == {"沁水县": "arrived", "阳城县": "arrived"}
    for slug in ("jincheng", "yangcheng", "qinshui"):
        with open_work(slug, reads=True) as work:
            assert [one.hash for one in versions(work)] == [chain]
    with acting(open_work, "yangcheng", reads=True) as work:
        (handed,) = taking.handed(work)
        assert (handed.other_name, handed.origin, handed.note) == ("晋城市", "山西省", "请于月底前启动。")
    assert [one.facts["names"] for one in trail(open_work, "jincheng", "package.pass_on")] == [
        ["沁水县", "阳城县"]
    ]
    assert (
        len(trail(open_work, "yangcheng", "package.receive"))
        == 1
        == len(trail(open_work, "jincheng", "package.receive"))
    )


def test_the_province_sees_who_below_has_taken_it_over_launched_and_declined(chain, open_work):
    hand(open_work, "shanxi", chain, ids(open_work, "jincheng"), through="county")
    carry(open_work)
    acknowledge(open_work, "yangcheng", 结论="签收")
    acknowledge(open_work, "qinshui", 结论="不承担", 理由="本县没有煤矿。")
    assert carry(open_work) == []
    assert states(open_work, "shanxi") == {
        "晋城市": "arrived",
        "晋城市/沁水县": "declined",
        "晋城市/阳城县": "taken",
    }
    with acting(open_work, "yangcheng") as work:
        campaigns.launch(work, chain)
    assert carry(open_work) == []
    found_now = seen(open_work, "shanxi")
    assert found_now.counts == {"city": {"arrived": 1}, "county": {"declined": 1, "launched": 1}}
    (below,) = found_now.current
    assert [one.reason for one in below.further] == ["本县没有煤矿。", ""]
    assert {one.above for one in below.further} == {"晋城市"}


def test_what_is_told_late_or_twice_changes_nothing(chain, open_work):
    hand(open_work, "shanxi", chain, ids(open_work, "jincheng"), through="county")
    carry(open_work)
    with open_work("jincheng") as work:
        row = work.session.scalars(select(HandedPackage).where(HandedPackage.other_name == "阳城县")).one()
        job = Job(
            kind=upwards.FURTHER,
            subject_id=row.source_id,
            payload={"keys": [row.id.hex]},
            key="x",
            due_at=work.now,
        )
        early = upwards.take(work, job)
    acknowledge(open_work, "yangcheng", 结论="签收")
    carry(open_work)
    before = states(open_work, "shanxi")
    with open_work("shanxi") as work:
        upwards.bring(work, early)
        upwards.bring(work, early)
    assert states(open_work, "shanxi") == before
    assert before["晋城市/阳城县"] == "taken"


def test_an_authority_in_between_hands_down_its_own_version_and_the_province_still_sees_who_launched(
    chain, open_work
):
    hand(open_work, "shanxi", chain, ids(open_work, "jincheng"), through="county")
    carry(open_work)
    own = published(open_work, "jincheng", "1.0.1")
    hand(open_work, "jincheng", own, Choice(levels=("county",)))
    assert carry(open_work) == []
    with acting(open_work, "yangcheng") as work:
        rows = {row.version: row.replaced_at is not None for row in taking.handed(work)}
        assert rows == {"1.0.0": True, "1.0.1": False}
    acknowledge(open_work, "yangcheng", 结论="签收")  # one task, not two
    with acting(open_work, "yangcheng") as work:
        campaigns.launch(work, own)
    assert carry(open_work) == []
    assert states(open_work, "shanxi") == {
        "晋城市": "arrived",
        "晋城市/沁水县": "arrived",
        "晋城市/阳城县": "launched",
    }
    (below,) = seen(open_work, "shanxi").current
    assert {one.version for one in below.further} == {"1.0.1"}


def test_a_newer_version_from_above_replaces_the_older_at_every_level(chain, open_work):
    hand(open_work, "shanxi", chain, Choice(levels=("city",)), through="county")
    carry(open_work)
    newer = published(open_work, "shanxi", "1.1.0")
    hand(open_work, "shanxi", newer, Choice(levels=("city",)), through="county")
    assert carry(open_work) == []
    found_now = seen(open_work, "shanxi")
    assert [(one.row.version, one.row.state) for one in found_now.current] == [("1.1.0", "arrived")]
    assert [one.row.version for one in found_now.former] == ["1.0.0"]
    assert found_now.counts == {"city": {"arrived": 1}, "county": {"arrived": 2}}
    assert [order.version for order in found_now.orders] == ["1.1.0"]
    acknowledge(open_work, "jincheng", 结论="签收")


def test_asking_after_goes_down_to_those_who_have_not_answered(chain, open_work):
    (row,) = hand(open_work, "shanxi", chain, ids(open_work, "jincheng"), through="county")
    carry(open_work)
    acknowledge(open_work, "qinshui", 结论="不承担", 理由="本县没有煤矿。")
    acknowledge(open_work, "jincheng", 结论="签收")
    with acting(open_work, "jincheng") as work:
        campaigns.launch(work, chain)
    carry(open_work)
    with pytest.raises(Conflict), acting(open_work, "shanxi") as work:
        down.urge(work, row.id)  # it has launched itself
    with acting(open_work, "shanxi") as work:
        down.urge(work, row.id, further=True)
    assert carry(open_work) == []
    urged = {}
    for slug in ("jincheng", "yangcheng", "qinshui"):
        with acting(open_work, slug) as work:
            urged[slug] = [one.urged for one in taking.handed(work)]
    assert urged == {"jincheng": [0], "yangcheng": [1], "qinshui": [0]}


def test_one_that_declined_is_asked_again_with_a_note(chain, open_work):
    (row,) = hand(open_work, "shanxi", chain, ids(open_work, "jincheng"), through="county")
    carry(open_work)
    with pytest.raises(Conflict), acting(open_work, "shanxi") as work:
        down.ask_again(work, row.id, "请再考虑。")
    acknowledge(open_work, "jincheng", 结论="不承担", 理由="已有方案。")
    carry(open_work)
    with pytest.raises(Invalid), acting(open_work, "shanxi") as work:
        down.ask_again(work, row.id, " ")
    with acting(open_work, "shanxi") as work:
        down.ask_again(work, row.id, "请按省里的统一方案办。")
    assert carry(open_work) == []
    assert states(open_work, "shanxi")["晋城市"] == "arrived"
    with acting(open_work, "jincheng") as work:
        (handed,) = taking.handed(work)
        assert (handed.note, handed.turn, handed.reason) == ("请按省里的统一方案办。", 2, "")
    acknowledge(open_work, "jincheng", 结论="签收")
    assert carry(open_work) == []
    assert states(open_work, "shanxi")["晋城市"] == "taken"


def test_who_is_founded_later_gets_what_all_of_that_level_got(chain, open_work):
    hand(open_work, "shanxi", chain, Choice(levels=("city",)), through="county")
    carry(open_work)
    found(open_work, "changzhi", "长治市", "city", "shanxi")
    found(open_work, "gaoping", "高平市", "county", "jincheng")
    found(open_work, "lucheng", "潞城县", "county", "changzhi")
    open_work.clock.move(days=1)
    assert carry(open_work) == []
    assert states(open_work, "shanxi") == {
        "晋城市": "arrived", "晋城市/沁水县": "arrived", "晋城市/阳城县": "arrived", "晋城市/高平市": "arrived",
        "长治市": "arrived", "长治市/潞城县": "arrived",
    }  # fmt: skip
    assert [one.facts["names"] for one in trail(open_work, "shanxi", "package.catch_up")] == [["长治市"]]


def test_who_was_not_ticked_gets_nothing_by_itself_but_by_a_button(chain, open_work):
    hand(open_work, "shanxi", chain, ids(open_work, "jincheng"))
    found(open_work, "changzhi", "长治市", "city", "shanxi")
    open_work.clock.move(days=2)
    carry(open_work)
    assert [one.name for one in seen(open_work, "shanxi").missing] == ["长治市"]
    with acting(open_work, "shanxi") as work:
        assert [row.other_name for row in down.catch_up(work, "winter-2024")] == ["长治市"]
    with pytest.raises(Conflict), acting(open_work, "shanxi") as work:
        down.catch_up(work, "winter-2024")
    assert carry(open_work) == []
    assert states(open_work, "shanxi") == {"晋城市": "arrived", "长治市": "arrived"}


def test_a_campaign_that_goes_over_to_the_newer_version_is_told_as_launched(chain, open_work):
    hand(open_work, "shanxi", chain, Choice(levels=("city",)))
    carry(open_work)
    acknowledge(open_work, "jincheng", 结论="签收")
    with acting(open_work, "jincheng") as work:
        campaign = campaigns.launch(work, chain).id
    carry(open_work)
    newer = published(open_work, "shanxi", "1.1.0")
    hand(open_work, "shanxi", newer, Choice(levels=("city",)))
    carry(open_work)
    acknowledge(open_work, "jincheng", 结论="签收")
    carry(open_work)
    assert states(open_work, "shanxi") == {"晋城市": "taken"}
    with acting(open_work, "jincheng") as work:
        amend.apply(work, campaign, newer, amend.preview(work, campaign, newer).seal)
    assert carry(open_work) == []
    assert states(open_work, "shanxi") == {"晋城市": "launched"}


def test_an_order_that_was_ended_reaches_nobody_later(chain, open_work):
    hand(open_work, "shanxi", chain, Choice(levels=("city",)))
    (order,) = seen(open_work, "shanxi").orders
    with acting(open_work, "shanxi") as work:
        down.stop(work, order.id)
    found(open_work, "changzhi", "长治市", "city", "shanxi")
    open_work.clock.move(days=2)
    carry(open_work)
    assert states(open_work, "shanxi") == {"晋城市": "arrived"}
    with pytest.raises(NotFound), acting(open_work, "jincheng") as work:
        down.stop(work, order.id)


def test_an_order_ends_with_its_campaign(chain, open_work):
    hand(open_work, "shanxi", chain, Choice(levels=("city",)))
    carry(open_work)
    open_work.clock.move(days=400)
    found(open_work, "changzhi", "长治市", "city", "shanxi")
    carry(open_work)
    assert states(open_work, "shanxi") == {"晋城市": "arrived"} and seen(open_work, "shanxi").orders == []


def test_a_condition_reads_what_stands_with_those_below(chain, open_work):
    found(open_work, "changzhi", "长治市", "city", "shanxi")
    with open_work("shanxi") as work:
        stand_ins.complete(work)
        unit = work.session.scalars(select(Unit).where(Unit.name == "长治市")).one()
        unit.attributes = {**unit.attributes, "mines": 31}
    rows = hand(open_work, "shanxi", chain, Choice(selector="mines > 30 and level == 'city'"))
    assert [row.other_name for row in rows] == ["长治市"]
    found(open_work, "datong", "大同市", "city", "shanxi", with_people=False)
    with open_work("shanxi") as work:
        for unit in stand_ins.complete(work):
            unit.attributes = {**unit.attributes, "mines": 60}
    open_work.clock.move(days=1)
    assert carry(open_work) == []
    assert states(open_work, "shanxi") == {"长治市": "arrived", "大同市": "arrived"}


def move(open_work, slug, above):
    with system_work() as session:
        row = session.get_one(Tenant, open_work.world.tenants[slug])
        row.parent_id = open_work.world.tenants[above]


def test_one_that_moved_away_before_it_arrived_gets_nothing_and_gets_it_where_it_is_now(chain, open_work):
    found(open_work, "changzhi", "长治市", "city", "shanxi")
    hand(open_work, "shanxi", chain, Choice(levels=("city",)), through="county")
    (job,) = [job for slug, job in due(open_work) if slug == "shanxi"][:1]
    run(open_work, "shanxi", job)  # to Jincheng or Changzhi: whoever has its lower code
    move(open_work, "yangcheng", "changzhi")
    carry(open_work)
    open_work.clock.move(days=1)
    assert carry(open_work) == []
    told = states(open_work, "shanxi")
    assert told["长治市/阳城县"] == "arrived" and "晋城市/阳城县" not in {
        k for k, v in told.items() if v != "gone"
    }


def test_what_one_that_moved_away_tells_its_former_superior_is_not_taken_in(chain, open_work):
    found(open_work, "changzhi", "长治市", "city", "shanxi")
    hand(open_work, "shanxi", chain, ids(open_work, "jincheng"), through="county")
    carry(open_work)
    move(open_work, "yangcheng", "changzhi")
    acknowledge(open_work, "yangcheng", 结论="签收")
    assert carry(open_work) == []
    assert states(open_work, "jincheng") == {"沁水县": "arrived"}
    assert [one.row.state for one in seen(open_work, "jincheng").former] == ["gone"]
    assert states(open_work, "shanxi")["晋城市/阳城县"] == "gone"


def test_one_that_runs_it_already_and_came_from_elsewhere_is_told_as_launched(chain, open_work):
    found(open_work, "changzhi", "长治市", "city", "shanxi")
    hand(open_work, "shanxi", chain, ids(open_work, "jincheng"), through="county")
    carry(open_work)
    acknowledge(open_work, "yangcheng", 结论="签收")
    with acting(open_work, "yangcheng") as work:
        campaigns.launch(work, chain)
    carry(open_work)
    move(open_work, "yangcheng", "changzhi")
    hand(open_work, "shanxi", chain, ids(open_work, "changzhi"), through="county")
    carry(open_work)
    acknowledge(open_work, "yangcheng", 结论="签收")
    assert carry(open_work) == []
    assert states(open_work, "changzhi") == {"阳城县": "launched"}


def test_a_level_must_be_below_and_somebody_must_be_meant(chain, open_work):
    for choice, through in (
        (Choice(levels=("township",)), ""),
        (Choice(levels=("city",)), "province"),
        (Choice(), ""),
    ):
        with pytest.raises(Invalid):
            hand(open_work, "shanxi", chain, choice, through=through)
    with pytest.raises(NotFound):
        hand(open_work, "shanxi", chain, ids(open_work, "yangcheng"))


def test_a_stranger_tells_nothing(chain, open_work):
    (row,) = hand(open_work, "shanxi", chain, ids(open_work, "jincheng"), through="county")
    carry(open_work)
    with open_work("qinshui", reads=True) as work:
        stranger = work.tenant.id
    stand = upwards.Stand(
        row.id, "假县", "county", "假", "9", "launched", "", 99, False, open_work.clock.now()
    )
    news = upwards.FurtherNews(stranger, open_work.world.tenants["shanxi"], row.id, (stand,))
    with open_work("shanxi") as work:
        upwards.bring(work, news)
        assert "假县" not in set(work.session.scalars(select(HandedFurther.name)))


def test_the_statements_do_not_grow_with_those_below(chain, open_work):
    counted = []
    for number in range(12):
        found(open_work, f"c{number}", f"第{number}市", "city", "shanxi", with_people=False)
        if number in (1, 11):
            hand(open_work, "shanxi", chain, Choice(levels=("city",)))
            statements = []
            note = lambda *given, kept=statements: kept.append(given[2])  # noqa: E731
            event.listen(db.engine, "before_cursor_execute", note)
            seen(open_work, "shanxi")
            event.remove(db.engine, "before_cursor_execute", note)
            counted.append(len(statements))
    assert counted[0] == counted[1]


@pytest.mark.slow
def test_a_hundred_below(chain, open_work):
    for number in range(100):
        found(open_work, f"c{number}", f"第{number}市", "city", "shanxi", with_people=False)
    rows = hand(open_work, "shanxi", chain, Choice(selector="starts_with(name, '第')"))
    assert len(rows) == 100
    assert carry(open_work) == []
    assert seen(open_work, "shanxi").counts == {"city": {"arrived": 100}}
