"""A package handed down the chain: it arrives, is taken over or declined, launched, and the superior knows."""

from __future__ import annotations

import pytest

from engine import campaigns, inbox, tasks
from engine.cascade import down, overview, taking
from tenants import accounts, directory
from tenants.db import system_work
from tenants.errors import Conflict, NotFound
from tests.engine.carrying import carry
from tests.engine.package import files
from tests.world import PASSWORD
from workflows.publish import publish, versions


@pytest.fixture
def chain(open_work, world):
    """The city has an author; the county Yangcheng has its people already."""
    with system_work() as session:
        user = accounts.add_user(session, "city", "市局丁", PASSWORD, must_change=False).id
    with open_work("jincheng") as work:
        bureau = directory.add_unit(
            work, "bureau", "晋城市应急管理局", "bureau", attributes={"mandate": "all"}
        )
        member = directory.add_member(work, user, bureau.id, "市局丁", roles=("staff", "tenant_admin"))
    world.members["city"] = ("jincheng", member.id)
    with open_work("jincheng", "city") as work:
        return publish(work, files()).hash


def hand(open_work, chain, *to, note="请于月底前启动。"):
    with open_work("jincheng", "city") as work:
        return down.hand_down(work, chain, [open_work.world.tenants[slug] for slug in to], note)


def states(open_work):
    with open_work("jincheng", "city", reads=True) as work:
        return {row.other_name: row.state for row in overview.standing(work, "winter-2024")}


def acknowledge(open_work, login="author", **answers):
    with open_work("yangcheng", login) as work:
        rows = [row for tab in ("todo", "claimable") for row in inbox.page(work, inbox.Filters(tab=tab)).rows]
        (row,) = [one for one in rows if one.task.name == "签收上级方案"]
        tasks.complete(work, row.task.id, answers)


def test_it_arrives_exactly_as_it_was_and_the_superior_sees_who_has_it(chain, open_work):
    assert {row.other_name for row in hand(open_work, chain, "yangcheng", "qinshui")} == {"阳城县", "沁水县"}
    assert states(open_work) == {"阳城县": "sent", "沁水县": "sent"}
    assert carry(open_work) == []
    assert states(open_work) == {"阳城县": "arrived", "沁水县": "arrived"}
    with open_work("yangcheng", "admin") as work:
        assert [one.hash for one in versions(work)] == [chain]
        (handed,) = taking.handed(work)
        assert (handed.other_name, handed.note, handed.sent_name) == ("晋城市", "请于月底前启动。", "市局丁")


def test_it_is_taken_over_launched_and_declined(chain, open_work):
    hand(open_work, chain, "yangcheng", "qinshui")
    carry(open_work)
    acknowledge(open_work, 结论="签收")
    carry(open_work)
    assert states(open_work)["阳城县"] == "taken"
    with open_work("yangcheng", "admin") as work:
        campaigns.launch(work, chain)
    assert carry(open_work) == []
    assert states(open_work) == {"阳城县": "launched", "沁水县": "arrived"}


def test_who_declines_says_why(chain, open_work):
    hand(open_work, chain, "yangcheng")
    carry(open_work)
    with pytest.raises(Exception, match="需要改正"):
        acknowledge(open_work, 结论="不承担")
    acknowledge(open_work, 结论="不承担", 理由="本县没有煤矿。")
    assert carry(open_work) == []
    with open_work("jincheng", "city", reads=True) as work:
        (row,) = overview.standing(work, "winter-2024")
    assert (row.state, row.reason) == ("declined", "本县没有煤矿。") and "阳城县" in row.answered_name


def test_what_was_made_of_it_counts_as_launched(chain, open_work):
    hand(open_work, chain, "yangcheng")
    carry(open_work)
    own = {**files(), "campaign.yaml": files()["campaign.yaml"].replace(b"version: 1.0.0", b"version: 1.0.1")}
    with open_work("yangcheng", "admin") as work:
        campaigns.launch(work, publish(work, own).hash)
    carry(open_work)
    assert states(open_work) == {"阳城县": "launched"}


def test_only_those_below_are_handed_anything_and_nobody_twice(chain, open_work):
    for stranger in ("shanxi", "jincheng"):
        with pytest.raises(NotFound):
            hand(open_work, chain, stranger)
    assert len(hand(open_work, chain, "yangcheng")) == 1
    assert hand(open_work, chain, "yangcheng") == []
    assert [row.other_name for row in hand(open_work, chain, "yangcheng", "qinshui")] == [
        "沁水县"
    ]  # joins later


def test_it_is_asked_after_but_not_all_the_time(chain, open_work, clock):
    (row,) = hand(open_work, chain, "yangcheng")
    carry(open_work)
    with open_work("jincheng", "city") as work:
        down.urge(work, row.id)
    with pytest.raises(Conflict), open_work("jincheng", "city") as work:
        down.urge(work, row.id)
    carry(open_work)
    with open_work("yangcheng", "admin") as work:
        assert [one.urged for one in taking.handed(work)] == [1]
    clock.move(days=1)
    with open_work("jincheng", "city") as work:
        assert down.urge(work, row.id).urged == 2


def test_an_own_version_of_that_number_stays_and_what_is_handed_down_arrives_beside_it(chain, open_work):
    own = {**files(), "CHANGELOG.md": "自己的\n".encode()}
    with open_work("yangcheng", "admin") as work:
        kept = publish(work, own).hash
    hand(open_work, chain, "yangcheng")
    assert carry(open_work) == []
    with open_work("yangcheng", "admin") as work:
        assert {one.hash: one.version for one in versions(work)} == {
            kept: "1.0.0",
            chain: f"1.0.0+{chain[:8]}",
        }
    assert states(open_work) == {"阳城县": "arrived"}


def test_an_own_package_of_the_same_name_from_before_does_not_count_as_launched(chain, open_work):
    hollow = {
        **files(),
        "campaign.yaml": files()["campaign.yaml"].replace(b"version: 1.0.0", b"version: 0.9.0"),
    }
    with open_work("yangcheng", "admin") as work:
        own = publish(work, hollow).hash
    hand(open_work, chain, "yangcheng")
    assert carry(open_work) == []
    with open_work("yangcheng", "admin") as work:
        campaigns.launch(work, own)
    assert carry(open_work) == []
    assert states(open_work) == {"阳城县": "arrived"}
    acknowledge(open_work, 结论="签收")
    assert carry(open_work) == []
    assert states(open_work) == {"阳城县": "taken"}
