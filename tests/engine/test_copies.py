"""Down the chain and on: what a superior hands down is adapted within its locks, and what it hands down next is merged in."""

from __future__ import annotations

import pytest

from engine import campaigns
from engine.foreseen import foreseen
from tenants.errors import Forbidden
from tests.engine.carrying import carry
from tests.engine.package import files
from tests.engine.test_cascade import chain, hand  # noqa: F401  (chain is a fixture)
from workflows import merges
from workflows.bases import LockBroken, origin_of
from workflows.copies import newer
from workflows.merge import Choice
from workflows.models import PackageVersion
from workflows.publish import load, publish, versions

NONE = 'locks: {"*": free}'
LOCKS = 'locks: {duties.plan.due: tighten, "*": free}'


def written(*changes: tuple[str, str]) -> dict[str, bytes]:
    """Return the package as the city hands it down, with changes of campaign.yaml."""
    text = files()["campaign.yaml"].decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return {**files(), "campaign.yaml": text.replace(NONE, LOCKS).encode()}


# What the city has published before is another one.
FIRST = written(("version: 1.0.0", "version: 1.0.1"))
SECOND = written(
    ("version: 1.0.0", "version: 1.1.0"),
    ("title: 报送月报", "title: 报送每月进展"),
    ("title: 自查自改", "title: 全面自查"),
)
OWN = written(
    ("version: 1.0.0", "version: 1.0.2"),
    ("due: 2024-10-31", "due: 2024-10-30"),
    ("title: 自查自改", "title: 本县自查"),
)
LATE = written(("version: 1.0.0", "version: 1.0.2"), ("due: 2024-10-31", "due: 2024-11-15"))


@pytest.fixture
def handed(chain, open_work):  # noqa: F811
    with open_work("jincheng", "city") as work:
        first = publish(work, FIRST).hash
    hand(open_work, first, "yangcheng", "qinshui")
    assert carry(open_work) == []
    return first


def test_one_county_tightens_and_another_is_told_why_it_may_not_relax(handed, open_work):
    with open_work("yangcheng", "author") as work:
        own = publish(work, OWN)
        assert own.base_hash == handed and origin_of(own).name == "晋城市"
    with open_work("qinshui") as work, pytest.raises(LockBroken) as refused:
        publish(work, LATE)
    (problem,) = refused.value.problems
    assert (
        "晋城市" in str(problem.what)
        and "2024-11-15" in str(problem.what)
        and problem.where == "duties.plan.due"
    )


def test_what_comes_next_is_merged_and_the_running_campaign_can_go_over_to_it(handed, open_work):
    with open_work("yangcheng", "author") as work:
        own = publish(work, OWN)
        campaign = campaigns.launch(work, own.hash).id
    with open_work("jincheng", "city") as work:
        second = publish(work, SECOND).hash
    hand(open_work, second, "yangcheng")
    assert carry(open_work) == []
    with open_work("yangcheng", "author") as work:
        mine = work.session.get_one(PackageVersion, (work.tenant.id, own.id))
        assert newer(work, mine).hash == second
        merge = merges.begin(work, own.hash).id
    with open_work("yangcheng", "author") as work:
        found = merges.look(work, merge)
        (conflict,) = found.all.conflicts
        assert "本县自查" in str(conflict.what)
        merges.choose(work, merge, 0, {conflict.id: Choice("mine")})
        ready = merges.look(work, merge)
        (effect,) = foreseen(work, ready.package)
        assert effect.campaign_id == campaign and effect.counts["moves"] and not effect.counts["blocked"]
        made = merges.finish(work, merge, 1)
    with open_work("yangcheng", "author") as work:
        package = load(work, made.hash)
        assert (made.base_hash, package.duties["monthly"].title) == (second, "报送每月进展")
        assert (
            package.duties["self_check"].title == "本县自查"
            and "2024-10-30" in package.files["campaign.yaml"].decode()
        )
        assert versions(work, "winter-2024")[0].version == made.version


def test_what_would_happen_is_told_only_to_who_steers(handed, open_work):
    with open_work("yangcheng", "reader", reads=True) as work, pytest.raises(Forbidden):
        foreseen(work, load(work, handed))


def test_a_launch_with_later_dates_than_the_superior_locks_is_refused(open_work, chain):  # noqa: F811
    text = FIRST["campaign.yaml"].decode().replace("end: 2024-11-25", "end: period.end - days(64)")
    text = text.replace(LOCKS, 'locks: {phases: mandatory, "*": free}')
    with open_work("jincheng", "city") as work:
        key = publish(work, {**FIRST, "campaign.yaml": text.encode()}).hash
    hand(open_work, key, "yangcheng")
    carry(open_work)
    with open_work("yangcheng", "author") as work, pytest.raises(LockBroken, match="晚于晋城市锁定"):
        campaigns.launch(work, key, {"end": "2025-06-30"})
    with open_work("yangcheng", "author") as work:
        assert campaigns.launch(work, key).state == "running"
