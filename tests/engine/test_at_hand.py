"""What a process knows of ledgers: the items of the unit that it concerns, when a decision is made and when a form opens."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from engine import at_hand
from engine.models import Task
from engine.process import Given
from engine.running import running
from tenants.models import Unit
from tests.engine.package import CAMPAIGN, DONE, START, files, process
from tests.engine.package import task as step
from tests.engine.story import MAJOR, MINOR, Story, begun, self_check
from workflows.check import check

LOOK = process(
    "look", START, step("fill", "by"), '<bpmn:exclusiveGateway id="choice"/>', DONE, '<bpmn:endEvent id="known"/>',
    flows="start -> fill\nfill -> choice\nchoice -> known if any(hazards, 级别 == '重大' and 状态 != '销号')\nchoice -> done else",
)  # fmt: skip
DUTY = "  look_back: {title: 回看, by: office, about: mine, process: look, form: plan, start: 2024-11-01, clause: 一}\nledgers:\n"


def package(duty: str = DUTY) -> dict[str, bytes]:
    return {
        **files(),
        "campaign.yaml": CAMPAIGN.replace("ledgers:\n", duty, 1).encode(),
        "processes/look.bpmn": LOOK.encode(),
    }


@pytest.fixture
def story(open_work, clock) -> Story:
    told = begun(open_work, clock, package())
    told.launch()
    assert not told.errors
    return told


def look(story: Story, mine: str) -> str | None:
    unit = story.open_work.world.unit(mine)
    query = select(Task).where(Task.duty == "look_back", Task.about_id == unit)
    (task,) = story.rows(query)
    story.complete("clerk", task.id)
    (found,) = [one for one in story.instances("look_back") if one.about_id == unit]
    return found.end_node


def test_a_condition_reads_the_items_of_the_mine_that_it_is_about_when_it_is_asked(story: Story) -> None:
    self_check(story, MINOR, MAJOR)  # of the one mine, after both instances had begun
    assert look(story, "pine") == "known"
    assert look(story, "plain") == "done"


def test_the_items_carry_their_state_and_are_of_nobody_else(story: Story) -> None:
    self_check(story, MINOR, MAJOR)
    with story.open_work("yangcheng") as work:
        live = running(work, story.launched)

        def titles(code: str) -> list[tuple[str, str]]:
            unit = work.session.get(Unit, (work.tenant.id, story.open_work.world.unit(code)))
            found = at_hand.items_of(work, live, ["hazards"], unit)["hazards"]
            return [(one["描述"], one["状态"]) for one in found]

        assert titles("pine") == titles("north") == [("巷道积水", "发现"), ("瓦斯超限", "发现")]
        assert titles("plain") == titles("south") == []


def test_whoever_fills_a_form_is_shown_only_items_that_they_may_see(story: Story) -> None:
    self_check(story, MAJOR)
    for login, count in (("pine", 1), ("reader", 1), ("plain", 0)):
        with story.open_work("yangcheng", login, reads=True) as work:
            unit = work.session.get(Unit, (work.tenant.id, story.open_work.world.unit("pine")))
            found = at_hand.items_of(work, running(work, story.launched), ["hazards"], unit, seen=True)
            assert len(found["hazards"]) == count, login


def test_a_process_that_reads_no_ledger_asks_for_none_and_a_long_one_is_cut(
    story: Story, monkeypatch
) -> None:
    monkeypatch.setattr(at_hand, "MOST", 2)
    self_check(story, MINOR, MINOR, MAJOR)
    with story.open_work("yangcheng") as work:
        live = running(work, story.launched)
        unit = work.session.get(Unit, (work.tenant.id, story.open_work.world.unit("pine")))
        assert not isinstance(at_hand.given(work, live, "duty", unit, None), Given)
        (lists,) = at_hand.items_of(work, live, ["hazards"], unit).values()
        assert [one["编号"] for one in lists] == [2, 3]


def test_a_ledger_that_is_not_there_is_refused_by_name() -> None:
    sound = package(DUTY.replace("clause: 一", 'prefill: {正文: "text(count(hazards))"}, clause: 一'))
    assert not [one for one in check(sound) if one.level == "error"]
    wrong = {**sound, "processes/look.bpmn": LOOK.replace("hazards", "hazard_list").encode()}
    assert any("hazard_list" in str(one.what) for one in check(wrong))
