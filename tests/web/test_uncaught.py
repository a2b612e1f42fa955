"""An escalation that nothing catches: the process goes on, and its trail says so."""

from __future__ import annotations

import pytest

from engine import history
from tests.engine.package import CAMPAIGN, DONE, START, event, files, process, task
from tests.engine.story import Story, begun

TELLS = '<bpmn:escalationEventDefinition escalationRef="u1"/>'
PROCESS = process(
    "tells", START, event("intermediateThrowEvent", "first", inside=TELLS), task("fill", "by"),
    event("intermediateThrowEvent", "second", inside=TELLS), DONE,
    flows="start -> first\nfirst -> fill\nfill -> second\nsecond -> done",
    outside='<bpmn:escalation id="u1" name="上报" escalationCode="上报"/>',
)  # fmt: skip
DUTY = (
    "  tells: {title: 上报, by: mine, process: tells, form: plan, start: 2024-11-01, clause: 一}\nledgers:\n"
)


@pytest.fixture
def story(open_work, clock, house) -> Story:
    """Every mine has begun a process that throws at once, and again after its task."""
    campaign = CAMPAIGN.replace("ledgers:\n", DUTY, 1).encode()
    made = begun(
        open_work, clock, {**files(), "campaign.yaml": campaign, "processes/tells.bpmn": PROCESS.encode()}
    )
    made.launch()
    assert not made.errors
    return made


def uncaught(story: Story, unit: str) -> list[str]:
    (instance,) = story.instances("tells", unit=unit)
    with story.open_work("yangcheng", "admin") as work:
        trail = history.trail(work, history.instance(work, instance.id))
        return [entry.facts["name"] for entry in trail if entry.action == "escalation.uncaught"]


def test_it_stands_in_the_trail_of_each_that_threw_it(story):
    assert uncaught(story, "pine") == uncaught(story, "plain") == ["上报"]
    story.do("pine", "tells", "fill")
    assert uncaught(story, "pine") == ["上报"] * 2 and uncaught(story, "plain") == ["上报"]
    assert story.instances("tells", unit="pine")[0].state == "done"


def test_its_page_and_the_audit_say_so_in_words(story, visit):
    (instance,) = story.instances("tells", unit="pine")
    address = f"/t/yangcheng/instances/{instance.id}"
    assert "升级“上报”没有步骤受理，流程照常进行" in visit("pine").get(address).text
    assert "上报升级，无人受理" in visit("auditor").get("/t/yangcheng/audit?action=escalation.uncaught").text
