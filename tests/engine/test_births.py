"""What an instance bears when it ends: lines of ledgers and duties, once."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from engine import births
from engine.models import Incident, LedgerItem
from engine.running import running
from tests.effort import PATIENCE
from tests.engine.package import CAMPAIGN, START, THROW, event, files, process
from tests.engine.story import ACCEPTED, MAJOR, MINOR, begun, self_check


def test_hazards_are_born_only_when_the_self_check_ended_normally_and_once(running_story):
    story = running_story
    story.do("pine", "self_check", "fill", {"hazards": [MINOR, MAJOR]})
    assert story.items() == []
    story.do("pine", "self_check", "sign", {"结论": "退回"})
    assert story.items() == []
    story.do("pine", "self_check", "fill", {"hazards": [MINOR]})
    story.do("pine", "self_check", "sign", ACCEPTED)
    assert [(one.number, one.title, one.status) for one in story.items()] == [(1, "巷道积水", "发现")]
    assert story.items()[0].unit_id == story.open_work.world.unit("pine")


def test_a_major_hazard_stands_in_the_supervised_ledger_as_well(running_story):
    story = running_story
    self_check(story, MINOR, MAJOR)
    assert [one.title for one in story.items()] == ["巷道积水", "瓦斯超限"]
    assert [one.title for one in story.items("supervised")] == ["瓦斯超限"]
    assert story.find("clerk", ledger="supervised").name == "list"


def test_a_row_may_make_somebody_owe_something(running_story):
    story = running_story
    self_check(story, MINOR)
    assert story.instances("penance") == []
    self_check(story, MAJOR, login="plain")
    (penance,) = story.instances("penance")
    assert penance.unit_id == story.open_work.world.unit("plain")
    assert story.find("plain", "penance", "fill").post == "mine_head"


def test_a_line_whose_process_asks_nobody_is_closed_as_soon_as_it_is_born(running_story):
    story = running_story
    self_check(story, MINOR, MAJOR)
    files = story.items("files")
    assert [(one.status, one.closed) for one in files] == [("归档", True), ("归档", True)]
    assert {one.state for one in story.instances(ledger="files")} == {"done"}


def test_two_mines_that_file_at_once_never_share_a_number(running_story, app):
    story = running_story
    signs = []
    for login in ("pine", "plain"):
        story.do(login, "self_check", "fill", {"hazards": [MINOR, MAJOR]})
        signs.append((login, story.find(login, "self_check", "sign").id))
    start = threading.Barrier(2)
    failed: list[BaseException] = []

    def sign(login, task):
        with app.app_context():
            start.wait(PATIENCE)
            try:
                story.complete(login, task, ACCEPTED)
            except Exception as error:
                failed.append(error)

    people = [threading.Thread(target=sign, args=one) for one in signs]
    for one in people:
        one.start()
    for one in people:
        one.join(PATIENCE)
    assert not failed
    assert [one.number for one in story.items()] == [1, 2, 3, 4]
    assert [one.number for one in story.items("supervised")] == [1, 2]


def test_events_that_keep_opening_each_other_are_stopped_and_kept_as_an_incident(open_work, clock):
    circle = process(
        "circle", START, event("endEvent", "done", inside=THROW), flows="start -> done",
        outside='<bpmn:signal id="s1" name="replied"/>',
    )  # fmt: skip
    changed = {
        **files(),
        "processes/circle.bpmn": circle.encode(),
        "campaign.yaml": CAMPAIGN.replace(
            "answered: {title: 登记回执, by: office, form: plan,",
            "answered: {title: 登记回执, by: office, process: circle,",
        ).encode(),
    }
    story = begun(open_work, clock, changed)
    story.launch()
    story.demand("pine", "answer")
    done = story.do("pine", "answer", "fill")
    (stuck,) = story.instances("answer")
    assert (done.state, stuck.state) == ("done", "stuck")
    assert story.instances("answered") == []


@pytest.mark.parametrize("name", ["unit", "about", "due", "today"])
def test_a_field_of_a_row_may_be_called_as_the_campaign_calls_its_own(running_story, name):
    story = running_story
    with story.open_work("yangcheng") as work:
        live = running(work, story.launched)
        ledger = live.package.ledgers["hazards"]
        (item,) = births.bear_items(work, live, ledger, [{"描述": "x", name: "y"}], unit=None, source=None)
        assert item.data[name] == "y"
    assert story.count(LedgerItem) == 1


def test_what_all_rows_take_together_is_bounded_and_the_answers_stay(open_work, clock):
    """Each row may take as long as one expression may; a form has thousands of rows."""
    ones = ",".join("1" * 100)
    heavy = f"sum([{ones}], sum([{ones}], 1)) > 0"
    campaign = CAMPAIGN.replace("when: \"级别 == '重大'\"", f'when: "{heavy}"', 1)
    assert campaign != CAMPAIGN
    story = begun(open_work, clock, {**files(), "campaign.yaml": campaign.encode()})
    story.launch()
    self_check(story, *[MINOR] * 300)
    (stuck,) = story.instances("self_check", unit="pine")
    assert stuck.state == "stuck" and story.items() == []
    (incident,) = story.rows(select(Incident).where(Incident.instance_id == stuck.id))
    assert "太多" in incident.message
